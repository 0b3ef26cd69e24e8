"""Read orders. An index only nominates: decisions are based on consistent reads of the table."""

import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from ticketing.adapters.dynamodb.attributes import moment_in
from ticketing.adapters.dynamodb.indexes import WorkIndex
from ticketing.adapters.dynamodb.mapping import (
    PERSONAL,
    checkout_record_from,
    order_from,
    request_key,
)
from ticketing.adapters.dynamodb.models import (
    CheckoutRow,
    OrderRow,
    PaymentRow,
    RequestRow,
)
from ticketing.adapters.dynamodb.rows import PAGE, UNREADABLE, all_as_stored, filed, readable
from ticketing.adapters.dynamodb.spread import every_key
from ticketing.errors import (
    OrderNotFound,
    UnreadableOrder,
)
from ticketing.observability import logger
from ticketing.orders.basket import Repeated
from ticketing.orders.buyer import folded
from ticketing.orders.order import (
    ERASED,
    PAYMENT_WINDOW,
    Order,
    OrderStatus,
    ReviewedOrder,
    Work,
    WorkItem,
)
from ticketing.orders.refund import RefundStatus
from ticketing.orders.schedule import LATE_WATCH
from ticketing.payments.checkout_result import CheckoutRecord

KEYS_AT_ONCE = 100
"""Keys in one BatchGetItem: the most that DynamoDB allows."""


