"""What others send in few words: a whole sentence is worth a post, bare fields are not. Over the real SDKs."""

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from daemon.app.assembly import open_desk
from daemon.blackboard.records import Observation
from sensors.parsers.jobs import ParseJob
from sensors.webhooks.payloads import read_delivery
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.stories import settings_for
from tests.fakes.waiting import until

NOW = 1_790_000_000.0
SENTENCE = "Build 42 of api failed on main: 3 tests"
WHOLE: list[Any] = [
    {"text": SENTENCE},
    {"title": f"{SENTENCE} again", "status": "failed"},
    {"type": "alert.raised", "data": {"detail": "The disk of db1 has 3 GB of its 500 GB left", "host": "db1"}},
]
BARE: list[Any] = [
    {"status": "failed"},
    {"status": "failed", "build": 42, "branch": "main", "repo": "api"},
    {"type": "build.finished", "timestamp": "2026-11-21T00:00:00Z", "data": {"status": "failed"}},
    {"title": "Build finished", "data": {"status": "failed"}},
    {"type": "user.created", "data": {"id": "u_1", "email": "ada@b.example", "plan": "pro"}},
]


def seen(deliveries: list[Any]) -> list[Observation]:
    """What is read in them."""
    found: list[Observation] = []
    for number, one in enumerate(deliveries):
        job = ParseJob(url="", content_type="application/json", now=NOW, facts={"id": f"msg_{number}"})
        found += read_delivery(json.dumps(one).encode(), job).observations
    return found


@pytest.mark.parametrize(
    "vendor",
    [None, "anthropic", pytest.param("gemini", marks=pytest.mark.soak), pytest.param("openai", marks=pytest.mark.soak)],
)
async def test_a_short_sentence_is_told_and_bare_fields_are_discarded_with_the_reason(
    vendor: str | None, tmp_path: Path
) -> None:
    """Whichever model is there; for what says next to nothing none is asked."""
    async with AsyncExitStack() as rest:
        server = await rest.enter_async_context(FakeProviderServer())
        address = server.base_url(vendor) if vendor else ""
        settings = settings_for(tmp_path / "home", feeds=[], vendor=vendor, base_url=address)
        desk = await rest.enter_async_context(open_desk(settings))
        await desk.engine.post(seen([*WHOLE, *BARE]), source_id=None, by="hook")
        await desk.start_working()
        await until(lambda: desk.reader.counts()["DISCARDED"] == len(BARE), within=30)
        await until(lambda: desk.reader.counts()["PUBLISHED"] == len(WHOLE), within=30)
        items = desk.reader.items(limit=20)
        reasons = {one["reason"] for one in items if one["state"] == "DISCARDED"}
        assert {one.partition(":")[0] for one in reasons} == {"too little text"}
        posts = [path.read_text() for path in (settings.home / "posts").glob("*.md")]
        assert vendor or not any("status:" in one or "host:" in one.partition("\n---\n")[2] for one in posts)
        assert not any("finished" in one.prompt or "user.created" in one.prompt for one in server.requests)
