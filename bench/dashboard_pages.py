"""What each page of the dashboard asks of the board: recorded while its script runs, so that nobody keeps a list.

Each page is drawn in Streamlit's own test harness with nothing in the dashboard's caches; every query that is asked
meanwhile is timed, and kept with what it was asked with.
"""

import os
import secrets
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from streamlit.logger import set_log_level

import dashboard
from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading import BoardReader, desk_counts, session
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.blackboard.states import State
from daemon.runtime.access import TOKEN_FILE
from dashboard.places import is_there

APP: Final = Path(dashboard.__file__).parent / "app.py"
PATIENCE_SECONDS: Final = 120.0
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One way to look at a page: the name of its place and what its address asks for."""

    place: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Asked:
    """What one run of a page asked."""

    milliseconds: float = 0.0
    """Of opening the board and of all queries."""
    processor: float = 0.0
    queries: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By text, with what it was last asked with."""
    taken: Counter[str] = field(default_factory=Counter)
    """Milliseconds by text."""
    count: int = 0


def pages_of(board: Path) -> dict[str, Page]:
    """Every page, as it is opened first; of lists, each way to look at them that costs something else."""
    reader = BoardReader(board)
    dead = reader.items(state=State.DEAD_LETTER, limit=1)[0]
    published = reader.items(state=State.PUBLISHED, limit=1)[0]
    return {
        "overview": Page("overview"),
        "items": Page("items"),
        **{f"items: {name}": Page("items", query) for name, query in _LISTS.items()},
        "item: published": Page("items", {"id": published["id"]}),
        "item: dead": Page("items", {"id": dead["id"]}),
        "dead letters": Page("dead_letters"),
        "dead letters: one group": Page("dead_letters", {"group": _group_of(board)}),
        "dead letters: of a source": Page("dead_letters", {"source": "7"}),
        "economics": Page("economics"),
        "feedback": Page("feedback"),
        "sources": Page("sources"),
        "sources: one": Page("sources", {"id": "7"}),
        "memory": Page("memory"),
        "control": Page("control"),
    }


_LISTS: Final = {
    "oldest": {"sort": "oldest"},
    "last changed": {"sort": "changed"},
    "dearest": {"sort": "dearest"},
    "held, last changed": {"state": "HELD", "sort": "changed"},
    "of a source": {"source": "7"},
    "of a source, last changed": {"source": "7", "sort": "changed"},
    "of a week, dearest": {"seen": "week", "sort": "dearest"},
    "text that is there": {"q": "glacier"},
    "text that is nowhere": {"q": "nowhere to be found"},
    "two Chinese characters": {"q": "疫苗"},
}


def measure_pages(home: Path, *, times: int) -> Figures:
    """By page: milliseconds of its queries, with the file out of the page cache and then warm; and all that was asked.

    `{"pages": {name: {"cold", "median", …}}, "plans": {query: [step, …]}}`.
    """
    board = home / BOARD_NAME
    found: Figures = {}
    plans: dict[str, list[str]] = {}
    names = _names_of_queries()
    set_log_level("error")
    for name, page in pages_of(board).items():
        if not is_there(page.place):
            continue
        draw = _drawing(home, page)
        _forget(board)
        cold = draw()
        runs = [draw() for _ in range(times)]
        for text, parameters in cold.queries.items():
            plans.setdefault(names[text], _plan(board, text, parameters))
        (slowest, taken) = cold.taken.most_common(1)[0]
        found[name] = {"cold": round(cold.milliseconds), **_summary(runs), "slowest_cold": names[slowest]}
        found[name] |= {"slowest_cold_ms": round(taken)}
        print(f"{name}: {found[name]}", flush=True)
    return {"pages": found, "plans": dict(sorted(plans.items()))}


def _summary(runs: Sequence[Asked]) -> Figures:
    taken = sorted(run.milliseconds for run in runs)
    return {
        "median": round(statistics.median(taken), 1),
        "p95": round(taken[round(0.95 * (len(taken) - 1))], 1),
        "processor": round(statistics.median(run.processor for run in runs), 1),
        "queries": runs[-1].count,
    }


