"""Judge what was read about a stack: what is well, and what is missing.

Whatever could not be read is `UNKNOWN`, which is neither well nor missing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.events.event import Event, TicketType
from ticketing.organisers.connection_health import Health, health, note
from ticketing.organisers.organiser import Organiser

WANTED_EVENTS = frozenset(
    {"DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE", "DELIVERY_DELAY"}
)
"""The events about mails that SES has to report."""
NEVER_COMPLETE = "ROLLBACK_COMPLETE"
"""The state of a stack whose first deployment failed: it has to be deleted."""
DEV = "dev"
SANDBOX = "is in the sandbox: only verified addresses get mail"
ENOUGH_AT_ONCE = 100
"""Functions at once: 7 for the queues by default, the rest for buyers. New accounts have 10."""
USABLE = frozenset({Health.FINE, Health.REFRESH_DUE})
CONFIRM = (
    "confirm in the mail from SNS at that address; if there is none, deploy with the right one"
)


class State(StrEnum):
    """The state of a thing."""

    WELL = "well"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """The state of a thing, a sentence about it, and what to do."""

    about: str
    state: State
    words: str
    advice: str = ""


def well(about: str, words: str) -> Finding:
    return Finding(about, State.WELL, words)


def missing(about: str, words: str, advice: str) -> Finding:
    return Finding(about, State.MISSING, words, advice)


def unknown(about: str, problem: str) -> Finding:
    advice = "you may lack the permission to read it; otherwise try again"
    return Finding(about, State.UNKNOWN, f"could not be read: {problem}", advice)


def deployment(status: str) -> Finding:
    if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
        return well("stack", f"deployed ({status})")
    if status.endswith("_IN_PROGRESS"):
        return missing("stack", f"is being changed ({status})", "look again when that has ended")
    section = "If the first deployment fails" if status == NEVER_COMPLETE else "Update"
    advice = f"the Events tab of the stack says why; see docs/deploying.md, '{section}'"
    return missing("stack", f"its last deployment did not succeed ({status})", advice)


def sending(*, production: bool, enabled: bool, status: str, stage: str) -> Iterator[Finding]:
    if not enabled or status not in {"HEALTHY", ""}:
        words = f"does not send or is on probation ({status or 'sending is off'})"
        yield missing("SES account", words, "see docs/runbooks/mails.md#email-sending-stopped")
    elif not production and stage == DEV:
        yield well("SES account", f"{SANDBOX}, which is enough for dev")
    elif not production:
        yield missing("SES account", SANDBOX, "ask for production access in the SES console")
    else:
        yield well("SES account", "sends to any address")


def recipient_in_sandbox(address: str, *, verified: bool) -> Finding:
    """Judge whether alerts arrive while SES is in its sandbox."""
    if verified:
        return well("AlertAddress", f"{address} is verified")
    advice = (
        f"aws sesv2 create-email-identity --email-identity {address}, then open the link in the"
        " mail from AWS; the same for each address that a ticket is bought with"
    )
    return missing("AlertAddress", f"{address} is not verified: no alert reaches it", advice)


def concurrency(limit: int) -> Finding:
    """Judge how many functions the account may run at once, in all its stacks together."""
    words = f"{limit} functions may run at once"
    if limit >= ENOUGH_AT_ONCE:
        return well("Lambda concurrency", words)
    advice = "ask for 1,000 in Service Quotas, AWS Lambda, 'Concurrent executions'; it takes days"
    return missing("Lambda concurrency", f"only {words}, so buyers are turned away", advice)


def origin_key(sent: str | None, accepted: Collection[str]) -> Finding:
    """Judge whether the API accepts the key that CloudFront sends; no key is shown."""
    if sent is None:
        return missing("CloudFront key", "CloudFront sends none to the API", "deploy again")
    if sent not in accepted:
        words = "the API does not accept the one that CloudFront sends, so it answers nobody"
        return missing("CloudFront key", words, "see docs/operating.md, 'The key of CloudFront'")
    if len(accepted) > 1:
        words = f"is one of {len(accepted)} that the API accepts"
        return well("CloudFront key", f"{words}; remove those that are no longer used")
    return well("CloudFront key", "the API answers CloudFront only")


def web_acl(arn: str) -> Finding:
    """Say whether AWS WAF limits the requests from a single address; a shop may do without."""
    if arn:
        return well("web ACL", f"on: {arn.rpartition('webacl/')[2].partition('/')[0]}")
    return well("web ACL", "off, so no single address is limited; see docs/deploying.md")


def sender(identity: str, *, verified: bool) -> Finding:
    if verified:
        return well("SES identity", f"{identity} is verified")
    advice = "add the DNS records that the SES console shows, and wait"
    return missing("SES identity", f"{identity} is not verified", advice)


def mail_events(destinations: Sequence[tuple[bool, str, frozenset[str]]], topic: str) -> Finding:
    """Judge what SES reports: for each destination whether it is enabled, its topic and events."""
    reported: set[str] = set()
    for enabled, sent_to, events in destinations:
        if enabled and sent_to == topic:
            reported |= events
    if lacking := sorted(WANTED_EVENTS - reported):
        words = f"SES does not report {', '.join(lacking)}"
        return missing("mail events", words, "deploy again: the template sets it up")
    return well("mail events", "SES reports the delivery of mails")


def connections(organisers: Sequence[Organiser], now: datetime) -> Iterator[Finding]:
    if not organisers:
        advice = "invite one: python -m ticketing organisers connect ID --name NAME --currency GBP"
        yield missing("organisers", "there are none, so nothing can be sold", advice)
    for organiser in organisers:
        about = f"organiser {organiser.organiser_id}"
        how = health(organiser, now)
        words = f"{how}. {note(organiser, now)}".strip()
        if how in USABLE:
            yield well(about, words)
        else:
            advice = f"python -m ticketing organisers connect {organiser.organiser_id}"
            yield missing(about, words, f"send them a new link: {advice}")


def unreadable_organiser(problem: str) -> Finding:
    words = f"the row of one cannot be read: {problem}"
    return missing("organisers", words, "correct it; see docs/runbooks/broken-data.md")


def sale(events: Mapping[Event, Sequence[TicketType]]) -> Iterator[Finding]:
    if not events:
        advice = "put one on sale: python -m ticketing events import FILE"
        yield missing("events", "none is on sale", advice)
    for event, kinds in events.items():
        left = sum(kind.available for kind in kinds)
        about = f"event {event.event_id}"
        if kinds:
            yield well(about, f"on sale, {left} seats left" if left else "sold out")
        else:
            yield missing(about, "on sale without ticket types", "import it with its ticket types")


def ticket_keys(
    signing: Mapping[str, Mapping[str, bytes]], published: Mapping[str, Mapping[str, bytes]]
) -> Iterator[Finding]:
    """Judge events' public keys, by event and key id; `signing` are those of the secret."""
    other = sorted(event_id for event_id, keys in published.items() if keys != signing[event_id])
    if other:
        words = f"those of event {', '.join(other)} are not the ones of the signing key"
        yield missing("ticket keys", words, "python -m ticketing qr publish")
    else:
        yield well("ticket keys", "are published")


