"""Health tells the truth: what is up but does nothing, what is degraded and why, and what is merely quiet."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.api.answers.health import EXAMPLE, DetailedHealthAnswer
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.records import FetchState, NewSource, Observation
from daemon.blackboard.sqlite.writer import cross
from daemon.runtime.condition import Condition
from daemon.runtime.health import FRESH_SECONDS, Monitor
from daemon.runtime.pulse import Pulse, SilentNotifier
from tests.fakes.desk import StillDesk
from tests.fakes.staged_board import STARTED_AT, stage

DAY = 86_400.0
OPEN = {
    "name": "writer",
    "state": "open",
    "reason": "5 of the last 5 calls failed",
    "opened_at": STARTED_AT,
    "next_probe_at": STARTED_AT + 60,
    "samples": 0,
    "failures": 0,
}


async def detailed(api: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await api.get("/api/health/detailed")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def add_source(desk: StillDesk, name: str, **fetch: Any) -> int:
    """A source as its sensor left it; times are those of the desk's clock."""
    source = await desk.engine.add_source(NewSource("rss", f"https://{name}.example/feed", name=name), by="test")
    known = {"last_fetch_at": STARTED_AT, "next_fetch_at": STARTED_AT + 3600, "last_success_at": STARTED_AT}
    state = FetchState(**{**known, "last_item_at": STARTED_AT, **fetch})
    await desk.engine.record_fetch(source.id, fetch=state, observations=[], event={"outcome": "unchanged"})
    return source.id


# --- is it alive ---


