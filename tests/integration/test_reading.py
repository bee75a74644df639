"""The read side on a real board."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.status import empty_overview, status_document
from daemon.blackboard.sqlite.lock import Holder
from daemon.blackboard.states import State
from daemon.core.errors import ForeignBoardError, NotFoundError
from daemon.resilience.chosen_level import level_at_rest
from tests.fakes.clock import ManualClock
from tests.fakes.staged_board import STARTED_AT, Staged, opened, seen, stage

ITEM_FIELDS = (
    "id state title url source attempts round died_in error created_at updated_at cost_usd reason".split()  # noqa: SIM905
)


@pytest.fixture
async def board(tmp_path: Path) -> tuple[BoardReader, Staged]:
    async with opened(tmp_path) as engine:
        staged = await stage(engine)
        return BoardReader(engine.path, now=lambda: STARTED_AT + 90), staged


async def test_counts_name_every_state(board: tuple[BoardReader, Staged]) -> None:
    reader, _ = board
    assert reader.counts() == {
        "QUEUED": 1,
        "INGESTING": 0,
        "DRAFTING": 0,
        "REVIEWING": 0,
        "PUBLISHING": 0,
        "PUBLISHED": 1,
        "DISCARDED": 1,
        "HELD": 1,
        "DEAD_LETTER": 1,
    }


async def test_ages_are_those_of_states_that_are_not_final(board: tuple[BoardReader, Staged]) -> None:
    reader, _ = board
    assert reader.oldest_ages() == {"QUEUED": 90.0, "HELD": 90.0, "DEAD_LETTER": 90.0}


async def test_an_item_has_exactly_the_fields_of_the_contract(board: tuple[BoardReader, Staged]) -> None:
    reader, staged = board
    (dead,) = reader.items(state=State.DEAD_LETTER)
    assert list(dead) == ITEM_FIELDS
    assert dead["id"] == staged.dead
    assert dead["died_in"] == "INGESTING"
    assert dead["error"] == "the key was refused"
    assert dead["source"] == "Example"
    assert dead["created_at"] == "2026-09-21T14:13:20.000Z"


async def test_items_come_newest_first_in_pages_without_gap_or_repeat(board: tuple[BoardReader, Staged]) -> None:
    reader, _ = board
    whole = [one["id"] for one in reader.items()]
    assert whole == sorted(whole, reverse=True)
    paged: list[str] = []
    while page := reader.items(limit=2, before=paged[-1] if paged else None):
        paged += [one["id"] for one in page]
    assert paged == whole


@pytest.mark.parametrize("source", ["Example", "example", "https://example.org/feed.xml", "1"])
async def test_a_source_is_found_by_name_address_and_id(board: tuple[BoardReader, Staged], source: str) -> None:
    reader, _ = board
    assert len(reader.items(source=source)) == 5


async def test_state_and_source_narrow_together(board: tuple[BoardReader, Staged]) -> None:
    reader, staged = board
    assert [one["id"] for one in reader.items(source="Example", state=State.HELD)] == [staged.held]
    assert [one["id"] for one in reader.items(source="Example", state=State.PUBLISHED)] == [staged.published]


async def test_an_unknown_source_is_an_error_and_not_an_empty_list(board: tuple[BoardReader, Staged]) -> None:
    with pytest.raises(NotFoundError, match="there is no source nowhere"):
        board[0].items(source="nowhere")


@pytest.mark.parametrize(("search", "found"), [("title of HELD", 1), ("/queued", 1), ("%", 0), ("_", 0), ("Title", 5)])
async def test_search_finds_literal_text_in_title_and_url(
    board: tuple[BoardReader, Staged], search: str, found: int
) -> None:
    assert len(board[0].items(search=search)) == found


async def test_search_finds_an_id(board: tuple[BoardReader, Staged]) -> None:
    reader, staged = board
    assert [one["id"] for one in reader.items(search=staged.held)] == [staged.held]


async def test_one_item_has_the_four_parts_of_the_contract(board: tuple[BoardReader, Staged]) -> None:
    reader, staged = board
    document = reader.item(staged.published)
    assert list(document) == ["item", "artifacts", "calls", "events"]
    assert list(document["item"])[: len(ITEM_FIELDS)] == ITEM_FIELDS
    assert document["item"]["text"].startswith("The text of published")
    assert [one["kind"] for one in document["artifacts"]] == ["knowledge", "draft", "review", "post"]
    assert {"kind", "round", "model", "content", "created_at"} == set(document["artifacts"][0])
    (call,) = document["calls"]
    assert call["cost_usd"] == 0.0012
    assert {
        *("id", "brain", "task", "provider", "model", "status", "attempt", "prompt_tokens", "completion_tokens"),
        *("cost_usd", "latency_ms", "error", "fingerprint"),
    } <= set(call)
    moves = [(one["from"], one["to"]) for one in document["events"] if one["to"] and one["from"] != one["to"]]
    assert moves[-1] == ("PUBLISHING", "PUBLISHED")
    assert {"id", "type", "from", "to", "at", "data"} <= set(document["events"][0])


async def test_an_unknown_item_is_not_found(board: tuple[BoardReader, Staged]) -> None:
    with pytest.raises(NotFoundError, match="there is no item nope"):
        board[0].item("nope")


async def test_dead_letters_are_grouped_by_their_failure(board: tuple[BoardReader, Staged]) -> None:
    reader, staged = board
    (group,) = reader.dead_letter_groups()
    assert group["group"] == "BadKeyError|openai.py|api.example"
    assert group["count"] == 1
    assert group["sample"] == {
        "id": staged.dead,
        "title": "Title of dead",
        "died_in": "INGESTING",
        "error": "the key was refused",
    }


async def test_events_follow_an_id_without_gap(board: tuple[BoardReader, Staged]) -> None:
    reader, _ = board
    everything = [one["id"] for one in reader.events(after=0, limit=1000)]
    assert everything == list(range(1, reader.last_event_id() + 1))
    assert [one["id"] for one in reader.events(after=3, limit=2)] == [4, 5]


async def test_states_of_leaves_out_unknown_ids(board: tuple[BoardReader, Staged]) -> None:
    reader, staged = board
    assert reader.states_of([staged.held, "nope"]) == {staged.held: State.HELD}


async def test_a_board_in_use_is_read_without_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.post([seen("one")], source_id=None, by="test")
        assert BoardReader(engine.path).counts()["QUEUED"] == 1
        await engine.post([seen("two")], source_id=None, by="test")
        assert BoardReader(engine.path).counts()["QUEUED"] == 2


async def test_reading_a_board_at_rest_does_not_change_its_file(board: tuple[BoardReader, Staged]) -> None:
    reader, _ = board
    before = reader.path.read_bytes()
    reader.overview()
    reader.items()
    assert reader.check() == []
    assert reader.path.read_bytes() == before


def test_a_missing_board_is_not_found_and_not_made(tmp_path: Path) -> None:
    reader = BoardReader(tmp_path / "blackboard.db")
    with pytest.raises(NotFoundError, match="there is no board"):
        reader.counts()
    assert not reader.path.exists()


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "blackboard.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE items (id)")
    db.close()
    with pytest.raises(ForeignBoardError):
        BoardReader(path).counts()


async def test_a_board_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    """Its tables may mean something else: no figure of it is shown."""
    async with opened(tmp_path, clock=ManualClock()) as engine:
        path = engine.path
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ForeignBoardError, match="comes from a newer DavidAgent"):
        BoardReader(path).counts()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "blackboard.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ForeignBoardError):
        BoardReader(path).counts()


async def test_no_listing_sorts_or_scans_a_table(tmp_path: Path) -> None:
    """Every query of the read side goes along an index, so that a million items cost no more than a thousand."""
    from daemon.blackboard.queries import load_queries

    async with opened(tmp_path, clock=ManualClock()) as engine:
        await stage(engine)
        with sqlite3.connect(engine.path) as db:
            for file, name in (
                *(("read_items", name) for name in ("list_all", "list_in_state", "list_of_source", "find_item")),
                *(("read_items", name) for name in ("artifacts_of", "calls_of", "events_of", "publications_of")),
                *(("read_totals", name) for name in ("oldest_in_state", "total_since", "events_after")),
                ("read_published", "recent_posts"),
            ):
                plan = _plan(db, load_queries(file)[name])
                assert "TEMP B-TREE" not in plan, (name, plan)
                assert not [line for line in plan.splitlines() if "SCAN" in line and "INDEX" not in line], (name, plan)
        db.close()


def _plan(db: sqlite3.Connection, query: str) -> str:
    parameters = dict.fromkeys(
        ("id", "state", "search", "exact", "before", "source_id", "since", "after", "item_id"), "x"
    ) | {"limit": 5}
    return "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", parameters))


STATUS_FIELDS = {"states", "level", "daemon", "oldest_age_seconds", "today", "memory", "breakers"}


def test_a_desk_at_rest_says_so_whatever_the_last_daemon_wrote() -> None:
    overview = empty_overview() | {"controls": {"level": "L2", "memory": "degraded", "daemon": '{"pid": 7}'}}
    status = status_document(overview, holder=None, memory_default="ok")
    assert set(status) >= STATUS_FIELDS
    assert (status["level"], status["memory"], status["daemon"]["running"]) == ("L0", "ok", False)


def test_a_running_daemon_is_believed() -> None:
    told = '{"pid": 7, "version": "1.2", "heartbeat_at": 1790000000}'
    level = level_at_rest(None, now=0.0) | {"level": "L2", "reason": "9 of 20 calls failed"}
    controls = {"level_told": json.dumps(level), "memory": "degraded", "daemon": told}
    overview = empty_overview() | {"controls": controls}
    status = status_document(overview, holder=Holder(pid=7, address="http://127.0.0.1:1"), memory_default="ok")
    assert (status["level"], status["level_told"], status["memory"]) == ("L2", level, "degraded")
    assert status["daemon"]["running"]
    assert (status["daemon"]["pid"], status["daemon"]["version"]) == (7, "1.2")


def test_once_is_at_work_but_is_no_daemon() -> None:
    overview = empty_overview() | {"controls": {"daemon": '{"pid": 7, "version": "1.2"}'}}
    status = status_document(overview, holder=Holder(pid=8), memory_default="ok")
    assert status["daemon"] == dict.fromkeys(("pid", "version", "address", "started_at", "heartbeat_at")) | {
        "running": False
    }


async def test_a_number_beyond_all_ids_is_no_source(board: tuple[BoardReader, Staged]) -> None:
    reader, _ = board
    for wanted in ("9" * 18, "9" * 19, "9" * 40):
        with pytest.raises(NotFoundError):
            reader.source_id(wanted)
