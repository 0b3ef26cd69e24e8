"""`events import` puts events on sale; `events announce` mails their buyers what changed."""

import sys
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ticketing.adapters.aws.site_files import PictureFolder, SiteFiles
from ticketing.adapters.dynamodb.catalogue import Stock
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.cli.commands import FAILED, OK
from ticketing.cli.commands.announced import announced_lines, so_far
from ticketing.cli.commands.qr import signer
from ticketing.cli.commands.stack import Stack
from ticketing.cli.terminal import progress
from ticketing.errors import ImportRefused, TicketingError
from ticketing.flows.announce_event import AnnounceEvent
from ticketing.flows.import_events import ImportEvents
from ticketing.flows.publish_pages import PublishPages


def import_file(options: Namespace, stack: Stack) -> int:
    """Import a file as a whole or not at all, and show what changed."""
    content = _read(options.file)
    stack.bind("organisers_table", "events_table", "ticket_types_table")
    stock, site = Stock(signer(stack).public_keys), _site(stack)
    pictures = PictureFolder(options.file.parent, site)
    try:
        imported = ImportEvents(OrganiserTable(), stock, pictures)(content, datetime.now(UTC))
    except ImportRefused as error:
        print(f"Nothing was imported: {options.file} has mistakes.", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
        return FAILED
    for change in imported.changes:
        print(change)
    for warning in imported.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    return _publish(stack, site, imported.event_ids)


def pages(_: Namespace, stack: Stack) -> int:
    """Rewrite the pages of all events, for when the site or the shop's name has changed."""
    stack.bind("organisers_table", "events_table", "ticket_types_table")
    return _publish(stack, _site(stack), EventTable().ids())


def _site(stack: Stack) -> SiteFiles:
    return SiteFiles(stack.session.client("s3"), stack.output("SiteBucket"))


def _publish(stack: Stack, site: SiteFiles, event_ids: Iterable[str]) -> int:
    publish = PublishPages(EventTable(), OrganiserTable(), site, stack.services().brand)
    try:
        urls = publish(event_ids, datetime.now(UTC))
    except TicketingError as error:
        text = f"the pages were not written: {error}; then run `python -m ticketing events pages`"
        raise TicketingError(text) from error
    for url in urls:
        print(f"Page: {url}")
    return OK


def announce(options: Namespace, stack: Stack) -> int:
    """Tell the buyers of an event by mail what has changed, each of them once."""
    stack.bind("events_table", "orders_table", "mails_table")
    orders = OrderTable(stack.caller)
    announce_event = AnnounceEvent(EventTable(), orders, Outbox())
    now = datetime.now(UTC)
    event, news = announce_event.news(options.event_id, now)
    print(f"Event {event.event_id}, {event.name}, revision {event.revision}:")
    for change in news:
        print(f"  {change.name}: {change.before} -> {change.now}")
    with progress("Announcing") as show:
        done = announce_event(event, now, so_far(show), dry_run=options.dry_run)
    print(f"Orders: {done.orders}", *announced_lines(done, dry_run=options.dry_run), sep="\n")
    return OK


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TicketingError(f"{file} cannot be read: {error.strerror}") from error
