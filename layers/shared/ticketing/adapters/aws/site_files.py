"""The bucket of the site, to which imports of events write pages and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ticketing.errors import TicketingError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

FOR_EVER = "public, max-age=31536000, immutable"
"""For pictures, whose names contain a hash."""
A_MINUTE = "public, max-age=60"
CACHED = {".webp": FOR_EVER, ".jpg": FOR_EVER}
TYPES = {
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".html": "text/html; charset=utf-8",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
}
SHELL = "event/index.html"


@dataclass(frozen=True)
class SiteFiles:
    """The site's files."""

    s3: "S3Client"
    bucket: str

    def shell(self) -> str:
        """Return the site's own event page, the template for pages of single events."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=SHELL)
        except (BotoCoreError, ClientError) as error:
            text = f"the site has no {SHELL} ({_reason(error)}): run `make deploy-site`"
            raise TicketingError(text) from error
        return found["Body"].read().decode()

    def put(self, name: str, content: bytes) -> None:
        """Store a file; the suffix of its name tells its type and how long it may be cached."""
        suffix = Path(name).suffix
        try:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=content,
                ContentType=TYPES[suffix],
                CacheControl=CACHED.get(suffix, A_MINUTE),
            )
        except (BotoCoreError, ClientError) as error:
            text = f"{name} cannot be stored in the site's bucket ({_reason(error)})"
            raise TicketingError(text) from error


def _reason(error: BotoCoreError | ClientError) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else str(error)


@dataclass(frozen=True)
class PictureFolder:
    """The folder with the pictures for an import file, and the site to store them on."""

    folder: Path
    site: SiteFiles

    def read(self, file: str) -> bytes:
        """Return the content of a picture, which must be in the folder or below it."""
        path = (self.folder / file).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ValueError(f"{file!r} is not in the folder of the import file")
        try:
            return path.read_bytes()
        except OSError as error:
            raise ValueError(f"{file!r} cannot be read: {error.strerror}") from None

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Store the files. Repeating it changes nothing, because their names contain hashes."""
        for name, content in files.items():
            self.site.put(name, content)
