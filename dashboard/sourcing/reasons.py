"""When a source is read next, and why then: the scheduler's sentence in the viewer's language."""

from typing import Final

from dashboard.known_sentences import KnownSentences
from dashboard.texts import t

_SPAN: Final = r"(?P<span>[\d.]+ (?:s|min|h|days))"
_ON: Final = r"it goes on at [\d: -]+ UTC"
"""Told as the time of the next reading."""
_REASONS: Final = KnownSentences(
    (rf"every {_SPAN}, as configured for it", "reason.wish"),
    (rf"every {_SPAN}, the default \(sensors\.[a-z.]*every\)", "reason.default"),
    (rf"it posts about every {_SPAN}", "reason.rhythm"),
    (rf"it has not posted for {_SPAN}", "reason.silent"),
    (rf"nothing new for {_SPAN}", "reason.quiet"),
    (rf"the server asks for {_SPAN} between readings \((?P<by>[^()]*)\)", "reason.server"),
    (rf"the server asks to wait {_SPAN} \(Retry-After\)", "reason.retry_after"),
    (rf"one failure: next try after {_SPAN}", "reason.failure"),
    (rf"(?P<n>\d+) failures in a row: next try after {_SPAN}", "reason.failures"),
    (rf"its (?P<n>\d+) reads of today are used up; {_ON}", "reason.reads_used"),
    (rf"its (?P<usd>[\d.]+) USD of today are used up; {_ON}", "reason.usd_used"),
    (rf"the budget leaves no room for reading; {_ON}", "reason.no_budget"),
    (rf"X takes no more requests for now; {_ON}", "reason.x_window"),
    (r"there is more to read|more files wait", "reason.more"),
    (r"a file may still be written", "reason.writing"),
    (rf"a post waits {_SPAN} for the rest of its thread", "reason.thread"),
)
"""The sentences of `sensors.schedule` and of the sensors; a test has each of them said."""
_UNITS: Final = {"s": "span.s", "min": "span.m", "h": "span.h", "days": "span.d"}


def reason_words(reason: str | None) -> str:
    """The reason in the viewer's language; one that is not known as it is, and nothing for None."""
    told = reason or ""
    known = _REASONS.find(told)
    return t(known.key, **_named(known.values)) if known else told


def _named(values: dict[str, str]) -> dict[str, str]:
    if "span" not in values:
        return values
    count, _, unit = values["span"].partition(" ")
    return values | {"span": t(_UNITS[unit], n=count)}
