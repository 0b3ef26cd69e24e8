"""Every night, or for a day that an operator asks for: compare our payments with SumUp's."""

from datetime import date
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.reconcile_payments import reconcile_payments
from ticketing.flows.reconcile_payments import Asked
from ticketing.invocation import clock, time_left
from ticketing.observability import lambda_handler, logger

at_start(reconcile_payments)


@lambda_handler
def handler(event: dict[str, Any] | None, context: LambdaContext) -> dict[str, Any]:
    """Reconcile the open days, or what `asked` names; return each day and its findings."""
    flow = reconcile_payments(services())
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
