"""The secondary indexes of the tables, and which attributes each of them has."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)

from ticketing.adapters.dynamodb.attributes import MomentAttribute


class WorkIndex(GlobalSecondaryIndex[Any]):
    """Sparse: only orders with something left to do, by when it is due."""

    class Meta:
        """Enough for the scan to nominate without reading the order."""

        index_name = "work"
        projection = IncludeProjection(["status", "created_at", "stuck_alerted_at"])

    work_key = UnicodeAttribute(hash_key=True)
    next_check_at = MomentAttribute(range_key=True)


class StatusIndex(GlobalSecondaryIndex[Any]):
    """For administrators: all orders of a status, by age."""

    class Meta:
        """What an overview shows."""

        index_name = "by_status"
        projection = IncludeProjection(
            ["organiser_id", "customer_email", "status_reason", "total", "currency", "settled_at"]
        )

    status = UnicodeAttribute(hash_key=True)
    created_at = MomentAttribute(range_key=True)


class EmailIndex(GlobalSecondaryIndex[Any]):
    """For administrators: all orders of a buyer."""

    class Meta:
        """Enough to tell one order of a buyer from another."""

        index_name = "by_email"
        projection = IncludeProjection(["status", "event_id", "total", "currency"])

    customer_email = UnicodeAttribute(hash_key=True)
    created_at = MomentAttribute(range_key=True)


class PersonalIndex(GlobalSecondaryIndex[Any]):
    """Sparse: only orders that still name their buyer, by when their event begins."""

    class Meta:
        """The number is enough."""

        index_name = "personal"
        projection = KeysOnlyProjection()

    personal_key = UnicodeAttribute(hash_key=True)
    event_starts_at = MomentAttribute(range_key=True)


class MerchantIndex(GlobalSecondaryIndex[Any]):
    """All payments of a merchant, by when they were accepted."""

    class Meta:
        """Whole payments, so that one query reads a day of them."""

        index_name = "by_merchant"
        projection = AllProjection()

    merchant_code = UnicodeAttribute(hash_key=True)
    accepted_at = MomentAttribute(range_key=True)


class TicketEventIndex(GlobalSecondaryIndex[Any]):
    """The tickets of an event, by when they were issued or became void.

    Admissions do not write to it.
    """

    class Meta:
        """What a device at the door keeps of a ticket, and the name that it is searched by."""

        index_name = "by_event"
        projection = IncludeProjection(["sku", "status", "admits", "holder"])

    event_id = UnicodeAttribute(hash_key=True)
    changed_at = MomentAttribute(range_key=True)


class SaleIndex(GlobalSecondaryIndex[Any]):
    """Sparse: only events that are on sale, by when they start."""

    class Meta:
        """Whole events, so that one query lists them."""

        index_name = "by_sale"
        projection = AllProjection()

    on_sale = UnicodeAttribute(hash_key=True)
    starts_at = MomentAttribute(range_key=True)


class MailWorkIndex(GlobalSecondaryIndex[Any]):
    """Sparse: only mails that are still to be sent, by when they are due."""

    class Meta:
        """The id is enough."""

        index_name = "work"
        projection = KeysOnlyProjection()

    work_key = UnicodeAttribute(hash_key=True)
    next_attempt_at = MomentAttribute(range_key=True)


class MailOrderIndex(GlobalSecondaryIndex[Any]):
    """For administrators: all mails about an order."""

    class Meta:
        """The ids say what kind of mails they are."""

        index_name = "by_order"
        projection = KeysOnlyProjection()

    order_number = UnicodeAttribute(hash_key=True)
    created_at = MomentAttribute(range_key=True)
