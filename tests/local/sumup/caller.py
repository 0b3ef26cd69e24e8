"""The API as an application sees it: requests with a bearer token, answers with exact numbers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

import requests

from local.sumup.control import IssuedTokens
from local.sumup.exact_json import decode, encode

WEBHOOK_SCALE = 0.0002
"""How much of the real waits between webhooks the simulator under test keeps."""


@dataclass(frozen=True)
class Answer:
    """A status, the decoded JSON body (None if there is none) and the response itself."""

    status: int
    body: Any
    raw: requests.Response


class Caller:
    """Calls the API with one token over one connection."""

    def __init__(self, base_url: str, tokens: IssuedTokens) -> None:
        self.base_url, self.tokens = base_url, tokens
        self.merchant_code = tokens.merchant_code
        self.token: str | None = tokens.access_token
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: dict[str, Any] | str | None = None,
        data: bytes | None = None,
        timeout: float = 10,
    ) -> Answer:
        """One request. `data` goes out as it is; `body` as JSON."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        raw = self._session.request(
            method,
            self.base_url + path,
            params=query,
            data=encode(body).encode() if body is not None else data,
            headers=headers | {"content-type": "application/json"},
            timeout=timeout,
        )
        return Answer(raw.status_code, decode(raw.content) if raw.content else None, raw)

    def order(self, **changes: object) -> dict[str, object]:
        """A valid body for a new checkout; a value of None leaves the field out."""
        body: dict[str, object] = {
            "checkout_reference": "ORD-1",
            "amount": Decimal("45.00"),
            "currency": "GBP",
            "merchant_code": self.merchant_code,
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    def create(self, **changes: object) -> Answer:
        """POST a checkout."""
        return self.call("POST", "/v0.1/checkouts", self.order(**changes))

    def created(self, **changes: object) -> str:
        """The id of a new checkout."""
        answer = self.create(**changes)
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def checkout(self, checkout_id: str) -> Answer:
        """GET a checkout."""
        return self.call("GET", f"/v0.1/checkouts/{checkout_id}")
