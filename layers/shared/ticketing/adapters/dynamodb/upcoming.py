"""Find the orders of events that begin soon, and keep how far their buyers were reminded."""

import json
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist

from ticketing.adapters.dynamodb.mapping import PERSONAL
from ticketing.adapters.dynamodb.models import OrderRow, RequestRow
from ticketing.emails.reminder import Bookmark, Place

BOOKMARK = "remind#bookmark"
KEPT = timedelta(days=3)
"""Longer than a bookmark is any use: the events beyond it begin before this is over."""
PAGE = 100


class UpcomingOrderTable:
    """Orders that still name their buyer, by when their event begins."""

    @staticmethod
    def page(
        since: datetime, until: datetime, place: Place | None
    ) -> tuple[tuple[str, ...], Place | None]:
        """Return a page of the orders whose event begins from `since` to `until`, soonest first.

        The page begins after `place`. The place after which the next page begins is returned as
        well, None for the last.
        """
        rows = OrderRow.personal_index.query(
            PERSONAL,
            OrderRow.event_starts_at.between(since, until),
            last_evaluated_key=dict(place) if place else None,
            limit=PAGE,
            attributes_to_get=["order_number"],
        )
        numbers = tuple(row.order_number for row in rows)
        return numbers, rows.last_evaluated_key

    @staticmethod
    def bookmark() -> Bookmark | None:
        try:
            row = RequestRow.get(BOOKMARK, consistent_read=True)
        except DoesNotExist:
            return None
        kept = json.loads(row.payload or "")
        due = datetime.fromisoformat(kept["due"]) if kept["due"] else None
        return Bookmark(datetime.fromisoformat(kept["reached"]), kept["place"], due)

    @staticmethod
    def keep(bookmark: Bookmark, now: datetime) -> None:
        """Store how far buyers were reminded. Overlapping runs still store each mail once."""
        kept = {
            "reached": bookmark.reached.isoformat(),
            "place": bookmark.place,
            "due": bookmark.due.isoformat() if bookmark.due else None,
        }
        RequestRow(
            BOOKMARK,
            kind="remind",
            payload=json.dumps(kept),
            expires_at=now + KEPT,
            expires_at_epoch=int((now + KEPT).timestamp()),
        ).save()
