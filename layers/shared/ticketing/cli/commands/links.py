"""`links keep`: let links to orders from before an update work after it."""

from argparse import Namespace
from datetime import UTC, datetime

from ticketing.adapters.aws.secrets import Secrets
from ticketing.adapters.dynamodb.kept_links import KeptLinks
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.cli.commands import OK
from ticketing.cli.commands.stack import Stack
from ticketing.flows.keep_links import KeepLinks
from ticketing.orders.access import OrderAccess, master_keys


def keep(_: Namespace, stack: Stack) -> int:
    """Keep every link that was made with the secret that signs tickets.

    It runs against the stack before the update, which does not have a secret for links yet.
    """
    stack.bind("orders_table", "requests_table")
    orders = OrderTable(stack.caller)
    kept = KeepLinks(orders, KeptLinks(), earlier_access(stack))(datetime.now(UTC))
    print(f"Links kept: {kept}")
    return OK


def earlier_access(stack: Stack) -> OrderAccess:
    """Return the access that made links with the secret that signs tickets."""
    secret = Secrets(stack.session.client("secretsmanager")).text(stack.output("QrKeySecretArn"))
    return OrderAccess(*master_keys(secret, "the QR secret"))
