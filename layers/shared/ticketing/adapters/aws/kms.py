"""Tokens at rest: sealed with a data key of our KMS key, and bound to their organiser.

KMS itself encrypts at most 4 KB, and it may fail. But SumUp's tokens may be longer, and once SumUp
has issued one, nothing must come between it and its row. So the data key is fetched before SumUp is
asked, and sealing is then mere arithmetic.
"""

import json
import os
from functools import partial
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ticketing.organisers.organiser import Seal

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

ENVELOPE: Final = b"\x00envelope1"
"""How our own ciphertext begins. KMS's, which older rows have, never begins with a zero byte."""

LENGTH_BYTES: Final = 2
NONCE_BYTES: Final = 12
"""What NIST recommends for GCM. Random nonces are safe for the two tokens that a data key seals."""


class TokenCipher:
    """Seals and opens tokens of any length; an organiser's can be opened only as theirs."""

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        """Use this KMS key."""
        self._client, self._key_id = client, key_id

    def sealer(self, organiser_id: str) -> Seal:
        """Return a function that seals an organiser's tokens; KMS is asked only now, not by it."""
        answer = self._client.generate_data_key(
            KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=_context(organiser_id)
        )
        return partial(_sealed, answer["Plaintext"], answer["CiphertextBlob"], organiser_id)

    def decrypt(self, sealed: bytes, organiser_id: str) -> str:
        """Return the token.

        Raises KMS's `ClientError` for another organiser's token, `InvalidTag` for a corrupt one.
        """
        if not sealed.startswith(ENVELOPE):
            return self._decrypted(sealed, organiser_id).decode()
        key, nonce, ciphertext = _parts(sealed)
        opener = AESGCM(self._decrypted(key, organiser_id))
        return opener.decrypt(nonce, ciphertext, _associated(organiser_id)).decode()

    def _decrypted(self, blob: bytes, organiser_id: str) -> bytes:
        answer = self._client.decrypt(
            KeyId=self._key_id, CiphertextBlob=blob, EncryptionContext=_context(organiser_id)
        )
        return answer["Plaintext"]


def _sealed(key: bytes, encrypted_key: bytes, organiser_id: str, token: str) -> bytes:
    """Return the version, the length of the encrypted data key, that key, nonce and ciphertext."""
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, token.encode(), _associated(organiser_id))
    length = len(encrypted_key).to_bytes(LENGTH_BYTES, "big")
    return ENVELOPE + length + encrypted_key + nonce + ciphertext


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the encrypted data key, the nonce and the ciphertext."""
    after_length = len(ENVELOPE) + LENGTH_BYTES
    length = int.from_bytes(sealed[len(ENVELOPE) : after_length], "big")
    nonce_at = after_length + length
    ciphertext_at = nonce_at + NONCE_BYTES
    return sealed[after_length:nonce_at], sealed[nonce_at:ciphertext_at], sealed[ciphertext_at:]


def _context(organiser_id: str) -> dict[str, str]:
    return {"organiser": organiser_id}


def _associated(organiser_id: str) -> bytes:
    return json.dumps(_context(organiser_id), sort_keys=True).encode()
