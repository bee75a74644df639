"""The machine: Python, SQLite, home, disk, clock."""

import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from daemon.blackboard.reading import BoardReader
from daemon.cli.checks.check import Check, note, ok, wrong
from daemon.cli.output import moment

_OLDEST_PYTHON = (3, 11)
_FIRST_WAL = (3, 7, 0)
_FIXED = (3, 51, 3)
_FIXED_IN_BRANCH = {(3, 50): 7, (3, 44): 6}
_LITTLE_BYTES = 1_000_000_000
_TOO_LITTLE_BYTES = 200_000_000
_BUILT = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_AHEAD_SECONDS = 300.0


def check_python() -> Check:
    """The interpreter is new enough."""
    found = platform.python_version()
    if sys.version_info[:2] < _OLDEST_PYTHON:
        return wrong("python", found, advice="install Python 3.11 or newer")
    return ok("python", f"{found} ({sys.executable})")


def check_sqlite() -> Check:
    """Which SQLite is linked. With one writer and read-only readers, the old ones are safe too."""
    with closing(sqlite3.connect(":memory:")) as db:
        source = db.execute("SELECT sqlite_source_id()").fetchone()[0]
    day, _, fingerprint = source.split(" ")[:3]
    detail = f"{sqlite3.sqlite_version} (source {day} {fingerprint[:10]})"
    if not has_wal_reset_fault(sqlite3.sqlite_version_info):
        return ok("sqlite", detail)
    return ok(
        "sqlite",
        f"{detail}; this version can damage a WAL file that two connections write at once. DavidAgent has one writer, "
        "so the board is safe: let no other program write or checkpoint it, and copy it with davidagent backup only",
    )


def has_wal_reset_fault(version: tuple[int, ...]) -> bool:
    """3.7.0 to 3.51.2 have it, but for the branches it was repaired in (3.50.7, 3.44.6)."""
    major, minor, patch = version[:3]
    if not _FIRST_WAL <= (major, minor, patch) < _FIXED:
        return False
    return patch < _FIXED_IN_BRANCH.get((major, minor), patch + 1)


def check_home(home: Path) -> Check:
    """The folder can be written, or made."""
    if not home.exists():
        parent = next(folder for folder in home.parents if folder.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            return ok("home", f"{home} will be made on the first start")
        return wrong(
            "home", f"{home} cannot be made", advice=f"give yourself write access to {parent}, or set another home"
        )
    try:
        with tempfile.TemporaryFile(dir=home):
            return ok("home", f"{home} can be written")
    except OSError as error:
        advice = f"give yourself write access to {home}, or set another home"
        return wrong("home", f"{home} cannot be written: {error.strerror}", advice=advice)


def check_disk(home: Path) -> Check:
    """There is room to go on."""
    folder = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:,.1f} GB free" if free >= _LITTLE_BYTES else f"{free / 1e6:,.0f} MB free"
    if free < _TOO_LITTLE_BYTES:
        return wrong("disk", detail, advice="free some space: the board cannot grow much more")
    if free < _LITTLE_BYTES:
        return note("disk", detail, advice="free some space before it runs out")
    return ok("disk", detail)


def check_clock(reader: BoardReader) -> Check:
    """The clock is plausible, and not behind what the board has seen already."""
    now = time.time()
    if now < _BUILT:
        return wrong("clock", f"it says {datetime.fromtimestamp(now, UTC):%Y-%m-%d}", advice="set the machine's clock")
    last = reader.events(after=max(0, reader.last_event_id() - 1), limit=1)
    if last and datetime.fromisoformat(last[0]["at"]).timestamp() > now + _AHEAD_SECONDS:
        detail = f"the board's newest event is from {moment(last[0]['at'])}, which is still to come"
        return wrong(
            "clock", detail, advice="the clock was set back; set the machine's clock, or use time synchronisation"
        )
    return ok("clock", f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S} UTC")
