"""Everything that can happen to an event's orders, told in virtual time and in a random order."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

import boto3
import requests

from local.sumup.exact_json import encode
from tests.cli.test_commands import TABLES, Found
from tests.faults.deployment import MERCHANT, PRICES, Buyer, Deployment
from tests.faults.sumup import BASE_URL
from tests.support.aws import REGION, STACK
from tests.support.builders import an_event
from ticketing.adapters.dynamodb.models import EventRow, TicketTypeRow
from ticketing.cli import OK, main

EVENT, OTHER_EVENT = an_event().event_id, "6"
SEATS = 400
FAMILY = "family"
PRICE = PRICES | {FAMILY: Decimal("38.50")}
TWO: Mapping[str, int] = MappingProxyType({"general": 2})
NAMES = (
    "Zoë Press", "zadie Smith", "Élodie Ahier", "elodie Ahier", "anne le Brun", "ÅSA LIND",
    "Jane Doe", "Øyvind Li", "Bob", "D'Arcy Vibert", "Bob Ørsted", "Łukasz Nowak",
)  # fmt: skip
BEFORE_MIDNIGHT = timedelta(hours=22, minutes=54)
"""In UTC: six minutes later a day ends in Jersey, where it is summer."""
BY_NIGHT = 0.3
STATUSES = {
    "paid": "completed", "free": "completed", "late": "completed",
    "left": "expired", "given up": "expired", "declined": "failed",
    "review": "requires_manual_review",
}  # fmt: skip


class Customer(Buyer):
    """A buyer with a name and an address of their own, who wants these tickets."""

    def __init__(self, season: "Season", wanted: Mapping[str, int], event_id: str = EVENT) -> None:
        super().__init__(season.shop)
        self._basket = {
            "event_id": event_id,
            "lines": [{"sku": sku, "quantity": count} for sku, count in wanted.items()],
            "customer": season.person(),
        }


@dataclass
class Season:
    """An event on sale, its buyers, and the operator who types commands."""

    shop: Deployment
    chance: random.Random

    def __post_init__(self) -> None:
        """Make room for everybody, and put another event of the same organiser on sale."""
        event = EventRow.get(EVENT)
        for event_id in (EVENT, OTHER_EVENT):
            for sku, price in PRICE.items():
                TicketTypeRow(
                    event_id, sku, name=sku.title(), price=price, currency="GBP",
                    capacity=SEATS, available=SEATS, admits=4 if sku == FAMILY else 1,
                ).save()  # fmt: skip
        EventRow(**event.attribute_values | {"event_id": OTHER_EVENT}).save()
        world = self.shop.world
        environment = world.environment | {"SUMUP_BASE_URL": BASE_URL, "STAGE": "local"}
        outputs = {name: world.ref[name] for name in (*TABLES, "CheckoutsTable")}
        self._stack = Found(boto3.Session(region_name=REGION), outputs, environment)
        self._people = 0

    def live(self) -> None:
        """Let each kind of thing happen once, with time in between."""
        for tell in self.chance.sample(KINDS, k=len(KINDS)):
            self.let_time_pass()
            tell(self)
        for tell in LEFT_OPEN:
            tell(self)

    def let_time_pass(self) -> None:
        """Go on by some hours, and then often until just before the day ends."""
        self.shop.wait(hours=self.chance.randint(1, 9))
        if self.chance.random() < BY_NIGHT:
            self.wait_for_midnight()

    def wait_for_midnight(self) -> None:
        """Go on until just before the day ends in Jersey."""
        today = self.shop.now.replace(hour=0, minute=0, second=0, microsecond=0)
        soon = today + BEFORE_MIDNIGHT
        self.shop.wait_until(soon if self.shop.now < soon else soon + timedelta(days=1))

    def a_while(self) -> None:
        """Let some minutes pass, or none."""
        self.shop.wait(minutes=self.chance.choice((0, 1, 9, 20)))

    def person(self) -> dict[str, str]:
        """Return somebody with an address that nobody else has."""
        self._people += 1
        return {"name": self.chance.choice(NAMES), "email": f"buyer{self._people}@example.com"}

    def type(self, *arguments: str, code: int = OK) -> None:
        """Type a command."""
        assert main([*arguments, "--stack", STACK], lambda _: self._stack) == code, arguments

    def at_the_payment_page(self, wanted: Mapping[str, int] = TWO, event: str = EVENT) -> Customer:
        buyer = Customer(self, wanted, event)
        buyer.order()
        buyer.reach_payment_page()
        return buyer

    def hear_of(self, buyer: Buyer, status: str = STATUSES["paid"]) -> None:
        """Let SumUp's notification come, and see what has become of the order."""
        self.a_while()
        self.shop.webhook(buyer.checkout_id)
        self.shop.run_queues()
        self.check(buyer.order_number, status)

    def check(self, number: str, status: str) -> None:
        assert self.shop.order(number)["status"] == status, number

    def paid(self, wanted: Mapping[str, int] = TWO, event: str = EVENT) -> Customer:
        """Let somebody buy."""
        buyer = self.at_the_payment_page(wanted, event)
        buyer.pay()
        self.hear_of(buyer)
        return buyer

    def placed_by_hand(self, *how: str) -> str:
        """Type a command that places an order; return its number."""
        before = {row["order_number"] for row in self.shop.rows("OrdersTable")}
        person = self.person()
        to = ("--to", person["email"], "--name", person["name"], "--reason", "at the gate")
        self.type("events", *how, *to)
        self.shop.run_queues()
        (number,) = {row["order_number"] for row in self.shop.rows("OrdersTable")} - before
        self.check(number, STATUSES["paid"])
        return str(number)

    def pay_another_amount(self) -> Customer:
        """Let somebody pay less than agreed, because somebody changed the checkout at SumUp."""
        buyer = self.at_the_payment_page()
        amount = PRICES["general"] * 2 - self.some_pence(100)
        requests.patch(
            f"{BASE_URL}/v0.1/checkouts/{buyer.checkout_id}",
            data=encode({"amount": amount}),
            headers=self.as_organiser(),
            timeout=1,
        ).raise_for_status()
        buyer.pay()
        self.hear_of(buyer, STATUSES["review"])
        return buyer

    def as_organiser(self) -> dict[str, str]:
        """Return what a request of the organiser's own has to say."""
        token = self.shop.sumup.issue_tokens(MERCHANT).access_token
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def some_pence(self, most: int) -> Decimal:
        return Decimal(self.chance.randint(1, most)) / 100

    def refund(self, number: str, *how: str) -> None:
        self.a_while()
        self.type("refund", number, *how, "--reason", "agreed")
        self.shop.run_queues()

    def make_void(self, number: str, *positions: int) -> None:
        self.a_while()
        tickets = (("--ticket", f"{number}-{at:02}") for at in positions)
        self.type(
            "void", number, *(word for pair in tickets for word in pair), "--reason", "sold on"
        )
        self.shop.run_queues()

    def let_one_in(self) -> None:
        """Note that a ticket was scanned, past all our own code: a scanner is not part of it."""
        items = self.shop.world.items("TicketsTable")
        valid = [i for i in items if i["event_id"]["S"] == EVENT and i["status"]["S"] == "valid"]
        self.shop.world.put("TicketsTable", self.chance.choice(valid) | {"left": {"N": "0"}})

    def cancel(self) -> None:
        """Cancel the event; then one more pays too late, and it is cancelled again."""
        late = self.at_the_payment_page()
        self.type("events", "cancel", EVENT, "--reason", "storm")
        late.pay(force=True)
        self.shop.wait(hours=1)
        self.shop.tick()
        self.check(late.order_number, STATUSES["review"])
        self.type("events", "cancel", EVENT, "--reason", "storm")
        self.shop.run_queues()


