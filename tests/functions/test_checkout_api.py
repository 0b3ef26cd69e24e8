"""The buyers' API: what requests store, what they return, and what is refused."""

# ruff: noqa: ANN401 - a request may hold any value

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses

from functions.checkout_api.app import handler
from tests.functions.conftest import SUMUP, Context
from tests.support.aws import World, client
from tests.support.builders import NOW, an_order, later, tickets_for
from tests.support.described import judge
from tests.support.stored import LATER, row_of, seats_left, sell, store, store_mail
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import (
    CheckoutRow,
    EventRow,
    MailRow,
    OrderRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.bootstrap import services
from ticketing.bootstrap.signing import signer
from ticketing.emails.mail import MailKind, MailStatus, to_buyer
from ticketing.errors import RequestBlocked
from ticketing.events.event import RefundPolicy
from ticketing.orders.access import RETURNS_FOR
from ticketing.orders.order import Delivery, OrderStatus, Reissued
from ticketing.tickets.qr import key_document
from ticketing.tickets.qr_image import side, svg_path
from ticketing.tickets.ticket import Ticket, TicketStatus
from ticketing.web.error_responses import known

ROOT = Path(__file__).parents[2]
KEY = "0b7a5a3e-7f1d-4a61-9c0a-5f4f3f0d9a11"
CHECKOUTS = f"{SUMUP}/v0.1/checkouts"
BASKET = {
    "event_id": "5",
    "lines": [{"sku": "general", "quantity": 2}],
    "customer": {"name": "Jane Doe", "email": "jane@example.com"},
}


def a_while_ago(number: str) -> None:
    """Let the last attempt to pay an order have begun some time ago."""
    OrderRow(number).update([OrderRow.asked_to_pay_at.set(LATER - timedelta(days=1))])


def call(
    method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, query: str = ""
) -> tuple[int, Any, dict[str, Any]]:
    """Send one request through the handler; return status, document and headers.

    Whatever a test is about, the answer has to be one that the API's description has.
    """
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", **(headers or {})},
        "queryStringParameters": dict(p.split("=", 1) for p in query.split("&") if p) or None,
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": body if isinstance(body, str) else json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }
    answer = handler(event, Context())
    judge(method, path, answer)
    text = answer.get("body") or ""
    document = json.loads(text) if text.startswith(("{", "[")) else text
    return answer["statusCode"], document, answer.get("headers", {})


def created(request: Any) -> tuple[int, dict[str, str], str]:
    """Answer as SumUp does to a new checkout."""
    asked = json.loads(request.body)
    made = {
        **{k: asked[k] for k in ("checkout_reference", "amount", "currency", "merchant_code")},
        "id": f"chk-{asked['checkout_reference']}",
        "status": "PENDING",
        "transactions": [],
        "hosted_checkout_url": f"https://pay.sumup.com/{asked['checkout_reference']}",
    }
    return 201, {}, json.dumps(made)


def place(key: str = KEY, **changes: Any) -> tuple[int, Any, dict[str, Any]]:
    return call("POST", "/api/orders", BASKET | changes, {"Idempotency-Key": key})


def retired(sumup: responses.RequestsMock, number: str) -> dict[str, Any]:
    """Have SumUp say that the first checkout failed, and let it be taken out of use."""
    document = {
        "id": f"chk-{number}-1",
        "status": "FAILED",
        "checkout_reference": f"{number}-1",
        "amount": 30,
        "currency": "GBP",
        "merchant_code": "MC0001",
    }
    sumup.add(responses.GET, f"{CHECKOUTS}/{document['id']}", json=document)
    expired = document | {"status": "EXPIRED"}
    sumup.add(responses.DELETE, f"{CHECKOUTS}/{document['id']}", json=expired)
    return document


def token(order_number: str = "ORD-ABC123") -> dict[str, str]:
    return {"X-Order-Token": services().access.token(order_number)}


@pytest.fixture
def sumup() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.POST, CHECKOUTS, created)
        yield mock


def take_off_sale() -> None:
    EventRow("5").update([EventRow.on_sale.remove()])


def test_an_event_that_is_off_sale_is_neither_listed_nor_sold(world: World) -> None:
    take_off_sale()

    _, listed, _ = call("GET", "/api/events")
    _, shown, _ = call("GET", "/api/events/5")
    status, refused, _ = place()

    assert listed["events"] == []
    assert shown["sale"] == "not_on_sale"
    reason = "this event is not on sale"
    assert (status, refused["errors"]) == (422, [{"field": "event_id", "reason": reason}])
    assert seats_left() == 100
    assert world.wire.count("TransactWriteItems") == 0


