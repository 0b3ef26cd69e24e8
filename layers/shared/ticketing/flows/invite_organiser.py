"""Invite an organiser: create their row if it is new, and return a link for connecting SumUp."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.errors import CannotInvite, UnknownOrganiser
from ticketing.flows.ports import Invitations, ManagesOrganisers
from ticketing.money import CURRENCY
from ticketing.organisers import invitation
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.text import clean

MERCHANT_CODE = re.compile(r"[A-Za-z0-9]{1,32}")
LONGEST_NAME = 100


@dataclass(frozen=True)
class Wanted:
    """An organiser as an operator describes them; an existing one needs only the id."""

    organiser_id: str
    name: str | None = None
    currency: str | None = None
    merchant_code: str | None = None


@dataclass(frozen=True)
class Invitation:
    """A link, the organiser it is for, and when it expires."""

    organiser: Organiser
    url: str
    ends: datetime

    def __repr__(self) -> str:
        """Hide the link from logs and tracebacks."""
        return f"Invitation(ends={self.ends})"


@dataclass(frozen=True)
class InviteOrganiser:
    """Creates organisers, and links with which they can connect once."""

    organisers: ManagesOrganisers
    invitations: Invitations
    public_url: str

    def __call__(self, wanted: Wanted, now: datetime) -> Invitation:
        """Return the invitation. `CannotInvite` says what is wrong; then there is none."""
        if wanted.name is not None:
            wanted = replace(wanted, name=clean(wanted.name))
        _check(wanted)
        organiser = self._known(wanted) or self._new(wanted)
        secret = invitation.new_word()
        ends = self.invitations.invite(
            invitation.invitation_key(secret), organiser.organiser_id, now
        )
        url = invitation.connect_url(self.public_url, organiser.organiser_id, secret)
        return Invitation(organiser, url, ends)

    def _known(self, wanted: Wanted) -> Organiser | None:
        try:
            organiser = self.organisers.get(wanted.organiser_id)
        except UnknownOrganiser:
            return None
        _check_same("currency", organiser.currency, wanted.currency)
        _check_same("merchant code", organiser.merchant_code, wanted.merchant_code)
        if wanted.name and wanted.name != organiser.name:
            self.organisers.rename(organiser.organiser_id, wanted.name)
            return self.organisers.get(organiser.organiser_id)
        return organiser

    def _new(self, wanted: Wanted) -> Organiser:
        if not wanted.name or not wanted.currency:
            raise CannotInvite(f"{wanted.organiser_id} is new: --name and --currency are needed")
        organiser = Organiser(
            organiser_id=wanted.organiser_id,
            merchant_code=wanted.merchant_code or "",
            connection=Connection.INVITED,
            sandbox=False,
            token_version=0,
            access_token=None,
            access_expires_at=None,
            refresh_token=None,
            name=wanted.name,
            currency=wanted.currency,
        )
        if not self.organisers.add(organiser):
            raise CannotInvite(f"{wanted.organiser_id} was made or cannot be read: look at its row")
        return organiser


def _check(wanted: Wanted) -> None:
    if not invitation.ORGANISER_ID.fullmatch(wanted.organiser_id):
        raise CannotInvite("an organiser's ID is small letters, digits and dashes, at most 40")
    if wanted.name is not None and not 1 <= len(wanted.name) <= LONGEST_NAME:
        raise CannotInvite(f"a name is 1 to {LONGEST_NAME} printable characters")
    if wanted.currency is not None and not CURRENCY.fullmatch(wanted.currency):
        raise CannotInvite("a currency is three capital letters, such as GBP")
    if wanted.merchant_code is not None and not MERCHANT_CODE.fullmatch(wanted.merchant_code):
        raise CannotInvite("a merchant code is letters and digits, such as MC0001")


def _check_same(what: str, stored: str, wanted: str | None) -> None:
    if wanted is not None and wanted != stored:
        known = stored or "not set; it is set by connecting"
        raise CannotInvite(f"the {what} of this organiser is {known} and cannot be changed here")
