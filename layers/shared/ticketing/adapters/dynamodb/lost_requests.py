"""Requests for lost tickets: one row for each address, which DynamoDB removes a day later."""

from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist

from ticketing.adapters.dynamodb.models import RequestRow
from ticketing.adapters.dynamodb.retries import update_if
from ticketing.emails.lost_request import lost_request
from ticketing.orders.buyer import folded

KEPT = timedelta(days=1)
KIND = "lost"


class LostRequestTable:
    """Requests for lost tickets, by a hash of the address."""

    def keep(self, email: str, now: datetime) -> str | None:
        """Store a request and return its key; None if one was handled within a day.

        A request that was stored but not handled, as after a crash, is stored again as this one.
        """
        key, until = lost_request(email), now + KEPT
        is_over = RequestRow.expires_at_epoch <= int(now.timestamp())
        is_waiting = RequestRow.payload.exists()
        changes = [
            RequestRow.kind.set(KIND),
            RequestRow.payload.set(folded(email)),
            RequestRow.expires_at.set(until),
            RequestRow.expires_at_epoch.set(int(until.timestamp())),
        ]
        free = RequestRow.idempotency_key.does_not_exist() | is_over | is_waiting
        return key if update_if(RequestRow(key), changes, free) else None

    def address(self, key: str) -> str | None:
        """Return the address of a request; None if it was handled, or is gone."""
        try:
            row = RequestRow.get(key, consistent_read=True)
        except DoesNotExist:
            return None
        return row.payload if row.kind == KIND else None

    def finish(self, key: str) -> None:
        """Forget the address, and only remember, by its hash, that it asked."""
        update_if(RequestRow(key), [RequestRow.payload.remove()], RequestRow.kind == KIND)

    def forget(self, email: str) -> None:
        """Forget that an address asked."""
        RequestRow(lost_request(email)).delete()
