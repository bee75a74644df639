"""Two thousand people post at once: what was promised is on the board, what was refused is told when to come back."""

import asyncio
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.api.server import ApiServer
from daemon.blackboard import read_holder
from tests.fakes.desk import TOKEN, open_still_desk
from tests.fakes.post_storm import Posted, Storm, p99, probing, storm, title
from tests.fakes.processes import Daemon, wait_for, write_config

PEOPLE = 2000
FEW = 100
GENEROUS_MS = 1000.0
"""For health on a busy machine; the figure itself is printed."""


def on_the_board(home: Path) -> dict[str, str]:
    """Every item's title by its id."""
    with closing(sqlite3.connect(f"file:{home}/blackboard.db?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT id, title FROM items"))


def assert_kept(told: Storm, *, home: Path) -> None:
    """Nothing is lost after a 202, nothing is there without one or an unknown outcome, every refusal says when."""
    board = on_the_board(home)
    assert told.accepted <= board.keys()
    promised = {title(post.number) for post in told.posts if post.status in (202, 0)}
    assert set(board.values()) <= promised
    assert len(set(board.values())) == len(board)
    refused = [post for post in told.posts if post.status in (429, 503)]
    assert all(post.retry_after and 1 <= int(post.retry_after) <= 60 for post in refused)
    assert told.statuses.keys() <= {202, 429, 503, 0}


def started(folder: Path, **limits: Any) -> tuple[Daemon, str, str]:
    """A real daemon with these limits: it, its address, its token."""
    api = {"port": 0, "limits": limits}
    document = {"home": "home", "memory": {"mode": "off"}, "api": api, "budget": {"daily_usd": None}}
    daemon = Daemon(write_config(folder, document), environ=_without_keys())
    daemon.start()
    wait_for(lambda: "daemon_started" in daemon.log)
    holder = read_holder(folder / "home")
    assert holder is not None
    assert holder.address is not None
    return daemon, holder.address, (folder / "home" / "api.token").read_text().strip()


def _without_keys() -> dict[str, str]:
    return {name: "" for name in os.environ if name.endswith("_API_KEY")}


def say(what: str, told: Storm, milliseconds: list[float]) -> None:
    print(  # noqa: T201 - the figure that this test is for
        f"{what}: {dict(told.statuses)}, health p99 {p99(milliseconds):.0f} ms of {len(milliseconds)}"
    )


@pytest.mark.parametrize(
    ("limits", "accepted"),
    [
        ({"posts_per_minute": 5}, 5),
        ({"posts_per_minute": None, "max_concurrent": 10, "max_queue": 20}, None),
        ({"posts_per_minute": None, "max_concurrent": 100}, FEW),
    ],
)
async def test_a_hundred_at_once(tmp_path: Path, limits: dict[str, Any], accepted: int | None) -> None:
    async with open_still_desk(tmp_path, api={"limits": limits}) as desk:
        server = ApiServer(desk, host="127.0.0.1", port=0)
        told = await storm(await server.start(), token=TOKEN, count=FEW)
        await server.stop()
    assert_kept(told, home=tmp_path)
    assert len(on_the_board(tmp_path)) == told.statuses[202]
    assert told.statuses[202] == accepted or (accepted is None and 30 <= told.statuses[202] < FEW)


@pytest.mark.soak
async def test_of_two_thousand_exactly_the_allowed_are_accepted(tmp_path: Path) -> None:
    daemon, address, token = started(tmp_path)
    with probing(address) as milliseconds:
        told = await storm(address, token=token, count=PEOPLE)
    daemon.stop()
    assert told.statuses == {202: 5, 429: PEOPLE - 5}
    assert_kept(told, home=tmp_path / "home")
    assert len(on_the_board(tmp_path / "home")) == 5
    say("posts_per_minute 5", told, milliseconds)
    assert p99(milliseconds) < GENEROUS_MS


@pytest.mark.soak
async def test_all_of_two_thousand_are_taken_where_nothing_forbids_it(tmp_path: Path) -> None:
    daemon, address, token = started(tmp_path, posts_per_minute=None, queue_timeout="2m")
    with probing(address) as milliseconds:
        told = await storm(address, token=token, count=PEOPLE)
    daemon.stop()
    assert told.statuses == {202: PEOPLE}
    assert_kept(told, home=tmp_path / "home")
    say("no limit", told, milliseconds)
    assert p99(milliseconds) < GENEROUS_MS


@pytest.mark.soak
async def test_who_finds_no_place_in_time_is_refused_and_all_others_are_kept(tmp_path: Path) -> None:
    limits = {"posts_per_minute": None, "max_concurrent": 100, "max_queue": 1000, "queue_timeout": "500ms"}
    daemon, address, token = started(tmp_path, **limits)
    with probing(address) as milliseconds:
        told = await storm(address, token=token, count=PEOPLE)
    daemon.stop()
    assert told.statuses.keys() == {202, 503}
    assert_kept(told, home=tmp_path / "home")
    assert len(on_the_board(tmp_path / "home")) == told.statuses[202] >= 100
    say("small queue", told, milliseconds)
    assert p99(milliseconds) < GENEROUS_MS


@pytest.mark.soak
@pytest.mark.parametrize("after", [1, 300, 1000])
async def test_a_kill_in_the_middle_loses_nothing_that_was_promised(tmp_path: Path, after: int) -> None:
    daemon, address, token = started(tmp_path, posts_per_minute=None, queue_timeout="2m")
    enough, answered = threading.Event(), 0

    def on_answer(posted: Posted) -> None:
        nonlocal answered
        answered += posted.status == 202
        if answered == after:
            enough.set()

    async def kill() -> None:
        await asyncio.to_thread(enough.wait, 60)
        await asyncio.to_thread(daemon.kill)

    told, _ = await asyncio.gather(storm(address, token=token, count=PEOPLE, on_answer=on_answer), kill())
    assert after <= told.statuses[202] < PEOPLE
    assert_kept(told, home=tmp_path / "home")
    daemon.start()
    wait_for(lambda: daemon.log.count("daemon_started") == 2)
    assert told.accepted <= on_the_board(tmp_path / "home").keys()
    daemon.stop()
