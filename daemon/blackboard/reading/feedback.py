"""What people said of posts, and what it is used for: pages, sums, the trust in each source, examples for prompts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon.blackboard.feedback import About, Feedback, Verdict
from daemon.blackboard.reading.rows import Document, Row
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.reading.verdict_sums import sums_of
from daemon.core.clock import iso
from daemon.core.errors import UsageError

EXAMPLES: Final = 4
"""As many as the settings say where nothing else is set."""
LOOKED_AT: Final = 200
"""Of the newest telling verdicts; examples are chosen among them."""
NEWEST_ITEMS: Final = 200
"""Of a source, whose fates are counted."""
LONGEST_PART: Final = 600
"""Characters of a passage, a correction or a reason in an example."""
LONGEST_EXAMPLES: Final = 4_000
"""Characters of all examples together."""
_FILE: Final = "read_feedback"
_QUERY_OF: Final = {"right": "telling_for_drafts", "left": "telling_for_reviews"}
_HIGHEST_ID: Final = 2**63 - 1


class _Place(NamedTuple):
    """Between two entries of a page."""

    is_back: bool
    at: float
    id: int


def feedback_page(
    board: Path,
    *,
    item_id: str | None = None,
    about: About | None = None,
    verdict: Verdict | None = None,
    source_id: int | None = None,
    at: str | None = None,
    limit: int = 50,
) -> Document:
    """What people said, the newest first: `{"feedback": [document], "next", "previous"}`.

    A document is `{"id", "item_id", "title", "about", "passage", "verdict", "reason", "corrected", "by", "at"}`.
    `next` and `previous` are what to give as `at` for the page behind and before; None where there is none. Raises
    `UsageError` for an `at` that is no place.
    """
    place = _Place(is_back=False, at=float("inf"), id=_HIGHEST_ID) if at is None else read_place(at)
    query = "older_first" if place.is_back else "newer_first"
    wanted = {"item_id": item_id, "about": about, "verdict": verdict, "source_id": source_id}
    with open_session(board, file=_FILE) as session:
        rows = session.rows(query, at=place.at, id=place.id, limit=limit + 1, **wanted)
    is_more, rows = len(rows) > limit, rows[:limit]
    if place.is_back:
        rows.reverse()
    has_next, has_previous = (bool(rows), is_more) if place.is_back else (is_more, at is not None and bool(rows))
    return {
        "feedback": [feedback_document(row) for row in rows],
        "next": _cursor(rows[-1], is_back=False) if has_next else None,
        "previous": _cursor(rows[0], is_back=True) if has_previous else None,
    }


def feedback_report(board: Path, **wanted: Any) -> Document:
    """A page (asked for as of `feedback_page`) with all sums: `counts` and `trust`."""
    return feedback_page(board, **wanted) | {"counts": feedback_counts(board), "trust": source_trust(board)}


def feedback_of(board: Path, item_id: str, *, limit: int = 200) -> list[Document]:
    """All that was said of one item, the newest first, as documents of `feedback_page`."""
    with open_session(board, file=_FILE) as session:
        return [feedback_document(row) for row in session.rows("of_item", item_id=item_id, limit=limit)]


def feedback_counts(board: Path) -> Document:
    """`{"up", "down", "corrected", "by_source": [{"source_id", "source", "up", "down", "corrected"}]}`.

    The source with the most `down` first; its id and name are None for what people posted.
    """
    with open_session(board, file=_FILE) as session:
        sums = _sums(session, board=board)
    totals = {key: sum(row[key] for row in sums) for key in ("up", "down", "corrected")}
    return {**totals, "by_source": sums}


def trust_of(up: int, down: int) -> float | None:
    """How likely the next verdict is `up`, by those there are: `(up + 1) / (up + down + 2)`, Laplace's rule.

    That is the mean of a Beta distribution that began even; one verdict moves it little. None without any verdict.
    """
    return round((up + 1) / (up + down + 2), 4) if up + down else None


def source_trust(board: Path) -> list[Document]:
    """The sources people judged posts of, the least trusted first.

    `[{"source_id", "source", "up", "down", "corrected", "published", "held", "discarded", "trust"}]`: the verdicts on
    its items, whatever they are about; what became of its newest 200 items; and `trust_of` the verdicts.
    """
    with open_session(board, file=_FILE) as session:
        found = [
            row | _fates(session, row["source_id"]) | {"trust": trust_of(row["up"], row["down"])}
            for row in _sums(session, board=board)
            if row["source_id"] is not None
        ]
    return sorted(found, key=lambda one: (one["trust"], one["source_id"]))


def is_distrusted(one: Row, *, below: float, after: int) -> bool:
    """Posts of a source with these verdicts wait for a person. The bounds are the settings `feedback.hold_…`."""
    return below > 0 and one["up"] + one["down"] >= after and one["trust"] is not None and one["trust"] < below


def sources_with_trust(board: Path, sources: Sequence[Document]) -> list[Document]:
    """Documents of sources with `up`, `down` and `trust` of each; `trust` is None for one that nobody judged."""
    with open_session(board, file=_FILE) as session:
        sums = sums_of(board).read(session)
    found = {row["source_id"]: (row["up"], row["down"]) for row in sums}
    return [one | _trusted(*found.get(one["id"], (0, 0))) for one in sources]


def telling_verdicts(board: Path, *, brain: str, limit: int = LOOKED_AT) -> list[Document]:
    """What a brain could be shown, the newest first: what `chosen` chooses among.

    For `right` what was liked, corrected or found fault with in posts; for `left` claims that were wrong.
    """
    with open_session(board, file=_FILE) as session:
        return [_example(row) for row in session.rows(_QUERY_OF[brain], limit=limit)]


def chosen(
    verdicts: Sequence[Document], *, limit: int, source_id: int | None = None, without: str | None = None
) -> list[Document]:
    """The examples for an item of a source: those of the same source first, then the newest.

    At most `limit`, and no more than 4,000 characters together; none about the item `without`, because what was said of
    it is no example for it.
    """
    others = [one for one in verdicts if one["item_id"] != without]
    ordered = sorted(others, key=lambda one: source_id is None or one["source_id"] != source_id)
    taken: list[Document] = []
    room = LONGEST_EXAMPLES
    for one in ordered[:limit]:
        room -= sum(len(one[part]) for part in ("title", "before", "after", "reason"))
        if room < 0:
            break
        taken.append(one)
    return taken


def examples(
    board: Path, *, brain: str, limit: int = EXAMPLES, source_id: int | None = None, without: str | None = None
) -> list[Document]:
    """Exactly what the next prompt of a brain (`right`: drafts, `left`: reviews) shows of what people said.

    `[{"id", "item_id", "title", "source_id", "source", "about", "verdict", "before", "after", "reason", "at"}]`, in
    that order: `before` is the passage (empty for a whole post), `after` its correction. Each is cut at 600 characters.
    `source_id`: that of the item which is written; `limit` is `feedback.examples` of the settings.
    """
    verdicts = telling_verdicts(board, brain=brain) if limit else []
    return chosen(verdicts, limit=limit, source_id=source_id, without=without)


def feedback_document(row: Row) -> Document:
    """A verdict as people see it."""
    kept = ("id", "item_id", "title", "about", "passage", "verdict", "reason", "corrected")
    return {key: row[key] for key in kept} | {"by": row["given_by"], "at": iso(row["given_at"])}


def as_document(feedback: Feedback) -> Document:
    """The same of a record."""
    return {
        "id": feedback.id,
        "item_id": feedback.item_id,
        "title": feedback.title,
        "about": feedback.about.value,
        "passage": feedback.passage,
        "verdict": feedback.verdict.value,
        "reason": feedback.reason,
        "corrected": feedback.corrected,
        "by": feedback.by,
        "at": iso(feedback.at),
    }


def _example(row: Row) -> Document:
    kept = ("id", "item_id", "source_id", "source", "about", "verdict")
    parts = {"title": row["title"], "before": row["passage"], "after": row["corrected"], "reason": row["reason"]}
    return {key: row[key] for key in kept} | _cut(parts) | {"at": iso(row["given_at"])}


def _cut(parts: Mapping[str, Any]) -> Document:
    return {key: text if len(text) <= LONGEST_PART else f"{text[: LONGEST_PART - 1]}…" for key, text in parts.items()}


def _trusted(up: int, down: int) -> Document:
    return {"up": up, "down": down, "trust": trust_of(up, down)}


def _sums(session: Session, *, board: Path) -> list[Document]:
    """By source, with its name."""
    names = {row["id"]: row["name"] for row in session.rows("names_of_sources")}
    kept = ("up", "down", "corrected")
    return [
        {"source_id": row["source_id"], "source": names.get(row["source_id"])} | {key: row[key] for key in kept}
        for row in sums_of(board).read(session)
    ]


def _fates(session: Session, source_id: int) -> Document:
    rows = session.rows("fates_of_newest", source_id=source_id, looked_at=NEWEST_ITEMS)
    return {"published": 0, "held": 0, "discarded": 0} | {row["state"].lower(): row["count"] for row in rows}


def _cursor(row: Row, *, is_back: bool) -> str:
    return f"{'b' if is_back else 'a'}:{row['given_at']!r}:{row['id']}"


def read_place(cursor: str) -> _Place:
    """What `next` and `previous` of a page name. Raises `UsageError` for what is no place."""
    way, _, rest = cursor.partition(":")
    at, _, number = rest.partition(":")
    try:
        return _Place(is_back={"a": False, "b": True}[way], at=float(at), id=max(0, min(int(number), _HIGHEST_ID)))
    except (KeyError, ValueError) as error:
        raise UsageError(f"{cursor!r} is no place on a list of feedback") from error
