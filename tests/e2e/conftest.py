"""The deployed local stack, IAM enforced, and nine buyers whose first scan has run."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local import stack
from local.outbox import Letter
from local.places import STACK, Ports, aws_environment, ports
from local.shop import FESTIVAL, Shop
from local.stories import Story, look, stories, wait_for_mails


@dataclass(frozen=True)
class Cycle:
    """What one polling cycle printed, its exit code, and what it left."""

    report: str
    exit_code: int
    buyers: list[Story]
    letters: list[Letter]
    seats_before: int
    seats_after: int
    refreshes: int


@pytest.fixture(scope="session")
def at() -> Iterator[Ports]:
    """Bring the stack up, unless it runs already, and leave it as it was found."""
    found, ours = ports(), not stack.is_up()
    stack.up(found)
    try:
        yield found
    finally:
        if ours:
            stack.down()


@pytest.fixture(scope="session")
def shop(at: Ports) -> Shop:
    """Open the shop."""
    counter = Shop(at)
    counter.open()
    return counter


@pytest.fixture(scope="session")
def cycle(at: Ports, shop: Shop) -> Cycle:
    """Let the nine buyers act and poll once, as an operator does."""
    buyers, seats = stories(), shop.seats_left(FESTIVAL)
    refreshes = len(shop.sumup.requests("POST", "/token"))
    for buyer in buyers:
        buyer.order_number = buyer.begin(shop).order_number
    done = poll(at)
    wait_for_mails(shop)
    letters = look(at, shop, buyers)
    refreshes = len(shop.sumup.requests("POST", "/token")) - refreshes
    return Cycle(
        done.stdout,
        done.returncode,
        buyers,
        letters,
        seats_before=seats,
        seats_after=shop.seats_left(FESTIVAL),
        refreshes=refreshes,
    )


def poll(at: Ports) -> "subprocess.CompletedProcess[str]":
    """Verify all that is pending, as an operator does."""
    return command(at, "poll")


def command(at: Ports, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run an operators' command."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "ticketing", *words, "--stack", STACK],
        env={**os.environ, **aws_environment(at)},
        capture_output=True,
        text=True,
        check=False,
    )
