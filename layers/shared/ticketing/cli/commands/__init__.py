"""The commands of operators: one module per group."""

OK, FAILED, ATTENTION, STOPPED = 0, 1, 3, 130
"""Exit codes: success; the command failed; an order or ticket needs a person; Ctrl-C."""

DEAD_LETTER_QUEUES = {
    "verify": "VerifyDeadLetterQueueUrl",
    "delivery": "DeliveryDeadLetterQueueUrl",
    "mail-events": "MailEventsDeadLetterQueueUrl",
}
"""The stack's outputs by the names that `redrive` takes.

The queue of the schedule is left out, because the next run does the same work anyway.
"""

POLL_SECONDS = 120.0
"""How long `poll` waits for the verifications."""
