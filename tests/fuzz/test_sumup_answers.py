"""Whatever SumUp answers: no ticket without a valid payment, and no order left unattended.

The real client and the real handlers on moto. What is promised of alerts: a fact about an order is
told once, trouble with an organiser or with our own application once a day.
"""

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import responses

from functions.checkout_api.app import handler as checkout_api
from functions.verify_payment.app import handler as verify_payment
from tests.functions.conftest import NONE_FAILED, SUMUP, Context, Sample, connect_organiser
from tests.fuzz.conftest import TABLES
from tests.support.aws import World
from tests.support.bad_answers import (
    BAD_ANSWERS,
    COMPLETE,
    GOOD,
    ID,
    PAID,
    RIGHT_ANSWERS,
    WRONG_ANSWERS,
    Bad,
    Outcome,
    Said,
    refused,
    waiting,
)
from tests.support.builders import an_order
from tests.support.stored import LATER, row_of, sell, store
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.bootstrap import services
from ticketing.bootstrap.sumup import sumup
from ticketing.bootstrap.verify_payment import verify_payment as verify_flow
from ticketing.errors import CheckoutNotFound, PaymentProviderUnavailable
from ticketing.orders.order import Order, OrderStatus, Work

pytestmark = pytest.mark.fuzz

MESSAGE = Sample.load("verify_payment.one_order").event
ORDER = Sample.load("checkout_api.place_order").event
RIGHT = Said(GOOD, Outcome.COMPLETE)
TOKENS = Said(
    b'{"access_token":"at-new","refresh_token":"rt-new","expires_in":3600}', Outcome.COMPLETE
)
FURTHEST = timedelta(days=1)
GENERATED, SEED = 500, int(os.environ.get("SEED") or 20260601)
CLOSED: dict[str, Any] = {
    "status": OrderStatus.EXPIRED,
    "work": Work.LATE,
    "holds_seats": False,
    "settled_at": LATER,
    "deadline": LATER,
}
Answer = Bad | Said


@dataclass
class Desk:
    """Runs one order after another through the real client and handlers."""

    world: World

    def with_order(self, **changes: Any) -> Order:  # noqa: ANN401  # of any field
        """Start over with a single order in an empty world."""
        self.world.empty()
        sell(available=100)
        connect_organiser(self.world)
        return store(an_order(**changes))

    def verify(self, **answers: Answer) -> None:
        """Verify the order while SumUp's endpoints answer like this: `checkout`, `token` ..."""
        with sumup_answering(**answers):
            assert verify_payment(MESSAGE, Context()) == NONE_FAILED

    def place(self, **answers: Answer) -> dict[str, Any]:
        """Order while SumUp answers like this; return what the browser gets."""
        with sumup_answering(**answers):
            answer: dict[str, Any] = checkout_api(ORDER, Context())
        return answer

    @property
    def row(self) -> OrderRow:
        return row_of(an_order())

    @property
    def tickets(self) -> int:
        return len(self.world.items("TicketsTable"))

    @property
    def alerts(self) -> list[str]:
        """Return the subjects of all alerts."""
        return [row["subject"]["S"] for row in self.world.items("MailsTable") if "subject" in row]

    def outcome(self) -> Outcome | str:
        """Return the outcome of the order, or what is wrong with it."""
        row = self.row
        status = OrderStatus(row.status)
        if self.tickets != (3 if status is OrderStatus.COMPLETED else 0):
            return f"{status} with {self.tickets} tickets"
        if status is OrderStatus.COMPLETED:
            return Outcome.COMPLETE
        if status is OrderStatus.REVIEW:
            return Outcome.REVIEW if len(self.alerts) == 1 else f"alerts: {self.alerts}"
        wanted = Work.OPEN if status is OrderStatus.PENDING else Work.LATE
        is_scheduled = row.work_key == wanted and row.next_check_at is not None
        if not is_scheduled or row.next_check_at > LATER + FURTHEST:
            return f"{status}, and nobody looks at it in time"
        return Outcome.WAIT


