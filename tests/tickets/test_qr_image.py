"""A code is what the library would make of it, and its picture shows exactly that."""

import re
from io import BytesIO

import pytest
from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from tests.support.builders import an_order, tickets_for
from ticketing.tickets.qr_image import (
    MASK,
    PIXELS_PER_MODULE,
    QUIET_ZONE,
    SHORTEST_SEGMENT,
    modules,
    png,
    side,
    svg_path,
)

SIGNED = tickets_for(an_order())[0].qr_text
TEXTS = [
    SIGNED,
    "A",
    "1",
    "a|b",
    "é" * 20,
    "12345678|ABCDEFGH|12345678",
    *("A" * n for n in range(15, 250, 9)),
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text[:8]} {len(text)}")
def test_a_code_is_as_small_as_the_library_makes_it(text: str) -> None:
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(text, optimize=SHORTEST_SEGMENT)
    code.make()

    assert modules(text) == tuple(tuple(map(bool, row)) for row in code.get_matrix())


def test_texts_of_the_same_length_and_other_letters_need_not_be_as_small() -> None:
    assert side("A" * 60) < side("a" * 60)
    assert side("1" * 60) < side("A" * 60)


@pytest.mark.parametrize("text", [SIGNED, "A"])
def test_a_picture_has_eight_pixels_for_each_module_within_a_white_margin(text: str) -> None:
    picture = Image.open(BytesIO(png(text)))
    picture.load()

    assert (picture.format, picture.mode) == ("PNG", "1")
    assert picture.size == (side(text) * PIXELS_PER_MODULE,) * 2
    dark = {
        (x, y) for y, row in enumerate(modules(text)) for x, is_dark in enumerate(row) if is_dark
    }
    for y in range(picture.height):
        for x in range(picture.width):
            module = (x // PIXELS_PER_MODULE - QUIET_ZONE, y // PIXELS_PER_MODULE - QUIET_ZONE)
            assert (picture.getpixel((x, y)) == 0) == (module in dark)


SHAPE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z")


@pytest.mark.parametrize("text", [SIGNED, "A"])
def test_a_path_covers_the_dark_modules_once_within_a_margin(text: str) -> None:
    drawn = svg_path(text)

    assert SHAPE.sub("", drawn) == ""
    covered = [
        (x - QUIET_ZONE, y - QUIET_ZONE)
        for left, top, width, height, back in (map(int, found) for found in SHAPE.findall(drawn))
        if back == width
        for x in range(left, left + width)
        for y in range(top, top + height)
    ]
    rows = modules(text)
    dark = [(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    assert sorted(covered) == sorted(dark)
