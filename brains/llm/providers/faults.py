"""What all providers share in translating a vendor's errors into ours."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2

from brains.llm.base import SlowStreamError
from brains.llm.streaming import begun_of, keep_begun
from daemon.core.errors import (
    AnswerLostError,
    BadKeyError,
    BadRequestError,
    CallTimeoutError,
    ConnectionFaultError,
    ContextTooLongError,
    OutsideError,
    PermanentError,
    RateLimitedError,
    RefusedError,
    ServerFaultError,
    TransientError,
    UnknownModelError,
)
from daemon.core.redaction import scrub_text
from daemon.core.texts import writable

CONNECT_SECONDS = 10.0

STATUS_FAULTS: Mapping[int, type[OutsideError]] = {
    400: BadRequestError,
    401: BadKeyError,
    402: BadKeyError,
    403: BadKeyError,
    404: UnknownModelError,
    408: TransientError,
    409: TransientError,
    413: ContextTooLongError,
    422: BadRequestError,
    425: TransientError,
    429: RateLimitedError,
    529: ServerFaultError,
}
"""What an HTTP status means at every vendor. Other 5xx are server faults, other 4xx are bad requests."""

KIND_STATUSES: Mapping[str, int] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "insufficient_quota": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "tokens": 429,
    "requests": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The status that an error would have had, by the vendors' names for it: an error within a stream has none."""

_WORDS: tuple[tuple[re.Pattern[str], type[PermanentError]], ...] = (
    (
        re.compile(
            r"prompt is too long|context[ _](length|window)|maximum context|input token count .* exceeds"
            r"|too many (input |prompt )?tokens|input is too long",
            re.IGNORECASE,
        ),
        ContextTooLongError,
    ),
    (re.compile(r"api[ _]key (not |in)valid|API_KEY_INVALID|invalid api key", re.IGNORECASE), BadKeyError),
    (re.compile(r"model\b.{0,80}(not exist|not found|not_found|does not exist)", re.IGNORECASE), UnknownModelError),
    (re.compile(r"content[ _](filter|policy)|safety (policy|system)|policy[ _]violation", re.IGNORECASE), RefusedError),
)
"""What a 400 really means, by its words: the vendors have no common code for it."""

_QUOTED_LENGTH = 300
_KEY_REFUSED = "it does not accept the key; correct the model's api_key, then retry"
_KEY_WORDS = {
    402: "the account has no credit left; fill it up, then retry",
    403: "the key is not allowed to do this; look at its rights, then retry",
}


def fault_of_status(
    status: int, *, detail: str, endpoint: str, headers: Mapping[str, str], retry_after: float | None = None
) -> OutsideError:
    """Our error for an HTTP status of a provider. `detail`: the vendor's own words, with its codes."""
    kind = _kind(status, detail)
    # A vendor may quote the key it refused; what it says about a key is never repeated.
    is_about_key = issubclass(kind, BadKeyError)
    words = _KEY_WORDS.get(status, _KEY_REFUSED) if is_about_key else writable(scrub_text(" ".join(detail.split())))
    message = f"{endpoint} answered {status}: {words[:_QUOTED_LENGTH]}"
    waits = retry_after if retry_after is not None else retry_after_of(headers)
    return kind(message, endpoint=endpoint, status=status, retry_after=waits)


def status_of_kinds(*kinds: object) -> int:
    """The HTTP status for an error within a stream, by the names or numbers the vendor gives it; 500 if none helps."""
    for kind in map(str, kinds):
        if kind in KIND_STATUSES:
            return KIND_STATUSES[kind]
        if re.fullmatch(r"[45]\d\d", kind):
            return int(kind)
    return HTTPStatus.INTERNAL_SERVER_ERROR


def words_of(fault: OutsideError) -> str:
    """What the vendor said, without the name of the endpoint, which may be any word."""
    return str(fault).removeprefix(fault.endpoint or "")


def _kind(status: int, detail: str) -> type[OutsideError]:
    if status in (400, 403, 404, 422):
        for words, kind in _WORDS:
            if words.search(detail):
                return kind
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerFaultError
    return STATUS_FAULTS.get(status, BadRequestError)


def fault_of_transport(error: BaseException | None, *, endpoint: str) -> TransientError:
    """Our error for a fault below HTTP. Only one that came before anything was sent is a `ConnectionFaultError`."""
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError):
        return ConnectionFaultError(f"no connection to {endpoint}: {type(error).__name__}", endpoint=endpoint)
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return timed_out(endpoint)
    return AnswerLostError(f"{endpoint} broke off: {type(error).__name__}", endpoint=endpoint)


def timed_out(endpoint: str) -> CallTimeoutError:
    """The error for an answer that did not come in time."""
    return CallTimeoutError(f"no answer from {endpoint} in time", endpoint=endpoint)


def out_of_time(error: TimeoutError, *, endpoint: str) -> CallTimeoutError:
    """The error for a whole call that took too long; of a stream, with what had come."""
    # The limit of a call ends what runs by cancelling it; that cancellation is the cause, and knows of the stream.
    begun = begun_of(error.__cause__)
    if begun is None:
        return timed_out(endpoint)
    slow = SlowStreamError(f"{endpoint} was not done in time", usage=begun.usage, endpoint=endpoint)
    keep_begun(slow, begun)
    return slow


def unreadable(endpoint: str) -> AnswerLostError:
    """The error for an answer that is not what the vendor's protocol says (a proxy's page, half a document)."""
    return AnswerLostError(f"{endpoint} answered something unreadable", endpoint=endpoint)


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Seconds the other side asks to wait: `retry-after-ms`, or `retry-after` as seconds or as a date."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    return seconds if seconds is not None or value is None else _seconds_until(value, headers.get("date"))


def http_timeout(timeout: float) -> httpx2.Timeout:
    """The limits of one call in seconds; connecting gets ten at most."""
    return httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))


def _number(value: str | None) -> float | None:
    try:
        return max(0.0, float(value)) if value else None
    except ValueError:
        return None


def _seconds_until(value: str, date: str | None) -> float | None:
    """The wait a date means, measured on the other side's own clock."""
    if date is None:
        return None
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):
        return None
