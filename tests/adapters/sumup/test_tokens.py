"""Organisers' tokens: one refresh at a time, nothing lost, and only invalid tokens disconnect."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, later
from tests.support.fakes import Cipher, Organisers, SumUp
from ticketing.adapters.sumup.tokens import PATIENCE, RECENT, OrganiserTokens
from ticketing.errors import (
    AccessRefused,
    ClientRefused,
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    UnknownOrganiser,
)
from ticketing.organisers.organiser import (
    REFRESH_BEFORE,
    REFRESH_LEASE,
    AccessToken,
    Connection,
    Organiser,
    Seal,
)
from ticketing.payments.payment import TokenGrant

CIPHER = Cipher()
US = "jersey-live"
SECOND = timedelta(seconds=1)
TIMEOUT = PaymentProviderUnavailable("no answer in time")
STILL_AT_IT = r"^another worker is still refreshing the token$"
NOT_STORED = r"^the refreshed token could not be stored$"


class Bench:
    """One organiser, whose token expires at a given time, and the grant SumUp will give."""

    def __init__(self, expires_in: timedelta, *grants: TokenGrant, **changes: Any) -> None:  # noqa: ANN401  # of any field
        facts: dict[str, Any] = {
            "organiser_id": US,
            "merchant_code": "MC0001",
            "connection": Connection.CONNECTED,
            "sandbox": False,
            "token_version": 1,
            "access_token": CIPHER.sealer(US)("access-1"),
            "access_expires_at": NOW + expires_in,
            "refresh_token": CIPHER.sealer(US)("refresh-1"),
        }
        self.rows = Organisers({US: Organiser(**(facts | changes))})
        self.sumup = SumUp()
        self.sumup.grants = list(grants)
        self.slept: list[float] = []
        self.while_asleep: Callable[[], None] = lambda: None
        self.tokens = OrganiserTokens(self.rows, CIPHER, self.sumup, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_asleep()

    @property
    def row(self) -> Organiser:
        return self.rows.get(US)

    @property
    def stored(self) -> tuple[str, str, int]:
        """Return the stored access token, refresh token and version."""
        access, refresh = self.row.access_token, self.row.refresh_token
        assert access is not None
        assert refresh is not None
        return CIPHER.decrypt(access, US), CIPHER.decrypt(refresh, US), self.row.token_version

    def refreshed_by_another(self) -> None:
        """Store the tokens that another worker got meanwhile."""
        self.rows.put(
            self.row,
            access_token=CIPHER.sealer(US)("access-2"),
            access_expires_at=later(hours=1),
            token_version=2,
            lease_owner=None,
            lease_until=None,
        )


FRESH, STALE, DEAD = REFRESH_BEFORE + timedelta(seconds=1), REFRESH_BEFORE, timedelta(0)


def test_a_fresh_token_is_used_without_a_refresh() -> None:
    bench = Bench(FRESH)

    assert bench.tokens.current(US, NOW) == AccessToken("access-1", 1, sandbox=False)
    assert not bench.sumup.calls


@pytest.mark.parametrize("expires_in", [STALE, DEAD])
def test_a_token_about_to_expire_is_refreshed_and_stored(expires_in: timedelta) -> None:
    bench = Bench(expires_in, TokenGrant("access-2", 3600, "refresh-2"))

    assert bench.tokens.current(US, NOW) == AccessToken("access-2", 2, sandbox=False)

    assert bench.sumup.asked("refresh") == ["refresh-1"]
    assert bench.stored == ("access-2", "refresh-2", 2)
    assert bench.row.access_expires_at == later(hours=1)
    assert bench.row.lease_owner is None


def test_the_old_refresh_token_is_kept_unless_a_new_one_is_issued() -> None:
    bench = Bench(DEAD, TokenGrant("access-2", 3600))

    bench.tokens.current(US, NOW)

    assert bench.stored == ("access-2", "refresh-1", 2)


def test_a_refreshed_token_is_used_until_it_is_about_to_expire() -> None:
    bench = Bench(DEAD, TokenGrant("access-2", 3600), TokenGrant("access-3", 3600))

    values = [bench.tokens.current(US, later(minutes=m)).value for m in (0, 30, 54, 55)]

    assert values == ["access-2", "access-2", "access-2", "access-3"]


class NoKeys(Cipher):
    """A key service that gives no keys right now."""

    def sealer(self, organiser_id: str) -> Seal:
        raise ConnectionError(organiser_id)


def test_a_refresh_token_is_not_spent_before_its_successor_can_be_sealed() -> None:
    bench = Bench(DEAD, TokenGrant("access-2", 3600, "refresh-2"))

    with pytest.raises(ConnectionError):
        OrganiserTokens(bench.rows, NoKeys(), bench.sumup).current(US, NOW)

    assert not bench.sumup.calls
    assert bench.stored == ("access-1", "refresh-1", 1)


@pytest.mark.parametrize("length", [5000, 20_000, 65_536])
def test_a_token_of_any_length_is_stored(length: int) -> None:
    access, refresh = "a" * length, "r" * length
    bench = Bench(DEAD, TokenGrant(access, 3600, refresh))

    assert bench.tokens.current(US, NOW).value == access
    assert bench.stored == (access, refresh, 2)


TRANSIENT = [TIMEOUT, ClientRefused("401"), AccessRefused("401"), PaymentProviderError("400")]


@pytest.mark.parametrize("failure", TRANSIENT)
def test_a_failed_refresh_falls_back_to_a_valid_token(failure: Exception) -> None:
    bench = Bench(STALE)
    bench.sumup.failures["refresh"] = [failure]

    assert bench.tokens.current(US, NOW).value == "access-1"
    assert bench.stored == ("access-1", "refresh-1", 1)
    assert bench.row.lease_owner is None, "the next one may try at once"


@pytest.mark.parametrize("failure", TRANSIENT)
def test_a_failed_refresh_of_an_expired_token_raises_and_changes_nothing(
    failure: Exception,
) -> None:
    bench = Bench(DEAD)
    bench.sumup.failures["refresh"] = [failure]

    with pytest.raises(type(failure)):
        bench.tokens.current(US, NOW)

    assert bench.stored == ("access-1", "refresh-1", 1)
    assert (bench.row.connection, bench.row.lease_owner) == (Connection.CONNECTED, None)


def test_an_invalid_refresh_token_disconnects_the_organiser_for_good() -> None:
    bench = Bench(DEAD)
    bench.sumup.failures["refresh"] = [ReconnectNeeded("invalid_grant")]

    for problem in ("invalid_grant", f"organiser {US} has to connect", f"organiser {US} has to"):
        with pytest.raises(ReconnectNeeded, match=f"^{problem}"):
            bench.tokens.current(US, NOW)

    assert bench.row.connection is Connection.REAUTH
    assert bench.rows.told[US].startswith("1 June 2026: reconnect.")
    assert bench.rows.told[US].endswith(" invalid_grant")
    assert len(bench.sumup.asked("refresh")) == 1


def test_a_refresh_token_rotated_by_another_worker_keeps_the_connection() -> None:
    bench = Bench(DEAD)
    bench.sumup.failures["refresh"] = [ReconnectNeeded("invalid_grant")]
    bench.sumup.before["refresh"] = bench.refreshed_by_another

    assert bench.tokens.current(US, NOW).value == "access-2"
    assert bench.row.connection is Connection.CONNECTED


def held_by_another(expires_in: timedelta) -> Bench:
    """Return an organiser whose token another worker is refreshing right now."""
    lease = {"lease_owner": "another", "lease_until": NOW + REFRESH_LEASE}
    return Bench(expires_in, **lease)


def test_a_valid_token_is_used_at_once_while_another_worker_refreshes() -> None:
    bench = held_by_another(STALE)

    assert bench.tokens.current(US, NOW).value == "access-1"
    assert not bench.slept
    assert not bench.sumup.calls


def test_an_expired_token_waits_for_the_refresh_of_another_worker() -> None:
    bench = held_by_another(DEAD)
    bench.while_asleep = bench.refreshed_by_another

    assert bench.tokens.current(US, NOW) == AccessToken("access-2", 2, sandbox=False)
    assert not bench.sumup.calls


def test_waiting_for_another_ends() -> None:
    bench = held_by_another(DEAD)

    with pytest.raises(PaymentProviderUnavailable, match=STILL_AT_IT):
        bench.tokens.current(US, NOW)

    assert bench.slept == list(PATIENCE)
    assert bench.row.lease_owner == "another"


def test_a_lease_whose_worker_died_ends_by_itself() -> None:
    bench = held_by_another(DEAD)
    bench.sumup.grants = [TokenGrant("access-2", 3600)]

    now = NOW + REFRESH_LEASE + timedelta(seconds=1)
    assert bench.tokens.current(US, now).value == "access-2"


def test_a_worker_that_lost_its_lease_uses_the_stored_token() -> None:
    bench = Bench(DEAD, TokenGrant("access-of-the-slow-one", 3600, "refresh-of-the-slow-one"))
    bench.sumup.before["refresh"] = bench.refreshed_by_another

    assert bench.tokens.current(US, NOW).value == "access-2"
    assert bench.stored == ("access-2", "refresh-1", 2)


def test_a_worker_whose_lease_ended_before_it_could_store_says_so() -> None:
    bench = Bench(DEAD, TokenGrant("access-2", 3600, "refresh-2"))
    bench.sumup.before["refresh"] = lambda: bench.rows.put(bench.row, lease_owner="another")

    with pytest.raises(PaymentProviderUnavailable, match=NOT_STORED):
        bench.tokens.current(US, NOW)

    assert bench.stored == ("access-1", "refresh-1", 1)


class Counting(Cipher):
    """Counts decryptions."""

    def __init__(self) -> None:
        self.opened = 0

    def decrypt(self, sealed: bytes, organiser_id: str) -> str:
        self.opened += 1
        return super().decrypt(sealed, organiser_id)


def test_tokens_are_decrypted_once_per_version_and_older_ones_dropped() -> None:
    bench, cipher, them = Bench(timedelta(hours=1)), Counting(), "harbour-arts"
    theirs = CIPHER.sealer(them)("access-of-theirs")
    bench.rows.rows[them] = replace(bench.row, organiser_id=them, access_token=theirs)
    tokens = OrganiserTokens(bench.rows, cipher, bench.sumup)

    first = [tokens.current(organiser_id, NOW).value for organiser_id in (US, them, US, them)]
    bench.refreshed_by_another()
    soon = NOW + RECENT
    second = [tokens.current(organiser_id, soon).value for organiser_id in (US, them, US)]

    assert first == ["access-1", "access-of-theirs"] * 2
    assert second == ["access-2", "access-of-theirs", "access-2"]
    assert cipher.opened == 3
    assert set(tokens._opened) == {(US, 2), (them, 1)}


def test_orders_checked_within_seconds_read_the_organiser_once() -> None:
    bench = Bench(timedelta(hours=1))
    bench.tokens.current(US, NOW)
    bench.refreshed_by_another()

    assert bench.tokens.current(US, NOW).value == "access-1"
    assert bench.tokens.current(US, NOW + RECENT - SECOND).value == "access-1"
    assert bench.tokens.current(US, NOW + RECENT).value == "access-2"


def test_a_clock_that_was_set_back_keeps_no_organiser_for_longer() -> None:
    bench = Bench(timedelta(hours=1))
    bench.tokens.current(US, later(minutes=5))
    bench.refreshed_by_another()

    assert bench.tokens.current(US, NOW).value == "access-2"


def test_what_sumup_refuses_or_asks_for_counts_at_once() -> None:
    bench = Bench(timedelta(hours=1))
    refused = bench.tokens.current(US, NOW)
    bench.refreshed_by_another()
    bench.tokens.renew(US, refused, NOW)

    assert bench.tokens.current(US, NOW).value == "access-2"
    for _ in range(2):
        bench.tokens.heed(US, asked_to_wait(60), NOW)
    with pytest.raises(PaymentProviderUnavailable):
        bench.tokens.current(US, NOW)


def test_a_pause_that_another_worker_noted_is_kept_within_seconds() -> None:
    bench = Bench(timedelta(hours=1))
    bench.tokens.current(US, NOW)
    bench.rows.put(bench.row, paused_until=later(seconds=60))

    with pytest.raises(PaymentProviderUnavailable):
        bench.tokens.current(US, NOW + RECENT)


def test_a_refused_token_is_renewed_even_if_it_has_not_expired() -> None:
    bench = Bench(FRESH, TokenGrant("access-2", 3600))
    refused = bench.tokens.current(US, NOW)

    assert bench.tokens.renew(US, refused, NOW).value == "access-2"


def test_a_refused_token_renewed_meanwhile_is_not_renewed_again() -> None:
    bench = Bench(FRESH)
    refused = bench.tokens.current(US, NOW)
    bench.refreshed_by_another()

    for _ in range(2):  # two orders were refused with it
        assert bench.tokens.renew(US, refused, NOW).value == "access-2"
    assert not bench.sumup.calls


def test_a_refused_token_is_not_used_again_when_its_renewal_fails() -> None:
    bench = Bench(FRESH)
    bench.sumup.failures["refresh"] = [TIMEOUT]

    with pytest.raises(PaymentProviderUnavailable):
        bench.tokens.renew(US, bench.tokens.current(US, NOW), NOW)


def test_an_organiser_who_never_connected_is_unknown() -> None:
    bench = Bench(FRESH, refresh_token=None)

    for organiser_id in (US, "nobody"):
        with pytest.raises(UnknownOrganiser) as unknown:
            bench.tokens.current(organiser_id, NOW)

        assert unknown.value.organiser_id == organiser_id


def test_no_token_is_shown_by_a_repr() -> None:
    assert "access-1" not in repr(Bench(FRESH).tokens.current(US, NOW))
    assert "secret" not in repr(TokenGrant("secret", 3600, "secret"))


def test_a_long_unused_token_is_refreshed_before_it_expires() -> None:
    bench = Bench(FRESH, TokenGrant("access-2", 3600), refreshed_at=NOW - timedelta(days=31))

    assert bench.tokens.current(US, NOW).value == "access-2"
    assert bench.tokens.current(US, NOW).value == "access-2"

    assert bench.row.refreshed_at == NOW
    assert len(bench.sumup.asked("refresh")) == 1


def test_a_long_unused_token_still_works_if_its_refresh_fails() -> None:
    bench = Bench(FRESH, refreshed_at=NOW - timedelta(days=31))
    bench.sumup.failures["refresh"] = [TIMEOUT]

    assert bench.tokens.current(US, NOW).value == "access-1"


def test_a_permission_that_expires_soon_is_noted_on_the_row() -> None:
    bench = Bench(DEAD, TokenGrant("access-2", 3600), refresh_issued_at=later(days=-151))

    bench.tokens.current(US, NOW)

    assert "ends soon. The permission is 151 days old" in bench.rows.told[US]


def test_a_long_unused_permission_is_healthy_once_used() -> None:
    bench = Bench(DEAD, TokenGrant("access-2", 3600), **IDLE)

    bench.tokens.current(US, NOW)

    assert bench.rows.told[US] == "1 June 2026: fine. The permission is 40 days old."


def test_a_renewed_permission_starts_over() -> None:
    bench = Bench(
        DEAD, TokenGrant("access-2", 3600, "refresh-2"), refresh_issued_at=later(days=-160)
    )

    bench.tokens.current(US, NOW)

    assert bench.rows.told[US] == "1 June 2026: fine. The permission is from today."
    assert bench.row.refresh_issued_at == NOW


def test_an_unchanged_refresh_token_does_not_renew_the_permission() -> None:
    old = later(days=-160)
    bench = Bench(DEAD, TokenGrant("access-2", 3600, "refresh-1"), refresh_issued_at=old)

    bench.tokens.current(US, NOW)

    assert bench.stored == ("access-2", "refresh-1", 2)
    assert (bench.row.refresh_issued_at, bench.row.refreshed_at) == (old, NOW)


# ---- waiting when SumUp asks for it


def asked_to_wait(seconds: float | None) -> PaymentProviderUnavailable:
    return PaymentProviderUnavailable("429", retry_after=seconds)


ASKED = {60.0: 60, 300.0: 300, 86_400.0: 300}


@pytest.mark.parametrize(("asked", "seconds"), ASKED.items())
def test_all_of_an_organiser_waits_when_sumup_asks_for_it(asked: float, seconds: float) -> None:
    bench = Bench(timedelta(hours=1))

    bench.tokens.heed(US, asked_to_wait(asked), NOW)

    assert bench.row.paused_until == later(seconds=seconds)
    with pytest.raises(PaymentProviderUnavailable, match=r"^SumUp asked us to wait$") as paused:
        bench.tokens.current(US, later(seconds=20))
    assert paused.value.retry_after == seconds - 20
    assert bench.tokens.current(US, later(seconds=seconds)).value == "access-1"


@pytest.mark.parametrize(
    "error", [asked_to_wait(None), asked_to_wait(0.0), AccessRefused("401")], ids=str
)
def test_an_error_that_asks_for_no_wait_pauses_nothing(error: PaymentProviderError) -> None:
    bench = Bench(FRESH)

    bench.tokens.heed(US, error, NOW)

    assert bench.row.paused_until is None


def test_a_pause_longer_than_ours_could_be_is_none() -> None:
    """A clock that was wrong must not stop an organiser's sales for a day."""
    wrong = Bench(FRESH, paused_until=later(seconds=301))
    right = Bench(FRESH, paused_until=later(seconds=300))

    assert wrong.tokens.current(US, NOW).value == "access-1"
    with pytest.raises(PaymentProviderUnavailable):
        right.tokens.current(US, NOW)


