"""Secrets Manager: our own secrets, read once per process and never shown."""

from typing import TYPE_CHECKING

from ticketing.errors import MissingSetting
from ticketing.strict_json import object_in

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class Secrets:
    """Secrets by name or ARN."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        """Take the client."""
        self._client = client

    def text(self, secret_id: str) -> str:
        """Return a secret as it is stored; raises `MissingSetting` if it has no value."""
        try:
            return self._client.get_secret_value(SecretId=secret_id)["SecretString"]
        except (self._client.exceptions.ResourceNotFoundException, KeyError):
            raise MissingSetting([_fill_in(secret_id)]) from None

    def fields(self, secret_id: str, *names: str) -> tuple[str, ...]:
        """Return fields of a secret that is a JSON object; `MissingSetting` if one is missing."""
        found = object_in(self.text(secret_id))
        if found is None:
            raise MissingSetting([_fill_in(secret_id)])
        values = tuple(str(found.get(name) or "") for name in names)
        if not all(values):
            raise MissingSetting([f"{_fill_in(secret_id)} with {' and '.join(names)}"])
        return values

    def values(self, secret_id: str) -> tuple[str, ...]:
        """Return all texts in a secret that is a JSON object; `MissingSetting` if it has none."""
        fields = object_in(self.text(secret_id)) or {}
        values = tuple(value for value in fields.values() if isinstance(value, str) and value)
        if not values:
            raise MissingSetting([_fill_in(secret_id)])
        return values


def _fill_in(secret_id: str) -> str:
    return f"the secret {secret_id} has no usable value: put one in Secrets Manager"
