"""What buyers, SumUp and time do, and what must have come of it when everything has settled.

Each story is told to a deployment some of whose calls break. It makes no difference to the end.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tests.faults.deployment import CAPACITY, MERCHANT, NEW_TIMES, PRICES, Buyer, Deployment
from tests.faults.door import Gate
from tests.support.builders import an_event
from ticketing.doors.device import Role
from ticketing.emails.mail import MailKind

TICKETS = "Your tickets for Jersey Live: Summer Sounds - Order {order}"
AGAIN = "Once more: your tickets for Jersey Live: Summer Sounds - Order {order}"
LOOKING = "We are looking at your payment for Jersey Live: Summer Sounds - Order {order}"
BACK = "Your refund for Jersey Live: Summer Sounds - Order {order}"
CREATED, PAYMENTS = 201, 4
MOVED = "New time: Jersey Live: Summer Sounds - Order {order}"
CANCELLED = "Cancelled: Jersey Live: Summer Sounds - Order {order}"
SOME_VOID = "Some of your tickets for Jersey Live: Summer Sounds are void - Order {order}"
ALL_VOID = "Your tickets for Jersey Live: Summer Sounds are void - Order {order}"
ANEW = "A new ticket for Jersey Live: Summer Sounds - Order {order}"
FRIEND = "Ben Vibert"
CLOSED = "[JerseyEvents Alert] Order Failed - Order {order}"
SEE_YOU = "See you soon: Jersey Live: Summer Sounds - Order {order}"
CHANGED = "Your email address was changed - Order {order}"
FAILED = "Your payment for Jersey Live: Summer Sounds did not go through - Order {order}"


@dataclass(frozen=True)
class Ending:
    """How an order ends: its status, its tickets, the seats left, and each mail exactly once.

    `void` says how many tickets open no door, `refunds` how often SumUp was asked to give money
    back, if that is the same each time. `besides` finds what is wrong with everything else.
    `perhaps` are mails that come once or, where nobody looked in time, not at all.
    """

    status: str
    tickets: int = 0
    left: int = CAPACITY
    mails: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    void: int = 0
    refunds: int | None = 0
    besides: Callable[[Deployment], list[str]] = lambda _: []


@dataclass(frozen=True)
class Story:
    """A name, what happens, and how it ends.

    `in_any_order`: it ends so even where the functions do nothing until it has been told. `breaks`
    names the only functions whose calls break first, where the others are those of other stories.
    """

    name: str
    tell: Callable[[Deployment], Buyer]
    ending: Ending
    sku: str = "general"
    in_any_order: bool = False
    breaks: tuple[str, ...] = ()


def told_by_webhook(shop: Deployment) -> Buyer:
    """Pay at once; SumUp's notification comes, as often as it takes."""
    buyer = _at_the_payment_page(shop)
    buyer.pay()
    _notify(shop, buyer)
    shop.run_queues()
    return buyer


def found_by_the_scan(shop: Deployment) -> Buyer:
    """Pay at once; no notification comes, and the organiser's token has run out meanwhile."""
    buyer = _at_the_payment_page(shop)
    buyer.pay()
    shop.let_token_expire()
    shop.tick()
    return buyer


def never_paid(shop: Deployment) -> Buyer:
    """Leave the payment page and never come back."""
    buyer = _at_the_payment_page(shop)
    _past_the_deadline(shop)
    return buyer


def given_up(shop: Deployment) -> Buyer:
    """Leave the payment page and cancel the order."""
    buyer = _at_the_payment_page(shop)
    buyer.give_up()
    shop.wait(hours=2)
    shop.tick()
    return buyer


def declined_and_left(shop: Deployment) -> Buyer:
    """Be declined, hear of it, and never come back."""
    buyer = _at_the_payment_page(shop)
    buyer.decline()
    shop.tick()
    _until(shop, buyer, payment_status="FAILED")
    _past_the_deadline(shop)
    return buyer


def declined_then_paid(shop: Deployment) -> Buyer:
    """Be declined, hear of it, begin again with another checkout, and pay."""
    buyer = _at_the_payment_page(shop)
    buyer.decline()
    shop.tick()
    buyer.try_again()
    buyer.pay()
    shop.tick()
    return buyer


def paid_after_closing(shop: Deployment) -> Buyer:
    """Pay by a slow way: the money comes when the order is closed and its seats are on sale."""
    buyer = _at_the_payment_page(shop)
    _past_the_deadline(shop)
    buyer.pay(force=True)
    shop.wait(hours=1)
    shop.tick()
    return buyer