ENDPOINTS = {
    "checkout": ("GET", f"{SUMUP}/v0.1/checkouts/{ID}"),
    "gone": ("DELETE", f"{SUMUP}/v0.1/checkouts/{ID}"),
    "listed": ("GET", f"{SUMUP}/v0.1/checkouts"),
    "created": ("POST", f"{SUMUP}/v0.1/checkouts"),
    "transaction": ("GET", f"{SUMUP}/v2.1/merchants/MC0001/transactions"),
    "token": ("POST", f"{SUMUP}/token"),
}


def sumup_answering(**answers: Answer) -> responses.RequestsMock:
    """Return a SumUp whose endpoints answer like this, and whose tokens are good otherwise."""
    mocked = responses.RequestsMock(assert_all_requests_are_fired=False)
    for name, said in ({"token": TOKENS} | answers).items():
        method, url = ENDPOINTS[name]
        mocked.add(
            method, url, body=said.body, status=said.status or 200, headers=dict(said.headers)
        )
    return mocked


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(sumup(services())._wire, "_sleep", lambda _: None)
    return Desk(world)


def after(answer: Answer) -> Outcome:
    """Return what is expected of a waiting order whose checkout is answered like this."""
    return answer.outcome if isinstance(answer, Said) else Outcome.WAIT


NAMED: dict[str, Answer] = {**BAD_ANSWERS, **WRONG_ANSWERS, **RIGHT_ANSWERS}


def test_there_are_enough_bad_answers() -> None:
    assert len(BAD_ANSWERS) + len(WRONG_ANSWERS) >= 60
    assert len(NAMED) == len(BAD_ANSWERS) + len(WRONG_ANSWERS) + len(RIGHT_ANSWERS)


def test_each_answer_about_a_checkout_has_its_outcome_and_recovers(
    desk: Desk, request: pytest.FixtureRequest
) -> None:
    """Each comes twice, then a good response: only a waiting order gets tickets."""
    wrong = {}
    for name, answer in NAMED.items():
        desk.with_order()
        desk.verify(checkout=answer)
        desk.verify(checkout=answer)
        found, alerts = desk.outcome(), desk.alerts
        desk.verify(checkout=RIGHT)
        healed = Outcome.COMPLETE if found is Outcome.WAIT else found
        if found is not after(answer) or desk.outcome() is not healed or len(alerts) > 1:
            wrong[name] = f"{found}, then {desk.outcome()}, alerts: {alerts}"
    request.config.stash.setdefault(TABLES, []).append(f"{len(NAMED)} named answers of SumUp's")
    assert wrong == {}


def test_no_bad_answer_closes_an_expired_order(desk: Desk) -> None:
    wrong = {}
    for name, answer in BAD_ANSWERS.items():
        desk.with_order(deadline=LATER)
        desk.verify(checkout=answer)
        unknown = answer.error is CheckoutNotFound
        if desk.outcome() is not (Outcome.REVIEW if unknown else Outcome.WAIT):
            wrong[name] = desk.outcome()
    assert wrong == {}


SAMPLED = {name: BAD_ANSWERS[name] for name in list(BAD_ANSWERS)[::3]}
"""For the other endpoints, whose answers pass through the same reader."""


def listed(*checkouts: dict[str, Any], outcome: Outcome = Outcome.WAIT) -> Said:
    return Said(json.dumps(checkouts).encode(), outcome)


NOT_LISTS: dict[str, Answer] = {
    **{name: bad for name, bad in SAMPLED.items() if name != "a list"},
    "an object": RIGHT,
    "a list of null": Said(b"[null]", Outcome.WAIT),
    "a list of lists": Said(b"[[]]", Outcome.WAIT),
    "one good and one bad": listed(PAID, {"id": 7}),
    "nothing": listed(),
    "another order's": listed(PAID | {"checkout_reference": "ORD-OTHER1"}),
    "one twice, and not the same": listed(PAID, PAID | {"amount": 1}),
    "another amount": listed(PAID | {"amount": 1}),
    "another merchant": listed(PAID | {"merchant_code": "MC0002"}),
}


