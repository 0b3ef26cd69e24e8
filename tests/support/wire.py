"""The wire between the AWS SDK and moto, with everything a real one does to a request.

As in DynamoDB, a transaction that is repeated with its token is answered, not applied again; moto
alone would apply it twice. A DynamoDB engine sees to that itself: where there is one, it gets what
is meant for DynamoDB, and many requests at once. Moto, which mixes them up, gets one at a time.

No condition may compare with null: in DynamoDB a missing attribute does not equal it, in moto it
does.
"""

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

Deliver = Callable[[], AWSResponse | None]
Send = Callable[[AWSPreparedRequest], AWSResponse]
Fault = Callable[[AWSPreparedRequest, Deliver], AWSResponse | None]
Functions = Mapping[str, Callable[[dict[str, Any]], Any]]
"""What runs for each deployed function that another one invokes, by its name."""
Watch = Callable[[str, str, AWSPreparedRequest, Deliver], AWSResponse | None]
"""Gets service, operation, request, and what delivers it."""

CONDITIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression")


@dataclass
class Call:
    """One request that left the SDK, an SDK's repetition counted as another."""

    service: str
    operation: str
    body: dict[str, Any] = field(repr=False)
    url: str
    text: str = field(default="", repr=False)
    status: int | None = None
    within: str | None = None
    """The function that another one invoked, and whose call it is."""


class Wire:
    """Sees every request of the SDK on its way to moto, or to the engine that plays DynamoDB."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dynamodb: Send | None = None) -> None:
        self._dynamodb = dynamodb
        self._moto = threading.Lock()
        self.calls: list[Call] = []
        self._faults: list[tuple[str, Fault]] = []
        self._answered: dict[str, AWSResponse] = {}
        self.watch: Watch | None = None
        self.functions: Functions = {}
        self._thread = threading.local()
        deliver = BotocoreStubber.__call__

        def carry(
            stubber: BotocoreStubber,
            event_name: str,
            request: AWSPreparedRequest,
            **kwargs: object,
        ) -> AWSResponse | None:
            def to_moto() -> AWSResponse | None:
                with self._moto:
                    return deliver(stubber, event_name, request, **kwargs)

            return self._carry(event_name, request, to_moto)

        monkeypatch.setattr(BotocoreStubber, "__call__", carry)

    def forget(self) -> None:
        """Forget the calls so far."""
        self.calls.clear()

    def count(self, operation: str) -> int:
        """Return how often an operation was sent."""
        return sum(call.operation == operation for call in self.calls)

    def lose_answer(self, operation: str, times: int = 1) -> None:
        """Apply the next such requests, but let their answers never arrive."""

        def lose(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse | None:
            deliver()
            raise ReadTimeoutError(endpoint_url=request.url)

        self._faults += [(operation, lose)] * times

    def refuse(self, operation: str, code: str, times: int = 1, *reasons: str) -> None:
        """Answer the next such requests with an error; nothing of them is applied."""

        def refuse(request: AWSPreparedRequest, _: Deliver) -> AWSResponse:
            return refusal(request, code, *reasons)

        self._faults += [(operation, refuse)] * times

    def meanwhile(self, operation: str, happens: Callable[[], object], times: int = 1) -> None:
        """Let something happen just before the next such requests arrive."""

        def deliver_after(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse | None:
            happens()
            return deliver()

        self._faults += [(operation, deliver_after)] * times

    def forget_tokens(self) -> None:
        """Do as DynamoDB does ten minutes after a transaction."""
        self._answered = _Forgetful()

    def _carry(
        self, event_name: str, request: AWSPreparedRequest, to_moto: Deliver
    ) -> AWSResponse | None:
        _, service, operation = event_name.split(".")
        body = _json_of(request)
        text = request.body if isinstance(request.body, bytes | str) else b""
        in_words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        call = Call(service, operation, body, str(request.url), in_words, within=self._within)
        self.calls.append(call)
        assert not compares_with_null(body), f"a condition of {operation} compares with null"
        dynamodb = self._dynamodb if service == "dynamodb" else None
        token = body.get("ClientRequestToken")

        def once() -> AWSResponse | None:
            if dynamodb:
                if token and isinstance(self._answered, _Forgetful):
                    request.body = _with_another_token(request, token)
                answer: AWSResponse | None = dynamodb(request)
            elif service == "lambda":
                answer = self._invoke(request, body)
            elif token in self._answered:
                return self._answered[token]
            else:
                answer = to_moto()
            call.status = answer.status_code if answer else None
            if token and answer is not None and answer.status_code == 200:
                self._answered[token] = answer
            return answer

        for position, (wanted, fault) in enumerate(self._faults):
            if wanted == operation:
                del self._faults[position]
                return fault(request, once)
        return self.watch(service, operation, request, once) if self.watch else once()

    @property
    def _within(self) -> str | None:
        """Return the invoked function that runs in this thread."""
        return getattr(self._thread, "within", None)

    def _invoke(self, request: AWSPreparedRequest, event: dict[str, Any]) -> AWSResponse:
        """Run a function for another one; a failure is an answer of Lambda's as well."""
        name, headers = str(request.url).split("/")[-2], {}
        self._thread.within = name
        try:
            document = self.functions[name](event)
        except Exception as error:  # noqa: BLE001  # as Lambda does
            headers = {"X-Amz-Function-Error": "Unhandled"}
            document = {"errorType": type(error).__name__, "errorMessage": str(error)}
        finally:
            self._thread.within = None
        content = MockRawResponse(json.dumps(document).encode())
        return AWSResponse(request.url, 200, headers, content)  # type: ignore[arg-type]


class _Forgetful(dict[str, AWSResponse]):
    def __setitem__(self, key: str, value: AWSResponse) -> None:
        """Keep nothing."""


def refusal(request: AWSPreparedRequest, code: str, *reasons: str) -> AWSResponse:
    """Return how DynamoDB says no; `reasons` are those of a transaction's rows."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code}
    if reasons:
        cancelled: Any = [{"Code": reason} for reason in reasons]
        body |= {"CancellationReasons": cancelled, "message": f"cancelled {list(reasons)}"}
    content = MockRawResponse(json.dumps(body).encode())
    return AWSResponse(request.url, 400, {}, content)  # type: ignore[arg-type]


def compares_with_null(request: Mapping[str, Any]) -> bool:
    """Return whether a condition of a request, or of one in its transaction, has a null in it."""
    values = request.get("ExpressionAttributeValues", {})
    nulls = {name for name, value in values.items() if value == {"NULL": True}}
    used = {n for name in CONDITIONS for n in re.findall(r":\w+", request.get(name) or "")}
    each = (write for item in request.get("TransactItems", ()) for write in item.values())
    return bool(nulls & used) or any(map(compares_with_null, each))


def _with_another_token(request: AWSPreparedRequest, token: str) -> bytes:
    assert isinstance(request.body, bytes)
    return request.body.replace(token.encode(), str(uuid.uuid4()).encode())


def _json_of(request: AWSPreparedRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body) if isinstance(request.body, bytes | str) else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
