import boto3
import pytest
from botocore import exceptions as wire
from botocore.config import Config
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber
from mypy_boto3_sesv2 import SESV2Client

from ticketing.adapters.aws.pace import Pace
from ticketing.adapters.aws.ses import Mailer, tag
from ticketing.errors import (
    DailyQuotaSpent,
    SendFailed,
    SendingPaused,
    SendOutcomeUnknown,
    SendRejected,
    SendThrottled,
)

RAW = b"To: jane@example.com\r\n\r\nHello"
TAGS = {"order": "ORD-ABC123", "attempt": "a1"}
URL = "https://email.eu-west-1.amazonaws.com"

NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region EU-WEST-2: "
    "tickets@example.com, jane@example.com"
)
REFUSALS = [
    ("TooManyRequestsException", 429, "Maximum sending rate exceeded.", SendThrottled),
    ("ThrottlingException", 400, "Rate exceeded", SendThrottled),
    ("Throttling", 400, "Maximum sending rate exceeded.", SendThrottled),
    ("SomethingNew", 429, "slow down", SendThrottled),
    ("TooManyRequestsException", 429, "Daily message quota exceeded.", DailyQuotaSpent),
    ("LimitExceededException", 400, "Daily message quota exceeded", DailyQuotaSpent),
    ("SendingPausedException", 400, "Email sending is paused", SendingPaused),
    ("AccountSuspendedException", 400, "Account suspended", SendingPaused),
    ("MailFromDomainNotVerifiedException", 400, "not verified", SendingPaused),
    ("AccessDeniedException", 403, "not authorized to perform ses:SendEmail", SendingPaused),
    ("AccessDenied", 403, "no", SendingPaused),
    ("ExpiredTokenException", 400, "expired", SendingPaused),
    ("UnrecognizedClientException", 403, "bad token", SendingPaused),
    ("NotFoundException", 404, "Configuration set <x> does not exist", SendingPaused),
    ("MessageRejected", 400, NOT_VERIFIED, SendingPaused),
    ("MessageRejected", 400, "Sending paused for this account.", SendingPaused),
    ("MessageRejected", 400, "Sending suspended for this account", SendingPaused),
    ("BadRequestException", 400, "Email address is not verified.", SendingPaused),
    ("ConfigurationSetDoesNotExist", 400, "no such set", SendingPaused),
    ("LimitExceededException", 400, "too many instances", SendingPaused),
    ("MessageRejected", 400, "it contains invalid content", SendRejected),
    ("BadRequestException", 400, "Illegal address", SendRejected),
    ("SomethingNew", 422, "?", SendRejected),
    ("RequestTimeout", 408, "?", SendOutcomeUnknown),
    ("InternalFailure", 500, "?", SendOutcomeUnknown),
    ("ServiceUnavailable", 503, "?", SendOutcomeUnknown),
    ("", 502, "<html>", SendOutcomeUnknown),
]
BROKEN = [
    (wire.ConnectTimeoutError(endpoint_url=URL), SendThrottled),
    (wire.EndpointConnectionError(endpoint_url=URL), SendThrottled),
    (wire.ProxyConnectionError(proxy_url=URL), SendThrottled),
    (wire.ReadTimeoutError(endpoint_url=URL), SendOutcomeUnknown),
    (wire.ConnectionClosedError(endpoint_url=URL), SendOutcomeUnknown),
    (wire.SSLError(endpoint_url=URL, error=EOFError()), SendOutcomeUnknown),
    (wire.HTTPClientError(error="?"), SendOutcomeUnknown),
    (wire.IncompleteReadError(actual_bytes=1, expected_bytes=2), SendOutcomeUnknown),
    (ResponseParserError("not JSON"), SendOutcomeUnknown),
    (wire.NoCredentialsError(), SendingPaused),
    (wire.CredentialRetrievalError(provider="x", error_msg="y"), SendingPaused),
    (wire.ParamValidationError(report="Invalid: jane@example.com"), SendRejected),
]


