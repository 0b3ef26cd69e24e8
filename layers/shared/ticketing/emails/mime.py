"""The MIME form of our mails: headers, parts, boundaries. The same content gives the same bytes."""

from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any

from ticketing.brand import Brand
from ticketing.emails.address import single_address
from ticketing.errors import InvalidAddress
from ticketing.text import one_line

LONGEST_SUBJECT = 200
TEXT_ENCODING = "quoted-printable"
"""It never contains `=_`, with which our boundaries begin, so no text can imitate one."""

OF_PARTS = frozenset(
    {"content-disposition", "content-transfer-encoding", "content-type", "mime-version"}
)


class _Id(MessageIDHeader):
    """A header with an id, which is never folded, however long the sender's domain is.

    Python's policies fold ids above 78 characters. They also treat a Content-ID as text, so that it
    becomes encoded words, and no mail program finds the picture that it names.
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # BaseHeader's


class _Headers(HeaderRegistry):
    """Python's headers, except ids.

    Python makes a new class for each header of a mail, and parses each header of a part again
    whenever it gets a parameter, which takes half the time of a mail. Nothing changes a header once
    it is made, so mails can share those that most of them have.
    """

    def __init__(self) -> None:
        super().__init__()
        for name in ("content-id", "message-id"):
            self.map_to_type(name, _Id)  # type: ignore[arg-type]  # it adds BaseHeader
        self._class_of = cache(super().__getitem__)
        self._shared = lru_cache(maxsize=256)(super().__call__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self._class_of(name)

    def __call__(self, name: str, value: Any) -> BaseHeader:  # noqa: ANN401 - as each header has it
        make = self._shared if name.lower() in OF_PARTS else super().__call__
        return make(name, value)


POLICY: "EmailPolicy[EmailMessage]" = SMTP.clone(header_factory=_Headers())


def new_message(
    mail_id: str, created_at: datetime, to: str, subject: str, brand: Brand
) -> EmailMessage:
    """Return a message with all its headers and no content.

    Raises `InvalidAddress` if `to` is not exactly one address.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(one_line(brand.name), addr_spec=single_address(brand.sender))
    message["To"] = Address(addr_spec=single_address(to))
    reply_to = support_address(brand)
    if reply_to:
        message["Reply-To"] = Address(addr_spec=reply_to)
    message["Subject"] = one_line(subject, LONGEST_SUBJECT)
    message["Date"] = format_datetime(created_at)
    message["Message-ID"] = f"<{_fingerprint(mail_id)}@{sender_domain(brand)}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def add_text(message: EmailMessage, text: str) -> None:
    """Set the plain text; lone surrogates, which no encoding can express, become `?`."""
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    message.set_content(encodable, cte=TEXT_ENCODING)


def add_html(message: EmailMessage, html: str) -> MIMEPart:
    """Add the HTML beside the plain text and return its part, for pictures."""
    message.add_alternative(html, subtype="html", cte=TEXT_ENCODING)
    return list(message.iter_parts())[-1]


def add_picture(html: MIMEPart, image: bytes, cid: str, filename: str) -> None:
    """Add a PNG that the HTML shows as `cid:...`."""
    html.add_related(
        image,
        maintype="image",
        subtype="png",
        cid=f"<{cid}>",
        disposition="inline",
        filename=filename,
    )


def attach_pdf(message: EmailMessage, pdf: bytes, filename: str) -> None:
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=filename)


def attach_calendar(message: EmailMessage, entry: str, filename: str, method: str) -> None:
    message.add_attachment(
        entry.encode(),
        maintype="text",
        subtype="calendar",
        filename=filename,
        params={"charset": "utf-8", "method": method},
    )


def seal(message: EmailMessage, mail_id: str) -> EmailMessage:
    """Set the boundaries, which are random by default, to texts made from the mail's id."""
    containers = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(containers):
        part.set_boundary(f"=_{number}_{_fingerprint(mail_id)}")
    return message


def support_address(brand: Brand) -> str | None:
    """Return the support contact if it is a mail address; it may be a telephone number."""
    try:
        return single_address(brand.support)
    except InvalidAddress:
        return None


def sender_domain(brand: Brand) -> str:
    return single_address(brand.sender).rpartition("@")[2]


def _fingerprint(mail_id: str) -> str:
    return sha256(mail_id.encode("utf-8", "replace")).hexdigest()[:32]
