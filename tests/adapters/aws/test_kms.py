"""Tokens at rest: decrypted only with our key and for their own organiser."""

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import World, client
from ticketing.adapters.aws.kms import TokenCipher


@pytest.fixture
def cipher(world: World) -> TokenCipher:
    return TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])


@pytest.mark.parametrize("token", ["at-2f6d1b", "x", "ü€", "a" * 4000])
def test_a_token_round_trips(cipher: TokenCipher, token: str) -> None:
    assert cipher.decrypt(cipher.encrypt(token, "jersey-live"), "jersey-live") == token


def test_the_ciphertext_does_not_contain_the_token(cipher: TokenCipher) -> None:
    assert b"at-2f6d1b" not in cipher.encrypt("at-2f6d1b", "jersey-live")


def test_a_token_cannot_be_decrypted_for_another_organiser(cipher: TokenCipher) -> None:
    sealed = cipher.encrypt("at-2f6d1b", "jersey-live")

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        cipher.decrypt(sealed, "guernsey-live")


def test_a_token_encrypted_with_another_key_cannot_be_decrypted(
    world: World, cipher: TokenCipher
) -> None:
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    sealed = TokenCipher(client("kms"), other).encrypt("at-2f6d1b", "jersey-live")

    assert other != world.environment["TOKEN_KEY_ID"]
    with pytest.raises(ClientError):
        cipher.decrypt(sealed, "jersey-live")


def test_a_tampered_ciphertext_cannot_be_decrypted(cipher: TokenCipher) -> None:
    sealed = bytearray(cipher.encrypt("at-2f6d1b", "jersey-live"))
    sealed[-1] ^= 1

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        cipher.decrypt(bytes(sealed), "jersey-live")