class OrderQueries:
    """All queries for orders, their checkouts, payments and requests."""

    def __init__(self, payment_window: timedelta = PAYMENT_WINDOW) -> None:
        """`payment_window` applies to orders whose row sets no deadline."""
        self._payment_window = payment_window

    def get(self, order_number: str) -> Order:
        """Return the order as it is now; raises `OrderNotFound` or `UnreadableOrder`."""
        try:
            row = OrderRow.get(order_number, consistent_read=True)
        except DoesNotExist as error:
            raise OrderNotFound(order_number) from error
        except UNREADABLE as error:
            raise UnreadableOrder(order_number, str(error)) from error
        return order_from(row, self._payment_window)

    def due(self, work: Work, until: datetime, limit: int) -> Iterator[WorkItem]:
        """Yield what is due, the longest waiting first; reads only the sparse work index.

        An order whose time is misspelt is among them if the index sorts it before `until`. The
        search for stuck orders and the audit find the others.
        """
        index, names = WorkIndex.Meta.index_name, ["order_number", "next_check_at"]
        is_due = OrderRow.next_check_at <= until
        each = (filed(OrderRow, index, key, is_due, names, limit) for key in every_key(work))
        for row in islice(heapq.merge(*each, key=itemgetter("next_check_at")), limit):
            yield WorkItem(row["order_number"], moment_in(row["next_check_at"]))

    def unreported(self, created_until: datetime) -> Iterator[str]:
        """Yield the pending orders created until then that no digest has reported, newest first.

        It reads only orders of that age, however many newer ones are waiting.
        """
        old = OrderRow.status_index.query(
            OrderStatus.PENDING.value,
            OrderRow.created_at <= created_until,
            scan_index_forward=False,
            page_size=PAGE,
            attributes_to_get=["order_number"],
        )
        numbers = (row.order_number for row in old)
        while some := list(islice(numbers, KEYS_AT_ONCE)):
            told = OrderRow.batch_get(
                some,
                consistent_read=True,
                attributes_to_get=["order_number", "stuck_alerted_at"],
            )
            reported = {
                row.order_number
                for row in readable(told)
                if "stuck_alerted_at" in row.attribute_values
            }
            yield from (number for number in some if number not in reported)

    def completed_of(self, email: str, limit: int) -> tuple[str, ...]:
        """Return the numbers of an address's completed orders, newest first."""
        return _newest_of(email, OrderRow.status == OrderStatus.COMPLETED, limit)

    def uncompleted_of(self, email: str, limit: int) -> tuple[str, ...]:
        """Return the numbers of an address's other orders, newest first."""
        return _newest_of(email, OrderRow.status != OrderStatus.COMPLETED, limit)

    def of_email(self, email: str) -> tuple[str, ...]:
        """Return the numbers of all orders of an address, oldest first; reads the whole table.

        No order may be missing, so this trusts neither the index nor the spelling of addresses, and
        reads rows as they are stored: one that makes no sense must be found as well.
        """
        names = ["order_number", "customer_email", "created_at"]
        theirs = [
            row
            for row in all_as_stored(OrderRow, attributes_to_get=names)
            if folded(_text(row, "customer_email")) == folded(email)
        ]
        theirs.sort(key=lambda row: _text(row, "created_at"))
        return tuple(row["order_number"]["S"] for row in theirs)

    def newest_completed(self, before: datetime) -> str | None:
        """Return the newest completed order before a moment whose buyer is not erased, or None."""
        rows = OrderRow.status_index.query(
            OrderStatus.COMPLETED,
            OrderRow.created_at < before,
            filter_condition=OrderRow.customer_email != ERASED,
            scan_index_forward=False,
            limit=1,
        )
        return next((row.order_number for row in rows), None)

    @staticmethod
    def unfolded_addresses() -> Iterator[tuple[str, str]]:
        """Yield the numbers and addresses of orders that are not filed in lower case yet."""
        rows = OrderRow.scan(
            attributes_to_get=["order_number", "customer_email"],
            page_size=PAGE,
            consistent_read=True,
        )
        for row in readable(rows):
            if row.customer_email != folded(row.customer_email):
                yield row.order_number, row.customer_email

    def naming_buyers(self, until: datetime) -> Iterator[str]:
        """Yield the orders that still name their buyer and whose event began by then, oldest first.

        Erased orders leave the index, so a run that starts again finds the rest.
        """
        rows = OrderRow.personal_index.query(
            PERSONAL,
            OrderRow.event_starts_at <= until,
            page_size=PAGE,
            attributes_to_get=["order_number"],
        )
        for row in rows:
            yield row.order_number

    @staticmethod
    def order_of(checkout_id: str) -> str | None:
        """Return the number of the order that a checkout of ours belongs to, or None."""
        try:
            row = CheckoutRow.get(checkout_id)
        except DoesNotExist:
            return None
        return str(row.order_number)

    def requested(self, key: str) -> Repeated | None:
        """Return the order that an idempotency key was used for, or None."""
        try:
            row = RequestRow.get(request_key(key), consistent_read=True)
        except DoesNotExist:
            return None
        return Repeated(row.request_hash or "", row.order_number or "")

    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None:
        """Return our records of the order's checkouts, oldest first; None if one is missing.

        None also if the order has no checkouts.
        """
        found = {
            row.checkout_id: checkout_record_from(row)
            for row in CheckoutRow.batch_get(list(order.checkout_ids), consistent_read=True)
        }
        if not order.checkout_ids or set(found) != set(order.checkout_ids):
            return None
        records = tuple(found[i] for i in order.checkout_ids)
        return records if all(r.order_number == order.order_number for r in records) else None

    @staticmethod
    def payment_owner(transaction_id: str) -> str | None:
        """Return the number of the order whose tickets this transaction bought, or None."""
        return owner_of(transaction_id)

    def with_status(self, status: OrderStatus) -> Iterator[Order | UnreadableOrder]:
        """Yield the orders with a status, oldest first, or why one cannot be read.

        Each is read again, because an index names them.
        """
        numbers = OrderRow.status_index.query(
            status.value, page_size=PAGE, attributes_to_get=["order_number"]
        )
        for row in numbers:
            order = self._get_if_any(row.order_number)
            if isinstance(order, UnreadableOrder) or (order and order.status is status):
                yield order

    def with_refunds(self, *statuses: RefundStatus) -> Iterator[Order | UnreadableOrder]:
        """Yield the orders with one of these refund statuses, or why one cannot be read.

        It reads the whole table.
        """
        rows = OrderRow.scan(
            OrderRow.refund_status.is_in(*statuses),
            page_size=PAGE,
            consistent_read=True,
            attributes_to_get=["order_number"],
        )
        for row in rows:
            if order := self._get_if_any(row.order_number):
                yield order

    def _get_if_any(self, order_number: str) -> Order | UnreadableOrder | None:
        try:
            return self.get(order_number)
        except OrderNotFound:
            return None
        except UnreadableOrder as error:
            return error

    def completed_for(self, event_id: str) -> Iterator[Order]:
        """Yield the orders with valid tickets for an event, a page at a time.

        It reads the whole table, and leaves out orders that cannot be read.
        """
        rows = OrderRow.scan(
            (OrderRow.event_id == event_id)
            & (OrderRow.status == OrderStatus.COMPLETED)
            & OrderRow.voided_at.does_not_exist(),
            page_size=PAGE,
            consistent_read=True,
        )
        yield from self._readable(rows)

    def reviewed_since(self, since: datetime) -> tuple[ReviewedOrder, ...]:
        """Return the orders put under review since then, without any older than the watch."""
        created_since = since - LATE_WATCH - self._payment_window
        rows = OrderRow.status_index.query(
            OrderStatus.REVIEW.value, OrderRow.created_at >= created_since
        )
        return tuple(
            ReviewedOrder(row.order_number, row.organiser_id, folded(row.customer_email))
            for row in readable(rows)
            if _is_since(row.settled_at, since)
        )

    def _readable(self, rows: Iterator[OrderRow]) -> Iterator[Order]:
        for row in readable(rows):
            try:
                yield order_from(row, self._payment_window)
            except UnreadableOrder as error:
                logger.error("an order cannot be read and is left out", problem=str(error))


def _newest_of(email: str, condition: Condition, limit: int) -> tuple[str, ...]:
    rows = OrderRow.email_index.query(
        folded(email),
        filter_condition=condition,
        scan_index_forward=False,
        limit=limit,
        attributes_to_get=["order_number"],
    )
    return tuple(row.order_number for row in rows)


def _is_since(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment >= since


def owner_of(transaction_id: str) -> str | None:
    """Return the number of the order whose tickets this transaction bought, or None."""
    try:
        return PaymentRow.get(transaction_id, consistent_read=True).order_number
    except DoesNotExist:
        return None


def _text(row: Mapping[str, Mapping[str, str]], name: str) -> str:
    return row.get(name, {}).get("S", "")
