"""The delivery of mails, with tickets attached."""

from botocore.config import Config

from ticketing.adapters.aws.pace import Pace
from ticketing.adapters.aws.ses import Mailer
from ticketing.adapters.dynamodb.details import DetailsTable
from ticketing.adapters.dynamodb.lost_requests import LostRequestTable
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.compose_mail import ComposeMail
from ticketing.flows.deliver_message import DeliverMessage
from ticketing.flows.deliver_tickets import DeliverTickets
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.find_look import FindLook
from ticketing.flows.lost_tickets import SendLostTickets
from ticketing.flows.resend_tickets import ResendTickets, SendLinks

ONE_ATTEMPT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
"""The SDK must not repeat `SendEmail`: a second call is a second mail."""


@once
def deliver_message(services: Services) -> DeliverMessage:
    resend, send_links = ResendTickets(services.outbox), SendLinks(services.outbox)
    lost = SendLostTickets(LostRequestTable(), services.orders, resend, send_links)
    return DeliverMessage(deliver_tickets(services), lost)


@once
def deliver_tickets(services: Services) -> DeliverTickets:
    find_look = FindLook(services.archive)
    draw_tickets = DrawTickets(
        archive=services.archive,
        notifier=services.storing_notifier,
        brand=services.brand,
        find_look=find_look,
    )
    return DeliverTickets(
        outbox=services.outbox,
        compose=ComposeMail(
            services.orders,
            services.events,
            DetailsTable(),
            draw_tickets,
            find_look,
            services.access,
            services.brand,
        ),
        archive=services.archive,
        mailer=Mailer(
            services.client("sesv2", ONE_ATTEMPT),
            services.settings.sender_address,
            services.settings.mail_configuration_set,
            Pace(services.settings.mails_per_second / services.settings.delivery_concurrency),
        ),
        notifier=services.storing_notifier,
    )
