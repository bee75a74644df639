"""Why a level holds, a breaker opened, or money goes too fast: the daemon's sentence in the viewer's words."""

from typing import Final

from dashboard.failures import failure_words
from dashboard.known_sentences import KnownSentences
from dashboard.texts import t

_LAST: Final = r"(?P<error>\w+)(?::(?: (?P<told>.*))?)?"
_REASONS: Final = KnownSentences(
    (r"no trouble was seen since the start", "why.calm"),
    (r"no daemon is running", "why.no_daemon"),
    (r"set by a person", "why.person"),
    (r"somebody can be asked, and there is room on the disk", "why.room"),
    (r"no call for (?P<seconds>\S+) s", "why.no_call"),
    (
        r"(?P<faults>\d+) of (?P<calls>\d+) calls failed within (?P<seconds>\S+) s \((?P<share>[^()]+)\)",
        "why.failed",
    ),
    (r"no model has answered for (?P<seconds>\d+) s: every breaker is open", "why.silent"),
    (r"(?P<free>[\d,]+) MiB of the disk are free, less than (?P<least>[\d,]+) MiB", "why.disk"),
    (r"money goes too fast for (?P<model>\S+), which is not cheaper", "why.too_dear"),
    (r"it was (?:open|tripped) before the restart", "why.before"),
    (rf"the probe failed with {_LAST}", "why.probe"),
    (rf"(?P<faults>\d+) of the last (?P<calls>\d+) calls failed, the last with {_LAST}", "why.calls"),
    (r"(?P<tokens>[\d,]+) tokens in a minute, where (?P<least>[\d,]+) are the limit", "why.burn_tokens"),
    (r"(?P<usd>\$\S+) in a minute, where (?P<least>\S+) are the limit", "why.burn_usd"),
)
"""What the parts that decide say; a test has each of them say it."""


def reason_words(reason: str | None) -> str:
    """The reason in the viewer's language, not made harmless; one that is not known as it is, nothing for None."""
    told = " ".join((reason or "").split())
    if (burn := told.split("; ")) and len(burn) > 1 and all(_sentence(one) for one in burn):
        return t("word.semicolon").join(_sentence(one) for one in burn)
    return _sentence(told) or told


def _sentence(told: str) -> str:
    known = _REASONS.find(told)
    return t(known.key, **_named(known.values)) if known else ""


def _named(values: dict[str, str]) -> dict[str, str]:
    if "error" not in values:
        return values
    error, told = failure_words(values["error"]), values["told"]
    return {**values, "error": f"{error} ({told})" if told else error}
