"""Hostile codes and requests at the door: `make fuzz`.

Whatever a QR code says, and whatever is sent, the answer is one of ours, no exception ends a
request, the text is kept nowhere, and only a ticket's own text uses it up.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.functions import test_check_in
from tests.support.aws import World, a_world, forbid_network
from tests.support.phone import Phone
from tests.support.stored import LATER, sell
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.models import AdmissionRow, TicketRow
from ticketing.bootstrap import services
from ticketing.bootstrap.signing import signer
from ticketing.doors.device import Role
from ticketing.tickets.ticket import Ticket

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
SEED = int(os.environ.get("SEED") or 20260601)
CASES = int(os.environ.get("CASES") or 120)
TEXTS, REQUESTS = 42 * CASES, 10 * CASES


def made_up(count: int) -> settings:
    """Return how many cases are made up; one world is enough for all of them."""
    return settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=[*HealthCheck]
    )


REFUSALS = {"altered", "wrong_event", "unknown", "already"}
ANSWERED = {200, 401, 404, 422, 429}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A shop with a door, and nobody who looks at its clock."""
    with pytest.MonkeyPatch.context() as patch:
        forbid_network(patch)
        with time_machine.travel(LATER, tick=False), a_world(patch) as made:
            sell()
            EventTable().publish_keys("5", signer(services()).public_keys("5"))
            yield made


@pytest.fixture(scope="module")
def tickets(world: World) -> tuple[Ticket, ...]:
    del world
    return test_check_in.sold()


@pytest.fixture(scope="module")
def phone(tickets: tuple[Ticket, ...]) -> Phone:
    del tickets
    return test_check_in.a_phone("Office", Role.SUPERVISOR)


def a_text(tickets: tuple[Ticket, ...]) -> st.SearchStrategy[str]:
    """Return what codes may say: anything, links and cards, and tickets that were altered."""
    genuine = st.sampled_from([ticket.qr_text for ticket in tickets])
    anything = st.text(max_size=400)
    foreign = st.sampled_from(
        ["https://example.com/?t=1", "BEGIN:VCARD\nFN:Jane", "WIFI:S:net;;", "javascript:alert(1)",
         "<script>alert(1)</script>", "TICKET:A|ORDER:A|EVENT:5|VALID:A" + "A" * 103]
    )  # fmt: skip
    return st.one_of(anything, foreign, st.builds(_altered, genuine, st.data()))


def _altered(text: str, data: st.DataObject) -> str:
    """Change, drop or add characters of a genuine text."""
    at = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(at, min(at + 3, len(text))))
    changed = text[:at] + data.draw(st.text(max_size=3)) + text[end:]
    return changed if changed != text else f"{text} "


@seed(SEED)
@made_up(TEXTS)
@given(data=st.data())
def test_no_text_but_its_own_uses_a_ticket_up(
    tickets: tuple[Ticket, ...], phone: Phone, data: st.DataObject
) -> None:
    text = data.draw(a_text(tickets))[:400]

    status, document = phone.deliver(phone.scan(text))

    if status == 422:  # what JSON cannot carry, such as half of a pair of surrogates
        phone.seq -= 1
        return
    (result,) = document["results"]
    assert result["verdict"] in REFUSALS
    assert all(row.left is None for row in TicketRow.scan())
    row = AdmissionRow.get("5", f"{phone.device_id}#{phone.seq:06d}")
    assert row.ticket_id in {None, "", *(ticket.ticket_id for ticket in tickets)}
    assert len(text) < 20 or text not in json.dumps(row.to_simple_dict(), default=str)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=8,
)
NAMES = ["seq", "at", "offset_ms", "action", "text", "count", "said", "by_hand", "override",
         "refers_to", "list_as_of", "previous", "signature"]  # fmt: skip


@pytest.mark.usefixtures("tickets")
@seed(SEED)
@made_up(REQUESTS)
@given(
    route=st.sampled_from(["scans", "search", "pair", "event", "tickets", "nothing", "../orders"]),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS"]),
    changes=st.dictionaries(st.sampled_from(NAMES), JSON_VALUES, max_size=3),
    besides=st.dictionaries(st.text(max_size=10), JSON_VALUES, max_size=2),
    is_signed=st.booleans(),
)
def test_no_request_is_answered_with_a_failure(
    phone: Phone,
    route: str,
    method: str,
    changes: dict[str, Any],
    besides: dict[str, Any],
    is_signed: bool,  # noqa: FBT001 - hypothesis gives it by name
) -> None:
    kept = phone.seq, phone.previous
    scan = phone.scan("nothing") | changes
    phone.seq, phone.previous = kept
    body = {"scans": [scan], "highest": 1, "waiting": 0, "query": "jane", **besides}
    sent = json.dumps(body).encode("utf-8", "surrogatepass")
    target = f"/api/door/{route}"
    header = {"x-door": phone.header(method, target, sent)} if is_signed else {}

    status, document = phone.send(method, target, sent, header)

    assert status in ANSWERED, document
    assert all(row.left is None for row in TicketRow.scan())
