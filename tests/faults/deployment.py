"""A whole deployment in one process and in virtual time, with SumUp and buyers.

AWS is moto as the template describes it, SumUp is the simulator. One thing happens after another:
what must hold when things happen at once is tested on `ministack` and DynamoDB Local.
"""

import base64
import json
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, TypeVar

import pytest
import time_machine
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from functions.audit_orders.app import handler as audit_orders
from functions.checkout_api.app import handler as checkout_api
from functions.deliver_tickets.app import handler as deliver_tickets
from functions.draw_phone_tickets.app import handler as draw_phone_tickets
from functions.remind_buyers.app import handler as remind_buyers
from functions.scan_orders.app import handler as scan_orders
from functions.sumup_webhook.app import handler as sumup_webhook
from functions.verify_payment.app import handler as verify_payment
from local.sumup.app import Options
from local.sumup.control import IssuedTokens, Simulator
from tests.faults.plan import Died, Fault, Plan
from tests.faults.sumup import BASE_URL, answering
from tests.functions.conftest import Context
from tests.support.aws import SUMUP_APPLICATION, World, a_world, client, template
from tests.support.builders import an_event
from ticketing import bootstrap
from ticketing.adapters.aws.archive import Archive
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.aws.pace import Pace
from ticketing.adapters.dynamodb.models import EventRow, OrganiserRow, TicketTypeRow
from ticketing.adapters.sumup.client import SumUp
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.bootstrap import box_office
from ticketing.bootstrap.cancel_event import cancel_event
from ticketing.bootstrap.move_event import move_event, refund_requests
from ticketing.bootstrap.refund_payment import refund_part, refund_payment
from ticketing.bootstrap.reissue_ticket import reissue_ticket
from ticketing.events.event import RefundPolicy
from ticketing.events.moving import NewTimes
from ticketing.flows.cancel_event import Cancelled
from ticketing.flows.give_tickets import Given
from ticketing.flows.move_event import Moved
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_orders import GivenBack
from ticketing.flows.refund_payment import Refunding
from ticketing.flows.reissue_ticket import Reissue
from ticketing.flows.sell_at_door import Sold
from ticketing.flows.void_tickets import Voiding, VoidTickets
from ticketing.orders.basket import Basket, Wanted
from ticketing.payments.part_refunding import Share
from ticketing.settings import Settings

TOO_EARLY, PRESSES = 429, 5
MORNING = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
MERCHANT = "MC0001"
ORGANISER = "jersey-live"
CAPACITY = 10
PRICES = {"general": Decimal("15.00"), "free": Decimal("0.00")}
TICK = timedelta(minutes=5)
HOUR, PATIENCE = timedelta(hours=1), timedelta(minutes=19)
NEW_TIMES = NewTimes(an_event().starts_at + timedelta(days=7), an_event().starts_at)
"""Of the event that is moved by a week."""
Handler = Callable[[dict[str, Any], Context], Any]
T = TypeVar("T")
_SERVICES = bootstrap.Services
_SLEEP = time.sleep
ROOM = 2**17
"""Words of stack: a deep call chain fits the memory that CPython gives out with this many."""


def give_back(event: dict[str, Any], _: Context) -> Refunding:
    """Do what the command `refund` does, with or without `--ticket`."""
    wish, now = Wish("agreed", again=event["again"]), datetime.now(UTC)
    if event["tickets"]:
        in_part = refund_part(bootstrap.services(), dry_run=False)
        return in_part(event["order_number"], Share(event["tickets"]), wish, now)
    return refund_payment(bootstrap.services(), dry_run=False)(event["order_number"], wish, now)


def make_void(event: dict[str, Any], _: Context) -> Voiding:
    """Do what the command `void` does."""
    services = bootstrap.services()
    flow = VoidTickets(services.orders, services.notifier)
    return flow(event["order_number"], event["tickets"], "agreed", datetime.now(UTC))


def reissue(event: dict[str, Any], _: Context) -> Reissue:
    """Do what the commands `tickets reissue` and `tickets transfer` do."""
    flow = reissue_ticket(bootstrap.services(), dry_run=False)
    return flow(event["ticket_id"], "agreed", datetime.now(UTC), event["holder"])


def cancel_it(_: dict[str, Any], __: Context) -> Cancelled:
    """Do what the command `events cancel` does."""
    flow = cancel_event(bootstrap.services(), dry_run=False)
    return flow(an_event().event_id, RefundPolicy.ALL, "agreed", lambda *_: None)


