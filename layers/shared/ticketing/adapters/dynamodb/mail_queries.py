"""Read mails. An index only nominates: decisions are based on consistent reads of the table."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist

from ticketing.adapters.dynamodb.indexes import MailWorkIndex
from ticketing.adapters.dynamodb.mapping import MAIL_WORK, mail_from
from ticketing.adapters.dynamodb.models import MailRow
from ticketing.adapters.dynamodb.rows import UNREADABLE, all_as_stored, filed
from ticketing.emails.address import mentions
from ticketing.emails.mail import Mail, MailStatus
from ticketing.errors import MailNotFound, UnreadableMail


class MailQueries:
    """All queries for mails."""

    def get(self, mail_id: str) -> Mail:
        """Return the mail as it is now; raises `MailNotFound`."""
        try:
            return mail_from(MailRow.get(mail_id, consistent_read=True))
        except DoesNotExist as error:
            raise MailNotFound(mail_id) from error

    def has(self, mail_id: str) -> bool:
        """Return whether there is such a mail, sent or not."""
        try:
            self.get(mail_id)
        except MailNotFound:
            return False
        return True

    def due(self, until: datetime, limit: int) -> Iterator[str]:
        """Yield the ids of mails whose next attempt is due, the longest waiting first.

        A mail whose time is misspelt is among them if the index sorts it before `until`; the audit
        finds the others.
        """
        index, is_due = MailWorkIndex.Meta.index_name, MailRow.next_attempt_at <= until
        for row in filed(MailRow, index, MAIL_WORK, is_due, ["mail_id"], limit):
            yield row["mail_id"]

    def of_order(self, order_number: str) -> tuple[Mail, ...]:
        """Return the mails about an order, oldest first; the newest may be missing for a moment.

        Raises `UnreadableMail`.
        """
        ids = self.ids_of_order(order_number)
        try:
            rows = MailRow.batch_get(ids, consistent_read=True)
            found = {row.mail_id: mail_from(row) for row in rows}
        except UNREADABLE:
            # pynamodb does not say which row it could not read.
            found = {mail.mail_id: mail for mail in map(self._one_of, ids) if mail}
        return tuple(found[i] for i in ids if i in found)

    @staticmethod
    def ids_of_order(order_number: str) -> list[str]:
        """Return the ids of the mails about an order, whether or not their rows can be read."""
        rows = MailRow.order_index.query(order_number, attributes_to_get=["mail_id"])
        return [row.mail_id for row in rows]

    def _one_of(self, mail_id: str) -> Mail | None:
        try:
            return self.get(mail_id)
        except MailNotFound:
            return None
        except UNREADABLE as problem:
            raise UnreadableMail(mail_id, str(problem)) from problem

    def mentioning(self, address: str) -> Iterator[Mail | UnreadableMail]:
        """Yield the mails to an address, and alerts that name it; reads the whole table.

        For a row that cannot be read an error is yielded, unless what can be read of it shows that
        it does not mention the address.
        """
        for item in all_as_stored(MailRow):
            if _may_mention(item, address):
                yield _read(item)

    def in_trouble(self) -> Iterator[str]:
        """Yield the ids of mails that need a person; reads the whole table."""
        needs_one = (MailRow.status == MailStatus.PROBLEM) | MailRow.returned_at.exists()
        for row in MailRow.scan(needs_one, attributes_to_get=["mail_id"]):
            yield row.mail_id


def _may_mention(item: Mapping[str, Mapping[str, Any]], address: str) -> bool:
    """Return whether a row mentions the address where a mail may; also if that cannot be read."""
    texts = (item.get("recipient", {}).get("S"), item.get("body", {"S": ""}).get("S"))
    return any(text is None or mentions(text, address) for text in texts)


def _read(item: Mapping[str, Any]) -> Mail | UnreadableMail:
    try:
        return mail_from(MailRow.from_raw_data(dict(item)))
    except UNREADABLE as problem:
        return UnreadableMail(item["mail_id"]["S"], str(problem))
