"""The pages on items in Streamlit's own harness, on real boards."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.records import Identity, NewSource, Observation
from daemon.blackboard.states import Step
from dashboard.figures import plain, usd
from dashboard.texts import say
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.staged_board import Staged, opened, seen, stage
from tests.fakes.troubled_board import (
    ASKED,
    CHINESE_TITLE,
    EVIDENCE,
    LONG_TITLE,
    NASTY_TITLE,
    SUPPORTED,
    SYSTEM,
    TRACEBACK,
    WRONG,
    Troubled,
    make_trouble,
)

pytestmark = pytest.mark.soak

Show = Callable[..., Any]


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`show(locale=…, **query)`: the page on items at that address."""

    def shown(*, locale: str = "en-US", **query: str) -> Any:
        return open_app(tmp_path, monkeypatch=monkeypatch, page="items", query=query, locale=locale)

    return shown


@pytest.fixture
async def staged(tmp_path: Path) -> Staged:
    async with opened(tmp_path) as engine:
        return await stage(engine)


@pytest.fixture
async def troubled(tmp_path: Path) -> Troubled:
    async with opened(tmp_path) as engine:
        return await make_trouble(engine)


def reader(folder: Path) -> BoardReader:
    return BoardReader(folder / "blackboard.db")


def tables(app: Any) -> str:
    """Every cell of every table of text."""
    return "\n".join(str(cell) for table in app.table for cell in table.value.to_numpy().ravel())


def test_the_list_is_that_of_the_command_line(tmp_path: Path, staged: Staged, show: Show) -> None:
    """Titles, order and costs are those of `davidagent items --json`."""
    app, told = show(), reader(tmp_path).items()
    table = app.dataframe[0].value
    assert not app.exception
    assert list(table["title"]) == [item["title"] for item in told]
    assert list(table["cost"]) == [usd(item["cost_usd"]) for item in told]
    assert "5 items." in texts_of(app)


def test_a_filter_in_the_address_is_the_one_that_is_shown(staged: Staged, show: Show) -> None:
    app = show(state="HELD", source=str(staged.source_id), q="held")
    assert list(app.dataframe[0].value["title"]) == ["Title of held"]
    assert app.selectbox(key="items.field.state").value == "HELD"
    assert app.text_input(key="items.field.q").value == "held"


def test_what_is_chosen_stands_in_the_address(staged: Staged, show: Show) -> None:
    app = show(at="a:0.0:zz", state="HELD")
    app.selectbox(key="items.field.state").set_value("DEAD_LETTER").run()
    assert dict(app.query_params) == {"state": "DEAD_LETTER"}
    assert list(app.dataframe[0].value["title"]) == ["Title of dead"]


async def test_a_tag_finds_the_items_of_its_sources(tmp_path: Path, show: Show) -> None:
    """The choice is there as soon as a source has one; an address may name one that no source has any more."""
    async with opened(tmp_path) as engine:
        source = await engine.add_source(NewSource("rss", "https://a.example/", "A", tags=("ai", "欧洲")), by="test")
        await engine.post([replace(seen("tagged"), tags=source.tags)], source_id=source.id, by="sensor")
        await engine.post([seen("other")], source_id=None, by="cli")
    app = show(tag="欧洲")
    assert list(app.dataframe[0].value["title"]) == ["Title of tagged"]
    assert app.selectbox(key="items.field.tag").options == ["every tag", "ai", "欧洲"]
    assert "Nothing on the board fits" in texts_of(show(tag="gone"))


def test_an_address_that_means_nothing_shows_everything(staged: Staged, show: Show) -> None:
    app = show(state="NOWHERE", source="x", sort="best", seen="never", at="nonsense")
    assert not app.exception
    assert len(app.dataframe[0].value) == 5


def test_a_filter_that_nothing_fits_says_so_and_leads_out(staged: Staged, show: Show) -> None:
    app = show(q="nowhere to be found")
    assert "Nothing on the board fits" in texts_of(app)
    (clear,) = [button for button in app.button if button.label == "Show all"]
    clear.click().run()
    assert len(app.dataframe[0].value) == 5


