"""Redriving dead letters: deleted only after they were queued again, and never lost."""

from dataclasses import dataclass, field

import pytest

from ticketing.adapters.aws.queues import Letter, name_in
from ticketing.errors import NotOurMessage, TicketingError
from ticketing.flows.redrive import MOST, Redriven, redrive


@dataclass
class Letters:
    """A dead-letter queue in memory."""

    waiting: list[Letter]
    hidden: list[Letter] = field(default_factory=list)

    def take(self, limit: int) -> list[Letter]:
        self.hidden, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return list(self.hidden)

    def delete(self, letter: Letter) -> None:
        self.hidden.remove(letter)

    def give_back(self, letter: Letter) -> None:
        self.hidden.remove(letter)
        self.waiting.append(letter)


def a_letter(number: int, body: str | None = None) -> Letter:
    return Letter(f"m{number}", f"r{number}", body or f'{{"order_number": "ORD-{number:06}"}}')


def name_of(body: str) -> str:
    return name_in(body, "order_number")


def unseen(_: Redriven) -> None:
    pytest.fail("so few are quickly done")


def test_redriven_messages_are_deleted_and_the_rest_stays() -> None:
    letters, taken = Letters([a_letter(1), a_letter(2), a_letter(3, "<x/>")]), list[str]()

    def hand_over(letter: Letter) -> None:
        if letter.message_id == "m2":
            raise TicketingError("the queue is down")
        taken.append(letter.message_id)

    done = redrive(letters, name_of, hand_over, unseen)

    assert taken == ["m1"]
    assert dict(done.handed_over) == {"ORD-000001": 1}
    assert [letter.message_id for letter in letters.waiting] == ["m2", "m3"]
    assert done.left["m2"] == "the queue is down"
    assert done.left["m3"] == str(NotOurMessage("order_number"))


def test_a_dry_run_moves_nothing_and_releases_every_message() -> None:
    letters = Letters([a_letter(1), a_letter(2, "<x/>")])

    done = redrive(
        letters, name_of, lambda _: pytest.fail("nothing is handed over"), unseen, dry_run=True
    )

    assert dict(done.handed_over) == {"ORD-000001": 1}
    assert len(letters.waiting) == 2


def test_a_crash_loses_no_message() -> None:
    letters = Letters([a_letter(1), a_letter(2)])

    def hand_over(letter: Letter) -> None:
        if letter.message_id == "m2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        redrive(letters, name_of, hand_over, unseen)

    assert [letter.message_id for letter in letters.hidden] == ["m2"], "SQS shows it again"


def test_a_run_terminates() -> None:
    letters = Letters([a_letter(n) for n in range(MOST + 5)])

    done = redrive(letters, name_of, lambda _: None, lambda _: None)

    assert (done.handed_over.total(), len(letters.waiting)) == (MOST, 5)


def test_progress_is_shown_while_it_runs() -> None:
    letters, seen = Letters([a_letter(1, "<x/>"), *map(a_letter, range(2, 251))]), list[int]()

    redrive(letters, name_of, lambda _: None, lambda so_far: seen.append(so_far.letters))

    assert seen == [100, 200]
