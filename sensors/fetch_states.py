"""What a poll leaves of a source, whatever its kind: looked at, read, failed, and when to come again."""

from dataclasses import replace

from daemon.blackboard.records import FetchState
from daemon.core.redaction import scrub_text
from sensors.base import Sighting
from sensors.schedule import Plan
from sensors.text.characters import visible

LONGEST_ERROR = 500


def succeeded(fetch: FetchState, *, now: float) -> FetchState:
    """It was read; what failed before is over."""
    return replace(fetch, last_fetch_at=now, last_success_at=now, errors_in_row=0, last_error=None, is_gone=False)


def with_error(fetch: FetchState, words: str, *, now: float) -> FetchState:
    """It could not be read, once more; of the words, what `sentence` leaves."""
    return replace(fetch, last_fetch_at=now, errors_in_row=fetch.errors_in_row + 1, last_error=sentence(words))


def planned(fetch: FetchState, plan: Plan) -> FetchState:
    """When to come again, and why then."""
    return replace(fetch, next_fetch_at=plan.at, next_fetch_reason=plan.reason, interval_seconds=plan.interval_seconds)


def failed(fetch: FetchState, words: str, *, plan: Plan, now: float) -> Sighting:
    """The sighting of a poll that could not read its source."""
    fetch = planned(with_error(fetch, words, now=now), plan)
    detail = {"errors_in_row": fetch.errors_in_row, "next": plan.reason}
    return Sighting(fetch=fetch, outcome="failed", error=fetch.last_error, detail=detail)


def unforeseen(address: str, error: Exception) -> str:
    """A fault that no sensor knows, in words."""
    return f"reading {address} failed: {type(error).__name__}: {error}"


def sentence(words: object) -> str:
    """What failed, as it may be kept and shown: scrubbed, on one line, without hidden characters, and not long."""
    return scrub_text(" ".join(visible(str(words)).split()))[:LONGEST_ERROR]
