"""Read all rows about an order, for buyers who ask what is stored about them.

Rows are returned as they are stored, so that none has to make sense to be returned.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from pynamodb.expressions.condition import Condition

from ticketing.adapters.dynamodb.audit_rows import CHECKOUT, MAIL, ORDER, PAYMENT, TICKET, Kind
from ticketing.adapters.dynamodb.mail_queries import MailQueries
from ticketing.adapters.dynamodb.models import AuditRow, RequestRow
from ticketing.adapters.dynamodb.rows import all_as_stored, as_stored
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
        is_its: Condition = RequestRow.order_number == number
        return {
            "order": _found(ORDER, [number]),
            "tickets": _found(TICKET, order.issued_ids),
            "checkouts": _found(CHECKOUT, order.checkout_ids),
            "payments": _found(PAYMENT, paid),
            "mails": _found(MAIL, MailQueries.ids_of_order(number)),
            "trail": _plain(as_stored(AuditRow, number, consistent_read=True)),
            "requests": _plain(all_as_stored(RequestRow, filter_condition=is_its)),
        }

    @staticmethod
    def mails(mail_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the rows of these mails."""
        return _found(MAIL, mail_ids)


def _found(kind: Kind, ids: Iterable[str]) -> list[dict[str, Any]]:
    return _plain(kind.items((one,) for one in dict.fromkeys(ids)).values())


def _plain(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: _json(_READ.deserialize(row[name])) for name in row} for row in rows]


def _json(value: Any) -> Any:  # noqa: ANN401  # of any type DynamoDB has
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set):
        return sorted(_json(one) for one in value)
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, dict):
        return {name: _json(one) for name, one in value.items()}
    return value
