"""An evening at one gate: what is held before a phone, and what its screen must answer."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from tests.browser.fake_door import OTHER, FakeDoor

FOREIGN = (
    "https://jerseylive.example/menu?table=7",
    "BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nTEL:+441534000000\nEND:VCARD",
    "X" * 4096,
)
MUCH_LATER = 40
"""So many scans lie between a ticket and the same one much later."""

EARLY = {
    "single": 34, "family": 12, "fewer": 2, "refunded": 3, "reissued": 2, "at once": 4,
    "much later": 3, "other event": 3, "altered": 3, "foreign": 4,
}  # fmt: skip
OFFLINE = {
    "single": 24, "family": 9, "fewer": 2, "latecomer": 1, "refunded": 2, "reissued": 2,
    "at once": 4, "much later": 5, "other event": 2, "altered": 2, "foreign": 2,
    "in at Gate B": 2, "refunded since": 1, "bought since": 2,
}  # fmt: skip
LATE = {
    "single": 29, "family": 11, "fewer": 2, "latecomer": 1, "refunded": 3, "reissued": 2,
    "at once": 4, "much later": 7, "other event": 3, "altered": 3, "foreign": 3, "lost": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A code, and the answer: its colour, its word, what stands below, and how many may go in."""

    kind: str
    text: str
    tone: str
    word: str
    detail: str = ""
    ticket: str = ""
    people: int = 0


@dataclass
class Evening:
    """Issues the tickets, and counts places as somebody with paper and pencil would."""

    door: FakeDoor
    random: Random = field(default_factory=lambda: Random(5))
    made: int = 0
    used_up: list[tuple[int, str]] = field(default_factory=list)
    """At which scan, and which ticket."""
    expected_later: list[tuple[str, int]] = field(default_factory=list)
    """Tickets of whose people one is missing, and how many they are in all."""

    def steps(self, mix: Mapping[str, int]) -> Iterator[Step]:
        """Tell a part of the evening in an order in which whoever comes again was there before."""
        kinds = list(Counter(mix).elements())
        self.random.shuffle(kinds)
        while kinds:
            kind = next(one for one in kinds if self._may_come(one))
            kinds.remove(kind)
            self.made += 1
            yield replace(self._makers[kind](), kind=kind)

    def _may_come(self, kind: str) -> bool:
        needed = {
            "at once": self.used_up,
            "much later": self._long_ago,
            "latecomer": self.expected_later,
        }
        return bool(needed.get(kind, True))

    @property
    def _long_ago(self) -> list[str]:
        return [ticket for scan, ticket in self.used_up if scan <= self.made - MUCH_LATER]

    @property
    def _makers(self) -> dict[str, Callable[[], Step]]:
        def alone() -> Step:
            return self._welcome(1)

        return {
            "single": alone,
            "family": lambda: self._welcome(self.random.randint(2, 6)),
            "fewer": self._too_few,
            "latecomer": self._latecomer,
            "refunded": lambda: self._void(self._issue(reason="refunded")),
            "reissued": self._replaced,
            "at once": lambda: self._already(self.used_up[-1][1]),
            "much later": lambda: self._already(self.random.choice(self._long_ago)),
            "other event": self._elsewhere,
            "altered": self._altered,
            "foreign": lambda: Step("", FOREIGN[self.made % 3], "stop", "Not a ticket"),
            "in at Gate B": alone,
            "refunded since": alone,
            "bought since": self._bought_since,
            "lost": alone,
        }

    def _issue(self, admits: int = 1, reason: str = "") -> str:
        ticket = f"ORD-EVE{self.made:03}-01"
        self.door.add_ticket(
            ticket, sku="FAM" if admits > 1 else "STD", admits=admits, reason=reason
        )
        return ticket

    def _go(self, ticket: str, people: int, detail: str = "") -> Step:
        said = detail or f"{people} {'person' if people == 1 else 'people'}"
        return Step("", self.door.ledger.text(ticket), "go", "Let in", said, ticket, people)

    def _welcome(self, admits: int) -> Step:
        ticket = self._issue(admits)
        self.used_up.append((self.made, ticket))
        return self._go(ticket, admits)

    def _too_few(self) -> Step:
        admits = self.random.randint(3, 6)
        ticket = self._issue(admits)
        self.expected_later.append((ticket, admits))
        return self._go(ticket, admits)

    def _latecomer(self) -> Step:
        ticket, admits = self.expected_later.pop(0)
        self.used_up.append((self.made, ticket))
        return self._go(ticket, 1, f"1 person (1 of {admits})")

    def _bought_since(self) -> Step:
        """A ticket that is issued later than the list was fetched."""
        return self._go(f"ORD-EVE{self.made:03}-01", 1)

    def _void(self, ticket: str) -> Step:
        return Step("", self.door.ledger.text(ticket), "stop", "Not valid", ticket=ticket)

    def _replaced(self) -> Step:
        ticket = self._issue()
        self.door.ledger.reissue(ticket, f"{ticket}-R1")
        return self._void(ticket)

    def _already(self, ticket: str) -> Step:
        text = self.door.ledger.text(ticket)
        return Step("", text, "ask", "Already in", "Gate A", ticket)

    def _elsewhere(self) -> Step:
        ticket = f"ORD-EVE{self.made:03}-01"
        text = self.door.ledger.signer.text(ticket, ticket[:-3], OTHER["event_id"])
        return Step("", text, "stop", "For another event", "Jazz, 6 Dec", ticket)

    def _altered(self) -> Step:
        ticket = f"ORD-EVE{self.made:03}-09"
        text = self.door.ledger.text(self._issue()).replace("-01|", "-09|")
        return Step("", text, "stop", "Forged", ticket=ticket)
