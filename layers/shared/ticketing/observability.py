"""Logs and metrics: the one logger, the one set of metrics, and their names.

A metric's namespace is the brand, and its only dimension, `service`, is the stack: see
`template.yaml`.

Log lines have order numbers and reasons, never names, addresses or tokens.
"""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.failures import redact

E = TypeVar("E")
P = ParamSpec("P")
R = TypeVar("R")

logger = Logger()
metrics = Metrics()
logging.root.setLevel(logging.WARNING)
"""Lambda sets it to `LogLevel`, at which botocore and pynamodb may log whole requests."""
logging.getLogger("aws_lambda_powertools.event_handler").setLevel(logging.CRITICAL)
"""It would log errors that no route handles with their message; `redact_exceptions` logs them."""

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
REMIND_HEARTBEAT = "RemindHeartbeat"
BUYERS_REMINDED = "BuyersReminded"
RECONCILE_HEARTBEAT = "ReconcileHeartbeat"
DAYS_RECONCILED = "DaysReconciled"
DAYS_UNKNOWN = "DaysUnknown"
MONEY_FINDINGS = "MoneyFindings"
CHECKS_FAILED = "ChecksFailed"
SUMUP_TROUBLE = "SumUpTrouble"
SCANS_CLONED = "ScansCloned"
SCANS_DOUBLE = "ScansDouble"


_one_at_a_time = Lock()
"""Powertools' metrics are not thread-safe, and a batch is handled in threads."""


def count(name: str, value: float = 1) -> None:
    with _one_at_a_time:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def count_some(name: str, value: int) -> None:
    """Count, unless the value is 0: CloudWatch bills a metric for each hour in which it has data.

    Do not use it for alarms, which need the 0 to see that a problem is over.
    """
    if value:
        count(name, value)


def seconds(name: str, value: float) -> None:
    with _one_at_a_time:
        metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)


def set_log_context(correlation_id: str | None, order: str | None = None) -> None:
    """Put an order, and the id of the request that everything began with, into all log lines.

    That is, into those of this thread, which handles one message of a batch.
    """
    logger.thread_safe_append_keys(correlation_id=correlation_id, order=order)


def current_correlation_id() -> str | None:
    """Return the id of the request that everything began with."""
    found: str | None = logger.thread_safe_get_current_keys().get("correlation_id")
    return found


def redact_exceptions(function: Callable[P, R]) -> Callable[P, R]:
    """Log an exception and raise it again, both redacted; see `failures`."""

    @wraps(function)
    def redacting(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        except Exception as error:  # noqa: BLE001  # raised again below, outside of its context
            failure = redact(error)
        logger.error("failed", kind=type(failure).__name__, problem=str(failure))
        raise failure

    return redacting


def lambda_handler(handler: Callable[[E, LambdaContext], R]) -> Callable[[E, LambdaContext], R]:
    """Do what every function does around its own work.

    Log keys are reset, and then have the id of the HTTP request or of the invocation. Metrics are
    flushed, even after an error. Exceptions are redacted.
    """

    @redact_exceptions
    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    @wraps(handler)
    def handling(event: E, context: LambdaContext) -> R:
        set_log_context(_request_id(event) or context.aws_request_id)
        return handler(event, context)

    return handling


def _request_id(event: object) -> str | None:
    """Return API Gateway's id of an HTTP request; None for any other event."""
    request: Any = event.get("requestContext") if isinstance(event, Mapping) else None
    return request.get("requestId") if isinstance(request, Mapping) else None
