"""Tokens at rest: decrypted only with our key and for their own organiser."""

import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.support.aws import World, client
from ticketing.adapters.aws.kms import TokenCipher, _parts, _sealed


@pytest.fixture
def cipher(world: World) -> TokenCipher:
    return TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])


TOKENS = {
    "short": "at-2f6d1b",
    "a character": "x",
    "none": "",
    "not ASCII": "ü€",
    "4,000 bytes": "a" * 4000,
    "5,000 bytes": "a" * 5000,
    "20,000 bytes": "a" * 20_000,
    "64 KB": "a" * 65_536,
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_token_of_any_length_round_trips(cipher: TokenCipher, token: str) -> None:
    sealed = cipher.sealer("jersey-live")(token)

    assert cipher.decrypt(sealed, "jersey-live") == token
    assert len(sealed) < len(token.encode()) + 400


def test_sealing_asks_nobody(world: World, cipher: TokenCipher) -> None:
    """What SumUp has given must not be lost because KMS fails just then."""
    world.wire.forget()
    seal = cipher.sealer("jersey-live")
    sealed = [seal(token) for token in ("at-2f6d1b", "rt-2f6d1b")]

    assert [call.operation for call in world.wire.calls] == ["GenerateDataKey"]
    assert [cipher.decrypt(each, "jersey-live") for each in sealed] == ["at-2f6d1b", "rt-2f6d1b"]


def test_the_same_token_is_never_sealed_alike(cipher: TokenCipher) -> None:
    seal = cipher.sealer("jersey-live")

    assert (
        len({seal("at-2f6d1b"), seal("at-2f6d1b"), cipher.sealer("jersey-live")("at-2f6d1b")}) == 3
    )


def test_a_token_that_kms_itself_encrypted_still_opens(world: World, cipher: TokenCipher) -> None:
    """Rows from before the envelopes."""
    sealed = client("kms").encrypt(
        KeyId=world.environment["TOKEN_KEY_ID"],
        Plaintext=b"rt-2f6d1b",
        EncryptionContext={"organiser": "jersey-live"},
    )["CiphertextBlob"]

    assert cipher.decrypt(sealed, "jersey-live") == "rt-2f6d1b"
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        cipher.decrypt(sealed, "guernsey-live")


def test_the_ciphertext_does_not_contain_the_token(cipher: TokenCipher) -> None:
    assert b"at-2f6d1b" not in cipher.sealer("jersey-live")("at-2f6d1b")


def test_a_token_cannot_be_decrypted_for_another_organiser(cipher: TokenCipher) -> None:
    sealed = cipher.sealer("jersey-live")("at-2f6d1b")

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        cipher.decrypt(sealed, "guernsey-live")


def test_the_organiser_is_part_of_the_seal_itself() -> None:
    """Even with a data key of theirs: KMS is not the only one to check."""
    key = b"k" * 32
    ours = _sealed(key, b"key of ours", "jersey-live", "at-2f6d1b")
    *_, nonce, ciphertext = _parts(ours)

    opened = AESGCM(key).decrypt(nonce, ciphertext, b'{"organiser": "jersey-live"}')
    assert opened == b"at-2f6d1b"
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(nonce, ciphertext, b'{"organiser": "guernsey-live"}')


def test_a_token_encrypted_with_another_key_cannot_be_decrypted(
    world: World, cipher: TokenCipher
) -> None:
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    sealed = TokenCipher(client("kms"), other).sealer("jersey-live")("at-2f6d1b")

    assert other != world.environment["TOKEN_KEY_ID"]
    with pytest.raises(ClientError):
        cipher.decrypt(sealed, "jersey-live")


@pytest.mark.parametrize("place", ["in the key", "in the nonce", "in the text", "in the tag"])
def test_a_tampered_ciphertext_cannot_be_decrypted(cipher: TokenCipher, place: str) -> None:
    sealed = bytearray(cipher.sealer("jersey-live")("at-2f6d1b"))
    behind = {"in the key": 60, "in the nonce": 30, "in the text": 20, "in the tag": 1}
    sealed[-behind[place]] ^= 1

    with pytest.raises((ClientError, InvalidTag)):
        cipher.decrypt(bytes(sealed), "jersey-live")
