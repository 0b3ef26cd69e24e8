"""An event's picture: a photograph becomes the sizes that pages show. Pure."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from ticketing import image_file
from ticketing.events.about import Picture, file_name, shared_width

LARGEST_FILE: Final = 15_000_000
NARROWEST, MOST_PIXELS = 600, 60_000_000
WIDEST: Final = 3
"""The most times that one side may be as long as the other: more would be a line on a phone."""
WIDTHS: Final = (480, 960, 1600)
FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 78


def prepared(content: bytes, alt: str) -> tuple[Picture, Mapping[str, bytes]]:
    """Return the picture, and its files by name; `ValueError` says what is wrong with it.

    Names contain a hash of the file, so that another picture has other URLs.
    """
    picture = _opened(content)
    widths = tuple(w for w in WIDTHS if w <= picture.width)  # at least one: see NARROWEST
    name = hashlib.sha256(content).hexdigest()[:20]
    files = {file_name(name, w, "webp"): _saved(picture, w, "WEBP") for w in widths}
    shared = shared_width(widths)
    files[file_name(name, shared, "jpg")] = _saved(picture, shared, "JPEG")
    return Picture(name, alt, widths[-1], _height(picture, widths[-1]), widths), files


def _opened(content: bytes) -> Image.Image:
    """Return the picture upright, without a camera's metadata."""
    if len(content) > LARGEST_FILE:
        raise ValueError(f"the file is larger than {LARGEST_FILE // 1_000_000} MB")
    try:
        found = image_file.opened(content, FORMATS, "JPEG, PNG or WebP", _wrong_size)
    except ValueError as error:
        raise ValueError(f"it {error}") from None
    return image_file.on_white(ImageOps.exif_transpose(found))


def _wrong_size(width: int, height: int) -> str | None:
    shortest, longest = sorted((width, height))
    if shortest * WIDEST < longest:
        return f"is {width} x {height} pixels, more than {WIDEST} times as long on one side"
    if shortest < NARROWEST:
        return f"is {width} x {height} pixels; give one with at least {NARROWEST} a side"
    if width * height > MOST_PIXELS:
        return f"has more than {MOST_PIXELS // 1_000_000} million pixels"
    return None


def _height(picture: Image.Image, width: int) -> int:
    return round(picture.height * width / picture.width)


def _saved(picture: Image.Image, width: int, kind: str) -> bytes:
    sized = picture.resize((width, _height(picture, width)), Image.Resampling.LANCZOS)
    file = BytesIO()
    sized.save(file, kind, quality=QUALITY, optimize=True)
    return file.getvalue()
