"""Made-up secrets that nothing else contains, a world that quotes them back, and what leaves it.

`quoting` lets AWS and SumUp refuse calls in words that repeat the request with its headers, as
error messages of real services now and then do. `Leaving` keeps everything that leaves our
functions, and says where a canary sits that may not be there.
"""

import base64
import binascii
import io
import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse
from urllib3.response import HTTPResponse

from tests.faults.deployment import Answer, Buyer, Deployment, Handler
from tests.faults.plan import Boundary, DeliverAws, Plan
from tests.support import aws
from tests.support.aws import client
from ticketing import batches
from ticketing.observability import logger

NAME, ADDRESS = "Wilhelmina Canary-Quill", "wilhelmina.canary@example.com"
CLIENT_SECRET = "cc-canary-client-secret-7d1f"
QR_SECRET = "canary-qr-master-secret-0d4c9b7a1e"
APPLICATION = {"client_id": "our-client", "client_secret": CLIENT_SECRET}
SUMUP_REFUSALS = (401, 400, 403, 409, 500, 404, 502)
AWS_REFUSALS = {
    "dynamodb": (400, "ValidationException"),
    "kms": (400, "InvalidCiphertextException"),
    "s3": (400, "InvalidRequest"),
    "secretsmanager": (400, "InvalidRequestException"),
    "sesv2": (400, "MessageRejected"),
    "sqs": (400, "InvalidMessageContents"),
}
PERSONAL = frozenset({"buyer's name", "buyer's address"})


class Quoting(Plan):
    """A plan whose chosen calls are refused with an error that quotes the whole request."""

    def __init__(self, quotes: Callable[[Boundary], bool], **others: Any) -> None:  # noqa: ANN401  # as `Plan`
        super().__init__(**others)
        self.quotes = quotes
        self.quoted = 0
        self.tokens: set[str] = set()
        """Every token that SumUp gave."""
        self._statuses = cycle(SUMUP_REFUSALS)

    def aws(
        self, service: str, operation: str, request: AWSPreparedRequest, deliver: DeliverAws
    ) -> AWSResponse | None:
        if self._function and self.quotes(Boundary(len(self.boundaries), self._function, service)):
            self._boundary(f"{service} {operation}", str(len(self.boundaries)))
            self.quoted += 1
            return _refused(service, request)
        return super().aws(service, operation, request, deliver)

    def sumup(self, call: str, deliver: Callable[[], requests.Response]) -> requests.Response:
        def noted() -> requests.Response:
            answer = deliver()
            if call.endswith("/token") and answer.ok:
                given = answer.json()
                answer.raw = _unread(answer.content, answer.status_code)
                self.tokens |= {given[k] for k in ("access_token", "refresh_token") if k in given}
            return answer

        if self._function and self.quotes(Boundary(len(self.boundaries), self._function, call)):
            self._boundary(f"sumup {call}", str(len(self.boundaries)))
            self.quoted += 1
            return _quoting(noted(), next(self._statuses))
        return super().sumup(call, noted)


def _refused(service: str, request: AWSPreparedRequest) -> AWSResponse:
    status, code = AWS_REFUSALS[service]
    words = f"Value '{_in_words(request.body)}' failed to satisfy constraint; {request.headers}"
    if service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{request.url}</Message></Error>"
    else:
        body = json.dumps({"__type": code, "message": words, "Message": words})
    raw = MockRawResponse(body.encode())
    return AWSResponse(request.url, status, {"x-amzn-ErrorType": code}, raw)  # type: ignore[arg-type]


def _in_words(body: object) -> str:
    """Return a request as text, what is in base64 as well."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    try:
        fields = json.loads(text)
    except ValueError:
        return text
    sealed = (v for v in fields.values() if isinstance(v, str)) if isinstance(fields, dict) else ()
    return text + " ".join(_opened(value) for value in sealed)


def _opened(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""


def _quoting(answer: requests.Response, status: int) -> requests.Response:
    """Make an error of an answer: it repeats the request's headers and body in several places."""
    request = answer.request
    said = f"invalid request: {dict(request.headers)} {request.body!r}"
    secret = request.headers.get("Authorization", said)
    body = {"error_code": secret, "message": said, "detail": secret, "error_description": said}
    answer.raw = _unread(json.dumps(body).encode(), status)
    answer.status_code = status
    answer.headers.pop("Content-Length", None)
    return answer


