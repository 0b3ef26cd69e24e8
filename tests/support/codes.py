"""Reading QR codes the way a door does: out of a rendered PDF page, or out of a picture."""

from io import BytesIO

import pypdfium2  # type: ignore[import-untyped]  # has no type hints
import zxingcpp
from PIL import Image

PRINT_DPI = 150
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""In the noise of a QR code a reader of all formats now and then sees a bar code, too."""


def codes_in_pdf(pdf: bytes) -> list[str | None]:
    """Return the text of each page's only code, None for a page without exactly one."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [code_in(_image(document, page)) for page in range(len(document))]
    finally:
        document.close()


def code_in_picture(picture: bytes) -> str | None:
    """Return the text of a picture's only code."""
    return code_in(Image.open(BytesIO(picture)))


def code_in(image: Image.Image) -> str | None:
    """Return the text of an image's only code."""
    found = zxingcpp.read_barcodes(image, formats=QR_ONLY)
    return found[0].text if len(found) == 1 else None


def codes_in(image: Image.Image) -> set[str]:
    """Return the texts of all codes in an image."""
    return {found.text for found in zxingcpp.read_barcodes(image, formats=QR_ONLY)}


def _image(document: pypdfium2.PdfDocument, page: int) -> Image.Image:
    image: Image.Image = document[page].render(scale=PRINT_DPI / 72, grayscale=True).to_pil()
    return image
