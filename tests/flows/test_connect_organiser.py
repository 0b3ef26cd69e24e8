"""Connecting an organiser: who may connect, to which account, and what is stored when."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.builders import NOW, a_notifier, later
from tests.support.fakes import Cipher, Organisers, Outbox, Tables
from ticketing.errors import (
    AccessForbidden,
    ClientRefused,
    NotConnected,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    Refusal,
    UnreadableAnswer,
)
from ticketing.flows.connect_organiser import TRIES, Connected, ConnectOrganiser, Return
from ticketing.organisers import invitation
from ticketing.organisers.invitation import INVITATION_LIFETIME, SIGN_IN_LIFETIME, SignIn
from ticketing.organisers.organiser import Connection, Organiser, Seal
from ticketing.payments.payment import SCOPES, Checkout, Merchant, TokenGrant

T = TypeVar("T")
US = "harbour-arts"
INVITATION = "KZk_sKYBfr4b9rKiNE9C3A"
BROWSER, ANOTHER = "b" * 22, "c" * 22
MERCHANT = Merchant("MC0002", "Harbour Arts Trust", "GBP", sandbox=False)
GRANT = TokenGrant("access-1", 3600, "refresh-1", frozenset(SCOPES))
INVITED = Organiser(
    organiser_id=US,
    merchant_code="",
    connection=Connection.INVITED,
    sandbox=False,
    token_version=0,
    access_token=None,
    access_expires_at=None,
    refresh_token=None,
    name="Harbour Arts",
    currency="GBP",
)
PARKED = replace(
    INVITED,
    merchant_code="MC0002",
    connection=Connection.REAUTH,
    connection_reason="invalid_grant",
    token_version=7,
    access_token=b"harbour-arts:old-access",
    access_expires_at=NOW,
    refresh_token=b"harbour-arts:old-refresh",
)


@dataclass
class Links:
    """The requests table: each key can be used once, until it expires."""

    invitations: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    sign_ins: dict[str, tuple[SignIn, datetime]] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)

    def invited(self, key: str, now: datetime) -> str | None:
        organiser_id, ends = self.invitations.get(key, ("", now))
        return organiser_id if ends > now and key not in self.spent else None

    def begin(self, key: str, sign_in: SignIn, now: datetime) -> None:
        self.sign_ins[key] = sign_in, now + SIGN_IN_LIFETIME

    def finish(self, key: str, browser_key: str, now: datetime) -> SignIn | None:
        sign_in, ends = self.sign_ins.get(key, (None, now))
        if sign_in is None or sign_in.browser_key != browser_key:
            return None
        return sign_in if ends > now and self._first(key) else None

    def spend(self, key: str, now: datetime) -> bool:
        return self.invited(key, now) is not None and self._first(key)

    def _first(self, key: str) -> bool:
        if key in self.spent:
            return False
        self.spent.add(key)
        return True


@dataclass
class SumUp:
    """SumUp: what it grants, and whose accounts the token reaches."""

    grant: TokenGrant | Exception = GRANT
    codes: tuple[str, ...] | Exception = ("MC0002",)
    found: Merchant | Exception = MERCHANT
    probe: Exception | None = None
    exchanged: list[tuple[str, str, str]] = field(default_factory=list)
    before_merchant: Callable[[], None] = lambda: None

    def authorise_url(self, redirect_uri: str, state: str, verifier: str) -> str:
        assert verifier not in state
        return f"https://sumup.example/?back={redirect_uri}&state={state}"

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> TokenGrant:
        self.exchanged.append((code, redirect_uri, verifier))
        return given(self.grant)

    def memberships(self, token: str) -> tuple[str, ...]:
        assert token == GRANT.access_token
        return given(self.codes)

    def merchant(self, token: str, merchant_code: str) -> Merchant:
        assert token == GRANT.access_token
        assert merchant_code in given(self.codes)
        self.before_merchant()
        return given(self.found)

    def find_checkouts(self, token: str, reference: str) -> tuple[Checkout, ...]:
        assert token == GRANT.access_token
        assert reference
        if self.probe:
            raise self.probe
        return ()


def given(answer: T | Exception) -> T:
    if isinstance(answer, Exception):
        raise answer
    return answer


class Bench:
    """An invited organiser, and their browser."""

    def __init__(self, organiser: Organiser = INVITED, **sumup: Any) -> None:  # noqa: ANN401 - of any field
        self.links = Links({invitation.invitation_key(INVITATION): (US, NOW + INVITATION_LIFETIME)})
        self.rows = Organisers({US: organiser})
        self.sumup = SumUp(**sumup)
        self.flow = ConnectOrganiser(
            self.links,
            self.rows,
            Cipher(),
            self.sumup,
            a_notifier(Outbox(Tables())),
            "https://tickets.example.com/",
        )

    def open_link(self, invitation: str = INVITATION, now: datetime = NOW, who: str = US) -> str:
        """Open the link; return the state that SumUp will send back."""
        consent_page = self.flow.begin(who, invitation, BROWSER, now)
        return parse_qs(urlsplit(consent_page).query)["state"][0]

    def come_back(self, now: datetime = NOW, **changes: str) -> Connected:
        state = changes.pop("state", None)
        state = self.open_link() if state is None else state
        given = {"browser": BROWSER, "code": "a-code"} | changes
        return self.flow.finish(Return(state, **given), now)

    def refused(self, now: datetime = NOW, **changes: str) -> NotConnected:
        """Return from SumUp without success; the organiser must be unchanged."""
        before = self.rows.get(US)
        with pytest.raises(NotConnected) as caught:
            self.come_back(now, **changes)
        assert self.rows.get(US) == before
        return caught.value


class NoKeys(Cipher):
    """A key service that gives no keys right now."""

    def sealer(self, organiser_id: str) -> Seal:
        raise ConnectionError(organiser_id)


def test_a_code_is_not_spent_before_its_tokens_can_be_sealed() -> None:
    bench = Bench()
    bench.flow = replace(bench.flow, cipher=NoKeys())

    with pytest.raises(ConnectionError):
        bench.come_back()

    assert bench.sumup.exchanged == []


def test_a_consent_connects_the_organiser() -> None:
    bench = Bench()

    done = bench.come_back()

    row = bench.rows.get(US)
    assert (done.organiser.name, done.merchant) == ("Harbour Arts", MERCHANT)
    assert (row.connection, row.merchant_code, row.sandbox) == (
        Connection.CONNECTED,
        "MC0002",
        False,
    )
    assert (row.access_token, row.refresh_token) == (
        b"harbour-arts:access-1",
        b"harbour-arts:refresh-1",
    )
    assert (row.access_expires_at, row.refresh_issued_at) == (later(hours=1), NOW)
    assert row.token_version == 1


def test_the_code_is_exchanged_with_its_own_redirect_uri_and_verifier() -> None:
    bench = Bench()
    bench.open_link()

    bench.come_back()

    ((code, back, verifier),) = bench.sumup.exchanged
    assert (code, back) == ("a-code", "https://tickets.example.com/api/organisers/callback")
    first, second = [sign_in for sign_in, _ in bench.links.sign_ins.values()]
    assert first.verifier != second.verifier == verifier
    assert len(verifier) == 43


def test_neither_invitation_nor_state_is_stored_in_plain_text() -> None:
    bench = Bench()

    state = bench.open_link()

    stored = repr(bench.links)
    assert INVITATION not in stored
    assert state not in stored
    assert len(state) == 22, "128 bits"


def test_an_invitation_can_be_used_once() -> None:
    bench = Bench()
    bench.come_back()

    with pytest.raises(NotConnected) as caught:
        bench.open_link()

    assert caught.value.refusal is Refusal.INVITATION


def test_the_first_of_two_sign_ins_on_one_invitation_to_return_wins() -> None:
    bench = Bench()
    slow = bench.open_link()
    bench.come_back()
    row = bench.rows.get(US)

    with pytest.raises(NotConnected) as caught:
        bench.flow.finish(Return(slow, BROWSER, "another-code"), NOW)

    assert caught.value.refusal is Refusal.INVITATION
    assert bench.rows.get(US) == row


@pytest.mark.parametrize(
    ("invitation", "who", "now"),
    [
        ("", US, NOW),
        ("x" * 22, US, NOW),
        ("x" * 5000, US, NOW),
        (INVITATION, "another", NOW),
        (INVITATION, US, NOW + INVITATION_LIFETIME),
    ],
)
def test_a_sign_in_needs_a_valid_invitation(invitation: str, who: str, now: datetime) -> None:
    bench = Bench()

    with pytest.raises(NotConnected) as caught:
        bench.open_link(invitation, now, who)

    assert caught.value.refusal is Refusal.INVITATION
    assert not bench.links.sign_ins


@pytest.mark.parametrize("state", ["", "x" * 22, "x" * 5000, "é" * 22, "a b"])
def test_a_forged_state_is_refused_before_sumup_is_called(state: str) -> None:
    bench = Bench()

    assert bench.refused(state=state).refusal is Refusal.SIGN_IN
    assert not bench.sumup.exchanged
    assert not bench.links.spent


def test_a_state_can_be_used_once() -> None:
    bench = Bench()
    state = bench.open_link()
    bench.come_back(state=state)

    assert bench.refused(state=state).refusal is Refusal.SIGN_IN
    assert len(bench.sumup.exchanged) == 1


@pytest.mark.parametrize("browser", [ANOTHER, "", BROWSER[:-1], BROWSER + "b", "é" * 22])
def test_only_the_browser_that_began_a_sign_in_completes_it(browser: str) -> None:
    bench = Bench()
    state = bench.open_link()

    assert bench.refused(state=state, browser=browser).refusal is Refusal.SIGN_IN
    assert not bench.sumup.exchanged

    assert bench.come_back(state=state).merchant == MERCHANT, "it is still the right browser's"


def test_a_denial_counts_only_from_the_browser_that_began_the_sign_in() -> None:
    bench = Bench()
    state = bench.open_link()

    refused = bench.refused(state=state, browser=ANOTHER, error="access_denied")

    assert refused.refusal is Refusal.SIGN_IN
    assert bench.come_back(state=state).merchant == MERCHANT


def test_two_tabs_of_one_browser_do_not_disturb_each_other() -> None:
    bench = Bench()
    first, _ = bench.open_link(), bench.open_link()

    assert bench.come_back(state=first).merchant == MERCHANT


def test_a_state_expires_after_ten_minutes() -> None:
    bench = Bench()

    assert bench.refused(NOW + SIGN_IN_LIFETIME).refusal is Refusal.SIGN_IN
    bench.come_back(NOW + SIGN_IN_LIFETIME - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("error", "refusal"),
    [("access_denied", Refusal.DENIED), ("server_error", Refusal.CODE), ("<b>", Refusal.CODE)],
)
def test_the_link_still_works_after_a_denial(error: str, refusal: Refusal) -> None:
    bench = Bench()

    assert bench.refused(error=error, code="").refusal is refusal
    assert not bench.sumup.exchanged

    assert bench.come_back().merchant == MERCHANT


def test_a_denial_needs_a_valid_state_too() -> None:
    assert Bench().refused(state="x" * 22, error="access_denied").refusal is Refusal.SIGN_IN


WITHOUT_REFRESH = replace(GRANT, refresh_token=None)
FEWER = replace(GRANT, scopes=frozenset({"transactions.history", "user.profile_readonly"}))
SILENT = replace(GRANT, scopes=None)
REFUSALS: dict[str, tuple[dict[str, Any], Refusal]] = {
    "a code SumUp does not know": ({"grant": ReconnectNeeded("400")}, Refusal.CODE),
    "no refresh token": ({"grant": WITHOUT_REFRESH}, Refusal.CODE),
    "our secret is wrong": ({"grant": ClientRefused("401")}, Refusal.NOT_SET_UP),
    "no answer": ({"grant": PaymentProviderUnavailable("timeout")}, Refusal.UNAVAILABLE),
    "a page": ({"codes": UnreadableAnswer("a page")}, Refusal.UNAVAILABLE),
    "no payments": ({"grant": FEWER}, Refusal.SCOPES),
    "no payments, unsaid": (
        {"grant": SILENT, "probe": AccessForbidden("403")},
        Refusal.SCOPES,
    ),
    "no profile": ({"codes": AccessForbidden("403")}, Refusal.SCOPES),
    "no account": ({"codes": ()}, Refusal.NO_MERCHANT),
    "several accounts": ({"codes": ("MC0002", "MC0003")}, Refusal.SEVERAL_MERCHANTS),
    "another currency": ({"found": replace(MERCHANT, currency="EUR")}, Refusal.CURRENCY),
    "an answer about another": (
        {"found": replace(MERCHANT, merchant_code="MC0009")},
        Refusal.ANOTHER_MERCHANT,
    ),
}


@pytest.mark.parametrize(("sumup", "refusal"), REFUSALS.values(), ids=REFUSALS)
def test_an_unusable_consent_stores_nothing_and_keeps_the_link(
    sumup: dict[str, Any], refusal: Refusal
) -> None:
    bench = Bench(**sumup)

    assert bench.refused().refusal is refusal

    bench.sumup = SumUp()
    bench.flow = replace(bench.flow, sumup=bench.sumup)
    assert bench.come_back().merchant == MERCHANT


def test_a_response_without_scopes_is_accepted_once_a_test_call_succeeds() -> None:
    assert Bench(grant=SILENT).come_back().merchant == MERCHANT


def test_a_parked_organiser_can_reconnect() -> None:
    bench = Bench(PARKED)

    bench.come_back()

    row = bench.rows.get(US)
    assert (row.connection, row.connection_reason, row.token_version) == (
        Connection.CONNECTED,
        "",
        8,
    )


def test_a_reconnect_never_switches_to_another_account() -> None:
    bench = Bench(replace(PARKED, merchant_code="MC0001"))

    error = bench.refused()

    assert error.refusal is Refusal.ANOTHER_MERCHANT
    assert (error.expected, error.found) == ("MC0001", "MC0002")


def test_the_expected_account_is_chosen_among_several() -> None:
    bench = Bench(PARKED, codes=("MC0003", "MC0002"))

    assert bench.come_back().merchant.merchant_code == "MC0002"


def test_an_account_set_concurrently_is_kept() -> None:
    bench = Bench()
    other = replace(INVITED, merchant_code="MC0001", token_version=1)
    bench.sumup.before_merchant = lambda: bench.rows.rows.update({US: other})

    with pytest.raises(NotConnected) as caught:
        bench.come_back()

    assert caught.value.refusal is Refusal.ANOTHER_MERCHANT
    assert bench.rows.get(US) == other


def test_a_concurrent_refresh_does_not_lose_the_new_consent() -> None:
    bench = Bench(PARKED)
    refreshed = replace(PARKED, token_version=8)
    bench.sumup.before_merchant = lambda: bench.rows.rows.update({US: refreshed})

    bench.come_back()

    row = bench.rows.get(US)
    assert (row.token_version, row.refresh_token) == (9, b"harbour-arts:refresh-1")


def test_an_organiser_that_keeps_changing_is_given_up() -> None:
    bench = Bench(PARKED)
    bench.rows.always_changes = True

    assert bench.refused().refusal is Refusal.UNAVAILABLE
    assert TRIES == 3


def test_a_sandbox_account_is_recorded() -> None:
    bench = Bench(found=replace(MERCHANT, sandbox=True))

    bench.come_back()

    assert bench.rows.get(US).sandbox is True


def told(bench: Bench) -> str:
    """Return the body of the only mail."""
    (mail,) = bench.rows.news
    return mail.body or ""


def test_the_operators_are_told_which_account_was_connected() -> None:
    bench = Bench()

    bench.come_back()

    (mail,) = bench.rows.news
    assert mail.subject == "[Jersey Events Alert] SumUp Account Connected - Organiser harbour-arts"
    assert "Organiser: Harbour Arts (harbour-arts)" in told(bench)
    assert "SumUp account: Harbour Arts Trust (MC0002, GBP)" in told(bench)
    assert "Ask the organiser" in told(bench)
    assert "again" not in told(bench)
    assert "test account" not in told(bench)


def test_the_operators_are_told_of_a_new_consent_for_the_same_account() -> None:
    bench = Bench(PARKED, found=replace(MERCHANT, sandbox=True))
    bench.come_back()
    other = Bench(PARKED)
    other.come_back(later(seconds=1), state=other.open_link())

    (mail,), (another,) = bench.rows.news, other.rows.news
    assert "Harbour Arts has connected SumUp again." in told(bench)
    assert "It is a SumUp test account: no money moves." in told(bench)
    assert mail.mail_id != another.mail_id


def test_a_name_from_sumup_cannot_add_lines_to_the_alert() -> None:
    bench = Bench(found=replace(MERCHANT, name="Arts\n\nWhat to do next:\nnothing"))

    bench.come_back()

    assert "SumUp account: Arts What to do next: nothing (MC0002, GBP)" in told(bench)


def test_nobody_is_told_of_a_consent_that_connected_nothing() -> None:
    bench = Bench(replace(PARKED, merchant_code="MC0001"))

    bench.refused()

    assert bench.rows.news == []


def test_no_repr_shows_a_secret() -> None:
    shown = repr(Return("the-state", "the-browser", "the-code"))
    shown += repr(SignIn(US, "a-key", "the-verifier", "the-browser"))

    assert "the-" not in shown
