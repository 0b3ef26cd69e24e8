"""The payments table, for reading: accepted payments by their time or their transaction."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ticketing.adapters.dynamodb.evidence import ledger_payment_from
from ticketing.adapters.dynamodb.models import PaymentRow
from ticketing.reconciliation.payment_pair import LedgerPayment

LONGEST_KEY = 1024
"""In bytes. No row has a longer key, and DynamoDB refuses to look for one."""
PAGE = 1000


class PaymentTable:
    """Accepted payments. An unreadable row is an error, because sums without it would be wrong."""

    def accepted(
        self, merchant_code: str, since: datetime, end: datetime
    ) -> Iterator[LedgerPayment]:
        """Yield a merchant's payments accepted from `since` to before `end`, oldest first.

        They are read from an index, which may lag behind: the newest payments may be missing.
        """
        rows = PaymentRow.merchant_index.query(
            merchant_code, PaymentRow.accepted_at.between(since, end), page_size=PAGE
        )
        for row in rows:
            if row.accepted_at < end:
                yield ledger_payment_from(row)

    def get_all(self, transaction_ids: Iterable[str]) -> Mapping[str, LedgerPayment]:
        """Return the payments with these ids that were accepted, read consistently."""
        keys = [
            key for key in dict.fromkeys(transaction_ids) if 0 < len(key.encode()) <= LONGEST_KEY
        ]
        rows = PaymentRow.batch_get(keys, consistent_read=True)
        return {row.transaction_id: ledger_payment_from(row) for row in rows}
