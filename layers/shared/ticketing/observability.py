"""Logs and metrics: one logger, one set of metrics, the names of both.

Log lines carry order numbers and reasons, never names, addresses or tokens.
"""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()

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
AUDIT_HEARTBEAT = "AuditHeartbeat"
ORDERS_AUDITED = "OrdersAudited"
RULES_BROKEN = "RulesBroken"


def count(name: str, value: float = 1) -> None:
    """Count something that happened."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def seconds(name: str, value: float) -> None:
    """Record a duration."""
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)
