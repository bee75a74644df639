"""Another model, other words, and what failed again, on the pages of a real board."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_letters import Meant
from daemon.core.settings.models import LlmSettings, Settings
from daemon.runtime.reviving import retry_plan
from dashboard.figures import plain, usd
from tests.fakes.clock import ManualClock
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.staged_board import STARTED_AT, opened
from tests.fakes.troubled_board import BROKEN, SLOW, Troubled, claimed, fail, make_trouble, post

pytestmark = pytest.mark.soak

Show = Callable[..., Any]
OFFLINE = LlmSettings.model_validate({"models": {"offline": {"provider": "offline"}}})


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`show(page, locale=…, **query)`."""

    def shown(page: str | None, *, locale: str = "en-US", **query: str) -> Any:
        return open_app(tmp_path, monkeypatch=monkeypatch, page=page, query=query, locale=locale)

    return shown


@pytest.fixture
async def troubled(tmp_path: Path) -> Troubled:
    async with opened(tmp_path) as engine:
        return await make_trouble(engine)


def reader(folder: Path) -> BoardReader:
    return BoardReader(folder / "blackboard.db")


def test_a_group_is_retried_with_another_model(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    """What the dry run says stands beside the button, before and after the choice."""
    app, board = show("dead_letters", group=SLOW), tmp_path / "blackboard.db"
    settings = Settings(home=tmp_path, llm=OFFLINE)
    configured = retry_plan(board, Meant(group=SLOW), settings=settings, now=time.time())
    assert plain(f"At most: {usd(configured['at_most_usd'])}") in texts_of(app)
    assert plain(f"Charged so far: {usd(configured['charged_usd'])}") in texts_of(app)
    (choice,) = [one for one in app.selectbox if one.label == "Model for the retry"]
    assert list(choice.options) == ["As configured", "offline (free)"]
    choice.set_value("offline").run()
    assert plain("It costs nothing.") in texts_of(app)
    app.button(key=f"dead.group.{SLOW}").click().run()
    items = [reader(tmp_path).item(one)["item"] for one in troubled.slow]
    assert {(item["state"], item["model"]) for item in items} == {("INGESTING", "offline")}
    assert "3 dead letters are back at work." in texts_of(app)
    page = texts_of(show("items", id=troubled.slow[0]))
    assert "Model chosen for it: offline" in page


def test_a_dead_letter_is_edited_and_retried(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    """What the source said stays, with what was changed; nothing of it is taken for markup."""
    item_id = troubled.slow[2]
    app = show("items", id=item_id)
    app.button(key=f"item.edit.{item_id}").click().run()
    app.text_input(key=f"item.edit.{item_id}.title").set_value("A *better* name").run()
    app.button(key=f"item.edit.{item_id}.do").click().run()
    item = reader(tmp_path).item(item_id)["item"]
    assert (item["state"], item["title"]) == ("QUEUED", "A *better* name")
    shown = texts_of(app)
    assert "It begins anew with these words." in shown
    codes = [code.value for code in app.code]
    assert any("-A short one" in code and "+A *better* name" in code for code in codes)
    assert any(code.startswith("A short one\n\n") for code in codes)
    assert "Edited by this page" in app.table[0].value.to_string()
    assert not app.exception


async def test_what_is_at_a_sink_already_offers_no_edit(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    """It says where it is instead."""
    async with opened(tmp_path, clock=ManualClock(STARTED_AT + 60)) as engine:
        item_id = await post(engine, "Sent in part")
        while (claim := await claimed(engine)).item.id != item_id or claim.step != "publish":
            await engine.advance(claim)
        await engine.intend(claim, sink="markdown", key="k")
        await fail(engine, claim, attempts=0)
    app = show("items", id=item_id)
    assert app.button(key=f"item.edit.{item_id}").disabled
    assert "It cannot be edited: it is at markdown already" in texts_of(app)


async def test_what_failed_again_after_a_retry_is_flagged_first(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    """On the first page and on that of dead letters, with when, before groups that are larger."""
    async with opened(tmp_path) as engine:
        await engine.revive(ids=[troubled.broken], by="test")
    async with opened(tmp_path, clock=ManualClock(STARTED_AT + 3600)) as engine:
        await fail(engine, await claimed(engine), group=BROKEN)
    first = next(line for line in texts_of(show(None)).splitlines() if "Failed again" in line)
    assert "It could not be published" in first
    page = texts_of(show("dead_letters"))
    assert page.count("Failed again after a retry") == 1
    assert "重试后再次失败" in texts_of(show(None, locale="zh-CN"))
