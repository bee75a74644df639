"""Turns a live exception into what the board keeps of it: text without local variables, secrets scrubbed."""

import traceback
from types import TracebackType

from daemon.blackboard.records import Failure
from daemon.core.errors import OutsideError, Remedy, RetriesExhaustedError
from daemon.core.redaction import scrub_text
from daemon.core.texts import writable

_OWN_PACKAGES = frozenset({"daemon", "brains", "sensors", "dashboard"})
_LONGEST_MESSAGE = 2_000
_LONGEST_TRACEBACK = 32_000


def describe_failure(error: BaseException, *, endpoint: str | None = None) -> Failure:
    """What is kept of a failed attempt. `endpoint` says who failed when the error does not.

    The traceback holds the whole chain of causes; one that is very long loses its middle. Never raises for an error
    that cannot be turned into text.
    """
    outside = error if isinstance(error, OutsideError) else None
    where = (outside.endpoint if outside else None) or endpoint
    where = writable(scrub_text(where)) if where else None
    return Failure(
        error_class=type(error).__name__,
        message=_shorten(writable(scrub_text(_message(error))), _LONGEST_MESSAGE),
        traceback=_shorten(writable(scrub_text(_traceback(error))), _LONGEST_TRACEBACK),
        remedy=(outside.remedy if outside else Remedy.FINAL).value,
        group=_fingerprint(error, endpoint=where),
        endpoint=where,
        status=outside.status if outside else None,
    )


def _message(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:  # noqa: BLE001 (a foreign exception's own fault must not hide that it happened)
        return f"{type(error).__name__} (its message cannot be shown)"


def _traceback(error: BaseException) -> str:
    shown = traceback.TracebackException.from_exception(error, capture_locals=False)
    return "".join(shown.format(chain=True))


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"


def _fingerprint(error: BaseException, *, endpoint: str | None) -> str:
    """What failures of the same kind have in common: `RateLimitedError/brains.llm.gateway.ask/gemini`.

    Used-up retries belong with the error that used them up. Line numbers are left out, so that a group outlives an
    edit of the file.
    """
    if isinstance(error, RetriesExhaustedError) and error.__cause__ is not None:
        error = error.__cause__
    parts = (type(error).__name__, _innermost_own_function(error.__traceback__), endpoint)
    return "/".join(part for part in parts if part)


def _innermost_own_function(frames: TracebackType | None) -> str | None:
    found = None
    for frame, _ in traceback.walk_tb(frames):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OWN_PACKAGES:
            found = f"{module}.{frame.f_code.co_qualname.replace('.<locals>', '')}"
    return found
