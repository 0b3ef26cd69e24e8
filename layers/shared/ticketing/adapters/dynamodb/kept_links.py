"""Hashes of the tokens of links that were made before order links had a secret of their own.

They are in the requests table, which removes them after two years. A token has 128 bits, so its
hash does not give it away.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist

from ticketing.adapters.dynamodb.models import RequestRow

LINK = "link"
KEPT = timedelta(days=730)
"""Longer than the default of `KeepBuyersDays`: the link of an erased buyer opens nothing anyway."""


class KeptLinks:
    """Tokens that still open their order, although the shop's function cannot derive them."""

    def opens(self, token: str, order_number: str) -> bool:
        """Return whether this token was kept for this order."""
        try:
            row = RequestRow.get(_key(token), consistent_read=True)
        except DoesNotExist:
            return False
        return row.kind == LINK and row.payload == order_number

    def keep(self, links: Iterable[tuple[str, str]], now: datetime) -> int:
        """Keep tokens with their order numbers; return how many. Repeating it changes nothing."""
        kept, ends = 0, now + KEPT
        with RequestRow.batch_write() as batch:
            for token, order_number in links:
                batch.save(
                    RequestRow(
                        _key(token),
                        kind=LINK,
                        payload=order_number,
                        expires_at=ends,
                        expires_at_epoch=int(ends.timestamp()),
                    )
                )
                kept += 1
        return kept


def _key(token: str) -> str:
    return f"link#{hashlib.sha256(token.encode()).hexdigest()}"
