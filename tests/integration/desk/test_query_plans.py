"""No query of the read side goes through all items, calls, events or documents, as SQLite itself plans them."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

import pytest

from daemon.blackboard import queries
from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.files import connect

LARGE = frozenset({"items", "calls", "events", "artifacts", "observations", "prompts"})
"""Tables with a row or more for each item."""
SHORT: Mapping[str, str] = MappingProxyType(
    {
        "items_leased": "what is in hand",
        "items_awaiting": "what waits for its article",
        "items_unremembered": "what the memory has missed",
        "items_by_failure": "dead letters alone, grouped along it",
        "calls_open": "calls under way",
        "calls_batched": "calls in a batch",
        "artifacts_posts": "in the order that is wanted, ended by a limit",
    }
)
"""Indexes that may be read from one end: they hold few rows, or the query ends early."""
WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "read_desk_overview.count_by_state": "once for a process, which follows the events from then on",
        "read_monitoring.state_counts": "once for a daemon, which follows the events from then on",
        "read_live.state_counts": "once for a snapshot of the live page, which follows the events from then on",
        "read_live.newest_items": "from the newest on, ended by a limit",
        "read_events.newest_events": "from the newest on, ended by a limit",
        "read_totals.count_by_state": "asked by commands, never by a page that refreshes",
        "read_totals.check_quickly": "`doctor` alone; it reads the file whole by intent",
    }
)
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")


def read_queries() -> Iterator[tuple[str, str]]:
    """Every query of the read side by `file.name`."""
    for file in sorted((Path(queries.__file__).parent / "sql").glob("read_*.sql")):
        for name, text in load_queries(file.stem).items():
            yield f"{file.stem}.{name}", text


@pytest.fixture
def board(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "blackboard.db", synchronous="normal")) as db:
        yield db


def scans_of(board: sqlite3.Connection, query: str) -> set[str]:
    """What a query goes through from one end: an index's name, or a large table's."""
    asked = dict.fromkeys(re.findall(r":(\w+)", query), "[]")
    steps = [row[3] for row in board.execute(f"EXPLAIN QUERY PLAN {query}", asked)]
    found = {(index or table_of(name, query)) for step in steps for name, index in _SCAN.findall(step)}
    own = {row[0]: row[1] for row in board.execute("SELECT name, tbl_name FROM sqlite_schema")}
    return {one for one in found if own.get(one) in LARGE}


def table_of(name: str, query: str) -> str:
    """The table behind a name in a plan, which may be an alias."""
    alias = re.search(rf"\b(\w+) AS {name}\b", query)
    return alias[1] if alias else name


def test_no_query_goes_through_a_large_table(board: sqlite3.Connection) -> None:
    """On a board without statistics, as every board in use is."""
    found = {name: scans_of(board, text) - SHORT.keys() for name, text in read_queries() if name not in WHOLE}
    assert {name: scans for name, scans in found.items() if scans} == {}


def test_every_exception_is_needed(board: sqlite3.Connection) -> None:
    """Else it would hide what comes later."""
    known = dict(read_queries())
    used = {scan for name, text in known.items() for scan in scans_of(board, text)}
    assert SHORT.keys() - used == set()
    assert [name for name in WHOLE if name != "read_totals.check_quickly" and not scans_of(board, known[name])] == []


def test_a_scan_is_seen(board: sqlite3.Connection) -> None:
    """Also behind an alias, and along an index that holds every row."""
    assert scans_of(board, "SELECT count(*) FROM items AS i WHERE i.title = 'x'") == {"items"}
    assert scans_of(board, "SELECT state, count(*) FROM items INDEXED BY items_by_state GROUP BY state") == {
        "items_by_state"
    }
    assert scans_of(board, "SELECT name FROM sources") == set()
