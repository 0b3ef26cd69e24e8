"""Connect an organiser's SumUp account: from our invitation to SumUp's consent page and back.

The invitation is the only credential, and it works once. It is spent just before the tokens are
stored, so that an organiser who declined, or whose sign-in failed, can use the same link again. A
sign-in can only finish in the browser that began it, and the operators are told which account it
connected.

An organiser's money never moves to another merchant account: once the merchant code is known, a
sign-in to any other account is refused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.emails.mail import Mail
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    ClientRefused,
    NotConnected,
    PaymentProviderError,
    ReconnectNeeded,
    Refusal,
)
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Cipher, Organisers, SignInGateway, SignIns
from ticketing.observability import logger
from ticketing.operators.alerts import account_connected
from ticketing.organisers import invitation as links
from ticketing.organisers.invitation import SignIn
from ticketing.organisers.organiser import Organiser, Seal, SealedTokens
from ticketing.payments.payment import SCOPES, Merchant, TokenGrant

TRIES = 3
"""A refresh of the old tokens may change the organiser between our read and our write."""

PROBE = "connection-check"
"""A reference that no order has. Searching for it shows whether we may read checkouts at all."""


@dataclass(frozen=True)
class Return:
    """The redirect from SumUp: our state, a code or an error, and the browser's cookie."""

    state: str
    browser: str
    code: str = ""
    error: str = ""

    def __repr__(self) -> str:
        """Hide state, code and cookie from logs and tracebacks."""
        return f"Return(error={self.error!r})"


@dataclass(frozen=True)
class Connected:
    """The organiser that was connected, and their merchant account."""

    organiser: Organiser
    merchant: Merchant


