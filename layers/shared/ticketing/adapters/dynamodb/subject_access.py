"""Read all rows about an order, for buyers who ask what is stored about them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from pynamodb.models import Model

from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    MailRow,
    OrderRow,
    PaymentRow,
    RequestRow,
    TicketRow,
)
from ticketing.orders.order import Order

Rows = dict[str, list[dict[str, Any]]]
_READ = TypeDeserializer()


class PersonalRows:
    """The tables, for reading only; `models.bind` has named them."""

    @staticmethod
    def of_order(order: Order) -> Rows:
        """Return every row about an order, grouped by kind."""
        number = order.order_number
        paid = [key for key in (order.transaction_id, order.paid_checkout_id) if key]
        mails = [row.mail_id for row in MailRow.order_index.query(number)]
        return {
            "order": _plain([OrderRow.get(number, consistent_read=True)]),
            "tickets": _plain(TicketRow.batch_get(list(order.issued_ids), consistent_read=True)),
            "checkouts": _plain(
                CheckoutRow.batch_get(list(order.checkout_ids), consistent_read=True)
            ),
            "payments": _plain(PaymentRow.batch_get(paid, consistent_read=True)),
            "mails": _plain(MailRow.batch_get(mails, consistent_read=True)),
            "trail": _plain(AuditRow.query(number, consistent_read=True)),
            "requests": _plain(RequestRow.scan(RequestRow.order_number == number)),
        }

    @staticmethod
    def mails(mail_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the rows of these mails."""
        return _plain(MailRow.batch_get(list(mail_ids), consistent_read=True))


def _plain(rows: Iterable[Model]) -> list[dict[str, Any]]:
    return [{name: _json(_READ.deserialize(value)) for name, value in _items(row)} for row in rows]


def _items(row: Model) -> Iterable[tuple[str, Any]]:
    return row.to_dynamodb_dict().items()


def _json(value: Any) -> Any:  # noqa: ANN401  # of any type DynamoDB has
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, dict):
        return {name: _json(one) for name, one in value.items()}
    return value
