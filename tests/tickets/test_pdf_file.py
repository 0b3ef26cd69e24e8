"""What documents share: the fonts that a process has read."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from ticketing.tickets import pdf_file
from ticketing.tickets.fonts import ASSETS

FILE = next(ASSETS.glob("*.ttf"))


def test_a_font_that_several_threads_want_first_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each that is left behind would be memory, and a file that stays open."""
    read: list[Path] = []
    together, another = Barrier(4), Event()

    def slowly(_: object, file: Path, *__: object) -> Any:  # noqa: ANN401 - stands for a font
        read.append(file)
        if len(read) > 1:
            another.set()
        another.wait(timeout=0.2)
        return object()

    def first(_: int) -> object:
        together.wait()
        return pdf_file._read(FILE, "")

    monkeypatch.setattr(pdf_file, "_Font", slowly)
    monkeypatch.setattr(pdf_file, "_kept", cache(pdf_file._kept.__wrapped__))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(first, range(4)))

    assert read == [FILE]
    assert len(set(map(id, found))) == 1
