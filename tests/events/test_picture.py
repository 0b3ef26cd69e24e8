"""Pictures of events: which are accepted, and the sizes that pages get."""

from io import BytesIO

import pytest
from PIL import Image

from ticketing.events import picture
from ticketing.events.picture import prepared

ORIENTATION = 0x0112


def a_file(width: int, height: int, kind: str = "JPEG", **how: object) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, kind, **how)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_becomes_three_sizes_and_one_jpeg(kind: str) -> None:
    found, files = prepared(a_file(2400, 1600, kind), "The park at dusk")

    assert (found.alt, found.width, found.height) == ("The park at dusk", 1600, 1067)
    sizes = {name.rpartition("-")[2]: opened(content) for name, content in files.items()}
    assert {name: (one.format, one.width) for name, one in sizes.items()} == {
        "480.webp": ("WEBP", 480),
        "960.webp": ("WEBP", 960),
        "1600.webp": ("WEBP", 1600),
        "960.jpg": ("JPEG", 960),
    }


def test_a_small_picture_is_not_enlarged() -> None:
    found, files = prepared(a_file(700, 600), "x")

    assert (found.widths, found.width) == ((480,), 480)
    assert len(files) == 2


def test_another_picture_has_other_addresses_and_the_same_one_the_same() -> None:
    first, again = prepared(a_file(800, 600), "x"), prepared(a_file(800, 600), "y")
    other = prepared(a_file(800, 601), "x")

    assert first[0].name == again[0].name != other[0].name
    assert first[1] == again[1]


def test_a_picture_is_upright_and_without_what_the_camera_wrote() -> None:
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    turned[0x010F] = "A camera"

    found, files = prepared(a_file(1200, 800, exif=turned), "x")

    assert (found.width, found.height) == (480, 720)
    assert not any(opened(content).getexif() for content in files.values())


def test_what_is_transparent_is_white() -> None:
    file = BytesIO()
    Image.new("RGBA", (600, 600), (0, 0, 0, 0)).save(file, "PNG")

    _, files = prepared(file.getvalue(), "x")

    assert all(opened(f).convert("L").getextrema()[0] > 250 for f in files.values())  # type: ignore[operator]  # one channel


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is no JPEG, PNG or WebP that can be read"),
        (b"<svg/>", "it is no JPEG, PNG or WebP"),
        (a_file(800, 600)[:2000], "it is no JPEG, PNG or WebP"),
        (a_file(800, 600, "GIF"), "it is no JPEG, PNG or WebP"),
        (a_file(800, 599), "it is 800 x 599 pixels; give one with at least 600 a side"),
        (a_file(2000, 650), "it is 2000 x 650 pixels, more than 3 times as long on one side"),
    ],
)
def test_what_cannot_be_shown_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        prepared(content, "x")


def test_what_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "LARGEST_FILE", 1000)
    with pytest.raises(ValueError, match="larger than"):
        prepared(a_file(800, 600), "x")

    monkeypatch.setattr(picture, "LARGEST_FILE", 10**6)
    monkeypatch.setattr(picture, "MOST_PIXELS", 800 * 600 - 1)
    with pytest.raises(ValueError, match="million pixels"):
        prepared(a_file(800, 600), "x")