@pytest.fixture(scope="module")
def client() -> SESV2Client:
    return boto3.client(
        "sesv2",
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_the_request_contains_the_exact_bytes_one_recipient_and_the_tags(
    client: SESV2Client,
) -> None:
    expected = {
        "FromEmailAddress": "tickets@example.com",
        "Destination": {"ToAddresses": ["jane@example.com"]},
        "Content": {"Raw": {"Data": RAW}},
        "EmailTags": [
            {"Name": "attempt", "Value": "a1"},
            {"Name": "order", "Value": "ORD-ABC123"},
        ],
        "ConfigurationSetName": "events",
    }
    with Stubber(client) as stub:
        stub.add_response("send_email", {"MessageId": "m-1"}, expected)

        sent = Mailer(client, "tickets@example.com", "events").send(RAW, "jane@example.com", TAGS)

    assert sent == "m-1"


def test_the_configuration_set_is_optional(client: SESV2Client) -> None:
    expected = {
        "FromEmailAddress": "tickets@example.com",
        "Destination": {"ToAddresses": ["jane@example.com"]},
        "Content": {"Raw": {"Data": RAW}},
        "EmailTags": [],
    }
    with Stubber(client) as stub:
        stub.add_response("send_email", {"MessageId": "m-1"}, expected)

        assert Mailer(client, "tickets@example.com").send(RAW, "jane@example.com", {}) == "m-1"


def test_a_mail_beyond_our_own_rate_is_not_sent_and_tried_again_later(client: SESV2Client) -> None:
    pace = Pace(0.001, lambda: 0.0, lambda _: None)
    assert pace.wait()

    with Stubber(client), pytest.raises(SendThrottled, match="MailsPerSecond"):
        Mailer(client, "tickets@example.com", pace=pace).send(RAW, "jane@example.com", {})


@pytest.mark.parametrize(("code", "status", "message", "kind"), REFUSALS)
def test_each_error_response_says_whether_the_mail_was_sent(
    client: SESV2Client, code: str, status: int, message: str, kind: type[SendFailed]
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("send_email", code, message, http_status_code=status)

        with pytest.raises(SendFailed) as failed:
            Mailer(client, "tickets@example.com").send(RAW, "jane@example.com", TAGS)

    assert type(failed.value) is kind


def test_every_error_of_the_operation_is_in_the_table(client: SESV2Client) -> None:
    declared = client.meta.service_model.operation_model("SendEmail").error_shapes

    assert {shape.name for shape in declared} <= {code for code, *_ in REFUSALS}


@pytest.mark.parametrize(("error", "kind"), BROKEN)
def test_each_failed_call_says_whether_the_mail_was_sent(
    monkeypatch: pytest.MonkeyPatch, client: SESV2Client, error: Exception, kind: type[SendFailed]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(client, "send_email", fail)

    with pytest.raises(SendFailed) as failed:
        Mailer(client, "tickets@example.com").send(RAW, "jane@example.com", TAGS)

    assert type(failed.value) is kind


def test_errors_never_contain_an_address(client: SESV2Client) -> None:
    message = "Email address is not verified: jane@example.com, <joe@example.com>"
    with Stubber(client) as stub:
        stub.add_client_error("send_email", "MessageRejected", message, http_status_code=400)

        with pytest.raises(SendingPaused) as failed:
            Mailer(client, "tickets@example.com").send(RAW, "jane@example.com", TAGS)

    assert "example.com" not in failed.value.problem
    assert "not verified" in failed.value.problem


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("ORD-ABC123", "ORD-ABC123"),
        ("ORD-ABC123#confirmation#1", "ORD-ABC123_confirmation_1"),
        ("a b@c.d", "a_b_c_d"),
        ("é", "_"),
        ("", "_"),
        ("x" * 300, "x" * 256),
    ],
)
def test_tags_use_only_characters_that_ses_allows(text: str, spelled: str) -> None:
    assert tag(text) == spelled
