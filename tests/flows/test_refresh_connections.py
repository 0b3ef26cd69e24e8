"""The nightly refresh: idle tokens are refreshed, expiries reported, failures isolated."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, a_brand, a_console, a_notifier, an_order, later
from tests.support.fakes import Cipher, Organisers, Outbox, Queue, SumUp, Tables
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.emails.mail import to_operators
from ticketing.errors import (
    ClientRefused,
    MissingSetting,
    PaymentProviderUnavailable,
    ReconnectNeeded,
)
from ticketing.flows.refresh_connections import RESERVE, ConnectionReport, RefreshConnections
from ticketing.operators.alerts import organiser_trouble
from ticketing.orders.reason import Reason
from ticketing.organisers.organiser import REFRESH_LEASE, Connection, Organiser
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import TokenGrant

PLENTY = 600.0
NIGHT = timedelta(days=1)
CIPHER = Cipher()
FINE = {"refresh_issued_at": later(days=-20), "refreshed_at": later(days=-1)}
IDLE = {"refresh_issued_at": later(days=-40), "refreshed_at": later(days=-31)}
ENDING = {"refresh_issued_at": later(days=-152), "refreshed_at": later(days=-1)}
NOT_RENEWED = {"refresh_issued_at": later(days=-160), "refreshed_at": later(days=-1)}
PARKED = {**IDLE, "connection": Connection.REAUTH, "connection_reason": "invalid_grant"}
INVITED = {"connection": Connection.INVITED, "access_token": None, "refresh_token": None}


class Crash(BaseException):
    """The process was killed: no code of ours can catch this."""


class Night:
    """Organisers, and the look at them with all it talks to; a call may be its process's last."""

    def __init__(self, **organisers: dict[str, Any]) -> None:
        self.rows = Organisers()
        for name, facts in organisers.items():
            self.add(name, facts)
        self.tables = Tables()
        self.outbox, self.deliveries = Outbox(self.tables), Queue()
        self.sumup = SumUp()
        self.sumup.grants = [TokenGrant(f"access-{n}", 3600) for n in range(1, 100)]
        self.calls: list[str] = []
        self.dies_at: tuple[int, str] | None = None
        self.tokens = OrganiserTokens(self.seen(self.rows), CIPHER, self.seen(self.sumup))
        self.look = RefreshConnections(
            organisers=self.seen(self.rows),
            keep=self.tokens.keep,
            notifier=a_notifier(self.seen(self.outbox), self.seen(self.deliveries)),
        )

    def add(self, name: str, facts: dict[str, Any]) -> None:
        defaults: dict[str, Any] = {
            "organiser_id": name,
            "name": name.capitalize(),
            "merchant_code": f"MC-{name}",
            "connection": Connection.CONNECTED,
            "sandbox": False,
            "token_version": 1,
            "access_token": CIPHER.sealer(name)("access"),
            "access_expires_at": later(hours=-3),
            "refresh_token": CIPHER.sealer(name)(f"refresh of {name}"),
        }
        self.rows.put(Organiser(**(defaults | facts)))

    def seen(self, adapter: Any) -> Any:  # noqa: ANN401 - stands for each of them
        return _Seen(self, adapter)

    def run(self, now: datetime = NOW, left: Callable[[], float] = lambda: PLENTY) -> Any:  # noqa: ANN401  # whatever the call answers
        report: ConnectionReport = self.look(lambda: now, left)
        return report

    @property
    def told(self) -> list[str]:
        """Return the keys of the alerts raised so far."""
        return [mail_id.removeprefix("shop#alert#") for mail_id in self.tables.mails]