def move_it(_: dict[str, Any], __: Context) -> Moved:
    """Do what the command `events move` does."""
    move = move_event(bootstrap.services(), dry_run=False)
    return move(an_event().event_id, lambda _: NEW_TIMES, datetime.now(UTC), lambda _: None)


def give_back_to_all_who_asked(_: dict[str, Any], __: Context) -> GivenBack:
    """Do what the command `events refunds` does."""
    flow = refund_requests(bootstrap.services(), dry_run=False)
    return flow(flow.waiting(an_event().event_id), "agreed", lambda *_: None)


def give_tickets(event: dict[str, Any], _: Context) -> Given:
    """Do what the command `events give` does."""
    lines = (Wanted(event["sku"], event["count"]),)
    name, email = Buyer.CUSTOMER["name"], Buyer.CUSTOMER["email"]
    basket = Basket(an_event().event_id, lines, name, email)
    give = box_office.give_tickets(bootstrap.services(), dry_run=False)
    return give(basket, "for the press", datetime.now(UTC))


def sell_at_door(event: dict[str, Any], _: Context) -> Sold:
    """Do what the command `events sell-at-door` does."""
    lines = (Wanted(event["sku"], event["count"]),)
    name, email = Buyer.CUSTOMER["name"], Buyer.CUSTOMER["email"]
    basket = Basket(an_event().event_id, lines, name, email)
    sell = box_office.sell_at_door(bootstrap.services(), dry_run=False)
    return sell(basket, event["code"], "at the gate", datetime.now(UTC))


@dataclass
class Message:
    """A message of a queue: when it may be received (again), and how often it was."""

    body: str
    visible_at: datetime
    receives: int = 0


@dataclass
class SqsQueue:
    """A queue and the function it feeds, with the template's own limits."""

    name: str
    function: str
    handler: Handler
    messages: deque[Message] = field(default_factory=deque)
    dead: list[Message] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    @property
    def visibility(self) -> timedelta:
        return timedelta(seconds=_properties(self.name)["VisibilityTimeout"])

    @property
    def most_receives(self) -> int:
        most: int = _properties(self.name)["RedrivePolicy"]["maxReceiveCount"]
        return most


@dataclass(frozen=True)
class Answer:
    """What a buyer's browser got; status 0 where it got nothing."""

    status: int
    document: Any = None


