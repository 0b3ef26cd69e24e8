"""Redact unexpected exceptions: keep the type, the AWS error code and our line; drop the message.

AWS and libraries quote requests in their messages, and our requests hold names, addresses and
tokens. The chain behind an exception is dropped as well, because error reporters walk it. Pure.
"""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from ticketing.errors import FunctionFailed, TicketingError

OURS = {"ticketing", "functions"}
CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def redact(error: Exception) -> TicketingError:
    """Return an error without its chain: our own errors as they are, others as `FunctionFailed`."""
    failure = error if isinstance(error, TicketingError) else FunctionFailed(describe(error))
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def describe(error: BaseException) -> str:
    """Return the type and message of our own errors; of others, the type, AWS code and place."""
    if isinstance(error, ExceptionGroup):
        return "; ".join(map(describe, error.exceptions))
    if isinstance(error, TicketingError):
        return f"{type(error).__name__}: {error}"
    kind, code = type(error).__name__, _code(error)
    suffix = f" ({code})" if code not in {"", kind} else ""
    return f"{kind}{suffix} at {_place(error)}"


def _code(error: BaseException) -> str:
    """Return the code of the first AWS error in the chain; empty if there is none."""
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
    """Return the innermost line of our own code, or else of any code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if OURS & set(Path(frame.filename).parts)]
    last = (ours or frames)[-1] if frames else None
    return f"{'/'.join(Path(last.filename).parts[-2:])}:{last.lineno}" if last else "no line"