@dataclass(frozen=True)
class ConnectOrganiser:
    """The two requests of an organiser's browser. After `NotConnected`, no token was stored."""

    sign_ins: SignIns
    organisers: Organisers
    cipher: Cipher
    sumup: SignInGateway
    notifier: Notifier
    public_url: str

    def begin(self, organiser_id: str, invitation: str, browser: str, now: datetime) -> str:
        """Return the URL of SumUp's consent page for the organiser who was invited.

        `browser` is the random text in the cookie that this browser keeps until it returns.
        """
        if not links.WORD.fullmatch(invitation):
            raise NotConnected(Refusal.INVITATION)
        key = links.invitation_key(invitation)
        if self.sign_ins.invited(key, now) != organiser_id:
            raise NotConnected(Refusal.INVITATION)
        state, verifier = links.new_word(), links.new_verifier()
        sign_in = SignIn(organiser_id, key, verifier, links.browser_key(browser))
        self.sign_ins.begin(links.sign_in_key(state), sign_in, now)
        logger.info("sign-in begun", organiser=organiser_id)
        return self.sumup.authorise_url(self._callback, state, verifier)

    def finish(self, back: Return, now: datetime) -> Connected:
        """Store the tokens, once the account is known to be the organiser's."""
        if not links.WORD.fullmatch(back.state) or not links.WORD.fullmatch(back.browser):
            raise NotConnected(Refusal.SIGN_IN)
        browser_key = links.browser_key(back.browser)
        sign_in = self.sign_ins.finish(links.sign_in_key(back.state), browser_key, now)
        if sign_in is None:
            raise NotConnected(Refusal.SIGN_IN)
        if back.error:
            denied = back.error == "access_denied"
            raise NotConnected(Refusal.DENIED if denied else Refusal.CODE)
        organiser = self.organisers.get(sign_in.organiser_id)
        seal = self.cipher.sealer(organiser.organiser_id)  # the code is spent by asking SumUp
        try:
            grant = self._exchange(back.code, sign_in)
            merchant = self._merchant(organiser, grant)
        except PaymentProviderError as error:
            logger.warning("SumUp refused the connection", problem=str(error))
            raise NotConnected(Refusal.UNAVAILABLE) from error
        return self._store(sign_in, organiser, merchant, _sealed(seal, grant, now), now)

    @property
    def _callback(self) -> str:
        return links.callback_url(self.public_url)

    def _exchange(self, code: str, sign_in: SignIn) -> TokenGrant:
        if not code:
            raise NotConnected(Refusal.CODE)
        try:
            grant = self.sumup.exchange(code, self._callback, sign_in.verifier)
        except ReconnectNeeded as error:
            raise NotConnected(Refusal.CODE) from error
        except ClientRefused as error:
            logger.error("SumUp refuses our application", problem=str(error))
            raise NotConnected(Refusal.NOT_SET_UP) from error
        if grant.refresh_token is None:
            raise NotConnected(Refusal.CODE)
        return grant

    def _merchant(self, organiser: Organiser, grant: TokenGrant) -> Merchant:
        missing = set(SCOPES) - grant.scopes if grant.scopes is not None else set()
        if missing:
            raise NotConnected(Refusal.SCOPES, found=", ".join(sorted(missing)))
        token = grant.access_token
        try:
            code = _chosen(organiser, self.sumup.memberships(token))
            merchant = self.sumup.merchant(token, code)
            if grant.scopes is None:
                self.sumup.find_checkouts(token, PROBE)
        except (AccessForbidden, AccessRefused) as error:
            raise NotConnected(Refusal.SCOPES) from error
        _check(organiser, code, merchant)
        return merchant

    def _store(
        self,
        sign_in: SignIn,
        organiser: Organiser,
        merchant: Merchant,
        sealed: SealedTokens,
        now: datetime,
    ) -> Connected:
        if not self.sign_ins.spend(sign_in.invitation_key, now):
            raise NotConnected(Refusal.INVITATION)
        code = merchant.merchant_code
        for _ in range(TRIES):
            if self.organisers.connect(
                organiser,
                code,
                sealed,
                self._news(organiser, merchant, now),
                now,
                sandbox=merchant.sandbox,
            ):
                logger.info("connected", organiser=organiser.organiser_id, merchant=code)
                return Connected(organiser, merchant)
            organiser = self.organisers.get(organiser.organiser_id)
            _check(organiser, code, merchant)
        raise NotConnected(Refusal.UNAVAILABLE)

    def _news(self, organiser: Organiser, merchant: Merchant, now: datetime) -> Mail:
        """Return the alert about this connection, which is stored together with it."""
        brand, admin_links = self.notifier.brand, self.notifier.admin_links
        alert = account_connected(organiser, merchant, now, brand, admin_links)
        return self.notifier.alert_mail(alert, now)


def _sealed(seal: Seal, grant: TokenGrant, now: datetime) -> SealedTokens:
    return SealedTokens(
        seal(grant.access_token),
        now + timedelta(seconds=grant.expires_in),
        seal(grant.refresh_token or ""),
    )


def _chosen(organiser: Organiser, merchant_codes: tuple[str, ...]) -> str:
    """Return the account to connect. If a user belongs to several, we do not guess."""
    expected = organiser.merchant_code
    if expected in merchant_codes:
        return expected
    if not merchant_codes:
        raise NotConnected(Refusal.NO_MERCHANT)
    found = ", ".join(merchant_codes)
    if expected:
        raise NotConnected(Refusal.ANOTHER_MERCHANT, expected=expected, found=found)
    if len(merchant_codes) > 1:
        raise NotConnected(Refusal.SEVERAL_MERCHANTS, found=found)
    return merchant_codes[0]


def _check(organiser: Organiser, code: str, merchant: Merchant) -> None:
    """Raise `NotConnected` unless it is the expected account, in the organiser's currency."""
    expected = organiser.merchant_code or code
    if {expected, code} != {merchant.merchant_code}:
        raise NotConnected(
            Refusal.ANOTHER_MERCHANT, expected=expected, found=merchant.merchant_code
        )
    if merchant.currency != organiser.currency:
        raise NotConnected(Refusal.CURRENCY, expected=organiser.currency, found=merchant.currency)
