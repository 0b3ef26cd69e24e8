"""Rewrite an event's page for search engines after a command has changed the event."""

import sys
from datetime import UTC, datetime

from ticketing.adapters.aws.site_files import SiteFiles
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.cli.commands.stack import Stack
from ticketing.errors import TicketingError
from ticketing.flows.publish_pages import PublishPages


def publish(stack: Stack, event_id: str) -> None:
    """Write the page, or name the command that does: the shop asks the API, so this can wait."""
    services = stack.services()
    try:
        site = SiteFiles(stack.session.client("s3"), stack.output("SiteBucket"))
        pages = PublishPages(services.events, OrganiserTable(), site, services.brand)
        pages([event_id], datetime.now(UTC))
    except TicketingError as error:
        print(f"ticketing: its page is not written yet: {error}", file=sys.stderr)
        print("  then run `python -m ticketing events pages`", file=sys.stderr)