def paid_after_the_seats_went(shop: Deployment) -> Buyer:
    """Pay so late that somebody else has the seats."""
    buyer = _at_the_payment_page(shop)
    _past_the_deadline(shop)
    _until(shop, buyer, status="expired")
    others = Buyer(shop, quantity=CAPACITY - 1)
    others.order()
    others.reach_payment_page()
    others.pay()
    shop.tick()
    buyer.pay(force=True)
    shop.wait(hours=1)
    shop.tick()
    return buyer


def paid_another_amount(shop: Deployment) -> Buyer:
    """Pay, but SumUp tells of another amount than was agreed."""
    buyer = _at_the_payment_page(shop)
    buyer.pay()
    shop.sumup.tamper(buyer.checkout_id, amount=Decimal("29.99"))
    shop.tick()
    return buyer


def nothing_to_pay(shop: Deployment) -> Buyer:
    """Order tickets that cost nothing."""
    buyer = Buyer(shop, "free")
    buyer.order()
    shop.run_queues()
    return buyer


def given_by_the_organiser(shop: Deployment) -> Buyer:
    """Get complimentary tickets; the operator types the command twice."""
    buyer = Buyer(shop)
    buyer.order_number = shop.give_tickets("general", 2)
    shop.run_queues()
    assert shop.give_tickets("general", 2) == buyer.order_number
    shop.run_queues()
    return buyer


def sold_at_the_door(shop: Deployment) -> Buyer:
    """Pay at the organiser's terminal; the operator types the command twice."""
    buyer = Buyer(shop)
    taken = shop.sumup.sell(MERCHANT, PRICES["general"] * 2)
    code = str(taken["transaction_code"])
    buyer.order_number = shop.sell_at_door("general", 2, code)
    shop.run_queues()
    assert shop.sell_at_door("general", 2, code) == buyer.order_number
    shop.run_queues()
    return buyer


def mail_lost_by_its_buyer(shop: Deployment) -> Buyer:
    """Have the tickets, and have them sent once more."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, delivery="delivered")
    buyer.ask_for_the_mail_again()
    shop.run_queues()
    return buyer


def address_mistyped(shop: Deployment) -> Buyer:
    """Have the tickets sent to an address that is somebody else's, and correct it."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, delivery="delivered")
    buyer.change_address()
    shop.run_queues()
    return buyer


def tickets_for_a_phone(shop: Deployment) -> Buyer:
    """Have the tickets, and fetch them for a phone, twice."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, delivery="delivered")
    buyer.fetch_phone_tickets()
    buyer.fetch_phone_tickets()
    return buyer


def reminded_the_day_before(shop: Deployment) -> Buyer:
    """Have the tickets, and be reminded of them; the run comes every hour."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, delivery="delivered")
    shop.wait_until(an_event().starts_at - timedelta(hours=28))
    for _ in range(3):
        shop.wait(hours=1)
        shop.remind()
    shop.tick()
    return buyer


def bought_and_given_back(shop: Deployment) -> Buyer:
    """Have the tickets, fall ill, and get the money back."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, status="completed")
    shop.give_back(buyer.order_number)
    shop.run_queues()
    return buyer


def one_ticket_given_back(shop: Deployment) -> Buyer:
    """Have two tickets, come alone, and get the money for the other one back."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, status="completed")
    shop.give_back(buyer.order_number, f"{buyer.order_number}-02")
    shop.run_queues()
    return buyer


def given_back_ticket_by_ticket(shop: Deployment) -> Buyer:
    """Get the money for one ticket back, and then the rest."""
    buyer = one_ticket_given_back(shop)
    shop.give_back(buyer.order_number)
    shop.run_queues()
    return buyer


def made_void(shop: Deployment) -> Buyer:
    """Have free tickets, and have an operator take one and then the other away."""
    buyer = nothing_to_pay(shop)
    _until(shop, buyer, status="completed")
    for position in (2, 1):
        shop.make_void(buyer.order_number, f"{buyer.order_number}-0{position}")
        shop.run_queues()
    return buyer