def test_no_other_payment_is_begun_for_an_event_that_went_off_sale(
    world: World, sumup: responses.RequestsMock
) -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    asked = len(sumup.calls)
    take_off_sale()

    status, refused, _ = call("POST", f"/api/orders/{number}/payments", headers=token(number))

    assert (status, refused["detail"].split(": ")[-1]) == (409, "this event is not on sale")
    assert len(sumup.calls) == asked
    assert services().orders.get(number).status is OrderStatus.PENDING
    assert world.wire.count("DeleteItem") == 0


def test_the_events_on_sale_are_listed(world: World) -> None:
    status, listed, _ = call("GET", "/api/events")

    assert status == 200
    (event,) = listed["events"]
    assert event["starts_text"] == "Saturday 18 July 2026, 19:30\u00a0BST"
    assert event["from_price"] == {"amount": "15.00", "currency": "GBP", "text": "£15.00"}
    assert event["sale"] == "on_sale"
    assert world.wire.count("Scan") == 0


def test_an_event_shows_the_remaining_tickets(world: World) -> None:
    sell(available=3)

    status, event, _ = call("GET", "/api/events/5")

    assert status == 200
    assert event["ticket_types"][0]["available"] == 3
    assert event["ticket_types"][0]["max_per_order"] == 3
    assert event["sale"] == "on_sale"
    assert event["hold_minutes"] == 20
    assert world.wire.count("PutItem") == 2


@pytest.mark.usefixtures("world", "sumup")
def test_an_order_has_the_price_of_its_moment_whatever_an_older_page_shows() -> None:
    sell(available=3)
    _, shown, _ = call("GET", "/api/events/5")
    TicketTypeRow("5", "general").update([TicketTypeRow.price.set(Decimal("17.50"))])

    status, placed, _ = place()

    assert shown["ticket_types"][0]["price"]["amount"] == "15.00"
    assert (status, placed["total"]["amount"]) == (201, "35.00")


@pytest.mark.usefixtures("world", "sumup")
def test_an_order_gets_the_seats_of_its_moment_whatever_an_older_page_shows() -> None:
    sell(available=3)
    _, shown, _ = call("GET", "/api/events/5")
    sell(available=1)

    status, refused, _ = place()

    assert shown["ticket_types"][0]["available"] == 3
    assert (status, refused["errors"]) == (
        409,
        [{"field": "lines.0", "reason": "only 1 left"}],
    )
    assert seats_left() == 1


def test_a_basket_becomes_an_order_with_a_checkout(
    world: World, sumup: responses.RequestsMock
) -> None:
    status, placed, _ = place()

    assert status == 201
    order = services().orders.get(placed["order_number"])
    assert (order.status, str(order.total)) == (OrderStatus.PENDING, "£30.00")
    assert order.checkout_ids == (f"chk-{order.order_number}-1",)
    assert placed["pay_url"] == f"https://pay.sumup.com/{order.order_number}-1"
    assert services().access.opens(placed["token"], order.order_number)
    assert seats_left() == 98
    asked = json.loads(sumup.calls[0].request.body or "")
    assert asked["return_url"] == "https://tickets.example.com/api/webhooks/sumup"
    assert asked["amount"] == 30
    assert world.wire.count("TransactWriteItems") == 2


