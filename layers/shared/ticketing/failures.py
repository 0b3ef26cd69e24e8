"""Failures nobody foresaw, in words that may leave: what kind, said by whom, and where. Pure.

The words of others stay out: AWS and libraries quote requests in their errors, and ours hold names,
addresses and tokens. So does the chain behind an error, which error reporters walk.
"""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from ticketing.errors import FunctionFailed, TicketingError

OURS = {"ticketing", "functions"}
CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def bare(error: Exception) -> TicketingError:
    """Return the error if it is one of ours, or else one that says what it was; without a chain."""
    failure = error if isinstance(error, TicketingError) else FunctionFailed(in_words(error))
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def in_words(error: BaseException) -> str:
    """Return kind, code and place of an error, and never what it says."""
    if isinstance(error, ExceptionGroup):
        return "; ".join(map(in_words, error.exceptions))
    if isinstance(error, TicketingError):
        return f"{type(error).__name__}: {error}"
    kind, code = type(error).__name__, _code(error)
    said = f" ({code})" if code not in {"", kind} else ""
    return f"{kind}{said} at {_place(error)}"


def _code(error: BaseException) -> str:
    """Return the code of an AWS error, wherever in the chain it is."""
    for each in _chain(error):
        answer = getattr(each, "response", None)
        code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
        if isinstance(code, str) and CODE.fullmatch(code):
            return code
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        following = following.__cause__ or following.__context__


def _place(error: BaseException) -> str:
    """Return the last line of our own that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if OURS & set(Path(frame.filename).parts)]
    last = (ours or frames)[-1] if frames else None
    return f"{'/'.join(Path(last.filename).parts[-2:])}:{last.lineno}" if last else "no line"
