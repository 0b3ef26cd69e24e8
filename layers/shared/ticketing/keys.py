"""The master secrets that tickets and order links are signed with, by key id. Pure."""

import json

from ticketing.errors import MissingSetting


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
