"""The recording of what SES reports about a mail."""

from ticketing.bootstrap.shared import Services, once
from ticketing.flows.record_email_event import RecordEmailEvent


@once
def record_email_event(services: Services) -> RecordEmailEvent:
    return RecordEmailEvent(services.outbox, services.storing_notifier)
