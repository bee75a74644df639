"""Pages that were left open while others acted: a click is for what is there, now or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.sqlite.engine import SqliteEngine
from daemon.blackboard.states import Step
from daemon.core.clock import SystemClock
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.staged_board import opened
from tests.fakes.troubled_board import BROKEN, SLOW, Troubled, dead, fail, make_trouble

pytestmark = pytest.mark.soak


@pytest.fixture
async def troubled(tmp_path: Path) -> Troubled:
    async with opened(tmp_path) as engine:
        return await make_trouble(engine)


def meanwhile(home: Path, act: Callable[[SqliteEngine], Awaitable[object]]) -> None:
    """What somebody else does on the board."""

    async def acted() -> None:
        async with opened(home, clock=SystemClock()) as engine:
            await act(engine)

    asyncio.run(acted())


async def night(engine: SqliteEngine) -> None:
    """Three more die of what one died of."""
    await engine.claim(worker_id="w", steps=frozenset(Step), limit=100, lease_seconds=60)
    for number in range(3):
        await dead(engine, f"of the night {number}", group=BROKEN)


def test_a_click_on_a_button_that_is_gone_is_never_made_up_for_later(
    tmp_path: Path, troubled: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people retry the same item; when it fails again, the second click must not retry it by itself."""
    item = troubled.slow[0]
    app = open_app(tmp_path, monkeypatch=monkeypatch, page="items", query={"id": item})
    retry = app.button(key=f"item.retry.{item}")
    meanwhile(tmp_path, lambda engine: engine.revive(ids=[item], by="another"))
    retry.click().run()
    assert retry.key not in {one.key for one in app.button}

    async def fails_again(engine: SqliteEngine) -> None:
        claims = await engine.claim(worker_id="w", steps=frozenset(Step), limit=100, lease_seconds=60)
        await fail(engine, next(claim for claim in claims if claim.item.id == item), group=SLOW)

    meanwhile(tmp_path, fails_again)
    app.run()
    app.run()
    assert BoardReader(tmp_path / "blackboard.db").item(item)["item"]["state"] == "DEAD_LETTER", texts_of(app)


def test_a_click_is_for_as_many_as_were_shown(
    tmp_path: Path, troubled: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overnight a group of one has become one of many: that is said, and asked about, before it is paid for."""
    app = open_app(tmp_path, monkeypatch=monkeypatch, page="dead_letters", query={"group": BROKEN})
    retry, board = app.button(key=f"dead.group.{BROKEN}"), BoardReader(tmp_path / "blackboard.db")
    meanwhile(tmp_path, night)
    retry.click().run()
    assert board.counts()["DEAD_LETTER"] == len(troubled.slow) + 1 + 3
    assert "4 items go back to work." in texts_of(app)
    app.button(key=f"dead.group.{BROKEN}").click().run()
    assert board.counts()["DEAD_LETTER"] == len(troubled.slow)


def test_what_was_not_shown_is_not_discarded(
    tmp_path: Path, troubled: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The button said one item; the next click is for the four that it says then."""
    app = open_app(tmp_path, monkeypatch=monkeypatch, page="dead_letters", query={"group": BROKEN})
    discard, board = app.button(key=f"dead.discard.do.{BROKEN}"), BoardReader(tmp_path / "blackboard.db")
    meanwhile(tmp_path, night)
    before = board.counts()["DISCARDED"]
    discard.click().run()
    assert board.counts()["DISCARDED"] == before
    assert app.button(key=f"dead.discard.do.{BROKEN}").label == "Discard 4 items"
    app.button(key=f"dead.discard.do.{BROKEN}").click().run()
    assert board.counts()["DISCARDED"] == before + 4
