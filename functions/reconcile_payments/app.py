"""Every night: compare our payments with SumUp's; or one day, for somebody who asks for it."""

from datetime import date
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.flows.reconcile_payments import Asked
from ticketing.invocation import clock, time_left
from ticketing.observability import fails_in_words, follow, logger, metrics


@fails_in_words
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any] | None, context: LambdaContext) -> dict[str, Any]:
    """Reconcile what is open, or what `asked` names; answers with each day and its findings."""
    follow(context.aws_request_id)
    flow = services().reconcile_payments
    if event and "asked" in event:
        report = flow.asked(_asked(event["asked"]), clock, time_left(context))
    else:
        report = flow.nightly(clock, time_left(context))
    logger.info("reconciled", **report.totals)
    return report.as_json


def _asked(wanted: dict[str, Any]) -> Asked:
    day = wanted.get("day")
    return Asked(
        organiser_id=wanted.get("organiser"),
        day=date.fromisoformat(day) if day else None,
        dry_run=bool(wanted.get("dry_run")),
    )
