"""The archive in S3: every PDF and every mail as it was first made, written only once."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ticketing.archive_keys import checked, checked_folder
from ticketing.errors import NotErased

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

ATTEMPTS = 4
"""Puts in total. Two writers collide only if they write the same key at the same moment."""

FIRST_PAUSE = 0.1
"""Seconds before the second put. Each further pause is twice as long."""

EXISTS = {"PreconditionFailed", "412"}
COLLISION = {"ConditionalRequestConflict", "409"}
ABSENT = {"NoSuchKey", "404"}
FORBIDDEN = {"AccessDenied", "403"}


class Archive:
    """One bucket in which nothing is ever overwritten."""

    def __init__(
        self, client: "S3Client", bucket: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Use this S3 client and its configuration; `sleep` takes seconds."""
        self._client, self._bucket, self._sleep = client, bucket, sleep

    def keep(self, key: str, body: bytes, content_type: str) -> bytes:
        """Store `body` unless the key exists, and return what is stored: the first writer wins.

        Raises botocore's `ClientError` for anything that S3 refuses.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            try:
                return self._put(key, body, content_type)
            except ClientError as error:
                code = _code(error)
                if code not in EXISTS | COLLISION:
                    raise
                refusal = error
            stored = self.read(key) if code in EXISTS else None
            if stored is not None:
                return stored
        raise refusal

    def read(self, key: str) -> bytes | None:
        """Return what is stored under the key, or None.

        For a missing key, raises `ClientError` if the caller lacks `s3:ListBucket`, because S3 then
        says that the key is forbidden. `keep` reads only keys that exist.
        """
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=checked(key))
        except ClientError as error:
            if _code(error) in ABSENT:
                return None
            raise
        return answer["Body"].read()

    def find(self, key: str) -> bytes | None:
        """Return what is stored under the key; None if it is missing or forbidden.

        To a caller without `s3:ListBucket`, S3 says that a missing key is forbidden.
        """
        try:
            return self.read(key)
        except ClientError as error:
            if _code(error) in FORBIDDEN:
                return None
            raise

    def has(self, key: str) -> bool:
        """Return whether something is stored under the key, without reading it.

        For a forbidden key, this is False, too; `find` explains why.
        """
        try:
            self._client.head_object(Bucket=self._bucket, Key=checked(key))
        except ClientError as error:
            if _code(error) in ABSENT | FORBIDDEN:
                return False
            raise
        return True

    def link(self, key: str, filename: str, seconds: int) -> str:
        """Return a link that downloads what is stored under the key, valid for `seconds`."""
        disposition = f'attachment; filename="{filename}"'
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": checked(key),
                "ResponseContentDisposition": disposition,
            },
            ExpiresIn=seconds,
        )

    def names(self, prefix: str) -> list[str]:
        """Return the keys in an order's folder, or the one key that is given."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=checked_folder(prefix)
        )
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def erase(self, prefix: str) -> int:
        """Remove all versions of the keys in a folder, or of one key, and return their number.

        Raises `NotErased` if S3 does not remove some.
        """
        removed = 0
        while found := self._versions(prefix):
            self._remove(prefix, found)
            removed += len(found)
        return removed

    def _versions(self, prefix: str) -> "list[ObjectIdentifierTypeDef]":
        """Return the first page of versions and delete markers; its removal brings up the next."""
        page = self._client.list_object_versions(Bucket=self._bucket, Prefix=checked_folder(prefix))
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]

    def _remove(self, prefix: str, versions: "Sequence[ObjectIdentifierTypeDef]") -> None:
        answer = self._client.delete_objects(
            Bucket=self._bucket, Delete={"Objects": versions, "Quiet": True}
        )
        for kept in answer.get("Errors", ()):
            raise NotErased(prefix, kept.get("Code", "unknown"))

    def _put(self, key: str, body: bytes, content_type: str) -> bytes:
        self._client.put_object(
            Bucket=self._bucket,
            Key=checked(key),
            Body=body,
            ContentType=content_type,
            IfNoneMatch="*",
        )
        return body


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
