"""What each source brought, what of it was published, and what became of it."""

from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading.desk_sources import read_source_table, source_days, source_events
from daemon.blackboard.reading.session import open_session
from daemon.blackboard.records import FetchState, NewSource
from daemon.blackboard.states import Step
from tests.fakes.boards import Board
from tests.integration.desk.conftest import DAY, NOON


async def add(board: Board, name: str) -> int:
    new = NewSource(kind="rss", address=f"https://example.org/{name}", name=name)
    return (await board.engine.add_source(new, by="cli")).id


async def publish_all(board: Board) -> None:
    """Bring every item that is at work to its end."""
    while claims := await board.engine.claim(worker_id="w", steps=frozenset(Step), limit=10, lease_seconds=60):
        for claim in claims:
            await board.engine.advance(claim)


async def test_what_was_published_is_counted_of_the_items_of_these_days(board: Board) -> None:
    """Of each source its own, and none from before."""
    first, second = await add(board, "first"), await add(board, "second")
    await board.post("old", source_id=first)
    await publish_all(board)
    await board.clock.advance(5 * DAY)
    await board.post("a", "b", source_id=first)
    await publish_all(board)
    await board.post("waiting", source_id=first)
    one, other = read_source_table(board.engine.path, now=board.clock.now(), days=3)
    assert (one["items"], one["published"], one["created_at"]) == (3, 2, "2026-09-21T12:00:00.000Z")
    assert (other["id"], other["items"], other["published"]) == (second, 0, 0)
    whole = read_source_table(board.engine.path, now=board.clock.now(), days=30)[0]
    assert (whole["items"], whole["published"]) == (4, 3)


async def test_what_a_source_brought_is_told_day_by_day(board: Board) -> None:
    """Today last; the days begin and end in UTC."""
    first, second = await add(board, "first"), await add(board, "second")
    await board.post("a", "b", source_id=first)
    await board.clock.advance(DAY / 2 - 1)
    await board.post("late", source_id=first)
    await board.clock.advance(1)
    await board.post("next day", source_id=first)
    await board.post("not its own", source_id=second)
    found = source_days(board.engine.path, source_id=first, now=board.clock.now(), days=3)
    assert [(one["at"], one["items"]) for one in found] == [
        ("2026-09-20T00:00:00.000Z", 0),
        ("2026-09-21T00:00:00.000Z", 3),
        ("2026-09-22T00:00:00.000Z", 1),
    ]


async def test_the_events_of_a_source_are_its_own_the_newest_first(board: Board) -> None:
    """Readings that brought something or failed, and what was done with it; none of its items' or of others'."""
    first, second = await add(board, "first"), await add(board, "second")
    await board.post("x", source_id=first)
    quiet, failing = FetchState(), FetchState(errors_in_row=1, last_error="503")
    await board.engine.record_fetch(first, fetch=quiet, observations=(), event={"outcome": "unchanged"})
    for source_id in (first, second):
        event = {"outcome": "failed", "error": "503"}
        await board.engine.record_fetch(source_id, fetch=failing, observations=(), event=event)
    await board.engine.set_source_enabled(first, is_enabled=False, by="dashboard")
    found = source_events(board.engine.path, source_id=first, limit=10)
    assert [one["type"] for one in found] == ["source_disabled", "source_polled", "source_added"]
    assert found[1]["data"]["error"] == "503"
    assert [one["type"] for one in source_events(board.engine.path, source_id=first, limit=1)] == ["source_disabled"]


async def test_both_are_found_in_indexes_that_hold_nothing_else(board: Board) -> None:
    """The events one by one in their order, the published without reading a row."""
    with open_session(board.engine.path, file="read_desk_sources") as session:
        plans = {}
        for name in ("events_of_source", "published_of_sources"):
            query = f"EXPLAIN QUERY PLAN {load_queries('read_desk_sources')[name]}"
            rows = session._db.execute(query, {"id": 1, "limit": 1, "first": ""})
            plans[name] = [row["detail"] for row in rows]
    assert plans["events_of_source"] == ["SEARCH events USING INDEX events_of_sources (<expr>=?)"]
    assert "SEARCH items USING COVERING INDEX items_published (source_id=? AND id>?)" in plans["published_of_sources"]


async def test_a_source_that_was_removed_is_not_in_the_table(board: Board) -> None:
    """Its events are there still."""
    gone = await add(board, "gone")
    await board.engine.remove_source(gone, by="cli")
    assert read_source_table(board.engine.path, now=NOON) == []
    assert source_events(board.engine.path, source_id=gone, limit=1)[0]["type"] == "source_removed"
