"""Check what was deployed, and what operators have to set up once."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ticketing.adapters.aws.secrets import Secrets
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.kept_links import KeptLinks
from ticketing.adapters.dynamodb.order_queries import OrderQueries
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.rows import UnreadableRow
from ticketing.cli.commands.links import earlier_access
from ticketing.cli.commands.qr import signer
from ticketing.cli.commands.stack import Stack
from ticketing.errors import MissingSetting
from ticketing.flows.check_origin import HEADER
from ticketing.operators import diagnosis
from ticketing.operators.diagnosis import Finding, missing, well
from ticketing.orders.access import OrderAccess
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.qr import QrSigner

ASK = "see docs/deploying.md, 'Once, after the first deployment'"


def stack_status(stack: Stack, _: datetime) -> Iterator[Finding]:
    name = stack.setting("STACK_NAME")
    described = stack.session.client("cloudformation").describe_stacks(StackName=name)
    yield diagnosis.deployment(described["Stacks"][0]["StackStatus"])


def secrets(stack: Stack, _: datetime) -> Iterator[Finding]:
    stored = Secrets(stack.session.client("secretsmanager"))
    try:
        stored.fields(stack.setting("SUMUP_SECRET_ID"), "client_id", "client_secret")
        yield well("SumUp secret", "is filled in")
    except MissingSetting as error:
        yield missing("SumUp secret", str(error), ASK)
    try:
        QrSigner.from_secret(stored.text(stack.setting("QR_SECRET_ID")))
        yield well("signing key", "is usable")
    except MissingSetting as error:
        yield missing("signing key", str(error), "see docs/deploying.md, 'Go back'")
    try:
        OrderAccess.from_secret(stored.text(stack.setting("ORDER_LINK_SECRET_ID")))
        yield well("order links", "their key is usable")
    except MissingSetting as error:
        yield missing("order links", str(error), "see docs/deploying.md, 'Go back'")
    if not stack.is_local:
        accepted = stored.values(stack.output("OriginSecretArn"))
        yield diagnosis.origin_key(_key_sent(_distribution(stack)), accepted)


def concurrency(stack: Stack, _: datetime) -> Iterator[Finding]:
    if not stack.is_local:
        limits = stack.session.client("lambda").get_account_settings()["AccountLimit"]
        yield diagnosis.concurrency(limits["ConcurrentExecutions"])


def organisers(stack: Stack, now: datetime) -> Iterator[Finding]:
    stack.bind("organisers_table")
    rows = list(OrganiserTable().every_row())
    found = (row for row in rows if isinstance(row, Organiser))
    unreadable = [row.problem for row in rows if isinstance(row, UnreadableRow)]
    yield from diagnosis.connections(sorted(found, key=lambda one: one.organiser_id), now)
    yield from map(diagnosis.unreadable_organiser, unreadable)


def events(stack: Stack, now: datetime) -> Iterator[Finding]:
    stack.bind("events_table", "ticket_types_table")
    table = EventTable()
    on_sale = {event: table.ticket_types(event.event_id) for event in table.on_sale(now)}
    yield from diagnosis.sale(on_sale)


def ticket_keys(stack: Stack, now: datetime) -> Iterator[Finding]:
    """Compare the public keys of the events on sale with the key that signs."""
    stack.bind("events_table")
    table = EventTable()
    try:
        signing = signer(stack)
    except MissingSetting:
        return  # `secrets` says so
    published = {event.event_id: _published(table, event.event_id) for event in table.on_sale(now)}
    yield from diagnosis.ticket_keys({e: signing.public_keys(e) for e in published}, published)


def _published(table: EventTable, event_id: str) -> Mapping[str, bytes]:
    try:
        return table.public_keys(event_id)
    except MissingSetting:
        return {}


def earlier_links(stack: Stack, _: datetime) -> Iterator[Finding]:
    """Look whether the newest order from before links had a secret of their own is kept."""
    stack.bind("orders_table", "requests_table")
    try:
        earlier = earlier_access(stack)
    except MissingSetting:
        return  # as above
    client = stack.session.client("secretsmanager")
    made = client.describe_secret(SecretId=stack.setting("ORDER_LINK_SECRET_ID"))["CreatedDate"]
    number = OrderQueries().newest_completed(made)
    is_kept = number is None or KeptLinks().opens(earlier.token(number), number)
    yield diagnosis.earlier_links(is_kept=is_kept)


def site(stack: Stack, _: datetime) -> Iterator[Finding]:
    if not stack.is_local:
        yield diagnosis.address(stack.setting("PUBLIC_URL"), stack.output("SiteUrl"))
        yield diagnosis.web_acl(_distribution(stack).get("WebACLId", ""))
        listed = stack.session.client("s3").list_objects_v2(
            Bucket=stack.output("SiteBucket"), Prefix="index.html", MaxKeys=1
        )
        if listed.get("KeyCount"):
            yield well("site", "its pages are uploaded")
        else:
            yield missing("site", "its pages are not uploaded", "make deploy-site ENV=prod")


def _distribution(stack: Stack) -> dict[str, Any]:
    """Return the configuration of the distribution as CloudFront has it."""
    found: Any = stack.session.client("cloudfront")
    answer = found.get_distribution_config(Id=stack.output("DistributionId"))
    config: dict[str, Any] = answer["DistributionConfig"]
    return config


def _key_sent(distribution: dict[str, Any]) -> str | None:
    """Return the key that the distribution adds to what it asks of the API."""
    for origin in distribution["Origins"]["Items"]:
        for header in origin.get("CustomHeaders", {}).get("Items", []):
            if header["HeaderName"].lower() == HEADER:
                return str(header["HeaderValue"])
    return None
