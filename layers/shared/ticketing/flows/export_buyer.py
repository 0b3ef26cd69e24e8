"""Collect everything that is stored about one person."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ticketing.archive_keys import folders, mail_key
from ticketing.errors import UnreadableMail, UnreadableOrder
from ticketing.flows.find_orders import find_orders
from ticketing.flows.ports import Archive, Outbox, PersonalRows, ReadsOrders


@dataclass
class Export:
    """Everything stored about a person: rows by order, rows of other mails, keys of files.

    `unreadable` are orders of theirs, and mails that may mention them, with what is wrong.
    """

    email: str
    at: datetime
    orders: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    other_mails: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def as_json(self) -> dict[str, Any]:
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
    """Reads everything stored about a person; writes nothing."""

    orders: ReadsOrders
    outbox: Outbox
    rows: PersonalRows
    archive: Archive

    def __call__(self, email: str, now: datetime) -> Export:
        export, mails = Export(email, now), []
        for mail in self.outbox.mentioning(email):
            if isinstance(mail, UnreadableMail):
                export.unreadable[mail.mail_id] = mail.problem
            else:
                mails.append(mail)
        theirs = find_orders(self.orders, email, mails)
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
