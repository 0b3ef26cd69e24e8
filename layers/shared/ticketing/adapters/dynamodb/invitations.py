"""Invitations and sign-ins in the requests table: each works once, and for a limited time."""

import json
import uuid
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, UpdateError

from ticketing.adapters.dynamodb.models import RequestRow
from ticketing.adapters.dynamodb.retries import condition_failed
from ticketing.adapters.dynamodb.rows import UNREADABLE
from ticketing.organisers.invitation import INVITATION_LIFETIME, SIGN_IN_LIFETIME, SignIn

INVITATION, SIGN_IN = "invitation", "sign_in"


class Invitations:
    """The links that organisers got from us, and the sign-ins that began with them."""

    def invite(self, key: str, organiser_id: str, now: datetime) -> datetime:
        """Store an invitation; return when it expires."""
        return _put(key, INVITATION, {"organiser_id": organiser_id}, now, INVITATION_LIFETIME)

    def invited(self, key: str, now: datetime) -> str | None:
        """Return the organiser who is invited; None if the key is unknown, spent or expired."""
        found = _good(key, INVITATION, now)
        return found["organiser_id"] if found else None

    def begin(self, key: str, sign_in: SignIn, now: datetime) -> None:
        """Store a sign-in that begins now."""
        fields = {
            "organiser_id": sign_in.organiser_id,
            "invitation_key": sign_in.invitation_key,
            "verifier": sign_in.verifier,
            "browser_key": sign_in.browser_key,
        }
        _put(key, SIGN_IN, fields, now, SIGN_IN_LIFETIME)

    def finish(self, key: str, browser_key: str, now: datetime) -> SignIn | None:
        """Spend a sign-in and return it; None if it is unknown, spent or expired.

        For any browser other than the one that began it, None is returned and nothing is spent.
        """
        found = _good(key, SIGN_IN, now)
        if not found or found.get("browser_key") != browser_key:
            return None
        return SignIn(**found) if self.spend(key, now) else None

    def spend(self, key: str, now: datetime) -> bool:
        """Use up an invitation or sign-in; False if that was done before, or it has expired.

        If the SDK repeats the write because the first answer was lost, we recognise it as our own.
        """
        spender = uuid.uuid4().hex
        unspent = RequestRow.spent_by.does_not_exist() & (RequestRow.expires_at > now)
        try:
            RequestRow(key).update([RequestRow.spent_by.set(spender)], condition=unspent)
        except UpdateError as error:
            if not condition_failed(error):
                raise
            return _spender(key) == spender
        return True


def _put(
    key: str, kind: str, fields: dict[str, str], now: datetime, lifetime: timedelta
) -> datetime:
    ends = now + lifetime
    RequestRow(
        key,
        kind=kind,
        payload=json.dumps(fields),
        expires_at=ends,
        expires_at_epoch=int(ends.timestamp()),
    ).save()
    return ends


def _good(key: str, kind: str, now: datetime) -> dict[str, str] | None:
    try:
        row = _read(key)
    except (DoesNotExist, *UNREADABLE):
        return None
    if row.kind != kind or row.spent_by or row.expires_at <= now:
        return None
    fields: dict[str, str] = json.loads(row.payload or "{}")
    return fields


def _spender(key: str) -> str | None:
    try:
        return _read(key).spent_by
    except DoesNotExist:
        return None


def _read(key: str) -> RequestRow:
    return RequestRow.get(key, consistent_read=True)