def _drawing(home: Path, page: Page) -> Callable[[], Asked]:
    """Draws the page anew in a session of its own, which first stands at the sign-in form and asks nothing."""
    import streamlit as st

    point_at(home)

    def draw() -> Asked:
        app = signed_in(home)
        app.query_params.update(page.query)
        st.cache_data.clear()
        with recording() as asked:
            app.switch_page(f"views/{page.place}.py").run()
        faults = [*app.exception, *app.error]
        if faults:
            raise RuntimeError(f"{page}: {faults}")
        return asked

    return draw


def point_at(home: Path) -> None:
    """Have the dashboard's code of this process look at that home; it gets a token when it has none."""
    os.environ["DAVIDAGENT_HOME"] = str(home)
    token = home / TOKEN_FILE
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(f"{secrets.token_urlsafe(24)}\n")


def signed_in(home: Path) -> Any:
    """A session that has signed in at a page that has not been drawn yet."""
    from streamlit.testing.v1 import AppTest

    from dashboard.sign_in import pass_of

    app = AppTest.from_file(APP, default_timeout=PATIENCE_SECONDS)
    app.context["locale"], app.context["timezone"] = "en-US", "Asia/Shanghai"
    app.run()
    app.session_state["sign_in.pass"] = pass_of((home / TOKEN_FILE).read_text().strip())
    return app


@contextmanager
def recording() -> Iterator[Asked]:
    """Note what is asked of any board meanwhile, by any thread."""
    asked, rows, open_session = Asked(), session.Session.rows, session._connect  # noqa: SLF001 - a bench looks inside

    def timed_rows(self: session.Session, query: str, **parameters: Any) -> list[dict[str, Any]]:
        text = self._queries[query]
        asked.queries[text] = parameters
        asked.count += 1
        before = asked.milliseconds
        with _timed(asked):
            found = rows(self, query, **parameters)
        asked.taken[text] += asked.milliseconds - before
        return found

    def timed_connect(path: Path) -> sqlite3.Connection:
        with _timed(asked):
            return open_session(path)

    session.Session.rows, session._connect = timed_rows, timed_connect  # type: ignore[method-assign]  # noqa: SLF001 - as above
    try:
        yield asked
    finally:
        session.Session.rows, session._connect = rows, open_session  # type: ignore[method-assign]  # noqa: SLF001 - as above


@contextmanager
def _timed(asked: Asked) -> Iterator[None]:
    """By the clock, and of this thread's work: others on the machine lengthen the first alone."""
    started, worked = time.perf_counter(), time.thread_time()
    try:
        yield
    finally:
        asked.milliseconds += (time.perf_counter() - started) * 1000
        asked.processor += (time.thread_time() - worked) * 1000


def _forget(board: Path) -> None:
    """As after a start of the machine: nothing of the file in the page cache, no counts kept."""
    desk_counts._tally.cache_clear()  # noqa: SLF001 - a bench looks inside
    descriptor = os.open(board, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _plan(board: Path, query: str, parameters: Mapping[str, Any]) -> list[str]:
    with closing(sqlite3.connect(f"file:{board}?mode=ro", uri=True)) as db:
        return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", parameters)]


def _names_of_queries() -> dict[str, str]:
    """`desk_items.newest_all` by its text; the same text in two files has the name of the first."""
    folder = Path(session.__file__).parents[1] / "sql"
    found: dict[str, str] = {}
    for file in sorted(one.stem for one in folder.glob("read_*.sql")):
        for name, text in load_queries(file).items():
            found.setdefault(text, f"{file.removeprefix('read_')}.{name}")
    return found


def _group_of(board: Path) -> str:
    with closing(sqlite3.connect(f"file:{board}?mode=ro", uri=True)) as db:
        return str(db.execute("SELECT failure_group FROM items WHERE state = 'DEAD_LETTER' LIMIT 1").fetchone()[0])