@pytest.fixture
def _widget(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let buyers pay on our own pages."""
    assert world.environment["PAYMENT_FORM"] == "hosted"
    monkeypatch.setenv("PAYMENT_FORM", "widget")
    services.cache_clear()


SCRIPT = "https://gateway.sumup.com/gateway/ecom/card/v2/sdk.js"


@pytest.mark.usefixtures("_widget")
def test_an_order_describes_its_card_form(sumup: responses.RequestsMock) -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    form = {"script_url": SCRIPT, "checkout_id": f"chk-{number}-1"}
    _, shown, _ = call("GET", f"/api/orders/{number}", headers=token(number))

    assert placed["widget"] == shown["widget"] == form
    assert placed["pay_url"] == f"https://pay.sumup.com/{number}-1"
    asked = json.loads(sumup.calls[0].request.body or "")
    assert asked["hosted_checkout"] == {"enabled": True}
    page, _, code = asked["redirect_url"].partition("&r=")
    assert page == f"https://tickets.example.com/orders/?n={number}"
    assert services().access.returns(code, number, LATER)


@pytest.mark.usefixtures("_widget")
def test_another_attempt_has_its_own_card_form(sumup: responses.RequestsMock) -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    document = retired(sumup, number)
    OrderRow(number).update([OrderRow.payment_status.set("FAILED")])
    _, before, _ = call("GET", f"/api/orders/{number}", headers=token(number))
    a_while_ago(number)

    _, payment, _ = call("POST", f"/api/orders/{number}/payments", headers=token(number))
    _, after, _ = call("GET", f"/api/orders/{number}", headers=token(number))

    assert (before["status"], before["widget"]["checkout_id"]) == ("declined", document["id"])
    assert payment["widget"] == {"script_url": SCRIPT, "checkout_id": f"chk-{number}-2"}
    assert (after["status"], after["widget"]) == ("paying", payment["widget"])


@pytest.mark.usefixtures("_widget", "sumup")
@pytest.mark.parametrize("status", ["COMPLETED", "EXPIRED", "FAILED", "REVIEW"])
def test_an_order_that_cannot_be_paid_has_no_card_form(status: str) -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    OrderRow(number).update([OrderRow.status.set(OrderStatus[status])])

    assert call("GET", f"/api/orders/{number}", headers=token(number))[1]["widget"] is None


@pytest.mark.usefixtures("_widget", "sumup")
def test_there_is_no_card_form_during_a_sumup_outage() -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    trouble = [OrderRow.trouble_code.set("503"), OrderRow.trouble_times.set(1)]
    OrderRow(number).update([*trouble, OrderRow.trouble_since.set(LATER)])

    _, shown, _ = call("GET", f"/api/orders/{number}", headers=token(number))

    assert (shown["status"], shown["widget"]) == ("checking", None)


@pytest.mark.usefixtures("world", "sumup")
def test_there_is_no_card_form_if_buyers_pay_on_the_sumup_page() -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    _, shown, _ = call("GET", f"/api/orders/{number}", headers=token(number))

    assert placed["widget"] is shown["widget"] is None


@pytest.mark.usefixtures("world")
def test_the_same_idempotency_key_returns_the_same_order(sumup: responses.RequestsMock) -> None:
    _, first, _ = place()
    status, again, _ = place()

    assert (status, again) == (201, first | {"pay_url": None})
    assert seats_left() == 98
    assert len(sumup.calls) == 1


@pytest.mark.usefixtures("_widget")
def test_a_repeated_request_and_an_order_page_lead_to_no_page_of_sumup(
    sumup: responses.RequestsMock,
) -> None:
    """Both may be looked at hours later, and SumUp's page is gone after half an hour."""
    _, placed, _ = place()
    number = placed["order_number"]

    _, again, _ = place()
    _, shown, _ = call("GET", f"/api/orders/{number}", headers=token(number))

    assert (again["pay_url"], again["widget"]) == (None, None)
    assert "pay.sumup.com" not in json.dumps([again, shown])
    assert len(sumup.calls) == 1


@pytest.mark.usefixtures("_widget", "sumup")
@pytest.mark.parametrize(("minutes", "offered"), [(0, True), (19, True), (21, False)])
def test_a_card_form_is_offered_while_sumup_takes_it(minutes: int, offered: bool) -> None:  # noqa: FBT001  # a case of a table
    _, placed, _ = place()
    number = placed["order_number"]
    made_at = LATER - timedelta(minutes=minutes)
    CheckoutRow(f"chk-{number}-1").update([CheckoutRow.created_at.set(made_at)])

    _, shown, _ = call("GET", f"/api/orders/{number}", headers=token(number))

    assert (shown["widget"] is not None) is offered
    assert shown["pay_again"]


@pytest.mark.usefixtures("world")
def test_after_the_hold_a_repeated_request_opens_no_checkout(sumup: responses.RequestsMock) -> None:
    sumup.replace(responses.POST, CHECKOUTS, status=503)
    sumup.add(responses.GET, CHECKOUTS, status=503)
    _, placed, _ = place()
    number = placed["order_number"]
    a_while_ago(number)
    OrderRow(number).update([OrderRow.hold_until.set(LATER)])
    asked = len(sumup.calls)

    status, again, _ = place()

    assert (status, again["pay_url"]) == (201, None)
    assert len(sumup.calls) == asked


@pytest.mark.usefixtures("world", "sumup")
def test_an_idempotency_key_reused_for_another_basket_is_refused() -> None:
    place()
    status, problem, headers = place(lines=[{"sku": "general", "quantity": 3}])

    assert status == 422
    assert "another request" in problem["detail"]
    assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("world")
def test_an_order_placed_during_a_sumup_outage_can_be_paid_later(
    sumup: responses.RequestsMock,
) -> None:
    sumup.replace(responses.POST, CHECKOUTS, status=503)
    sumup.add(responses.GET, CHECKOUTS, status=503)
    _, placed, _ = place()
    assert placed["pay_url"] is None

    sumup.remove(responses.POST, CHECKOUTS)
    sumup.add_callback(responses.POST, CHECKOUTS, created)
    a_while_ago(placed["order_number"])
    path = f"/api/orders/{placed['order_number']}/payments"
    status, payment, _ = call("POST", path, headers=token(placed["order_number"]))

    assert status == 200
    assert payment["pay_url"].endswith(f"{placed['order_number']}-1")


@pytest.mark.usefixtures("world", "sumup")
def test_an_order_for_too_many_tickets_is_refused_with_the_number_left() -> None:
    sell(available=1)

    status, problem, _ = place()

    assert status == 409
    assert problem["errors"] == [{"field": "lines.0", "reason": "only 1 left"}]
    assert seats_left() == 1


BAD = {
    "a price": ({"lines": [{"sku": "general", "quantity": 1, "price": "0.01"}]}, "lines.0.price"),
    "no tickets": ({"lines": []}, "lines"),
    "half a ticket": ({"lines": [{"sku": "general", "quantity": 0.5}]}, "lines.0.quantity"),
    "eleven tickets": ({"lines": [{"sku": "general", "quantity": 11}]}, "lines.0.quantity"),
    "an unknown type": ({"lines": [{"sku": "vip", "quantity": 1}]}, "lines.0.sku"),
    "two addresses": ({"customer": {"name": "J", "email": "a@b.example, c@d.example"}},
                      "customer.email"),
    "a header": ({"customer": {"name": "J", "email": "a@b.example\r\nBcc: x@y.example"}},
                 "customer.email"),
    "no name": ({"customer": {"name": "  ", "email": "a@b.example"}}, "customer.name"),
    "a discount": ({"discount": "100%"}, "discount"),
}  # fmt: skip


@pytest.mark.usefixtures("world", "sumup")
@pytest.mark.parametrize(("changes", "field"), BAD.values(), ids=BAD)
def test_invalid_fields_are_named(changes: dict[str, Any], field: str) -> None:
    status, problem, _ = place(**changes)

    assert status == 422
    assert field in [error["field"] for error in problem["errors"]]
    assert seats_left() == 100


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("body", ["", "{", "[]", "null", "[null, null]", '"x"', "7"])
def test_an_invalid_basket_is_refused(body: str) -> None:
    status, problem, _ = call("POST", "/api/orders", body, {"Idempotency-Key": KEY})

    assert status == 422
    assert problem["status"] == 422


def test_a_large_body_is_refused_without_parsing(world: World) -> None:
    status, problem, _ = call("POST", "/api/orders", "x" * 9000, {"Idempotency-Key": KEY})

    assert (status, problem["title"]) == (413, "Request Entity Too Large")
    assert world.wire.count("GetItem") == 0


@pytest.mark.usefixtures("world")
def test_an_unknown_order_and_a_wrong_token_look_alike() -> None:
    store(an_order())

    wrong = call("GET", "/api/orders/ORD-ABC123", headers={"X-Order-Token": "A" * 27})
    unknown = call("GET", "/api/orders/ORD-DEF456", headers=token("ORD-DEF456"))

    assert wrong[:2] == unknown[:2]
    assert wrong[0] == 404


def returned(number: str = "ORD-ABC123", code: str | None = None) -> tuple[int, Any, Any]:
    """Come back from the bank without the order's token."""
    code = code or services().access.return_code(number, LATER)
    return call("GET", f"/api/orders/{number}/state", headers={"X-Return-Code": code})


def test_a_return_code_shows_how_the_order_stands_and_nothing_else(world: World) -> None:
    store(an_order())

    status, shown, headers = returned()

    assert status == 200
    assert shown.keys() == {"status", "headline", "text", "support", "next_poll_seconds"}
    assert shown["status"] == "paying"
    assert "your tickets come by email within minutes" in shown["text"]
    assert headers["Cache-Control"] == "no-store"
    assert "Jane" not in json.dumps(shown)
    assert [m["order_number"] for m in world.messages("VerifyQueue")] == ["ORD-ABC123"]


@pytest.mark.usefixtures("world")
def test_a_return_code_that_ended_or_is_of_another_order_is_like_an_unknown_order() -> None:
    store(an_order())
    access = services().access
    long_ago = LATER - RETURNS_FOR

    answers = [
        returned(code=access.return_code("ORD-ABC123", long_ago)),
        returned(code=access.return_code("ORD-DEF456", LATER)),
        returned(code=access.token("ORD-ABC123")),
        returned("ORD-DEF456"),
    ]

    assert [status for status, _, _ in answers] == [404] * 4
    assert all(answer[1] == answers[0][1] for answer in answers)


@pytest.mark.usefixtures("world")
def test_a_return_code_opens_nothing_else() -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    code = services().access.return_code("ORD-ABC123", LATER)
    path = "/api/orders/ORD-ABC123"

    assert call("GET", path, headers={"X-Order-Token": code})[0] == 404
    assert call("GET", f"{path}/tickets", query=f"token={code}")[0] == 404
    assert call("POST", f"{path}/payments", headers={"X-Order-Token": code})[0] == 404


def test_viewing_an_order_queues_a_check(world: World) -> None:
    store(an_order())

    status, shown, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())

    assert status == 200
    assert (shown["status"], shown["mail"]) == ("paying", "none")
    buyer = {"name": "Jane Doe", "email": "jane@example.com", "language": "en"}
    assert shown["customer"] == buyer
    assert "do not pay again" in shown["text"]
    assert [m["order_number"] for m in world.messages("VerifyQueue")] == ["ORD-ABC123"]