def earlier_links(*, is_kept: bool) -> Finding:
    if is_kept:
        return well("earlier links", "open their orders")
    words = "links in mails from before the update open nothing"
    return missing("earlier links", words, "python -m ticketing links keep")


def schedule(about: str, rules: Mapping[str, bool]) -> Finding:
    """Judge the rules that start a function, which are given by name, True if enabled."""
    off = sorted(name for name, enabled in rules.items() if not enabled)
    if not rules:
        return missing(about, "no rule starts it", "deploy again: the template has one")
    if off:
        return missing(about, "its rule is disabled", f"aws events enable-rule --name {off[0]}")
    return well(about, "its rule is enabled")


def trigger(about: str, states: Sequence[str]) -> Finding:
    """Judge what feeds a function from its queue."""
    if states and all(state == "Enabled" for state in states):
        return well(about, "takes messages from its queue")
    words = f"does not take messages from its queue ({', '.join(states) or 'no trigger'})"
    return missing(about, words, "enable the trigger in the Lambda console, or deploy again")


def heartbeat(about: str, last: datetime | None, within: timedelta, now: datetime) -> Finding:
    """Judge when a function last succeeded; `last` is None if it did not `within` that time."""
    if last is None:
        words = f"has not succeeded within {_span(within)}"
        return missing(about, words, "see docs/runbooks/missing-runs.md")
    ago = now - last
    when = "just now" if ago < timedelta(minutes=1) else f"{_span(ago)} ago"
    return well(about, f"last succeeded {when}")


def dead_letters(queue: str, many: int) -> Finding:
    if not many:
        return well(queue, "is empty")
    held = "1 message" if many == 1 else f"{many} messages"
    return missing(queue, f"holds {held}", "see docs/operating.md, 'Dead letters'")


def subscriptions(confirmed: Mapping[str, bool]) -> Iterator[Finding]:
    """Judge who receives alarms, and whether they confirmed their subscriptions."""
    if not confirmed:
        yield missing(
            "alarm mail", "no address receives alarms", "deploy again: the template subscribes"
        )
    for address, agreed in confirmed.items():
        if agreed:
            yield well("alarm mail", f"goes to {address}")
        else:
            yield missing("alarm mail", f"{address} has not confirmed the subscription", CONFIRM)


def alarms(states: Mapping[str, tuple[str, bool]], stage: str) -> Iterator[Finding]:
    """Judge the alarms: the state of each, and whether its actions are enabled."""
    if not states and stage == DEV:
        yield well("alarms", "there are none, which is enough for dev")
        return
    if not states:
        yield missing("alarms", "there are none", "deploy with Watch=alarms or everything")
        return
    for name, (state, acts) in sorted(states.items()):
        if state == "ALARM":
            advice = f"docs/runbooks/README.md lists the section {name.replace('-', ' ')}"
            yield missing(f"alarm {name}", "is raised", advice)
        if not acts:
            advice = "enable its actions in the CloudWatch console"
            yield missing(f"alarm {name}", "notifies nobody", advice)
    if all(state != "ALARM" and acts for state, acts in states.values()):
        yield well("alarms", f"none of {len(states)} is raised")


def address(public: str, site: str) -> Finding:
    """Judge whether links in mails lead to the site."""
    if public == site:
        return well("PublicUrl", public)
    advice = "set PublicUrl to the address of the site and deploy; see docs/deploying.md"
    return missing("PublicUrl", f"links lead to {public}, the site is {site}", advice)


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes >= 2 * 60:
        return f"{minutes // 60} hours"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
