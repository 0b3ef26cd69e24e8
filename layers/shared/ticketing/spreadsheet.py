"""Tables for spreadsheet programs. Pure.

`harmless` keeps a text from becoming a formula, with an apostrophe in front of anything that a
program would calculate (OWASP, "CSV Injection").
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - these are meant


def table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return a CSV file in UTF-8, with the byte order mark that Excel needs; gaps stay empty."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def harmless(text: str | None) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    shown = text or ""
    return f"'{shown}" if shown.startswith(FORMULA) else shown