class Deployment:
    """The deployed shop. `plan` says which calls of its functions break."""

    def __init__(
        self,
        world: World,
        sumup: Simulator,
        clock: time_machine.Traveller,
        plan: Plan,
        merchant: IssuedTokens,
    ) -> None:
        self.world, self.sumup, self.plan, self._clock = world, sumup, plan, clock
        self.merchant = merchant
        self.verify_queue = SqsQueue("VerifyQueue", "verify_payment", verify_payment)
        self.delivery_queue = SqsQueue("DeliveryQueue", "deliver_tickets", deliver_tickets)
        self.queues = (self.verify_queue, self.delivery_queue)
        self.unread: set[str] = set()
        """Queues that were sent to since they were last read."""
        self.before_invocation: Callable[[], None] = lambda: None
        self.copies: Callable[[], int] = lambda: 1
        """How often the queue delivers a message that was sent once."""
        self._running = ""
        self._processes: dict[str, bootstrap.Services] = {}
        self.ended: list[tuple[str, str]] = []
        """Each invocation that did not end well: function and what it died of."""

    # Time

    @property
    def now(self) -> datetime:
        """Return what every clock shows."""
        return datetime.now(UTC)

    def wait(self, **delta: float) -> None:
        """Let time pass."""
        self._clock.shift(timedelta(**delta))

    def wait_until(self, moment: datetime) -> None:
        """Let time pass until then."""
        self._clock.move_to(moment)

    @contextmanager
    def time_stands_still(self) -> Iterator[None]:
        """Do something that is not part of the story: its clock goes on from where it was."""
        before = self.now
        yield
        self._clock.move_to(before)

    # The functions

    def invoke(self, function: str, handler: Handler, event: dict[str, Any]) -> Any:  # noqa: ANN401  # a handler's answer
        """Run a function once; None where it raised or died. Each function has its own process."""
        bootstrap.services.cache_clear()
        self._running = function
        self.before_invocation()
        try:
            with self.plan.running(function):
                return _with_room(handler, event)
        except Died:
            del self._processes[function]
            self.ended.append((function, "died"))
        except Exception as error:  # noqa: BLE001  # as Lambda does
            self.ended.append((function, f"{type(error).__name__}: {error}"))
        return None

    def scan(self) -> None:
        """Let the schedule fire."""
        self.invoke("scan_orders", scan_orders, {})

    def remind(self) -> None:
        """Let the hourly reminders run."""
        self.invoke("remind_buyers", remind_buyers, {})

    def give_back(self, order_number: str, *tickets: str) -> None:
        """A person gives an order's money back: types it until it is, after an hour `--again`."""
        for tries in range(10):
            again = tries > HOUR / PATIENCE
            wish = {"order_number": order_number, "tickets": tickets, "again": again}
            done = self.invoke("refund", give_back, wish)
            if done and done.refund.went_back:
                return
            self.wait(seconds=PATIENCE.total_seconds())

    def make_void(self, order_number: str, *tickets: str) -> None:
        """A person makes tickets void: types it until it is done."""
        asked = {"order_number": order_number, "tickets": tickets}
        self.type_until_done("void", make_void, asked)

    def reissue(self, ticket_id: str, holder: str | None = None) -> str:
        """A person issues a ticket anew: types it until it is done; return its number of now."""
        asked = {"ticket_id": ticket_id, "holder": holder}
        return self.type_until_done("reissue", reissue, asked).current_id

    def cancel(self) -> None:
        """A person cancels the event, and does what the command lists, until nothing is left."""
        for tries in range(10):
            done = self.invoke("cancel_event", cancel_it, {})
            if done and done.is_complete:
                return
            self.wait(seconds=PATIENCE.total_seconds())
            for problem in done.back.problems if done else ():
                again = tries > HOUR / PATIENCE
                wish = {"order_number": problem.order_number, "again": again, "tickets": ()}
                self.invoke("refund", give_back, wish)

    def cancel_once(self) -> None:
        """A person cancels the event, until they see the list of what is not done."""
        for _ in range(5):
            if self.invoke("cancel_event", cancel_it, {}):
                return
            self.wait(seconds=PATIENCE.total_seconds())

    def move(self) -> None:
        """A person moves the event to `NEW_TIMES`: types it until it is done."""
        self.type_until_done("move_event", move_it, {})

    def give_back_to_all_who_asked(self) -> None:
        """A person gives the money back to all who asked, and does what the command lists."""
        for _ in range(10):
            done = self.type_until_done("refund_requests", give_back_to_all_who_asked, {})
            for problem in done.problems:
                self.wait(seconds=PATIENCE.total_seconds())
                self.give_back(problem.order_number)
            if not done.problems:
                return

    def give_tickets(self, sku: str, count: int) -> str:
        """A person gives tickets: types it until it is done; return the order's number."""
        asked = {"sku": sku, "count": count}
        return self.type_until_done("give", give_tickets, asked).order.order_number

    def sell_at_door(self, sku: str, count: int, code: str) -> str:
        """A person records a sale: types it until it is done; return the order's number."""
        asked = {"sku": sku, "count": count, "code": code}
        return self.type_until_done("sell", sell_at_door, asked).order.order_number

    def type_until_done(
        self, name: str, command: Callable[[dict[str, Any], Context], T], asked: dict[str, Any]
    ) -> T:
        """Type a command again until it is done; a person has enough of it some day."""
        for _ in range(10):
            done: T | None = self.invoke(name, command, asked)
            if done is not None:
                return done
            self.wait(seconds=PATIENCE.total_seconds())
        raise AssertionError(f"{name} was never done")

    def audit(self) -> list[dict[str, Any]]:
        """Let the nightly audit run; return every rule it finds broken."""
        report = self.invoke("audit_orders", audit_orders, {})
        found: list[dict[str, Any]] = report["found"]
        return found

    def run_queues(self) -> None:
        """Let the functions take every message that is visible, until none is."""
        while self._run_once(self.verify_queue) or self._run_once(self.delivery_queue):
            pass

    def _run_once(self, queue: SqsQueue) -> bool:
        self._collect(queue)
        batch = [m for m in queue.messages if m.visible_at <= self.now][:10]
        if not batch:
            return False
        for message in batch:
            message.receives += 1
            message.visible_at = self.now + queue.visibility
        event = {"Records": [_record(str(at), m) for at, m in enumerate(batch)]}
        answer = self.invoke(queue.function, queue.handler, event)
        failed = _failed(answer, len(batch))
        for at, message in enumerate(batch):
            if at not in failed:
                queue.messages.remove(message)
            elif message.receives >= queue.most_receives:
                queue.messages.remove(message)
                queue.dead.append(message)
        return True

    def _collect(self, queue: SqsQueue) -> None:
        if queue.name not in self.unread:
            return
        self.unread.discard(queue.name)
        for body in self.world.messages(queue.name):
            text = json.dumps(body)
            queue.messages.extend(Message(text, self.now) for _ in range(self.copies()))
            queue.seen.append(text)

    def repeat_messages(self) -> None:
        """Deliver every message there ever was once more."""
        for queue in self.queues:
            queue.messages.extend(Message(body, self.now) for body in list(queue.seen))
        self.run_queues()

    def tick(self) -> None:
        """Five minutes later: the schedule, and what follows."""
        self.wait(seconds=TICK.total_seconds())
        self.scan()
        self.run_queues()

    def redeliver(self) -> None:
        """Go past every lease and visibility timeout, then let everything be tried again."""
        self.wait(seconds=PATIENCE.total_seconds())
        self.scan()
        self.run_queues()

    def process(self, configuration: Settings) -> bootstrap.Services:
        """Return what the running function's process has built, or begin a new one."""
        if self._running not in self._processes:
            self._processes[self._running] = _SERVICES(configuration)
        return self._processes[self._running]

    # From outside

    def http(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request of the shop's pages."""
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", **(headers or {})},
            "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
            "body": json.dumps(body) if body is not None else None,
            "isBase64Encoded": False,
        }
        answer = self.invoke("checkout_api", checkout_api, event)
        if answer is None:
            return Answer(0)
        text = answer.get("body") or ""
        return Answer(answer["statusCode"], json.loads(text) if text.startswith("{") else text)

    def phone_tickets(self, order_number: str, token: str) -> Answer:
        """Send the request for an order's tickets for a phone; the link is the answer's text."""
        path = f"/api/orders/{order_number}/phone-tickets"
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": f"token={token}",
            "headers": {},
            "queryStringParameters": {"token": token},
            "requestContext": {"http": {"method": "GET", "path": path}, "stage": "$default"},
            "isBase64Encoded": False,
        }
        answer = self.invoke("draw_phone_tickets", draw_phone_tickets, event)
        if answer is None:
            return Answer(0)
        return Answer(answer["statusCode"], answer["headers"].get("Location", ""))

    def webhook(self, checkout_id: str) -> int:
        """Send SumUp's notification; 0 where nobody answered."""
        body = json.dumps({"event_type": "CHECKOUT_STATUS_CHANGED", "id": checkout_id})
        answer = self.invoke("sumup_webhook", sumup_webhook, {"body": body})
        return answer["statusCode"] if answer else 0

    # What there is

    def order(self, order_number: str) -> dict[str, Any]:
        """Return an order's row, plainly."""
        return next(o for o in self.rows("OrdersTable") if o["order_number"] == order_number)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table, plainly."""
        return [_plain(item) for item in self.world.items(table)]

    def sent(self) -> list[EmailMessage]:
        """Return every mail SES has taken, in order."""
        taken = [c for c in self.world.wire.calls if c.operation == "SendEmail" and c.status == 200]
        raw = [base64.b64decode(call.body["Content"]["Raw"]["Data"]) for call in taken]
        return [message_from_bytes(data, policy=policy.default) for data in raw]

    def subjects(self) -> Counter[str]:
        """Return how often each subject was sent; folded ones are read with a space before them."""
        return Counter(str(mail["Subject"]).strip() for mail in self.sent())

    def available(self, sku: str = "general") -> int:
        """Return how many seats are on sale."""
        return next(int(r["available"]) for r in self.rows("TicketTypesTable") if r["sku"] == sku)

    def let_token_expire(self) -> None:
        """Make the organiser's access token an old one, here and at SumUp."""
        self.sumup.expire_token(self.merchant.access_token)
        row = OrganiserRow.get(ORGANISER)
        row.update([OrganiserRow.access_expires_at.set(self.now - timedelta(minutes=1))])


