"""The first page, the sources and the memory, with exact figures of a small board."""

import sqlite3
from contextlib import closing

import pytest

from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_counts import StateTally
from daemon.blackboard.reading.desk_overview import read_desk_overview, read_states
from daemon.blackboard.reading.desk_sources import memory_counts, read_source_table
from daemon.blackboard.reading.session import open_session
from daemon.blackboard.records import CallStatus, FetchState, NewSource
from daemon.blackboard.sqlite import files
from daemon.blackboard.states import State
from daemon.core.ids import lowest_id, made_at
from daemon.core.settings.models import BudgetSettings
from tests.fakes.boards import Board
from tests.fakes.ledgers import Spender
from tests.integration.desk.conftest import DAY, NOON


async def _source(board: Board, name: str) -> int:
    new = NewSource(kind="rss", address=f"https://example.org/{name}", name=name)
    return (await board.engine.add_source(new, by="test")).id


async def _publish_one(board: Board) -> str:
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.advance(claim)
    return claim.item.id


async def test_an_hour_tells_what_happened_in_it(board: Board) -> None:
    """What was posted, came to its end, went wrong or was put back; the hours without anything are there."""
    dead = await board.bury_one()
    await board.hold_one()
    await board.clock.advance(3600)
    await _publish_one(board)
    claim = await board.claim_in(State.REVIEWING)
    await board.engine.reject(claim, reasons=["no"])
    await board.clock.advance(3600)
    await board.engine.revive(ids=[dead], by="p")
    await board.engine.revive(ids=[dead], by="p")
    names = ("posted", "published", "discarded", "buried", "rejected", "held", "revived")
    now, budget = board.clock.now(), BudgetSettings()
    hours = read_desk_overview(board.engine.path, now=now, budget=budget, is_running=False, hours=4)["hours"]
    assert [one["at"] for one in hours] == [f"2026-09-21T{hour}:00:00.000Z" for hour in (11, 12, 13, 14)]
    assert [tuple(one[name] for name in names) for one in hours] == [
        (0, 0, 0, 0, 0, 0, 0),
        (2, 0, 0, 1, 0, 1, 0),
        (2, 1, 0, 0, 1, 0, 0),
        (0, 0, 0, 0, 0, 0, 1),
    ]


async def test_the_overview_agrees_with_the_other_documents(board: Board) -> None:
    """Counts, ages, today and switches are those of `status`."""
    await _publish_one(board)
    await board.hold_one()
    (item,) = await board.post("x")
    await Spender(board).spend(item, cost=1200)
    await board.engine.set_control("paused", "1", by="p")
    await board.clock.advance(90)
    now = board.clock.now()
    overview = read_desk_overview(board.engine.path, now=now, budget=BudgetSettings(), is_running=False)
    whole = BoardReader(board.engine.path, now=lambda: now).overview()
    assert {name: overview[name] for name in whole} == whole
    assert len(overview["hours"]) == 24
    assert overview["budget"]["scopes"][0]["spent_usd"] == 0.0012


async def test_what_is_worked_on_says_since_when(board: Board) -> None:
    """Since its newest claim, not since its first."""
    await board.post("slow", "fresh")
    slow = await board.claim_one()
    await board.engine.release(slow)
    await board.clock.advance(100)
    again, other = await board.claim()
    await board.clock.advance(30)
    overview = read_desk_overview(board.engine.path, now=NOON + 130, budget=BudgetSettings(), is_running=True)
    assert [(one["id"], one["title"], one["step"], one["since"]) for one in overview["at_work"]] == [
        (claim.item.id, claim.item.title, "extract", "2026-09-21T12:01:40.000Z")
        for claim in sorted((again, other), key=lambda claim: claim.item.id)
    ]


async def test_what_needs_a_person_is_told(board: Board) -> None:
    """Held items, the largest groups of dead letters, sources that fail for a day, caps that are nearly used."""
    held = await board.hold_one()
    for group in ("rare", "frequent", "frequent"):
        await board.bury_one(group=group)
    failing, late, fine = [await _source(board, name) for name in ("failing", "late", "fine")]
    broken = FetchState(errors_in_row=3, last_error="503", last_success_at=NOON - 1, next_fetch_at=NOON + 10 * DAY)
    await board.engine.record_fetch(failing, fetch=broken, observations=(), event={})
    well = FetchState(last_success_at=NOON, next_fetch_at=NOON + DAY)
    await board.engine.record_fetch(late, fetch=well, observations=(), event={})
    await board.clock.advance(DAY + 1000)
    await board.engine.record_fetch(fine, fetch=FetchState(next_fetch_at=NOON + 9 * DAY), observations=(), event={})
    (item,) = await board.post("x")
    await Spender(board).spend(item, cost=850)
    budget = BudgetSettings(daily_usd=0.001, monthly_usd=100.0)
    needs = read_desk_overview(board.engine.path, now=board.clock.now(), budget=budget, is_running=False)[
        "needs_person"
    ]
    assert (needs["held"], needs["dead_letters"]) == (1, 3)
    assert [(one["id"], one["reason"], one["held_in"]) for one in needs["held_items"]] == [
        (held, "unsure", "REVIEWING")
    ]
    assert [(one["group"], one["count"]) for one in needs["groups"]] == [("frequent", 2), ("rare", 1)]
    assert [(one["name"], one["last_error"]) for one in needs["failing_sources"]] == [("failing", "503")]
    assert [one["name"] for one in needs["late_sources"]] == ["late"]
    assert [(one["scope"], one["share"], one["left_usd"]) for one in needs["budgets"]] == [("day", 0.85, 0.00015)]