def test_a_refresh_that_is_told_to_wait_pauses_the_organiser() -> None:
    bench = Bench(DEAD)
    bench.sumup.failures["refresh"] = [asked_to_wait(60)]

    for _ in range(2):
        with pytest.raises(PaymentProviderUnavailable):
            bench.tokens.current(US, NOW)

    assert len(bench.sumup.asked("refresh")) == 1


def test_a_refresh_that_is_told_to_wait_pauses_nothing_while_the_token_is_valid() -> None:
    bench = Bench(STALE)
    bench.sumup.failures["refresh"] = [asked_to_wait(60)]

    assert bench.tokens.current(US, NOW).value == "access-1"
    assert bench.row.paused_until is None


# ---- keeping unused connections alive

IDLE = {"refresh_issued_at": later(days=-40), "refreshed_at": later(days=-31)}
ENDING = {"refresh_issued_at": later(days=-151), "refreshed_at": later(days=-1)}


@pytest.mark.parametrize("facts", [IDLE, ENDING], ids=["idle", "ending"])
@pytest.mark.parametrize("expires_in", [FRESH, DEAD])
def test_keeping_a_connection_alive_refreshes_an_unused_token_once(
    expires_in: timedelta, facts: dict[str, Any]
) -> None:
    bench = Bench(expires_in, TokenGrant("access-2", 3600), **facts)

    assert bench.tokens.keep(US, NOW)
    assert not bench.tokens.keep(US, later(minutes=1)), "a night that runs twice"

    assert bench.sumup.asked("refresh") == ["refresh-1"]
    assert bench.stored == ("access-2", "refresh-1", 2)
    assert bench.row.refreshed_at == NOW


