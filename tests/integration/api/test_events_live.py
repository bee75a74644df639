"""What a live view starts from: one moment of the board, for those with the token and for everybody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.api.events.live_state import LiveAnswer, public_state
from daemon.blackboard import SqliteEngine
from daemon.blackboard.reading.live import read_live
from daemon.blackboard.records import Failure, Identity, NewArtifact, NewSource, Observation
from daemon.blackboard.states import Step
from daemon.runtime.gists import with_gists
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.staged_board import STARTED_AT, Staged, settled_call

CANARY = "canary"
_STOPS_AT_ITS_LIMIT = {"claimed_items", "newest_items", "newest_events", "newest_posts"}
"""These walk along a key or an index in the order they answer in."""


@pytest.fixture
async def public_desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    async with open_still_desk(tmp_path, api={"public_events": True}) as desk:
        yield desk


@pytest.fixture
async def guest(public_desk: StillDesk) -> AsyncIterator[httpx2.AsyncClient]:
    """A stranger where the events are public."""
    transport = httpx2.ASGITransport(app=create_app(public_desk), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


async def test_it_is_one_moment_of_the_board(api: httpx2.AsyncClient, staged: Staged) -> None:
    live = LiveAnswer.model_validate((await api.get("/api/live")).json())
    newest = (await api.get("/api/events/poll")).json()["last_event_id"]
    assert live.last_event_id == newest
    assert (live.level, live.level_reason, live.paused, live.is_public) == ("L0", None, False, False)
    assert {state.value: count for state, count in live.states.items() if count} == {
        "QUEUED": 1,
        "PUBLISHED": 1,
        "DISCARDED": 1,
        "HELD": 1,
        "DEAD_LETTER": 1,
    }
    assert {item.id: item.state.value for item in live.items}[staged.held] == "HELD"
    assert [post.title for post in live.posts] == ["A post"]


async def test_what_is_worked_on_comes_first_then_what_changed_last(desk: StillDesk) -> None:
    engine = desk.engine
    posted = [(await engine.post([_seen(f"n{number}")], source_id=None, by="t"))[0].item_id for number in range(80)]
    (claimed,) = await engine.claim(worker_id="w", steps=frozenset(Step), limit=1, lease_seconds=60)
    live = read_live(engine.path, now=STARTED_AT)
    assert claimed.item.id == posted[0]
    assert [item["id"] for item in live["items"]] == [posted[0], *posted[:20:-1]]
    assert (live["items"][0]["is_working"], live["items"][1]["is_working"]) == (True, False)


async def test_why_it_was_sent_back_is_told_while_it_is_written_anew(desk: StillDesk) -> None:
    item_id = (await desk.engine.post([_seen("one")], source_id=None, by="t"))[0].item_id
    await _sent_back(desk.engine, reasons=["too long", "a number is wrong"])
    (item,) = read_live(desk.engine.path, now=STARTED_AT)["items"]
    assert (item["id"], item["round"], item["reason"]) == (item_id, 1, "too long\na number is wrong")


async def test_many_who_ask_in_one_second_cost_one_reading(api: httpx2.AsyncClient, desk: StillDesk) -> None:
    first = await api.get("/api/live")
    await desk.engine.set_control("paused", "1", by="test")
    answers = await asyncio.gather(*(api.get("/api/live") for _ in range(20)))
    assert {answer.content for answer in answers} == {first.content}


async def test_the_pause_is_told(api: httpx2.AsyncClient, desk: StillDesk) -> None:
    await desk.engine.set_control("paused", "1", by="test")
    assert (await api.get("/api/live")).json()["paused"] is True


async def test_no_query_looks_at_more_than_a_bounded_part_of_the_board(desk: StillDesk, staged: Staged) -> None:
    """But the counts, which read an index alone."""
    import sqlite3
    from contextlib import closing

    from daemon.blackboard.queries import load_queries

    assert staged.published
    values = {"limit": 1, "after": 0, "ids": "[]", "since": 0, "types": "[]", "item": "a", "upto": 9}
    with closing(sqlite3.connect(f"file:{desk.engine.path}?mode=ro", uri=True)) as db:
        for file in ("read_live", "read_events"):
            for name, query in load_queries(file).items():
                plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
                walks = [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
                is_bounded = name in _STOPS_AT_ITS_LIMIT and not any("TEMP B-TREE" in step for step in plan)
                assert is_bounded or all("items_by_state" in step for step in walks), (name, plan)
                # Not the whole of an index from some value on, but for what is asked for by time or by id.
                assert not any("(item_id>?)" in step for step in plan), (name, plan)


async def test_a_guest_finds_nothing_private_anywhere(guest: httpx2.AsyncClient, public_desk: StillDesk) -> None:
    """Everything private on the board has a canary in it; what may be seen is seen."""
    await _fill_with_canaries(public_desk.engine)
    polled = await guest.get("/api/events/poll?after=0&limit=1000")
    live = await guest.get("/api/live")
    for answer in (polled, live):
        assert answer.status_code == 200
        assert CANARY not in answer.text.lower()
    types = {one["type"] for one in polled.json()["events"]}
    assert {"item_posted", "item_claimed", "item_rejected", "item_buried", "call_settled"} <= types
    assert not types & {"source_added", "source_polled", "publication_settled", "batch_sent", "breaker_changed"}
    assert "An open title" in polled.text
    assert "the number is wrong" in polled.text
    assert "An open title" in live.text
    assert "the number is wrong" in live.text


def test_the_public_state_says_that_it_is_and_hides_addresses_in_texts() -> None:
    item: dict[str, Any] = {"id": "a", "title": "See https://canary.example/x", "reason": "by 10.0.0.1\nlong"}
    post = {"title": "T", "slug": "t-1", "summary": "at /home/canary/posts", "at": "2026"}
    document = {"level_reason": "api.canary.example fails", "items": [item], "posts": [post], "is_public": False}
    shown = public_state(document)
    assert shown == {
        "is_public": True,
        "level_reason": "… fails",
        "items": [{"id": "a", "title": "See …", "reason": "by …\nlong"}],
        "posts": [{"title": "T", "slug": "t-1", "summary": "at …", "at": "2026"}],
    }


def _seen(name: str, **more: Any) -> Observation:
    fields = {"title": f"Title of {name}", "text": "Text.", "url": f"https://example.org/{name}"} | more
    return Observation(identities=(Identity(f"link:{name}", is_global=True),), **fields)


async def _sent_back(engine: SqliteEngine, *, reasons: list[str]) -> None:
    artifacts = (
        NewArtifact("knowledge", {"gist": "Seven.", "claims": []}, "quick"),
        NewArtifact("draft", {"title": "A draft", "body": f"{CANARY} in a draft"}, "writer"),
        NewArtifact("review", {"passed": False, "faults": [CANARY]}, "quick"),
    )
    for artifact in artifacts:
        (claim,) = await engine.claim(worker_id=CANARY, steps=frozenset(Step), limit=1, lease_seconds=60)
        if artifact.kind == "review":
            await engine.reject(claim, reasons=reasons, artifacts=with_gists([artifact]))
        else:
            call = settled_call(claim.item.id)
            await engine.advance(claim, artifacts=with_gists([artifact]), calls=[call])


async def _fill_with_canaries(engine: SqliteEngine) -> None:
    address = f"https://{CANARY}.example/feed.xml"
    source = await engine.add_source(NewSource(kind="rss", address=address, name=CANARY), by=CANARY)
    private = {"text": CANARY, "url": f"https://example.org/{CANARY}", "author": CANARY}
    await engine.post([_seen("open", title="An open title", **private)], source_id=source.id, by=CANARY)
    await _sent_back(engine, reasons=["the number is wrong"])
    await engine.post([_seen("dead", **private)], source_id=source.id, by=CANARY)
    claims = await engine.claim(worker_id=CANARY, steps={Step.EXTRACT}, limit=1, lease_seconds=60)
    failure = Failure(CANARY, CANARY, f"Traceback: {CANARY}", "final", group=CANARY)
    await engine.record_attempt(claims[0], failure=failure, attempt=1, retry_at=None)
    await engine.bury(claims[0], failure=failure)
    await engine.set_control("budget", CANARY, by=CANARY)
    await engine.set_control("paused", CANARY, by=CANARY)
    private_types = ("breaker_changed", "batch_sent", "service_failed", "publication_settled", "source_polled")
    for type_ in (*private_types, "level_changed", "memory_degraded", "daemon_started"):
        said = {"reason": f"{CANARY}.example.com", "error": CANARY, "name": CANARY, "location": f"/home/{CANARY}"}
        await engine.record_event(type_, data=said)
