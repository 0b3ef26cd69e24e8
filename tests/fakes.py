"""Adapters in memory, with the conditions of the real ones: what those refuse, these refuse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.fake_orders import Orders, Tables, require
from ticketing.emails.mail import LEASE, Mail, MailKind, MailStatus
from ticketing.errors import (
    AccessRefused,
    CheckoutNotDeactivated,
    CheckoutNotFound,
    EventNotFound,
    MailNotFound,
    ReconnectNeeded,
    TransactionNotFound,
    UnknownOrganiser,
)
from ticketing.events.event import Event
from ticketing.orders.order import Delivery
from ticketing.organisers.organiser import REFRESH_LEASE, AccessToken, Connection, Organiser
from ticketing.payments.payment import Checkout, TokenGrant, Transaction
from ticketing.tickets.ticket import Ticket

__all__ = ["Orders", "Tables"]


class Outbox:
    """The mails table."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.archived_as: dict[str, str] = {}

    def get(self, mail_id: str) -> Mail:
        try:
            return self.tables.mails[mail_id]
        except KeyError:
            raise MailNotFound(mail_id) from None

    def add_once(self, mail: Mail) -> bool:
        if mail.mail_id in self.tables.mails:
            return False
        self.tables.put_mails([mail])
        return True

    def due(self, until: datetime, limit: int) -> Iterator[str]:
        waiting = [
            (mail.next_attempt_at, mail.mail_id)
            for mail in self.tables.mails.values()
            if mail.next_attempt_at and mail.next_attempt_at <= until
        ]
        yield from [mail_id for _, mail_id in sorted(waiting)[:limit]]

    def claim(self, mail: Mail, attempt_id: str, now: datetime) -> Mail | None:
        row = self.get(mail.mail_id)
        is_due = row.attempts == 0 or (row.next_attempt_at and row.next_attempt_at <= now)
        unclaimed = row.status is MailStatus.PENDING and is_due
        left_behind = row.status is MailStatus.SENDING and row.lease_until and row.lease_until < now
        if not (unclaimed or left_behind):
            return None
        return self._put(
            row,
            status=MailStatus.SENDING,
            attempt_id=attempt_id,
            attempts=row.attempts + 1,
            abandoned=mail.abandoned + (mail.status is MailStatus.SENDING),
            lease_until=now + LEASE,
            next_attempt_at=now + LEASE,
        )

    def release(self, mail: Mail, problem: str, next_attempt_at: datetime) -> None:
        self._put_mine(
            mail,
            status=MailStatus.PENDING,
            problem=problem,
            next_attempt_at=next_attempt_at,
            lease_until=None,
        )

    def keep_unknown(self, mail: Mail, problem: str) -> None:
        self._put_mine(mail, problem=problem)

    def give_up(self, mail: Mail, problem: str, now: datetime) -> None:
        del now
        self._settle(mail, Delivery.PROBLEM, status=MailStatus.PROBLEM, problem=problem)

    def record_sent(self, mail: Mail, message_id: str, archive_key: str, now: datetime) -> None:
        del now
        self._settle(
            mail,
            Delivery.DELIVERED,
            status=MailStatus.SENT,
            message_id=message_id,
            problem=None,
        )
        self.archived_as[mail.mail_id] = archive_key

    def _settle(self, mail: Mail, delivery: Delivery, **changes: Any) -> None:  # noqa: ANN401  # of any field
        if not self._put_mine(mail, next_attempt_at=None, **changes):
            require(self.get(mail.mail_id).status is changes["status"])
            return
        if mail.kind is MailKind.CONFIRMATION and mail.order_number:
            order = self.tables.order(mail.order_number)
            self.tables.orders[mail.order_number] = replace(order, delivery=delivery)

    def _put_mine(self, mail: Mail, **changes: Any) -> bool:  # noqa: ANN401  # of any field
        row = self.get(mail.mail_id)
        if row.attempt_id != mail.attempt_id:
            return False
        self._put(row, **changes)
        return True

    def _put(self, row: Mail, **changes: Any) -> Mail:  # noqa: ANN401  # of any field
        self.tables.mails[row.mail_id] = replace(row, **changes)
        return self.tables.mails[row.mail_id]


