"""The token in an order's link: it opens the order's page on any device. Pure.

128 bits, derived from a master secret and the order number, so a mail can carry the link without
the token being stored anywhere. Older master secrets still open older links.
"""

import hashlib
import hmac
import json
from base64 import b32encode
from collections.abc import Mapping

from ticketing.errors import MissingSetting

TOKEN_BYTES = 16
PURPOSE = b"order-access-v1"


class OrderAccess:
    """Makes and checks order tokens: one character of key id, then 26 of base32."""

    def __init__(self, keys: Mapping[str, str], current: str) -> None:
        self._keys, self._current = dict(keys), current

    @classmethod
    def from_secret(cls, json_text: str) -> "OrderAccess":
        """Read the secret that also signs tickets; `MissingSetting` if it is unusable."""
        keys, current = master_keys(json_text)
        if current not in keys:
            raise MissingSetting([f"the QR secret has no key {current}"])
        return cls(keys, current)

    def __repr__(self) -> str:
        return f"OrderAccess(keys={sorted(self._keys)})"

    def token(self, order_number: str) -> str:
        return self._token(self._current, order_number)

    def opens(self, token: str, order_number: str) -> bool:
        """Return whether the token opens this order, in constant time."""
        key_id = token[:1] if token[:1] in self._keys else self._current
        expected = self._token(key_id, order_number)
        return hmac.compare_digest(expected.encode(), token.encode())

    def _token(self, key_id: str, order_number: str) -> str:
        message = b"\0".join((PURPOSE, key_id.encode(), order_number.encode()))
        digest = hmac.new(self._keys[key_id].encode(), message, hashlib.sha256).digest()
        return key_id + b32encode(digest[:TOKEN_BYTES]).decode().rstrip("=")


def master_keys(json_text: str) -> tuple[dict[str, str], str]:
    """Read `{"key_id": "A", "A": "<random>", ...}`: the secrets by id, and the id in use.

    `MissingSetting` says what is wrong and never quotes the secret.
    """
    secret = _json_object(json_text)
    current = secret.pop("key_id", None)
    if not isinstance(current, str) or not all(isinstance(k, str) for k in secret.values()):
        raise MissingSetting(["the QR secret needs key_id and one string for each key"])
    return secret, current


def _json_object(json_text: str) -> dict[str, str]:
    # Raised outside the handler: a JSONDecodeError carries the whole document, here a secret.
    try:
        value = json.loads(json_text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise MissingSetting(["the QR secret is not a JSON object"])
    return value
