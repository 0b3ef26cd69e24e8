"""`doctor`: check a stack from all sides and report what is missing. Changes nothing."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from ticketing.adapters.dynamodb.retries import SDK_ERRORS
from ticketing.cli.commands import FAILED, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json
from ticketing.cli.doctor import deployment, mail, operation
from ticketing.cli.terminal import GREEN, RED, YELLOW, coloured, say
from ticketing.errors import TicketingError
from ticketing.operators.diagnosis import Finding, State, unknown

Check = Callable[[Stack, datetime], Iterable[Finding]]

NOT_READ = (*SDK_ERRORS, TicketingError)
MARKS = {State.WELL: "ok ", State.MISSING: "!! ", State.UNKNOWN: "?? "}
COLOURS = {State.WELL: GREEN, State.MISSING: RED, State.UNKNOWN: YELLOW}
CHECKS: dict[str, Check] = {
    "stack": deployment.stack_status,
    "secrets": deployment.secrets,
    "Lambda concurrency": deployment.concurrency,
    "SES account": mail.account,
    "SES identity": mail.identity,
    "mail events": mail.mail_events,
    "organisers": deployment.organisers,
    "events": deployment.events,
    "ticket keys": deployment.ticket_keys,
    "earlier links": deployment.earlier_links,
    "schedules": operation.schedules,
    "triggers": operation.triggers,
    "heartbeats": operation.heartbeats,
    "dead letters": operation.dead_letters,
    "alarms": operation.alarms,
    "site": deployment.site,
}


def run(options: Namespace, stack: Stack) -> int:
    """Check the stack and print the findings; the exit code is 1 unless all is well."""
    findings = list(examine(stack, datetime.now(UTC)))
    if options.json:
        print(_json(findings))
    else:
        say(_text(findings))
    return OK if all(found.state is State.WELL for found in findings) else FAILED


def examine(stack: Stack, now: datetime) -> Iterator[Finding]:
    """Yield what every check finds; a check that cannot read its part does not stop the others."""
    for about, check in CHECKS.items():
        try:
            yield from check(stack, now)
        except NOT_READ as error:
            yield unknown(about, str(error))


def _text(findings: Iterable[Finding]) -> str:
    lines = []
    for found in findings:
        mark = coloured(MARKS[found.state].rstrip(), COLOURS[found.state])
        lines.append(f"{mark:<2} {found.about}: {found.words}")
        if found.advice:
            lines.append(f"     {found.advice}")
    wrong = sum(found.state is not State.WELL for found in findings)
    needs = "needs" if wrong == 1 else "need"
    end = "\nAll is well." if not wrong else f"\n{wrong} of these {needs} a person."
    return "\n".join([*lines, end])


def _json(findings: Iterable[Finding]) -> str:
    listed = [asdict(found) for found in findings]
    is_well = all(found.state is State.WELL for found in findings)
    return in_json({"well": is_well, "findings": listed})
