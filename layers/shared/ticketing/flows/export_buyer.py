"""Gather everything that is kept about one person, wherever their address is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ticketing.archive_keys import folders, mail_key
from ticketing.emails.mail import Mail
from ticketing.errors import UnreadableOrder
from ticketing.orders.order import Order


class Outbox(Protocol):
    """What is needed of the mails table."""

    def mentioning(self, address: str) -> Iterator[Mail]: ...


class Finder(Protocol):
    """What finds the orders of an address; see `erase_buyers`."""

    def orders_of(
        self, email: str, mails: Sequence[Mail]
    ) -> dict[str, Order | UnreadableOrder]: ...


class Rows(Protocol):
    """What is needed of all other tables."""

    def of_order(self, order: Order) -> dict[str, list[dict[str, Any]]]: ...
    def mails(self, mail_ids: Iterable[str]) -> list[dict[str, Any]]: ...


class Archive(Protocol):
    """What is needed of the bucket."""

    def names(self, prefix: str) -> list[str]: ...


@dataclass
class Export:
    """All that is kept: rows by order, rows of other mails, keys in the bucket."""

    email: str
    at: datetime
    orders: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    other_mails: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def as_json(self) -> dict[str, Any]:
        """Return it as it is handed over."""
        return {
            "email": self.email,
            "at": self.at.isoformat(timespec="seconds"),
            "orders": self.orders,
            "other_mails": self.other_mails,
            "files": self.files,
            "unreadable": self.unreadable,
        }


@dataclass(frozen=True)
class ExportBuyer:
    """The flow with everything it talks to; it writes nothing."""

    finder: Finder
    outbox: Outbox
    rows: Rows
    archive: Archive

    def __call__(self, email: str, now: datetime) -> Export:
        """Return what is kept about whoever has this address."""
        export, mails = Export(email, now), list(self.outbox.mentioning(email))
        theirs = self.finder.orders_of(email, mails)
        for number, order in theirs.items():
            if isinstance(order, UnreadableOrder):
                export.unreadable[number] = order.problem
                continue
            export.orders[number] = self.rows.of_order(order)
            for folder in folders(order.event_id, number):
                export.files += self.archive.names(folder)
        others = [mail for mail in mails if mail.order_number not in theirs]
        export.other_mails = self.rows.mails(mail.mail_id for mail in others)
        for mail in others:
            export.files += self.archive.names(mail_key(mail.order_number, mail.mail_id))
        return export
