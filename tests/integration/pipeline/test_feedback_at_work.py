"""What people say of posts is used: in the prompts of later posts (over the real SDKs), and in what is held."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from brains.lessons import NO_EXAMPLES
from daemon.app.assembly import open_desk
from daemon.blackboard.feedback import About, NewFeedback, Verdict
from daemon.blackboard.reading.feedback import examples
from daemon.core.settings.models import Settings
from daemon.runtime.desk import Desk
from tests.fakes.provider_author import blocks_of
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.provider_wire import WireRequest
from tests.fakes.stories import settings_for, write_feed
from tests.fakes.waiting import until


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings) as desk:
        await desk.sensing.poll_all()
        await desk.start_working()
        yield desk


async def published(desk: Desk, count: int) -> None:
    await until(lambda: desk.reader.counts()["PUBLISHED"] == count, within=30)


async def more_of(desk: Desk, feed: Path, numbers: range) -> None:
    """The feed has new entries, and is read again."""
    write_feed(feed, numbers)
    await desk.sensing.poll_all()
    desk.wake()


def a_sentence(desk: Desk, item_id: str) -> str:
    body = next(one for one in desk.reader.item(item_id)["artifacts"] if one["kind"] == "draft")["content"]["body"]
    return str(body).split("\n\n")[1]


def drafts(server: FakeProviderServer) -> list[WireRequest]:
    return [one for one in server.requests if "Write the post in this language" in one.prompt]


@pytest.mark.parametrize("vendor", [pytest.param("anthropic", marks=pytest.mark.soak), "openai"])
async def test_a_correction_stands_in_the_prompts_of_later_posts(vendor: str, tmp_path: Path) -> None:
    """Word for word, in an envelope, at the head, the same bytes for each item; the draft says which it was shown."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 2))
    async with FakeProviderServer() as server:
        settings = settings_for(tmp_path / "home", feeds=[feed], vendor=vendor, base_url=server.base_url(vendor))
        async with at_work(settings) as desk:
            await published(desk, 1)
            (first,) = desk.reader.items()
            passage = a_sentence(desk, first["id"])
            wrong = NewFeedback(first["id"], Verdict.DOWN, About.SENTENCE, passage, "too long", "It took years.")
            given = await desk.engine.give_feedback(wrong, by="test")
            await more_of(desk, feed, range(1, 4))
            await published(desk, 3)
            newest = [one["id"] for one in desk.reader.items() if one["id"] != first["id"]]
            made = [desk.reader.item(one)["artifacts"] for one in newest]
            (shown,) = examples(desk.reader.path, brain="right")
        before, *after = drafts(server)
    assert NO_EXAMPLES in before.prompt
    sealed = [blocks_of(one.prompt)["examples"] for one in after]
    assert sealed[0] == sealed[1]
    said = json.loads(sealed[0])
    assert (said["before"], said["after"], said["reason"]) == (passage, "It took years.", "too long")
    assert {key: shown[key] for key in said} == said
    heads = {re.split(r"\nWrite the post", one.prompt)[0] for one in after}
    assert len(heads) == 1
    assert heads.pop().startswith("<<<examples ")
    contents = [one["content"] for artifacts in made for one in artifacts if one["kind"] == "draft"]
    assert [one["examples"] for one in contents] == [[given.id], [given.id]]


@pytest.mark.parametrize(("feedback", "fate"), [({}, "HELD"), ({"hold_below": 0}, "PUBLISHED")])
async def test_posts_of_a_source_that_people_found_wrong_wait_for_approval(
    tmp_path: Path, feedback: dict[str, Any], fate: str
) -> None:
    """After five verdicts, with a reason that says so; a person approves them, or switches it off."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 6))
    settings = settings_for(tmp_path / "home", feeds=[feed], vendor=None, feedback=feedback)
    async with at_work(settings) as desk:
        await published(desk, 5)
        for one in desk.reader.items():
            await desk.engine.give_feedback(NewFeedback(one["id"], Verdict.DOWN), by="test")
        await more_of(desk, feed, range(1, 7))
        await until(lambda: desk.reader.items()[0]["state"] == fate, within=30)
        newest = desk.reader.items()[0]
        if fate == "HELD":
            assert newest["reason"] == (
                "its source is trusted 14% by people (0 up, 5 down), less than 25%; waits for approval"
            )
            await desk.engine.approve([newest["id"]], by="test")
            desk.wake()
            await published(desk, 6)


async def test_a_digest_written_anew_does_not_repeat_what_a_person_marked_wrong(tmp_path: Path) -> None:
    """The offline brain: the wrong sentence is gone, and the correction is told because the source supports it."""
    feed = write_feed(tmp_path / "feed.xml", range(1, 2))
    settings = settings_for(tmp_path / "home", feeds=[feed], vendor=None, review={"approval": "all"})
    async with at_work(settings) as desk:
        await until(lambda: desk.reader.counts()["HELD"] == 1, within=30)
        (item,) = desk.reader.items()
        text = desk.reader.item(item["id"])["item"]["text"]
        wrong, place = text.split(". ")[0] + ".", re.search(r"in ([A-Z][\w ]+), where the ([\w ]+) was", text)
        assert place is not None
        right = f"In {place[1]} the {place[2]} was opened to the public after long repairs."
        await desk.engine.give_feedback(
            NewFeedback(item["id"], Verdict.DOWN, About.SENTENCE, wrong, corrected=right), by="test"
        )
        await desk.engine.send_back([item["id"]], reason="see the feedback", by="test")
        desk.wake()
        await until(lambda: _rounds(desk, item["id"]) == 2, within=30)
        newest = desk.reader.item(item["id"])["artifacts"][-2]["content"]
    whole = f"{newest['title']}\n{newest['summary']}\n{newest['body']}"
    assert wrong not in whole
    assert right in whole


def _rounds(desk: Desk, item_id: str) -> int:
    kinds = [one["kind"] for one in desk.reader.item(item_id)["artifacts"]]
    return kinds.count("review")
