"""Every verb says clearly when the file cannot take it, and then has changed nothing."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.blackboard.feedback import LONGEST_CORRECTED, LONGEST_REASON, FeedbackKeeper, NewFeedback, Verdict
from daemon.blackboard.keys import PostKey
from daemon.blackboard.records import CallKind, CallStatus, Claim, FetchState, NewSource, PublicationStatus, Settlement
from daemon.blackboard.senses import Article, ArticleOutcome, Reading, ReadingEnd, SenseKeeper
from daemon.blackboard.states import State
from daemon.core.errors import BlackboardError, BoardBusyError, BoardFullError, BoardReadOnlyError
from tests.fakes.boards import ALL, Board, artifact, call, failure, open_for_test, seen, settled
from tests.fakes.paid_sources import paid_source, reading

Claims = dict[State, Claim]
Verb = Callable[[Board, Claims], Awaitable[object]]
LONG = "x" * 200_000
READING = 5
"""The call that a reading stands for: after one call, and three in batches."""
ARTICLE = Article(ArticleOutcome.READ, "https://a.example/story", "read")

READS: dict[str, Verb] = {
    "next_available_at": lambda b, _: b.engine.next_available_at(steps=ALL),
    "find_answer": lambda b, _: b.engine.find_answer(item_id="x", request_hash="h"),
    "find_batched": lambda b, _: b.engine.find_batched(item_id="x", request_hash="h"),
    "was_batched": lambda b, _: b.engine.was_batched(item_id="x", request_hash="h"),
    "open_batches": lambda b, _: b.engine.open_batches(),
    "unremembered": lambda b, _: b.engine.unremembered(limit=5),
    "due_sources": lambda b, _: b.engine.due_sources(limit=5),
    "next_fetch_at": lambda b, _: b.engine.next_fetch_at(),
    "get_control": lambda b, _: b.engine.get_control("k"),
    "find_posted": lambda b, _: b.engine.find_posted(PostKey("k", "f")),
    "source_at": lambda b, _: b.engine.source_at("https://a.example"),
    "awaited_articles": lambda b, _: b.engine.awaited_articles(limit=5),
}
WRITES: dict[str, Verb] = {
    "post": lambda b, _: b.engine.post([seen("new", text=LONG)], source_id=None, by="t"),
    "claim": lambda b, _: b.claim(),
    "heartbeat": lambda b, c: b.engine.heartbeat(list(c.values()), lease_seconds=9),
    "advance": lambda b, c: b.engine.advance(c[State.INGESTING], artifacts=[artifact(text=LONG)]),
    "reject": lambda b, c: b.engine.reject(c[State.REVIEWING], reasons=[LONG]),
    "hold": lambda b, c: b.engine.hold(c[State.REVIEWING], reason=LONG),
    "discard": lambda b, c: b.engine.discard(c[State.INGESTING], reason=LONG),
    "bury": lambda b, c: b.engine.bury(c[State.DRAFTING], failure=failure(message=LONG)),
    "release": lambda b, c: b.engine.release(c[State.DRAFTING]),
    "snooze": lambda b, c: b.engine.snooze(c[State.DRAFTING], until=1.0, reason=LONG),
    "record_attempt": lambda b, c: b.engine.record_attempt(
        c[State.DRAFTING], failure=failure(message=LONG), attempt=1, retry_at=None
    ),
    "revive": lambda b, _: b.engine.revive(by="t"),
    "edit": lambda b, _: b.engine.edit(_buried(b), title=LONG, text=LONG, model=None, by="t"),
    "approve": lambda b, _: b.engine.approve([_held(b)], by="t"),
    "send_back": lambda b, _: b.engine.send_back([_held(b)], reason=LONG, by="t"),
    "dismiss": lambda b, _: b.engine.dismiss([_held(b)], reason=LONG, by="t"),
    "give_feedback": lambda b, _: b.engine.give_feedback(
        NewFeedback(_drafted(b), Verdict.DOWN, reason=LONG[:LONGEST_REASON], corrected=LONG[:LONGEST_CORRECTED]), by="t"
    ),
    "withdraw_feedback": lambda b, _: b.engine.withdraw_feedback(1, by="t"),
    "rescue": lambda b, _: b.engine.rescue(worker_id="other", max_rescues=5),
    "wake": lambda b, _: b.engine.wake(waits_for="budget"),
    "bring_forward": lambda b, _: b.engine.bring_forward(60.0),
    "restart_waits": lambda b, _: b.engine.restart_waits(),
    "begin_call": lambda b, _: b.engine.begin_call(call(_held(b), request_hash=LONG), caps={}),
    "settle_call": lambda b, _: b.engine.settle_call(1, Settlement(CallStatus.OK, answer=LONG)),
    "open_batch": lambda b, _: b.engine.open_batch(endpoint=LONG, call_ids=[2]),
    "batch_sent": lambda b, _: b.engine.batch_sent(1, vendor_id=LONG, next_poll_at=1.0),
    "batch_polled": lambda b, _: b.engine.batch_polled(2, next_poll_at=1.0),
    "end_batch": lambda b, _: b.engine.end_batch(2, error=LONG),
    "recover_batches": lambda b, _: b.engine.recover_batches(),
    "intend": lambda b, c: b.engine.intend(c[State.PUBLISHING], sink="s", key=LONG),
    "settle_publication": lambda b, c: b.engine.settle_publication(
        c[State.PUBLISHING], key="k", status=PublicationStatus.DONE, location=LONG
    ),
    "mark_remembered": lambda b, _: b.engine.mark_remembered([_published(b)]),
    "forget_remembered": lambda b, _: b.engine.forget_remembered(),
    "sync_sources": lambda b, _: b.engine.sync_sources([NewSource("rss", "https://c.example", name=LONG)]),
    "add_source": lambda b, _: b.engine.add_source(NewSource("rss", "https://n.example", name=LONG), by="t"),
    "set_source_enabled": lambda b, _: b.engine.set_source_enabled(1, is_enabled=False, by=LONG),
    "remove_source": lambda b, _: b.engine.remove_source(1, by=LONG),
    "record_fetch": lambda b, _: b.engine.record_fetch(
        1, fetch=FetchState(last_error=LONG), observations=[], event={"outcome": "failed"}
    ),
    "begin_reading": lambda b, _: b.engine.begin_reading(reading(2, model=LONG), caps={}),
    "settle_reading": lambda b, _: b.engine.settle_reading(
        Reading(READING, 2, 10, "2026-09-21"), ReadingEnd(CallStatus.ERROR, error=LONG)
    ),
    "record_delivery": lambda b, _: b.engine.record_delivery(1, observations=[seen("sent", text=LONG)], event={}),
    "await_anew": lambda b, _: b.engine.await_anew(within=60.0),
    "await_longer": lambda b, _: b.engine.await_longer(seconds=60.0, within=600.0),
    "settle_article": lambda b, _: b.engine.settle_article(_awaiting(b), replace(ARTICLE, text=LONG)),
    "record_event": lambda b, _: b.engine.record_event("e", data={"x": LONG}),
    "set_control": lambda b, _: b.engine.set_control("k", LONG, by="t"),
    "write_vital": lambda b, _: b.engine.write_vital("k", LONG),
}
GROWS = sorted(
    set(WRITES)
    - {"claim", "heartbeat", "release", "revive", "approve", "rescue", "mark_remembered", "forget_remembered"}
    - {"await_longer", "restart_waits"}
    - {"await_anew", "bring_forward", "wake", "batch_polled", "recover_batches", "withdraw_feedback"}
)
"""Verbs that need new pages when their words are long; the others may fit into what is there."""


def _awaiting(board: Board) -> str:
    return next(event.item_id for event in board.told if event.data.get("title") == "awaits" and event.item_id)


def _held(board: Board) -> str:
    return next(event.item_id for event in board.told if event.type == "item_held" and event.item_id)


def _buried(board: Board) -> str:
    return next(event.item_id for event in board.told if event.type == "item_buried" and event.item_id)


def _drafted(board: Board) -> str:
    return next(event.item_id for event in reversed(board.told) if event.to_state == "REVIEWING" and event.item_id)


def _published(board: Board) -> str:
    return next(event.item_id for event in board.told if event.to_state == "PUBLISHED" and event.item_id)


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home")
    await opened.pragma("busy_timeout = 20")
    yield opened
    await opened.engine.close()


@pytest.fixture
async def claims(board: Board) -> Claims:
    """A board on which every verb has something to do."""
    published = await board.claim_in(State.PUBLISHING)
    await board.engine.advance(published, calls=[settled(published.item.id)])
    await board.hold_one()
    await board.bury_one()
    await board.engine.add_source(NewSource("rss", "https://a.example"), by="t")
    taken = {state: await board.claim_in(state) for state in (State.PUBLISHING, State.REVIEWING, State.DRAFTING)}
    await board.engine.intend(taken[State.PUBLISHING], sink="s", key="k")
    taken[State.INGESTING] = await board.claim_in(State.INGESTING)
    await board.rows("DELETE FROM calls")
    await paid_source(board)
    await board.engine.begin_call(call(published.item.id), caps={})
    await _batches(board, published.item.id)
    await board.engine.mark_remembered([published.item.id])
    await board.post("waits")
    await board.engine.advance(await board.claim_in(State.DRAFTING), artifacts=[artifact("draft", title="T")])
    await board.engine.give_feedback(NewFeedback(_drafted(board), Verdict.UP), by="t")
    await board.engine.begin_reading(reading(2), caps={})
    await board.engine.post([seen("awaits", url=ARTICLE.url, article_within=60.0)], source_id=None, by="t")
    return taken


async def _batches(board: Board, item_id: str) -> None:
    """A call that waits for a batch (2), a batch that is being sent (1), and one that the provider has (2)."""
    calls = [await board.engine.begin_call(call(item_id, kind=CallKind.BATCH), caps={}) for _ in range(3)]
    for call_id in calls[1:]:
        sent = await board.engine.open_batch(endpoint="m", call_ids=[call_id])
    await board.engine.batch_sent(sent, vendor_id="v", next_poll_at=1.0)
    sleeper = await board.claim_in(State.DRAFTING)
    await board.engine.snooze(sleeper, until=board.clock.now() + 5000, reason="r", waits_for="budget")


async def _everything(board: Board) -> list[object]:
    tables = [row[0] for row in await board.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return [row for table in tables for row in await board.rows(f"SELECT '{table}', * FROM {table}")]


def test_every_verb_of_the_contract_is_tested_here() -> None:
    """A new verb must be added above."""
    from daemon.blackboard.engine import Engine

    contract = vars(FeedbackKeeper) | vars(SenseKeeper) | vars(Engine)
    verbs = {name for name, value in contract.items() if callable(value) and not name.startswith("_")}
    assert verbs - {"backup", "close", "set_address"} == set(READS) | set(WRITES)


@pytest.mark.parametrize("verb", sorted({**READS, **WRITES}))
async def test_a_file_locked_by_another_program_is_busy(board: Board, claims: Claims, verb: str) -> None:
    """The sentence names the file; once it is free the same verb works."""
    other = sqlite3.connect(board.engine.path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BoardBusyError, match=r"blackboard\.db is locked by another program"):
            await {**READS, **WRITES}[verb](board, claims)
        other.execute("ROLLBACK")
    finally:
        other.close()
    await {**READS, **WRITES}[verb](board, claims)


@pytest.mark.parametrize("verb", sorted(WRITES))
async def test_a_read_only_file_is_said_so(board: Board, claims: Claims, verb: str) -> None:
    """Nothing is changed; writable again, the same verb works."""
    before = await _everything(board)
    await board.pragma("query_only = ON")
    with pytest.raises(BoardReadOnlyError, match="cannot be written"):
        await WRITES[verb](board, claims)
    await board.pragma("query_only = OFF")
    assert await _everything(board) == before
    await WRITES[verb](board, claims)


@pytest.mark.parametrize("verb", GROWS)
async def test_a_full_disk_is_said_so(board: Board, claims: Claims, verb: str) -> None:
    """SQLite's own SQLITE_FULL; nothing is changed, and with room the same verb works."""
    before = await _everything(board)
    (pages,) = await board.pragma("page_count")
    await board.pragma(f"max_page_count = {pages}")
    with pytest.raises(BoardFullError, match="disk is full; nothing was changed"):
        await WRITES[verb](board, claims)
    await board.pragma("max_page_count = 1000000")
    assert await _everything(board) == before
    await WRITES[verb](board, claims)


