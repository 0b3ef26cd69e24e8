"""Read mails. An index only nominates: decisions are based on consistent reads of the table."""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.exceptions import DoesNotExist

from ticketing.adapters.dynamodb.indexes import MailWorkIndex
from ticketing.adapters.dynamodb.mapping import MAIL_WORK, mail_from
from ticketing.adapters.dynamodb.models import MailRow
from ticketing.adapters.dynamodb.rows import PAGE, filed, readable
from ticketing.emails.address import mentions
from ticketing.emails.mail import Mail, MailStatus
from ticketing.errors import MailNotFound


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
        """Return the mails about an order, oldest first; the newest may be missing for a moment."""
        ids = [row.mail_id for row in MailRow.order_index.query(order_number)]
        found = {
            row.mail_id: mail_from(row) for row in MailRow.batch_get(ids, consistent_read=True)
        }
        return tuple(found[i] for i in ids if i in found)

    def mentioning(self, address: str) -> Iterator[Mail]:
        """Yield the mails to an address, and alerts that name it; reads the whole table."""
        for row in readable(MailRow.scan(page_size=PAGE)):
            mail = mail_from(row)
            if mentions(mail.recipient, address) or mentions(mail.body or "", address):
                yield mail

    def in_trouble(self) -> Iterator[str]:
        """Yield the ids of mails that need a person; reads the whole table."""
        needs_one = (MailRow.status == MailStatus.PROBLEM) | MailRow.returned_at.exists()
        for row in MailRow.scan(needs_one, attributes_to_get=["mail_id"]):
            yield row.mail_id