def free(season: Season) -> str:
    buyer = Customer(season, {"free": season.chance.randint(1, 3)})
    buyer.order()
    season.a_while()
    season.shop.run_queues()
    season.check(buyer.order_number, STATUSES["free"])
    return buyer.order_number


def free_and_void(season: Season) -> None:
    number = free(season)
    season.make_void(number)


def mixed(season: Season) -> None:
    season.paid({"free": 1, "general": season.chance.randint(1, 3), FAMILY: 1})


def paid_at_midnight(season: Season) -> None:
    """Pay on one day; we hear of it on the next."""
    season.wait_for_midnight()
    buyer = season.at_the_payment_page()
    buyer.pay()
    season.shop.wait(minutes=8)
    season.hear_of(buyer)


def declined_then_paid(season: Season) -> None:
    buyer = season.at_the_payment_page()
    buyer.decline()
    season.shop.tick()
    buyer.try_again()
    buyer.pay()
    season.hear_of(buyer)


def declined_and_left(season: Season) -> None:
    buyer = season.at_the_payment_page()
    buyer.decline()
    season.shop.tick()
    _past_the_deadline(season)
    season.check(buyer.order_number, STATUSES["declined"])


def given_up(season: Season) -> None:
    buyer = season.at_the_payment_page()
    buyer.give_up()
    _past_the_deadline(season)
    season.check(buyer.order_number, STATUSES["given up"])


def never_paid(season: Season) -> None:
    buyer = season.at_the_payment_page()
    _past_the_deadline(season)
    season.check(buyer.order_number, STATUSES["left"])


def paid_late(season: Season) -> None:
    buyer = season.at_the_payment_page({FAMILY: 1, "general": 1})
    _past_the_deadline(season)
    season.check(buyer.order_number, STATUSES["left"])
    buyer.pay(force=True)
    season.shop.wait(hours=1)
    season.shop.tick()
    season.check(buyer.order_number, STATUSES["late"])


