"""`make gallery`: every ticket and mail as a picture on one page, and each QR code read from it."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from PIL import Image

from tests.browser.conftest import CHROMIUM
from tests.gallery import chromium, poppler
from tests.gallery.mails import mails
from tests.gallery.papers import Case, cases
from tests.support.builders import a_signer
from tests.support.codes import code_in, code_in_picture, codes_in
from ticketing.errors import InvalidQr
from ticketing.tickets import qr

FOLDER = Path("build/gallery")
TEMPLATE = Path(__file__).parent / "page.html"


@dataclass(frozen=True)
class Exhibit:
    """Something on the page: its pictures, as the page links them, and what is wrong with it."""

    title: str
    kind: str
    pictures: Sequence[str]
    codes: int
    problems: Sequence[str]


def main() -> None:
    """Draw the gallery; fail if a code cannot be read or is not genuine, or a mail is too wide."""
    if not poppler.is_there():
        sys.exit("pdftoppm is missing. On Debian: sudo apt-get install poppler-utils")
    if not chromium.is_there():
        sys.exit(f"{CHROMIUM} is missing: apt-get install chromium, or set CHROMIUM")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    exhibits = [*_papers(), *_mails()]
    codes = sum(exhibit.codes for exhibit in exhibits)
    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(TEMPLATE.read_text())
    (FOLDER / "index.html").write_text(page.render(exhibits=exhibits, codes=codes))
    problems = [f"{e.title}: {problem}" for e in exhibits for problem in e.problems]
    for problem in problems:
        print(problem)
    print(f"{len(exhibits)} exhibits, {codes} genuine codes read: {FOLDER / 'index.html'}")
    if problems:
        sys.exit("not every code can be read, or a mail is too wide")


def _papers() -> list[Exhibit]:
    return [_paper(case, FOLDER / f"paper-{number:02}") for number, case in enumerate(cases(), 1)]


def _paper(case: Case, folder: Path) -> Exhibit:
    file = folder.with_suffix(".pdf")
    file.write_bytes(case.pdf)
    pages = poppler.pictures(file, folder)
    read = [code_in(Image.open(page)) for page in pages]
    problems = [
        f"page {number} does not show the code of {ticket.ticket_id}"
        for number, (ticket, code) in enumerate(zip(case.tickets, read, strict=False), 1)
        if code != ticket.qr_text
    ]
    genuine = [code for code in read if code and _is_genuine(code)]
    if len(genuine) != len(case.tickets):
        problems.append(f"{len(genuine)} genuine codes for {len(case.tickets)} tickets")
    shown = [pages[number] for number in case.pages] or pages
    return Exhibit(case.title, "page", _links(shown), len(genuine), problems)


def _mails() -> list[Exhibit]:
    found = []
    with chromium.browser() as started:
        for number, (title, message) in enumerate(mails(), 1):
            shown = chromium.pictures(started, message, FOLDER / f"mail-{number:02}")
            wanted = {code_in_picture(picture) for picture in _codes(message)}
            read = {picture.name: codes_in(Image.open(picture)) for picture in shown}
            problems = [
                f"{name} shows {len(codes)} of {len(wanted)} codes"
                for name, codes in read.items()
                if codes != wanted
            ]
            problems += [f"{picture.name} is wider than its window" for picture in _wide(shown)]
            genuine = sum(_is_genuine(code) for codes in read.values() for code in codes)
            if genuine != len(wanted) * len(shown):
                problems.append(f"{genuine} codes are genuine, of {len(wanted) * len(shown)}")
            found.append(Exhibit(title, "mail", _links(shown), genuine, problems))
    return found


def _wide(shown: Sequence[Path]) -> list[Path]:
    """Return the pictures of mails that have to be moved sideways to be read."""
    return [p for p in shown if Image.open(p).width > int(p.name.partition("-")[0])]


def _codes(message: EmailMessage) -> list[bytes]:
    """Return the pictures of codes; beside them a mail has its organiser's logo."""
    found = chromium.images(message)
    return [picture for cid, picture in found.items() if not cid.startswith("logo@")]


def _is_genuine(code: str) -> bool:
    try:
        return bool(qr.verify(code, a_signer().public_keys(qr.parse(code).event_id)))
    except InvalidQr:
        return False


def _links(files: Sequence[Path]) -> list[str]:
    return [file.relative_to(FOLDER).as_posix() for file in files]


if __name__ == "__main__":
    main()