def test_no_bad_list_attaches_a_checkout_and_a_good_one_recovers(desk: Desk) -> None:
    wrong = {}
    for name, answer in NOT_LISTS.items():
        desk.with_order(checkout_ids=())
        desk.verify(listed=answer)
        found, attached = desk.outcome(), desk.row.checkout_ids
        desk.verify(listed=listed(PAID), checkout=RIGHT)
        if (found, list(attached), desk.outcome()) != (Outcome.WAIT, [], Outcome.COMPLETE):
            wrong[name] = f"{found}, {attached}, then {desk.outcome()}"
    assert wrong == {}


def test_a_checkout_listed_twice_is_attached_once(desk: Desk) -> None:
    desk.with_order(checkout_ids=())

    desk.verify(listed=listed(PAID, PAID), checkout=RIGHT)

    assert (desk.outcome(), list(desk.row.checkout_ids)) == (Outcome.COMPLETE, [ID])


UNPAID = Said(json.dumps(PAID | {"status": "PENDING", "transactions": []}).encode(), Outcome.WAIT)
GONE = Said(json.dumps(PAID | {"status": "EXPIRED", "transactions": []}).encode(), Outcome.WAIT)
NOT_GONE: dict[str, Answer] = {
    **SAMPLED,
    "no content": Bad(204, b"", PaymentProviderUnavailable),
    "still pending": UNPAID,
    "another checkout": Said(
        json.dumps(PAID | {"id": "another", "status": "EXPIRED"}).encode(), Outcome.WAIT
    ),
    "processed": refused(409, PaymentProviderUnavailable, {"error_code": "CHECKOUT_PROCESSED"}),
    "under way": refused(
        409, PaymentProviderUnavailable, {"error_code": "CHECKOUT_CANT_BE_DEACTIVATED"}
    ),
}


def test_no_bad_answer_to_a_deactivation_closes_an_order(desk: Desk) -> None:
    """The checkout may still be paid; with a good answer the order is closed at once."""
    wrong: dict[str, str] = {}
    for name, answer in NOT_GONE.items():
        desk.with_order(deadline=LATER)
        desk.verify(checkout=UNPAID, gone=answer)
        unknown = isinstance(answer, Bad) and answer.error is CheckoutNotFound
        if desk.row.status != ("requires_manual_review" if unknown else "pending_verification"):
            wrong[name] = desk.row.status
        if desk.outcome() not in {Outcome.WAIT, Outcome.REVIEW}:
            wrong[name] = desk.outcome()
    assert wrong == {}
    desk.with_order(deadline=LATER)
    desk.verify(checkout=UNPAID, gone=GONE)
    assert desk.row.status == "expired"


NO_GRANTS: dict[str, Answer] = {
    **{name: bad for name, bad in SAMPLED.items() if bad.status != 401},
    "a checkout": RIGHT,
    "no access token": Said(b'{"refresh_token":"rt-x","expires_in":3600}', Outcome.WAIT),
    "an access token that is null": Said(b'{"access_token":null}', Outcome.WAIT),
    "an access token that is a number": Said(b'{"access_token":1}', Outcome.WAIT),
    "an access token with a line break": Said(b'{"access_token":"a\\r\\nb"}', Outcome.WAIT),
    "an access token of other letters": Said(
        b'{"access_token":"\\u0430t","refresh_token":"rt-x"}', Outcome.WAIT
    ),
    "a refresh token that is a list": Said(
        b'{"access_token":"at-x","refresh_token":["rt-x"]}', Outcome.WAIT
    ),
    "a refresh token with a blank": Said(
        b'{"access_token":"at-x","refresh_token":"rt x"}', Outcome.WAIT
    ),
}


