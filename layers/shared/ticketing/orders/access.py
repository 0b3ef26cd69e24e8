"""The token in an order's link, and the code that a buyer brings back from the bank. Pure.

A token opens the order's page on any device: 128 bits, derived from a master secret and the order
number, so a mail can carry the link without the token being stored anywhere. Older master secrets
still open older links.

A return code is for buyers who come back without the token: in another browser, or in one that
keeps nothing. It is in the query of the URL that SumUp sends the buyer to, because fragments get
lost on the way. So it ends up in the logs of CloudFront, of the bank and of whatever is in between.
That is why it expires some hours after the order's deadline, and shows only how the order stands:
nothing personal, no ticket and no link.

The secret is for links alone. Until 2026-12, links were made with the secret that signs tickets,
which the shop's function may no longer read; the hashes of those tokens are kept instead.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ticketing.errors import MissingSetting
from ticketing.strict_json import object_in

TOKEN_BYTES = 16
PURPOSE = b"order-access-v1"
RETURN_PURPOSE = b"order-return-v1"
"""Not `PURPOSE`, so that a token is never taken for a return code, or the other way round."""
RETURN_CODE = re.compile(r"([a-z])([0-9]{10})([A-Z2-7]{26})")
"""The key's id, the expiry in seconds since 1970, and 128 bits in base32."""
RETURNS_FOR = timedelta(hours=6)
"""How long after an order's deadline its return codes expire: a bank may take its time."""
KEY_ID = re.compile(r"[a-z]")
"""A lower-case letter, because the ids of keys that sign tickets are capitals and digits."""
EARLIER_TOKEN = re.compile(r"[A-Z0-9][A-Z2-7]{26}")
"""A token made with the secret that signs tickets."""
MIN_SECRET = 32
"""The fewest characters of a master secret: 32 random letters and digits are over 128 bits."""


def none_kept(token: str, order_number: str) -> bool:  # noqa: ARG001  # as `is_kept` is called
    """Return False, for an `OrderAccess` that knows no earlier tokens."""
    return False


class OrderAccess:
    """Makes and checks order tokens, one character of key id and 26 of base32, and return codes.

    `is_kept` is asked about tokens from before links had a secret of their own.
    """

    def __init__(
        self,
        keys: Mapping[str, str],
        current: str,
        is_kept: Callable[[str, str], bool] = none_kept,
    ) -> None:
        self._keys, self._current, self._is_kept = dict(keys), current, is_kept

    @classmethod
    def from_secret(
        cls, json_text: str, is_kept: Callable[[str, str], bool] = none_kept
    ) -> "OrderAccess":
        """Read the secret of order links; raises `MissingSetting` if it is unusable."""
        keys, current = master_keys(json_text, "the secret of order links")
        problems = _key_problems(keys, current)
        if problems:
            raise MissingSetting(problems)
        return cls(keys, current, is_kept)

    def __repr__(self) -> str:
        return f"OrderAccess(keys={sorted(self._keys)})"

    def token(self, order_number: str) -> str:
        return self._token(self._current, order_number)

    def tokens(self, order_number: str) -> tuple[str, ...]:
        """Return the order's tokens, one for each key."""
        return tuple(self._token(key_id, order_number) for key_id in sorted(self._keys))

    def opens(self, token: str, order_number: str) -> bool:
        """Return whether the token opens this order, in constant time."""
        if token[:1] not in self._keys:
            return bool(EARLIER_TOKEN.fullmatch(token)) and self._is_kept(token, order_number)
        expected = self._token(token[:1], order_number)
        return hmac.compare_digest(expected.encode(), token.encode())

    def return_code(self, order_number: str, deadline: datetime) -> str:
        """Return the code with which a buyer comes back from paying an order with this deadline."""
        return self._return_code(self._current, order_number, deadline + RETURNS_FOR)

    def returns(self, code: str, order_number: str, now: datetime) -> bool:
        """Return whether the code is this order's and has not expired, in constant time."""
        parts = RETURN_CODE.fullmatch(code)
        if parts is None or parts[1] not in self._keys:
            return False
        until = datetime.fromtimestamp(int(parts[2]), UTC)
        expected = self._return_code(parts[1], order_number, until)
        return hmac.compare_digest(expected, code) and now < until

    def _token(self, key_id: str, order_number: str) -> str:
        return key_id + self._mac(PURPOSE, key_id, order_number)

    def _return_code(self, key_id: str, order_number: str, until: datetime) -> str:
        end = f"{int(until.timestamp()):010}"
        return key_id + end + self._mac(RETURN_PURPOSE, key_id, order_number, end)

    def _mac(self, purpose: bytes, key_id: str, *facts: str) -> str:
        message = b"\0".join((purpose, key_id.encode(), *(fact.encode() for fact in facts)))
        digest = hmac.new(self._keys[key_id].encode(), message, hashlib.sha256).digest()
        return b32encode(digest[:TOKEN_BYTES]).decode().rstrip("=")


def master_keys(json_text: str, name: str) -> tuple[dict[str, str], str]:
    """Read `{"key_id": "A", "A": "<random>", ...}`: the secrets by id, and the id in use.

    `MissingSetting` says what is wrong with the secret, by its `name`, and never quotes it.
    """
    secret = object_in(json_text)
    if secret is None:
        raise MissingSetting([f"{name} is not a JSON object"])
    current = secret.pop("key_id", None)
    if not isinstance(current, str) or not all(isinstance(k, str) for k in secret.values()):
        raise MissingSetting([f"{name} needs key_id and one string for each key"])
    return secret, current


def _key_problems(keys: Mapping[str, str], current: str) -> list[str]:
    problems = []
    if not all(KEY_ID.fullmatch(key_id) for key_id in keys):
        problems.append("the id of every key of order links must be a small letter")
    if any(len(secret) < MIN_SECRET for secret in keys.values()):
        problems.append(f"every key of order links must be at least {MIN_SECRET} characters")
    if current not in keys:
        problems.append(f"the secret of order links has no key {current}")
    return problems