async def test_ten_thousand_items_are_walked_through_by_pages(tmp_path: Path, show: Show) -> None:
    async with opened(tmp_path) as engine:
        many = [Observation(f"n{n}", "t", identities=(Identity(f"text:{n}", is_global=True),)) for n in range(10_000)]
        await engine.post(many, source_id=None, by="test")
    app = show()
    walked = list(app.dataframe[0].value["title"])
    for _ in range(2):
        (further,) = [button for button in app.button if button.label == "Next"]
        further.click().run()
        walked += list(app.dataframe[0].value["title"])
    assert "10,000 items." in texts_of(app)
    assert walked == [item["title"] for item in reader(tmp_path).items(limit=150)]
    (back,) = [button for button in app.button if button.label == "Previous"]
    back.click().run()
    assert list(app.dataframe[0].value["title"]) == walked[50:100]


async def test_a_long_story_is_shown_by_pages(tmp_path: Path, show: Show) -> None:
    """The newest events first; what was before stands in the address, and so does the way back."""
    async with opened(tmp_path) as engine:
        await engine.post([seen("busy")], source_id=None, by="cli")
        for _ in range(150):
            (claim,) = await engine.claim(worker_id="w", steps=frozenset(Step), limit=1, lease_seconds=60)
            await engine.release(claim)
    app = show(id=claim.item.id)
    assert not [one for one in app.button if one.key == "item.story.earlier"]
    app.toggle(key="item.story.whole").set_value(True).run()
    assert "200 of 301 events are shown." in texts_of(app)
    assert app.button(key="item.story.newest").disabled
    app.button(key="item.story.earlier").click().run()
    assert "101 of 301 events are shown." in texts_of(app)
    assert len(app.table[0].value) == 101
    assert app.button(key="item.story.earlier").disabled
    app.button(key="item.story.newest").click().run()
    assert "before" not in app.query_params
    assert len(app.table[0].value) == 200


def test_every_state_of_an_item_is_shown_with_its_reason(tmp_path: Path, staged: Staged, show: Show) -> None:
    wanted = {
        staged.queued: "It waits for its turn",
        staged.dead: "the key was refused",
        staged.held: "a person approves every post",
        staged.discarded: "nothing to write about",
        staged.published: "It was published",
    }
    for item_id, reason in wanted.items():
        app = show(id=item_id)
        assert not app.exception
        assert reason in texts_of(app)


def test_only_what_a_state_allows_can_be_done(staged: Staged, show: Show) -> None:
    """Buttons by state; sending back and discarding ask for a reason first."""
    allowed = {
        staged.queued: set(),
        staged.published: set(),
        staged.discarded: set(),
        staged.held: {"Approve", "Send back to be written anew", "Discard it"},
        staged.dead: {"Retry from: Reading", "Edit and retry", "Discard it"},
    }
    for item_id, wanted in allowed.items():
        buttons = [one for one in show(id=item_id).main.button if str(one.key).startswith("item.")]
        assert {one.label for one in buttons} - {"All items"} == wanted


def test_nothing_is_sent_back_without_a_reason(staged: Staged, show: Show) -> None:
    app = show(id=staged.held)
    assert app.button(key=f"item.reject.do.{staged.held}").disabled


def test_a_dead_letter_shows_every_attempt_at_once(troubled: Troubled, show: Show) -> None:
    app = show(id=troubled.slow[0])
    assert [code.value.strip() for code in app.code][:4] == [TRACEBACK.strip()] * 4
    labels = [one.label for one in app.expander]
    assert labels[0].startswith("Traceback: ")
    assert "attempt 1" in labels[3]


def test_a_draft_shows_what_was_wrong_and_what_supports_it(troubled: Troubled, show: Show) -> None:
    app = show(id=troubled.sent_back)
    shown = f"{texts_of(app)}\n{tables(app)}"
    assert [one.label for one in app.expander if one.label.startswith("Draft")] == [
        "Draft 2: passed",
        "Draft 1: sent back",
    ]
    for text in (SUPPORTED, EVIDENCE, WRONG, "the source tells of nobody hurt", "The pier was closed in March"):
        assert plain(text) in shown


