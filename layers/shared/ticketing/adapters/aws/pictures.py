"""Pictures of events: from the folder of an import file to the bucket of the site."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

FOR_EVER = "public, max-age=31536000, immutable"
"""A name has a hash of its picture in it."""
TYPES = {".webp": "image/webp", ".jpg": "image/jpeg"}


@dataclass(frozen=True)
class PictureFolder:
    """The pictures beside an import file, and where the site's files are."""

    folder: Path
    s3: "S3Client"
    bucket: str

    def read(self, file: str) -> bytes:
        """Return a picture's file; it must be in the folder, or in one below it."""
        path = (self.folder / file).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ValueError(f"{file!r} is not in the folder of the import file")
        try:
            return path.read_bytes()
        except OSError as error:
            raise ValueError(f"{file!r} cannot be read: {error.strerror}") from None

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Store them; what is stored twice is the same."""
        for name, content in files.items():
            self.s3.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=content,
                ContentType=TYPES[Path(name).suffix],
                CacheControl=FOR_EVER,
            )