class Buyer:
    """A buyer with a browser: asks again, ever later, where there was no answer; keeps the key."""

    WAITS = (3, 6, 12, 24, 48, 60)
    """Seconds between tries, as the shop's pages wait."""
    CUSTOMER: Mapping[str, str] = {"name": "Jane Doe", "email": "jane@example.com"}

    def __init__(self, shop: Deployment, sku: str = "general", quantity: int = 2) -> None:
        self._shop, self._key = shop, secrets.token_hex(16)
        self._basket = {
            "event_id": an_event().event_id,
            "lines": [{"sku": sku, "quantity": quantity}],
            "customer": self.CUSTOMER,
        }
        self.order_number = ""
        self.token = ""
        self.pay_url: str | None = None
        self._checkout_ids: dict[str | None, str] = {}

    def order(self) -> None:
        """Press the button until the shop has answered."""
        placed = self._insist("POST", "/api/orders", self._basket, {"Idempotency-Key": self._key})
        assert placed.status == 201, placed
        self.order_number, self.token = placed.document["order_number"], placed.document["token"]
        self.pay_url = placed.document["pay_url"]

    def reach_payment_page(self) -> None:
        """Get to SumUp's page, by the order's page where the first way failed."""
        if not self.pay_url:
            self.try_again()

    def try_again(self) -> None:
        """Begin another attempt to pay."""
        begun = self._press("payments")
        assert begun.status == 200, begun
        self.pay_url = begun.document["pay_url"]

    def give_up(self) -> None:
        """Cancel the order."""
        done = self._press("give-up")
        assert (done.status, done.document["headline"]) == (200, "You cancelled this order")

    def _press(self, button: str) -> Answer:
        """Press a button on the order's page, as late as the page asks for."""
        path = f"/api/orders/{self.order_number}/{button}"
        for _ in range(PRESSES):
            answer = self._insist("POST", path, None, {"X-Order-Token": self.token})
            if answer.status != TOO_EARLY:
                break
            self._shop.wait(seconds=10)
        return answer

    def ask_for_the_mail_again(self) -> None:
        """Press "send again" until the shop has answered."""
        path = f"/api/orders/{self.order_number}/resend"
        asked = self._insist("POST", path, None, {"X-Order-Token": self.token})
        assert asked.status == 202, asked

    def change_address(self, email: str = "") -> None:
        """Give another address until the shop has answered."""
        path, wanted = f"/api/orders/{self.order_number}/email", email or self.new_address
        asked = self._insist("POST", path, {"email": wanted}, {"X-Order-Token": self.token})
        assert (asked.status, asked.document["customer"]["email"]) == (200, wanted), asked

    def ask_for_the_money(self) -> None:
        """Ask for the money back, because the event was moved, until the shop has answered."""
        asked = self._press("refund-request")
        assert (asked.status, asked.document["refund_offer"]["asked"]) == (200, True), asked

    @property
    def new_address(self) -> str:
        """An address that is not the buyer's, and has it in it."""
        return f"new.{self.CUSTOMER['email']}"

    def fetch_phone_tickets(self) -> None:
        """Ask for the tickets for a phone until the shop links to them."""
        for seconds in (0, *self.WAITS):
            self._shop.wait(seconds=seconds)
            answer = self._shop.phone_tickets(self.order_number, self.token)
            if answer.status not in {0, 409, 500, 503}:
                break
        assert answer.status == 302, answer
        key = f"tickets/5/{self.order_number}/{self.order_number}-A6.pdf"
        assert key in str(answer.document)
        assert key in self._shop.world.objects()

    @property
    def checkout_id(self) -> str:
        """Return the checkout of the page the buyer is on."""
        if self.pay_url not in self._checkout_ids:
            found = [c["id"] for c in self._shop.sumup.checkouts() if c["pay_url"] == self.pay_url]
            assert len(found) == 1, (self.pay_url, found)
            self._checkout_ids[self.pay_url] = str(found[0])
        return self._checkout_ids[self.pay_url]

    def pay(self, *, force: bool = False) -> None:
        """Pay on the page the buyer is on; `force` as money that comes late does."""
        self._shop.sumup.pay(self.checkout_id, force=force)

    def decline(self) -> None:
        """Be declined on the page the buyer is on."""
        self._shop.sumup.decline(self.checkout_id)

    def _insist(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Answer:
        answer = self._shop.http(method, path, body, headers)
        for seconds in self.WAITS:
            if answer.status not in {0, 409, 500, 503}:
                break
            self._shop.wait(seconds=seconds)
            answer = self._shop.http(method, path, body, headers)
        return answer


@contextmanager
def deployed(plan: Plan | None = None, options: Options | None = None) -> Iterator[Deployment]:
    """Deploy the shop with one connected organiser and one event on sale."""
    plan = plan or Plan()
    client_id, client_secret = SUMUP_APPLICATION.values()
    known_as = options or Options(client_id=client_id, client_secret=client_secret)
    with (
        pytest.MonkeyPatch.context() as patch,
        time_machine.travel(MORNING) as clock,
        a_world(patch) as world,
        answering(patch, known_as, plan.sumup) as sumup,
    ):
        patch.setenv("SUMUP_BASE_URL", BASE_URL)
        patch.setenv("STAGE", "local")
        # Some stories are about many orders of one buyer.
        patch.setenv("OPEN_ORDERS_PER_BUYER", "100")
        world.fill_in_the_application()
        world.verify_sender()
        merchant = sumup.create_merchant(
            MERCHANT, name="Jersey Live Ltd", currency="GBP", country="GB", sandbox=False
        )
        open_the_shop(world, merchant)
        bootstrap.services.cache_clear()
        shop = Deployment(world, sumup, clock, plan, merchant)
        _sleep_in_virtual_time(patch, shop)
        world.wire.watch = _watching(plan, shop)
        world.wire.forget()
        patch.setattr(bootstrap, "Services", shop.process)
        yield shop


def _with_room(handler: Handler, event: dict[str, Any]) -> Any:  # noqa: ANN401  # a handler's answer
    return handler(event, Context())


# CPython asks for 16 kB of stack at a time and gives them back at once. moto's calls go up and down
# over that border half a million times a day; a frame that needs more than a megabyte gets two.
_with_room.__code__ = _with_room.__code__.replace(co_stacksize=ROOM)


def _sleep_in_virtual_time(patch: pytest.MonkeyPatch, shop: Deployment) -> None:
    """Let those who wait by `time.sleep`, which they hold as a default, let the clock jump."""

    def pass_time(seconds: float) -> None:
        shop.wait(seconds=seconds)

    for sleeper in (Archive, OrganiserTokens, Pace, SumUp):
        made = sleeper.__init__
        by_place, by_name = made.__defaults__ or (), made.__kwdefaults__ or {}
        assert _SLEEP in (*by_place, *by_name.values()), sleeper
        awake = tuple(pass_time if value is _SLEEP else value for value in by_place)
        patch.setattr(made, "__defaults__", awake)
        named = {name: pass_time if v is _SLEEP else v for name, v in by_name.items()}
        patch.setattr(made, "__kwdefaults__", named)


def _watching(plan: Plan, shop: Deployment) -> Any:  # noqa: ANN401  # a `Watch`
    def watch(
        service: str,
        operation: str,
        request: AWSPreparedRequest,
        deliver: Callable[[], AWSResponse | None],
    ) -> AWSResponse | None:
        if service == "sqs":
            shop.unread = {queue.name for queue in shop.queues}
        return plan.aws(service, operation, request, deliver)

    return watch


def open_the_shop(world: World, merchant: IssuedTokens, capacity: int = CAPACITY) -> None:
    """Put one event of one connected organiser on sale."""
    event = an_event()
    EventRow(
        event.event_id,
        name=event.name,
        organiser_id=event.organiser_id,
        venue=event.venue,
        address=event.address,
        starts_at=event.starts_at,
        time_zone=event.time_zone,
        on_sale="yes",
    ).save()
    for sku, price in PRICES.items():
        TicketTypeRow(
            event.event_id,
            sku,
            name=sku.title(),
            price=price,
            currency="GBP",
            capacity=capacity,
            available=capacity,
        ).save()
    cipher = TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])
    OrganiserRow(
        ORGANISER,
        name="Jersey Live Ltd",
        merchant_code=MERCHANT,
        currency="GBP",
        connection="connected",
        access_token=cipher.sealer(ORGANISER)(merchant.access_token),
        access_expires_at=MORNING + timedelta(days=30),
        refresh_token=cipher.sealer(ORGANISER)(merchant.refresh_token),
        refresh_issued_at=MORNING,
    ).save()


def _properties(queue: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][queue]["Properties"]
    return found


def _record(message_id: str, message: Message) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": message_id,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-2:123456789012:queue",
        "awsRegion": "eu-west-2",
    }


def _failed(answer: Any, size: int) -> Sequence[int] | set[int]:  # noqa: ANN401  # a handler's answer
    if answer is None:
        return range(size)
    return {int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]}


def _plain(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: next(iter(value.values())) for name, value in item.items()}


__all__ = ["Buyer", "Deployment", "Fault", "Plan", "deployed"]
