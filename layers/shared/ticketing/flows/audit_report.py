"""What an audit read, repaired and found; as JSON, and as lines of an alert."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ticketing.audit.order_snapshot import Breach, Rule
from ticketing.observability import logger
from ticketing.orders.order import Order

MOST_KEPT = 1000
"""The most breaches that are kept, and the most names of rows that were put back; more are only
counted, so that memory stays bounded."""
MOST_KNOWN = 100_000
"""The most breaches that are known again, by their hashes; others count whenever they are found."""
SCHEDULING = frozenset({Rule.UNSCHEDULED, Rule.MAIL_UNSCHEDULED})
"""Breaches that the audit repairs."""


@dataclass
class AuditReport:
    """What one audit read and found.

    `read` counts rows by stage. `began_at` is the stage in which the audit began, None for the
    first; `came_to` is the one in which it stopped, None if it finished. `found` has the first
    breaches, `by_rule` counts all; `repaired` has the first rows that were put back into the work
    index, `rows_put_back` counts all. `abandoned` orders, with `abandoned_seats`, were closed in
    the last day without an attempt to pay. `moving` orders changed too often to be judged. `seats`
    says whether the seats were judged.
    """

    read: dict[str, int] = field(default_factory=dict)
    began_at: str | None = None
    came_to: str | None = None
    seats: bool = False
    moving: int = 0
    repaired: list[str] = field(default_factory=list)
    rows_put_back: int = 0
    found: dict[Breach, None] = field(default_factory=dict)
    by_rule: Counter[str] = field(default_factory=Counter)
    abandoned: int = 0
    abandoned_seats: int = 0
    _known: set[int] = field(default_factory=set, repr=False)

    def add_abandoned(self, order: Order) -> None:
        """Count an order that was closed without an attempt to pay."""
        self.abandoned += 1
        self.abandoned_seats += order.tickets_count

    def add(self, found: Iterable[Breach]) -> None:
        """Count, log and, while there is room, keep the breaches that were not found before."""
        for breach in found:
            if hash(breach) in self._known:
                continue
            if len(self._known) < MOST_KNOWN:
                self._known.add(hash(breach))
            self.by_rule[breach.rule.value] += 1
            logger.error(
                "rule broken", rule=breach.rule, order=breach.order_number, rows=breach.rows[:10]
            )
            if len(self.found) < MOST_KEPT:
                self.found[breach] = None

    def add_repaired(self, row: str) -> None:
        """Add and log a row that was put back into the work index."""
        logger.warning("put back into the work index", row=row)
        self.rows_put_back += 1
        if len(self.repaired) < MOST_KEPT:
            self.repaired.append(row)

    @property
    def total(self) -> int:
        return self.by_rule.total()

    @property
    def lines(self) -> list[str]:
        return [line(breach, self.repaired) for breach in self.found]

    @property
    def totals(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "began_at": self.began_at,
            "came_to": self.came_to,
            "seats_judged": self.seats,
            "kept_moving": self.moving,
            "rows_put_back": self.rows_put_back,
            "abandoned": self.abandoned,
            "broken": dict(sorted(self.by_rule.items())),
        }

    @property
    def as_json(self) -> dict[str, Any]:
        found = [
            asdict(breach) | {"rule": breach.rule.value, "rows": list(breach.rows)}
            for breach in self.found
        ]
        return self.totals | {"put_back": self.repaired, "found": found}


def line(breach: Breach, repaired: Sequence[str] = ()) -> str:
    """Return a breach as one line: its rule, order, sentence and first ten rows."""
    order = f"Order {breach.order_number}: " if breach.order_number else ""
    is_repaired = breach.rule in SCHEDULING and set(breach.rows) & set(repaired)
    put_back = " Put back." if is_repaired else ""
    return f"{breach.rule}: {order}{breach.sentence}{put_back} ({', '.join(breach.rows[:10])})"