def test_keeping_a_connection_alive_skips_a_token_in_use() -> None:
    bench = Bench(DEAD, refresh_issued_at=later(days=-40), refreshed_at=later(days=-2))

    assert not bench.tokens.keep(US, NOW)
    assert not bench.sumup.calls


def test_a_token_being_refreshed_by_another_worker_is_skipped() -> None:
    bench = Bench(FRESH, **IDLE, lease_owner="another", lease_until=NOW + REFRESH_LEASE)

    assert not bench.tokens.keep(US, NOW)
    assert not bench.slept
    assert not bench.sumup.calls


@pytest.mark.parametrize("failure", TRANSIENT)
def test_a_failed_keepalive_raises_even_while_the_access_token_is_valid(
    failure: Exception,
) -> None:
    bench = Bench(FRESH, **IDLE)
    bench.sumup.failures["refresh"] = [failure]
    before = bench.row

    with pytest.raises(type(failure)):
        bench.tokens.keep(US, NOW)

    assert bench.row == before


def test_an_invalid_unused_token_disconnects_the_organiser() -> None:
    bench = Bench(FRESH, **IDLE)
    bench.sumup.failures["refresh"] = [ReconnectNeeded("invalid_grant")]

    for _ in range(2):
        with pytest.raises(ReconnectNeeded):
            bench.tokens.keep(US, NOW)

    assert (bench.row.connection, bench.row.connection_reason) == (
        Connection.REAUTH,
        "invalid_grant",
    )
    assert "1 June 2026: reconnect." in bench.rows.told[US]
    assert len(bench.sumup.asked("refresh")) == 1


def test_a_new_consent_meanwhile_keeps_the_connection() -> None:
    bench = Bench(FRESH, **IDLE)
    bench.sumup.failures["refresh"] = [ReconnectNeeded("invalid_grant")]
    bench.sumup.before["refresh"] = bench.refreshed_by_another

    assert bench.tokens.keep(US, NOW)
    assert bench.row.connection is Connection.CONNECTED
