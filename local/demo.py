"""The demo: nine buyers, three polling cycles, and how each order ended.

Runs on the real template, deployed by sam; only AWS and SumUp are local ones.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from local import outbox, stack
from local.outbox import Letter
from local.places import STACK, STATE, LocalStackError, Ports, aws_environment
from local.processes import step
from local.shop import Shop
from local.stories import STUCK, Story, digests, look, stories, try_again, wait_for_mails
from ticketing.cli import ATTENTION, OK

MARK = STATE / "demo"
"""Present while a demo owns the stack; the next demo clears away one that was killed."""


def run(at: Ports) -> int:
    """Run the demo; 0 if every outcome was right.

    Stops what it started, unless KEEP is set; a stack that ran before is used and left running.
    """
    if MARK.exists():
        print("A demo was interrupted here; clearing it away.")
        stack.down()
        MARK.unlink()
    if stack.is_up():
        return _run(at, keep=True)
    MARK.parent.mkdir(parents=True, exist_ok=True)
    MARK.touch()
    keep = bool(os.environ.get("KEEP"))
    try:
        with stack.signals_as_exit():
            return _run(at, keep=keep)
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # impatience must not leave processes
            stack.down()
        MARK.unlink(missing_ok=True)


def poll(at: Ports) -> int:
    """Run the operators' own command against the local stack; return its exit code."""
    return _ticketing(at, "poll", "--verbose")


def doctor(at: Ports) -> int:
    """Look at the local stack as operators look at theirs; return the command's exit code."""
    return _ticketing(at, "doctor")


def _ticketing(at: Ports, *arguments: str) -> int:
    command = [sys.executable, "-m", "ticketing", *arguments, "--stack", STACK]
    environment = {**os.environ, **aws_environment(at)}
    return subprocess.run(command, env=environment, check=False).returncode


def _run(at: Ports, *, keep: bool) -> int:
    print("\n1. The local stack: the real template on a local AWS, and a local SumUp\n", flush=True)
    stack.up(at)
    shop, buyers = Shop(at), stories()
    print("\n2. Nine buyers\n", flush=True)
    with step("put two events on sale, connect two organisers"):
        shop.open()
    with step("order, pay, decline, leave"):
        for buyer in buyers:
            buyer.order_number = buyer.begin(shop).order_number
    print("\n3. One polling cycle, as `make poll` runs it\n", flush=True)
    _poll(at, shop)
    print("\n4. The declined buyer tries again and pays; then everything twice\n", flush=True)
    try_again(shop, buyers)
    _poll(at, shop)
    _poll(at, shop)
    letters = look(at, shop, buyers)
    wrong = [buyer.title for buyer in buyers if not buyer.is_right] + _wrong_digests(
        letters, buyers
    )
    print(f"\n5. The results\n\n{_table(buyers)}\n\n{_places(letters)}\n")
    print("\n".join(f"WRONG: {what}" for what in wrong) or "Every outcome is right.")
    if keep:
        print(f"\n{stack.describe(at)}")
    return 1 if wrong else 0


def _poll(at: Ports, shop: Shop) -> None:
    """Poll once; that some orders need a person is as it should be here."""
    if poll(at) not in {OK, ATTENTION}:
        raise LocalStackError("the polling cycle did not end")
    print()
    with step("wait for the mails to leave"):
        wait_for_mails(shop)


def _wrong_digests(letters: Sequence[Letter], buyers: Sequence[Story]) -> list[str]:
    texts = digests(letters, buyers)
    stuck = [buyer for buyer in buyers if buyer.title == STUCK]
    return [
        f"{buyer.title}: not in exactly one digest"
        for buyer in stuck
        if sum(buyer.order_number in text for text in texts) != 1
    ]


def _table(buyers: Sequence[Story]) -> str:
    head = f"  {'':<5} {'buyer':<28} {'order':<11} {'status':<23} tickets and mails"
    rows = [
        f"  {'ok' if s.is_right else 'WRONG':<5} {s.title:<28} {s.order_number:<11} {s.seen}"
        for s in buyers
    ]
    return "\n".join([head, *rows])


def _places(letters: Sequence[Letter]) -> str:
    pdfs = len(list(outbox.OUTBOX.glob("*.pdf")))
    return f"  {len(letters)} mails (.eml) and {pdfs} PDFs are in {outbox.OUTBOX}"
