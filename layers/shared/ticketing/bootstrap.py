"""Wiring: settings and adapters become flows, once per process.

A flow and its adapters are imported when the flow is built. So a function imports only what it
runs: the scan never loads what draws tickets, which is a third of a cold start.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from ticketing import settings
from ticketing.adapters.dynamodb import models
from ticketing.errors import MissingSetting
from ticketing.invocation import clock
from ticketing.settings import Settings

if TYPE_CHECKING:
    from boto3.session import Session

    from ticketing.adapters.aws.archive import Archive
    from ticketing.adapters.aws.kms import TokenCipher
    from ticketing.adapters.aws.queues import Queue
    from ticketing.adapters.aws.secrets import Secrets
    from ticketing.adapters.dynamodb.audit_reader import AuditReader
    from ticketing.adapters.dynamodb.events import EventTable
    from ticketing.adapters.dynamodb.orders import OrderTable
    from ticketing.adapters.dynamodb.outbox import Outbox
    from ticketing.adapters.sumup.client import SumUp
    from ticketing.adapters.sumup.order_gateway import OrderGateway
    from ticketing.adapters.sumup.tokens import OrganiserTokens
    from ticketing.brand import Brand
    from ticketing.flows.audit_orders import AuditOrders
    from ticketing.flows.checkout_api import CheckoutApi
    from ticketing.flows.connect_organiser import ConnectOrganiser
    from ticketing.flows.deliver_tickets import DeliverTickets
    from ticketing.flows.draw_tickets import DrawTickets
    from ticketing.flows.erase_buyers import EraseBuyers
    from ticketing.flows.notify import Notifier
    from ticketing.flows.order_page import OrderPage
    from ticketing.flows.reconcile_payments import ReconcilePayments
    from ticketing.flows.record_email_event import RecordEmailEvent
    from ticketing.flows.refresh_connections import RefreshConnections
    from ticketing.flows.refund_payment import RefundPayment
    from ticketing.flows.review_order import ReviewOrder
    from ticketing.flows.scan_orders import ScanOrders
    from ticketing.flows.sumup_webhook import SumUpWebhook
    from ticketing.flows.verify_payment import VerifyPayment
    from ticketing.operators.alerts import AdminLinks
    from ticketing.orders.access import OrderAccess
    from ticketing.tickets.qr import QrSigner

PRODUCTION = "prod"
TIMEOUTS = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
"""A service that does not answer is given up within 15 seconds: the API has 29 for the buyer."""
ONE_ATTEMPT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
"""For calls that must not be repeated by the SDK: a second `SendEmail` is a second mail."""


class Services:
    """The flows, each built when it is first asked for."""

    def __init__(self, configuration: Settings, by: str | None = None) -> None:
        """Bind the tables of this deployment; `by` is who the audit trail names."""
        self.settings = configuration
        self._by = by or os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "command line")
        names = {key: getattr(configuration, key) for key in models.TABLES}
        models.bind(names, configuration.aws_region)

    @cached_property
    def scan_orders(self) -> "ScanOrders":
        from ticketing.flows.scan_orders import ScanOrders

        return ScanOrders(
            orders=self.orders,
            outbox=self.outbox,
            verifications=self.verifications,
            deliveries=self.deliveries,
            notifier=self.notifier,
            limit=self.settings.max_orders_per_scan,
            stuck_after=self.settings.stuck_after,
        )

    @cached_property
    def audit_orders(self) -> "AuditOrders":
        from ticketing.flows.audit_orders import AuditOrders

        return AuditOrders(
            audit_reader=self.ledger,
            orders=self.orders,
            outbox=self.outbox,
            notifier=self.notifier,
        )

    @cached_property
    def erase_buyers(self) -> "EraseBuyers":
        from ticketing.flows.erase_buyers import EraseBuyers

        return EraseBuyers(
            orders=self.orders,
            outbox=self.outbox,
            archive=self.archive,
            events=self.events,
            kept=self.settings.buyers_kept,
        )

    @cached_property
    def ledger(self) -> "AuditReader":
        from ticketing.adapters.dynamodb.audit_reader import AuditReader

        client = self.session.client("dynamodb", config=TIMEOUTS)
        return AuditReader(client, self.settings.payment_window)

    def review_order(self, *, dry_run: bool) -> "ReviewOrder":
        from ticketing.flows.review_order import ReviewOrder

        return ReviewOrder(
            orders=self.orders,
            sumup=self.inquiry,
            notifier=self.notifier,
            signer=self.signer,
            dry_run=dry_run,
        )

    def refund_payment(self, *, dry_run: bool) -> "RefundPayment":
        from ticketing.flows.refund_payment import RefundPayment

        return RefundPayment(
            orders=self.orders, sumup=self.inquiry, notifier=self.notifier, dry_run=dry_run
        )

    @cached_property
    def verify_payment(self) -> "VerifyPayment":
        """Return the flow of a verification; a secret it lacks is also told to the operators."""
        from ticketing.flows.decide_order import DecideOrder
        from ticketing.flows.verify_payment import VerifyPayment

        with self._telling_what_is_missing():
            return VerifyPayment(
                orders=self.orders,
                decide=DecideOrder(self.orders, self.inquiry, self.events),
                signer=self.signer,
                notifier=self.notifier,
            )

    @cached_property
    def deliver_tickets(self) -> "DeliverTickets":
        from ticketing.adapters.aws.ses import Mailer
        from ticketing.adapters.dynamodb.tickets import TicketTable
        from ticketing.flows.compose_mail import ComposeMail
        from ticketing.flows.deliver_tickets import DeliverTickets

        return DeliverTickets(
            outbox=self.outbox,
            compose=ComposeMail(
                self.orders, self.events, TicketTable(), self.draw_tickets, self.access, self.brand
            ),
            archive=self.archive,
            mailer=Mailer(
                self.session.client("sesv2", config=ONE_ATTEMPT),
                self.settings.sender_address,
                self.settings.mail_configuration_set,
            ),
            notifier=self.storing_notifier,
        )

    @cached_property
    def draw_tickets(self) -> "DrawTickets":
        from ticketing.adapters.dynamodb.organisers import OrganiserTable
        from ticketing.flows.draw_tickets import DrawTickets

        return DrawTickets(
            organisers=OrganiserTable(),
            archive=self.archive,
            notifier=self.storing_notifier,
            brand=self.brand,
        )

    @cached_property
    def record_email_event(self) -> "RecordEmailEvent":
        from ticketing.flows.record_email_event import RecordEmailEvent

        return RecordEmailEvent(self.outbox, self.storing_notifier)

    @cached_property
    def checkout_api(self) -> "CheckoutApi":
        from ticketing.adapters.dynamodb.organisers import OrganiserTable
        from ticketing.adapters.sumup.order_gateway import OrderGateway
        from ticketing.flows.checkout_api import CheckoutApi

        return CheckoutApi(
            orders=self.orders,
            events=self.events,
            organisers=OrganiserTable(),
            sumup=OrderGateway(self.sumup, self.tokens),
            verifications=self.verifications,
            brand=self.brand,
            payment_window=self.settings.payment_window,
        )

    @cached_property
    def order_page(self) -> "OrderPage":
        from ticketing.flows.order_page import OrderPage
        from ticketing.flows.resend_tickets import ResendTickets

        return OrderPage(
            orders=self.orders,
            events=self.events,
            resend=ResendTickets(self.outbox, self.deliveries),
            archive=self.archive,
            access=self.access,
            brand=self.brand,
        )

    @cached_property
    def sumup_webhook(self) -> "SumUpWebhook":
        from ticketing.flows.sumup_webhook import SumUpWebhook

        return SumUpWebhook(self.orders, self.verifications)

    @cached_property
    def events(self) -> "EventTable":
        from ticketing.adapters.dynamodb.events import EventTable

        return EventTable()

    @cached_property
    def archive(self) -> "Archive":
        from ticketing.adapters.aws.archive import Archive

        client = self.session.client("s3", config=TIMEOUTS)
        return Archive(client, self.settings.tickets_bucket)

    @cached_property
    def signer(self) -> "QrSigner":
        from ticketing.tickets.qr import QrSigner

        return QrSigner.from_secret(self.secrets.text(self.settings.qr_secret_id))

    @cached_property
    def access(self) -> "OrderAccess":
        from ticketing.orders.access import OrderAccess

        return OrderAccess.from_secret(self.secrets.text(self.settings.qr_secret_id))

    @cached_property
    def connect_organiser(self) -> "ConnectOrganiser":
        from ticketing.adapters.dynamodb.invitations import Invitations
        from ticketing.adapters.dynamodb.organisers import OrganiserTable
        from ticketing.flows.connect_organiser import ConnectOrganiser

        return ConnectOrganiser(
            sign_ins=Invitations(),
            organisers=OrganiserTable(),
            cipher=self.cipher,
            sumup=self.sumup,
            public_url=self.settings.public_url,
        )

    @cached_property
    def refresh_connections(self) -> "RefreshConnections":
        from ticketing.adapters.dynamodb.organisers import OrganiserTable
        from ticketing.flows.refresh_connections import RefreshConnections

        return RefreshConnections(
            organisers=OrganiserTable(),
            keep=self._keep,
            notifier=self.notifier,
        )

    @cached_property
    def reconcile_payments(self) -> "ReconcilePayments":
        """Return the flow of the nightly comparison; a secret it lacks is also told."""
        from ticketing.adapters.dynamodb.organisers import OrganiserTable
        from ticketing.adapters.dynamodb.payments import PaymentTable
        from ticketing.adapters.sumup.account_gateway import AccountGateway
        from ticketing.flows.read_statement import ReadStatement
        from ticketing.flows.reconcile_day import ReconcileDay
        from ticketing.flows.reconcile_payments import ReconcilePayments
        from ticketing.reconciliation.consequences import Policies, Policy

        with self._telling_what_is_missing():
            account = AccountGateway(self.sumup, self.tokens, clock)
            return ReconcilePayments(
                organisers=OrganiserTable(),
                reconcile_day=ReconcileDay(
                    read=ReadStatement(account, PaymentTable(), self.orders),
                    orders=self.orders,
                    archive=self.archive,
                    policies=Policies(
                        Policy(self.settings.after_refund), Policy(self.settings.after_chargeback)
                    ),
                    notifier=self.notifier,
                ),
                notifier=self.notifier,
            )

    @cached_property
    def session(self) -> "Session":
        return boto3.Session(region_name=self.settings.aws_region)

    @cached_property
    def orders(self) -> "OrderTable":
        from ticketing.adapters.dynamodb.orders import OrderTable

        return OrderTable(self.settings.aws_region, self._by, self.settings.payment_window)

    @cached_property
    def outbox(self) -> "Outbox":
        from ticketing.adapters.dynamodb.outbox import Outbox

        return Outbox(self.settings.aws_region)

    @cached_property
    def verifications(self) -> "Queue":
        from ticketing.adapters.aws.queues import Queue

        client = self.session.client("sqs", config=TIMEOUTS)
        return Queue(client, self.settings.verify_queue_url, "order_number")

    @cached_property
    def deliveries(self) -> "Queue":
        from ticketing.adapters.aws.queues import Queue

        client = self.session.client("sqs", config=TIMEOUTS)
        return Queue(client, self.settings.delivery_queue_url, "mail_id")

    @cached_property
    def sumup(self) -> "SumUp":
        from ticketing.adapters.sumup.client import SumUp

        application = self.secrets.fields(
            self.settings.sumup_secret_id, "client_id", "client_secret"
        )
        return SumUp(self.settings.sumup_base_url, *application)

    @cached_property
    def inquiry(self) -> "OrderGateway":
        from ticketing.adapters.sumup.order_gateway import OrderGateway

        return OrderGateway(self.sumup, self.tokens, real_money=self.settings.stage == PRODUCTION)

    @cached_property
    def tokens(self) -> "OrganiserTokens":
        from ticketing.adapters.dynamodb.organisers import OrganiserTable
        from ticketing.adapters.sumup.tokens import OrganiserTokens

        return OrganiserTokens(OrganiserTable(), self.cipher, self.sumup)

    @cached_property
    def cipher(self) -> "TokenCipher":
        from ticketing.adapters.aws.kms import TokenCipher

        client = self.session.client("kms", config=TIMEOUTS)
        return TokenCipher(client, self.settings.token_key_id)

    @cached_property
    def secrets(self) -> "Secrets":
        from ticketing.adapters.aws.secrets import Secrets

        return Secrets(self.session.client("secretsmanager", config=TIMEOUTS))

    @cached_property
    def brand(self) -> "Brand":
        from ticketing.brand import Brand

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
    def console(self) -> "AdminLinks":
        from ticketing.operators.alerts import AdminLinks

        s = self.settings
        return AdminLinks(s.aws_region, s.orders_table, s.stack_name)

    @cached_property
    def notifier(self) -> "Notifier":
        from ticketing.flows.notify import Notifier

        return Notifier(self.outbox, self.brand, self.console, self.deliveries)

    @cached_property
    def storing_notifier(self) -> "Notifier":
        from ticketing.flows.notify import Notifier

        return Notifier(self.outbox, self.brand, self.console)

    def _keep(self, organiser_id: str, now: datetime) -> bool:
        """Use an organiser's token; only now does SumUp's secret have to be there."""
        return self.tokens.keep(organiser_id, now)

    @contextmanager
    def _telling_what_is_missing(self) -> Iterator[None]:
        from ticketing.operators.alerts import incomplete_configuration

        try:
            yield
        except MissingSetting as error:
            now = clock()
            alert = incomplete_configuration(str(error), now, self.console)
            self.storing_notifier.alert(alert, now)
            raise


@lru_cache(maxsize=1)
def services() -> Services:
    """Return this process's services; `MissingSetting` says what the deployment lacks."""
    return Services(settings.read(os.environ))
