"""Tickets for a phone, run by their requests: drawn once, linked for five minutes, refused."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.checkout_api.app import handler as checkout_api
from functions.deliver_tickets.app import handler as deliver
from functions.draw_phone_tickets.app import handler
from functions.erase_buyers.app import handler as erase
from tests.functions.conftest import NONE_FAILED, Context, Sample
from tests.support.aws import World
from tests.support.builders import an_order, tickets_for
from tests.support.codes import codes_in_pdf
from tests.support.described import judge
from tests.support.stored import LATER, a_mail, store, store_mail
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import EventRow, OrderRow, OrganiserRow, TicketRow
from ticketing.bootstrap import services
from ticketing.orders.order import Delivery, Order, OrderStatus

PATH = "/api/orders/ORD-ABC123/phone-tickets"
PAPER_KEY = "tickets/5/ORD-ABC123/ORD-ABC123.pdf"
PHONE_KEY = "tickets/5/ORD-ABC123/ORD-ABC123-A6.pdf"
SECOND_KEY = "tickets/5/ORD-ABC123/ORD-ABC123-A6.2.pdf"


def sold(**changes: Any) -> Order:  # noqa: ANN401  # whatever a case changes
    """Store an order whose tickets were sent."""
    done = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}
    order = store(an_order(**(done | changes)))
    for ticket in tickets_for(order):
        ticket_row(ticket, LATER).save()
    return order


def ask(token: str | None = None) -> tuple[int, dict[str, Any], str]:
    """Ask for the tickets, with the order's own token; return status, headers and body."""
    event = Sample.load("draw_phone_tickets.wrong_token").event
    token = services().access.token("ORD-ABC123") if token is None else token
    event["queryStringParameters"] = {"token": token}
    answer = handler(event, Context())
    judge("GET", PATH, answer)
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    return answer["statusCode"], answer["headers"], answer["body"] or ""


def test_the_first_request_draws_and_links(world: World) -> None:
    order = sold()

    status, headers, _ = ask()

    assert status == 302
    assert PHONE_KEY in headers["Location"]
    assert "ORD-ABC123-A6.pdf%22" in headers["Location"], "what it is saved as"
    assert "Expires" in headers["Location"]
    assert world.objects() == [PHONE_KEY]
    assert codes_in_pdf(world.read(PHONE_KEY)) == [t.qr_text for t in tickets_for(order)]


def test_later_requests_read_the_order_and_make_a_link(world: World) -> None:
    sold()
    ask()
    before = world.contents()
    world.wire.forget()

    for _ in range(20):
        assert ask()[0] == 302

    asked = {call.operation for call in world.wire.calls}
    assert asked == {"GetItem", "HeadObject"}
    assert len(world.wire.calls) == 40
    assert world.contents() == before


def test_a_delivery_draws_for_paper_alone_and_the_phone_follows(
    world: World, context: Context
) -> None:
    order = sold(delivery=Delivery.PENDING, checkout_ids=())
    store_mail(a_mail(order_number=order.order_number))
    assert ask()[0] == 409

    assert deliver(Sample.load("deliver_tickets.one_mail").event, context) == NONE_FAILED
    assert [key for key in world.objects() if key.startswith("tickets/")] == [PAPER_KEY]

    assert ask()[0] == 302
    assert codes_in_pdf(world.read(PHONE_KEY)) == codes_in_pdf(world.read(PAPER_KEY))


def test_what_was_kept_before_the_update_is_linked_as_it_is(world: World) -> None:
    sold()
    services().archive.keep(PHONE_KEY, b"%PDF, of long ago", "application/pdf")

    assert ask()[0] == 302

    assert world.read(PHONE_KEY) == b"%PDF, of long ago"
    assert world.wire.count("PutObject") == 1


@pytest.mark.parametrize("token", ["", "A" * 27, "x" * 64, "é"])
def test_a_wrong_token_looks_like_no_order(world: World, token: str) -> None:
    sold()

    status, _, body = ask(token)

    assert (status, json.loads(body)["detail"]) == (404, "there is nothing here")
    assert world.objects() == []


@pytest.mark.usefixtures("world")
def test_a_request_without_a_token_says_what_it_lacks() -> None:
    sold()
    event = Sample.load("draw_phone_tickets.wrong_token").event
    del event["queryStringParameters"]

    answer = handler(event, Context())

    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["errors"][0]["field"] == "token"
    judge("GET", PATH, answer)


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/events"), ("POST", PATH)])
@pytest.mark.usefixtures("world")
def test_the_function_has_one_route(method: str, path: str) -> None:
    event = Sample.load("draw_phone_tickets.wrong_token").event
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method

    answer = handler(event, Context())

    assert answer["statusCode"] == 404
    assert answer["headers"]["Cache-Control"] == "no-store"