async def test_counts_follow_the_events_and_are_those_of_a_fresh_count(board: Board) -> None:
    """Whatever the verbs were, in whatever portions they are followed."""
    tally = StateTally()
    for turn in range(4):
        await _publish_one(board)
        dead = await board.bury_one()
        await board.hold_one()
        await board.post(f"more {turn}")
        if turn % 2:
            await board.engine.revive(ids=[dead], by="p")
            await board.engine.dismiss([await board.hold_one()], reason="r", by="p")
        with open_session(board.engine.path, file="read_desk_overview") as session:
            assert tally.read(session) == BoardReader(board.engine.path).counts()


async def test_a_tally_that_missed_an_event_counts_anew(board: Board) -> None:
    """As after events were pruned, or another board came into the place of this one."""
    await board.post("one")
    tally = StateTally()
    with open_session(board.engine.path, file="read_desk_overview") as session:
        tally.read(session)
    await board.post("two", "three")
    await board.rows("DELETE FROM events WHERE id = 2")
    with open_session(board.engine.path, file="read_desk_overview") as session:
        assert tally.read(session)["QUEUED"] == 3
    assert read_states(board.engine.path)["QUEUED"] == 3


async def test_a_source_tells_what_it_brought_and_cost(board: Board) -> None:
    """What another source or a person brought is not its own."""
    first, second = await _source(board, "first"), await _source(board, "second")
    await board.post("a", "b", source_id=first)
    await board.clock.advance(DAY)
    (dear,) = await board.post("c", source_id=first)
    (note,) = await board.post("by hand")
    await Spender(board).spend(dear, cost=700)
    await Spender(board).spend(note, cost=90)
    one, other = read_source_table(board.engine.path, now=board.clock.now(), days=3)
    assert (one["items"], one["calls"], one["cost_usd"]) == (3, 1, 0.0007)
    assert (other["id"], other["items"], other["cost_usd"]) == (second, 0, 0.0)
    assert one["freshness"] == "stale"
    shown = BoardReader(board.engine.path, now=board.clock.now).sources()
    assert [{key: row[key] for key in shown[0]} for row in (one, other)] == shown


async def test_the_memory_tells_what_it_lacks(board: Board) -> None:
    """Published posts alone, and since when the first of them waits."""
    assert memory_counts(board.engine.path)["waiting_since"] is None
    first = await _publish_one(board)
    await board.clock.advance(60)
    await _publish_one(board)
    await board.bury_one()
    await board.engine.mark_remembered([first])
    assert memory_counts(board.engine.path) == {
        "published": 2,
        "remembered": 1,
        "unremembered": 1,
        "waiting_since": "2026-09-21T12:01:00.000Z",
    }


async def test_an_id_tells_when_it_was_made(board: Board) -> None:
    """To the millisecond; the lowest id of a moment is not above it."""
    await board.clock.advance(0.123)
    (item,) = await board.post("x")
    assert round(made_at(item), 3) == round(NOON + 0.123, 3)
    assert lowest_id(NOON + 0.123) <= item < lowest_id(NOON + 0.124)
    assert lowest_id(0) == "0" * 13


async def test_calls_under_way_are_in_todays_count(board: Board) -> None:
    """As `status` counts them."""
    (item,) = await board.post("x")
    await Spender(board).spend(item, status=CallStatus.SENT)
    overview = read_desk_overview(board.engine.path, now=NOON, budget=BudgetSettings(), is_running=False)
    assert overview["today"] == {"calls": 1, "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0}


@pytest.mark.parametrize("file", ["read_desk_overview", "read_desk_sources", "read_desk_letters", "read_desk_item"])
def test_nothing_is_scanned_that_grows(file: str) -> None:
    """Items, calls and events are searched by an index; only what is small by its nature is read whole."""
    small = ("items_leased", "items_by_failure", "items_unremembered", "items_awaiting")
    names = ["since", "bounds", "limit", "after", "upto", "state", "first", "id", "ids", "before", "failure_group"]
    asked = dict.fromkeys([*names, "without"], "[]")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        files.migrate(db)
        for name, query in load_queries(file).items():
            rows = db.execute(f"EXPLAIN QUERY PLAN {query}", asked)
            scans = [row[3] for row in rows if row[3].startswith("SCAN")]
            tables = [line for line in scans if line.split()[1] in ("items", "calls", "events", "i", "c", "e")]
            is_counted_once = name == "count_by_state"
            assert is_counted_once or all(any(index in line for index in small) for line in tables), (name, scans)
