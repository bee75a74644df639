"""What can be asked of the board without writing to it."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon.blackboard.reading.costs import Window, read_costs
from daemon.blackboard.reading.feedback import sources_with_trust
from daemon.blackboard.reading.patterns import containing
from daemon.blackboard.reading.rows import (
    Document,
    artifact_document,
    call_document,
    edit_document,
    event_document,
    full_item_document,
    group_document,
    item_document,
    publication_document,
    usd,
)
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.reading.source_documents import read_source_documents
from daemon.blackboard.states import FINAL, State
from daemon.core.errors import NotFoundError

_ABOVE_EVERY_ID = "~"
_DIGITS_OF_AN_ID = 19
_ITEMS = "read_items"
_TOTALS = "read_totals"


class BoardReader:
    """Answers JSON-ready documents from the board's file; safe to share between threads.

    Every method opens the file, reads one snapshot and closes it. All raise `NotFoundError` when there is no board yet,
    `ForeignBoardError`, `CorruptBoardError` or `BoardBusyError`.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self.path = path
        self._now = now

    @property
    def exists(self) -> bool:
        """There is a file."""
        return self.path.exists()

    # --- items ---

    def items(
        self,
        *,
        state: State | None = None,
        source: str | None = None,
        search: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[Document]:
        """A page of items, the newest first; `before` is the last id of the page before.

        `source`: an id, an address or a name. `search`: words in title or URL, or an id.
        """
        page: dict[str, Any] = {
            "search": containing(search),
            "exact": search,
            "before": before or _ABOVE_EVERY_ID,
            "limit": limit,
        }
        with open_session(self.path, file=_ITEMS) as board:
            if source is None and state is None:
                return [item_document(row) for row in board.rows("list_all", **page)]
            if source is None:
                return [item_document(row) for row in board.rows("list_in_state", state=state, source_id=None, **page)]
        return self._items_of(self._source_ids(source), state=state, page=page)

    def item(self, item_id: str) -> Document:
        """Everything about one item: `{"item", "artifacts", "calls", "events"}`. Raises `NotFoundError`."""
        with open_session(self.path, file=_ITEMS) as board:
            row = board.row("find_item", id=item_id)
            if row is None:
                raise NotFoundError(f"there is no item {item_id}")
            return {
                "item": full_item_document(row)
                | {"publications": [publication_document(r) for r in board.rows("publications_of", id=item_id)]}
                | {"edits": [edit_document(r) for r in board.rows("edits_of", id=item_id)]},
                "artifacts": [artifact_document(r) for r in board.rows("artifacts_of", id=item_id)],
                "calls": [call_document(r) for r in board.rows("calls_of", id=item_id)],
                "events": [event_document(r) for r in board.rows("events_of", id=item_id)],
            }

    def states_of(self, ids: Sequence[str]) -> dict[str, State]:
        """The state of each of these items; those that are not on the board are left out."""
        with open_session(self.path, file=_ITEMS) as board:
            return {row["id"]: State(row["state"]) for row in board.rows("states_of", ids=json.dumps(list(ids)))}

    def dead_letter_groups(self) -> list[Document]:
        """Dead letters by what they failed of: `[{"group", "count", "first_at", "last_at", "sample"}]`."""
        with open_session(self.path, file=_ITEMS) as board:
            return [_group(row, board=board) for row in board.rows("groups_of_dead_letters")]

    # --- the whole board ---

    def counts(self) -> dict[str, int]:
        """How many items stand in each state; every state is there."""
        with open_session(self.path, file=_TOTALS) as board:
            return _counts(board)

    def oldest_ages(self) -> dict[str, float]:
        """Seconds since the oldest item was seen, for every state that is not final and has items."""
        with open_session(self.path, file=_TOTALS) as board:
            return _oldest_ages(board, now=self._now())

    def totals(self, *, since: float) -> Document:
        """Calls, tokens and dollars from `since` (epoch seconds) on."""
        with open_session(self.path, file=_TOTALS) as board:
            return _totals(board, since=since)

    def costs(
        self, *, since: float, until: float | None = None, currency: Mapping[str, float] | None = None
    ) -> Document:
        """The ledger from `since` on (to `until`, not in it), by all that explains it; see `reading.costs`.

        `currency`: units of each currency for one dollar.
        """
        now = self._now()
        window = Window(since, max(since, now) + 1 if until is None else until)
        return read_costs(self.path, window=window, currency=currency or {}, now=now)

    def events(self, *, after: int, limit: int = 500) -> list[Document]:
        """The next events after an id."""
        with open_session(self.path, file=_TOTALS) as board:
            return [event_document(row) for row in board.rows("events_after", after=after, limit=limit)]

    def last_event_id(self) -> int:
        """The id of the newest event; 0 when there is none."""
        with open_session(self.path, file=_TOTALS) as board:
            return int(_first(board.rows("last_event_id"))["id"])

    def controls(self) -> dict[str, str]:
        """Every switch, and what the daemon last wrote of itself, as stored."""
        with open_session(self.path, file=_TOTALS) as board:
            return _controls(board)

    def sources(self) -> list[Document]:
        """Every source, how reading it goes, and how far people trust it."""
        found = [document for _, document in read_source_documents(self.path, now=self._now())]
        return sources_with_trust(self.path, found)

    def source_id(self, wanted: str) -> int:
        """The id of the source a person means by an id, an address or a name. Raises `NotFoundError`."""
        return self._source_ids(wanted)[0]

    def unremembered(self) -> int:
        """How many published items are not in the memory."""
        with open_session(self.path, file=_TOTALS) as board:
            return int(_first(board.rows("unremembered_count"))["count"])

    def overview(self) -> Document:
        """Counts, ages, today's sums (UTC) and switches, all of the same moment."""
        now = self._now()
        with open_session(self.path, file=_TOTALS) as board:
            return {
                "states": _counts(board),
                "oldest_age_seconds": _oldest_ages(board, now=now),
                "today": _totals(board, since=start_of_day(now)),
                "controls": _controls(board),
            }

    def check(self) -> list[str]:
        """What SQLite's quick check finds damaged; empty when the file is sound. Reads the whole file."""
        with open_session(self.path, file=_TOTALS) as board:
            found = [str(row["quick_check"]) for row in board.rows("check_quickly")]
        return [line for line in "\n".join(found).splitlines() if line != "ok" and not line.startswith("***")]

    def _source_ids(self, wanted: str) -> list[int]:
        number = int(wanted) if wanted.isdecimal() and len(wanted) < _DIGITS_OF_AN_ID else None
        with open_session(self.path, file=_TOTALS) as board:
            found = [int(row["id"]) for row in board.rows("find_sources", number=number, text=wanted)]
        if not found:
            raise NotFoundError(f"there is no source {wanted}")
        return found

    def _items_of(self, source_ids: Iterable[int], *, state: State | None, page: dict[str, Any]) -> list[Document]:
        query = "list_of_source" if state is None or state in FINAL else "list_in_state"
        with open_session(self.path, file=_ITEMS) as board:
            rows = [row for one in source_ids for row in board.rows(query, source_id=one, state=state, **page)]
        rows.sort(key=lambda row: str(row["id"]), reverse=True)
        return [item_document(row) for row in rows[: page["limit"]]]


def start_of_day(at: float) -> float:
    """Midnight before `at`, in UTC, as the budget counts days."""
    return datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _first(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return rows[0]


def _counts(board: Session) -> dict[str, int]:
    found = {row["state"]: row["count"] for row in board.rows("count_by_state")}
    return {state.value: found.get(state.value, 0) for state in State}


def _oldest_ages(board: Session, *, now: float) -> dict[str, float]:
    found = {state.value: board.row("oldest_in_state", state=state) for state in State if state not in FINAL}
    return {state: round(max(0.0, now - row["created_at"]), 1) for state, row in found.items() if row}


def _totals(board: Session, *, since: float) -> Document:
    row = _first(board.rows("total_since", since=since))
    return {
        "calls": row["calls"],
        "prompt_tokens": row["prompt_tokens"],
        "completion_tokens": row["completion_tokens"],
        "cost_usd": usd(row["cost_micro"]),
    }


def _controls(board: Session) -> dict[str, str]:
    return {row["key"]: row["value"] for row in board.rows("all_controls")}


def _group(row: dict[str, Any], *, board: Session) -> Document:
    sample = board.row("find_item", id=row["sample_id"])
    return group_document(row, sample=sample or {})