@pytest.mark.usefixtures("world")
def test_issued_tickets_are_available_as_a_short_lived_link() -> None:
    query = f"token={token()['X-Order-Token']}"
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING))
    assert call("GET", "/api/orders/ORD-ABC123/tickets", query=query)[0] == 409

    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    status, _, headers = call("GET", "/api/orders/ORD-ABC123/tickets", query=query)

    assert status == 302
    assert "tickets/5/ORD-ABC123/ORD-ABC123.pdf" in headers["Location"]
    assert "Expires=300" in headers["Location"] or "Expires=" in headers["Location"]


@pytest.mark.usefixtures("world")
def test_the_latest_tickets_are_linked_after_an_event_changed() -> None:
    done = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}
    store(an_order(**done, tickets_revision=3))
    query = f"token={token()['X-Order-Token']}"

    _, _, headers = call("GET", "/api/orders/ORD-ABC123/tickets", query=query)

    assert "tickets/5/ORD-ABC123/ORD-ABC123.3.pdf" in headers["Location"]


def test_tickets_of_which_one_was_issued_anew_are_linked_once_they_are_drawn(world: World) -> None:
    done = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}
    store(an_order(**done, reissued=(Reissued("ORD-ABC123-02", 1),)))
    query, key = f"token={token()['X-Order-Token']}", "tickets/5/ORD-ABC123/ORD-ABC123.r1.pdf"

    before = call("GET", "/api/orders/ORD-ABC123/tickets", query=query)[0]
    bucket = world.ref["TicketsBucket"]
    client("s3").put_object(Bucket=bucket, Key=key, Body=b"%PDF-")
    status, _, headers = call("GET", "/api/orders/ORD-ABC123/tickets", query=query)

    assert (before, status) == (409, 302)
    assert key in headers["Location"]


