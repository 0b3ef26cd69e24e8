"""`redrive`: deliver dead letters again, once their cause is fixed."""

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from ticketing.adapters.aws.queues import DeadLetters, Letter, Queue, name_in
from ticketing.cli.commands import ATTENTION, DEAD_LETTER_QUEUES, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json
from ticketing.cli.terminal import bad, progress, say
from ticketing.errors import NotOurMessage, TicketingError
from ticketing.flows.redrive import Redriven, redrive

WORK = {"verify": ("VerifyQueueUrl", "order_number"), "delivery": ("DeliveryQueueUrl", "mail_id")}


def run(options: Namespace, stack: Stack) -> int:
    """Deliver the messages of one queue or of all again; those that stay there need a person."""
    names = [options.queue] if options.queue else list(DEAD_LETTER_QUEUES)
    done = {name: _redrive(name, stack, dry_run=options.dry_run) for name in names}
    if options.json:
        print(in_json({name: _facts(one) for name, one in done.items()}))
    else:
        for name, one in done.items():
            say("\n".join(_lines(name, one, dry_run=options.dry_run)))
    return ATTENTION if any(one.left for one in done.values()) else OK


def _redrive(name: str, stack: Stack, *, dry_run: bool) -> Redriven:
    letters = DeadLetters(stack.session.client("sqs"), stack.outputs[DEAD_LETTER_QUEUES[name]])
    if name in WORK:
        url, field = WORK[name]
        queue = Queue(stack.session.client("sqs"), stack.outputs[url], field)
        return _shown(letters, lambda b: name_in(b, field), _into(queue, field), dry_run=dry_run)

    def record(letter: Letter) -> None:
        stack.invoke("RecordEmailEventFunction", event_in(letter.body))

    return _shown(letters, _event_name, record, dry_run=dry_run)


def _shown(
    letters: DeadLetters,
    name_of: Callable[[str], str],
    hand_over: Callable[[Letter], None],
    *,
    dry_run: bool,
) -> Redriven:
    with progress("Requeuing") as show:

        def so_far(done: Redriven) -> None:
            show(counted(done.letters, "message"))

        return redrive(letters, name_of, hand_over, so_far, dry_run=dry_run)


def _into(queue: Queue, field: str) -> Callable[[Letter], None]:
    def send(letter: Letter) -> None:
        name = name_in(letter.body, field)
        if queue.send([name], letter.correlation_id):
            raise TicketingError(f"the queue did not accept {name}")

    return send


def event_in(body: str) -> Mapping[str, Any]:
    """Return the event that Lambda or SNS could not deliver; else raise `NotOurMessage`."""
    try:
        found = json.loads(body)
        event = found.get("requestPayload") or {"Records": [{"Sns": found}]}
        texts = [record["Sns"]["Message"] for record in event["Records"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotOurMessage("Message") from error
    if not texts or not all(isinstance(text, str) for text in texts):
        raise NotOurMessage("Message")
    return dict(event)


def _event_name(body: str) -> str:
    return f"{len(event_in(body)['Records'])} of SES"


def _lines(name: str, done: Redriven, *, dry_run: bool) -> list[str]:
    verb = "would be handed over" if dry_run else "handed over"
    lines = [f"{name}: {done.handed_over.total()} {verb}, {len(done.left)} left"]
    lines += [f"  {verb}: {named}" for named in sorted(done.handed_over)]
    lines += [f"  {bad('left')}: message {left}: {why}" for left, why in done.left.items()]
    return lines


def _facts(done: Redriven) -> dict[str, object]:
    return {"handed_over": dict(done.handed_over), "left": done.left}