REFUSED = {
    "unpaid": ({"status": OrderStatus.PENDING, "delivery": None}, "are not ready"),
    "not sent yet": ({"delivery": Delivery.PENDING}, "are not ready"),
    "refunded": ({"voided_at": LATER, "holds_seats": False}, "the tickets of this order are void"),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_an_order_is_refused_as_it_is_for_paper(
    world: World, changes: dict[str, Any], reason: str
) -> None:
    sold(**changes)
    token = services().access.token("ORD-ABC123")
    paper = Sample.load("checkout_api.wrong_token").event
    paper["rawPath"] = paper["requestContext"]["http"]["path"] = "/api/orders/ORD-ABC123/tickets"
    paper["queryStringParameters"] = {"token": token}

    status, _, body = ask()

    assert status == 409
    assert reason in json.loads(body)["detail"]
    assert json.loads(body) == json.loads(checkout_api(paper, Context())["body"])
    assert world.objects() == []


def test_an_erasure_takes_what_was_drawn_after_the_delivery(world: World, context: Context) -> None:
    long_ago = LATER.replace(year=LATER.year - 2)
    EventRow("5").update([EventRow.starts_at.set(long_ago)])
    sold(event_starts_at=long_ago, work=None, next_check_at=None)
    ask()
    assert world.objects() == [PHONE_KEY]

    assert erase(Sample.load("erase_buyers.scheduled").event, context)["erased"] == ["ORD-ABC123"]

    assert world.objects() == []
    assert ask()[0] == 404
    assert world.objects() == []


def test_reissued_tickets_are_drawn_under_their_own_name(world: World) -> None:
    sold()
    ask()
    OrderRow("ORD-ABC123").update([OrderRow.tickets_revision.set(2)])

    _, headers, _ = ask()

    assert SECOND_KEY in headers["Location"]
    assert world.objects() == [SECOND_KEY, PHONE_KEY]


@pytest.mark.parametrize("operation", ["PutObject", "BatchGetItem", "GetItem"])
def test_a_failure_of_aws_is_told_and_the_next_request_draws(world: World, operation: str) -> None:
    sold()
    world.wire.refuse(operation, "ValidationException")

    status, headers, body = ask()

    assert status == 503
    assert headers["Retry-After"] == "10"
    assert json.loads(body)["detail"].endswith("please try again soon")
    assert world.objects() == []
    assert ask()[0] == 302
    assert world.objects() == [PHONE_KEY]


def test_without_an_answer_whether_they_are_kept_nothing_is_drawn(world: World) -> None:
    sold()
    world.wire.lose_answer("HeadObject", times=2)

    status, headers, _ = ask()

    assert (status, headers["Retry-After"]) == (503, "10")
    assert world.wire.count("PutObject") == 0
    assert ask()[0] == 302


def test_a_write_whose_answer_is_lost_is_found_by_the_next_request(world: World) -> None:
    sold()
    world.wire.lose_answer("PutObject", times=10)

    first = ask()[0]
    puts = world.wire.count("PutObject")

    assert first in {302, 503}
    assert world.objects() == [PHONE_KEY]
    assert ask()[0] == 302
    assert world.wire.count("PutObject") == puts


def spoil_the_order() -> None:
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])


def lose_a_ticket() -> None:
    TicketRow("ORD-ABC123-02").delete()


def lose_the_event() -> None:
    EventRow("5").delete()


@pytest.mark.parametrize("happens", [spoil_the_order, lose_a_ticket, lose_the_event])
def test_rows_that_cannot_be_read_are_our_trouble(
    world: World, logged: io.StringIO, happens: Callable[[], None]
) -> None:
    sold()
    happens()

    status, headers, body = ask()

    assert status == 503
    assert headers["Retry-After"]
    assert "ORD-ABC123" not in body
    assert '"request not served"' in logged.getvalue()
    assert world.objects() == []


def test_an_unusable_branding_gives_plain_tickets_and_an_alert(world: World) -> None:
    order = sold()
    OrganiserRow("jersey-live").update([OrganiserRow.colour.set("blue")])

    assert ask()[0] == 302

    assert codes_in_pdf(world.read(PHONE_KEY)) == [t.qr_text for t in tickets_for(order)]
    (mail,) = world.items("MailsTable")
    assert mail["mail_id"]["S"].startswith("shop#alert#plain-tickets-jersey-live-")
    assert world.messages("DeliveryQueue") == [], "the next scan finds the alert"


def test_no_log_line_contains_the_buyer_or_the_token(world: World, logged: io.StringIO) -> None:
    sold()
    world.wire.refuse("PutObject", "ValidationException")

    ask()
    ask()

    text = logged.getvalue()
    assert '"AWS failed"' in text
    assert '"order":"ORD-ABC123"' in text
    assert "jane" not in text.lower()
    assert services().access.token("ORD-ABC123") not in text
