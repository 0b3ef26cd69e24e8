"""`qr`: check tickets, and print and publish what doors need to do so."""

import json
from argparse import Namespace
from collections.abc import Mapping

from ticketing.adapters.aws.secrets import Secrets
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.terminal import bad
from ticketing.errors import EventNotFound, InvalidQr, TicketingError
from ticketing.events.event import EVENT_ID
from ticketing.orders.order import VoidReason
from ticketing.tickets import qr
from ticketing.tickets.qr import QrSigner, key_document
from ticketing.tickets.ticket import Ticket, TicketStatus

WHY_VOID = {
    VoidReason.REFUNDED: "its money went back",
    VoidReason.CHARGED_BACK: "the bank took its money back",
    VoidReason.CANCELLED: "its event was cancelled",
    VoidReason.WITHDRAWN: "an operator made it void",
    VoidReason.REISSUED: "it was reissued",
}
"""Tickets that became void before there were reasons have none."""


def verify(options: Namespace, stack: Stack) -> int:
    """Check whether a text is a valid ticket; this cannot tell whether it was used before."""
    stack.bind("events_table", "tickets_table")
    try:
        found = qr.verify(options.text, _keys_for(options.text), options.event)
    except InvalidQr as error:
        if options.json:
            print(json.dumps({"genuine": False, "reason": error.reason}))
        else:
            print(bad(f"NOT A TICKET: {error.reason}"))
        return ATTENTION
    ticket = next(iter(TicketTable().get_all([found.ticket_id])), None)
    is_cancelled = EventTable().get(found.event_id).cancelled
    is_valid = ticket is not None and ticket.status is not TicketStatus.VOID
    is_good = is_valid and not is_cancelled
    facts = {
        "status": ticket.status.value if ticket else None,
        "ticket_id": found.ticket_id,
        "order_number": found.order_number,
        "event_id": found.event_id,
        "key_id": found.key_id,
    }
    if options.json:
        print(json.dumps({"genuine": True, **facts, "cancelled": is_cancelled}))
    else:
        verdict = _verdict(ticket, is_cancelled=is_cancelled)
        verdict = verdict if is_good else bad(verdict)
        print(f"{verdict}: ticket {found.ticket_id} of order {found.order_number}")
        print(f"  for event {found.event_id}, signed with key {found.key_id}")
    return OK if is_good else ATTENTION


def _verdict(ticket: Ticket | None, *, is_cancelled: bool) -> str:
    if is_cancelled:
        return "CANCELLED: its event does not take place, it opens no door"
    if ticket is None:
        return "GENUINE, BUT NOT ISSUED: no such ticket is in the table"
    if ticket.replaced_by:
        return f"VOID: it was reissued as {ticket.replaced_by}, it opens no door"
    if ticket.status is TicketStatus.VOID:
        why = f"{WHY_VOID[ticket.void_reason]}, " if ticket.void_reason else ""
        return f"VOID: {why}it opens no door"
    return "GENUINE"


def void(options: Namespace, stack: Stack) -> int:
    """Print the void tickets of an event, for doors without a network."""
    _refuse_unless_id(options.event_id)
    stack.bind("events_table", "tickets_table")
    EventTable().get(options.event_id)
    ids = sorted(TicketTable().void_for(options.event_id))
    if options.json:
        print(json.dumps({"event_id": options.event_id, "void": ids}, indent=2))
    elif ids:
        print("\n".join(ids))
    return OK


def keys(options: Namespace, stack: Stack) -> int:
    """Print the public keys of an event, which a door needs to check tickets."""
    _refuse_unless_id(options.event_id)
    stack.bind("events_table")
    public_keys = EventTable().public_keys(options.event_id)
    print(json.dumps(key_document(options.event_id, public_keys), indent=2))
    return OK


def publish(_: Namespace, stack: Stack) -> int:
    """Publish the public keys of all events; only this `qr` command reads the signing key."""
    stack.bind("events_table")
    events, keys = EventTable(), signer(stack).public_keys
    for event_id in sorted(events.ids()):
        published = keys(event_id)
        events.publish_keys(event_id, published)
        print(f"Event {event_id}: keys {', '.join(published)}")
    return OK


def _keys_for(text: str) -> Mapping[str, bytes]:
    """Return the public keys of the event that a text names; raise `InvalidQr` without any."""
    event_id = qr.parse(text).event_id
    try:
        return EventTable().public_keys(event_id)
    except EventNotFound as error:
        raise InvalidQr(f"there is no event {event_id}") from error


def _refuse_unless_id(event_id: str) -> None:
    if not EVENT_ID.fullmatch(event_id):
        raise TicketingError("an event's ID is capital letters, digits and dashes, at most 40")


def signer(stack: Stack) -> QrSigner:
    secrets = Secrets(stack.session.client("secretsmanager"))
    return QrSigner.from_secret(secrets.text(stack.outputs["QrKeySecretArn"]))
