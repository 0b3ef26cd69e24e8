"""Secrets: read as stored; an unusable one is named but never shown."""

import pytest

from tests.support.aws import World, client
from ticketing.adapters.aws.secrets import Secrets
from ticketing.errors import MissingSetting
from ticketing.tickets.qr import QrSigner

UNUSABLE = [
    "",
    "sup_sk_secret",
    "{",
    "[]",
    '"sup_sk_secret"',
    "null",
    "{}",
    '{"client_id": "sup_sk_secret"}',
    '{"client_id": "sup_sk_secret", "client_secret": ""}',
    '{"client_id": "sup_sk_secret", "client_secret": null}',
]


@pytest.fixture
def secrets(world: World) -> Secrets:
    assert world.wire.calls == []
    return Secrets(client("secretsmanager"))


def test_a_secret_is_read_by_its_arn(world: World, secrets: Secrets) -> None:
    world.fill_in_the_application()

    found = secrets.fields(world.ref["SumUpSecret"], "client_id", "client_secret")

    assert found == ("our-client", "our-client-secret")


def test_the_generated_secret_signs_tickets(world: World, secrets: Secrets) -> None:
    signer = QrSigner.from_secret(secrets.text(world.environment["QR_SECRET_ID"]))

    assert signer.text("ORD-ABC123-01", "ORD-ABC123", "5").startswith("TICKET:ORD-ABC123-01|")


def test_an_empty_secret_counts_as_missing(world: World, secrets: Secrets) -> None:
    with pytest.raises(MissingSetting, match="put one in Secrets Manager"):
        secrets.fields(world.ref["SumUpSecret"], "client_id")


def test_a_nonexistent_secret_counts_as_missing(secrets: Secrets) -> None:
    with pytest.raises(MissingSetting, match="no-such-secret"):
        secrets.text("no-such-secret")


def test_a_binary_secret_counts_as_missing(world: World, secrets: Secrets) -> None:
    name = world.ref["SumUpSecret"]
    client("secretsmanager").put_secret_value(SecretId=name, SecretBinary=b"x")

    with pytest.raises(MissingSetting):
        secrets.text(name)


@pytest.mark.parametrize("stored", UNUSABLE)
def test_an_unusable_secret_is_named_and_never_shown(
    world: World, secrets: Secrets, stored: str
) -> None:
    name = world.ref["SumUpSecret"]
    if stored:
        client("secretsmanager").put_secret_value(SecretId=name, SecretString=stored)

    with pytest.raises(MissingSetting) as caught:
        secrets.fields(name, "client_id", "client_secret")

    assert name in str(caught.value)
    assert "sup_sk_secret" not in everything_about(caught.value)


def everything_about(error: BaseException | None) -> str:
    """Return everything that logging an error and its causes could show."""
    if error is None:
        return ""
    return f"{error!r} {vars(error)} " + everything_about(error.__context__)