@pytest.mark.usefixtures("world")
def test_an_earlier_link_to_tickets_for_a_phone_leads_to_where_they_are_drawn() -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    _, shown, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())
    query = f"size=a6&token={token()['X-Order-Token']}"

    status, _, headers = call("GET", "/api/orders/ORD-ABC123/tickets", query=query)

    assert status == 302
    assert headers["Location"] == shown["phone_tickets_url"]
    query = query.replace("a6", "a3")
    assert call("GET", "/api/orders/ORD-ABC123/tickets", query=query)[0] == 422


@pytest.mark.usefixtures("world")
def test_the_shops_function_describes_the_tickets_for_a_phone_and_does_not_serve_them() -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    path, query = "/api/orders/ORD-ABC123/phone-tickets", f"token={token()['X-Order-Token']}"

    assert call("GET", path, query=query)[0] == 404
    status, _, headers = call("POST", path, {}, query=query)
    assert (status, headers["Allow"]) == (405, "GET")


CODES = "/api/orders/ORD-ABC123/tickets/codes"


def issued(**changes: Any) -> tuple[Ticket, ...]:
    """Store a paid order with its tickets; return these."""
    order = store(replace(an_order(status=OrderStatus.COMPLETED), **changes))
    tickets = tickets_for(order, signer(services()))
    for ticket in tickets:
        ticket_row(ticket, LATER).save()
    return tickets


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("delivery", [Delivery.PENDING, Delivery.DELIVERED])
def test_the_codes_are_there_with_the_payment(delivery: Delivery) -> None:
    """The PDF takes a moment longer."""
    first, second, third = issued(delivery=delivery)

    _, page, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())
    status, shown, _ = call("GET", page["codes_url"], headers=token())

    assert (page["codes_url"], status) == (CODES, 200)
    assert [one["text"] for one in shown["tickets"]] == [
        first.qr_text,
        second.qr_text,
        third.qr_text,
    ]
    assert shown["tickets"][1] == {
        "ticket_id": "ORD-ABC123-02",
        "name": second.description,
        "admits": 1,
        "holder": "Jane Doe",
        "text": second.qr_text,
        "code": {"side": side(second.qr_text), "path": svg_path(second.qr_text)},
    }


@pytest.mark.usefixtures("world")
def test_a_void_ticket_has_no_code() -> None:
    first, *others = issued()
    ticket_row(replace(first, status=TicketStatus.VOID), LATER).save()

    _, shown, _ = call("GET", CODES, headers=token())

    assert [one["ticket_id"] for one in shown["tickets"]] == [other.ticket_id for other in others]