class Tickets:
    """The tickets table."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def get_all(self, ticket_ids: Sequence[str]) -> tuple[Ticket, ...]:
        return tuple(self.tables.tickets[i] for i in ticket_ids if i in self.tables.tickets)


class Events:
    """The events table."""

    def __init__(self, *events: Event) -> None:
        self.rows = {event.event_id: event for event in events}

    def get(self, event_id: str) -> Event:
        if event_id not in self.rows:
            raise EventNotFound(event_id)
        return self.rows[event_id]


class Queue:
    """A queue. Names in `refuse` are not taken, as when SQS fails a batch entry."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.refuse: set[str] = set()
        self.is_down = False

    def send(self, names: Sequence[str]) -> list[str]:
        refused = [name for name in names if self.is_down or name in self.refuse]
        self.sent += [name for name in names if name not in refused]
        return refused


class Archive:
    """The bucket: the first body under a key stays."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def keep(self, key: str, body: bytes, content_type: str) -> bytes:
        assert content_type in {"application/pdf", "message/rfc822"}
        return self.bodies.setdefault(key, body)

    def read(self, key: str) -> bytes | None:
        return self.bodies.get(key)


@dataclass(frozen=True)
class Sent:
    """A message that left, as SES got it."""

    message: bytes
    recipient: str
    tags: Mapping[str, str]


class Mailer:
    """SES. `failures` are raised by the next tries, one each; `lost` ones had left all the same."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[Sent] = []

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(Sent(message, recipient, tags))
        return f"ses-{len(self.sent)}"


