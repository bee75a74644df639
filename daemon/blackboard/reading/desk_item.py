"""One item for the dashboard: what it is, what was made of it round by round, and its history by pages."""

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from daemon.blackboard.reading.rows import (
    Document,
    Row,
    artifact_document,
    call_document,
    edit_document,
    event_document,
    full_item_document,
    publication_document,
    usd,
)
from daemon.blackboard.reading.session import open_session
from daemon.core.clock import iso
from daemon.core.errors import NotFoundError

_FILE, _ITEMS = "read_desk_item", "read_items"
_ABOVE_EVERY_EVENT = 2**63 - 1
_COUNTED = 10_000
_SUMS = ("calls", "prompt_tokens", "completion_tokens", "latency_ms")


def item_now(board: Path, item_id: str) -> Document:
    """What `BoardReader.item` tells, without what may be long: `{"item", "calls", "last_event_id"}`.

    What happens after `last_event_id` may not be in it yet; all before is. Raises `NotFoundError`.
    """
    with open_session(board, file=_FILE) as session:
        newest = session.row("newest_events_of", id=item_id, before=_ABOVE_EVERY_EVENT, without=None, limit=1)
    with open_session(board, file=_ITEMS) as session:
        row = session.row("find_item", id=item_id)
        if row is None:
            raise NotFoundError(f"there is no item {item_id}")
        publications = [publication_document(one) for one in session.rows("publications_of", id=item_id)]
        edits = [edit_document(one) for one in session.rows("edits_of", id=item_id)]
        return {
            "item": full_item_document(row) | {"publications": publications, "edits": edits},
            "calls": [call_document(one) for one in session.rows("calls_of", id=item_id)],
            "last_event_id": newest["id"] if newest else 0,
        }


def item_article(board: Path, item_id: str) -> Document | None:
    """What became of the article behind an item: `{"outcome", "note", "url", "characters", "at"}`.

    None for an item whose article was never asked for, or still is.
    """
    with open_session(board, file=_FILE) as session:
        settled = session.row("article_of", id=item_id)
    if settled is None:
        return None
    told: Document = json.loads(settled["data"])
    return {"outcome": None, "note": "", "url": None, "characters": 0} | told | {"at": iso(settled["at"])}


def item_rounds(board: Path, item_id: str) -> list[Document]:
    """What was made of an item, by round, the first one first.

    `[{"round", "artifacts", "steps", "calls", "prompt_tokens", "completion_tokens", "latency_ms", "cost_usd"}]`: the
    artifacts as `BoardReader.item` shows them, in their order; `steps` are the sums of the round's calls by task, and
    beside them those of all. Empty for an item that is not there.
    """
    with open_session(board, file=_FILE) as session:
        artifacts = [artifact_document(row) for row in session.rows("artifacts_of", id=item_id)]
        sums = session.rows("sums_by_round", id=item_id)
    rounds = sorted({one["round"] for one in (*artifacts, *sums)})
    return [
        _round(
            number,
            artifacts=[one for one in artifacts if one["round"] == number],
            sums=[row for row in sums if row["round"] == number],
        )
        for number in rounds
    ]


def item_events(
    board: Path, item_id: str, *, before: int | None = None, limit: int = 200, without: Collection[str] = ()
) -> Document:
    """The newest events of an item, in the order in which they happened: `{"events", "count", "is_more", "before"}`.

    `without`: types that are left out. `count` is of all its other events, up to 10,000; `before` is the id to ask for
    the page before with, None at the begin.
    """
    wanted = {"id": item_id, "without": json.dumps(sorted(without)) if without else None}
    with open_session(board, file=_FILE) as session:
        rows = session.rows("newest_events_of", **wanted, before=before or _ABOVE_EVERY_EVENT, limit=limit + 1)
        count = session.rows("count_events_of", **wanted, limit=_COUNTED + 1)[0]["count"]
    shown = rows[:limit][::-1]
    return {
        "events": [event_document(row) for row in shown],
        "count": min(count, _COUNTED),
        "is_more": count > _COUNTED,
        "before": shown[0]["id"] if len(rows) > limit else None,
    }


def _round(number: int, *, artifacts: Sequence[Document], sums: Iterable[Row]) -> Document:
    steps = {row["task"]: _sums(row) for row in sums}
    return {
        "round": number,
        "artifacts": list(artifacts),
        "steps": steps,
        **{key: sum(step[key] for step in steps.values()) for key in _SUMS},
        "cost_usd": round(sum(step["cost_usd"] for step in steps.values()), 6),
    }


def _sums(row: Row) -> Document:
    return {key: row[key] for key in _SUMS} | {"cost_usd": usd(row["cost_micro"])}