@pytest.mark.usefixtures("world")
def test_an_incomplete_set_of_codes_is_not_shown() -> None:
    first, *_ = issued()
    TicketRow(first.ticket_id).delete()

    assert call("GET", CODES, headers=token())[0] == 503


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.COMPLETED])
def test_an_order_that_is_not_complete_has_no_codes(status: OrderStatus) -> None:
    issued(status=status)

    _, page, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())
    refused, problem, _ = call("GET", CODES, headers=token())

    assert (page["codes_url"], refused) == (None, 409)
    assert problem["detail"] == "the tickets of this order are not ready"


def test_no_code_is_shown_without_the_token_of_the_order(world: World) -> None:
    issued()
    world.wire.forget()

    answers = [call("GET", CODES, headers=token("ORD-ABC124")), call("GET", CODES)]

    assert [status for status, _, _ in answers] == [404, 422]
    assert world.wire.count("BatchGetItem") == 0


@pytest.mark.usefixtures("world")
def test_the_public_keys_of_an_event_contain_no_secret() -> None:
    status, document, headers = call("GET", "/api/events/5/keys")

    assert status == 200
    assert headers["Cache-Control"] == "public, max-age=86400"
    assert document == key_document("5", signer(services()).public_keys("5"))


@pytest.mark.usefixtures("world")
def test_an_unknown_event_has_no_keys() -> None:
    assert call("GET", "/api/events/99/keys")[0] == 404
    assert call("GET", "/api/events/a,b/keys")[0] == 422


@pytest.mark.usefixtures("world")
def test_the_calendar_file_has_the_start_in_utc() -> None:
    store(an_order(status=OrderStatus.COMPLETED))

    status, text, headers = call(
        "GET", "/api/orders/ORD-ABC123/calendar", query=f"token={token()['X-Order-Token']}"
    )

    assert status == 200
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART:20260718T183000Z" in text


def test_void_tickets_are_not_available_and_the_page_says_why(world: World) -> None:
    order = an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED)
    store(replace(order, voided_at=LATER, holds_seats=False))
    query = f"token={token()['X-Order-Token']}"

    _, shown, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())
    refused = [
        call("GET", "/api/orders/ORD-ABC123/tickets", query=query),
        call("GET", "/api/orders/ORD-ABC123/tickets", query=f"{query}&size=a6"),
        call("GET", "/api/orders/ORD-ABC123/calendar", query=query),
        call("GET", CODES, headers=token()),
        call("POST", "/api/orders/ORD-ABC123/resend", headers=token()),
    ]
    lost = call("POST", "/api/lost-tickets", {"email": "jane@example.com"})

    assert (shown["status"], shown["mail"], shown["tickets"]) == ("refunded", "none", 0)
    assert shown["headline"] == "Your money is back with you"
    links = ("codes_url", "tickets_url", "phone_tickets_url", "calendar_url", "widget")
    assert {shown[link] for link in links} == {None}
    assert {status for status, _, _ in refused} == {409}
    assert {problem["detail"] for _, problem, _ in refused} == {
        "the tickets of this order are void"
    }
    assert lost[:2] == (202, {})
    assert world.items("MailsTable") == []


def test_tickets_can_be_resent_three_times(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    store_mail(replace(to_buyer(order, MailKind.CONFIRMATION, LATER), status=MailStatus.SENT))

    answers = [ask_for_the_mail_again(and_send=True) for _ in range(4)]

    assert answers == [202, 202, 202, 429]
    assert len(world.items("MailsTable")) == 4


def test_a_resend_request_creates_no_second_mail_while_one_is_pending(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING))
    first = store_mail(to_buyer(order, MailKind.CONFIRMATION, LATER))

    answers = [ask_for_the_mail_again() for _ in range(5)]

    assert answers == [202] * 5
    assert [mail["mail_id"]["S"] for mail in world.items("MailsTable")] == [first.mail_id]
    assert {m["mail_id"] for m in world.messages("DeliveryQueue")} == {first.mail_id}


def ask_for_the_mail_again(*, and_send: bool = False) -> int:
    status, _, _ = call("POST", "/api/orders/ORD-ABC123/resend", headers=token())
    if and_send:
        for row in MailRow.scan():
            row.update([MailRow.status.set(MailStatus.SENT)])
    return status


def test_a_buyer_who_complained_cannot_have_tickets_resent(world: World) -> None:
    order = an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED)
    store(replace(order, complained_at=LATER))

    status, problem, _ = call("POST", "/api/orders/ORD-ABC123/resend", headers=token())
    lost = call("POST", "/api/lost-tickets", {"email": "jane@example.com"})

    assert status == 409
    assert "marked as spam" in problem["detail"]
    assert lost[:2] == (202, {})
    assert world.items("MailsTable") == []


@pytest.mark.usefixtures("world")
def test_the_page_reports_a_bounce_and_offers_the_tickets() -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PROBLEM))

    _, shown, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())

    assert shown["mail"] == "problem"
    assert shown["tickets_url"]


NEW_EMAIL = {"email": " jane@Bücher.example "}
CHANGE = "/api/orders/ORD-ABC123/email"


