"""What the first page of the dashboard shows: how the board is, what happens, and what needs a person."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from daemon.blackboard.reading.budget import budget_document, read_accounts
from daemon.blackboard.reading.desk_counts import tally_of
from daemon.blackboard.reading.freshness import Freshness
from daemon.blackboard.reading.monitoring import SourceFigures, read_sources
from daemon.blackboard.reading.reader import start_of_day
from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.states import FINAL, STEP_OF, State
from daemon.core.clock import iso
from daemon.core.ids import lowest_id
from daemon.core.settings.models import BudgetSettings

HOUR = 3600.0
FAILING_AFTER_SECONDS = 86_400.0
"""A source that could not be read for so long needs a person."""
NEARLY_USED = 0.8
"""The share of a cap from which it is told."""
_FILE = "read_desk_overview"
_MOST_AT_WORK, _MOST_HELD, _MOST_GROUPS = 20, 5, 5
_ENDED = {"PUBLISHED": "published", "DISCARDED": "discarded"}
_TROUBLE = {"item_buried": "buried", "item_rejected": "rejected", "item_held": "held", "item_revived": "revived"}
_FLOWS = ("posted", *_ENDED.values(), *_TROUBLE.values())


def read_desk_overview(
    board: Path, *, now: float, budget: BudgetSettings, is_running: bool, hours: int = 24
) -> Document:
    """All of the first page; `states`, `oldest_age_seconds`, `today` and `controls` as `BoardReader.overview` has them.

    `hours`: what happened in each of the last ones, the running one last, `[{"at", "posted", "published", "discarded",
    "buried", "rejected", "held", "revived"}]`; `at` is the hour's begin. `at_work`: what is claimed, the longest first,
    `[{"id", "title", "state", "step", "round", "attempts", "since"}]`. `awaiting_articles`: how many of the QUEUED wait
    for their article. `needs_person`: `{"held", "held_items",
    "dead_letters", "groups", "failing_sources", "late_sources", "budgets"}`. `budget`: see `budget_document`. Raises
    what opening a board raises.
    """
    with open_session(board, file=_FILE) as session:
        states = tally_of(board).read(session)
        held = session.rows("newest_held", limit=_MOST_HELD)
        groups = [_group(row, session) for row in session.rows("largest_groups", limit=_MOST_GROUPS)]
        document: Document = {
            "at": iso(now),
            "states": states,
            "oldest_age_seconds": _oldest_ages(session, now=now),
            "awaiting_articles": session.rows("awaiting_articles")[0]["count"],
            "today": _today(session, now=now),
            "controls": {row["key"]: row["value"] for row in session.rows("all_controls")},
            "hours": _throughput(session, now=now, hours=hours),
            "at_work": [_working(row) for row in session.rows("at_work", limit=_MOST_AT_WORK)],
        }
    caps = budget_document(read_accounts(board, now=now, is_running=is_running), budget=budget)
    sources = read_sources(board, now=now)
    return document | {
        "budget": caps,
        "needs_person": {
            "held": states[State.HELD],
            "held_items": [_held(row) for row in held],
            "dead_letters": states[State.DEAD_LETTER],
            "groups": groups,
            **_unread(sources, now=now),
            "budgets": _nearly_used(caps["scopes"]),
        },
    }


def read_states(board: Path) -> dict[str, int]:
    """How many items stand in each state; quick from the second time on."""
    with open_session(board, file=_FILE) as session:
        return tally_of(board).read(session)


def _throughput(session: Session, *, now: float, hours: int) -> list[Document]:
    """What happened in each of the last hours, the running one last. An item that is buried twice counts twice."""
    last = int(now // HOUR)
    numbers = range(last - hours + 1, last + 1)
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_FLOWS, 0))
    bounds = [(lowest_id(number * HOUR), lowest_id((number + 1) * HOUR)) for number in numbers]
    for row in session.rows("posted_between", bounds=json.dumps(bounds)):
        counts[numbers[int(row["place"])]]["posted"] = row["count"]
    for row in session.rows("ended_by_hour", since=numbers[0] * HOUR):
        counts[row["hour"]][_ENDED[row["state"]]] = row["count"]
    for row in session.rows("trouble_by_hour", since=numbers[0] * HOUR):
        counts[row["hour"]][_TROUBLE[row["type"]]] = row["count"]
    return [{"at": iso(number * HOUR)} | counts[number] for number in numbers]


def _oldest_ages(session: Session, *, now: float) -> dict[str, float]:
    found = {state.value: session.row("oldest_in_state", state=state) for state in State if state not in FINAL}
    return {state: round(max(0.0, now - row["created_at"]), 1) for state, row in found.items() if row}


def _today(session: Session, *, now: float) -> Document:
    row = session.rows("total_since", since=start_of_day(now))[0]
    sums = {key: row[key] for key in ("calls", "prompt_tokens", "completion_tokens")}
    return sums | {"cost_usd": usd(row["cost_micro"])}


def _working(row: Row) -> Document:
    return {
        "id": row["id"],
        "title": row["title"],
        "state": row["state"],
        "step": STEP_OF[State(row["state"])].value,
        "round": row["round"],
        "attempts": row["attempts"],
        "since": iso(row["claimed_at"]),
    }


def _held(row: Row) -> Document:
    return {key: row[key] for key in ("id", "title", "held_in", "reason")} | {"updated_at": iso(row["updated_at"])}


def _group(row: Row, session: Session) -> Document:
    """`new_since`: how many failed after the last retry (None: there was none), and when that was."""
    revived_at, named = row["revived_at"], {"failure_group": row["failure_group"]}
    new = None if revived_at is None else session.rows("dead_since", **named, since=revived_at)[0]["count"]
    times = {"first_at": iso(row["first_at"]), "last_at": iso(row["last_at"]), "last_revived_at": iso(revived_at)}
    return {"group": row["failure_group"], "count": row["count"], "new_since": new} | times


def _unread(sources: Iterable[SourceFigures], *, now: float) -> dict[str, list[Document]]:
    """Sources that failed for a day, and those that are stale for a shorter time."""
    stale = [source for source in sources if source.freshness is Freshness.STALE]
    failing = [source for source in stale if source.errors_in_row and _unread_for(source, now=now)]
    return {
        "failing_sources": [_source(source) for source in failing],
        "late_sources": [_source(source) for source in stale if source not in failing],
    }


def _unread_for(source: SourceFigures, *, now: float) -> bool:
    since = source.created_at if source.last_success_at is None else source.last_success_at
    return since < now - FAILING_AFTER_SECONDS


def _source(source: SourceFigures) -> Document:
    return {
        "id": source.id,
        "name": source.name,
        "last_success_at": iso(source.last_success_at),
        "next_fetch_at": iso(source.next_fetch_at),
        "errors_in_row": source.errors_in_row,
        "last_error": source.last_error,
    }


def _nearly_used(scopes: Iterable[Document]) -> list[Document]:
    """The scopes of which most is used: `{"scope", "cap_usd", "left_usd", "share", "ends_at"}`."""
    found = []
    for scope in scopes:
        cap, left = scope["cap_usd"], scope["left_usd"]
        if cap is None or left > (1 - NEARLY_USED) * cap:
            continue
        share = 1.0 if cap == 0 else round(1 - left / cap, 4)
        found.append({key: scope[key] for key in ("scope", "cap_usd", "left_usd", "ends_at")} | {"share": share})
    return found
