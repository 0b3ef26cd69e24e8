"""The keys of the archive: made only from our own ids, never from anything a buyer typed."""

import re
from datetime import UTC, date, datetime
from hashlib import sha256

from ticketing.events.event import EVENT_ID
from ticketing.orders.order import Order
from ticketing.tickets.ticket import Paper

_ID = EVENT_ID.pattern
"""Order numbers and ticket ids have the form of event ids."""
ARCHIVE_KEY = re.compile(
    rf"tickets/{_ID}/{_ID}/{_ID}(?:\.[1-9][0-9]{{0,5}})?(?:\.v[1-9][0-9]?)?(?:\.r[1-9][0-9]?)?\.pdf"
    r"|logos/[a-z0-9-]{1,40}/[0-9a-f]{64}\.png"
    r"|reconciliation/[0-9]{4}-[0-9]{2}-[0-9]{2}/[a-z0-9-]{1,40}/[0-9]{8}T[0-9]{6}Z\.(?:csv|html)"
    rf"|mails/(?:{_ID}|alerts)/[A-Za-z0-9._-]{{1,120}}\.eml"
)
FOLDER = re.compile(rf"tickets/{_ID}/{_ID}/|mails/{_ID}/")
LONGEST_SLUG = 100
REPORTS = "reconciliation"
"""The prefix of reports for accounting, which are not kept for as long as tickets."""


def tickets_key(
    event_id: str,
    order_number: str,
    paper: Paper = Paper.A4,
    revision: int = 1,
    void: int = 0,
    reissues: int = 0,
) -> str:
    """Return where the tickets of an order are: `tickets/5/ORD-ABC123/ORD-ABC123.pdf`.

    For a phone, the order number is followed by `-A6`. Then come, as far as they apply, the
    revision of the event if it is a later one (`ORD-ABC123.2.pdf`), how many tickets are left out
    because they are void (`ORD-ABC123.v1.pdf`), and how often tickets were issued anew
    (`ORD-ABC123.r1.pdf`).
    """
    name = tickets_name(order_number, paper).removesuffix(".pdf")
    later = f".{revision}" if revision > 1 else ""
    fewer = f".v{void}" if void else ""
    anew = f".r{reissues}" if reissues else ""
    return checked(f"tickets/{event_id}/{order_number}/{name}{later}{fewer}{anew}.pdf")


def tickets_key_of(order: Order, paper: Paper, revision: int) -> str:
    """Return where an order's current tickets are, as drawn for a revision of its event."""
    void = len(order.void_tickets)
    return tickets_key(order.event_id, order.order_number, paper, revision, void, order.reissues)


def tickets_name(order_number: str, paper: Paper) -> str:
    """Return the name under which a browser saves the file."""
    return f"{order_number}{'' if paper is Paper.A4 else '-' + paper.upper()}.pdf"


def logo_key(organiser_id: str, png: bytes) -> str:
    """Return where a logo is: each picture has a key of its own, so none is ever overwritten."""
    return checked(f"logos/{organiser_id}/{sha256(png).hexdigest()}.png")


def mail_key(order_number: str | None, mail_id: str) -> str:
    """Return where a mail is: `mails/ORD-ABC123/<mail id>.eml`, or `mails/alerts/...`."""
    return checked(f"mails/{order_number or 'alerts'}/{slug(mail_id)}.eml")


def report_key(day: date, organiser_id: str, made_at: datetime, form: str) -> str:
    """Return where the report of a day is: each run keeps its own, with its time as the name."""
    made = made_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return checked(f"{REPORTS}/{day}/{organiser_id}/{made}.{form}")


def checked(key: str) -> str:
    """Return the key if it has the form of one of ours; raise `ValueError` otherwise."""
    if not ARCHIVE_KEY.fullmatch(key):
        raise ValueError(f"not an archive key: {key[:200]!r}")
    return key


def folders(event_id: str, order_number: str) -> tuple[str, str]:
    """Return the prefixes of everything that the archive keeps for an order."""
    return (
        checked_folder(f"tickets/{event_id}/{order_number}/"),
        checked_folder(f"mails/{order_number}/"),
    )


def checked_folder(prefix: str) -> str:
    """Return the prefix of an order's folder, or one of our keys; raise `ValueError` otherwise."""
    return prefix if FOLDER.fullmatch(prefix) else checked(prefix)


def slug(mail_id: str) -> str:
    """Spell a mail id for a key: `ORD-ABC123#confirmation#1` is `ORD-ABC123.confirmation.1`.

    Two ids never share a slug: an id that needs any other change gets a hash as its suffix.
    """
    readable = re.sub(r"[^A-Za-z0-9_.-]", "-", mail_id.replace("#", "."))[:LONGEST_SLUG]
    if readable and readable.replace(".", "#") == mail_id:
        return readable
    return f"{readable}-{sha256(mail_id.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