def test_no_bad_grant_loses_the_stored_tokens(desk: Desk) -> None:
    """SumUp refuses our token and returns a bad grant for a new one; a later grant is good."""
    refusing = BAD_ANSWERS["401, a problem"]
    wrong = {}
    for name, answer in NO_GRANTS.items():
        desk.with_order()
        before = desk.world.items("OrganisersTable")
        desk.verify(checkout=refusing, token=answer)
        found, alerts, kept = desk.outcome(), desk.alerts, desk.world.items("OrganisersTable")
        desk.verify(checkout=RIGHT)
        if kept != before or len(alerts) > 1:
            wrong[name] = f"tokens changed: {kept != before}, alerts: {alerts}"
        if (found, desk.outcome()) != (Outcome.WAIT, Outcome.COMPLETE):
            wrong[name] = f"{found}, then {desk.outcome()}"
    assert wrong == {}


RESOURCE = {"id": "t1", "status": "SUCCESSFUL", "amount": 45, "currency": "GBP"}


def resource(outcome: Outcome, **changes: object) -> Said:
    return Said(json.dumps(RESOURCE | changes).encode(), outcome)


INSPECTED: dict[str, tuple[Answer, Outcome]] = {
    **{name: (bad, Outcome.WAIT) for name, bad in SAMPLED.items()},
    "right": (resource(Outcome.COMPLETE), Outcome.COMPLETE),
    "no id": (resource(Outcome.WAIT, id=None), Outcome.WAIT),
    "another transaction": (resource(Outcome.WAIT, id="t2"), Outcome.WAIT),
    "no status": (resource(Outcome.WAIT, status=None), Outcome.WAIT),
    "refunded": (resource(Outcome.REVIEW, status="REFUNDED"), Outcome.REVIEW),
    "partly refunded": (resource(Outcome.REVIEW, refunded_amount=1), Outcome.REVIEW),
    "charged back": (
        resource(Outcome.REVIEW, transaction_events=[{"event_type": "CHARGE_BACK"}]),
        Outcome.REVIEW,
    ),
    "failed": (resource(Outcome.REVIEW, status="FAILED"), Outcome.REVIEW),
    "a status nobody knows": (resource(Outcome.WAIT, status="ON_HOLD"), Outcome.WAIT),
    "another amount": (resource(Outcome.REVIEW, amount=44), Outcome.REVIEW),
    "no amount": (resource(Outcome.REVIEW, amount=None), Outcome.REVIEW),
    "another currency": (resource(Outcome.REVIEW, currency="EUR"), Outcome.REVIEW),
}


def test_each_answer_about_a_late_transaction_has_its_outcome(desk: Desk) -> None:
    wrong = {}
    for name, (answer, expected) in INSPECTED.items():
        desk.with_order(**CLOSED)
        desk.verify(checkout=RIGHT, transaction=answer)
        if desk.outcome() is not expected:
            wrong[name] = desk.outcome()
    assert wrong == {}


def created(**changes: object) -> Said:
    """Return the checkout SumUp made; its reference differs, as the number was not known."""
    page = "https://pay.sumup.com/b2c/1"
    return waiting(hosted_checkout_url=page, transaction_id=None, **changes)


NOT_CREATED: dict[str, Answer] = {
    **SAMPLED,
    "another reference": created(),
    "no reference": created(checkout_reference=None),
    "another amount": created(amount=1),
    "another merchant": created(merchant_code="MC0002"),
}


def test_no_bad_answer_to_its_creation_loses_a_checkout(desk: Desk) -> None:
    """The order remains, the buyer is not sent to pay elsewhere, and the checkout is found."""
    wrong = {}
    for name, answer in NOT_CREATED.items():
        desk.world.empty()
        sell(available=100)
        connect_organiser(desk.world)
        placed = desk.place(created=answer, listed=listed())
        (row,) = desk.world.items("OrdersTable")
        document = json.loads(placed["body"])
        if placed["statusCode"] != 201 or document["pay_url"] or row["checkout_ids"]["L"]:
            wrong[name] = str(document)
        number = document["order_number"]
        reference, total = f"{number}-1", float(row["total"]["N"])
        made = PAID | {"checkout_reference": reference, "amount": total, "transactions": [
            PAID["transactions"][0] | {"amount": total}]}  # fmt: skip
        with sumup_answering(
            listed=listed(made), checkout=Said(json.dumps(made).encode(), COMPLETE)
        ):
            verify_flow(services())(number, LATER)
        if (found := OrderRow.get(number).status) != "completed":
            wrong[name] = f"{found} at the end"
    assert wrong == {}


