"""The payments table, for reading: what was accepted, by its time or by its transaction."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ticketing.adapters.dynamodb.evidence import ledger_payment_from
from ticketing.adapters.dynamodb.models import PaymentRow
from ticketing.reconciliation.payment_pair import LedgerPayment

LONGEST_KEY = 1024
"""Bytes; a longer one exists nowhere, and asking for it would be an error."""
PAGE = 1000


class PaymentTable:
    """Accepted payments. A row that cannot be read is an error: a sum without it would be wrong."""

    def accepted(
        self, merchant_code: str, since: datetime, end: datetime
    ) -> Iterator[LedgerPayment]:
        """Yield a merchant's payments accepted from `since` to before `end`, oldest first.

        Read from an index, which may lag: what it does not show may be there all the same.
        """
        rows = PaymentRow.merchant_index.query(
            merchant_code, PaymentRow.accepted_at.between(since, end), page_size=PAGE
        )
        for row in rows:
            if row.accepted_at < end:
                yield ledger_payment_from(row)

    def get_all(self, transaction_ids: Iterable[str]) -> Mapping[str, LedgerPayment]:
        """Return those of these payments that were accepted, by a consistent read."""
        keys = [
            key for key in dict.fromkeys(transaction_ids) if 0 < len(key.encode()) <= LONGEST_KEY
        ]
        rows = PaymentRow.batch_get(keys, consistent_read=True)
        return {row.transaction_id: ledger_payment_from(row) for row in rows}