def code_shared(shop: Deployment) -> Buyer:
    """Have two tickets, show the code of one in a photo, and then lose the new one as well."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, status="completed")
    first = f"{buyer.order_number}-02"
    for ticket_id in (first, f"{first}-R1"):
        shop.reissue(ticket_id)
        shop.run_queues()
    assert shop.reissue(first) == f"{first}-R2"
    return buyer


def passed_on_and_given_back(shop: Deployment) -> Buyer:
    """Pass a ticket on to a friend, who falls ill: its money goes back."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, status="completed")
    anew = shop.reissue(f"{buyer.order_number}-01", FRIEND)
    shop.run_queues()
    shop.give_back(buyer.order_number, anew)
    shop.run_queues()
    return buyer


def _one_replaced_after_another(shop: Deployment) -> list[str]:
    """Return what is wrong with tickets that were issued anew: each replaced once, by the next."""
    rows = {str(row["ticket_id"]): row for row in shop.rows("TicketsTable")}
    replaced = {i: row for i, row in rows.items() if row.get("void_reason") == "reissued"}
    wrong = [
        f"{i} is replaced by {row.get('replaced_by')}"
        for i, row in replaced.items()
        if rows.get(str(row.get("replaced_by")), {}).get("replaces") != i
    ]
    transferred = {i for i, row in rows.items() if row["holder"] == FRIEND}
    wrong += [f"{i} is not transferred" for i in transferred if not rows[i].get("transferred")]
    wrong += [] if replaced else ["no ticket is replaced"]
    codes = Counter(str(row["qr_text"]) for row in rows.values())
    return wrong + [f"{many} tickets have one code" for many in codes.values() if many > 1]


def paid_another_amount_and_given_back(shop: Deployment) -> Buyer:
    """Pay what SumUp tells of wrongly; the person who looks at it gives the money back."""
    buyer = paid_another_amount(shop)
    _until(shop, buyer, status="requires_manual_review")
    shop.give_back(buyer.order_number)
    shop.run_queues()
    return buyer


def event_cancelled(shop: Deployment) -> Buyer:
    """Have the tickets when the event is cancelled; others have paid, not yet, too late, wrongly.

    SumUp refuses one of the refunds until the next day.
    """
    buyer, free = told_by_webhook(shop), Buyer(shop, "free")
    free.order()
    refused, held, late, left = (_at_the_payment_page(shop) for _ in range(4))
    refused.pay()
    held.pay()
    shop.sumup.tamper(held.checkout_id, amount=Decimal("29.99"))
    shop.tick()
    for one, status in ((buyer, "completed"), (free, "completed"), (refused, "completed")):
        _until(shop, one, status=status)
    _until(shop, held, status="requires_manual_review")
    (paid,) = shop.sumup.checkout(refused.checkout_id)["transactions"]
    shop.sumup.add_fault("status", path=f"{paid['id']}/refunds", times=None, status=409)
    shop.cancel_once()
    shop.sumup.clear_faults()
    shop.cancel()
    late.pay(force=True)
    shop.wait(hours=1)
    shop.tick()
    _until(shop, late, status="requires_manual_review")
    shop.cancel()
    shop.run_queues()
    del left
    return buyer


def _all_settled(shop: Deployment) -> list[str]:
    """Return what is wrong with the orders of the cancelled event: told once, paid back once."""
    wrong = []
    rows = {row["order_number"]: row for row in shop.rows("OrdersTable")}
    mails = Counter(
        mail["order_number"]
        for mail in shop.rows("MailsTable")
        if mail["kind"] == MailKind.EVENT_CANCELLED
    )
    for number, row in rows.items():
        if mails[number] != 1:
            wrong.append(f"the buyer of {number} was told {mails[number]} times")
        if row["status"] in {"pending_verification", "requires_manual_review"}:
            wrong.append(f"{number} is {row['status']}")
    taken = {
        payment["id"]
        for checkout in shop.sumup.checkouts()
        for payment in checkout["transactions"]
        if payment["status"] == "SUCCESSFUL"
    }
    given = Counter(
        asked["path"].split("/")[-2]
        for asked in shop.sumup.requests("POST", "/refunds")
        if asked["status"] == CREATED
    )
    if given != Counter(taken) or len(taken) != PAYMENTS:
        wrong.append(f"of the payments {sorted(taken)} went back {dict(given)}")
    return wrong