def _unread(body: bytes, status: int) -> HTTPResponse:
    return HTTPResponse(body=io.BytesIO(body), status=status, preload_content=False)


@dataclass
class Leaving:
    """Everything that left, by the place where it did."""

    secrets: dict[str, str] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    third_party: list[str] = field(default_factory=list)
    """What other people's loggers say below INFO, where they are switched on."""

    def put(self, place: str, text: object) -> None:
        self.texts.append((place, str(text)))

    def leaks(self, allowed: Mapping[str, frozenset[str]]) -> set[str]:
        """Return each secret with the place where it may not be; `allowed` goes by place."""
        return {
            f"{label} in {place}: {_around(text, secret)}"
            for place, text in self.texts
            for label, secret in self.secrets.items()
            if secret in text and label not in allowed.get(place, frozenset())
        }


def _around(text: str, secret: str) -> str:
    at = text.index(secret)
    return text[max(at - 120, 0) : at + 20].replace("\n", " ")


class _Listening(logging.Handler):
    """What Lambda's own handler on the root logger would write."""

    def __init__(self, leaving: Leaving) -> None:
        super().__init__()
        self.leaving = leaving

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        if record.levelno < logging.INFO:
            self.leaving.third_party.append(f"{record.name}: {text}")
        else:
            self.leaving.put(f"log of {record.name}", text)


TYPED = "of a command that names the buyer"
TYPED_WITH_A_NAME = frozenset({"give", "sell"})
"""Commands of operators, who typed the buyer's name and address and see the answer themselves."""


@contextmanager
def listening(leaving: Leaving, *, root: int = logging.INFO) -> Iterator[None]:
    """Keep what is logged, printed, raised and handed back while the block runs.

    Our logger is at DEBUG, as `LogLevel` can make it. The root is at `root`; on Lambda, where
    `observability` sets it, always at WARNING.
    """
    out, top = io.StringIO(), logging.getLogger()
    before = top.level, logger.log_level
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(out):
        patch.setattr(top, "handlers", [_Listening(leaving)])
        patch.setattr(logger.registered_handler, "stream", out)
        top.setLevel(root)
        logger.setLevel(logging.DEBUG)
        _keep_answers_and_errors(patch, leaving)
        try:
            yield
        finally:
            top.setLevel(before[0])
            logger.setLevel(before[1])
            leaving.put("standard output", out.getvalue())


def _keep_answers_and_errors(patch: pytest.MonkeyPatch, leaving: Leaving) -> None:
    invoke, http, error_of = Deployment.invoke, Deployment.http, batches.error_of

    def kept_invoke(shop: Deployment, function: str, handler: Handler, event: Any) -> Any:  # noqa: ANN401  # as what it watches
        whose = TYPED if function in TYPED_WITH_A_NAME else "of a function"

        def watched(event: Any, context: Any) -> Any:  # noqa: ANN401  # as what it watches
            try:
                answer = handler(event, context)
            except Exception as error:
                leaving.put(f"error {whose}", in_full(error))
                raise
            if function not in {"checkout_api", "connect_organiser"}:
                leaving.put(f"answer {whose}", answer)
            return answer

        return invoke(shop, function, watched, event)

    def kept_http(shop: Deployment, *arguments: Any, **named: Any) -> Answer:  # noqa: ANN401  # as what it watches
        answer = http(shop, *arguments, **named)
        leaving.put("answer to a buyer", answer.document)
        return answer

    def kept_error(*arguments: Any) -> Exception | None:  # noqa: ANN401  # as what it watches
        error = error_of(*arguments)
        if error:
            leaving.put("error of a message", in_full(error))
        return error

    patch.setattr(Deployment, "invoke", kept_invoke)
    patch.setattr(Deployment, "http", kept_http)
    patch.setattr(batches, "error_of", kept_error)


