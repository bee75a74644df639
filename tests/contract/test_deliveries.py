"""What others send, sources that are told instead of asked, and polls that had no budget."""

import pytest

from daemon.blackboard.records import FetchState, NewSource, Source
from daemon.core.errors import NotFoundError
from tests.fakes.boards import Board, seen

DAY = 86_400.0


async def hook(board: Board, name: str = "ci") -> Source:
    return await board.engine.add_source(NewSource("webhook", f"webhook:{name}", name=name), by="t")


async def deliver(board: Board, source: Source, *names: str) -> list[bool]:
    posted = await board.engine.record_delivery(
        source.id, observations=[seen(name) for name in names], event={"delivery": "d1"}
    )
    return [one.is_new for one in posted]


async def state_of(board: Board, source: Source) -> FetchState:
    found = await board.engine.source_at(source.address)
    assert found is not None
    return found.fetch


async def test_what_was_sent_is_posted_and_told(board: Board) -> None:
    """The event has how much was new, and what the caller says of it."""
    source = await hook(board)
    assert await deliver(board, source, "a", "b") == [True, True]
    assert await deliver(board, source, "b", "c") == [False, True]
    told = board.told[-1]
    assert (told.type, told.data) == (
        "hook_delivered",
        {"source_id": source.id, "delivery": "d1", "new": 1, "known": 1},
    )
    assert len(await board.claim()) == 3


async def test_the_source_was_heard_from(board: Board) -> None:
    """An error before is over; only what is new moves the time of the newest."""
    source = await hook(board)
    failed = FetchState(errors_in_row=2, last_error="refused", extra={"k": 1}, next_fetch_reason="told")
    await board.engine.record_fetch(source.id, fetch=failed, observations=[], event={"outcome": "failed"})
    first = board.clock.now()
    await deliver(board, source, "a")
    await board.clock.advance(60)
    await deliver(board, source, "a")
    fetch = await state_of(board, source)
    assert (fetch.last_fetch_at, fetch.last_success_at, fetch.last_item_at) == (first + 60, first + 60, first)
    assert (fetch.errors_in_row, fetch.last_error) == (0, None)
    assert (fetch.extra, fetch.next_fetch_reason) == ({"k": 1}, "told")


async def test_a_source_is_found_by_its_address(board: Board) -> None:
    """Not one that was removed, nor a part of an address."""
    source = await hook(board)
    assert await board.engine.source_at("webhook:ci") == source
    assert await board.engine.source_at("webhook:c") is None
    await board.engine.remove_source(source.id, by="t")
    assert await board.engine.source_at("webhook:ci") is None
    with pytest.raises(NotFoundError):
        await deliver(board, source, "a")
    assert await board.rows("SELECT count(*) FROM items") == [(0,)]


async def test_nobody_asks_a_webhook(board: Board) -> None:
    """It is never due, neither by its time nor when all are asked; nothing waits for it."""
    await hook(board)
    assert await board.engine.due_sources(limit=5) == []
    assert await board.engine.due_sources(limit=5, is_all=True) == []
    assert await board.engine.next_fetch_at() is None
    feed = await board.engine.add_source(NewSource("rss", "https://a.example/feed"), by="t")
    await board.engine.record_fetch(feed.id, fetch=FetchState(next_fetch_at=7.0), observations=[], event={})
    assert await board.engine.next_fetch_at() == 7.0
    assert [one.id for one in await board.engine.due_sources(limit=5, is_all=True)] == [feed.id]


async def test_more_budget_lets_a_source_that_waits_be_read_at_once(board: Board) -> None:
    """Those that wait for their time alone go on waiting for it, and so do those that are switched off."""
    later = board.clock.now() + DAY
    ids = {}
    for name, outcome in (("waits", "waiting"), ("read", "read"), ("went on", "waiting"), ("off", "waiting")):
        ids[name] = (await board.engine.add_source(NewSource("x", f"@{name}"), by="t")).id
        polls = [outcome, "read"] if name == "went on" else [outcome]
        for one in polls:
            await board.engine.record_fetch(
                ids[name], fetch=FetchState(next_fetch_at=later), observations=[], event={"outcome": one}
            )
    await board.engine.set_source_enabled(ids["off"], is_enabled=False, by="t")
    assert await board.engine.due_sources(limit=9) == []
    assert await board.engine.wake(waits_for="article") == await board.engine.wake(waits_for="budget", ids=[]) == 0
    assert await board.engine.due_sources(limit=9) == []
    await board.engine.wake(waits_for="budget")
    assert [one.id for one in await board.engine.due_sources(limit=9)] == [ids["waits"]]
    assert (board.told[-1].type, board.told[-1].data) == ("sources_woken", {"waits_for": "budget", "sources": 1})
    told = len(board.told)
    await board.engine.wake(waits_for="budget")
    assert len(board.told) == told


async def test_that_a_source_waits_for_its_budget_is_told_once_a_day(board: Board) -> None:
    """Each source for itself; other outcomes in between do not matter."""
    sources = [await board.engine.add_source(NewSource("x", f"@{name}"), by="t") for name in ("a", "b")]

    async def poll(source: Source, outcome: str) -> bool:
        before = len(board.told)
        await board.engine.record_fetch(source.id, fetch=FetchState(), observations=[], event={"outcome": outcome})
        return len(board.told) > before

    first, second = sources
    assert [await poll(first, "waiting"), await poll(first, "waiting"), await poll(second, "waiting")] == [
        True,
        False,
        True,
    ]
    assert [await poll(first, "failed"), await poll(first, "waiting"), await poll(first, "unchanged")] == [
        True,
        False,
        False,
    ]
    await board.clock.advance(DAY)
    assert [await poll(first, "waiting"), await poll(first, "waiting")] == [True, False]
