"""The routes of orders: place, show, pay again, change the address, fetch and resend tickets."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from ticketing.bootstrap import services
from ticketing.bootstrap.checkout_api import (
    ask_for_lost_tickets,
    ask_refund,
    change_address,
    checkout_api,
    give_up_order,
    order_page,
)
from ticketing.invocation import clock
from ticketing.orders.order import Order
from ticketing.tickets.ticket import Paper
from ticketing.web import phone_routes
from ticketing.web.buyer_language import asked_for
from ticketing.web.openapi import WITH_BODY, answers, header, throttled
from ticketing.web.order_fields import LinkToken, Number, ReturnCode, Token
from ticketing.web.order_schemas import (
    Nothing,
    OrderOut,
    OrderPlacedOut,
    OrderStateOut,
    PaymentOut,
    TicketsOut,
    order_out,
    order_state_out,
    payment_out,
    placed_out,
    tickets_out,
)
from ticketing.web.request_schemas import EmailIn, LostIn, OrderIn

CONFLICT, NOT_FOUND, MALFORMED = (
    HTTPStatus.CONFLICT,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]  # Powertools leaves it so

PaperSize = Annotated[
    Paper,
    Query(
        deprecated=True,
        description="`a6` is for links of before 2026-12: it leads to the tickets for a phone.",
    ),
]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9-]{16,64}$",
        description="Chosen by the caller for this order, and remembered for a day: the same "
        "key with the same body returns the same order; with another body it is refused.",
        examples=["0b7a5a3e-7f1d-4a61-9c0a-5f4f3f0d9a11"],
    ),
]


@router.post(
    "/api/orders",
    operation_id="place_order",
    summary="Turn a basket into an order",
    description="Takes the seats, with prices from our own table, and creates a checkout at SumUp. "
    "409: not enough tickets are left, and `errors` says how many are.",
    responses=answers(
        HTTPStatus.CREATED,
        "The order; the same one for the same key.",
        NOT_FOUND,
        CONFLICT,
        MALFORMED,
        *WITH_BODY,
    )
    | throttled("The buyer has too many open orders, or too many seats wait for their payment."),
)
def place_order(order: OrderIn, key: Key) -> Response[OrderPlacedOut]:
    placed = checkout_api(services()).order(order.basket(), key, clock())
    token = services().access.token(placed.order.order_number)
    document = placed_out(placed, token, services().settings.widget_script, asked_for.get())
    return Response(HTTPStatus.CREATED, "application/json", document)


@router.get(
    "/api/orders/<order_number>",
    operation_id="show_order",
    summary="Show an order to its buyer",
    description="If it waits for its payment, it is checked with SumUp, at most every ten seconds.",
    responses=answers(HTTPStatus.OK, "The order as it is now.", NOT_FOUND, MALFORMED),
)
def show_order(order_number: Number, token: Token) -> OrderOut:
    order = order_page(services()).find(order_number, token)
    checkout_api(services()).visit(order, clock())
    return _shown(order, token)


@router.get(
    "/api/orders/<order_number>/state",
    operation_id="show_state",
    summary="Show how an order stands to a buyer who came back without its token",
    description="For the return code that SumUp's redirect brings, until some hours after the "
    "order's deadline. It has the order checked with SumUp as showing the order does.",
    responses=answers(HTTPStatus.OK, "How it stands, and nothing else.", NOT_FOUND, MALFORMED),
)
def show_state(order_number: Number, code: ReturnCode) -> OrderStateOut:
    order = order_page(services()).find_returned(order_number, code, clock())
    checkout_api(services()).visit(order, clock())
    event = services().events.get(order.event_id)
    return order_state_out(order, event, services().brand, asked_for.get())


@router.post(
    "/api/orders/<order_number>/payments",
    operation_id="pay_again",
    summary="Begin another attempt to pay",
    description="The earlier attempt can no longer be paid. 409: there is nothing to pay now.",
    responses=answers(
        HTTPStatus.OK, "Where to pay, and until when.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    )
    | throttled("Another attempt began less than ten seconds ago."),
)
def pay_again(order_number: Number, token: Token) -> PaymentOut:
    order_page(services()).find(order_number, token)
    placed = checkout_api(services()).pay_again(order_number, clock())
    return payment_out(placed, services().settings.widget_script)


@router.post(
    "/api/orders/<order_number>/give-up",
    operation_id="give_up",
    summary="Give an unpaid order up",
    description="Its seats go on sale again at once. 409: it is paid, or may be.",
    responses=answers(
        HTTPStatus.OK, "The order, closed.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    )
    | throttled("An attempt to pay it began a moment ago."),
)
def give_up(order_number: Number, token: Token) -> OrderOut:
    order_page(services()).find(order_number, token)
    give_up_order(services())(order_number, clock())
    return _shown(order_page(services()).find(order_number, token), token)


@router.post(
    "/api/orders/<order_number>/refund-request",
    operation_id="ask_refund",
    summary="Ask for a refund, because the event was moved",
    description="Noted for the shop, which makes the refund; the tickets are valid until then. "
    "409: the event was not moved since the order, or the time to ask is over.",
    responses=answers(
        HTTPStatus.OK, "The order, with the request.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    ),
)
def ask_for_refund(order_number: Number, token: Token) -> OrderOut:
    order_page(services()).find(order_number, token)
    ask_refund(services())(order_number, clock())
    return _shown(order_page(services()).find(order_number, token), token)


@router.get(
    "/api/orders/<order_number>/tickets",
    operation_id="tickets",
    summary="Fetch the tickets as a PDF",
    description="409: there are none yet.",
    responses=answers(
        HTTPStatus.FOUND,
        "To the PDF.",
        NOT_FOUND,
        CONFLICT,
        MALFORMED,
        headers={"Location": header("A link that works for five minutes.", format="uri-reference")},
        content={"text/plain": {"schema": {"type": "string", "maxLength": 0}}},
    ),
)
def tickets(order_number: Number, token: LinkToken, size: PaperSize = Paper.A4) -> Response[str]:
    order = order_page(services()).find(order_number, token)
    link = order_page(services()).tickets_link(order)
    if size is Paper.A6:
        link = phone_routes.address(order_number, token)
    return Response(HTTPStatus.FOUND, "text/plain", "", {"Location": link})


@router.get(
    "/api/orders/<order_number>/tickets/codes",
    operation_id="ticket_codes",
    summary="Show the codes of the tickets",
    description="For a page that keeps them, to be shown at the door. 409: there are none, or they "
    "are void.",
    responses=answers(HTTPStatus.OK, "The valid tickets.", NOT_FOUND, CONFLICT, MALFORMED),
)
def ticket_codes(order_number: Number, token: Token) -> TicketsOut:
    order = order_page(services()).find(order_number, token)
    return tickets_out(order_page(services()).codes(order))


@router.get(
    "/api/orders/<order_number>/calendar",
    operation_id="calendar",
    summary="Fetch the event as a calendar file",
    description="Its times are in UTC. 409: there are no tickets yet.",
    responses=answers(
        HTTPStatus.OK,
        "An iCalendar file (RFC 5545).",
        NOT_FOUND,
        CONFLICT,
        MALFORMED,
        headers={"Content-Disposition": header("Names the file after the order.")},
        content={"text/calendar": {"schema": {"type": "string", "pattern": "^BEGIN:VCALENDAR"}}},
    ),
)
def calendar(order_number: Number, token: LinkToken) -> Response[str]:
    text = order_page(services()).calendar(order_page(services()).find(order_number, token))
    name = f'attachment; filename="{order_number}.ics"'
    headers = {"Content-Disposition": name}
    return Response(HTTPStatus.OK, "text/calendar; charset=utf-8", text, headers)


@router.post(
    "/api/orders/<order_number>/resend",
    operation_id="resend",
    summary="Send the tickets again",
    description="The same tickets, to the address of the order. 409: there are none yet.",
    responses=answers(
        HTTPStatus.ACCEPTED, "The mail is queued.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    )
    | throttled("They were sent again too often: three times in a day, or thirty in all."),
)
def resend(order_number: Number, token: Token) -> Response[Nothing]:
    order_page(services()).resend(order_page(services()).find(order_number, token), clock())
    return Response(HTTPStatus.ACCEPTED, "application/json", Nothing())


@router.post(
    "/api/orders/<order_number>/email",
    operation_id="change_email",
    summary="Change the address of an order",
    description="Its tickets, if there are any, are sent to the new address; the old one is told "
    "that it changed. 409: the order is closed, or its address was changed three times already.",
    responses=answers(
        HTTPStatus.OK, "The order, with the address.", NOT_FOUND, CONFLICT, MALFORMED, *WITH_BODY
    )
    | throttled("The tickets were sent again too often, or the address has too many open orders."),
)
def change_email(order_number: Number, token: Token, wanted: EmailIn) -> OrderOut:
    order_page(services()).find(order_number, token)
    change_address(services())(order_number, wanted.email, clock())
    return _shown(order_page(services()).find(order_number, token), token)


@router.post(
    "/api/lost-tickets",
    operation_id="lost_tickets",
    summary="Send an address its tickets and links",
    description="The tickets of its newest orders, and one mail with the links to those without "
    "tickets, paid or not. At most once a day.",
    responses=answers(
        HTTPStatus.ACCEPTED, "The same answer whether or not it has any.", MALFORMED, *WITH_BODY
    ),
)
def lost_tickets(lost: LostIn) -> Response[Nothing]:
    ask_for_lost_tickets(services())(lost.email, clock())
    return Response(HTTPStatus.ACCEPTED, "application/json", Nothing())


def _shown(order: Order, token: str) -> OrderOut:
    page, script = order_page(services()).show(order, clock()), services().settings.widget_script
    return order_out(page, token, services().brand, script, asked_for.get())
