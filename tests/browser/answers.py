"""What the API may answer, as documents: events, orders in every state, refusals."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from ticketing.tickets import qr_image
from ticketing.web import status_texts

Json = dict[str, Any]

NUMBER = "ORD-K7WQ3D"
TOKEN = "kT3fV0Yq2mJ8sXw1bNz5Pg"
ORDER_PATH = f"/api/orders/{NUMBER}"
STATE_PATH = f"{ORDER_PATH}/state"
CODE = "a1780344000ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def money(amount: str) -> Json:
    return {"amount": amount, "currency": "GBP", "text": f"£{amount}"}


def in_minutes(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


FESTIVAL: Json = {
    "event_id": "5",
    "name": "Jersey Live: Summer Sounds",
    "venue": "Howard Davis Park",
    "address": "La Route de Saint-Clément, St Saviour, Jersey JE2 7LG",
    "starts_at": "2027-07-17T18:30:00+01:00",
    "starts_text": "Saturday 17 July 2027, 18:30 BST",
    "time_zone": "Europe/Jersey",
    "url": "/event/?id=5",
    "from_price": money("10.00"),
    "sale": "on_sale",
}
RECITAL: Json = {
    **FESTIVAL,
    "event_id": "6",
    "url": "/event/?id=6",
    "name": "Élodie Marchand plays Debussy",
    "venue": "Harbour Hall",
    "address": "Quai de l'Avant-Port, 35400 Saint-Malo, France",
    "starts_at": "2027-05-08T20:00:00+02:00",
    "starts_text": "Saturday 8 May 2027, 20:00 CEST",
    "from_price": money("25.00"),
    "sale": "sold_out",
}
TALK: Json = {
    **FESTIVAL,
    "event_id": "7",
    "url": "/event/?id=7",
    "name": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch and other long names",
    "venue": "Parish Hall",
    "starts_at": "2027-11-02T12:00:00+00:00",
    "starts_text": "Tuesday 2 November 2027, 12:00 GMT",
    "from_price": money("0.00"),
}


def _block(kind: str, *spans: Json) -> Json:
    return {"kind": kind, "spans": [{"style": "plain", "url": "", **span} for span in spans]}


def picture(alt: str, *types: str) -> Json:
    """A picture in two widths; `FakeShop` draws whatever size its address asks for."""
    sizes = ((480, 270), (960, 540))
    return {
        "alt": alt,
        "sources": [
            {
                "url": f"/pictures/{width}x{height}.{kind}",
                "width": width,
                "height": height,
                "type": f"image/{kind}",
            }
            for kind in types or ("webp", "jpeg")
            for width, height in sizes
        ],
    }


PICTURED: Json = {**FESTIVAL, "picture": picture("A stage between trees in the evening sun")}
TYPES: list[Json] = [
    {
        "sku": "general",
        "name": "General admission",
        "price": money("25.00"),
        "available": 214,
        "max_per_order": 10,
    },
    {
        "sku": "child",
        "name": "Child (under 12)",
        "price": money("10.00"),
        "available": 4,
        "max_per_order": 10,
    },
    {
        "sku": "patron",
        "name": "Patron: front rows, with a drink and a programme",
        "price": money("125.50"),
        "available": 0,
        "max_per_order": 4,
    },
]


ABOUT: Json = {
    "other_times_text": "doors 17:30, until 23:00",
    "organiser": "Jersey Live Ltd",
    "contact": "hello@example.com",
    "description": [
        _block(
            "paragraph",
            {"text": "Three bands play as the sun goes down over "},
            {"text": "the park", "style": "strong"},
            {"text": "."},
        ),
        _block("heading", {"text": "Who plays"}),
        _block("item", {"text": "The Tide Tables"}),
        _block("item", {"text": "Low Water, from St Malo"}),
        _block(
            "paragraph",
            {"text": "More on "},
            {"text": "their page", "url": "https://example.com/bands"},
            {"text": "."},
        ),
        _block("paragraph", {"text": "Picnics are welcome."}),
    ],
    "age": "All ages; under 14 with an adult.",
    "access": "Step-free from the south gate. A companion comes free: write to us.",
    "map_url": "https://www.openstreetmap.org/?mlat=49.18&mlon=-2.09",
    "terms": "No re-entry after 21:00. No glass.",
    "refunds": "In full until a week before the event.",
    "consent": True,
}
"""What an organiser may say of an event; terms that its buyers must agree to are among it."""


def event(**available: int) -> Json:
    """The festival with its ticket types; `child=1` says what is left of one."""
    types = deepcopy(TYPES)
    for kind in types:
        kind["available"] = available.get(kind["sku"], kind["available"])
        kind["sale"] = "on_sale" if kind["available"] else "sold_out"
    sale = "on_sale" if any(kind["available"] for kind in types) else "sold_out"
    return {**FESTIVAL, "ticket_types": types, "sale": sale, "hold_minutes": 120}


WORDS = {
    status.value: (text.headline, text.text) for status, text in status_texts.STATUS_TEXTS.items()
}
"""What the API says in each state, taken from the API itself."""


def order(status: str = "paying", **changes: Any) -> Json:  # noqa: ANN401  # any field of the document
    headline, text = WORDS[status]
    done = status == "completed"
    return {
        "order_number": NUMBER,
        "status": status,
        "headline": headline,
        "text": text,
        "pay_again": status in {"paying", "declined"},
        "given_up": False,
        "widget": None,
        "deadline": in_minutes(96),
        "deadline_text": "Monday 1 March 2027, 15:00 GMT",
        "event": FESTIVAL,
        "lines": [
            {
                "sku": "general",
                "name": "General admission",
                "quantity": 2,
                "price": money("25.00"),
                "total": money("50.00"),
            },
            {
                "sku": "child",
                "name": "Child (under 12)",
                "quantity": 1,
                "price": money("10.00"),
                "total": money("10.00"),
            },
        ],
        "total": money("60.00"),
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com", "language": "en"},
        "tickets": 3 if done else 0,
        "codes_url": f"{ORDER_PATH}/tickets/codes" if done else None,
        "tickets_url": f"{ORDER_PATH}/tickets" if done else None,
        "phone_tickets_url": f"{ORDER_PATH}/phone-tickets" if done else None,
        "calendar_url": f"{ORDER_PATH}/calendar" if done else None,
        "mail": "sent" if done else "none",
        "refund_offer": None,
        "support": "support@example.com",
        "next_poll_seconds": 0 if done or status in {"expired", "failed"} else 1,
        **changes,
    }


def codes(**changes: Any) -> Json:  # noqa: ANN401  # any field of a ticket
    """The tickets of the order, with their codes."""
    names = ("General admission", "General admission", "Child (under 12)")
    return {"tickets": [_ticket(n, name) | changes for n, name in enumerate(names, 1)]}


def _ticket(running: int, name: str) -> Json:
    ticket_id = f"{NUMBER}-{running:02d}"
    text = f"TICKET:{ticket_id}|ORDER:{NUMBER}|EVENT:5|VALID:A{'Q7W3R5T2' * 12}ABCDEFG"
    code = {"side": qr_image.side(text), "path": qr_image.svg_path(text)}
    return {
        "ticket_id": ticket_id,
        "name": name,
        "holder": "Ada Lovelace",
        "text": text,
        "code": code,
    }


def state(status: str = "paying", **changes: Any) -> Json:  # noqa: ANN401  # any field of the document
    """How an order stands, as who has only its return code may know."""
    words = status_texts.RETURN_TEXTS.get(status_texts.BuyerStatus(status))
    headline, text = (words.headline, words.text) if words else WORDS[status]
    return {
        "status": status,
        "headline": headline,
        "text": text,
        "support": "support@example.com",
        "next_poll_seconds": 1,
        **changes,
    }


def placed(pay_url: str | None, status: str = "paying", widget: Json | None = None) -> Json:
    return {
        "order_number": NUMBER,
        "token": TOKEN,
        "status": status,
        "pay_url": pay_url,
        "widget": widget,
        "deadline": in_minutes(96),
        "total": money("60.00"),
    }


def refusal(status: int, title: str, detail: str = "", **errors: str) -> Json:
    """A problem document; `errors` are fields, written `lines__0` for `lines.0`."""
    fields = [
        {"field": name.replace("__", "."), "reason": reason} for name, reason in errors.items()
    ]
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or title,
        **({"errors": fields} if fields else {}),
    }
