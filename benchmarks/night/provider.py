"""SumUp with an assumed limit, called as the package calls it: its attempts, pauses and turns."""

import random
from http import HTTPStatus
from typing import Final

from tenacity import Retrying, stop_after_attempt

from benchmarks.night.timeline import Bell, Story, Timeline
from benchmarks.night.walls import TokenBucket, Tries
from ticketing.adapters.sumup.http import ATTEMPTS, JITTER, TURN_SECONDS
from ticketing.adapters.sumup.turns import Turns
from ticketing.errors import PaymentProviderUnavailable

TOKEN: Final = "the organiser's"  # noqa: S105 - a name
POLICIES: Final = {
    attempts: Retrying(wait=JITTER, stop=stop_after_attempt(attempts)) for attempts in (1, ATTEMPTS)
}


class SumUp:
    """Answers `rate` calls a second, and any more with 429."""

    def __init__(self, timeline: Timeline, rate: float, answer: float) -> None:
        self._timeline, self._answer = timeline, answer
        self._bucket = TokenBucket(rate, max(rate, 1))
        self._bells: dict[Turns, Bell] = {}
        """Those who wait for their turn, by the process whose turns they are."""
        self.calls = self.refused = 0

    def ask(self, turns: Turns, attempts: int = ATTEMPTS) -> Story[bool]:
        """Return whether a call was answered, after all its attempts."""
        tries = Tries(POLICIES[attempts], self._timeline.now)
        while True:
            if (yield from self._attempt(turns)):
                return True
            pause = tries.pause(self._timeline.now)
            if pause is None:
                return False
            yield pause

    def create(self, turns: Turns) -> Story[bool]:
        """Return whether a checkout was created.

        As `OrderGateway.create_checkout`: a refused checkout is looked for, and not found.
        """
        if (yield from self.ask(turns, attempts=1)):
            return True
        yield from self.ask(turns)
        return False

    def _attempt(self, turns: Turns) -> Story[bool]:
        until = self._timeline.now + TURN_SECONDS
        while True:
            taking = turns.take(TOKEN, 0)
            try:
                turn = taking.__enter__()
            except PaymentProviderUnavailable:
                if self._timeline.now >= until:
                    return False
                yield self._bells.setdefault(turns, Bell())
                continue
            break
        self.calls += 1
        taken = self._bucket.take(self._timeline.now)
        self.refused += not taken
        yield self._answer * random.uniform(0.7, 1.3)
        turn.answered(HTTPStatus.OK if taken else HTTPStatus.TOO_MANY_REQUESTS)
        taking.__exit__(None, None, None)
        if bell := self._bells.get(turns):
            self._timeline.ring(bell, len(bell.waiting))
        return taken
