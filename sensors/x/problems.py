"""What X says when it gives no posts, told in words, each as the error of ours that says what may be done about it.

`sensors/remedies.py` finds what would help in these sentences.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from daemon.core.errors import (
    BadKeyError,
    BadRequestError,
    OutsideError,
    PermanentError,
    RateLimitedError,
    SensorError,
    ServerFaultError,
    TransientError,
)
from sensors.text.characters import visible
from sensors.x.wire import problems_of

_BAD_REQUEST, _NO_KEY, _NO_MONEY, _FORBIDDEN, _NOT_FOUND, _TIMEOUT, _TOO_MANY = 400, 401, 402, 403, 404, 408, 429
_SERVER_FAULT = 500
_LONGEST_DETAIL = 240
_LARGER_THAN = re.compile(r"larger than\s*['\"]?(\d{1,19})")
_CREDITS: Final = re.compile(r"credits|spend ?cap", re.IGNORECASE)
_USAGE: Final = re.compile(r"usage[ -]?cap", re.IGNORECASE)


class NoTokenError(SensorError):
    """X cannot be read without a bearer token (sensors.x.bearer_token, or X_BEARER_TOKEN), or a mirror feed."""


class TooSmallBudgetError(SensorError):
    """What the source may read in a day is less than the smallest answer of X."""


class OldCursorError(BadRequestError):
    """X does not look back so far. `parameter` is what was too old, `oldest` what it may be at least, if X says so."""

    def __init__(self, message: str = "", *, parameter: str, oldest: str | None) -> None:
        self.parameter = parameter
        self.oldest = oldest
        super().__init__(message, status=_BAD_REQUEST)


class OldTokenError(BadRequestError):
    """X does not know the token of the next page any more."""


class UnknownAccountError(PermanentError):
    """X knows no such account."""


def refusal(status: int, body: Mapping[str, Any], *, retry_after: float | None = None) -> OutsideError:
    """The error for an answer that is not 200. `retry_after`: seconds until X takes requests again."""
    words = _detail(body)
    if status == _BAD_REQUEST:
        return _bad_request(body, words)
    if status == _TOO_MANY:
        return _too_many(body, words, retry_after=retry_after)
    if status == _NO_MONEY or (status == _FORBIDDEN and _CREDITS.search(_kind(body))):
        text = f"X answered {status}: this X account's credits or its spending limit are used up{_told(words)}"
        return PermanentError(text, status=status)
    if status == _NO_KEY:
        return BadKeyError("X answered 401: it does not take the bearer token", status=status)
    if status >= _SERVER_FAULT:
        return ServerFaultError(f"X answered {status}{_told(words)}", status=status, retry_after=retry_after)
    error = TransientError if status == _TIMEOUT else PermanentError
    return error(f"X answered {status}{_told(words)}", status=status)


def account_problem(problems: tuple[Mapping[str, Any], ...], *, name: str) -> OutsideError | None:
    """Why an answer without an account or its posts is empty; None when X names no reason."""
    for problem in problems:
        words = " ".join(str(problem.get(key) or "") for key in ("title", "detail", "type"))
        detail = _told(_short(problem.get("detail")))
        if "suspended" in words.lower():
            return PermanentError(f"the account @{name} is suspended{detail}")
        if "not-authorized-for-resource" in words or "not authorized" in words.lower():
            return PermanentError(f"the posts of @{name} are protected{detail}")
        if "resource-not-found" in words or "not find user" in words.lower():
            return UnknownAccountError(f"X knows no account @{name}{detail}")
    return None


def _bad_request(body: Mapping[str, Any], words: str) -> OutsideError:
    for problem in problems_of(body):
        message = str(problem.get("message") or "")
        given = problem.get("parameters")
        names = set(given) if isinstance(given, Mapping) else set()
        if names & {"pagination_token", "next_token"}:
            return OldTokenError(f"X answered 400: it does not know the next page{_told(words)}", status=_BAD_REQUEST)
        cursor = next((one for one in ("since_id", "until_id") if one in names or f"'{one}' must" in message), None)
        if cursor:
            larger = _LARGER_THAN.search(message)
            text = f"X answered 400: {cursor} is too old{_told(words)}"
            return OldCursorError(text, parameter=cursor, oldest=larger[1] if larger else None)
    return BadRequestError(f"X answered 400: it refuses the request{_told(words)}", status=_BAD_REQUEST)


def _too_many(body: Mapping[str, Any], words: str, *, retry_after: float | None) -> OutsideError:
    if _USAGE.search(_kind(body)):
        text = f"X answered 429: the posts that this X account may read are used up{_told(words)}"
        return RateLimitedError(text, status=_TOO_MANY, retry_after=retry_after)
    return RateLimitedError("X answered 429: too many requests for now", status=_TOO_MANY, retry_after=retry_after)


def _kind(body: Mapping[str, Any]) -> str:
    return " ".join(str(body.get(key) or "") for key in ("title", "type", "detail"))


def _detail(body: Mapping[str, Any]) -> str:
    """What X says of it, the most particular first."""
    for problem in problems_of(body):
        if text := _short(problem.get("message") or problem.get("detail")):
            return text
    return _short(body.get("detail") or body.get("title"))


def _short(value: object) -> str:
    return " ".join(visible(value).split())[:_LONGEST_DETAIL] if isinstance(value, str) else ""


def _told(words: str) -> str:
    return f": {words}" if words else ""
