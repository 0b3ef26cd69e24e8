"""Tokens at rest: opened by our key and for their own organiser only."""

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import World, client
from ticketing.adapters.aws.kms import TokenCipher


@pytest.fixture
def cipher(world: World) -> TokenCipher:
    return TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])


@pytest.mark.parametrize("token", ["at-2f6d1b", "x", "ü€", "a" * 4000])
def test_a_token_comes_back_as_it_went(cipher: TokenCipher, token: str) -> None:
    assert cipher.decrypt(cipher.encrypt(token, "jersey-live"), "jersey-live") == token


def test_the_ciphertext_does_not_show_the_token(cipher: TokenCipher) -> None:
    assert b"at-2f6d1b" not in cipher.encrypt("at-2f6d1b", "jersey-live")


def test_what_is_sealed_for_one_organiser_opens_for_no_other(cipher: TokenCipher) -> None:
    sealed = cipher.encrypt("at-2f6d1b", "jersey-live")

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        cipher.decrypt(sealed, "guernsey-live")


def test_what_another_key_sealed_does_not_open(world: World, cipher: TokenCipher) -> None:
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    sealed = TokenCipher(client("kms"), other).encrypt("at-2f6d1b", "jersey-live")

    assert other != world.environment["TOKEN_KEY_ID"]
    with pytest.raises(ClientError):
        cipher.decrypt(sealed, "jersey-live")


def test_a_ciphertext_somebody_changed_does_not_open(cipher: TokenCipher) -> None:
    sealed = bytearray(cipher.encrypt("at-2f6d1b", "jersey-live"))
    sealed[-1] ^= 1

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        cipher.decrypt(bytes(sealed), "jersey-live")