def test_what_was_extracted_is_a_graph_and_json(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show(id=troubled.sent_back)
    told = [a["content"] for a in reader(tmp_path).item(troubled.sent_back)["artifacts"] if a["kind"] == "knowledge"]
    assert [json.loads(one.value) for one in app.json] == told
    assert "graph knowledge" in app.get("graphviz_chart")[0].proto.spec


def test_the_figures_of_the_calls_are_those_of_the_ledger(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app, document = show(id=troubled.sent_back), reader(tmp_path).item(troubled.sent_back)
    (table,) = [frame.value for frame in app.dataframe]
    assert list(table["in"]) == [call["prompt_tokens"] for call in document["calls"]]
    assert list(table["cost"]) == [usd(call["cost_usd"]) for call in document["calls"]]
    assert plain(f"tokens in: 3,600, tokens out: 720, cost: {usd(document['item']['cost_usd'])}") in texts_of(app)


def test_one_call_is_shown_in_full_when_it_is_chosen(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    app = show(id=troubled.sent_back)
    call = reader(tmp_path).item(troubled.sent_back)["calls"][0]
    app.selectbox(key="item.call").set_value(call["id"]).run()
    assert '{"gist": "…"}' in [code.value for code in app.code]
    assert call["fingerprint"] in [json.loads(one.value) for one in app.json]


def test_one_call_is_shown_with_what_was_asked(tmp_path: Path, troubled: Troubled, show: Show) -> None:
    """As code, in both languages; of one that was never sent it says that none is kept."""
    app = show(id=troubled.slow[2])
    call = reader(tmp_path).item(troubled.slow[2])["calls"][1]
    app.selectbox(key="item.call").set_value(call["id"]).run()
    assert {f"{ASKED} A short one", SYSTEM} <= {code.value for code in app.code}
    assert "![x](" not in "\n".join(one.value for one in app.markdown)
    local = show(id=troubled.sent_back, locale="zh-CN")
    local.selectbox(key="item.call").set_value(reader(tmp_path).item(troubled.sent_back)["calls"][0]["id"]).run()
    assert say("zh", "calls.no_prompt") in texts_of(local)


def test_nothing_of_a_feed_is_taken_for_markup(troubled: Troubled, show: Show) -> None:
    """A title full of marks stands there as it was written: no image is fetched, nothing is coloured."""
    app = show(id=troubled.nasty)
    assert app.header[0].value == plain(NASTY_TITLE)
    assert "![x](" not in texts_of(app)


@pytest.mark.parametrize("which", ["bare", "waiting", "broken"])
def test_an_item_with_little_in_it_is_shown_too(troubled: Troubled, show: Show, which: str) -> None:
    app = show(id=getattr(troubled, which), locale="zh-CN")
    assert not app.exception
    assert not app.error


def test_long_and_chinese_titles_stand_whole_on_their_page(troubled: Troubled, show: Show) -> None:
    for item_id, title in zip(troubled.slow, (LONG_TITLE, CHINESE_TITLE), strict=False):
        assert show(id=item_id, locale="zh-CN").header[0].value == plain(title)


def test_an_unknown_item_is_said_to_be_none(staged: Staged, show: Show) -> None:
    app = show(id="nonsense`*")
    assert "There is no item" in texts_of(app)


def test_the_way_back_leads_to_the_list_as_it_was(staged: Staged, show: Show) -> None:
    app = show(state="HELD")
    app.query_params.clear()
    app.query_params["id"] = staged.held
    app.run()
    app.button(key="item.back").click().run()
    assert dict(app.query_params) == {"state": "HELD"}


def test_a_held_item_is_approved_by_a_click(tmp_path: Path, staged: Staged, show: Show) -> None:
    """Without a daemon the command line is the writer for a moment; the event says who it was."""
    app = show(id=staged.held)
    app.button(key=f"item.approve.{staged.held}").click().run()
    document = reader(tmp_path).item(staged.held)
    assert document["item"]["state"] == "PUBLISHING"
    assert document["events"][-1]["data"]["by"] == "dashboard"
    assert "1 item is approved" in texts_of(app)