class SumUp:
    """SumUp: checkouts, transactions, and a script of what goes wrong.

    `failures` holds errors by the name of a call, raised one per call; `steps` run before the
    next reads of a checkout, as a buyer who pays meanwhile would.
    """

    def __init__(self, *checkouts: Checkout) -> None:
        self.checkouts = {checkout.id: checkout for checkout in checkouts}
        self.transactions: dict[str, Transaction] = {}
        self.failures: dict[str, list[Exception]] = {}
        self.refused_tokens: set[str] = set()
        self.under_way: set[str] = set()
        self.grants: list[TokenGrant] = []
        self.calls: list[tuple[str, str]] = []

    def put(self, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Change the only checkout."""
        (checkout,) = self.checkouts.values()
        self.checkouts[checkout.id] = replace(checkout, **changes)

    def get_checkout(self, token: str, checkout_id: str) -> Checkout:
        self._called("get_checkout", checkout_id, token)
        return self._known(checkout_id)

    def find_checkouts(self, token: str, reference: str) -> tuple[Checkout, ...]:
        self._called("find_checkouts", reference, token)
        return tuple(c for c in self.checkouts.values() if c.reference == reference)

    def deactivate_checkout(self, token: str, checkout_id: str) -> None:
        self._called("deactivate_checkout", checkout_id, token)
        checkout = self._known(checkout_id)
        if checkout_id in self.under_way:
            raise CheckoutNotDeactivated("409", error_code="CHECKOUT_CANT_BE_DEACTIVATED")
        if checkout.status in {"PAID", "EXPIRED"}:
            raise CheckoutNotDeactivated("409", error_code="CHECKOUT_PROCESSED")
        self.checkouts[checkout_id] = replace(checkout, status="EXPIRED")

    def get_transaction(self, token: str, merchant_code: str, transaction_id: str) -> Transaction:
        self._called("get_transaction", f"{merchant_code} {transaction_id}", token)
        if transaction_id not in self.transactions:
            raise TransactionNotFound("404", status=404)
        return self.transactions[transaction_id]

    def refresh(self, refresh_token: str) -> TokenGrant:
        self._called("refresh", refresh_token)
        return self.grants.pop(0)

    def asked(self, call: str) -> list[str]:
        """Return what one kind of call was made about, in order."""
        return [about for name, about in self.calls if name == call]

    def _called(self, call: str, about: str, token: str | None = None) -> None:
        self.calls.append((call, about))
        if self.failures.get(call):
            raise self.failures[call].pop(0)
        if token in self.refused_tokens:
            raise AccessRefused("401", status=401)

    def _known(self, checkout_id: str) -> Checkout:
        if checkout_id not in self.checkouts:
            raise CheckoutNotFound("404", status=404)
        return self.checkouts[checkout_id]


class Tokens:
    """Organisers' tokens: `token-1`, and after each renewal the next; some may be `parked`."""

    def __init__(self, *, sandbox: bool = False) -> None:
        self.sandbox = sandbox
        self.versions: dict[str, int] = {}
        self.parked: set[str] = set()
        self.unknown: set[str] = set()

    def current(self, organiser_id: str, now: datetime) -> AccessToken:
        del now
        if organiser_id in self.unknown:
            raise UnknownOrganiser(organiser_id)
        if organiser_id in self.parked:
            raise ReconnectNeeded(f"organiser {organiser_id} has to connect SumUp again")
        version = self.versions.setdefault(organiser_id, 1)
        return AccessToken(f"token-{version}", version, self.sandbox)

    def renew(self, organiser_id: str, refused: AccessToken, now: datetime) -> AccessToken:
        self.versions[organiser_id] = refused.version + 1
        return self.current(organiser_id, now)


class Cipher:
    """A key service whose ciphertext opens for its own organiser only."""

    def encrypt(self, plain: str, organiser_id: str) -> bytes:
        return f"{organiser_id}:{plain}".encode()

    def decrypt(self, sealed: bytes, organiser_id: str) -> str:
        owner, _, plain = sealed.decode().partition(":")
        assert owner == organiser_id, "sealed for another organiser"
        return plain


@dataclass
class Organisers:
    """The organisers table, with lease and version."""

    rows: dict[str, Organiser] = field(default_factory=dict)
    refresh_issued_at: dict[str, datetime] = field(default_factory=dict)

    def get(self, organiser_id: str) -> Organiser:
        if organiser_id not in self.rows:
            raise UnknownOrganiser(organiser_id)
        return self.rows[organiser_id]

    def claim_refresh(self, organiser: Organiser, owner: str, now: datetime) -> bool:
        row = self.get(organiser.organiser_id)
        is_free = row.lease_owner is None or (row.lease_until is not None and row.lease_until < now)
        if row.token_version != organiser.token_version or not is_free:
            return row.lease_owner == owner
        self.put(row, lease_owner=owner, lease_until=now + REFRESH_LEASE)
        return True

    def store_tokens(
        self,
        organiser: Organiser,
        owner: str,
        access_token: bytes,
        access_expires_at: datetime,
        refresh_token: bytes | None,
        now: datetime,
    ) -> bool:
        row = self.get(organiser.organiser_id)
        if row.lease_owner != owner:
            return False
        if refresh_token is not None:
            self.refresh_issued_at[row.organiser_id] = now
        self.put(
            row,
            access_token=access_token,
            access_expires_at=access_expires_at,
            refresh_token=refresh_token or row.refresh_token,
            token_version=organiser.token_version + 1,
            connection=Connection.CONNECTED,
            lease_owner=None,
            lease_until=None,
        )
        return True

    def release_refresh(self, organiser: Organiser, owner: str) -> None:
        self._end_lease(organiser, owner)

    def require_reconnect(self, organiser: Organiser, owner: str, reason: str) -> None:
        del reason
        self._end_lease(organiser, owner, connection=Connection.REAUTH)

    def put(self, row: Organiser, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Store a row, changed."""
        self.rows[row.organiser_id] = replace(row, **changes)

    def _end_lease(self, organiser: Organiser, owner: str, **changes: Any) -> None:  # noqa: ANN401
        row = self.get(organiser.organiser_id)
        if row.lease_owner == owner:
            self.put(row, **changes, lease_owner=None, lease_until=None)
