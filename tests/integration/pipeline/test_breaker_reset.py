"""A person closes a breaker: what waited for it is done at once, however long its pause had been."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from daemon.api.server import ApiServer
from daemon.app.assembly import open_desk
from daemon.blackboard.reading.desk_calls import call_in_full
from daemon.core.errors import NotFoundError
from daemon.core.settings.models import Settings
from daemon.runtime.desk import Desk
from daemon.runtime.remote import RemoteActions
from tests.fakes.provider_server import OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.stories import settings_for, story, write_feed
from tests.fakes.waiting import until

pytestmark = pytest.mark.soak  # a whole daemon that waits


HOUR = 3600.0
DOWN = {"fault": Fault.STATUS, "status": 503}


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer(rules=[Rule(**DOWN)]) as running:
        yield running


def of_desk(home: Path, server: FakeProviderServer, **changes: Any) -> Settings:
    """One model with a name that an address must quote, whose breaker rests for an hour after three failures."""
    model = {"provider": "openai", "model": "m", "api_key": "test-key-0000", "base_url": server.base_url(OPENAI)}
    group = {
        "echelon1": {"models": ["vendor/m"], "timeout": 5},
        "fallback_config": {"circuit_breaker": {"failure_threshold": 3, "recovery_time": HOUR}},
    }
    llm = {"models": {"vendor/m": model}, "groups": {"left": group, "right": group}, "retry": {"delays": [0.01] * 5}}
    feed = write_feed(home.parent / "feed.xml", [1])
    return settings_for(home, feeds=[feed], vendor=None, llm=llm, **changes)


@asynccontextmanager
async def waiting_desk(settings: Settings) -> AsyncIterator[Desk]:
    """A desk whose one item waits for the breaker."""
    async with open_desk(settings) as desk:
        await desk.sensing.poll_all()
        await desk.start_working()
        await until(lambda: waits_for(desk) == ["breaker"], within=30)
        yield desk


def waits_for(desk: Desk) -> list[Any]:
    return [desk.reader.item(row["id"])["item"]["waits_for"] for row in desk.reader.items(limit=10)]


def events(desk: Desk, type_: str) -> list[dict[str, Any]]:
    return [event["data"] for event in desk.reader.events(after=0) if event["type"] == type_]


async def test_a_reset_has_the_waiting_item_published_at_once(server: FakeProviderServer, tmp_path: Path) -> None:
    """Through the API, by the name as it is; the second reset finds nothing to do, an unknown one is told the known."""
    async with waiting_desk(of_desk(tmp_path / "home", server)) as desk:
        (before,) = desk.breakers()
        assert before["next_probe_at"] > desk.clock.now() + HOUR / 2
        server.heal()
        api = ApiServer(desk, host="127.0.0.1", port=0)
        address = await api.start()
        async with RemoteActions(address, token=desk.access.token or "", via="test") as remote:
            done = await remote.reset_breaker("vendor/m")
            assert (done["name"], done["state"], done["reset"]) == ("vendor/m", "closed", True)
            await until(lambda: desk.reader.counts()["PUBLISHED"] == 1, within=20)
            assert (await remote.reset_breaker("vendor/m"))["reset"] is False
            with pytest.raises(NotFoundError, match="there is no breaker vendor/x; there are: vendor/m"):
                await remote.reset_breaker("vendor/x")
        await api.stop()
        assert events(desk, "breaker_reset") == [{"name": "vendor/m", "by": "test", "before": "open"}]
        assert [told["state"] for told in events(desk, "breaker_changed")] == ["open", "closed"]


async def test_a_reset_ends_the_rest_of_a_desk_that_nobody_answers(server: FakeProviderServer, tmp_path: Path) -> None:
    """In L3 nothing is taken up; its shortest stay of an hour need not be waited for either."""
    levels = {"l3": {"after": 0.1, "dwell": HOUR}}
    async with waiting_desk(of_desk(tmp_path / "home", server, levels=levels)) as desk:
        await until(lambda: desk.levels.level.value == "L3", within=10)
        server.heal()
        await desk.reset_breaker("vendor/m", by="test")
        await until(lambda: desk.reader.counts()["PUBLISHED"] == 1, within=20)


async def test_what_was_asked_is_kept_with_each_call_of_the_pipeline(
    server: FakeProviderServer, tmp_path: Path
) -> None:
    """Every call of an item tells its prompt, whether it failed or not; the story stands in that of the reader."""
    async with waiting_desk(of_desk(tmp_path / "home", server)) as desk:
        server.heal()
        await desk.reset_breaker("vendor/m", by="test")
        await until(lambda: desk.reader.counts()["PUBLISHED"] == 1, within=20)
        (row,) = desk.reader.items(limit=10)
        board, calls = desk.reader.path, desk.reader.item(row["id"])["calls"]
    told = [call_in_full(board, call["id"], item_id=row["id"]) for call in calls]
    assert {call["status"] for call in calls} == {"ok", "error"}
    assert all(call["prompt"] and call["system"] for call in told)
    assert all(story(1)[:60] in call["prompt"] for call in told if call["task"] == "extract")
    assert {call["task"]: call["system"].rpartition("\n")[2] for call in told} == {
        "extract": "[form of the answer: Knowledge]",
        "draft": "[form of the answer: Draft]",
    } | ({"review": "[form of the answer: Judgement]"} if any(c["task"] == "review" for c in told) else {})


async def test_with_zero_days_no_prompt_is_kept(server: FakeProviderServer, tmp_path: Path) -> None:
    server.heal()
    settings = of_desk(tmp_path / "home", server)
    llm = settings.llm.model_copy(update={"keep_prompts_days": 0})
    async with open_desk(settings.model_copy(update={"llm": llm})) as desk:
        await desk.sensing.poll_all()
        await desk.start_working()
        await until(lambda: desk.reader.counts()["PUBLISHED"] == 1, within=20)
        (row,) = desk.reader.items(limit=10)
        first = desk.reader.item(row["id"])["calls"][0]["id"]
    assert call_in_full(desk.reader.path, first, item_id=row["id"])["prompt"] is None
