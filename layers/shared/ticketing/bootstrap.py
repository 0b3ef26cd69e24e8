"""Wiring: settings and adapters become flows, once per process and only what is used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from ticketing import settings
from ticketing.adapters.aws.archive import Archive
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.aws.queues import Queue
from ticketing.adapters.aws.secrets import Secrets
from ticketing.adapters.aws.ses import Mailer
from ticketing.adapters.dynamodb import models
from ticketing.adapters.dynamodb.audit_reader import AuditReader
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.adapters.dynamodb.payments import PaymentTable
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.adapters.sumup.account_gateway import AccountGateway
from ticketing.adapters.sumup.client import SumUp
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.brand import Brand
from ticketing.errors import MissingSetting
from ticketing.flows.audit_orders import AuditOrders
from ticketing.flows.checkout_api import CheckoutApi
from ticketing.flows.compose_mail import ComposeMail
from ticketing.flows.connect_organiser import ConnectOrganiser
from ticketing.flows.decide_order import DecideOrder
from ticketing.flows.deliver_tickets import DeliverTickets
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.erase_buyers import EraseBuyers
from ticketing.flows.notify import Notifier
from ticketing.flows.order_page import OrderPage
from ticketing.flows.read_statement import ReadStatement
from ticketing.flows.reconcile_day import ReconcileDay
from ticketing.flows.reconcile_payments import ReconcilePayments
from ticketing.flows.record_email_event import RecordEmailEvent
from ticketing.flows.refresh_connections import RefreshConnections
from ticketing.flows.refund_payment import RefundPayment
from ticketing.flows.resend_tickets import ResendTickets
from ticketing.flows.review_order import ReviewOrder
from ticketing.flows.scan_orders import ScanOrders
from ticketing.flows.sumup_webhook import SumUpWebhook
from ticketing.flows.verify_payment import VerifyPayment
from ticketing.invocation import clock
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import incomplete_configuration
from ticketing.orders.access import OrderAccess
from ticketing.reconciliation.consequences import Policies, Policy
from ticketing.settings import Settings
from ticketing.tickets.qr import QrSigner

if TYPE_CHECKING:
    from boto3.session import Session

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
    def scan_orders(self) -> ScanOrders:
        """Return the flow of the scan."""
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
    def audit_orders(self) -> AuditOrders:
        """Return the flow of the audit."""
        return AuditOrders(
            audit_reader=self.ledger,
            orders=self.orders,
            outbox=self.outbox,
            notifier=self.notifier,
        )

    @cached_property
    def erase_buyers(self) -> EraseBuyers:
        """Return the flow of erasing who bought."""
        return EraseBuyers(
            orders=self.orders,
            outbox=self.outbox,
            archive=self.archive,
            events=self.events,
            kept=self.settings.buyers_kept,
        )

    @cached_property
    def ledger(self) -> AuditReader:
        """Return all tables, for reading."""
        return AuditReader(self.settings.payment_window)

    def review_order(self, *, dry_run: bool) -> ReviewOrder:
        """Return the flow of what a person decides."""
        return ReviewOrder(
            orders=self.orders,
            sumup=self.inquiry,
            notifier=self.notifier,
            signer=self.signer,
            dry_run=dry_run,
        )

    def refund_payment(self, *, dry_run: bool) -> RefundPayment:
        """Return the flow of giving money back."""
        return RefundPayment(
            orders=self.orders, sumup=self.inquiry, notifier=self.notifier, dry_run=dry_run
        )

    @cached_property
    def verify_payment(self) -> VerifyPayment:
        """Return the flow of a verification; a secret it lacks is also told to the operators."""
        with self._telling_what_is_missing():
            return VerifyPayment(
                orders=self.orders,
                decide=DecideOrder(self.orders, self.inquiry, self.events),
                signer=self.signer,
                notifier=self.notifier,
            )

    @cached_property
    def deliver_tickets(self) -> DeliverTickets:
        """Return the flow of a delivery."""
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
    def draw_tickets(self) -> DrawTickets:
        """Return the flow of drawing tickets."""
        return DrawTickets(
            organisers=OrganiserTable(),
            archive=self.archive,
            notifier=self.storing_notifier,
            brand=self.brand,
        )

    @cached_property
    def record_email_event(self) -> RecordEmailEvent:
        """Return the flow of an event of SES."""
        return RecordEmailEvent(self.outbox, self.storing_notifier)

    @cached_property
    def checkout_api(self) -> CheckoutApi:
        """Return the flows of a purchase."""
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
    def order_page(self) -> OrderPage:
        """Return the flows of the order page."""
        return OrderPage(
            orders=self.orders,
            events=self.events,
            resend=ResendTickets(self.outbox, self.deliveries),
            archive=self.archive,
            access=self.access,
            brand=self.brand,
        )

    @cached_property
    def sumup_webhook(self) -> SumUpWebhook:
        """Return the flow of a webhook."""
        return SumUpWebhook(self.orders, self.verifications)

    @cached_property
    def events(self) -> EventTable:
        """Return the events tables."""
        return EventTable()

    @cached_property
    def archive(self) -> Archive:
        """Return the bucket of PDFs and mails."""
        client = self.session.client("s3", config=TIMEOUTS)
        return Archive(client, self.settings.tickets_bucket)

    @cached_property
    def signer(self) -> QrSigner:
        """Return what signs tickets, and knows the keys that doors check them with."""
        return QrSigner.from_secret(self.secrets.text(self.settings.qr_secret_id))

    @cached_property
    def access(self) -> OrderAccess:
        """Return what makes and checks order tokens."""
        return OrderAccess.from_secret(self.secrets.text(self.settings.qr_secret_id))

    @cached_property
    def connect_organiser(self) -> ConnectOrganiser:
        """Return the flow of connecting an organiser to SumUp."""
        return ConnectOrganiser(
            sign_ins=Invitations(),
            organisers=OrganiserTable(),
            cipher=self.cipher,
            sumup=self.sumup,
            public_url=self.settings.public_url,
        )

    @cached_property
    def refresh_connections(self) -> RefreshConnections:
        """Return the flow of the nightly look."""
        return RefreshConnections(
            organisers=OrganiserTable(),
            keep=self._keep,
            notifier=self.notifier,
        )

    @cached_property
    def reconcile_payments(self) -> ReconcilePayments:
        """Return the flow of the nightly comparison; a secret it lacks is also told."""
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
        """Return the one session all clients share."""
        return boto3.Session(region_name=self.settings.aws_region)

    @cached_property
    def orders(self) -> OrderTable:
        """Return the orders table, writing as this function."""
        return OrderTable(self.settings.aws_region, self._by, self.settings.payment_window)

    @cached_property
    def outbox(self) -> Outbox:
        """Return the mails table."""
        return Outbox(self.settings.aws_region)

    @cached_property
    def verifications(self) -> Queue:
        """Return the queue of orders to be verified."""
        client = self.session.client("sqs", config=TIMEOUTS)
        return Queue(client, self.settings.verify_queue_url, "order_number")

    @cached_property
    def deliveries(self) -> Queue:
        """Return the queue of mails to be sent."""
        client = self.session.client("sqs", config=TIMEOUTS)
        return Queue(client, self.settings.delivery_queue_url, "mail_id")

    @cached_property
    def sumup(self) -> SumUp:
        """Return SumUp, known to it by our application's id and secret."""
        application = self.secrets.fields(
            self.settings.sumup_secret_id, "client_id", "client_secret"
        )
        return SumUp(self.settings.sumup_base_url, *application)

    @cached_property
    def inquiry(self) -> OrderGateway:
        """Return the questions put to SumUp about an order."""
        return OrderGateway(self.sumup, self.tokens, real_money=self.settings.stage == PRODUCTION)

    @cached_property
    def tokens(self) -> OrganiserTokens:
        """Return the organisers' tokens."""
        return OrganiserTokens(OrganiserTable(), self.cipher, self.sumup)

    @cached_property
    def cipher(self) -> TokenCipher:
        """Return what encrypts the organisers' tokens."""
        client = self.session.client("kms", config=TIMEOUTS)
        return TokenCipher(client, self.settings.token_key_id)

    @cached_property
    def secrets(self) -> Secrets:
        """Return the stored secrets."""
        return Secrets(self.session.client("secretsmanager", config=TIMEOUTS))

    @cached_property
    def brand(self) -> Brand:
        """Return who speaks."""
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
    def console(self) -> AdminLinks:
        """Return where administrators look."""
        s = self.settings
        return AdminLinks(s.aws_region, s.orders_table, s.stack_name)

    @cached_property
    def notifier(self) -> Notifier:
        """Return what stores alerts and mails, and queues them."""
        return Notifier(self.outbox, self.brand, self.console, self.deliveries)

    @cached_property
    def storing_notifier(self) -> Notifier:
        """Return a notifier for functions that may not write to the queue."""
        return Notifier(self.outbox, self.brand, self.console)

    def _keep(self, organiser_id: str, now: datetime) -> bool:
        """Use an organiser's token; only now does SumUp's secret have to be there."""
        return self.tokens.keep(organiser_id, now)

    @contextmanager
    def _telling_what_is_missing(self) -> Iterator[None]:
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