def event_moved(shop: Deployment) -> Buyer:
    """Have the tickets when the event is moved, and ask for the money back, twice.

    Another has tickets and keeps them, and the money of a third one comes later.
    """
    buyer, content = told_by_webhook(shop), told_by_webhook(shop)
    for one in (buyer, content):
        _until(shop, one, delivery="delivered")
    paying = _at_the_payment_page(shop)
    shop.move()
    shop.tick()
    for _ in range(2):
        buyer.ask_for_the_money()
    shop.give_back_to_all_who_asked()
    paying.pay(force=True)
    shop.wait(hours=1)
    shop.tick()
    shop.move()
    return buyer


def let_in_at_the_door(shop: Deployment) -> Buyer:
    """Have two tickets scanned: one twice, undone, and once more; the other without a network."""
    buyer = told_by_webhook(shop)
    _until(shop, buyer, delivery="delivered")
    gate, office = Gate(shop, "Gate A", Role.STEWARD), Gate(shop, "Office", Role.SUPERVISOR)
    listed = sorted(ticket_id for ticket_id, *_ in gate.prepare())
    one, two = sorted(shop.rows("TicketsTable"), key=lambda row: str(row["ticket_id"]))
    assert listed == [one["ticket_id"], two["ticket_id"]]
    heard = [gate.admit(one["qr_text"])]
    admitted = gate.last
    heard += [gate.admit(one["qr_text"]), office.admit("", action="undo", refers_to=admitted)]
    heard += [gate.admit(one["qr_text"]), gate.admit(two["qr_text"], said="admitted", count=1)]
    assert heard == ["admitted", "already", "undone", "admitted", "admitted"], heard
    return buyer


def _all_are_in(shop: Deployment) -> list[str]:
    """Return what is wrong with the log: each scan is in it once, and both tickets are used."""
    scans = [r["verdict"] for r in shop.rows("AdmissionsTable") if not r["scan_id"].startswith("~")]
    left = [row.get("left") for row in shop.rows("TicketsTable")]
    wrong = [] if len(scans) == 5 else [f"the log has {scans}"]  # as told above
    return wrong + ([] if left == ["0", "0"] else [f"the tickets have {left} places left"])


def _all_know(shop: Deployment) -> list[str]:
    """Return what is wrong with the orders of the moved event: told once, or with the tickets."""
    wrong = []
    told = Counter(
        mail["order_number"]
        for mail in shop.rows("MailsTable")
        if mail["kind"] == MailKind.EVENT_CHANGED
    )
    *first, last = sorted(shop.rows("OrdersTable"), key=lambda row: str(row["created_at"]))
    if told != {row["order_number"]: 1 for row in first}:
        wrong.append(f"of the change were told {dict(told)}")
    if last["status"] != "completed":
        wrong.append(f"the order that was paid later is {last['status']}")
    starts = {datetime.fromisoformat(row["event_starts_at"]) for row in (*first, last)}
    if starts != {NEW_TIMES.starts_at}:
        wrong.append(f"by its orders the event begins {starts}")
    return wrong


def _until(shop: Deployment, buyer: Buyer, **facts: str) -> None:
    """Let everything be tried again until the order says so."""
    for _ in range(8):
        if facts.items() <= shop.order(buyer.order_number).items():
            return
        shop.redeliver()


def _at_the_payment_page(shop: Deployment) -> Buyer:
    buyer = Buyer(shop)
    buyer.order()
    buyer.reach_payment_page()
    return buyer


def _notify(shop: Deployment, buyer: Buyer) -> None:
    """SumUp calls after 0, 1 and 5 minutes while it is not answered."""
    for minutes in (0, 1, 5):
        shop.wait(minutes=minutes)
        if shop.webhook(buyer.checkout_id) == 204:
            return


def _past_the_deadline(shop: Deployment) -> None:
    shop.wait(hours=1, minutes=56)
    shop.tick()
    shop.tick()


BOUGHT = Ending("completed", tickets=2, left=CAPACITY - 2, mails=(TICKETS,))
REVIEW = "[JerseyEvents CRITICAL] {title} - Order {{order}}"

