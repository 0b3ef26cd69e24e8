"""A client for the control endpoints: play the buyer, cause trouble, see what was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import requests

from local.sumup.exact_json import decode, encode
from local.sumup.faults import FaultKind
from local.sumup.merchants import Rotation

Json: TypeAlias = dict[str, Any]
_TIMEOUT = 10.0


@dataclass(frozen=True)
class IssuedTokens:
    """Tokens for one merchant. `expires_in` in seconds, of the access token."""

    merchant_code: str
    access_token: str
    refresh_token: str
    expires_in: int


class Simulator:
    """A running simulator at `base_url`. Methods raise `requests.HTTPError` when it refuses.

    Checkouts come back as SumUp's API shows them, amounts as int or Decimal in major units, with
    `pay_url` added. Thread-safe: it holds no connection.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")

    # The simulator itself

    def health(self) -> Json:
        """Raises `requests.ConnectionError` while it is not up."""
        return self._call("GET", "/health")

    def reset(self) -> None:
        """Forget everything, and go back to real time."""
        self._call("POST", "/reset")

    def advance(self, seconds: float) -> None:
        """Let time pass for tokens, checkouts and page sessions; not for webhook repetitions."""
        self._call("POST", "/clock", {"advance": Decimal(str(seconds))})

    # Merchants and tokens

    def create_merchant(
        self,
        merchant_code: str,
        *,
        name: str = "Simulated Merchant",
        currency: str = "EUR",
        country: str = "DE",
        sandbox: bool = True,
        rotation: Rotation | str = Rotation.NEVER,
        scopes: Sequence[str] | None = None,
    ) -> IssuedTokens:
        """Add a merchant, or change a known one; tokens of a new grant with all its scopes."""
        body: Json = {
            "merchant_code": merchant_code,
            "name": name,
            "currency": currency,
            "country": country,
            "sandbox": sandbox,
            "rotation": str(rotation),
            "scopes": list(scopes) if scopes is not None else None,
        }
        return self._tokens(merchant_code, "/merchants", body)

    def issue_tokens(
        self,
        merchant_code: str,
        *,
        expires_in: int | None = None,
        scopes: Sequence[str] | None = None,
    ) -> IssuedTokens:
        """Tokens of a new grant; `scopes` narrows it."""
        body: Json = {
            "merchant_code": merchant_code,
            "expires_in": expires_in,
            "scopes": list(scopes) if scopes is not None else None,
        }
        return self._tokens(merchant_code, "/tokens", body)

    def expire_token(self, access_token: str) -> None:
        """End an access token now; its refresh token goes on working."""
        self._call("POST", "/tokens/expire", {"access_token": access_token})

    def revoke_grants(self, merchant_code: str) -> None:
        """Take back every consent of the merchant."""
        self._call("POST", "/grants/revoke", {"merchant_code": merchant_code})

    def sell(self, merchant_code: str, amount: Decimal) -> Json:
        """The merchant sells something at their till, which is not a checkout; the transaction."""
        return self._call("POST", "/sales", {"merchant_code": merchant_code, "amount": amount})

    # Checkouts

    def checkouts(self) -> list[Json]:
        """All checkouts, oldest first."""
        return self._items("/checkouts")

    def checkout(self, checkout_id: str) -> Json:
        """One checkout."""
        return self._call("GET", f"/checkouts/{checkout_id}")

    def pay(self, checkout_id: str, *, force: bool = False) -> Json:
        """The buyer pays. `force` pays an expired or paid checkout too, as late money does."""
        return self._act(checkout_id, "pay", force=force)

    def decline(self, checkout_id: str) -> Json:
        """The buyer's card is declined."""
        return self._act(checkout_id, "decline")

    def start(self, checkout_id: str) -> Json:
        """The buyer starts 3-D Secure and leaves: a PENDING transaction."""
        return self._act(checkout_id, "start")

    def finish(self, checkout_id: str, outcome: str = "pay") -> Json:
        """The started payment ends with `pay` or `decline`, even after the checkout expired."""
        return self._act(checkout_id, "finish", outcome=outcome)

    def expire(self, checkout_id: str) -> Json:
        """The checkout can no longer be paid."""
        return self._act(checkout_id, "expire")

    def charge_twice(self, checkout_id: str) -> Json:
        """The buyer is charged once more than is right: a second SUCCESSFUL transaction."""
        return self._act(checkout_id, "charge_twice")

    def refund(self, checkout_id: str, amount: Decimal | None = None) -> Json:
        """The merchant refunds `amount` in major units, or all that is left."""
        return self._act(checkout_id, "refund", amount=amount)

    def chargeback(self, checkout_id: str) -> Json:
        """The buyer's bank takes the money back."""
        return self._act(checkout_id, "chargeback")

    def notify(self, checkout_id: str) -> None:
        """Send the checkout's webhook once more, as duplicates and stray ones come."""
        self._act(checkout_id, "notify")

    def tamper(self, checkout_id: str, *, drop: Sequence[str] = (), **fields: object) -> Json:
        """Make the API answer with these `fields` of the checkout, and without those in `drop`.

        Values go out as given: Decimal("44.999"), "45.00" as text, Decimal("NaN"), None.
        """
        return self._act(checkout_id, "tamper", set=fields, drop=list(drop))

    def untamper(self, checkout_id: str) -> Json:
        """Make the API show the checkout as it is again."""
        return self._call("DELETE", f"/checkouts/{checkout_id}/tamper")

    # Faults

    def add_fault(
        self,
        kind: FaultKind | str,
        *,
        method: str | None = None,
        path: str = "",
        checkout_id: str | None = None,
        times: int | None = 1,
        **parameters: object,
    ) -> int:
        """Disturb matching requests `times` times (None: always); the id of the fault.

        `path` is a regular expression looked for anywhere in the path. `FaultKind` lists the kinds
        and their parameters.
        """
        body = {
            "kind": str(kind),
            "method": method,
            "path": path,
            "checkout_id": checkout_id,
            "times": times,
            "parameters": parameters,
        }
        return int(self._call("POST", "/faults", body)["id"])

    def faults(self) -> list[Json]:
        """The faults in force; `used` says how often each hit."""
        return self._items("/faults")

    def remove_fault(self, fault_id: int) -> None:
        """Lift one fault."""
        self._call("DELETE", f"/faults/{fault_id}")

    def clear_faults(self) -> None:
        """Lift all faults."""
        self._call("DELETE", "/faults")

    # What happened

    def requests(self, method: str | None = None, path: str = "") -> list[Json]:
        """What was asked of the API, oldest first, with `path` somewhere in the path.

        Each has at, method, path, status (None: hung up), merchant, milliseconds, fault.
        """
        seen = self._items("/requests")
        return [r for r in seen if path in r["path"] and method in {None, r["method"]}]

    def clear_requests(self) -> None:
        """Forget the request log."""
        self._call("DELETE", "/requests")

    def deliveries(self) -> list[Json]:
        """Webhook attempts, oldest first: at, checkout_id, url, attempt, outcome."""
        return self._items("/webhooks")

    def switch_webhooks(self, *, enabled: bool) -> None:
        """Deliver webhooks from now on, or lose them."""
        self._call("POST", "/webhooks", {"enabled": enabled})

    # Inside

    def _act(self, checkout_id: str, action: str, **body: object) -> Json:
        return self._call("POST", f"/checkouts/{checkout_id}/{action}", body)

    def _tokens(self, merchant_code: str, path: str, body: Json) -> IssuedTokens:
        answer = self._call("POST", path, body)
        names = ("access_token", "refresh_token", "expires_in")
        return IssuedTokens(merchant_code, *(answer[name] for name in names))

    def _items(self, path: str) -> list[Json]:
        items: list[Json] = self._call("GET", path)["items"]
        return items

    def _call(self, method: str, path: str, body: object = None) -> Json:
        answer = requests.request(
            method,
            f"{self.base_url}/_sim{path}",
            data=encode(body).encode() if body is not None else None,
            headers={"content-type": "application/json"},
            timeout=_TIMEOUT,
        )
        answer.raise_for_status()
        value = decode(answer.content)
        if not isinstance(value, dict):
            raise TypeError(f"{path}: an object was expected")
        return value
