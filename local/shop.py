"""A shop to play with: events, organisers and orders in the local stack, buyers at the simulator.

Everything is stored the way production stores it: encrypted tokens, seats taken with the order,
checkouts made through SumUp's API.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from local import aws
from local.places import Ports, aws_environment
from local.processes import step
from local.sumup.control import IssuedTokens, Simulator
from ticketing import bootstrap
from ticketing.adapters.aws.site_files import PictureFolder, SiteFiles
from ticketing.adapters.dynamodb.catalogue import Stock
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.mapping import MAIL_WORK
from ticketing.adapters.dynamodb.models import (
    EventRow,
    MailRow,
    OrganiserRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.signing import signer
from ticketing.bootstrap.sumup import sumup
from ticketing.events import import_file
from ticketing.events.event import Event
from ticketing.events.slug import slug_of
from ticketing.flows.import_events import ImportEvents
from ticketing.flows.publish_pages import PublishPages
from ticketing.money import Money
from ticketing.orders.basket import new_order_number
from ticketing.orders.order import Customer, Line, Order, OrderStatus, Work
from ticketing.organisers.organiser import Connection


@dataclass(frozen=True)
class Organiser:
    """Whose money it is; `rotation` is how SumUp treats their refresh token."""

    organiser_id: str
    name: str
    merchant_code: str
    rotation: str = "never"


LIVE = Organiser("jersey-live", "Jersey Live Ltd", "MCJLIVE1")
ARTS = Organiser("harbour-arts", "Harbour Arts Trust", "MCHARB01", rotation="strict")

EVENTS_FILE = Path(__file__).with_name("events.json")
CATALOGUE = EVENTS_FILE.read_bytes()
FESTIVAL, RECITAL = (listing.event for listing in import_file.read(CATALOGUE)[0])
EVENTS = {LIVE.organiser_id: FESTIVAL, ARTS.organiser_id: RECITAL}

GENERAL = Line("general", "General admission", 1, Decimal("25.00"))
CHILD = Line("child", "Child (under 12)", 1, Decimal("10.00"))


def sell(at: Ports) -> str:
    """Put the events of `events.json` on sale; return where they are, for a person."""
    Shop(at).open()
    return _where(at)


def prepare(at: Ports) -> str:
    """Open the sample shop unless there are events; return where they are, for a person.

    A simulator that forgot its merchants gets them again, and the organisers new tokens.
    """
    shop = Shop(at)
    if not shop.has_events:
        with step("open the sample shop: merchants, organisers, events, keys for doors"):
            shop.open()
    elif not shop.sumup.health()["merchants"]:
        with step("connect the organisers again"):
            shop.connect_all()
    return _where(at)


def _where(at: Ports) -> str:
    listings, _ = import_file.read(CATALOGUE)
    pages = [slug_of(x.event.name, x.event.event_id) for x in listings]
    keys = f"{at.site_url}/api/events/{FESTIVAL.event_id}/keys"
    return "\n".join(
        [
            f"On sale at {at.site_url}:",
            *(f"  {at.site_url}/e/{page}/" for page in pages),
            f"Keys of its tickets, for doors: {keys}",
            f'Its door: python -m ticketing doors add {FESTIVAL.event_id} --name "Gate A"',
        ]
    )


class Shop:
    """The local stack as its operators use it; one per process, since it sets the environment."""

    def __init__(self, at: Ports) -> None:
        self.at = at
        os.environ.update(aws.function_environment(at) | aws_environment(at))
        self.sumup = Simulator(at.sumup_url)
        self.services = bootstrap.services()
        self.tokens: dict[str, str] = {}

    @property
    def has_events(self) -> bool:
        """Whether anything was imported, by us or by a person."""
        return next(iter(EventRow.scan(limit=1)), None) is not None

    def open(self) -> None:
        """Put organisers, events and ticket types on sale."""
        self.connect_all()
        self._import()

    def connect_all(self) -> None:
        """Create the organisers' merchants, and connect them."""
        for organiser in (LIVE, ARTS):
            issued = self.sumup.create_merchant(
                organiser.merchant_code,
                name=organiser.name,
                currency="GBP",
                country="GB",
                sandbox=False,
                rotation=organiser.rotation,
            )
            self.connect(organiser, issued)

    def _import(self) -> None:
        stock = Stock(signer(self.services).public_keys)
        bucket = aws.outputs(self.at)["SiteBucket"]
        site, now = SiteFiles(aws.client("s3", self.at), bucket), datetime.now(UTC)
        pictures = PictureFolder(EVENTS_FILE.parent, site)
        imported = ImportEvents(OrganiserTable(), stock, pictures)(CATALOGUE, now)
        publish = PublishPages(EventTable(), OrganiserTable(), site, self.services.brand)
        publish(imported.event_ids, now)

    def connect(self, organiser: Organiser, issued: IssuedTokens) -> None:
        """Store an organiser with the tokens they granted us."""
        self.tokens[organiser.organiser_id] = issued.access_token
        cipher, now = self.services.cipher, datetime.now(UTC)
        OrganiserRow(
            organiser.organiser_id,
            name=organiser.name,
            merchant_code=organiser.merchant_code,
            currency="GBP",
            sandbox=False,
            connection=Connection.CONNECTED.value,
            access_token=cipher.sealer(organiser.organiser_id)(issued.access_token),
            access_expires_at=now + timedelta(seconds=issued.expires_in),
            refresh_token=cipher.sealer(organiser.organiser_id)(issued.refresh_token),
            refresh_issued_at=now,
            token_version=0,
        ).save()

    def let_token_expire(self, organiser: Organiser) -> None:
        """Let the organiser's access token expire, here and at SumUp."""
        self.sumup.expire_token(self.tokens[organiser.organiser_id])
        row = OrganiserRow.get(organiser.organiser_id)
        row.update(actions=[OrganiserRow.access_expires_at.set(datetime.now(UTC))])

    def order(
        self,
        name: str,
        *lines: Line,
        organiser: Organiser = LIVE,
        age: timedelta = timedelta(),
        checkout: bool = True,
        email: str | None = None,
    ) -> Order:
        """Place an order `age` ago, with its checkout at SumUp if `checkout`."""
        now = datetime.now(UTC)
        window = self.services.settings.payment_window
        order = new_order(name, lines or (GENERAL,), organiser, now - age, window, email)
        self.services.orders.place(order)
        if checkout:
            self._check_out(order, now)
        return self.services.orders.get(order.order_number)

    def tickets(self, order: Order) -> int:
        """Return how many tickets the order has."""
        return sum(1 for _ in TicketRow.batch_get(list(order.ticket_ids)))

    def mails_waiting(self) -> int:
        """Return how many mails of the outbox have not left yet."""
        return MailRow.work_index.count(MAIL_WORK)

    def seats_left(self, event: Event) -> int:
        """Return how many seats of all types are on sale."""
        return sum(int(row.available) for row in TicketTypeRow.query(event.event_id))

    def _check_out(self, order: Order, now: datetime) -> None:
        checkout = sumup(self.services).create_checkout(
            self.tokens[order.organiser_id],
            reference=order.checkout_reference,
            total=order.total,
            merchant_code=order.merchant_code,
            description=f"Order {order.order_number}",
            valid_until=max(order.deadline, now + timedelta(minutes=30)),
            return_url=None,
            redirect_url=self.services.brand.order_url(order.order_number),
        )
        self.services.orders.adopt(order, [checkout], now)


def new_order(
    name: str,
    lines: tuple[Line, ...],
    organiser: Organiser,
    created_at: datetime,
    payment_window: timedelta,
    email: str | None,
) -> Order:
    """Return a pending order with a number of its own."""
    number = new_order_number()
    total = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    return Order(
        order_number=number,
        status=OrderStatus.PENDING,
        created_at=created_at,
        deadline=created_at + payment_window,
        customer=Customer(name, email or f"{name.split(maxsplit=1)[0].lower()}@example.com"),
        lines=lines,
        total=Money(total, "GBP"),
        event_id=EVENTS[organiser.organiser_id].event_id,
        organiser_id=organiser.organiser_id,
        merchant_code=organiser.merchant_code,
        checkout_reference=f"{number}-1",
        status_reason="Not paid yet.",
        event_starts_at=EVENTS[organiser.organiser_id].starts_at,
        work=Work.OPEN,
        next_check_at=created_at,
    )
