"""What left the local stack, as files: each mail as .eml, each order's tickets as .pdf."""

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from local import aws
from local.places import STATE, Ports

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

OUTBOX = STATE / "outbox"


@dataclass(frozen=True)
class Letter:
    """A mail as it was sent; `order_number` is "alerts" for one about no single order."""

    order_number: str
    path: Path

    @property
    def message(self) -> EmailMessage:
        """Return the mail, parsed."""
        return BytesParser(policy=policy.default).parsebytes(self.path.read_bytes())

    @property
    def subject(self) -> str:
        """Return its subject."""
        return str(self.message["Subject"])


def export(at: Ports, folder: Path = OUTBOX) -> list[Letter]:
    """Copy every mail and PDF of the bucket into a folder made anew; the mails, oldest first."""
    bucket = aws.outputs(at)["TicketsBucket"]
    s3: S3Client = aws.client("s3", at)
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    stored = [item for page in pages for item in page.get("Contents", [])]
    letters = []
    for item in sorted(stored, key=lambda item: item["LastModified"]):
        key = Path(item["Key"])
        path = folder / file_name(key)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
        if key.suffix == ".eml":
            letters.append(Letter(key.parts[1], path))
    return letters


def file_name(key: Path) -> str:
    """Return a name that no other key has: those of reports only say when they were made."""
    is_named_by_itself = key.parts[0] in {"mails", "tickets"}
    return key.name if is_named_by_itself else "-".join(key.parts[1:])


def describe(at: Ports) -> str:
    """Export, and say what is there."""
    lines = [f"  {letter.path.name}  {letter.subject}" for letter in export(at)]
    pdfs = [f"  {path.name}" for path in sorted(OUTBOX.glob("*.pdf"))]
    return "\n".join([f"{len(lines)} mails and {len(pdfs)} PDFs in {OUTBOX}", *lines, *pdfs])
