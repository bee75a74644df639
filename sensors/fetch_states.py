"""What a poll leaves of a source, whatever its kind: looked at, read, failed, and when to come again."""

from dataclasses import replace

from daemon.blackboard.records import FetchState
from daemon.core.redaction import scrub_text
from sensors.schedule import Plan

LONGEST_ERROR = 500


def succeeded(fetch: FetchState, *, now: float) -> FetchState:
    """It was read; what failed before is over."""
    return replace(fetch, last_fetch_at=now, last_success_at=now, errors_in_row=0, last_error=None, is_gone=False)


def with_error(fetch: FetchState, words: str, *, now: float) -> FetchState:
    """It could not be read, once more; the words are scrubbed, on one line, and not long."""
    return replace(
        fetch,
        last_fetch_at=now,
        errors_in_row=fetch.errors_in_row + 1,
        last_error=scrub_text(" ".join(words.split()))[:LONGEST_ERROR],
    )


def planned(fetch: FetchState, plan: Plan) -> FetchState:
    """When to come again, and why then."""
    return replace(fetch, next_fetch_at=plan.at, next_fetch_reason=plan.reason, interval_seconds=plan.interval_seconds)