STORIES = (
    Story("told by webhook", told_by_webhook, BOUGHT, in_any_order=True),
    Story("found by the scan", found_by_the_scan, BOUGHT, in_any_order=True),
    Story("never paid", never_paid, Ending("expired"), in_any_order=True),
    Story("given up", given_up, Ending("expired")),
    Story("declined and left", declined_and_left, Ending("failed", mails=(FAILED, CLOSED))),
    Story(
        "declined then paid",
        declined_then_paid,
        Ending("completed", tickets=2, left=CAPACITY - 2, mails=(TICKETS,), perhaps=(FAILED,)),
    ),
    Story(
        "paid after closing",
        paid_after_closing,
        Ending("completed", tickets=2, left=CAPACITY - 2, mails=(TICKETS,)),
    ),
    Story(
        "paid after the seats went",
        paid_after_the_seats_went,
        Ending(
            "requires_manual_review",
            left=1,
            mails=(REVIEW.format(title="Late Payment Without Seats"), LOOKING),
        ),
    ),
    Story(
        "paid another amount",
        paid_another_amount,
        Ending(
            "requires_manual_review",
            left=CAPACITY - 2,
            mails=(REVIEW.format(title="Amount Mismatch"), LOOKING),
        ),
        in_any_order=True,
    ),
    Story("nothing to pay", nothing_to_pay, BOUGHT, sku="free", in_any_order=True),
    Story("given by the organiser", given_by_the_organiser, BOUGHT, in_any_order=True),
    Story("sold at the door", sold_at_the_door, BOUGHT),
    Story(
        "mail lost by its buyer",
        mail_lost_by_its_buyer,
        Ending("completed", tickets=2, left=CAPACITY - 2, mails=(TICKETS, AGAIN)),
    ),
    Story(
        "address mistyped",
        address_mistyped,
        Ending("completed", tickets=2, left=CAPACITY - 2, mails=(TICKETS, CHANGED, TICKETS)),
    ),
    Story("tickets for a phone", tickets_for_a_phone, BOUGHT),
    Story(
        "reminded the day before",
        reminded_the_day_before,
        Ending("completed", tickets=2, left=CAPACITY - 2, mails=(TICKETS, SEE_YOU)),
    ),
    Story(
        "bought and given back",
        bought_and_given_back,
        Ending("completed", tickets=2, mails=(BACK,), perhaps=(TICKETS,), void=2, refunds=1),
    ),
    Story(
        "one ticket given back",
        one_ticket_given_back,
        Ending(
            "completed",
            tickets=2,
            left=CAPACITY - 1,
            mails=(TICKETS, BACK, AGAIN),
            void=1,
            refunds=1,
        ),
    ),
    Story(
        "given back ticket by ticket",
        given_back_ticket_by_ticket,
        Ending(
            "completed", tickets=2, mails=(BACK, BACK), perhaps=(TICKETS, AGAIN), void=2, refunds=2
        ),
    ),
    Story(
        "made void",
        made_void,
        Ending(
            "completed", tickets=2, mails=(ALL_VOID,), perhaps=(TICKETS, SOME_VOID, AGAIN), void=2
        ),
        sku="free",
    ),
    Story(
        "code shared",
        code_shared,
        Ending(
            "completed",
            tickets=4,
            left=CAPACITY - 2,
            mails=(TICKETS, ANEW, ANEW),
            void=2,
            besides=_one_replaced_after_another,
        ),
    ),
    Story(
        "passed on and given back",
        passed_on_and_given_back,
        Ending(
            "completed",
            tickets=3,
            left=CAPACITY - 1,
            mails=(TICKETS, BACK, AGAIN),
            perhaps=(ANEW, AGAIN),
            void=2,
            refunds=1,
            besides=_one_replaced_after_another,
        ),
        breaks=("reissue", "refund"),
    ),
    Story(
        "event cancelled",
        event_cancelled,
        Ending(
            "completed",
            tickets=2,
            mails=(CANCELLED, BACK),
            perhaps=(TICKETS,),
            void=2,
            refunds=None,
            besides=_all_settled,
        ),
        breaks=("cancel_event",),
    ),
    Story(
        "event moved",
        event_moved,
        Ending(
            "completed",
            tickets=2,
            left=CAPACITY - 4,
            mails=(TICKETS, MOVED, BACK),
            void=2,
            refunds=1,
            besides=_all_know,
        ),
        breaks=("move_event", "refund_requests"),
    ),
    Story(
        "let in at the door",
        let_in_at_the_door,
        Ending("completed", tickets=2, left=CAPACITY - 2, mails=(TICKETS,), besides=_all_are_in),
        breaks=("add_door", "check_in"),
    ),
    Story(
        "paid another amount and given back",
        paid_another_amount_and_given_back,
        Ending(
            "failed",
            mails=(REVIEW.format(title="Amount Mismatch"), LOOKING, BACK),
            refunds=1,
        ),
    ),
)
BY_NAME: Mapping[str, Story] = {story.name: story for story in STORIES}
