"""Redact unexpected exceptions: keep the type, the AWS error code and our line; drop the message.

AWS and libraries quote requests in their messages, and ours hold names, addresses and tokens. The
chain behind an exception is dropped as well, because error reporters walk it. Pure.
"""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from ticketing.errors import FunctionFailed, TicketingError

OURS = {"ticketing", "functions"}
CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def redact(error: Exception) -> TicketingError:
    """Return one of our own errors as it is, any other as `FunctionFailed`; without a chain."""
    failure = error if isinstance(error, TicketingError) else FunctionFailed(describe(error))
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def describe(error: BaseException) -> str:
    """Return type, AWS error code and place; the message only of our own errors."""
    if isinstance(error, ExceptionGroup):
        return "; ".join(map(describe, error.exceptions))
    if isinstance(error, TicketingError):
        return f"{type(error).__name__}: {error}"
    kind, code = type(error).__name__, _code(error)
    suffix = f" ({code})" if code not in {"", kind} else ""
    return f"{kind}{suffix} at {_place(error)}"


def _code(error: BaseException) -> str:
    """Return the first code of an AWS error in the chain."""
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
    """Return the innermost line of our own code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if OURS & set(Path(frame.filename).parts)]
    last = (ours or frames)[-1] if frames else None
    return f"{'/'.join(Path(last.filename).parts[-2:])}:{last.lineno}" if last else "no line"
