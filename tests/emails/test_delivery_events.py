"""SES events about a mail: every type as SES writes it, and anything else that may arrive."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.builders import NOW, an_order
from ticketing.emails.delivery_events import Happened, MailEvent, mail_id_of, read, tag_of
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.errors import UnreadableMailEvent

EVENTS = Path(__file__).parents[2] / "events"
ID = "ORD-ABC123#confirmation#1"
SAID = {
    "send": (Happened.SENT, None),
    "delivery": (Happened.DELIVERED, None),
    "bounce_permanent": (
        Happened.FAILED,
        "The recipient's mail server refused it (General): smtp; 550 5.1.1 (address) user unknown",
    ),
    "bounce_transient": (
        Happened.RETURNED,
        "It came back, perhaps for a time only (General): smtp; 450 4.2.0 try again later",
    ),
    "bounce_suppressed": (
        Happened.FAILED,
        (
            "SES did not send it: the address is on the suppression list, because a mail to it "
            "bounced or was marked as spam before"
        ),
    ),
    "complaint": (Happened.COMPLAINED, "The recipient marked it as spam (abuse)"),
    "reject": (Happened.FAILED, "SES refused it after all, as if it held a virus: Bad content"),
    "rendering_failure": (
        Happened.FAILED,
        "SES could not make the mail: Attribute 'name' is not present in the rendering data.",
    ),
    "delivery_delay": (
        Happened.DELAYED,
        (
            "The recipient's mail server is not ready (TransientCommunicationFailure): smtp; 421 "
            "4.4.7 Message expired: unable to deliver in 840 minutes; SES tries until "
            "2026-06-02T00:05:00.000Z"
        ),
    ),
}


def text_of(case: str) -> str:
    event = json.loads((EVENTS / f"record_email_event.{case}.json").read_text())
    message: str = event["Records"][0]["Sns"]["Message"]
    return message


def document(case: str = "bounce_permanent") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text_of(case))
    return found


def event_of(document: object) -> MailEvent | None:
    return read(json.dumps(document))


@pytest.mark.parametrize("case", SAID)
def test_each_kind_of_event_is_parsed(case: str) -> None:
    event = read(text_of(case))

    assert event is not None
    assert (event.happened, event.reason) == SAID[case]
    assert (event.mail_id, event.attempt_id) == (ID, "6b0c1f0d2c3e4a5b8c9d0e1f2a3b4c5d")
    assert event.message_id.startswith("010f0197a2b3c4d5-")
    assert event.sent_at == datetime(2026, 6, 1, 10, 5, tzinfo=UTC)
    assert event.at >= event.sent_at
    assert "jane@example.com" not in (event.reason or "")


@pytest.mark.parametrize(
    "subtype", ["MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"]
)
def test_a_transient_bounce_counts_as_failed_unless_it_is_an_auto_reply(
    subtype: str,
) -> None:
    found = document("bounce_transient")
    found["bounce"]["bounceSubType"] = subtype

    event = event_of(found)

    assert event is not None
    assert event.happened is Happened.FAILED


BOUNCES: dict[str, tuple[str, str, dict[str, Any], Happened]] = {
    "status 5.x.x, called transient": (
        "Transient",
        "General",
        {"action": "failed", "status": "5.1.1"},
        Happened.FAILED,
    ),
    "a 5yz reply, called transient": (
        "Transient",
        "General",
        {"action": "failed", "diagnosticCode": "smtp; 550 user unknown"},
        Happened.FAILED,
    ),
    "a 5yz reply, called undetermined": (
        "Undetermined",
        "Undetermined",
        {"action": "failed", "status": "4.0.0", "diagnosticCode": "smtp;554-rejected"},
        Happened.FAILED,
    ),
    "a refusal of an unknown type": (
        "Something",
        "New",
        {"action": "Failed", "status": "5.7.26", "diagnosticCode": "smtp; 550-5.7.26 no"},
        Happened.FAILED,
    ),
    "an enhanced status in the reply": (
        "Transient",
        "General",
        {"action": "failed", "diagnosticCode": "smtp; 5.1.0 - Unknown address error"},
        Happened.FAILED,
    ),
    "a reply that another server repeats": (
        "Transient",
        "General",
        {"action": "failed", "diagnosticCode": "smtp; host mx.example said: 550 5.1.1 unknown"},
        Happened.FAILED,
    ),
    "a 5yz reply without an action": (
        "Transient",
        "General",
        {"diagnosticCode": "smtp; 550 5.1.1 user unknown"},
        Happened.FAILED,
    ),
    "a mailbox that SES gave up": (
        "Transient",
        "General",
        {"action": "failed", "status": "4.4.7", "diagnosticCode": "smtp; 421 4.4.7 expired"},
        Happened.RETURNED,
    ),
    "a number that is no reply": (
        "Transient",
        "General",
        {"action": "failed", "status": "4.2.2", "diagnosticCode": "smtp; 452 5000 of 5.1.1.1"},
        Happened.RETURNED,
    ),
    "a delay that another server reports": (
        "Transient",
        "General",
        {"action": "delayed", "status": "5.0.0"},
        Happened.RETURNED,
    ),
    "nothing but the name of a bounce": ("Undetermined", "Undetermined", {}, Happened.RETURNED),
    "an automatic reply": ("Transient", "General", {}, Happened.DELAYED),
}


@pytest.mark.parametrize(("kind", "subtype", "status", "happened"), BOUNCES.values(), ids=BOUNCES)
def test_a_bounce_is_final_if_the_other_server_refuses(
    kind: str, subtype: str, status: dict[str, Any], happened: Happened
) -> None:
    found = document("bounce_transient")
    found["bounce"] |= {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [{"emailAddress": "jane@example.com"} | status],
    }

    event = event_of(found)

    assert event is not None
    assert event.happened is happened
    assert "jane" not in (event.reason or "")


@pytest.mark.parametrize("value", [None, 5, [], {}, True, "\u0665.1.1"])
@pytest.mark.parametrize("name", ["action", "status", "diagnosticCode"])
def test_a_strange_delivery_status_is_never_a_refusal(name: str, value: object) -> None:
    found = document("bounce_transient")
    found["bounce"]["bouncedRecipients"] = [{name: value}]

    event = event_of(found)

    assert event is not None
    assert event.happened in {Happened.DELAYED, Happened.RETURNED}


def test_a_complaint_from_the_suppression_list_counts_as_failed() -> None:
    found = document("complaint")
    found["complaint"]["complaintSubType"] = "OnAccountSuppressionList"

    event = event_of(found)

    assert event is not None
    assert event.happened is Happened.FAILED


@pytest.mark.parametrize("kind", ["Open", "Click", "Subscription", "Something New"])
def test_an_event_type_we_did_not_subscribe_to_is_ignored(kind: str) -> None:
    assert event_of(document() | {"eventType": kind}) is None


def test_the_validation_message_of_a_new_topic_is_ignored() -> None:
    assert read(text_of("topic_checked")) is None


@pytest.mark.parametrize(
    "other", [None, {}, {"mail": []}, {"mail": ["ORD-1#confirmation"]}, {"mail": ["_ZZ"]}]
)
def test_an_event_about_a_foreign_mail_is_ignored(other: object) -> None:
    found = document()
    found["mail"]["tags"] = other

    assert event_of(found) is None


BROKEN: list[tuple[str, str]] = [
    ("", "not JSON"),
    ("jane@example.com", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ("[]", "not an object"),
    ("{}", "eventType"),
    ('{"eventType": "Send"}', "mail"),
    ('{"eventType": 1, "mail": {}}', "eventType"),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN)
def test_an_invalid_event_is_refused_and_not_quoted(text: str, problem: str) -> None:
    with pytest.raises(UnreadableMailEvent, match=problem) as refused:
        read(text)

    assert "jane" not in str(refused.value)


@pytest.mark.parametrize("where", ["bounce", "mail"])
@pytest.mark.parametrize("when", ["yesterday", "2026-06-01T10:05:00", 5, None])
def test_an_invalid_time_is_refused(where: str, when: object) -> None:
    found = document()
    found[where]["timestamp"] = when

    with pytest.raises(UnreadableMailEvent, match="timestamp"):
        event_of(found)


@pytest.mark.parametrize("recipients", [None, [], {}, [None], ["x"], [{}], [{"status": "5.0.0"}]])
def test_a_bounce_without_details_is_still_a_bounce(recipients: object) -> None:
    found = document()
    found["bounce"]["bouncedRecipients"] = recipients

    event = event_of(found)

    assert event is not None
    assert event.happened is Happened.FAILED


@given(st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=5))
def test_any_value_is_parsed_or_raises_our_own_error(value: object) -> None:
    for place in ("eventType", "mail", "bounce"):
        found = document() | {place: value}
        try:
            event_of(found)
        except UnreadableMailEvent:
            continue


# ---- tags


@given(st.text(min_size=1))
@example("ORD-ABC123#alert#mail-failed-ORD-ABC123#payment_failed#1")
@example("ORD-ABC123_23")
def test_a_mail_id_round_trips_through_its_tag(mail_id: str) -> None:
    try:
        mail_id.encode()
    except UnicodeEncodeError:
        return

    spelled = tag_of(mail_id)

    assert mail_id_of(spelled) == mail_id
    assert set(spelled) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@pytest.mark.parametrize("tag", ["", "_", "_2", "_2f", "a#b", "_FF", "é", "ORD-1_23\n"])
def test_an_invalid_tag_has_no_mail_id(tag: str) -> None:
    assert mail_id_of(tag) is None


def test_the_longest_mail_id_fits_in_a_tag() -> None:
    order = an_order(order_number="ABCDEFGH-ABCDEFGHIJKL")
    mail = to_buyer(order, MailKind.PAYMENT_FAILED, NOW)
    alert = f"{order.order_number}#alert#mail-unwanted-{mail.mail_id}"

    assert len(tag_of(alert)) <= 256
