"""A small copy of the loop that this system replaces: twenty orders a cycle, one by one.

`python -m benchmarks.peers.original PAYMENTS MAILS`: the addresses of a payment API and of a mail
server. Each call is a cycle of `process_pending_payments`, as Django-Q2 runs it every five minutes.
"""

import sys
from datetime import timedelta
from decimal import Decimal

import django
import requests
from django.conf import settings

from benchmarks.peers.contest import serve
from benchmarks.peers.fields import DATE, EVENT, VENUE, fields
from benchmarks.peers.straightforward import page

CYCLE, TICKETS = 20, 2
HOLDER = "Jane Doe"
PAYMENTS, MAILS = sys.argv[1:]
HOST, PORT = MAILS.split(":")

settings.configure(
    INSTALLED_APPS=["django_q"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_HOST=HOST,
    EMAIL_PORT=int(PORT),
    USE_TZ=True,
)
django.setup()

from django.core.mail import EmailMessage  # noqa: E402 - after the set-up
from django.db import connection, models, transaction  # noqa: E402 - the same
from django.utils import timezone  # noqa: E402 - the same


class Order(models.Model):  # type: ignore[misc]  # Django is in the peers' environment
    """What somebody bought."""

    order_number = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=20, default="pending", db_index=True)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    email = models.EmailField()
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "django_q"

    def __str__(self) -> str:
        return str(self.order_number)


class Ticket(models.Model):  # type: ignore[misc]
    """One admission."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    number = models.CharField(max_length=60, unique=True)

    class Meta:
        app_label = "django_q"

    def __str__(self) -> str:
        return str(self.number)


def process_pending_payments() -> int:
    """Verify the oldest pending orders of the last two hours; return how many were paid."""
    since = timezone.now() - timedelta(hours=2)
    pending = Order.objects.filter(status="pending", created_at__gte=since)
    return sum(verify_single_order(order.pk) for order in pending.order_by("created_at")[:CYCLE])


def verify_single_order(key: int) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=key)
        if order.status != "pending":
            return False
        checkout = requests.get(
            f"{PAYMENTS}/v0.1/checkouts/{order.order_number}", timeout=30
        ).json()
        if checkout["status"] != "PAID" or Decimal(str(checkout["amount"])) != order.total:
            return False
        order.status, order.paid_at = "completed", timezone.now()
        order.save()
        tickets = [
            Ticket.objects.create(order=order, number=f"{order.order_number}-{number}")
            for number in range(1, TICKETS + 1)
        ]
        mail = EmailMessage(
            f"Your tickets for {EVENT}",
            f"Dear {HOLDER},\n\nyour tickets for {EVENT} are attached.",
            "tickets@example.com",
            [order.email],
        )
        for ticket in tickets:
            mail.attach(f"{ticket.number}.pdf", draw(order, ticket), "application/pdf")
        mail.send()
    return True


def draw(order: Order, ticket: Ticket) -> bytes:
    lines = (DATE, VENUE, HOLDER, f"Order {order.order_number}", ticket.number)
    return page(fields(order.pk, int(ticket.number[-1])).qr_text, lines)


def cycle(number: int) -> bytes:
    """Store twenty paid orders, let the loop find them, and return how many it completed."""
    now = timezone.now()
    Order.objects.bulk_create(
        Order(
            order_number=f"ORD-{number}-{one}",
            total=Decimal("30.00"),
            email="buyer@example.com",
            created_at=now,
        )
        for one in range(CYCLE)
    )
    return str(process_pending_payments()).encode()


if __name__ == "__main__":
    with connection.schema_editor() as schema:
        schema.create_model(Order)
        schema.create_model(Ticket)
    serve(cycle)
