"""What a scanner takes with it: the files, their checksums, and how large they are."""

import gzip
import json
import random
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from typing import Any

from tests.support.builders import NOW, a_signer, a_ticket_type, an_order, tickets_for
from ticketing.reports.door_pack import KEYS, LIST, SUMS, VOID, packed
from ticketing.tickets.qr import verify
from ticketing.tickets.ticket import Ticket, TicketStatus

LARGEST = 1_000_000
"""Bytes that 20,000 tickets may take once they are gzipped."""
FIRST = [
    "Anne",
    "Beatrice",
    "Cäcilie",
    "Dévi",
    "Edmund",
    "Françoise",
    "Gwenaëlle",
    "Harold",
    "Ingrid",
    "João",
]
LAST = [
    "Le Feuvre",
    "de Gruchy",
    "Nguyễn",
    "O'Brien",
    "Smith-Jones",
    "Vautier",
    "Żółkowski",
    "Pallot",
]


def files_of(tickets: tuple[Ticket, ...], *, names: bool = False) -> dict[str, bytes]:
    keys = a_signer().public_keys("5")
    return packed("5", keys, [a_ticket_type()], tickets, NOW, names=names)


def many(count: int) -> tuple[Ticket, ...]:
    """Return tickets of a full house, as random as real ones: four to an order, 2 % void."""
    chance = random.Random(20)
    (model, *_) = tickets_for(an_order())
    made = []
    for number in range(count // 4):
        order = "ORD-" + "".join(chance.choices("23456789ABCDEFGHJKMNPQRSTUVWXYZ", k=6))
        holder = f"{chance.choice(FIRST)} {chance.choice(LAST)} {number}"
        for seat in range(1, 5):
            is_void = chance.random() < 0.02
            made.append(
                replace(
                    model,
                    ticket_id=f"{order}-{seat:02}",
                    order_number=order,
                    sku=chance.choice(["general", "child", "vip"]),
                    holder=holder,
                    status=TicketStatus.VOID if is_void else TicketStatus.VALID,
                )
            )
    return tuple(made)


def test_twenty_thousand_tickets_fit_a_megabyte_and_every_one_is_there() -> None:
    tickets = many(20_000)

    for names in (False, True):
        files = files_of(tickets, names=names)
        listed: list[list[Any]] = json.loads(files[LIST])["tickets"]
        assert len(listed) == 20_000
        size = sum(len(gzip.compress(content, mtime=0)) for content in files.values())
        assert size <= LARGEST
        by_id = {one[0]: one[1:] for one in listed}
        for ticket in tickets:
            state = "x" if ticket.status is TicketStatus.VOID else "v"
            holder = [ticket.holder] if names else []
            assert by_id[ticket.ticket_id] == [ticket.sku, ticket.admits, state, *holder]
        void = [t.ticket_id for t in tickets if t.status is TicketStatus.VOID]
        assert files[VOID].decode().split() == sorted(void)


def test_the_checksums_are_those_of_the_files() -> None:
    files = files_of(tickets_for(an_order()))

    sums = dict(line.split("  ")[::-1] for line in files[SUMS].decode().splitlines())

    assert sums == {name: sha256(files[name]).hexdigest() for name in files if name != SUMS}
    assert list(files)[-1] == SUMS, "what is interrupted lacks its checksums"


def test_a_scanner_checks_a_code_with_the_files_alone() -> None:
    one, two, *_ = tickets_for(an_order())
    files = files_of((one, replace(two, status=TicketStatus.VOID)))

    document = json.loads(files[KEYS])
    keys = {key["key_id"]: b64decode(key["public_key"]) for key in document["keys"]}
    found = verify(two.qr_text, keys, document["event_id"])

    assert found.ticket_id == two.ticket_id
    assert files[VOID].decode() == f"{two.ticket_id}\n"


def test_the_list_has_no_names_unless_they_are_asked_for() -> None:
    tickets = tickets_for(an_order())

    assert b"Jane" not in b"".join(files_of(tickets).values())
    with_names = files_of(tickets, names=True)
    assert json.loads(with_names[LIST])["tickets"][0] == [
        "ORD-ABC123-01", "general", 1, "v", "Jane Doe",
    ]  # fmt: skip
    assert b"example.com" not in b"".join(with_names.values())
    facts = json.loads(with_names[LIST])
    assert (facts["as_of"], facts["types"]) == (
        "2026-06-01T12:00:00Z",
        [{"sku": "general", "name": "General admission", "admits": 1}],
    )
