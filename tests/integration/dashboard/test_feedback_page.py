"""Feedback in Streamlit's own harness: its page, and its part of one item's page, on real boards."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.feedback import About, NewFeedback, Verdict
from daemon.blackboard.reading.feedback import examples, feedback_of
from daemon.cli.program import run
from dashboard.feedback.thumbs import Subject
from dashboard.figures import plain
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.judged_board import CLAIM, CORRECTED, RIGHT, WRONG, Judged, publish_posts
from tests.fakes.staged_board import opened

pytestmark = pytest.mark.soak

Show = Callable[..., Any]
REASON = "The source tells of nobody hurt"


@pytest.fixture
async def judged(tmp_path: Path) -> Judged:
    async with opened(tmp_path) as engine:
        return await publish_posts(engine, count=7)


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`show(page, locale=…, **query)`: a page at that address."""

    def shown(page: str = "feedback", *, locale: str = "en-US", environ: Any = None, **query: str) -> Any:
        return open_app(tmp_path, monkeypatch=monkeypatch, page=page, query=query, locale=locale, **(environ or {}))

    return shown


async def say(folder: Path, *opinions: NewFeedback) -> None:
    async with opened(folder) as engine:
        for one in opinions:
            await engine.give_feedback(one, by="test")


def board(folder: Path) -> Path:
    return folder / "blackboard.db"


def thumb(item_id: str, verdict: Verdict, *, about: About = About.POST, passage: str = "") -> str:
    """The key of a thumb."""
    return f"thumb-{verdict}-{Subject(item_id, about, passage, '').key}"


def is_given(app: Any, key: str) -> bool:
    return bool(app.button(key=key).proto.type == "primary")


def said(folder: Path, item_id: str) -> list[tuple[str, str, str, str, str]]:
    parts = ("about", "passage", "verdict", "reason", "corrected")
    return [tuple(one[part] for part in parts) for one in feedback_of(board(folder), item_id)]  # type: ignore[misc]


def test_without_feedback_the_page_says_how_to_give_the_first(judged: Judged, show: Show) -> None:
    app = show()
    assert not app.exception
    assert "No feedback yet" in texts_of(app)
    assert [metric.value for metric in app.metric] == ["0", "0", "0"]


def test_before_there_are_posts_the_page_says_so(tmp_path: Path, show: Show) -> None:
    """On a board without posts, and without a board."""
    assert "There is no board yet" in texts_of(show())


def test_the_newest_posts_are_judged_with_one_click_each(tmp_path: Path, judged: Judged, show: Show) -> None:
    """The newest five first; the same thumb again changes nothing, the other one replaces it."""
    app = show()
    newest = judged.posts[::-1]
    keys = [button.key for button in app.main.button if str(button.key).startswith("thumb-up")]
    assert keys == [thumb(one, Verdict.UP) for one in newest[:5]]
    up, down = thumb(newest[0], Verdict.UP), thumb(newest[0], Verdict.DOWN)
    app.button(key=up).click().run()
    assert said(tmp_path, newest[0]) == [("post", "", "up", "", "")]
    assert (is_given(app, up), is_given(app, down)) == (True, False)
    (first,) = feedback_of(board(tmp_path), newest[0])
    app.button(key=thumb(newest[1], Verdict.UP)).click().run()
    app.button(key=up).click().run()
    assert feedback_of(board(tmp_path), newest[0]) == [first]
    app.button(key=down).click().run()
    assert said(tmp_path, newest[0]) == [("post", "", "down", "", "")]
    assert (is_given(app, up), is_given(app, down)) == (False, True)
    app.button(key="feedback.newest.more").click().run()
    assert len([one for one in app.main.button if str(one.key).startswith("thumb-up")]) == 7


