"""Mails as pictures: in Chromium, as wide as a telephone and a desk, by day and by night."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS

WIDTHS = (320, 600)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 700


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the Chromium of this machine, which is allowed to reach nothing."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        environment: dict[str, str | float | bool] = {**os.environ, "HOME": home}
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=FLAGS, env=environment
        )
        yield started
        started.close()


def is_there() -> bool:
    """Return whether Chromium is installed."""
    return Path(CHROMIUM).exists()


def pictures(started: Browser, message: EmailMessage, folder: Path) -> list[Path]:
    """Show a mail in every width and colour scheme; return a PNG of each."""
    page_file = _unpacked(message, folder)
    found = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            context = started.new_context(
                viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, offline=True
            )
            page = context.new_page()
            page.goto(page_file.resolve().as_uri())
            found.append(folder / f"{width}-{scheme}.png")
            page.screenshot(path=found[-1], full_page=True)
            context.close()
    return found


def images(message: EmailMessage) -> dict[str, bytes]:
    """Return the pictures that a mail shows, by content id."""
    return {
        part["Content-ID"].strip("<>"): part.get_content()
        for part in message.walk()
        if part.get_content_maintype() == "image" and part["Content-ID"]
    }


def _unpacked(message: EmailMessage, folder: Path) -> Path:
    """Write the HTML part, or else the text, with its pictures where `cid:` finds them."""
    folder.mkdir(parents=True)
    html = message.get_body(("html",))
    if html is None:
        text = message.get_body(("plain",))
        file = folder / "mail.txt"
        file.write_text(text.get_content() if text else "", encoding="utf-8")
        return file
    content = html.get_content()
    for number, (cid, picture) in enumerate(images(message).items()):
        name = f"picture-{number}.png"
        (folder / name).write_bytes(picture)
        content = content.replace(f"cid:{cid}", name)
    file = folder / "mail.html"
    file.write_text(content, encoding="utf-8")
    return file