async def test_it_needs_no_token_and_tells_no_more_than_it_must(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.get("/api/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "timestamp", "version"}
    assert answer.json()["status"] == "healthy"


async def test_a_pulse_that_stopped_is_not_healthy_and_one_beat_heals_it(
    desk: StillDesk, stranger: httpx2.AsyncClient
) -> None:
    desk.clock.set(STARTED_AT + 30)
    assert (await stranger.get("/api/health")).status_code == 200
    desk.clock.set(STARTED_AT + 31)
    answer = await stranger.get("/api/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["why"]) == (503, "unhealthy", "writer")
    assert set(answer.json()) == {"status", "timestamp", "version", "why"}
    desk.monitor.beaten(0.001)
    assert (await stranger.get("/api/health")).status_code == 200


async def test_a_board_that_was_taken_away_is_told_of(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """The writer goes on in a file that nobody will find again; and there is still somebody to say so."""
    await api.get("/api/health/detailed")
    for file in desk.reader.path.parent.iterdir():
        file.unlink()
    desk.reader.path.parent.rmdir()
    desk.clock.set(desk.clock.now() + 10)
    alive, detailed, metrics = [await api.get(path) for path in ("/api/health", "/api/health/detailed", "/metrics")]
    assert (alive.status_code, alive.json()["why"]) == (503, "board")
    assert (detailed.status_code, detailed.json()["status"]) == (200, "degraded")
    assert "there is no board" in detailed.json()["services"]["database"]["reason"]
    assert metrics.status_code == 200


async def test_a_writer_that_is_stuck_stops_the_pulse(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """The connection's own thread is held, as a disk that does not answer holds it."""
    pulse = Pulse(
        engine=desk.engine,
        clock=desk.clock,
        notifier=SilentNotifier(),
        vital_signs=lambda: {"level": "L0"},
        status_line=lambda: "",
        on_beat=desk.monitor.beaten,
    )
    await pulse.beat()
    is_free = threading.Event()
    stuck = asyncio.create_task(cross(desk.engine._file.connection, is_free.wait))
    beat = asyncio.create_task(pulse.beat())
    try:
        await asyncio.sleep(0)
        desk.clock.set(STARTED_AT + 40)
        assert (await api.get("/api/health")).json()["why"] == "writer"
        database = (await detailed(api))["services"]["database"]
        assert (database["healthy"], database["reason"]) == (False, "no commit for more than 30 s")
    finally:
        is_free.set()
        await asyncio.gather(stuck, beat)
    assert (await api.get("/api/health")).status_code == 200


@pytest.mark.parametrize(("lost", "status"), [("worker", 503), ("sensing", 503), ("remembering", 200)])
async def test_only_a_vital_service_that_is_lost_makes_it_unhealthy(
    lost: str, status: int, desk: StillDesk, stranger: httpx2.AsyncClient
) -> None:
    desk.condition = Condition(lost=(lost,))
    answer = await stranger.get("/api/health")
    assert answer.status_code == status
    assert answer.json().get("why") == (lost if status == 503 else None)


# --- how is it ---


async def test_the_fields_of_the_contract_are_there(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    await stage(desk.engine)
    document = await detailed(api)
    assert (document["status"], document["level"]) == ("healthy", "L0")
    assert {"cpu_percent", "memory_percent", "memory_available_mb", "rss_mb", "free_disk_mb"} == set(document["system"])
    services = document["services"]
    assert {"database", "memory", "sources", "loop", "worker", "items", "gate", "live", "limiter"} == set(services)
    assert all(service["healthy"] for service in services.values())
    assert services["items"]["states"]["HELD"] == 1
    assert services["items"]["oldest_age_seconds"]["HELD"] == 0
    assert services["worker"]["last_end_at"] == "2026-09-21T14:13:20.000Z"


def test_the_example_of_the_document_is_one() -> None:
    assert DetailedHealthAnswer.model_validate(EXAMPLE).model_dump(exclude_unset=True) == EXAMPLE


async def test_processor_and_memory_are_measured(api: httpx2.AsyncClient) -> None:
    """The first answer is measured too: 0.0 only where the machine did nothing at all."""
    system = (await detailed(api))["system"]
    assert 0 <= system["cpu_percent"] <= 100
    assert 0 < system["memory_percent"] < 100
    assert system["rss_mb"] > 10
    assert system["free_disk_mb"] > 0


DEGRADED: dict[str, tuple[Condition, str]] = {
    "a breaker is open": (Condition(breakers=(OPEN,)), "model writer"),
    "the memory is away": (Condition(memory="degraded", memory_reason="no answer"), "memory"),
    "a service failed": (Condition(faults={"recorder": "boom"}), "recorder"),
    "the worker failed, and came back": (Condition(faults={"worker": "boom"}), "worker"),
    "faults on purpose": (Condition(chaos={"healthy": False, "error": "chaos is on"}), "chaos"),
    "money goes too fast": (Condition(burn={"stage": "hold", "reason": "too fast"}), "burn rate"),
}


@pytest.mark.parametrize(("condition", "name"), DEGRADED.values(), ids=DEGRADED)
async def test_it_is_degraded_when(condition: Condition, name: str, desk: StillDesk, api: httpx2.AsyncClient) -> None:
    desk.condition = condition
    document = await detailed(api)
    assert document["status"] == "degraded"
    sick = [one for one, service in document["services"].items() if not service["healthy"]]
    assert sick == [name]


async def test_a_model_shows_its_breaker(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    desk.condition = Condition(breakers=(OPEN, {**OPEN, "name": "quick", "state": "closed", "next_probe_at": None}))
    services = (await detailed(api))["services"]
    assert services["model writer"]["reason"] == "5 of the last 5 calls failed"
    assert services["model writer"]["next_probe_at"] == "2026-09-21T14:14:20.000Z"
    assert services["model quick"]["healthy"]


async def test_a_pause_is_a_persons_wish_and_no_fault(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    desk.condition = Condition(is_paused=True)
    document = await detailed(api)
    assert (document["status"], document["services"]["worker"]["paused"]) == ("healthy", True)


async def test_a_late_loop_and_slow_commits_are_seen(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    for at in range(100):
        desk.monitor.loop.lags.add(0.3 if at > 95 else 0.001, at=desk.clock.monotonic())
    desk.monitor.beaten(1.5)
    services = (await detailed(api))["services"]
    assert (services["loop"]["healthy"], services["loop"]["lag_p99_seconds"]) == (False, 0.3)
    assert (services["database"]["healthy"], services["database"]["reason"]) == (False, "commits are slow")


def monitor_of(desk: StillDesk, **changes: Any) -> Monitor:
    settings = changes.pop("settings", desk.settings)
    parts = {"clock": desk.clock, "reader": desk.reader, "emitter": desk.emitter, "condition": Condition, **changes}
    return Monitor(settings=settings, **parts)


async def test_a_disk_that_is_nearly_full_degrades(desk: StillDesk) -> None:
    silence = desk.settings.levels.l3.model_copy(update={"free_disk": 2**60})
    levels = desk.settings.levels.model_copy(update={"l3": silence})
    report = await monitor_of(desk, settings=desk.settings.model_copy(update={"levels": levels})).report()
    assert report["services"]["database"]["reason"] == "the disk is nearly full"


async def test_a_board_that_cannot_be_read_is_said(desk: StillDesk, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"no board at all " * 100)
    report = await monitor_of(desk, reader=BoardReader(tmp_path / "other.db")).report()
    assert report["status"] == "degraded"
    assert not report["services"]["database"]["healthy"]
    assert report["services"]["items"]["states"] == {}
    DetailedHealthAnswer.model_validate({**report, "timestamp": "", "version": ""})


# --- sources ---

NOW = STARTED_AT + 2 * DAY
"""Two days after the source was added."""
FRESHNESS: dict[str, tuple[dict[str, Any], str]] = {
    "read, with something new": ({}, "fresh"),
    "read, with nothing new for a day": ({"last_item_at": NOW - DAY - 1}, "quiet"),
    "read, and never had anything": ({"last_item_at": None}, "quiet"),
    "failed just now": ({"errors_in_row": 1, "last_error": "no answer"}, "stale"),
    "failed, and was quiet before": ({"errors_in_row": 3, "last_item_at": NOW - 9 * DAY}, "stale"),
    "ten minutes late": ({"next_fetch_at": NOW - 600}, "fresh"),
    "twenty minutes late": ({"next_fetch_at": NOW - 1200}, "stale"),
    "gone for good": ({"is_gone": True, "errors_in_row": 1}, "gone"),
}


@pytest.mark.parametrize(("fetch", "expected"), FRESHNESS.values(), ids=FRESHNESS)
async def test_a_source_is(fetch: dict[str, Any], expected: str, desk: StillDesk, api: httpx2.AsyncClient) -> None:
    await add_source(desk, "a", **{"last_item_at": NOW, "next_fetch_at": NOW + 3600, **fetch})
    desk.clock.set(NOW)
    sources = (await detailed(api))["services"]["sources"]
    assert [one["freshness"] for one in sources["each"]] == [expected]
    assert sources[expected] == 1


async def test_a_new_source_is_fresh_until_it_should_have_been_read(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    await desk.engine.add_source(NewSource("rss", "https://new.example/feed", name="new"), by="test")
    assert (await detailed(api))["services"]["sources"]["fresh"] == 1
    desk.clock.set(STARTED_AT + 1000)
    assert (await detailed(api))["services"]["sources"]["stale"] == 1


async def test_quiet_feeds_degrade_nothing_and_stale_ones_do(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    for number in range(4):
        await add_source(desk, f"quiet{number}", next_fetch_at=STARTED_AT + 9 * DAY)
    switched_off = await add_source(desk, "off", errors_in_row=4)
    await desk.engine.set_source_enabled(switched_off, is_enabled=False, by="test")
    desk.clock.set(STARTED_AT + 2 * DAY)
    desk.monitor.beaten(0.0)
    document = await detailed(api)
    assert document["status"] == "healthy"
    assert (document["services"]["sources"]["quiet"], document["services"]["sources"]["disabled"]) == (4, 1)
    for name in ("b", "c"):
        await add_source(desk, name, errors_in_row=2, last_error="no answer", next_fetch_at=STARTED_AT + 9 * DAY)
    desk.clock.set(STARTED_AT + 2 * DAY + FRESH_SECONDS)
    desk.monitor.beaten(0.0)
    document = await detailed(api)
    assert document["status"] == "degraded"
    assert document["services"]["sources"]["stale_share"] == pytest.approx(1 / 3, abs=0.001)


# --- what it costs ---


async def test_board_and_machine_are_looked_at_every_five_seconds_and_counts_are_of_now(desk: StillDesk) -> None:
    await stage(desk.engine)
    first = await desk.monitor.look()
    assert first.counts["QUEUED"] == 1
    await desk.engine.post([Observation(title="One more", text="One more text.")], source_id=None, by="test")
    second = await desk.monitor.look()
    assert second.board is first.board
    assert second.machine is first.machine
    assert second.counts["QUEUED"] == 2
    desk.clock.set(STARTED_AT + FRESH_SECONDS)
    third = await desk.monitor.look()
    assert third.board is not first.board
