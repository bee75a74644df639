"""The page on dead letters in Streamlit's own harness, on real boards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_dead_letters import Filter, retry_cost
from dashboard.dead.groups import Fingerprint
from dashboard.failures import failure_words
from dashboard.figures import plain, usd
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.staged_board import opened
from tests.fakes.troubled_board import BROKEN, SLOW, TRACEBACK, Troubled, claimed, fail, make_trouble

pytestmark = pytest.mark.soak

Show = Callable[..., Any]


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`show(locale=…, **query)`: the page on dead letters at that address."""

    def shown(*, locale: str = "en-US", **query: str) -> Any:
        return open_app(tmp_path, monkeypatch=monkeypatch, page="dead_letters", query=query, locale=locale)

    return shown


@pytest.fixture
async def troubled(tmp_path: Path) -> Troubled:
    async with opened(tmp_path) as engine:
        return await make_trouble(engine)


def reader(folder: Path) -> BoardReader:
    return BoardReader(folder / "blackboard.db")


def test_the_groups_are_those_of_the_command_line(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    """What failed, how many, and of what, as `davidagent groups --json` says it."""
    app = show()
    shown = texts_of(app)
    assert not app.exception
    for group in reader(tmp_path).dead_letter_groups():
        name = Fingerprint.of(group["group"]).what
        assert f"#### {plain(failure_words(name))}" in shown
        assert f"Error: `{name}`" in shown
        assert plain(group["sample"]["error"]) in shown
    assert ":red-badge[3 items]" in shown
    assert "4 items failed for good" in shown


def test_it_says_what_a_retry_may_cost_at_most(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    cost = retry_cost(tmp_path / "blackboard.db", Filter(group=SLOW), per_item_usd=0.25)
    shown = texts_of(show(group=SLOW))
    assert plain(f"At most: {usd(cost['at_most_usd'])}") in shown
    assert plain(f"Charged so far: {usd(cost['charged_usd'])}") in shown


def test_a_group_shows_every_attempt_and_its_items(troubled: Troubled, show: Show) -> None:
    app = show(group=SLOW)
    assert [code.value.strip() for code in app.code] == [TRACEBACK.strip()] * 4
    assert [button.key for button in app.button if button.label == "Retry"] == [
        f"dead.one.{item_id}" for item_id in reversed(troubled.slow)
    ]


def test_what_happened_is_one_click_from_the_list(troubled: Troubled, show: Show) -> None:
    app = show()
    app.button(key=f"dead.look.{BROKEN}").click().run()
    assert dict(app.query_params) == {"group": BROKEN}
    assert TRACEBACK.strip() in [code.value.strip() for code in app.code]


def test_one_is_retried_by_a_click_and_its_progress_is_shown(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show(group=BROKEN)
    app.button(key=f"dead.group.{BROKEN}").click().run()
    assert reader(tmp_path).item(troubled.broken)["item"]["state"] == "PUBLISHING"
    shown = texts_of(app)
    assert "1 dead letter is back at work." in shown
    assert "Of 1 item put back to work" in shown
    assert "waiting: 1" in shown


def test_a_group_is_retried_whole_after_it_was_asked(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show(group=SLOW)
    app.button(key=f"dead.group.{SLOW}").click().run()
    assert set(reader(tmp_path).states_of(troubled.slow).values()) == {"INGESTING"}
    assert reader(tmp_path).item(troubled.broken)["item"]["state"] == "DEAD_LETTER"
    assert "Of 3 items put back to work" in texts_of(app)


def test_a_filter_is_retried_without_the_rest(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show(q="潮位站")
    app.button(key="dead.group." + SLOW).click().run()
    states = reader(tmp_path).states_of([*troubled.slow, troubled.broken])
    assert [item_id for item_id, state in states.items() if state != "DEAD_LETTER"] == [troubled.slow[1]]


def test_everything_is_retried_after_it_was_asked(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show()
    app.button(key="dead.whole").click().run()
    assert reader(tmp_path).counts()["DEAD_LETTER"] == 0
    assert "No dead letters." in texts_of(app)


def test_a_discarded_group_keeps_the_reason(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show(group=BROKEN)
    (reason,) = [one for one in app.text_input if one.key and one.key.startswith("dead.discard.")]
    reason.set_value("the sink is gone").run()
    app.button(key=f"dead.discard.do.{BROKEN}").click().run()
    item = reader(tmp_path).item(troubled.broken)["item"]
    assert (item["state"], item["reason"]) == ("DISCARDED", "the sink is gone")


async def test_a_group_that_failed_anew_after_a_retry_is_flagged(
    tmp_path: Path, troubled: Troubled, show: Show
) -> None:
    assert "Failed again" not in texts_of(show())
    async with opened(tmp_path) as engine:
        await engine.revive(ids=[troubled.broken], by="test")
        await fail(engine, await claimed(engine), group=BROKEN)
    assert ":orange-badge[Failed again after a retry, " in texts_of(show())


def test_an_address_keeps_the_progress_of_a_retry(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show(group=BROKEN)
    app.button(key=f"dead.group.{BROKEN}").click().run()
    told = dict(app.query_params)["retried"]
    again = show(retried=told)
    assert "Of 1 item put back to work" in texts_of(again)
    again.button(key="dead.progress.close").click().run()
    assert "put back to work" not in texts_of(again)


def test_a_board_without_dead_letters_says_so_in_both_languages(tmp_path: Path, show: Show) -> None:
    import asyncio

    async def made() -> None:
        async with opened(tmp_path):
            pass

    asyncio.run(made())
    assert "No dead letters." in texts_of(show())
    assert "没有死信" in texts_of(show(locale="zh-CN"))


@pytest.mark.parametrize(
    ("group", "parts"),
    [
        (SLOW, ("RateLimitedError", "brains.llm.sending.Sender.send", "https://models.example")),
        ("BadKeyError/gemini", ("BadKeyError", None, "gemini")),
        ("ValueError/daemon.runtime.steps.run", ("ValueError", "daemon.runtime.steps.run", None)),
        ("", ("", None, None)),
        (None, ("", None, None)),
    ],
)
def test_a_fingerprint_is_told_apart(group: str | None, parts: tuple[str, str | None, str | None]) -> None:
    found = Fingerprint.of(group)
    assert (found.what, found.where, found.who) == parts