async def test_a_full_disk_hurts_the_batch_no_more_than_it_must(board: Board, claims: Claims) -> None:
    """Whoever gets no error is on the board, whoever gets one is not."""
    (pages,) = await board.pragma("page_count")
    await board.pragma(f"max_page_count = {pages}")
    outcomes = await asyncio.gather(
        board.engine.set_control("small", "1", by="t"),
        board.engine.set_control("large", LONG, by="t"),
        return_exceptions=True,
    )
    await board.pragma("max_page_count = 1000000")
    kept = {row[0] for row in await board.rows("SELECT key FROM controls")}
    assert isinstance(outcomes[1], BoardFullError)
    assert kept == {key for key, outcome in zip(("small", "large"), outcomes, strict=True) if outcome is None}


async def test_a_log_that_cannot_grow_fails_the_whole_batch(board: Board, claims: Claims) -> None:
    """The write of COMMIT itself fails; every caller hears it, nothing is changed, and work goes on afterwards."""
    before = await _everything(board)
    with _largest_file((board.home / "blackboard.db-wal").stat().st_size):
        outcomes = await asyncio.gather(
            *(board.engine.record_event("e", data={"x": LONG}) for _ in range(3)), return_exceptions=True
        )
    assert all(isinstance(outcome, BlackboardError) for outcome in outcomes)
    assert await _everything(board) == before
    assert await board.engine.record_event("e", data={}) > 0


@contextmanager
def _largest_file(size: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
