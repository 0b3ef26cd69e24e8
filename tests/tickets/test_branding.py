"""Branding of organisers' tickets: readable colours and valid images."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.gallery.papers import logo
from tests.support.builders import an_organiser
from ticketing.errors import UnusableLook
from ticketing.tickets.branding import (
    KEPT_SIDE,
    LARGEST_FILE,
    NAVY,
    READABLE,
    VISIBLE,
    WHITE,
    Branding,
    contrast,
    look_of,
    mix,
    opened,
    prepared,
    rgb,
)

CHANNEL = st.integers(0, 255)
COLOURS = st.tuples(CHANNEL, CHANNEL, CHANNEL)


def a_png(
    width: int = 300, height: int = 100, colour: object = (0, 110, 90), mode: str = "RGB"
) -> bytes:
    file = BytesIO()
    Image.new(mode, (width, height), colour).save(file, "PNG")  # type: ignore[arg-type]
    return file.getvalue()


def a_bomb() -> bytes:
    """Return a PNG of a few bytes that claims to have a billion pixels."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@given(COLOURS)
def test_text_is_readable_on_every_colour(colour: tuple[int, int, int]) -> None:
    look = Branding(colour=colour, accent=mix(colour, (0, 0, 0), 0.3))

    assert contrast(look.ink, colour) >= READABLE
    assert contrast(look.soft_ink, colour) >= READABLE
    assert contrast(look.mark, WHITE) >= VISIBLE


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48), ("#FF0000", "#FFFFFF", 4.0)],
)
def test_contrast_follows_wcag(one: str, other: str, ratio: float) -> None:
    assert round(contrast(rgb(one), rgb(other)), 2) == pytest.approx(ratio, abs=0.005)
    assert contrast(rgb(one), rgb(other)) == contrast(rgb(other), rgb(one))


def test_ink_is_white_if_readable_and_dark_otherwise() -> None:
    assert Branding(colour=rgb("#006E5A")).ink == WHITE
    assert Branding(colour=rgb("#FFD400")).ink == NAVY
    assert Branding(colour=rgb("#808080")).ink == (0, 0, 0)


@pytest.mark.parametrize("bad", ["", "red", "#FFF", "#GGGGGG", "006E5A", "#006E5A ", "#006E5A00"])
def test_an_invalid_colour_is_refused(bad: str) -> None:
    with pytest.raises(UnusableLook, match="not written like #1A2B3C"):
        rgb(bad)


BAD_LOGOS = {
    "nothing": (b"", "is no PNG"),
    "text": (b"<svg/>", "is no PNG"),
    "half a picture": (a_png()[:-60], "is no PNG"),
    "a GIF": (b"GIF89a\x01\x00\x01\x00\x80\x00\x00", "is no PNG"),
    "too small": (a_png(20, 20), "is 20 x 20 pixels, not 32 to 4000"),
    "too large": (a_png(4001, 600), "is 4001 x 600 pixels, not 32 to 4000"),
    "a bomb": (a_bomb(), "is no PNG|30000 x 30000 pixels"),
    "a line": (a_png(900, 40), "more than 8 times as long"),
    "too many bytes": (a_png() + bytes(LARGEST_FILE), "larger than 1000000 bytes"),
}


@pytest.mark.parametrize(("content", "problem"), BAD_LOGOS.values(), ids=BAD_LOGOS)
def test_an_invalid_logo_is_refused_with_the_reason(content: bytes, problem: str) -> None:
    with pytest.raises(UnusableLook, match=problem):
        opened(content)
    with pytest.raises(UnusableLook, match=problem):
        prepared(content)


def test_a_logo_invisible_on_white_paper_is_refused() -> None:
    with pytest.raises(UnusableLook, match="would not be seen on white paper"):
        prepared(a_png(colour=(255, 255, 255, 128), mode="RGBA"))
    with pytest.raises(UnusableLook, match="would not be seen on white paper"):
        prepared(a_png(colour=(0, 0, 0, 0), mode="RGBA"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_type_of_png_is_normalised(mode: str) -> None:
    colour = {"LA": (40, 255), "RGB": (40, 40, 40), "RGBA": (40, 40, 40, 255)}.get(mode, 0)

    kept = Image.open(BytesIO(prepared(a_png(colour=colour, mode=mode))))

    assert (kept.mode, kept.size, kept.format) == ("RGB", (300, 100), "PNG")


def test_a_logo_is_scaled_down_for_print_and_stripped_of_metadata() -> None:
    file = BytesIO()
    picture = Image.new("RGB", (3000, 1000), (0, 110, 90))
    picture.save(file, "PNG", exif=b"Exif\0\0made by somebody", dpi=(72, 72))

    kept = prepared(file.getvalue())

    assert Image.open(BytesIO(kept)).size == (KEPT_SIDE, KEPT_SIDE // 3)
    assert b"somebody" not in kept
    assert prepared(kept) == kept


def test_an_organiser_without_branding_gets_the_default_colours_and_their_own_name() -> None:
    assert look_of(an_organiser(), None) == Branding("Jersey Live")


def test_branding_is_validated_again_before_use() -> None:
    look = look_of(an_organiser(colour="#006e5a"), logo())
    assert (look.colour, look.logo) == ((0, 110, 90), logo())

    with pytest.raises(UnusableLook, match="the colour 'green'"):
        look_of(an_organiser(colour="green"), None)
    with pytest.raises(UnusableLook, match="is no PNG"):
        look_of(an_organiser(), b"junk")
