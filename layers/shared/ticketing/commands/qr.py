"""`qr verify` and `qr keys`: what doors do, and what they need for it."""

import json
from argparse import Namespace

from ticketing.commands import ATTENTION, OK
from ticketing.commands.stack import Stack
from ticketing.errors import InvalidQr, TicketingError
from ticketing.secrets import Secrets
from ticketing.tickets import qr
from ticketing.tickets.key_document import key_document
from ticketing.tickets.qr import QrSigner


def verify(options: Namespace, stack: Stack) -> int:
    """Say whether a text is a ticket of ours; whether it was used before is not known here."""
    try:
        public_keys = _signer(stack).public_keys(qr.parse(options.text).event_id)
        found = qr.verify(options.text, public_keys, options.event)
    except InvalidQr as error:
        if options.json:
            print(json.dumps({"genuine": False, "reason": error.reason}))
        else:
            print(f"NOT A TICKET: {error.reason}")
        return ATTENTION
    facts = {
        "ticket_id": found.ticket_id,
        "order_number": found.order_number,
        "event_id": found.event_id,
        "key_id": found.key_id,
    }
    if options.json:
        print(json.dumps({"genuine": True, **facts}))
    else:
        print(f"GENUINE: ticket {found.ticket_id} of order {found.order_number}")
        print(f"  for event {found.event_id}, signed with key {found.key_id}")
    return OK


def keys(options: Namespace, stack: Stack) -> int:
    """Print what a door of an event keeps; no secret is in it."""
    if not qr.ID.fullmatch(options.event_id):
        raise TicketingError("an event's ID is capital letters, digits and dashes, at most 40")
    public_keys = _signer(stack).public_keys(options.event_id)
    print(json.dumps(key_document(options.event_id, public_keys), indent=2))
    return OK


def _signer(stack: Stack) -> QrSigner:
    secrets = Secrets(stack.session.client("secretsmanager"))
    return QrSigner.from_secret(secrets.text(stack.outputs["QrKeySecretArn"]))
