"""An event's picture: a photograph becomes the sizes that pages show. Pure."""

import hashlib
import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from ticketing.events.about import Picture, file_name, shared_width

LARGEST_FILE: Final = 15_000_000
NARROWEST, MOST_PIXELS = 600, 60_000_000
WIDEST: Final = 3
"""Times the other side: a longer picture would be a line on a phone."""
WIDTHS: Final = (480, 960, 1600)
FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 78


def prepared(content: bytes, alt: str) -> tuple[Picture, Mapping[str, bytes]]:
    """Return the picture, and its files by their names; `ValueError` says what is wrong with it.

    A name has a hash of the file in it, so that a picture that changes has other addresses.
    """
    picture = _opened(content)
    widths = tuple(w for w in WIDTHS if w <= picture.width) or (picture.width,)
    name = hashlib.sha256(content).hexdigest()[:20]
    files = {file_name(name, w, "webp"): _saved(picture, w, "WEBP") for w in widths}
    shared = shared_width(widths)
    files[file_name(name, shared, "jpg")] = _saved(picture, shared, "JPEG")
    return Picture(name, alt, widths[-1], _height(picture, widths[-1]), widths), files


def _opened(content: bytes) -> Image.Image:
    """Return the picture upright, without what a camera wrote beside it.

    The size is checked before anything is decompressed.
    """
    if len(content) > LARGEST_FILE:
        raise ValueError(f"the file is larger than {LARGEST_FILE // 1_000_000} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of most bombs
            found = Image.open(BytesIO(content), formats=FORMATS)
            problem = _wrong_size(*found.size)
            if not problem:
                found.load()
    except Exception as error:  # noqa: BLE001 - Pillow has no end of errors for files that are none
        kind = type(error).__name__
        raise ValueError(f"it is no JPEG, PNG or WebP that can be read ({kind})") from None
    if problem:
        raise ValueError(problem)
    upright = ImageOps.exif_transpose(found)
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright.convert("RGB"), mask=upright.convert("RGBA").getchannel("A"))
    return flat


def _wrong_size(width: int, height: int) -> str | None:
    shortest, longest = sorted((width, height))
    if shortest * WIDEST < longest:
        return f"it is {width} x {height} pixels, more than {WIDEST} times as long on one side"
    if shortest < NARROWEST:
        return f"it is {width} x {height} pixels; give one with at least {NARROWEST} a side"
    if width * height > MOST_PIXELS:
        return f"it has more than {MOST_PIXELS // 1_000_000} million pixels"
    return None


def _height(picture: Image.Image, width: int) -> int:
    return round(picture.height * width / picture.width)


def _saved(picture: Image.Image, width: int, kind: str) -> bytes:
    sized = picture.resize((width, _height(picture, width)), Image.Resampling.LANCZOS)
    file = BytesIO()
    sized.save(file, kind, quality=QUALITY, optimize=True)
    return file.getvalue()
