"""Send through SES: one attempt, and an honest answer about whether anything was sent."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)
from botocore.parsers import ResponseParserError

from ticketing.adapters.aws.pace import Pace
from ticketing.emails.address import without_addresses
from ticketing.errors import (
    DailyQuotaSpent,
    SendFailed,
    SendingPaused,
    SendOutcomeUnknown,
    SendRejected,
    SendThrottled,
)

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

THROTTLED = {
    "TooManyRequestsException",
    "TooManyRequests",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
}
PAUSED = {
    "SendingPausedException",
    "AccountSuspendedException",
    "MailFromDomainNotVerifiedException",
    "ConfigurationSetSendingPausedException",
    "LimitExceededException",
}
"""The account, the sender's domain or the configuration set may not send anything right now."""

OF_OUR_ACCOUNT = re.compile(r"not verified|paused|suspended")
"""What SES says in a `MessageRejected`, its error for mails that it rejects, if that is not due to
the mail: "Email address is not verified. The following identities failed the check ...". They are
the sender or, in the SES sandbox, the recipient. Source: "Amazon SES email sending errors"."""

MISCONFIGURED = {
    "AccessDenied",
    "AccessDeniedException",
    "ConfigurationSetDoesNotExist",
    "ConfigurationSetDoesNotExistException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "NotFoundException",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
"""No permission, or no such configuration set: no mail is sent until a person fixes that."""

FORBIDDEN = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
REFUSED = set(range(400, 500)) - {HTTPStatus.REQUEST_TIMEOUT}
"""Statuses that mean that nothing was sent. After 408, one cannot be sure."""

NEVER_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
NO_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
UNTAGGABLE = re.compile(r"[^A-Za-z0-9_-]")
LONGEST_TAG = 256


class Mailer:
    """Sends finished messages from one verified sender.

    The client must be built with `total_max_attempts=1`: a retry inside the SDK could send twice.
    """

    def __init__(
        self,
        client: "SESV2Client",
        sender: str,
        configuration_set: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Take the bare sender address, and the configuration set whose events we listen to.

        With a `pace`, each mail waits for its turn, so that SES's sending rate is kept. If that
        takes too long, we throttle the mail ourselves.
        """
        self._client, self._sender, self._pace = client, sender, pace
        self._configuration_set = configuration_set

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str:
        """Send one message to one address and return SES's message id.

        Raises `SendThrottled`, `SendingPaused` or `SendRejected` if nothing was sent, and
        `SendOutcomeUnknown` if it may have been.
        """
        request: dict[str, Any] = {
            "FromEmailAddress": self._sender,
            "Destination": {"ToAddresses": [recipient]},
            "Content": {"Raw": {"Data": message}},
            "EmailTags": [{"Name": tag(n), "Value": tag(v)} for n, v in sorted(tags.items())],
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        if self._pace and not self._pace.wait():
            raise SendThrottled("our own sending rate is used up, see MailsPerSecond")
        try:
            answer = self._client.send_email(**request)
        except ClientError as error:
            raise _refusal(error) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise _broken_call(error) from error
        return answer["MessageId"]


def tag(text: str) -> str:
    """Spell a tag's name or value as SES allows: 1 to 256 characters of `A-Za-z0-9_-`."""
    return UNTAGGABLE.sub("_", text)[:LONGEST_TAG] or "_"


def _refusal(error: ClientError) -> SendFailed:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    problem = f"{code}: {without_addresses(error.response.get('Error', {}).get('Message', ''))}"
    return _kind(code, status, problem)(problem)


def _kind(code: str, status: int, problem: str) -> type[SendFailed]:
    """Return the error for a refusal, whose cause may be the mail, our account or SES.

    The code and the status tell, except that `MessageRejected` and quotas differ only in wording.
    """
    words = problem.lower()
    if "daily message quota" in words:
        return DailyQuotaSpent
    if (
        code in THROTTLED
        or status == HTTPStatus.TOO_MANY_REQUESTS
        or "maximum sending rate" in words
    ):
        return SendThrottled
    if code in PAUSED | MISCONFIGURED or status in FORBIDDEN or OF_OUR_ACCOUNT.search(words):
        return SendingPaused
    if status in REFUSED:
        return SendRejected
    return SendOutcomeUnknown


def _broken_call(error: Exception) -> SendFailed:
    problem = f"{type(error).__name__}: {without_addresses(str(error))}"
    if isinstance(error, NEVER_CONNECTED):
        return SendThrottled(problem)
    if isinstance(error, NO_CREDENTIALS):
        return SendingPaused(problem)
    if isinstance(error, ParamValidationError):
        return SendRejected(type(error).__name__)  # its text quotes the request
    return SendOutcomeUnknown(problem)
