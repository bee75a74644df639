"""The dashboard left open: the real server, sessions over its websocket, parts drawn anew without the pauses."""

from pathlib import Path

import pytest

from bench.big_board import make_big_board
from bench.dashboard_hour import SESSION_FILES, simulate
from bench.dashboard_viewers import Page

pytestmark = pytest.mark.soak

SIMULATED_SECONDS = 150.0
WARM_UP = 12
PAGES: tuple[Page, ...] = (("", {}), ("control", {}))
MOST_GROWTH_MB = 6.0
MOST_NEW = 3
"""Threads, and files beside those of sessions: a pool may start one more after the warm-up; a leak would be sixty."""


def test_pages_left_open_leave_nothing_behind(tmp_path: Path) -> None:
    """Some hundred refreshes on a board that changes: no thread, file, connection or cache grows, nor memory."""
    make_big_board(tmp_path, items=300)
    told = simulate(tmp_path, seconds=SIMULATED_SECONDS, pages=PAGES, warm_up=WARM_UP)
    before, *_, after = told["held"]
    assert told["faults"] == []
    assert told["drawn"] >= SIMULATED_SECONDS / 5 * len(PAGES)
    assert told["commits"] > len(PAGES)
    assert after["megabytes"] - before["megabytes"] < MOST_GROWTH_MB
    assert after["threads"] - before["threads"] <= MOST_NEW
    assert after["boards"] == before["boards"] == 0
    assert after["files"] - before["files"] <= (after["sessions"] - before["sessions"]) * SESSION_FILES + MOST_NEW
    assert after["cached_bytes"] <= 2 * before["cached_bytes"]
