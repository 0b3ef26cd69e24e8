"""The commands of operators: one module per group."""

OK, FAILED, ATTENTION = 0, 1, 3
"""Exit codes: success; the command failed; some order or ticket needs a person."""

DEAD_LETTER_QUEUES = {
    "verify": "VerifyDeadLetterQueueUrl",
    "delivery": "DeliveryDeadLetterQueueUrl",
    "mail-events": "MailEventsDeadLetterQueueUrl",
}
"""The stack's outputs by the names for `redrive`. The schedule's is not one: the next run does the
same work anyway."""

POLL_SECONDS = 120.0
"""How long `poll` waits for the verifications."""
