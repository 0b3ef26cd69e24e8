"""Warn about past dates in an import, which are mistyped more often than meant. Pure."""

from collections.abc import Iterator
from datetime import datetime

from ticketing.events.catalogue import Listing, StoredEvent


def past_dates(listing: Listing, stored: StoredEvent | None, now: datetime) -> Iterator[str]:
    """Yield a sentence for each new date in the past, for an event that is to be on sale."""
    event, before = listing.event, stored.event if stored else None
    if not event.on_sale or event.cancelled:
        return
    if event.starts_at <= now:
        if before is None or before.starts_at != event.starts_at:
            began = f"{event.local_start:%Y-%m-%d %H:%M}"
            yield f"{listing.place}.starts_at: it began on {began}, so nothing of it can be ordered"
        return
    known = {event.event_id: before.sale_ends_at} if before else {}
    known |= {sku: kind.sale_ends_at for sku, kind in (stored.types if stored else {}).items()}
    ends = [("", event.event_id, event.sale_ends_at)]
    ends += [
        (f".ticket_types[{index}]", offer.sku, offer.sale_ends_at)
        for index, offer in enumerate(listing.offers)
    ]
    for where, name, ended in ends:
        if ended and ended <= now and known.get(name) != ended:
            yield f"{listing.place}{where}.sale_ends_at: the sale is over already"
