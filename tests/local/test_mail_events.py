"""The events the local AWS publishes for a mail: in the format of SES, per recipient."""

import json
from datetime import UTC, datetime

import pytest

from local import mail_events
from ticketing.emails.delivery_events import Happened, read

NOW = datetime(2026, 6, 1, 10, 5, tzinfo=UTC)
HEARD = {
    "jane@example.com": ["sent", "delivered"],
    "success@simulator.amazonses.com": ["sent", "delivered"],
    "bounce@simulator.amazonses.com": ["sent", "failed"],
    "Bounce+order-1@Simulator.AmazonSES.com": ["sent", "failed"],
    "suppressionlist@simulator.amazonses.com": ["sent", "failed"],
    "complaint+x@simulator.amazonses.com": ["sent", "delivered", "complained"],
    "bounce@example.com": ["sent", "delivered"],
}


@pytest.mark.parametrize("recipient", HEARD)
def test_each_simulator_address_gets_the_same_events_as_from_ses(recipient: str) -> None:
    request = {
        "FromEmailAddress": "tickets@example.com",
        "Destination": {"ToAddresses": [recipient]},
        "ConfigurationSetName": "tickets-mail",
        "EmailTags": [
            {"Name": "mail", "Value": "ORD-ABC123_23confirmation_231"},
            {"Name": "attempt", "Value": "a1"},
        ],
    }
    published = mail_events.events(request, "ses-1", "eu-west-2", "000000000000", NOW)

    heard = [read(json.dumps(document)) for _, document in published]

    assert [event.happened for event in heard if event] == [Happened(h) for h in HEARD[recipient]]
    assert {(e.mail_id, e.attempt_id, e.message_id, e.at) for e in heard if e} == {
        ("ORD-ABC123#confirmation#1", "a1", "ses-1", NOW)
    }