def test_a_mistyped_address_is_changed_and_the_tickets_go_there(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    store_mail(replace(to_buyer(order, MailKind.CONFIRMATION, LATER), status=MailStatus.SENT))

    answers = [call("POST", CHANGE, NEW_EMAIL, headers=token()) for _ in range(2)]

    new = "jane@xn--bcher-kva.example"
    assert [(status, shown["customer"]["email"]) for status, shown, _ in answers] == [
        (200, new)
    ] * 2
    mails = {row["mail_id"]["S"]: row["recipient"]["S"] for row in world.items("MailsTable")}
    assert mails == {
        "ORD-ABC123#confirmation#1": "jane@example.com",
        "ORD-ABC123#address_changed#1": "jane@example.com",
        "ORD-ABC123#confirmation#2": new,
    }
    queued = [message["mail_id"] for message in world.messages("DeliveryQueue")]
    assert sorted(queued) == ["ORD-ABC123#address_changed#1", "ORD-ABC123#confirmation#2"]
    (entry,) = world.items("AuditTable")
    assert entry["change"]["S"] == "address changed by the buyer"
    assert "@" not in json.dumps(entry)


@pytest.mark.parametrize(
    ("changes", "body", "status", "words"),
    [
        ({"status": OrderStatus.EXPIRED, "holds_seats": False}, NEW_EMAIL, 409, "is closed"),
        ({"address_changes": 3}, NEW_EMAIL, 409, "3 times already; please write to us"),
        ({}, {"email": "jane"}, 422, "some fields are not right"),
        ({}, {"email": "jane@example.org", "name": "Eve"}, 422, "some fields are not right"),
        ({}, {}, 422, "some fields are not right"),
    ],
)
def test_an_address_that_cannot_be_changed_is_refused_with_the_reason(
    world: World, changes: dict[str, Any], body: dict[str, str], status: int, words: str
) -> None:
    store(an_order(**changes))

    answer, problem, _ = call("POST", CHANGE, body, headers=token())

    assert (answer, words in problem["detail"]) == (status, True)
    assert world.items("AuditTable") == []


def test_an_address_is_changed_with_the_link_of_the_order_only(world: World) -> None:
    store(an_order())

    status, _, _ = call("POST", CHANGE, NEW_EMAIL, headers={"X-Order-Token": "A" * 27})

    assert status == 404
    assert world.items("AuditTable") == []


def test_an_unpaid_order_gets_no_address_that_has_three(world: World) -> None:
    for at in range(3):
        place(key=f"{KEY[:-1]}{at}", customer={"name": "Joe", "email": "joe@example.com"})
    store(an_order())

    status, problem, headers = call("POST", CHANGE, {"email": "joe@example.com"}, headers=token())

    assert status == 429
    assert "3 orders for this email address" in problem["detail"]
    assert int(headers["Retry-After"]) >= 60
    assert "address changed by the buyer" not in json.dumps(world.items("AuditTable"))


def test_lost_tickets_are_sent_without_revealing_whether_orders_exist(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    first = to_buyer(an_order(), MailKind.CONFIRMATION, LATER)
    store_mail(replace(first, status=MailStatus.DELIVERED))

    known = call("POST", "/api/lost-tickets", {"email": "jane@example.com"})
    unknown = call("POST", "/api/lost-tickets", {"email": "nobody@example.com"})

    assert known == unknown
    assert known[:2] == (202, {})
    assert len(world.items("MailsTable")) == 1, "whether there are orders is looked up afterwards"


@pytest.mark.usefixtures("world")
def test_the_old_checkout_is_deactivated_before_another_is_created(
    sumup: responses.RequestsMock,
) -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    retired(sumup, number)
    a_while_ago(number)

    status, payment, _ = call("POST", f"/api/orders/{number}/payments", headers=token(number))

    assert status == 200
    assert payment["pay_url"].endswith(f"{number}-2")
    assert row_of(services().orders.get(number)).checkout_ids == [
        f"chk-{number}-1",
        f"chk-{number}-2",
    ]
    methods = [c.request.method for c in sumup.calls]
    assert methods.index("DELETE") < len(methods) - 1 - methods[::-1].index("POST")


@pytest.mark.usefixtures("world")
def test_a_paid_order_cannot_be_paid_again(sumup: responses.RequestsMock) -> None:
    _, placed, _ = place()
    number = placed["order_number"]
    paid = {"id": f"chk-{number}-1", "status": "PAID", "transactions": []}
    sumup.add(responses.GET, f"{CHECKOUTS}/chk-{number}-1", json=paid)
    a_while_ago(number)

    status, problem, _ = call("POST", f"/api/orders/{number}/payments", headers=token(number))

    assert status == 409
    assert "has arrived" in problem["detail"]


@pytest.mark.usefixtures("world")
def test_an_unknown_route_is_not_found() -> None:
    assert call("GET", "/api/admin")[0] == 404


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "POST"])
def test_a_wrong_method_is_refused_with_the_allowed_ones(method: str) -> None:
    status, problem, headers = call(method, "/api/orders/ORD-ABC123")

    assert (status, problem["title"], headers["Allow"]) == (405, "Method Not Allowed", "GET")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", ["/api/orders/ORD-ABC123/", "/api/orders/\x84", "/api/events/5\n"])
