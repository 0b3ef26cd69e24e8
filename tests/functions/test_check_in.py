"""The doors, run by the requests of their devices: pairing, scans, the list, the search."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from tenacity import wait_none

from functions.check_in.app import handler
from tests.functions.conftest import Context, Sample
from tests.support.aws import World
from tests.support.builders import a_line, a_signer, an_order, tickets_for
from tests.support.phone import Phone
from tests.support.stored import LATER, store
from ticketing.adapters.dynamodb.admissions import AdmissionLog
from ticketing.adapters.dynamodb.door_tickets import DoorTickets
from ticketing.adapters.dynamodb.doors import SEARCHES, DoorTable
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import AdmissionRow, DoorRow, EventRow, TicketRow
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.bootstrap import services
from ticketing.bootstrap.manage_doors import manage_doors
from ticketing.doors.admission import Admission
from ticketing.doors.device import Role
from ticketing.doors.scan import Said
from ticketing.errors import TicketBusy
from ticketing.flows import optimistic
from ticketing.invocation import clock
from ticketing.orders.order import Customer, Order, OrderStatus
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.tickets.ticket import Ticket, issued_anew

pytestmark = pytest.mark.usefixtures("world")


def sold(**changes: Any) -> tuple[Ticket, ...]:  # noqa: ANN401  # whatever a case changes
    """Store an order with its tickets."""
    order = store(an_order(status=OrderStatus.COMPLETED, **changes))
    return issued(order)


def issued(order: Order) -> tuple[Ticket, ...]:
    tickets = tickets_for(order)
    for ticket in tickets:
        ticket_row(ticket, LATER).save()
    return tickets


def send(
    method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    """Carry a request as API Gateway does."""
    answer = answered(method, target, body, headers)
    text = answer["body"] or ""
    return answer["statusCode"], json.loads(text) if text else {}


def answered(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    event = Sample.load("check_in.stranger").event
    path, _, query = target.partition("?")
    event["rawPath"], event["rawQueryString"] = path, query
    event["queryStringParameters"] = dict(one.split("=", 1) for one in query.split("&") if one)
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] = {"content-type": "application/json", **headers}
    event["body"] = base64.b64encode(body).decode()
    event["isBase64Encoded"] = True
    answer = handler(event, Context())
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["statusCode"] != 403
    return answer


def a_phone(gate: str = "Gate A", role: Role = Role.STEWARD, *, paired: bool = True) -> Phone:
    door = manage_doors(services()).add("5", gate, role, clock(), names_offline=False)
    phone = Phone.of(door, send, clock)
    if paired:
        assert phone.pair()[0] == 200
    return phone


def a_supervisor() -> Phone:
    return a_phone("Office", Role.SUPERVISOR)


def left_of(ticket: Ticket) -> int | None:
    left: int | None = TicketRow.get(ticket.ticket_id).left
    return left


# ---- pairing


def test_pairing_shows_the_event_and_its_keys() -> None:
    phone = a_phone(paired=False)

    status, shown = phone.pair()

    assert status == 200
    assert (shown["event"]["name"], shown["gate"]) == ("Jersey Live: Summer Sounds", "Gate A")
    assert shown["role"] == "steward"
    assert shown["keys"]["event_id"] == "5"
    assert shown["types"] == [{"sku": "general", "name": "general", "admits": 1}]


def test_the_same_key_may_pair_again_and_another_one_may_not() -> None:
    phone = a_phone()
    thief = replace(phone, key=a_phone(paired=False).key)

    assert phone.pair()[0] == 200
    assert thief.pair()[0] == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "A" * 43},
        {"device": "D2222"},
        {"event": "6"},
    ],
)
def test_a_link_that_is_not_ours_looks_like_one_that_does_not_exist(
    changes: dict[str, str],
) -> None:
    phone = a_phone(paired=False)

    status, shown = phone.pair(**changes)

    assert status == 404
    assert shown["detail"] == "there is nothing here"


def test_the_secret_of_a_link_is_stored_nowhere(world: World) -> None:
    phone = a_phone()

    assert phone.secret not in json.dumps(world.contents(), default=str)


def test_a_point_that_is_not_on_the_curve_pairs_nothing() -> None:
    phone = a_phone(paired=False)

    assert phone.pair(public_key="B" + "A" * 86)[0] == 404
    assert DoorRow.get("5", phone.device_id).public_key is None


# ---- requests are signed


def test_a_request_without_a_signature_is_refused() -> None:
    a_phone()

    status, shown = send("GET", "/api/door/event", b"", {})

    assert (status, shown["errors"]) == (401, [{"field": "device", "reason": "unknown"}])


def test_a_signature_is_for_one_method_path_and_body() -> None:
    phone = a_phone()
    header = phone.header("GET", "/api/door/event", b"")
    body = json.dumps({"scans": [], "highest": 0, "waiting": 0}).encode()

    other_path = send("GET", "/api/door/tickets", b"", {"x-door": header})
    for_scans = phone.header("POST", "/api/door/scans", body)
    other_body = send("POST", "/api/door/scans", body + b" ", {"x-door": for_scans})

    assert [other_path[0], other_body[0]] == [401, 401]
    assert send("GET", "/api/door/event", b"", {"x-door": header})[0] == 200


def test_a_request_of_six_minutes_ago_is_told_the_time() -> None:
    phone = a_phone()
    slow = replace(phone, offset=timedelta(minutes=-6))

    status, shown = slow.ask("GET", "/api/door/event")

    assert (status, shown["errors"][0]["reason"]) == (401, "clock")
    assert shown["now"] == "2026-06-01T12:05:00.000Z"


def test_a_revoked_device_reads_nothing_more() -> None:
    phone = a_phone()
    manage_doors(services()).revoke("5", phone.device_id, clock())

    status, shown = phone.ask("GET", "/api/door/tickets")

    assert (status, shown["errors"][0]["reason"]) == (401, "revoked")


def test_a_device_ends_with_its_event() -> None:
    phone = a_phone()

    with time_machine.travel(LATER + timedelta(days=49), tick=False):
        status, shown = phone.ask("GET", "/api/door/event")

    assert (status, shown["errors"][0]["reason"]) == (401, "expired")


def test_a_device_lasts_as_long_as_its_event_that_was_moved() -> None:
    phone, moved_to = a_phone(), LATER + timedelta(days=100)
    EventRow("5").update([EventRow.starts_at.set(moved_to), EventRow.ends_at.remove()])

    with time_machine.travel(moved_to + timedelta(hours=35), tick=False):
        status, shown = phone.ask("GET", "/api/door/event")

    assert status == 200
    assert shown["expires_at"] == "2026-09-11T00:05:00.000Z"
    with time_machine.travel(moved_to + timedelta(hours=36), tick=False):
        assert phone.ask("GET", "/api/door/event")[0] == 401
        assert phone.admit(sold()[0].qr_text)["verdict"] == "after_revocation"


# ---- admitting


def test_a_ticket_is_admitted_once() -> None:
    ticket, *_ = sold()
    gate_a, gate_b = a_phone("Gate A"), a_phone("Gate B")

    first, second = gate_a.admit(ticket.qr_text), gate_b.admit(ticket.qr_text)

    assert (first["verdict"], first["count"], first["left"]) == ("admitted", 1, 0)
    assert (first["holder"], first["type"]) == ("Jane Doe", "General admission")
    assert second["verdict"] == "already"
    assert second["first"] == {
        "at": "2026-06-01T12:05:00.000Z",
        "gate": "Gate A",
        "device": gate_a.device_id,
    }
    assert left_of(ticket) == 0


def test_the_same_scan_again_has_the_same_answer() -> None:
    ticket, *_ = sold()
    phone = a_phone()
    scan = phone.scan(ticket.qr_text)

    answers = [phone.deliver(scan)[1]["results"] for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert len(list(AdmissionRow.query("5"))) == 1


def test_a_ticket_for_four_admits_all_that_are_left() -> None:
    ticket, *_ = sold(lines=(a_line(admits=4, quantity=1),))
    phone = a_phone()

    first = phone.admit(ticket.qr_text, count=3)
    second = phone.admit(ticket.qr_text)
    third = phone.admit(ticket.qr_text)

    assert [(r["verdict"], r["count"], r["left"]) for r in (first, second, third)] == [
        ("admitted", 3, 1),
        ("admitted", 1, 0),
        ("already", 0, 0),
    ]


def test_fewer_went_in_than_were_let_in() -> None:
    ticket, *_ = sold(lines=(a_line(admits=4, quantity=1),))
    phone = a_phone()
    phone.admit(ticket.qr_text)

    lowered = phone.admit("", action="lower", count=1, refers_to=f"{phone.device_id}#000001")

    assert (lowered["verdict"], lowered["count"], lowered["left"]) == ("lowered", 3, 3)
    assert left_of(ticket) == 3


def test_a_minute_later_nothing_can_be_lowered() -> None:
    ticket, *_ = sold(lines=(a_line(admits=4, quantity=1),))
    phone = a_phone()
    phone.admit(ticket.qr_text)

    with time_machine.travel(LATER + timedelta(seconds=61), tick=False):
        late = phone.admit("", action="lower", count=1, refers_to=f"{phone.device_id}#000001")

    assert (late["verdict"], late["reason"]) == ("refused", "too_late")
    assert left_of(ticket) == 0


def test_a_supervisor_undoes_a_scan_once() -> None:
    ticket, *_ = sold()
    gate, office = a_phone(), a_supervisor()
    gate.admit(ticket.qr_text)
    scan = f"{gate.device_id}#000001"

    by_steward = gate.admit("", action="undo", refers_to=scan)
    undone = office.admit("", action="undo", refers_to=scan)
    again = office.admit("", action="undo", refers_to=scan)

    assert (by_steward["verdict"], by_steward["reason"]) == ("refused", "not_supervisor")
    assert (undone["verdict"], undone["left"]) == ("undone", 1)
    assert (again["verdict"], again["reason"]) == ("refused", "repeated")
    assert gate.admit(ticket.qr_text)["verdict"] == "admitted"


def test_nothing_is_undone_while_its_ticket_cannot_be_read() -> None:
    ticket, *_ = sold()
    gate, office = a_phone(), a_supervisor()
    gate.admit(ticket.qr_text)
    scan, row = f"{gate.device_id}#000001", TicketRow.get(ticket.ticket_id)
    TicketRow(ticket.ticket_id).update([TicketRow.qr_text.remove()])

    refused = office.admit("", action="undo", refers_to=scan)
    row.save()
    undone = office.admit("", action="undo", refers_to=scan)

    assert (refused["verdict"], refused["reason"]) == ("refused", "unreadable")
    assert (undone["verdict"], undone["count"], left_of(ticket)) == ("undone", 1, 1)


def test_what_was_lowered_is_undone_for_the_rest() -> None:
    ticket, *_ = sold(lines=(a_line(admits=4, quantity=1),))
    gate, office = a_phone(), a_supervisor()
    gate.admit(ticket.qr_text)
    scan = f"{gate.device_id}#000001"
    gate.admit("", action="lower", count=1, refers_to=scan)

    undone = office.admit("", action="undo", refers_to=scan)

    assert (undone["count"], left_of(ticket)) == (1, 4)


def test_a_ticket_whose_money_went_back_is_refused_with_the_reason() -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, transaction_id="tx-1", holds_seats=True))
    ticket, *_ = issued(order)
    refund = Refund("tx-1", RefundStatus.REFUNDED, order.total, attempt="1")
    services().orders.settle_refund(order, refund, Consequence.TICKETS_VOID, "asked", [], LATER)

    refused = a_phone().admit(ticket.qr_text)

    assert (refused["verdict"], refused["reason"]) == ("void", "refunded")
    assert refused["since"] == "2026-06-01T12:05:00.000Z"
    assert left_of(ticket) is None


def anew(ticket: Ticket, holder: str | None = None) -> Ticket:
    """Issue a ticket anew, as it is in its row."""
    (read,) = TicketTable().get_all([ticket.ticket_id])
    order = services().orders.get(read.order_number)
    new = issued_anew(read, f"{order.first_ids[0]}-R{order.reissues + 1}", a_signer(), holder)
    services().orders.reissue(order, read, new, [], "reissue: x", clock())
    return new


def test_a_ticket_that_was_issued_anew_is_refused_and_its_successor_admitted() -> None:
    ticket, *_ = sold()
    new = anew(ticket, holder="Ben Vibert")
    gate = a_phone()

    refused, admitted = gate.admit(ticket.qr_text), gate.admit(new.qr_text)

    assert (refused["verdict"], refused["reason"]) == ("void", "reissued")
    assert (admitted["verdict"], admitted["holder"]) == ("admitted", "Ben Vibert")
    assert (left_of(ticket), left_of(new)) == (None, 0)


def test_who_came_in_before_a_ticket_was_issued_anew_does_not_come_in_again() -> None:
    ticket, *_ = sold()
    gate = a_phone()
    gate.admit(ticket.qr_text)

    already = gate.admit(anew(ticket).qr_text)

    assert already["verdict"] == "already"
    assert already["first"]["device"] == gate.device_id


def test_what_is_undone_is_given_back_to_the_ticket_that_replaced_the_scanned_one() -> None:
    ticket, *_ = sold()
    gate, office = a_phone(), a_supervisor()
    gate.admit(ticket.qr_text)
    new = anew(anew(ticket))

    undone = office.admit("", action="undo", refers_to=f"{gate.device_id}#000001")

    assert (undone["verdict"], undone["ticket"], undone["left"]) == ("undone", new.ticket_id, 1)
    assert (left_of(ticket), left_of(new)) == (0, 1)
    assert gate.admit(new.qr_text)["verdict"] == "admitted"
    assert gate.admit(ticket.qr_text)["verdict"] == "void"


def test_a_ticket_that_is_issued_anew_while_a_scan_is_undone_keeps_the_place() -> None:
    ticket, *_ = sold()
    gate, office = a_phone(), a_supervisor()
    gate.admit(ticket.qr_text)
    replaced: list[Ticket] = []

    def meanwhile(self: AdmissionLog, *given: Any) -> None:  # noqa: ANN401  # what `correct` takes
        if not replaced:
            replaced.append(anew(ticket))
        correct(self, *given)

    correct = AdmissionLog.correct
    with patch.object(AdmissionLog, "correct", meanwhile):
        undone = office.admit("", action="undo", refers_to=f"{gate.device_id}#000001")

    (new,) = replaced
    assert (undone["ticket"], left_of(ticket), left_of(new)) == (new.ticket_id, 0, 1)


def test_a_ticket_of_another_event_is_refused_with_its_name() -> None:
    ticket, *_ = sold(event_id="6")

    refused = a_phone().admit(ticket.qr_text)

    assert (refused["verdict"], refused["event"]) == ("wrong_event", "6")


def test_a_genuine_ticket_without_a_row_is_unknown() -> None:
    ticket = tickets_for(an_order(order_number="ORD-GHOST2"))[0]

    assert a_phone().admit(ticket.qr_text)["verdict"] == "unknown"


@pytest.mark.parametrize("text", ["https://example.com", "", "TICKET:", "\0" * 400, "é" * 400])
def test_what_is_no_ticket_is_altered_and_never_kept(world: World, text: str) -> None:
    assert a_phone().admit(text)["verdict"] == "altered"
    assert text == "" or text not in json.dumps(world.items("AdmissionsTable"))


def test_a_copied_id_with_another_signature_is_altered() -> None:
    one, two, *_ = sold()
    text = one.qr_text.partition("|VALID:")[0] + "|VALID:" + two.qr_text.partition("|VALID:")[2]

    assert a_phone().admit(text)["verdict"] == "altered"
    assert left_of(one) is None


def test_a_ticket_whose_row_cannot_be_read_does_not_hold_the_queue_up() -> None:
    broken, good, *_ = sold()
    TicketRow(broken.ticket_id).update([TicketRow.qr_text.remove()])
    phone = a_phone()

    _, document = phone.deliver(phone.scan(broken.qr_text), phone.scan(good.qr_text))

    assert [(r["verdict"], r["reason"]) for r in document["results"]] == [
        ("unknown", "unreadable"),
        ("admitted", ""),
    ]


def test_who_was_let_in_offline_with_an_unreadable_ticket_is_still_inside() -> None:
    broken, *_ = sold()
    TicketRow(broken.ticket_id).update([TicketRow.qr_text.remove()])

    told = a_phone().admit(broken.qr_text, said="admitted", count=1)

    assert (told["verdict"], told["reason"], told["count"]) == ("unknown", "unreadable", 1)


def test_a_revoked_device_counts_nothing_whatever_the_ticket_is_like() -> None:
    broken, *_ = sold()
    TicketRow(broken.ticket_id).update([TicketRow.qr_text.remove()])
    phone = a_phone()
    manage_doors(services()).revoke("5", phone.device_id, clock())

    assert phone.admit(broken.qr_text)["verdict"] == "after_revocation"


# ---- too early, overrides


def open_doors_at(offset: timedelta) -> None:
    EventRow("5").update([EventRow.doors_at.set(LATER + offset)])


def test_before_doors_open_a_supervisor_may_override() -> None:
    ticket, *_ = sold()
    open_doors_at(timedelta(hours=1))
    gate, office = a_phone(), a_supervisor()

    early = gate.admit(ticket.qr_text)
    by_steward = gate.admit(ticket.qr_text, override="not_yet")
    let_in = office.admit(ticket.qr_text, override="not_yet")

    assert (early["verdict"], early["since"]) == ("not_yet", "2026-06-01T13:05:00.000Z")
    assert (by_steward["verdict"], by_steward["reason"]) == ("refused", "not_supervisor")
    assert let_in["verdict"] == "admitted"


def test_who_was_let_in_again_is_counted_as_a_person_and_not_as_a_place() -> None:
    ticket, *_ = sold()
    office = a_supervisor()
    office.admit(ticket.qr_text)

    again = office.admit(ticket.qr_text, override="already")

    assert (again["verdict"], again["count"], left_of(ticket)) == ("admitted", 1, 0)


def test_no_override_opens_the_door_for_a_void_ticket() -> None:
    ticket, *_ = sold()
    TicketRow(ticket.ticket_id).update([TicketRow.status.set("void")])  # type: ignore[arg-type]

    assert a_supervisor().admit(ticket.qr_text, override="already")["verdict"] == "void"


def test_only_a_supervisor_admits_by_number() -> None:
    ticket, *_ = sold()

    by_steward = a_phone().admit(ticket.ticket_id, by_hand=True)
    by_supervisor = a_supervisor().admit(ticket.ticket_id, by_hand=True)

    assert (by_steward["verdict"], by_steward["reason"]) == ("refused", "not_supervisor")
    assert by_supervisor["verdict"] == "admitted"
    assert [r.by_hand for r in AdmissionRow.query("5") if r.verdict == "admitted"] == [True]


# ---- what happened offline


def test_two_offline_gates_each_let_the_same_ticket_in_and_the_second_is_named() -> None:
    ticket, *_ = sold()
    gate_a, gate_b = a_phone("Gate A"), a_phone("Gate B")

    first = gate_a.admit(ticket.qr_text, said="admitted", count=1)
    second = gate_b.admit(ticket.qr_text, said="admitted", count=1)

    assert (first["verdict"], second["verdict"]) == ("admitted", "double")
    assert second["first"]["gate"] == "Gate A"
    assert left_of(ticket) == 0


def test_a_void_ticket_that_was_let_in_offline_stays_a_fact() -> None:
    ticket, *_ = sold()
    TicketRow(ticket.ticket_id).update([TicketRow.status.set("void")])  # type: ignore[arg-type]
    phone = a_phone()

    told = phone.admit(ticket.qr_text, said="admitted", count=1)

    assert told["verdict"] == "void"
    row = AdmissionRow.get("5", f"{phone.device_id}#000001")
    assert (row.people, row.counted or 0, row.said) == (1, 0, Said.ADMITTED)


@pytest.mark.parametrize("said", ["already", "void", "wrong_event", "not_yet", "altered"])
def test_who_was_turned_away_offline_stays_turned_away(said: str) -> None:
    ticket, *_ = sold()

    assert a_phone().admit(ticket.qr_text, said=said)["verdict"] == said
    assert left_of(ticket) is None


def test_who_was_let_in_without_our_answer_is_counted_once() -> None:
    ticket, *_ = sold()
    phone = a_phone()
    phone.admit(ticket.qr_text)

    told = phone.admit(
        ticket.qr_text, said="admitted", count=1, refers_to=f"{phone.device_id}#000001"
    )

    assert (told["verdict"], told["count"], left_of(ticket)) == ("admitted", 0, 0)


def test_who_was_let_in_against_our_answer_went_in_twice() -> None:
    ticket, *_ = sold()
    phone = a_phone("Gate B")
    a_phone("Gate A").admit(ticket.qr_text)
    phone.admit(ticket.qr_text)

    told = phone.admit(
        ticket.qr_text, said="admitted", count=1, refers_to=f"{phone.device_id}#000001"
    )

    assert (told["verdict"], told["first"]["gate"]) == ("double", "Gate A")


def test_who_was_turned_away_without_our_answer_may_come_again() -> None:
    ticket, *_ = sold()
    phone = a_phone()
    phone.admit(ticket.qr_text)

    told = phone.admit(ticket.qr_text, said="already", refers_to=f"{phone.device_id}#000001")

    assert (told["verdict"], told["left"], left_of(ticket)) == ("undone", 1, 1)
    _, heard = a_phone("Gate B").deliver(seen={})
    assert [change[3:5] for change in heard["changes"]] == [["admit", 1], ["lower", 1]]


def test_a_scan_carries_the_corrected_time_of_its_device() -> None:
    ticket, *_ = sold()
    phone = a_phone()

    phone.admit(ticket.qr_text, at="2026-06-01T09:00:00.000Z", offset_ms=3 * 3600 * 1000)

    row = AdmissionRow.get("5", f"{phone.device_id}#000001")
    assert row.at.isoformat() == "2026-06-01T12:00:00+00:00"


def test_what_a_revoked_device_kept_is_recorded_and_uses_no_ticket_up() -> None:
    ticket, *_ = sold()
    phone = a_phone()
    manage_doors(services()).revoke("5", phone.device_id, clock())

    told = phone.admit(ticket.qr_text, said="admitted", count=1)

    assert (told["verdict"], told["holder"]) == ("after_revocation", "")
    assert left_of(ticket) is None


def test_another_scan_with_the_same_number_is_kept_beside_the_first() -> None:
    one, two, *_ = sold()
    phone = a_phone()
    thief = replace(phone)
    phone.admit(one.qr_text)

    told = thief.admit(two.qr_text)

    assert told["verdict"] == "cloned"
    assert left_of(two) is None
    assert len(list(AdmissionRow.query("5"))) == 2


def test_the_copy_of_a_revoked_device_is_still_noticed_and_counts_nothing() -> None:
    one, two, *_ = sold()
    phone = a_phone()
    thief = replace(phone)
    phone.admit(one.qr_text)
    manage_doors(services()).revoke("5", phone.device_id, clock())

    told = [thief.admit(two.qr_text, said="admitted", count=1)["verdict"] for _ in range(2)]

    assert told == ["cloned", "after_revocation"]
    assert left_of(two) is None


def test_a_scan_that_its_device_did_not_sign_counts_nothing() -> None:
    one, two, *_ = sold()
    phone = a_phone()
    forged = phone.scan(one.qr_text) | {"text": two.qr_text}

    _, document = phone.deliver(forged)

    assert [(r["verdict"], r["reason"]) for r in document["results"]] == [("refused", "signature")]
    assert left_of(two) is None


# ---- what others admitted, and the list


def test_a_device_hears_what_the_others_admitted() -> None:
    one, two, *_ = sold()
    gate_a, gate_b = a_phone("Gate A"), a_phone("Gate B")
    gate_a.admit(one.qr_text)
    gate_a.admit("nothing")
    gate_a.admit(two.qr_text)

    _, heard = gate_b.deliver(seen={gate_a.device_id: 1})

    assert heard["changes"] == [[gate_a.device_id, 3, two.ticket_id, "admit", 1, 1780315500]]
    assert heard["seen"][gate_a.device_id] == 3
    assert heard["gates"][gate_a.device_id] == "Gate A"
    assert heard["more"] is False


def listed(phone: Phone, after: str = "", **headers: str) -> tuple[int, dict[str, Any]]:
    target = f"/api/door/tickets?after={after}" if after else "/api/door/tickets"
    status, document = phone.ask("GET", target, None, **headers)
    return status, document


def test_the_list_has_ids_types_and_states_and_no_names() -> None:
    one, two, three = sold()
    TicketRow(two.ticket_id).update([TicketRow.status.set("void")])  # type: ignore[arg-type]

    status, shown = listed(a_phone())

    assert status == 200
    assert sorted(shown["tickets"]) == [
        [one.ticket_id, "general", 1, "v"],
        [two.ticket_id, "general", 1, "x"],
        [three.ticket_id, "general", 1, "v"],
    ]
    assert shown["more"] is False


def test_the_list_has_a_ticket_that_was_issued_anew_and_its_successor() -> None:
    ticket, *_ = sold()
    phone = a_phone()
    _, before = listed(phone)
    with time_machine.travel(LATER + timedelta(hours=1), tick=False):
        anew(ticket)
        _, changes = listed(phone, before["cursor"])

    assert {i: state for i, _, _, state in changes["tickets"]} == {
        "ORD-ABC123-01": "x",
        "ORD-ABC123-01-R1": "v",
        "ORD-ABC123-02": "v",
        "ORD-ABC123-03": "v",
    }


def test_changes_begin_where_the_list_ended() -> None:
    sold()
    phone = a_phone()
    _, before = listed(phone)
    with time_machine.travel(LATER + timedelta(hours=1), tick=False):
        later = store(an_order(order_number="ORD-LATER2", status=OrderStatus.COMPLETED))
        for ticket in tickets_for(later):
            ticket_row(ticket, clock()).save()
        _, changes = listed(phone, before["cursor"])
        _, nothing = listed(phone, changes["cursor"])

    new = {i for i, *_ in changes["tickets"] if i.startswith("ORD-LATER2")}
    assert len(new) == 3
    assert {i for i, *_ in nothing["tickets"]} == new, "an index may lag: a minute is read again"


def test_an_unchanged_page_is_not_sent_again() -> None:
    sold()
    phone = a_phone()
    header = {"x-door": phone.header("GET", "/api/door/tickets", b"")}
    tag = answered("GET", "/api/door/tickets", b"", header)["headers"]["ETag"]

    again = answered("GET", "/api/door/tickets", b"", header | {"if-none-match": tag})

    assert (again["statusCode"], again["body"]) == (304, "")


def test_a_page_is_compressed_for_who_reads_that() -> None:
    sold()
    header = {"x-door": a_phone().header("GET", "/api/door/tickets", b"")}
    phone = a_phone()
    header = {"x-door": phone.header("GET", "/api/door/tickets", b""), "accept-encoding": "gzip"}

    answer = answered("GET", "/api/door/tickets", b"", header)

    assert answer["headers"]["Content-Encoding"] == "gzip"
    document = json.loads(gzip.decompress(base64.b64decode(answer["body"])))
    assert len(document["tickets"]) == 3


def test_tickets_of_before_there_were_doors_are_listed_with_the_first_door() -> None:
    for ticket in sold():
        TicketRow(ticket.ticket_id).update([TicketRow.changed_at.remove()])

    _, shown = listed(a_phone())

    assert len(shown["tickets"]) == 3


# ---- search


def found(phone: Phone, query: str) -> tuple[int, dict[str, Any]]:
    status, document = phone.ask("POST", "/api/door/search", {"query": query})
    return status, document


@pytest.mark.parametrize(
    "query", ["ORD-ABC123-01", "ord-abc123-01 ", "ORD-ABC123", "feu", "le feuvre", "ANN", "lé féu"]
)
def test_a_supervisor_finds_a_ticket_without_its_code(query: str) -> None:
    ticket, *_ = sold(customer=Customer("Ånne Le Feuvre", "anne@example.com"))
    sold(order_number="ORD-ZZZ999", customer=Customer("Zoe", "zoe@example.com"))

    status, document = found(a_supervisor(), query)

    assert status == 200
    assert document["tickets"][0] == {
        "ticket": ticket.ticket_id,
        "order": "ORD-ABC123",
        "type": "General admission",
        "holder": "Ånne Le Feuvre",
        "state": "valid",
        "reason": "",
        "admits": 1,
        "left": 1,
    }
    assert "example.com" not in json.dumps(document)


FOUND = {
    "ORD-ABC123": [("ORD-ABC123-01-R2", "valid"), ("ORD-ABC123-02", "valid")],
    "ORD-ABC123-01": [("ORD-ABC123-01", "void"), ("ORD-ABC123-01-R2", "valid")],
    "ord-abc123-01-r1": [("ORD-ABC123-01-R1", "void"), ("ORD-ABC123-01-R2", "valid")],
    "ORD-ABC123-01-R2": [("ORD-ABC123-01-R2", "valid")],
    "ORD-ABC123-01-R3": [],
    "ORD-ABC123-02": [("ORD-ABC123-02", "valid")],
    "vibert": [("ORD-ABC123-01-R2", "valid")],
}


@pytest.mark.parametrize(("query", "tickets"), FOUND.items())
def test_a_ticket_that_was_issued_anew_is_found_by_its_order_and_by_every_number(
    query: str, tickets: list[tuple[str, str]]
) -> None:
    ticket, *_ = sold(lines=(a_line(quantity=2),))
    anew(anew(ticket), holder="Ben Vibert")

    _, document = found(a_supervisor(), query)

    assert [(one["ticket"], one["state"]) for one in document["tickets"]] == tickets


@pytest.mark.parametrize("query", ["uvre", "an", "ORD-NONE22", "%", "'; DROP"])
def test_what_nobody_is_called_finds_nothing(query: str) -> None:
    sold(customer=Customer("Anne Le Feuvre", "anne@example.com"))

    assert found(a_supervisor(), query)[1]["tickets"] == []


def test_at_most_ten_are_shown() -> None:
    sold(lines=(a_line(quantity=12),))

    _, document = found(a_supervisor(), "jane")

    assert (len(document["tickets"]), document["more"]) == (10, True)


def test_an_order_is_searched_by_as_many_reads_as_it_has_tickets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sold(lines=(a_line(quantity=2),))
    office, get, asked = a_supervisor(), DoorTickets.get, []

    def counting(self: DoorTickets, ticket_id: str) -> Ticket | None:
        asked.append(ticket_id)
        return get(self, ticket_id)

    monkeypatch.setattr(DoorTickets, "get", counting)
    found(office, "ORD-ABC123")

    assert asked == [f"ORD-ABC123-0{n}" for n in (1, 2, 3)]


def test_a_ticket_that_cannot_be_read_hides_no_other_of_its_order() -> None:
    first, _ = sold(lines=(a_line(quantity=2),))
    TicketRow(first.ticket_id).update([TicketRow.holder.remove()])

    _, document = found(a_supervisor(), "ORD-ABC123")

    assert [one["ticket"] for one in document["tickets"]] == ["ORD-ABC123-02"]


def test_a_steward_may_not_search() -> None:
    sold()

    assert found(a_phone(), "jane")[0] == 404


def test_searches_are_limited() -> None:
    office = a_supervisor()

    statuses = [found(office, "jane")[0] for _ in range(SEARCHES + 1)]
    with time_machine.travel(LATER + timedelta(seconds=61), tick=False):
        a_minute_later = found(office, "jane")[0]

    assert statuses == [200] * SEARCHES + [429]
    assert a_minute_later == 200


# ---- bad input, failures


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["scans"][0].pop("signature"),
        lambda body: body["scans"][0].update(seq=0),
        lambda body: body["scans"][0].update(seq=1_000_000),
        lambda body: body["scans"][0].update(count=-1),
        lambda body: body["scans"][0].update(text="T" * 401),
        lambda body: body["scans"][0].update(at="yesterday"),
        lambda body: body["scans"][0].update(at="2026-06-01T12:00:00"),
        lambda body: body["scans"][0].update(action="let_everybody_in"),
        lambda body: body["scans"][0].update(refers_to="D7KQ2#1"),
        lambda body: body["scans"][0].update(price=1),
        lambda body: body["scans"].extend(body["scans"] * 25),
        lambda body: body.update(highest="1"),
        lambda body: body.update(seen={"me": 1}),
    ],
)
def test_a_malformed_request_is_named_and_records_nothing(change: Change) -> None:
    ticket, *_ = sold()
    phone = a_phone()
    body: dict[str, Any] = {"scans": [phone.scan(ticket.qr_text)], "highest": 1, "waiting": 0}
    change(body)

    status, document = phone.ask("POST", "/api/door/scans", body)

    assert (status, document["title"]) == (422, "Unprocessable Entity")
    assert list(AdmissionRow.query("5")) == []


def test_an_unknown_path_is_nothing() -> None:
    assert send("GET", "/api/door/nothing", b"", {})[0] == 404


def test_a_device_reports_what_it_keeps() -> None:
    ticket, *_ = sold()
    phone = a_phone()
    phone.deliver(phone.scan(ticket.qr_text), waiting=7, not_ours=3)

    device = DoorTable().get("5", phone.device_id)

    assert device is not None
    assert (device.highest, device.waiting, device.not_ours) == (1, 7, 3)


def test_a_late_report_lowers_nothing() -> None:
    phone = a_phone()
    phone.deliver(highest=9, waiting=2)

    phone.deliver(highest=4, waiting=6)

    device = DoorTable().get("5", phone.device_id)
    assert device is not None
    assert (device.highest, device.waiting) == (9, 2)


def test_a_revoked_device_cannot_make_up_scans_that_it_never_sent() -> None:
    phone = a_phone()
    phone.deliver(highest=3, waiting=2)
    manage_doors(services()).revoke("5", phone.device_id, clock())

    phone.deliver(phone.scan("nothing"), highest=999_999, waiting=1)

    device = DoorTable().get("5", phone.device_id)
    assert device is not None
    assert (device.highest, device.revoked_seq, device.waiting) == (3, 3, 1)


def test_scans_before_a_busy_ticket_are_answered_and_the_rest_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two, three = sold()
    phone, admit = a_phone(), AdmissionLog.admit

    def busy(log: AdmissionLog, entry: Admission, ticket: Ticket) -> None:
        if ticket.ticket_id == two.ticket_id:
            raise TicketBusy(two.ticket_id)
        admit(log, entry, ticket)

    monkeypatch.setattr(AdmissionLog, "admit", busy)
    monkeypatch.setattr(optimistic, "wait_random_exponential", lambda **_: wait_none())
    scans = [phone.scan(ticket.qr_text) for ticket in (one, two, three)]

    status, document = phone.deliver(*scans)
    alone, _ = phone.deliver(*scans[1:])

    assert (status, [r["seq"] for r in document["results"]]) == (200, [1])
    assert alone == 503
    assert [left_of(ticket) for ticket in (one, two, three)] == [0, None, None]
    monkeypatch.undo()
    assert [r["verdict"] for r in phone.deliver(*scans)[1]["results"]] == ["admitted"] * 3
