"""Logs and metrics: one logger, one set of metrics, the names of both.

A metric's namespace is the brand, its one dimension `service` the stack: see `template.yaml`.

Log lines carry order numbers and reasons, never names, addresses or tokens.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from ticketing.failures import bare

P = ParamSpec("P")
R = TypeVar("R")

logger = Logger()
metrics = Metrics()
logging.getLogger("aws_lambda_powertools.event_handler").setLevel(logging.CRITICAL)
"""Its line for an error that no route handles quotes the error; `fails_in_words` has ours."""

HEARTBEAT = "ScanHeartbeat"
ORDERS_DUE = "OrdersDue"
MAILS_DUE = "MailsDue"
OLDEST_OVERDUE = "OldestOverdueSeconds"
AWS_TROUBLE = "RequestsFailedByAws"
TURNED_AWAY = "OrdersTurnedAway"
NOT_QUEUED = "MessagesNotQueued"
MAILS_SENT = "MailsSent"
MAILS_FAILED = "MailsFailed"
MAILS_DELIVERED = "MailsDelivered"
MAILS_BOUNCED = "MailsBounced"
MAILS_COMPLAINED = "MailsComplained"
ALERTS_BOUNCED = "AlertsBounced"
CONNECTIONS_SEEN = "ConnectionsSeen"
CONNECTIONS_IN_TROUBLE = "ConnectionsInTrouble"
CONNECTIONS_TO_RENEW = "ConnectionsToRenew"
AUDIT_HEARTBEAT = "AuditHeartbeat"
ORDERS_AUDITED = "OrdersAudited"
RULES_BROKEN = "RulesBroken"
ERASE_HEARTBEAT = "EraseHeartbeat"
BUYERS_ERASED = "BuyersErased"
BUYERS_KEPT = "BuyersKept"
RECONCILE_HEARTBEAT = "ReconcileHeartbeat"
DAYS_RECONCILED = "DaysReconciled"
DAYS_UNKNOWN = "DaysUnknown"
MONEY_FINDINGS = "MoneyFindings"
CHECKS_FAILED = "ChecksFailed"
DELIVERIES_FAILED = "DeliveriesFailed"
SUMUP_TROUBLE = "SumUpTrouble"


def count(name: str, value: float = 1) -> None:
    """Count something that happened."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def seconds(name: str, value: float) -> None:
    """Record a duration."""
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)


def follow(correlation_id: str | None, order: str | None = None) -> None:
    """Name in every line from now on the order, and the request that all this began with."""
    logger.append_keys(correlation_id=correlation_id, order=order)


def fails_in_words(function: Callable[P, R]) -> Callable[P, R]:
    """Log a failure and let it out, both without the words of others; see `failures`."""

    @wraps(function)
    def guarded(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        except Exception as error:  # noqa: BLE001  # raised again below, outside of its context
            failure = bare(error)
        logger.error("failed", kind=type(failure).__name__, problem=str(failure))
        raise failure

    return guarded
