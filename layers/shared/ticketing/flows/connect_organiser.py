"""An organiser connects SumUp: from our link to SumUp's consent page and back with a permission.

There is no session to steal: who has the invitation may connect, once. It is spent in the moment
before the tokens are stored, so a consent that failed or was denied can be tried again with the
same link. The money of an organiser never moves to another merchant account: a code that is known
stays, and who comes back from another one is told so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    ClientRefused,
    NotConnected,
    PaymentProviderError,
    ReconnectNeeded,
    Refusal,
)
from ticketing.observability import logger
from ticketing.organisers import invitation as invitations
from ticketing.organisers.invitation import SignIn
from ticketing.organisers.organiser import Organiser, SealedTokens
from ticketing.payments.payment import SCOPES, Checkout, Merchant, TokenGrant

TRIES = 3
"""A refresh of the tokens before may change the organiser between our read and our write."""

PROBE = "connection-check"
"""A reference no order has: asking for it shows whether we may ask at all."""


class Links(Protocol):
    """What is needed of the requests table."""

    def invited(self, key: str, now: datetime) -> str | None: ...
    def begin(self, key: str, sign_in: SignIn, now: datetime) -> None: ...
    def finish(self, key: str, now: datetime) -> SignIn | None: ...
    def spend(self, key: str, now: datetime) -> bool: ...


class Organisers(Protocol):
    """What is needed of the organisers table."""

    def get(self, organiser_id: str) -> Organiser: ...
    def connect(
        self,
        organiser: Organiser,
        merchant_code: str,
        tokens: SealedTokens,
        now: datetime,
        *,
        sandbox: bool,
    ) -> bool: ...


class Cipher(Protocol):
    """What is needed of the key service."""

    def encrypt(self, plain: str, organiser_id: str) -> bytes: ...


class SumUp(Protocol):
    """What is needed of SumUp."""

    def authorise_url(self, redirect_uri: str, state: str, verifier: str) -> str: ...
    def exchange(self, code: str, redirect_uri: str, verifier: str) -> TokenGrant: ...
    def memberships(self, token: str) -> tuple[str, ...]: ...
    def merchant(self, token: str, merchant_code: str) -> Merchant: ...
    def find_checkouts(self, token: str, reference: str) -> tuple[Checkout, ...]: ...


@dataclass(frozen=True)
class Return:
    """What SumUp sends an organiser back with: our state and a code, or an error."""

    state: str
    code: str = ""
    error: str = ""

    def __repr__(self) -> str:
        """Hide state and code from every log and traceback."""
        return f"Return(error={self.error!r})"


@dataclass(frozen=True)
class Connected:
    """Who is connected now, and to which account."""

    organiser: Organiser
    merchant: Merchant


@dataclass(frozen=True)
class ConnectOrganiser:
    """The two visits of an organiser's browser. Both raise `NotConnected` and write no token."""

    links: Links
    organisers: Organisers
    cipher: Cipher
    sumup: SumUp
    public_url: str

    def begin(self, organiser_id: str, invitation: str, now: datetime) -> str:
        """Return SumUp's consent page for whom the invitation is for."""
        if not invitations.WORD.fullmatch(invitation):
            raise NotConnected(Refusal.INVITATION)
        key = invitations.invitation_key(invitation)
        if self.links.invited(key, now) != organiser_id:
            raise NotConnected(Refusal.INVITATION)
        state, verifier = invitations.new_word(), invitations.new_verifier()
        self.links.begin(invitations.sign_in_key(state), SignIn(organiser_id, key, verifier), now)
        logger.info("sign-in begun", organiser=organiser_id)
        return self.sumup.authorise_url(self._callback, state, verifier)

    def finish(self, back: Return, now: datetime) -> Connected:
        """Store what the organiser granted, once it is sure whose it is."""
        if not invitations.WORD.fullmatch(back.state):
            raise NotConnected(Refusal.SIGN_IN)
        sign_in = self.links.finish(invitations.sign_in_key(back.state), now)
        if sign_in is None:
            raise NotConnected(Refusal.SIGN_IN)
        if back.error:
            denied = back.error == "access_denied"
            raise NotConnected(Refusal.DENIED if denied else Refusal.CODE)
        organiser = self.organisers.get(sign_in.organiser_id)
        try:
            grant = self._exchange(back.code, sign_in)
            merchant = self._merchant(organiser, grant)
        except PaymentProviderError as error:
            logger.warning("SumUp did not let us connect", problem=str(error))
            raise NotConnected(Refusal.UNAVAILABLE) from error
        return self._store(sign_in, organiser, merchant, grant, now)

    @property
    def _callback(self) -> str:
        return invitations.callback_url(self.public_url)

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
        grant: TokenGrant,
        now: datetime,
    ) -> Connected:
        sealed = self._sealed(organiser.organiser_id, grant, now)
        if not self.links.spend(sign_in.invitation_key, now):
            raise NotConnected(Refusal.INVITATION)
        code = merchant.merchant_code
        for _ in range(TRIES):
            if self.organisers.connect(organiser, code, sealed, now, sandbox=merchant.sandbox):
                logger.info("connected", organiser=organiser.organiser_id, merchant=code)
                return Connected(organiser, merchant)
            organiser = self.organisers.get(organiser.organiser_id)
            _check(organiser, code, merchant)
        raise NotConnected(Refusal.UNAVAILABLE)

    def _sealed(self, organiser_id: str, grant: TokenGrant, now: datetime) -> SealedTokens:
        return SealedTokens(
            self.cipher.encrypt(grant.access_token, organiser_id),
            now + timedelta(seconds=grant.expires_in),
            self.cipher.encrypt(grant.refresh_token or "", organiser_id),
        )


def _chosen(organiser: Organiser, merchant_codes: tuple[str, ...]) -> str:
    """Return the account that is meant; a user may belong to several, and we must not guess."""
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
    """Refuse the account unless it is the one meant, with the organiser's currency."""
    expected = organiser.merchant_code or code
    if {expected, code} != {merchant.merchant_code}:
        raise NotConnected(
            Refusal.ANOTHER_MERCHANT, expected=expected, found=merchant.merchant_code
        )
    if merchant.currency != organiser.currency:
        raise NotConnected(Refusal.CURRENCY, expected=organiser.currency, found=merchant.currency)
