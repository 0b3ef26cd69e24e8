"""Open image files from outside with care, and put them on white. Pure."""

import warnings
from collections.abc import Callable
from io import BytesIO

from PIL import Image


def opened(
    content: bytes,
    formats: tuple[str, ...],
    called: str,
    wrong_size: Callable[[int, int], str | None],
) -> Image.Image:
    """Return the image in a file of one of these formats; `called` is what errors call them.

    The size is judged before anything is decompressed. Raises `ValueError` with what is wrong:
    `is no PNG that can be read (...)`, or what `wrong_size` says about the width and height.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of most bombs
            picture = Image.open(BytesIO(content), formats=formats)
            problem = wrong_size(*picture.size)
            if not problem:
                picture.load()
    except Exception as error:  # noqa: BLE001 - Pillow has no end of errors for files that are none
        kind = type(error).__name__
        raise ValueError(f"is no {called} that can be read ({kind})") from None
    if problem:
        raise ValueError(problem)
    return picture


def on_white(picture: Image.Image) -> Image.Image:
    """Return the picture without transparency, as it looks on white paper."""
    seen = picture.convert("RGBA")
    flat = Image.new("RGBA", seen.size, "white")
    flat.alpha_composite(seen)
    return flat.convert("RGB")
