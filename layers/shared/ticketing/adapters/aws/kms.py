"""Tokens at rest: encrypted with our KMS key, bound to their organiser."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class TokenCipher:
    """Encrypts and decrypts short secrets; ciphertext of one organiser opens for no other."""

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        """Use this KMS key."""
        self._client, self._key_id = client, key_id

    def encrypt(self, plain: str, organiser_id: str) -> bytes:
        """Return the ciphertext of a token."""
        answer = self._client.encrypt(
            KeyId=self._key_id,
            Plaintext=plain.encode(),
            EncryptionContext={"organiser": organiser_id},
        )
        return answer["CiphertextBlob"]

    def decrypt(self, sealed: bytes, organiser_id: str) -> str:
        """Return the token of this ciphertext."""
        answer = self._client.decrypt(
            KeyId=self._key_id,
            CiphertextBlob=sealed,
            EncryptionContext={"organiser": organiser_id},
        )
        return answer["Plaintext"].decode()
