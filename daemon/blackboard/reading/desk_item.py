"""One item for the dashboard: its rounds, with what the review found of each sentence, and its history by pages."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from daemon.blackboard.reading.rows import Document, Row, artifact_document, event_document, usd
from daemon.blackboard.reading.session import open_session

_FILE = "read_desk_item"
_ABOVE_EVERY_EVENT = 2**63 - 1
_COUNTED = 100_000


def item_rounds(board: Path, item_id: str) -> list[Document]:
    """What was made of an item, by round, the first one first.

    `[{"round", "knowledge", "draft", "review", "post", "sentences", "memories", "memory_degraded", "steps",
    "cost_usd"}]`: of artifacts the newest of the round as `BoardReader.item` shows them, None where there is none.
    `sentences`: `[{"sentence", "evidence": [texts of the source], "faults": [{"kind", "reason"}]}]` in the draft's
    order; one with neither is not there, because the review had nothing to say of it. `memories` are those the writer
    was given. `steps`: the sums of the round's calls by task. Empty for an item that is not there.
    """
    with open_session(board, file=_FILE) as session:
        artifacts = [artifact_document(row) for row in session.rows("artifacts_of", id=item_id)]
        sums = session.rows("sums_by_round", id=item_id)
    rounds = sorted({one["round"] for one in (*artifacts, *sums)})
    return [
        _round(
            number,
            made={one["kind"]: one for one in artifacts if one["round"] == number},
            sums=[row for row in sums if row["round"] == number],
        )
        for number in rounds
    ]


def item_events(board: Path, item_id: str, *, before: int | None = None, limit: int = 200) -> Document:
    """The newest events of an item, in the order in which they happened: `{"events", "count", "is_more", "before"}`.

    `count` is of all its events, up to 100,000; `before` is the id to ask for the page before with, None at the begin.
    """
    with open_session(board, file=_FILE) as session:
        rows = session.rows("newest_events_of", id=item_id, before=before or _ABOVE_EVERY_EVENT, limit=limit + 1)
        count = session.rows("count_events_of", id=item_id, limit=_COUNTED + 1)[0]["count"]
    shown = rows[:limit][::-1]
    return {
        "events": [event_document(row) for row in shown],
        "count": min(count, _COUNTED),
        "is_more": count > _COUNTED,
        "before": shown[0]["id"] if len(rows) > limit else None,
    }


def _round(number: int, *, made: dict[str, Document], sums: Iterable[Row]) -> Document:
    draft = made["draft"]["content"] if "draft" in made else {}
    review = made["review"]["content"] if "review" in made else {}
    steps = {row["task"]: _sums(row) for row in sums}
    return {
        "round": number,
        **{kind: made.get(kind) for kind in ("knowledge", "draft", "review", "post")},
        "sentences": _sentences(draft, review),
        "memories": draft.get("memories") or [],
        "memory_degraded": bool(draft.get("memory_degraded")),
        "steps": steps,
        "cost_usd": round(sum(step["cost_usd"] for step in steps.values()), 6),
    }


def _sums(row: Row) -> Document:
    sums = {key: row[key] for key in ("calls", "prompt_tokens", "completion_tokens", "latency_ms")}
    return sums | {"cost_usd": usd(row["cost_micro"])}


def _sentences(draft: dict[str, Any], review: dict[str, Any]) -> list[Document]:
    """By sentence what the review says of it; what it does not find in the draft stands behind."""
    found: dict[str, Document] = {}
    for one in review.get("evidence") or ():
        _of(found, one["sentence"])["evidence"].append(one["source"])
    for one in review.get("faults") or ():
        _of(found, one["sentence"])["faults"].append({"kind": one["kind"], "reason": one["reason"]})
    whole = "\n".join(str(draft.get(part) or "") for part in ("title", "summary", "body"))
    places = {sentence: whole.find(sentence) for sentence in found}
    return sorted(found.values(), key=lambda one: (places[one["sentence"]] < 0, places[one["sentence"]]))


def _of(found: dict[str, Document], sentence: str) -> Document:
    return found.setdefault(sentence, {"sentence": sentence, "evidence": [], "faults": []})