def test_no_generated_answer_issues_tickets_or_loses_an_order(
    desk: Desk, request: pytest.FixtureRequest
) -> None:
    """Good answers with one part broken: a field, a byte or the status."""
    numbers, seen, wrong = Random(SEED), dict.fromkeys(Outcome, 0), {}
    for _ in range(GENERATED):
        answer = mutated(numbers)
        desk.with_order()
        desk.verify(checkout=answer)
        found = desk.outcome()
        if found in seen:
            seen[Outcome(found)] += 1
        if not isinstance(found, Outcome) or (found is Outcome.COMPLETE and not is_right(answer)):
            wrong[repr(answer)] = found
        if found is Outcome.WAIT:
            desk.verify(checkout=RIGHT)
            if desk.outcome() is not Outcome.COMPLETE:
                wrong[repr(answer)] = f"{desk.outcome()} at the end"
    figures = ", ".join(f"{times} {outcome}" for outcome, times in seen.items())
    request.config.stash.setdefault(TABLES, []).append(
        f"{GENERATED} generated answers of SumUp's, SEED={SEED}: an order {figures}"
    )
    assert wrong == {}
    assert seen[Outcome.REVIEW] > GENERATED / 20 < seen[Outcome.WAIT], "both kinds were tried"


JUNK: tuple[object, ...] = (
    None, True, False, 0, -45, 44.999999, 4500, 1e300, "", "45.00", "PAID", "PENDING", "FAILED",
    "EXPIRED", "paid", "GBP", "EUR", "MC0002", "\ud800", "a\nb", [], {}, [{}], [[1.5]], {"a": 0.1},
)  # fmt: skip


def mutated(numbers: Random) -> Said:
    """Return the paid checkout with one to three things wrong, and sometimes bytes as well."""
    fields = json.loads(GOOD)
    for _ in range(numbers.randint(1, 3)):
        place = numbers.choice([fields, fields, *_attempts(fields)])
        name = numbers.choice(sorted(place) or ["id"])
        if numbers.random() < 0.2:
            place.pop(name, None)
        else:
            place[name] = numbers.choice(JUNK)
    body = json.dumps(fields).encode()
    if numbers.random() < 0.15:
        at = numbers.randrange(len(body))
        body = body[:at] + numbers.randbytes(numbers.randint(0, 2)) + body[at + 1 :]
    status = numbers.choice([200] * 9 + [201, 202, 400, 401, 403, 404, 409, 429, 500, 503])
    return Said(body, Outcome.WAIT, status=status)


def _attempts(fields: dict[str, Any]) -> list[dict[str, Any]]:
    attempts = fields.get("transactions")
    return [a for a in attempts if isinstance(a, dict)] if isinstance(attempts, list) else []


def is_right(answer: Said) -> bool:
    """Judge independently and strictly: everything that matters is present and equals the order."""
    if answer.status >= 300:
        return False
    said = json.loads(answer.body)
    wanted = {key: PAID[key] for key in ("id", "status", "checkout_reference", "amount",
                                         "currency", "merchant_code")}  # fmt: skip
    attempts = [a for a in _attempts(said) if a.get("status") == "SUCCESSFUL"]
    named = said.get("transaction_id") or None
    chosen = [a for a in attempts if named is None or a.get("id") == named]
    equal = all(a.get(k) in {None, PAID[k]} or (k != "amount" and a.get(k) == "")
                for a in chosen[:1] for k in ("amount", "currency", "merchant_code"))  # fmt: skip
    return bool(chosen) and equal and all(said.get(k) == v for k, v in wanted.items())
