"""What can be read of feedback: sums that are never stale, trust, examples within their bounds, and quick queries."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.feedback import About, NewFeedback, Verdict
from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_sources import read_source_table
from daemon.blackboard.reading.feedback import (
    LONGEST_EXAMPLES,
    LONGEST_PART,
    chosen,
    examples,
    feedback_counts,
    feedback_of,
    feedback_page,
    feedback_report,
    source_trust,
    trust_of,
)
from daemon.blackboard.records import NewArtifact, NewSource
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock

NOW = 1_790_000_000.0
BODY = "One. Two. Three. Four. Five. Six."


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOW))
    yield opened
    await opened.engine.close()


async def source(board: Board, name: str) -> int:
    return (await board.engine.add_source(NewSource("rss", f"https://{name}.example", name), by="t")).id


async def drafted(board: Board, *names: str, source_id: int | None = None) -> list[str]:
    """Items with a draft."""
    ids = await board.post(*names, source_id=source_id)
    for artifact in (NewArtifact("knowledge", {}), NewArtifact("draft", {"title": "T", "body": BODY})):
        for claim in await board.claim():
            await board.engine.advance(claim, artifacts=[artifact])
    await board.claim()
    return ids


async def say(board: Board, item_id: str, verdict: str = "down", **words: Any) -> int:
    return (await board.engine.give_feedback(NewFeedback(item_id, Verdict(verdict), **words), by="p")).id


def figures(board: Board) -> tuple[int, int, int]:
    counts = feedback_counts(board.engine.path)
    return counts["up"], counts["down"], counts["corrected"]


async def test_sums_follow_every_change_at_once(board: Board) -> None:
    """Given, turned around, corrected, withdrawn, all within the same moment of the clock."""
    first, second = await drafted(board, "a", "b")
    assert figures(board) == (0, 0, 0)
    one = await say(board, first)
    assert figures(board) == (0, 1, 0)
    two = await say(board, second, "up")
    assert figures(board) == (1, 1, 0)
    await say(board, first, "up")
    await say(board, second, "down", corrected="So.")
    assert figures(board) == (1, 1, 1)
    await board.engine.withdraw_feedback(two, by="p")
    assert figures(board) == (1, 0, 0)
    await board.engine.withdraw_feedback(one, by="p")
    assert figures(board) == (0, 0, 0)


async def test_sums_are_by_source_and_what_people_posted_has_none(board: Board) -> None:
    """The one with the most thumbs down first."""
    near, far = await source(board, "near"), await source(board, "far")
    for where, verdicts in ((near, ("down",)), (far, ("down", "down", "up")), (None, ("up",))):
        names = [f"{where} {number}" for number in range(len(verdicts))]
        for item, verdict in zip(await drafted(board, *names, source_id=where), verdicts, strict=True):
            await say(board, item, verdict)
    assert feedback_counts(board.engine.path)["by_source"] == [
        {"source_id": far, "source": "far", "up": 1, "down": 2, "corrected": 0},
        {"source_id": near, "source": "near", "up": 0, "down": 1, "corrected": 0},
        {"source_id": None, "source": None, "up": 1, "down": 0, "corrected": 0},
    ]
    assert [(one["source"], one["trust"]) for one in source_trust(board.engine.path)] == [
        ("near", 0.3333),
        ("far", 0.4),
    ]


async def test_sources_tell_their_trust_wherever_they_are_listed(board: Board) -> None:
    """The same figures in the listing, on the dashboard and among the feedback; None for one that nobody judged."""
    near, _ = await source(board, "near"), await source(board, "far")
    (item,) = await drafted(board, "a", source_id=near)
    await say(board, item, "up")
    reader = BoardReader(board.engine.path, now=board.clock.now)
    listed = [(one["up"], one["down"], one["trust"]) for one in reader.sources()]
    assert listed == [(1, 0, 0.6667), (0, 0, None)]
    table = read_source_table(board.engine.path, now=NOW)
    assert [(one["up"], one["down"], one["trust"]) for one in table] == listed
    assert feedback_report(board.engine.path)["trust"][0]["trust"] == 0.6667


@pytest.mark.parametrize(
    ("up", "down", "trust"), [(0, 0, None), (1, 0, 0.6667), (0, 1, 0.3333), (4, 4, 0.5), (97, 1, 0.98)]
)
def test_trust_is_laplaces_rule(up: int, down: int, trust: float | None) -> None:
    """(up + 1) / (up + down + 2)."""
    assert trust_of(up, down) == trust


async def test_pages_cover_everything_once_both_ways(board: Board) -> None:
    """Also where many were given at the same moment."""
    (item,) = await drafted(board, "a")
    for number, word in enumerate(BODY.split()):
        if number % 2:
            await board.clock.advance(1)
        await say(board, item, about=About.SENTENCE, passage=word)
    path, pages, at = board.engine.path, [], None
    while not pages or at is not None:
        pages.append(feedback_page(path, at=at, limit=4))
        at = pages[-1]["next"]
    assert [one["passage"] for page in pages for one in page["feedback"]] == BODY.split()[::-1]
    assert feedback_page(path, at=pages[1]["previous"], limit=4)["feedback"] == pages[0]["feedback"]
    assert feedback_of(path, item) == feedback_page(path, item_id=item)["feedback"]


async def test_examples_are_what_was_corrected_reasoned_or_liked(board: Board) -> None:
    """A bare thumb on a post, or a bare thumb down, teaches nothing."""
    (item,) = await drafted(board, "a")
    await say(board, item, "up")
    await say(board, item, about=About.SENTENCE, passage="One.")
    told = [
        await say(board, item, about=About.SENTENCE, passage="Two.", corrected="2."),
        await say(board, item, about=About.SENTENCE, passage="Three.", reason="why"),
        await say(board, item, "up", about=About.SENTENCE, passage="Four."),
    ]
    assert [one["id"] for one in examples(board.engine.path, brain="right")] == told[::-1]
    assert examples(board.engine.path, brain="right", without=item) == []
    assert examples(board.engine.path, brain="right", limit=0) == []
    assert examples(board.engine.path, brain="left") == []
    await say(board, item, reason="too long")
    assert len(examples(board.engine.path, brain="right", limit=9)) == 4


async def test_long_examples_are_cut_and_few(board: Board) -> None:
    """No prompt grows without bound because somebody wrote an essay."""
    items = await drafted(board, *"abcdefgh")
    for item in items:
        await say(board, item, reason="r" * 2000, corrected="c" * 9000)
    shown = examples(board.engine.path, brain="right", limit=20)
    assert {len(one["after"]) for one in shown} == {LONGEST_PART}
    assert (
        0 < sum(len(one[part]) for one in shown for part in ("title", "before", "after", "reason")) <= LONGEST_EXAMPLES
    )
    assert len(shown) < len(items)


def test_examples_of_the_same_source_come_first_and_the_order_stays() -> None:
    """Within a source, and among the others: as they came, the newest first."""
    verdicts = [
        {"id": n, "item_id": f"i{n}", "source_id": n % 2, "title": "", "before": "", "after": "", "reason": ""}
        for n in range(6)
    ]
    assert [one["id"] for one in chosen(verdicts, limit=5, source_id=1)] == [1, 3, 5, 0, 2]
    assert [one["id"] for one in chosen(verdicts, limit=3)] == [0, 1, 2]
    assert [one["id"] for one in chosen(verdicts, limit=2, source_id=1, without="i1")] == [3, 5]


async def test_no_query_searches_the_items(board: Board) -> None:
    """Each item is looked up by its key, or along the index of its source."""
    with sqlite3.connect(f"file:{board.engine.path}?mode=ro", uri=True) as db:
        for name, query in load_queries("read_feedback").items():
            values = dict.fromkeys(("at", "id", "item_id", "about", "verdict", "limit", "source_id", "looked_at"))
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
            assert not [step for step in plan if step.startswith(("SCAN i", "SCAN items"))], name
    db.close()
