"""A device at a door: for one event and one gate, paired with a link that works once."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from ticketing.events.event import Event

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that are not mistaken for one another on paper."""
DEVICE_ID = re.compile(rf"D[{ALPHABET}]{{4}}")
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes in base64url."""
OPEN_AFTER = timedelta(days=1)
"""How long after the end of its event a device still works."""
LASTS = timedelta(hours=12)
"""How long an event without an end is assumed to last."""
SENDS_AFTER = timedelta(days=7)
"""How long an expired device may still send the scans it has kept."""


class Role(StrEnum):
    """What a device may do."""

    STEWARD = "steward"
    """Admits by code only."""
    SUPERVISOR = "supervisor"
    """Also admits by number or name, undoes, and overrides."""


class State(StrEnum):
    """The state of a device, as operators see it."""

    OPEN = "open"
    NEVER_PAIRED = "never paired"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Device:
    """A device as stored.

    `secret_hash` is the hash of the link's secret; `public_key` is the raw key that the device
    registered. `highest`, `waiting` and `not_ours` are what it last reported: the number of its
    newest scan, how many scans it had yet to send, and how many codes were not tickets of ours.
    `revoked_seq` is `highest` when it was revoked: an operator may accept scans up to that number.
    """

    event_id: str
    device_id: str
    gate: str
    role: Role
    secret_hash: str
    created_at: datetime
    names_offline: bool = False
    public_key: bytes | None = None
    paired_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_seq: int | None = None
    seen_at: datetime | None = None
    highest: int = 0
    waiting: int = 0
    not_ours: int = 0

    @property
    def is_supervisor(self) -> bool:
        return self.role is Role.SUPERVISOR

    def is_open(self, event: Event, now: datetime) -> bool:
        """Return whether it may read the list and admit people."""
        return self.revoked_at is None and now < expiry_of(event)

    def state(self, event: Event, now: datetime) -> State:
        if self.revoked_at is not None:
            return State.REVOKED
        if not self.is_open(event, now):
            return State.EXPIRED
        return State.OPEN if self.public_key else State.NEVER_PAIRED


def new_device_id() -> str:
    return "D" + "".join(secrets.choice(ALPHABET) for _ in range(4))


def new_secret() -> str:
    """Return the secret of a link: 256 random bits in base64url."""
    return secrets.token_urlsafe(32)


def hash_of(text: str) -> str:
    """Return the SHA-256 of a link's secret or a signed text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def expiry_of(event: Event) -> datetime:
    """Return when the devices of an event stop working."""
    return (event.ends_at or event.starts_at + LASTS) + OPEN_AFTER


def may_send(event: Event, now: datetime) -> bool:
    """Return whether its devices may still send scans; those of a revoked one do not count."""
    return now < expiry_of(event) + SENDS_AFTER


def pairing_link(public_url: str, device: Device, secret: str) -> str:
    """Return the link that opens the door's page; what follows `#` is not sent to a server."""
    pair = f"{device.event_id}.{device.device_id}.{secret}"
    return f"{public_url.rstrip('/')}/door/#pair={pair}"