def test_the_figures_and_examples_are_those_of_the_command_line_and_the_prompts(
    tmp_path: Path, judged: Judged, show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    """The counts and the trust are those of `davidagent feedback list --json`; examples stand there word for word."""
    post, other = judged.posts[0], judged.posts[1]
    said_of_both = [
        NewFeedback(post, Verdict.DOWN, About.SENTENCE, WRONG, reason=REASON, corrected=CORRECTED),
        NewFeedback(other, Verdict.UP, About.SENTENCE, RIGHT),
        NewFeedback(other, Verdict.DOWN, About.CLAIM, CLAIM, corrected="The pier is open."),
        NewFeedback(other, Verdict.UP),
    ]
    asyncio.run(say(tmp_path, *said_of_both))
    app = show()
    capsys.readouterr()
    assert run(["--home", str(tmp_path), "feedback", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [metric.value for metric in app.metric] == [
        str(told["counts"][name]) for name in ("up", "down", "corrected")
    ]
    table = app.dataframe[0].value
    for name in ("source", "up", "down", "corrected", "published", "held", "discarded"):
        assert list(table[name]) == [one[name] for one in told["trust"]]
    assert list(table["trust"]) == [f"{one['trust']:.0%}" for one in told["trust"]]
    withdrawing = [str(one.key) for one in app.main.button if str(one.key).startswith("feedback.said.withdraw.")]
    assert withdrawing == [f"feedback.said.withdraw.{one['id']}" for one in told["feedback"]]
    drafts, reviews = (examples(board(tmp_path), brain=brain) for brain in ("right", "left"))
    assert [len(drafts), len(reviews)] == [2, 1]
    for one in (*drafts, *reviews):
        for part in ("before", "after", "reason"):
            assert plain(one[part]) in texts_of(app)


def test_examples_are_those_for_an_item_of_the_chosen_source(tmp_path: Path, judged: Judged, show: Show) -> None:
    """Those of the same source come first, as the writer gets them."""
    older, newer = judged.posts[0], judged.posts[1]
    asyncio.run(
        say(
            tmp_path,
            NewFeedback(older, Verdict.UP, reason="The older one"),
            NewFeedback(newer, Verdict.UP, reason="The newer one"),
        )
    )
    app = show()
    assert order_of(app) == ["newer", "older"]
    app.selectbox(key="feedback.examples.source").set_value(judged.sources[0]).run()
    assert order_of(app) == ["older", "newer"]


def order_of(app: Any) -> list[str]:
    """Which reasons stand among the examples, in order; those in the list of what was said come after."""
    return re.findall(r"Why: The (older|newer) one", texts_of(app))[:2]


async def test_a_source_whose_posts_are_held_is_shown_as_such(tmp_path: Path, judged: Judged, show: Show) -> None:
    """From the fifth verdict on, as the runtime does it; the other source's posts go out."""
    found_wrong = [NewFeedback(judged.posts[number], Verdict.DOWN) for number in (0, 2, 4, 6, 1)]
    await say(tmp_path, *found_wrong)
    assert list(show().dataframe[0].value["posts"]) == ["go out", "go out"]
    await say(tmp_path, NewFeedback(judged.posts[0], Verdict.DOWN, About.SENTENCE, WRONG))
    table = show().dataframe[0].value
    assert dict(zip(table["source"], table["posts"], strict=True)) == {
        "Harbour News": "wait for you",
        "Rumours": "go out",
    }


async def test_what_was_said_is_told_in_the_items_story(tmp_path: Path, judged: Judged, show: Show) -> None:
    item_id = judged.posts[0]
    await say(tmp_path, NewFeedback(item_id, Verdict.DOWN, About.SENTENCE, WRONG, reason=REASON, corrected=CORRECTED))
    story = show("items", id=item_id).table[0].value.to_string()
    for words in ("Thumbs down by test, on a sentence", "Nine people were hurt", REASON, "Nobody was hurt"):
        assert words in story


async def test_what_was_said_is_filtered_by_the_address_and_taken_back(
    tmp_path: Path, judged: Judged, show: Show
) -> None:
    first, second = judged.posts[:2]
    await say(
        tmp_path,
        NewFeedback(first, Verdict.DOWN, reason=REASON),
        NewFeedback(second, Verdict.UP),
        NewFeedback(second, Verdict.DOWN, About.CLAIM, CLAIM),
    )
    app = show(verdict="down", source=str(judged.sources[1]))
    withdrawing = [button for button in app.main.button if str(button.key).startswith("feedback.said.withdraw.")]
    assert len(withdrawing) == 1
    assert app.selectbox(key="feedback.field.verdict").value == "down"
    withdrawing[0].click().run()
    assert said(tmp_path, second) == [("post", "", "up", "", "")]
    assert "No feedback fits this filter" in texts_of(app)
    app.selectbox(key="feedback.field.verdict").set_value("").run()
    assert dict(app.query_params) == {"source": str(judged.sources[1])}


async def test_what_was_said_is_read_by_pages(tmp_path: Path, judged: Judged, show: Show) -> None:
    """An address that means nothing shows everything."""
    sentences = (RIGHT, WRONG, "It is Story 0", "hurt.", "Tuesday.", "gauge", "stood", "Nine")
    await say(
        tmp_path,
        *[
            NewFeedback(item_id, Verdict.UP, About.SENTENCE, sentence)
            for item_id in judged.posts[:3]
            for sentence in (*sentences[:2], *sentences[3:])
        ],
    )
    app = show(verdict="sideways", about="weather", source="x", at="nonsense")
    assert not app.exception
    assert len([one for one in app.main.button if str(one.key).startswith("feedback.said.withdraw.")]) == 20
    (further,) = [button for button in app.main.button if button.label == "Next"]
    further.click().run()
    assert len([one for one in app.main.button if str(one.key).startswith("feedback.said.withdraw.")]) == 1


def test_a_sentence_and_a_claim_are_judged_on_the_items_page(tmp_path: Path, judged: Judged, show: Show) -> None:
    """A thumb first, then why, and how it should read; then it is taken back."""
    item_id = judged.posts[0]
    app = show("items", id=item_id)
    assert not app.exception
    wrong = Subject(item_id, About.SENTENCE, WRONG, "")
    app.button(key=thumb(item_id, Verdict.DOWN, about=About.SENTENCE, passage=WRONG)).click().run()
    (reason,) = [one for one in app.text_area if str(one.key).endswith(".reason")]
    (corrected,) = [one for one in app.text_area if str(one.key).endswith(".text")]
    assert corrected.value == WRONG
    reason.set_value(REASON)
    corrected.set_value(CORRECTED)
    app.button(key=f"feedback.save.{wrong.key}").click().run()
    assert said(tmp_path, item_id) == [("sentence", WRONG, "down", REASON, CORRECTED)]
    assert f"Thumbs down  ·  {REASON}" in texts_of(app)
    app.button(key=thumb(item_id, Verdict.UP, about=About.CLAIM, passage=CLAIM)).click().run()
    assert ("claim", CLAIM, "up", "", "") in said(tmp_path, item_id)
    (taken,) = [one for one in feedback_of(board(tmp_path), item_id) if one["about"] == "sentence"]
    app.button(key=f"{wrong.slot}.withdraw.{taken['id']}").click().run()
    assert said(tmp_path, item_id) == [("claim", CLAIM, "up", "", "")]


def test_every_sentence_and_claim_of_a_post_has_its_thumbs(judged: Judged, show: Show) -> None:
    """The title, too; what is linked in the text cannot be named word for word, and is left out."""
    app, item_id = show("items", id=judged.posts[0], locale="zh-CN"), judged.posts[0]
    wanted = [(About.POST, "")] + [(About.SENTENCE, one) for one in ("Story 0", RIGHT, WRONG)] + [(About.CLAIM, CLAIM)]
    assert ":primary[写作时参考了 2 条先前的反馈。]" in [link.proto.label for link in app.get("page_link")]
    keys = [button.key for button in app.main.button if str(button.key).startswith("thumb-down")]
    assert keys == [thumb(item_id, Verdict.DOWN, about=about, passage=passage) for about, passage in wanted]


def test_what_is_not_written_yet_cannot_be_judged(judged: Judged, show: Show) -> None:
    app = show("items", id=judged.waiting)
    assert "nothing to judge yet" in texts_of(app)
    assert not [button for button in app.main.button if str(button.key).startswith("thumb-")]


async def test_what_was_not_kept_is_said_beside_its_thumb(tmp_path: Path, judged: Judged, show: Show) -> None:
    """While somebody else writes on the board nothing can be kept; the thumb stays empty, and a sentence says why."""
    app, key = show(), thumb(judged.posts[-1], Verdict.DOWN)
    async with opened(tmp_path):
        app.button(key=key).click().run()
    assert [error.value.startswith("Not done: ") for error in app.error] == [True]
    assert not is_given(app, key)
    assert said(tmp_path, judged.posts[-1]) == []


def test_the_page_speaks_chinese(judged: Judged, show: Show) -> None:
    app = show(locale="zh-CN")
    assert not app.exception
    assert app.title[0].value == "反馈"


def test_examples_that_are_switched_off_are_said_to_be(tmp_path: Path, judged: Judged, show: Show) -> None:
    app = show()
    app.button(key=thumb(judged.posts[-1], Verdict.UP)).click().run()
    assert "The next draft is shown" in texts_of(app)
    off = show(environ={"FEEDBACK__EXAMPLES": "0", "FEEDBACK__HOLD_BELOW": "0"})
    assert "feedback.examples is 0" in texts_of(off).replace("\\", "")
    assert "feedback.hold_below is 0" in texts_of(off)
