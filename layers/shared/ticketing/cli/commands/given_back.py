"""How commands show a run of refunds: what went back, what is left, and the command for it."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from ticketing.cli.commands.text import counted
from ticketing.cli.terminal import Show
from ticketing.flows.refund_orders import GivenBack, Problem, Progress
from ticketing.money import format_amount


def refunds_so_far(show: Show) -> Progress:
    """Return a function that shows how many orders are done."""
    return lambda what, done, of: show(f"{what}, {done} of {of}")


def money_lines(back: GivenBack, *, dry_run: bool) -> Iterator[str]:
    done = "Would refund" if dry_run else "Refunded"
    yield f"{done}: {counted(back.refunds, 'payment')}, {sums(back.amounts)}"
    if back.refunds_before:
        yield f"  before: {counted(back.refunds_before, 'payment')}, {sums(back.amounts_before)}"


def problem_lines(problems: Sequence[Problem], unreadable: Sequence[str]) -> Iterator[str]:
    if problems:
        yield "Not done, and what helps:"
    for problem in problems:
        owed = f", {problem.owed}" if problem.owed else ""
        yield f"  {problem.order_number}{owed}: {problem.why}"
        yield f"    {problem.command}"
    for row in unreadable:
        yield f"  cannot be read: {row}"


def left_lines(back: GivenBack) -> Iterator[str]:
    if back.left:
        yield f"SumUp gave nothing back so often that {len(back.left)} orders are left."
        yield "Find out why with `python -m ticketing doctor`, then run this command again."


def sums(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(format_amount(a, c) for c, a in sorted(amounts.items())) or "nothing"


def facts(back: GivenBack, problems: Sequence[Problem]) -> dict[str, object]:
    """Return the run as facts for programs; `problems` may include those from before the run."""
    return {
        "refunds": back.refunds,
        "refunded": decimals(back.amounts),
        "refunds_before": back.refunds_before,
        "refunded_before": decimals(back.amounts_before),
        "problems": [_problem(one) for one in (*problems, *back.problems)],
        "left": [order.order_number for order in back.left],
    }


def decimals(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: str(amount) for currency, amount in amounts.items()}


def _problem(problem: Problem) -> dict[str, object]:
    owed = problem.owed
    return {
        "order_number": problem.order_number,
        "owed": f"{owed.amount} {owed.currency}" if owed else None,
        "why": problem.why,
        "command": problem.command,
    }
