"""Tell a story to a deployment that breaks, let it recover, and judge what came of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.faults.copies import Copies
from tests.faults.deployment import Deployment, deployed
from tests.faults.plan import BREAKING_AFTER, Boundary, Fault, Plan, is_chosen
from tests.faults.stories import Story
from ticketing.adapters.dynamodb.mapping import order_from
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.operators.next_step import row_attributes
from ticketing.orders.order import PAYMENT_WINDOW

MOST_REDELIVERIES = 6
STUCK = "[JerseyEvents Alert] 1 Order Stuck in Processing"
SENDING = "deliver_tickets: sesv2 SendEmail"
RECORDING = "deliver_tickets: dynamodb TransactWriteItems"


@dataclass
class Outcome:
    """What came of one telling: what broke, its calls, how long recovery took, what is wrong."""

    story: str
    fired: Mapping[Boundary, Fault]
    calls: tuple[str, ...] = ()
    redeliveries: int = 0
    surplus_mails: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        broken = "; ".join(f"{at} {fault}" for at, fault in self.fired.items()) or "nothing broke"
        return f"{self.story} [{broken}]: {'; '.join(self.problems) or 'recovered'}"


def retell(
    story: Story,
    faults: Mapping[int, Fault] | None = None,
    outage: Callable[[Boundary], Fault | None] | None = None,
) -> Outcome:
    """Tell a story with these calls broken, by their numbers, or by a rule until it has ended."""
    with deployed(Plan(faults or {})) as shop:
        if outage:
            shop.plan.every = outage
        order_number = story.tell(shop).order_number
        if outage:
            shop.redeliver()
            shop.plan.heal()
        return _recovered(shop, story, order_number)


def retell_for_each_call(story: Story, *faults: Fault) -> list[Outcome]:
    """Tell a story once; at each call a copy of the process breaks it and goes on from there.

    With a second fault, the copies do the same at each call that they make themselves.
    """
    with deployed() as shop, Copies() as copies:

        def break_in_a_copy(boundary: Boundary) -> Fault | None:
            broken = len(shop.plan.fired)
            if broken == len(faults) or not is_chosen(boundary.number, faults[broken]):
                return None
            if not broken and story.breaks and boundary.function not in story.breaks:
                return None
            with shop.time_stands_still():
                return faults[broken] if copies.split() else None

        shop.plan.every = break_in_a_copy
        copies.result = _recovered(shop, story, story.tell(shop).order_number)
    return copies.found


def _recovered(shop: Deployment, story: Story, order_number: str) -> Outcome:
    """Deliver everything again until nothing is left to do, and judge what came of it."""
    outcome = Outcome(story.name, shop.plan.fired)
    while not is_quiet(shop) and outcome.redeliveries < MOST_REDELIVERIES:
        shop.redeliver()
        outcome.redeliveries += 1
    outcome.calls = tuple(f"{b.function}: {b.call}" for b in shop.plan.boundaries)
    shop.plan.heal()
    for _ in range(2):
        shop.repeat_messages()
    _judge(shop, story, order_number, outcome)
    return outcome


def is_quiet(shop: Deployment) -> bool:
    """Return whether nothing is left to do: no open order, unsent mail or queued message."""
    shop.run_queues()
    open_orders = [o for o in shop.rows("OrdersTable") if o.get("work_key") == "OPEN"]
    mails = [mail for mail in shop.rows("MailsTable") if mail.get("work_key")]
    return not open_orders and not mails and not any(queue.messages for queue in shop.queues)


def _judge(shop: Deployment, story: Story, order_number: str, outcome: Outcome) -> None:
    say, ending = outcome.problems.append, story.ending
    if not is_quiet(shop):
        say(f"not settled after {outcome.redeliveries} redeliveries")
    if any(queue.dead for queue in shop.queues):
        say("a message ended in the dead-letter queue")
    order = shop.order(order_number)
    if order["status"] != ending.status:
        say(f"the order is {order['status']}, not {ending.status}: {order.get('status_reason')}")
    tickets = [row for row in shop.rows("TicketsTable") if row["order_number"] == order_number]
    if len(tickets) != ending.tickets:
        say(f"{len(tickets)} tickets, not {ending.tickets}")
    void = sum(ticket["status"] == "void" for ticket in tickets)
    if void != ending.void:
        say(f"{void} of its tickets are void, not {ending.void}")
    asked = len(shop.sumup.requests("POST", "/refunds"))
    if ending.refunds is not None and asked != ending.refunds:
        say(f"SumUp was asked for {asked} refunds, not {ending.refunds}")
    if shop.available(story.sku) != ending.left:
        say(f"{shop.available(story.sku)} seats are left, not {ending.left}")
    if sum(o["order_number"] == order_number for o in shop.rows("OrdersTable")) != 1:
        say("the order is not there exactly once")
    told = row_attributes(order_from(OrderRow.get(order_number), PAYMENT_WINDOW))
    stale = {name: order.get(name) for name, said in told.items() if order.get(name) != said}
    if stale:
        say(f"its row says what is not so any more: {stale}")
    _judge_mails(shop, story, order_number, outcome)
    outcome.problems += ending.besides(shop)
    outcome.problems += [f"{found['rule']}: {found['sentence']}" for found in shop.audit()]


def _judge_mails(shop: Deployment, story: Story, order_number: str, outcome: Outcome) -> None:
    """Each mail exactly once; one more for each fault that left its fate unknown.

    That an order is stuck may be told of each order.
    """
    wanted = Counter(subject.format(order=order_number) for subject in story.ending.mails)
    perhaps = Counter(subject.format(order=order_number) for subject in story.ending.perhaps)
    sent = shop.subjects()
    for subject, times in wanted.items():
        if sent[subject] < times:
            outcome.problems.append(f"{sent[subject]} of {times} mails: {subject}")
    extra = sent - wanted - perhaps
    others = {s for s in extra if s not in wanted + perhaps and order_number in s}
    outcome.problems += [f"not expected: {subject}" for subject in sorted(others)]
    told_again = max(extra[STUCK] - len(shop.rows("OrdersTable")), 0)
    outcome.surplus_mails = told_again + sum(extra[subject] for subject in wanted + perhaps)
    unknown = sum(is_in_send_window(at, fault) for at, fault in outcome.fired.items())
    if outcome.surplus_mails > unknown:
        outcome.problems.append(f"{outcome.surplus_mails} mails too many: {dict(extra)}")


def is_in_send_window(boundary: Boundary, fault: Fault) -> bool:
    """Return whether this fault leaves a mail's outcome unknown: SES has no idempotency key."""
    where = f"{boundary.function}: {boundary.call}"
    return (where == SENDING and fault in BREAKING_AFTER) or (
        where == RECORDING and fault in {Fault.CRASH_BEFORE, Fault.REFUSED}
    )


__all__ = ["MOST_REDELIVERIES", "Outcome", "is_quiet", "retell", "retell_for_each_call"]
