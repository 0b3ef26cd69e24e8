"""What flows have in common: settings, tables, queues, the bucket, secrets.

Modules that only some functions need (HTTP client, cryptography, PDF) are imported only where they
are used, because every import makes a cold start longer.
"""

# ruff: noqa: PLC0415 - see above

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.config import Config

from ticketing.adapters.aws.queues import Queue
from ticketing.adapters.aws.secrets import Secrets
from ticketing.adapters.dynamodb import models
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.brand import Brand
from ticketing.errors import MissingSetting
from ticketing.flows.notify import Notifier
from ticketing.flows.request_check import RequestCheck
from ticketing.invocation import clock
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import incomplete_configuration
from ticketing.settings import LOCAL, Settings

if TYPE_CHECKING:
    from ticketing.adapters.aws.archive import Archive
    from ticketing.adapters.aws.kms import TokenCipher
    from ticketing.adapters.dynamodb.audit_reader import AuditReader
    from ticketing.orders.access import OrderAccess

T = TypeVar("T")

TIMEOUTS = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
"""Give up on a service that does not answer within 15 seconds: the API has 29 for the buyer."""

REGIONAL = TIMEOUTS.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
"""Lets links name the bucket's region.

For the first hours of a bucket, S3 redirects from its global address, and a signature is valid for
one address only. A local AWS at an IP address keeps that address.
"""


class Services:
    """The adapters of one deployment, each built when it is first used."""

    def __init__(self, configuration: Settings, by: str | None = None) -> None:
        """Bind the tables of this deployment; the audit trail names `by` as the author."""
        self.settings = configuration
        self.built: dict[Callable[..., Any], object] = {}
        self.by = by or os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "command line")
        names = {key: getattr(configuration, key) for key in models.TABLES}
        models.bind(names, configuration.aws_region)

    def client(self, service: str, config: Config = TIMEOUTS) -> Any:  # noqa: ANN401 - each has its own
        """Return a client of an AWS service.

        It comes from pynamodb's botocore session. boto3, the layer above, takes a quarter of a
        second to import, for multipart uploads that no function makes.
        """
        region = self.settings.aws_region
        return models.connection().session.create_client(service, region, config=config)

    @cached_property
    def orders(self) -> OrderTable:
        return OrderTable(self.by, self.settings.payment_window, self.settings.work_shards)

    @cached_property
    def events(self) -> EventTable:
        return EventTable()

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox()

    @cached_property
    def audit_reader(self) -> "AuditReader":
        from ticketing.adapters.dynamodb.audit_reader import AuditReader

        return AuditReader(self.settings.payment_window)

    @cached_property
    def verifications(self) -> Queue:
        client = self.client("sqs")
        return Queue(client, self.settings.verify_queue_url, "order_number")

    @cached_property
    def deliveries(self) -> Queue:
        client = self.client("sqs")
        return Queue(client, self.settings.delivery_queue_url, "mail_id")

    @cached_property
    def request_check(self) -> RequestCheck:
        return RequestCheck(self.orders, self.verifications)

    @cached_property
    def archive(self) -> "Archive":
        from ticketing.adapters.aws.archive import Archive

        client = self.client("s3", REGIONAL)
        return Archive(client, self.settings.tickets_bucket)

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.client("secretsmanager"))

    @cached_property
    def cipher(self) -> "TokenCipher":
        from ticketing.adapters.aws.kms import TokenCipher

        client = self.client("kms")
        return TokenCipher(client, self.settings.token_key_id)

    @cached_property
    def access(self) -> "OrderAccess":
        from ticketing.adapters.dynamodb.kept_links import KeptLinks
        from ticketing.orders.access import OrderAccess

        secret = self.secrets.text(self.settings.order_link_secret_id)
        return OrderAccess.from_secret(secret, KeptLinks().opens)

    @cached_property
    def brand(self) -> Brand:
        s = self.settings
        return Brand(
            name=s.brand_name,
            sender=s.sender_address,
            alert_address=s.alert_address,
            support=s.support_contact,
            public_url=s.public_url,
            time_zone=s.time_zone,
            alerts_kept=s.alerts_kept,
        )

    @cached_property
    def admin_links(self) -> AdminLinks:
        s = self.settings
        is_local = s.stage == LOCAL
        return AdminLinks(s.aws_region, s.orders_table, s.stack_name, s.docs_url, is_local)

    @cached_property
    def notifier(self) -> Notifier:
        return Notifier(self.outbox, self.brand, self.admin_links, self.deliveries)

    @cached_property
    def storing_notifier(self) -> Notifier:
        """A notifier for functions that may not write to the delivery queue."""
        return Notifier(self.outbox, self.brand, self.admin_links)

    @contextmanager
    def alerting_if_incomplete(self) -> Iterator[None]:
        """Alert the operators if a secret is missing, and let the error pass."""
        try:
            yield
        except MissingSetting as error:
            now = clock()
            alert = incomplete_configuration(str(error), now, self.admin_links)
            self.storing_notifier.alert(alert, now)
            raise


def once(build: Callable[[Services], T]) -> Callable[[Services], T]:
    """Make a function that builds a flow or an adapter build it once for each `Services`."""

    @wraps(build)
    def built(services: Services) -> T:
        if build not in services.built:
            services.built[build] = build(services)
        return cast("T", services.built[build])

    return built
