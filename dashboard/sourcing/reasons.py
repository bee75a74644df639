"""When a source is read next, and why then: the scheduler's sentence in the viewer's language."""

import re
from typing import Final

from dashboard.texts import t

_SPAN: Final = r"(?P<span>[\d.]+ (?:s|min|h|days))"
_REASONS: Final = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (rf"every {_SPAN}, as configured for it", "reason.wish"),
        (rf"every {_SPAN}, the default \(sensors\.every\)", "reason.default"),
        (rf"it posts about every {_SPAN}", "reason.rhythm"),
        (rf"it has not posted for {_SPAN}", "reason.silent"),
        (rf"nothing new for {_SPAN}", "reason.quiet"),
        (rf"the server asks for {_SPAN} between readings \((?P<by>[^()]*)\)", "reason.server"),
        (rf"the server asks to wait {_SPAN} \(Retry-After\)", "reason.retry_after"),
        (rf"one failure: next try after {_SPAN}", "reason.failure"),
        (rf"(?P<n>\d+) failures in a row: next try after {_SPAN}", "reason.failures"),
    )
)
"""The sentences of `sensors.schedule`; a test has it say each of them."""
_UNITS: Final = {"s": "span.s", "min": "span.m", "h": "span.h", "days": "span.d"}


def reason_words(reason: str | None) -> str:
    """The reason in the viewer's language; one that is not known as it is, and nothing for None."""
    told = reason or ""
    for pattern, key in _REASONS:
        if found := pattern.fullmatch(told):
            values = found.groupdict()
            count, _, unit = values.pop("span").partition(" ")
            return t(key, span=t(_UNITS[unit], n=count), **values)
    return told