def test_a_path_that_only_resembles_a_route_is_not_found(path: str) -> None:
    assert call("GET", path, headers=token())[0] == 404


def test_the_committed_openapi_description_is_up_to_date(world: World) -> None:
    status, served, _ = call("GET", "/api/openapi.json")

    assert status == 200
    assert served == json.loads((ROOT / "docs" / "openapi.json").read_text())
    assert world.wire.calls == []


@pytest.mark.usefixtures("world")
def test_an_unreadable_order_does_not_reveal_an_address() -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])

    assert call("POST", "/api/lost-tickets", {"email": "jane@example.com"})[:2] == (202, {})


def test_a_subclass_of_a_known_error_gets_the_same_response() -> None:
    """A block by SumUp's firewall is an outage to the buyer."""
    assert known(RequestBlocked("403")).status_code == 503


@pytest.mark.usefixtures("sumup")
def test_concurrent_identical_requests_create_one_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request looked for the order before the first had stored it."""
    _, first, _ = place()
    orders, looks = services().orders, iter([None])
    requested = orders.requested
    monkeypatch.setattr(orders, "requested", lambda key: next(looks, "over") and requested(key))

    status, again, _ = place()

    assert (status, again["order_number"]) == (201, first["order_number"])
    assert len(world.items("OrdersTable")) == 1
    assert seats_left() == 98


@pytest.mark.usefixtures("sumup")
def test_an_incomplete_deployment_is_a_503_without_internal_details(world: World) -> None:
    client("secretsmanager").put_secret_value(
        SecretId=world.environment["ORDER_LINK_SECRET_ID"], SecretString="{}"
    )

    status, problem, _ = call("GET", "/api/orders/ORD-ABC123", headers={"X-Order-Token": "x"})

    assert status == 503
    assert "secret" not in problem["detail"]


ASK = "/api/orders/ORD-ABC123/refund-request"


def moved_event() -> None:
    """Let the event be moved after the default order was placed."""
    EventRow("5").update(
        [EventRow.moved_at.set(LATER), EventRow.refunds_until.set(LATER + timedelta(days=9))]
    )


def test_the_buyer_of_a_moved_event_asks_for_the_money_once(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    assert call("GET", "/api/orders/ORD-ABC123", headers=token())[1]["refund_offer"] is None
    moved_event()
    _, shown, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())
    assert shown["refund_offer"] == {
        "asked": False,
        "until_text": "Wednesday 10 June 2026, 13:05\xa0BST",
    }

    answers = [call("POST", ASK, headers=token()) for _ in range(2)]

    assert [(status, shown["refund_offer"]["asked"]) for status, shown, _ in answers] == [
        (200, True)
    ] * 2
    assert answers[0][1]["tickets"] == 3, "they are valid until the money is back"
    (entry,) = world.items("AuditTable")
    assert entry["change"]["S"] == "refund asked by the buyer"
    assert world.items("MailsTable") == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "there is nothing to give back"),
        ({"status": OrderStatus.COMPLETED, "voided_at": NOW}, "there is nothing to give back"),
        ({"status": OrderStatus.COMPLETED, "created_at": later(days=1)}, "please write to us"),
    ],
    ids=["not paid", "void", "bought after the move"],
)
def test_others_cannot_ask_for_it(world: World, changes: dict[str, Any], words: str) -> None:
    store(an_order(**changes))
    moved_event()

    status, problem, _ = call("POST", ASK, headers=token())

    assert (status, words in problem["detail"]) == (409, True)
    assert world.items("AuditTable") == []


def test_it_is_asked_for_with_the_link_of_the_order_only(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    moved_event()

    assert call("POST", ASK, headers={"X-Order-Token": "A" * 27})[0] == 404
    assert world.items("AuditTable") == []


@pytest.mark.usefixtures("world")
def test_an_order_of_a_cancelled_event_gives_no_tickets_even_before_they_are_void() -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    EventTable().cancel("5", RefundPolicy.ALL, NOW)

    _, shown, _ = call("GET", "/api/orders/ORD-ABC123", headers=token())

    assert shown["headline"] == "This event is cancelled"
    assert "You get back everything you paid" in shown["text"]
    assert [shown[name] for name in ("tickets", "codes_url", "tickets_url", "calendar_url")] == [
        0,
        None,
        None,
        None,
    ]
