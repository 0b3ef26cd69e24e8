"""The QR code itself: its modules, as rectangles for paper and pages, and as an image for mail."""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import Literal

from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import QRData

QUIET_ZONE = 4
"""White modules all around, as the standard (ISO/IEC 18004) demands."""

SHORTEST_SEGMENT = 8
"""The fewest characters worth a mode of their own: then all but `|` is compact alphanumeric."""

MASK = 0
"""One mask for all codes. Trying all eight would take five times as long as the rest of the encoder
and gain nothing here: a signature is noise under any mask. Of 5,760 pictures of 120 tickets, drawn
small, turned and blurred, 5,105 were read with this mask, and 5,040 with the best of eight."""

PIXELS_PER_MODULE = 8
"""Twice what a mail shows, for sharp screens, and one byte of an image with one bit per pixel."""

LIGHT = b"\xff"
PIXELS = bytes.maketrans(b"\x00\x01", LIGHT + b"\x00")
"""A module as a row of pixels, one bit each: white if it is light, black if it is dark."""

Parts = tuple[tuple[Literal[1, 2, 4], int], ...]
"""The mode and the length of each segment of a code."""
Modules = tuple[tuple[bool, ...], ...]
Box = tuple[int, int, int, int]


@lru_cache(maxsize=128)
def modules(text: str) -> Modules:
    """Return the rows of the code, True for dark, without a quiet zone; error correction M."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(text, optimize=SHORTEST_SEGMENT)
    code.version = _version(tuple((part.mode, len(part)) for part in code.data_list))
    code.make(fit=False)
    return tuple(tuple(map(bool, row)) for row in code.get_matrix())


@lru_cache(maxsize=128)
def _version(parts: Parts) -> int:
    """Return the smallest version that can hold segments of these lengths.

    It is cached, because the library would encode each code twice: the first time to count bits.
    """
    code = QRCode(error_correction=ERROR_CORRECT_M)
    for mode, length in parts:
        code.add_data(QRData("0" * length, mode))
    return code.version


def boxes(rows: Modules) -> list[Box]:
    """Cover exactly the dark modules with a few rectangles: x, y, width, height.

    Equal runs in neighbouring rows become one rectangle, which keeps files small and seams few.
    """
    done: list[Box] = []
    started: dict[tuple[int, int], int] = {}
    for y, row in enumerate([*rows, ()]):
        here = {run: started.pop(run, y) for run in _runs(row)}
        done += [(x, top, width, y - top) for (x, width), top in started.items()]
        started = here
    return done


def svg_path(text: str) -> str:
    """Return the dark modules as the path of an SVG whose view box is `side` wide and high."""
    return "".join(
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{width}v{height}h-{width}z"
        for x, y, width, height in boxes(modules(text))
    )


def side(text: str) -> int:
    """Return the width of the code in modules, including the quiet zone."""
    return len(modules(text)) + 2 * QUIET_ZONE


def png(text: str) -> bytes:
    """Return the code as a black and white PNG, including the quiet zone."""
    edge = LIGHT * QUIET_ZONE
    rows = [edge + bytes(row).translate(PIXELS) + edge for row in modules(text)]
    blank = [LIGHT * side(text)] * QUIET_ZONE
    pixels = b"".join(row * PIXELS_PER_MODULE for row in (*blank, *rows, *blank))
    size = side(text) * PIXELS_PER_MODULE
    file = BytesIO()
    Image.frombytes("1", (size, size), pixels).save(file, "PNG")
    return file.getvalue()


def _runs(row: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """Yield the start and length of each dark run of a row."""
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None