def in_full(error: BaseException) -> str:
    """Return everything that an error carries, the chain behind it as well, suppressed or not."""
    texts, seen = [], set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        texts += [
            *traceback.format_exception_only(following),
            repr(following),
            str(vars(following)),
        ]
        following = following.__cause__ or following.__context__
    return "\n".join(texts)


@contextmanager
def planted(leaving: Leaving) -> Iterator[None]:
    """Put the canaries where secrets and names are, before anything is deployed."""
    leaving.secrets |= {
        "buyer's name": NAME,
        "buyer's address": ADDRESS,
        "client secret": CLIENT_SECRET,
        "QR master secret": QR_SECRET,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Buyer, "CUSTOMER", {"name": NAME, "email": ADDRESS})
        patch.setattr(aws, "SUMUP_APPLICATION", APPLICATION)
        patch.setattr("tests.faults.deployment.SUMUP_APPLICATION", APPLICATION)
        yield


def plant_in(shop: Deployment, leaving: Leaving) -> None:
    """Put a canary into the QR secret, and note the tokens that the organiser has."""
    secret = json.dumps({"key_id": "A", "A": QR_SECRET})
    client("secretsmanager").put_secret_value(
        SecretId=shop.world.ref["QrKeySecret"], SecretString=secret
    )
    leaving.secrets |= {
        "access token": shop.merchant.access_token,
        "refresh token": shop.merchant.refresh_token,
    }


def collect(shop: Deployment, plan: Quoting, leaving: Leaving, *buyers: Buyer) -> None:
    """Take up what left by other ways: queues, mails, tags, keys of rows and objects."""
    leaving.secrets |= {f"token {at} of SumUp's": t for at, t in enumerate(sorted(plan.tokens))}
    for at, buyer in enumerate(buyers):
        leaving.secrets |= {f"idempotency key {at}": buyer._key}
        leaving.secrets |= {"order token": buyer.token} if buyer.token else {}
    for queue in shop.queues:
        leaving.put("queue", [*queue.seen, *(message.body for message in queue.dead)])
    for mail in shop.rows("MailsTable"):
        if mail["kind"] == "alert":
            leaving.put(about(mail["subject"]), mail["body"])
            leaving.put("subject of an alert", mail["subject"])
    _collect_what_stays(shop, leaving)
    for call in shop.world.wire.calls:
        if call.service == "s3":
            leaving.put("object's key", call.url)
        if call.service == "sesv2" and "EmailTags" in call.body:
            leaving.put("mail's tags", call.body["EmailTags"])
    for message in shop.sent():
        body = message.get_body(("plain",))
        is_alert = "alerts@" in str(message["To"])
        place = about(str(message["Subject"])) if is_alert else "mail to the buyer"
        leaving.put(place, f"{message.items()} {body.get_content() if body else ''}")


def _collect_what_stays(shop: Deployment, leaving: Leaving) -> None:
    """Take up keys, QR texts, the trail and requests, which outlive whoever is erased."""
    for name, table in aws.resources("AWS::DynamoDB::Table").items():
        keys = [key["AttributeName"] for key in table["KeySchema"]]
        for row in shop.rows(name):
            leaving.put("key of a row", [row[key] for key in keys if key != "idempotency_key"])
    for ticket in shop.rows("TicketsTable"):
        leaving.put("QR text", ticket["qr_text"])
    for entry in shop.rows("AuditTable"):
        leaving.put("audit trail", entry)
    for request in shop.rows("RequestsTable"):
        if request["kind"] == "order":
            leaving.put("request", [request["request_hash"], request["order_number"]])


def about(subject: str) -> str:
    """Return which alert a subject is of, whatever its numbers and names."""
    title = subject.partition("] ")[2].partition(" - ")[0]
    return f"alert: {re.sub('[0-9]+ Orders?', 'Orders', title)}"