class _Seen:
    """An adapter whose calls are counted; before or after one of them the process may die."""

    def __init__(self, night: Night, adapter: Any) -> None:  # noqa: ANN401 - as above
        self._night, self._adapter = night, adapter

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        call, night = getattr(self._adapter, name), self._night

        def counted(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - as above
            night.calls.append(name)
            if night.dies_at == (len(night.calls), "before"):
                raise Crash
            try:
                return call(*arguments, **keywords)
            finally:
                if night.dies_at == (len(night.calls), "after"):
                    raise Crash

        return counted


def test_only_idle_tokens_are_refreshed() -> None:
    night = Night(idle=IDLE, ending=ENDING, fine=FINE, parked=PARKED, invited=INVITED)

    report = night.run()

    assert sorted(report.refreshed) == ["ending", "idle"]
    assert sorted(night.sumup.asked("refresh")) == ["refresh of ending", "refresh of idle"]
    assert night.rows.get("idle").refreshed_at == NOW
    assert (report.in_trouble, report.left, len(report.seen)) == ([], [], 5)


def test_every_row_shows_the_connection_health() -> None:
    night = Night(idle=IDLE, ending=ENDING, fine=FINE, parked=PARKED, invited=INVITED)

    night.run()

    told = {name: line.split(".")[0] for name, line in night.rows.told.items()}
    assert told == {
        "idle": "1 June 2026: fine",
        "ending": "1 June 2026: ends soon",
        "fine": "1 June 2026: fine",
        "parked": "1 June 2026: reconnect",
        "invited": "1 June 2026: not connected",
    }
    assert {row.connection_checked_at for row in night.rows.every()} == {NOW}


def test_a_second_run_in_the_same_night_does_nothing() -> None:
    night = Night(idle=IDLE, ending=NOT_RENEWED, parked=PARKED)
    night.run()
    asked, told, queued = list(night.sumup.calls), night.told, list(night.deliveries.sent)

    assert night.run(later(minutes=1)).refreshed == []
    assert (night.sumup.calls, night.told, night.deliveries.sent) == (asked, told, queued)


# ---- what is told


def test_an_expiry_that_a_refresh_does_not_extend_raises_one_alert_a_week() -> None:
    night = Night(ending=NOT_RENEWED)

    for day in range(8):
        night.run(later(days=day))

    assert night.told == ["connection-ends-ending-2026-W23", "connection-ends-ending-2026-W24"]
    assert night.deliveries.sent == list(night.tables.mails)


def test_an_expiry_that_a_refresh_extends_raises_no_alert() -> None:
    night = Night(ending=NOT_RENEWED)
    night.sumup.grants = [TokenGrant("access-2", 3600, "refresh-2")]

    night.run()

    assert night.told == []
    assert night.rows.get("ending").refresh_issued_at == NOW


def test_no_alert_is_raised_while_a_new_token_may_still_be_issued() -> None:
    night = Night(ending=ENDING)

    night.run()

    assert night.told == []


def test_a_required_reconnect_raises_one_alert_a_week() -> None:
    night = Night(parked=PARKED)

    for day in range(8):
        night.run(later(days=day))

    assert night.told == ["connection-ended-parked-2026-W23", "connection-ended-parked-2026-W24"]
    assert night.sumup.calls == []


def test_the_alert_explains_what_to_do_and_that_nothing_is_lost() -> None:
    night = Night(parked=PARKED, ending=NOT_RENEWED)

    night.run()

    for mail in night.tables.mails.values():
        name = (mail.subject or "").rpartition(" ")[2]
        assert mail.recipient == "alerts@example.com"
        assert (
            f"\n  AWS_REGION=eu-west-2 python -m ticketing organisers connect {name} "
            "--stack tickets\n"
        ) in (mail.body or "")
        assert "none is lost" in (mail.body or "")
    assert len(night.tables.mails) == 2


def test_a_revoked_token_raises_an_alert_the_same_night() -> None:
    night = Night(idle=IDLE)
    night.sumup.failures["refresh"] = [ReconnectNeeded("invalid_grant")]

    report = night.run()

    assert report.in_trouble == ["idle"]
    assert night.rows.get("idle").connection is Connection.REAUTH
    assert night.told == ["connection-ended-idle-2026-W23"]


@pytest.mark.parametrize("hours", [-23, -3, 0])
def test_an_alert_already_raised_by_a_waiting_order_is_not_repeated(hours: int) -> None:
    night = Night(parked=PARKED)
    order = an_order(organiser_id="parked")
    decision = Decision(Action.WAIT, Reason.RECONNECT, "Could not ask SumUp.")
    told = organiser_trouble(order, decision, later(hours=hours), a_console())
    night.outbox.add_once(to_operators(told, a_brand(), NOW))

    night.run()
    assert len(night.told) == 1

    night.run(later(days=2))
    assert night.told[1:] == ["connection-ended-parked-2026-W23"], "no order waits any more"


def test_an_invited_organiser_raises_no_alert() -> None:
    night = Night(invited=INVITED)

    for day in range(0, 400, 40):
        night.run(later(days=day))

    assert night.told == []


def test_a_lost_message_is_recovered_by_the_scan() -> None:
    night = Night(parked=PARKED)
    night.deliveries.refuse = {"shop#alert#connection-ended-parked-2026-W23"}

    night.run()

    assert list(night.outbox.due(later(minutes=5), 10)) == list(night.deliveries.refuse)


# ---- trouble


def test_a_timeout_changes_nothing_and_is_retried_the_next_night() -> None:
    night = Night(idle=IDLE)
    night.sumup.failures["refresh"] = [PaymentProviderUnavailable("no answer in time")]
    before = night.rows.get("idle")

    assert night.run().in_trouble == ["idle"]
    assert night.rows.get("idle") == replace(before, connection_checked_at=NOW)
    assert night.told == []

    assert night.run(NOW + NIGHT).refreshed == ["idle"]


def test_a_rejected_oauth_client_raises_one_alert_a_day() -> None:
    night = Night(one=IDLE, two=IDLE)
    night.sumup.failures["refresh"] = [ClientRefused("401")] * 2

    assert sorted(night.run().in_trouble) == ["one", "two"]
    assert night.told == ["client_refused-2026-06-01"]


def test_an_empty_secret_raises_an_alert_and_the_others_are_still_checked() -> None:
    night = Night(idle=IDLE, parked=PARKED, fine=FINE)

    def without_secret(organiser_id: str, now: datetime) -> bool:
        raise MissingSetting([f"{organiser_id} {now}"])

    object.__setattr__(night.look, "keep", without_secret)

    report = night.run()

    assert (report.in_trouble, len(report.seen)) == (["idle"], 3)
    assert sorted(night.told) == [
        "connection-ended-parked-2026-W23",
        "incomplete-configuration-2026-06-01",
    ]


@pytest.mark.parametrize("first", ["a", "b", "c"])
def test_an_unexpected_error_is_raised_after_the_others_are_checked(first: str) -> None:
    night = Night(a=IDLE, b=IDLE, c=IDLE)
    sealed_for_another = CIPHER.sealer("somebody-else")("refresh")
    night.rows.put(night.rows.get(first), refresh_token=sealed_for_another)

    with pytest.raises(ExceptionGroup) as raised:
        night.run()

    assert len(raised.value.exceptions) == 1
    assert len(night.sumup.asked("refresh")) == 2
    assert {row.organiser_id for row in night.rows.every() if row.refreshed_at == NOW} == (
        {"a", "b", "c"} - {first}
    )


def test_a_concurrent_consent_is_not_overwritten_and_raises_no_alert() -> None:
    night = Night(parked=PARKED)
    stale = night.rows.get("parked")
    night.rows.put(stale, connection=Connection.CONNECTED, token_version=2, refreshed_at=NOW)
    connected = night.rows.get("parked")
    night.rows.every = lambda: iter([stale])  # type: ignore[method-assign]  # read before

    report = night.run()

    assert (report.in_trouble, night.told) == ([], [])
    assert night.rows.get("parked") == connected
    assert night.rows.told == {}


# ---- time


def test_a_run_out_of_time_is_continued_the_next_night() -> None:
    names = [f"o{n}" for n in range(7)]
    night = Night(**dict.fromkeys(names, IDLE))
    reports = []

    for day in range(3):
        seconds = iter([PLENTY] * 3 + [RESERVE - 1] * 9)
        reports.append(night.run(NOW + NIGHT * day, lambda left=seconds: next(left)))  # type: ignore[misc]

    assert [len(report.seen) for report in reports] == [3, 3, 3]
    assert reports[0].left[:3] == reports[1].seen
    assert {name for report in reports for name in report.refreshed} == set(names)


def test_a_failing_organiser_does_not_starve_the_others() -> None:
    night = Night(slow=IDLE, other=IDLE, another=IDLE)
    night.sumup.failures["refresh"] = [PaymentProviderUnavailable("late")]
    seen = []

    for day in range(3):
        seconds = iter([PLENTY] + [RESERVE - 1] * 9)
        seen += night.run(NOW + NIGHT * day, lambda left=seconds: next(left)).seen  # type: ignore[misc]

    assert sorted(seen) == ["another", "other", "slow"]


def test_a_lease_starts_when_it_is_acquired() -> None:
    """Counted from the start of a long run, it would have expired already."""
    night = Night(a=IDLE, b=IDLE)
    moments = iter([NOW, later(minutes=10)])
    leases: list[Any] = []
    night.sumup.before["refresh"] = lambda: leases.extend(
        row.lease_until for row in night.rows.every() if row.lease_until
    )

    night.look(lambda: next(moments), lambda: PLENTY)

    assert leases == [NOW + REFRESH_LEASE, later(minutes=10) + REFRESH_LEASE]


# ---- a process that ends anywhere

WORLD: dict[str, dict[str, Any]] = {"idle": IDLE, "ending": NOT_RENEWED, "parked": PARKED}


def calls_of_a_night() -> int:
    night = Night(**WORLD)
    night.run()
    return len(night.calls)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(1, calls_of_a_night() + 1))
def test_the_next_run_completes_after_a_crash_anywhere(call: int, when: str) -> None:
    night = Night(**WORLD)
    night.dies_at = (call, when)
    with pytest.raises(Crash):
        night.run()
    night.dies_at = None

    night.run(later(minutes=2))

    assert sorted(night.told) == [
        "connection-ended-parked-2026-W23",
        "connection-ends-ending-2026-W23",
    ]
    for name in ("idle", "ending"):
        row = night.rows.get(name)
        assert row.connection is Connection.CONNECTED
        assert row.refreshed_at in {NOW, later(minutes=2)}
        assert (row.lease_owner, row.refresh_token) == (
            None,
            CIPHER.sealer(name)(f"refresh of {name}"),
        )
        assert 1 <= night.sumup.asked("refresh").count(f"refresh of {name}") <= 2