def refunded_whole(season: Season) -> None:
    season.refund(season.paid({"general": 1, FAMILY: 2}).order_number)


def refunded_by_ticket(season: Season) -> None:
    number = season.paid({"general": 2, FAMILY: 2}).order_number
    season.refund(number, "--ticket", f"{number}-02", "--ticket", f"{number}-03")


def refunded_by_amount(season: Season) -> None:
    number = season.paid().order_number
    season.refund(number, "--amount", f"{season.some_pence(1500)}")


def refunded_in_parts_and_whole(season: Season) -> None:
    number = season.paid({"general": 3}).order_number
    season.refund(number, "--amount", f"{season.some_pence(1000)}")
    season.let_time_pass()
    season.refund(number, "--ticket", f"{number}-01")
    season.let_time_pass()
    season.refund(number)


def refunded_in_the_dashboard(season: Season) -> None:
    buyer = season.paid()
    number = buyer.order_number
    season.shop.sumup.refund(buyer.checkout_id, PRICES["general"])
    season.shop.wait(days=1)
    season.refund(number, "--ticket", f"{number}-02", "--already-back")


def charged_back(season: Season) -> None:
    buyer = season.paid()
    season.shop.sumup.chargeback(buyer.checkout_id)
    season.shop.wait(days=1)
    season.refund(buyer.order_number)


def paid_twice(season: Season) -> None:
    buyer = season.paid()
    season.shop.sumup.charge_twice(buyer.checkout_id)
    _, second = season.shop.sumup.checkout(buyer.checkout_id)["transactions"]
    season.refund(buyer.order_number, "--transaction", second["id"])


def paid_and_void(season: Season) -> None:
    number = season.paid({"general": 1, FAMILY: 2}).order_number
    season.make_void(number, 2)


def paid_and_all_void(season: Season) -> None:
    season.make_void(season.paid().order_number)


def void_and_refunded(season: Season) -> None:
    number = season.paid().order_number
    season.make_void(number, 1)
    season.let_time_pass()
    season.make_void(number)
    season.let_time_pass()
    season.refund(number)


def given(season: Season) -> str:
    count = season.chance.randint(1, 4)
    return season.placed_by_hand("give", EVENT, "general", "--count", f"{count}")


def given_and_void(season: Season) -> None:
    season.make_void(given(season), 1)


def at_the_terminal(season: Season) -> str:
    taken = season.shop.sumup.sell(MERCHANT, PRICE[FAMILY] * 2)
    season.a_while()
    code = str(taken["transaction_code"])
    how = ("--count", "2", "--transaction", code)
    return season.placed_by_hand("sell-at-door", EVENT, FAMILY, *how)


def at_the_terminal_and_refunded(season: Season) -> None:
    number = at_the_terminal(season)
    season.refund(number, "--ticket", f"{number}-02")
    season.let_time_pass()
    season.refund(number)


def for_cash(season: Season) -> str:
    how = ("--count", "2", "--cash")
    return season.placed_by_hand("sell-at-door", EVENT, "general", *how)


def for_cash_and_handed_back(season: Season) -> None:
    number = for_cash(season)
    season.let_time_pass()
    season.make_void(number, 2)


def at_the_bar(season: Season) -> None:
    season.shop.sumup.sell(MERCHANT, Decimal("4.20"))


def another_amount_approved(season: Season) -> None:
    buyer = season.pay_another_amount()
    season.a_while()
    season.type("approve", buyer.order_number, "--reason", "agreed")
    season.check(buyer.order_number, STATUSES["paid"])
    season.shop.run_queues()


def another_amount_refunded(season: Season) -> None:
    season.refund(season.pay_another_amount().order_number)


def of_another_event(season: Season) -> None:
    season.refund(season.paid(event=OTHER_EVENT).order_number)
    season.paid({FAMILY: 1}, event=OTHER_EVENT)


def _past_the_deadline(season: Season) -> None:
    season.shop.wait(hours=1, minutes=56)
    season.shop.tick()
    season.shop.tick()


KINDS: tuple[Callable[[Season], object], ...] = (
    free, free_and_void, mixed, paid_at_midnight, declined_then_paid, declined_and_left,
    given_up, never_paid, paid_late, refunded_whole, refunded_by_ticket, refunded_by_amount,
    refunded_in_parts_and_whole, refunded_in_the_dashboard, charged_back, paid_twice,
    paid_and_void, paid_and_all_void, void_and_refunded, given, given_and_void,
    at_the_terminal, at_the_terminal_and_refunded, for_cash, for_cash_and_handed_back,
    at_the_bar, another_amount_approved, another_amount_refunded, of_another_event,
)  # fmt: skip
LEFT_OPEN = (Season.pay_another_amount, Season.at_the_payment_page, Season.let_one_in)
"""What comes last: an order on hold, one that is not paid, and a ticket that was scanned."""
