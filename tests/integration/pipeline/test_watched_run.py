"""Health and metrics of a whole desk at work: their figures are those of the ledger and of the provider."""

from pathlib import Path

import pytest

from daemon.api.metrics import Metrics
from daemon.app.assembly import open_desk
from daemon.core.settings.models import Settings
from daemon.runtime.desk import Desk
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.scrapes import Scrape, scrape
from tests.fakes.stories import settings_for, write_feed
from tests.fakes.waiting import until

STORIES = 6
LIVE = ("QUEUED", "INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING")


async def worked_off(desk: Desk) -> Scrape:
    """What the metrics show when nothing is left to do."""
    metrics = Metrics(settings=desk.settings, emitter=desk.emitter, monitor=desk.monitor)
    await desk.start_working()
    await desk.sensing.poll_all()
    await until(lambda: not any(desk.reader.counts()[state] for state in LIVE))
    await desk.recorder.flush()
    return await scrape(metrics)


def compare_with_ledger(seen: Scrape, desk: Desk) -> None:
    costs = desk.reader.costs(since=0)
    assert seen.total("davidagent_calls_total") == costs["calls"] > 0
    assert seen.total("davidagent_tokens_total", kind="input") == costs["prompt_tokens"]
    assert seen.total("davidagent_tokens_total", kind="output") == costs["completion_tokens"]
    assert seen.total("davidagent_tokens_total", kind="cached") == costs["cached_tokens"]
    assert seen.total("davidagent_call_cost_dollars_total") == pytest.approx(costs["cost_usd"])
    assert seen.total("davidagent_transitions_total", to="PUBLISHED") == desk.reader.counts()["PUBLISHED"] == STORIES
    assert seen.value("davidagent_items", state="PUBLISHED") == STORIES
    assert seen.value("davidagent_source_new_entries_total") == STORIES
    assert seen.value("davidagent_sources", freshness="fresh") == 1


async def test_an_offline_run_is_free_and_fully_counted(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.xml", range(1, STORIES + 1))
    async with open_desk(settings_for(tmp_path / "home", feeds=[feed], vendor=None)) as desk:
        seen = await worked_off(desk)
        compare_with_ledger(seen, desk)
        assert seen.labels("davidagent_calls_total", "provider") == {"offline"}
        assert seen.total("davidagent_call_cost_dollars_total") == 0
        report = await desk.monitor.report()
        assert report["services"]["items"]["due_seconds"] == {}
        sick = {name for name, service in report["services"].items() if not service["healthy"]}
        assert sick <= {"loop", "database"}  # a busy machine may be late; nothing else is wrong


async def test_tokens_and_dollars_are_the_providers_to_the_token(tmp_path: Path) -> None:
    """With a server that has one fault in between: the retry is counted as well."""
    feed = write_feed(tmp_path / "feed.xml", range(1, STORIES + 1))
    rules = [Rule(fault=Fault.STATUS, status=500, times=1)]
    async with FakeProviderServer(rules=rules) as server:
        async with open_desk(settings_on(server, tmp_path / "home", feed=feed)) as desk:
            seen = await worked_off(desk)
            compare_with_ledger(seen, desk)
        stats = server.stats
    assert seen.total("davidagent_calls_total") == len(stats.log)
    assert seen.total("davidagent_tokens_total", kind="input") == stats.tokens.prompt
    assert seen.total("davidagent_tokens_total", kind="output") == stats.tokens.completion
    assert seen.total("davidagent_call_faults_total", kind="server") == 1
    assert (seen.value("davidagent_attempts_failed_total"), seen.value("davidagent_retries_total")) == (1, 1)
    assert seen.total("davidagent_call_first_token_seconds_count") > 0
    assert seen.labels("davidagent_calls_total", "model") == {"gpt-6-luna"}


async def test_a_provider_that_is_down_is_said_and_saying_it_asks_it_nothing(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.xml", range(1, STORIES + 1))
    rules = [Rule(fault=Fault.STATUS, status=503)]
    async with (
        FakeProviderServer(rules=rules) as server,
        open_desk(settings_on(server, tmp_path / "home", feed=feed)) as desk,
    ):
        metrics = Metrics(settings=desk.settings, emitter=desk.emitter, monitor=desk.monitor)
        await desk.start_working()
        await desk.sensing.poll_all()
        await until(lambda: desk.economy.breaker_snapshots()[0]["state"] == "open")
        await until(lambda: desk.gate.in_flight == 0)
        asked = len(server.stats.log)
        for _ in range(20):
            report = await desk.monitor.report()
            assert desk.monitor.ailment() is None
        seen = await scrape(metrics)
        assert len(server.stats.log) == asked
    model = report["services"]["model only"]
    assert (report["status"], model["healthy"], model["state"]) == ("degraded", False, "open")
    assert model["next_probe_at"] is not None
    assert seen.value("davidagent_breaker_state", endpoint="only", state="open") == 1


async def test_a_memory_that_is_down_degrades_and_the_work_goes_on(tmp_path: Path) -> None:
    """A store that fails at every call: the post is published, and health says both."""
    feed = write_feed(tmp_path / "feed.xml", [1])
    nothing_else = dict.fromkeys(("latency_share", "network_errors", "rate_limits", "garbage", "truncated"), 0)
    settings = settings_for(
        tmp_path / "home",
        feeds=[feed],
        vendor=None,
        memory={"mode": "embedded"},
        chaos={"enabled": True, "memory_down": True, **nothing_else},
    )
    async with open_desk(settings) as desk:
        seen = await worked_off(desk)
        services = (await desk.monitor.report())["services"]
        assert (services["memory"]["healthy"], services["memory"]["status"]) == (False, "degraded")
        assert services["memory"]["reason"]
        assert desk.monitor.ailment() is None
        assert desk.reader.counts()["PUBLISHED"] == 1
    assert seen.value("davidagent_memory_state", state="degraded") == 1
    assert seen.value("davidagent_memory_faults_total") == 1
    assert seen.value("davidagent_chaos") == 1


def settings_on(server: FakeProviderServer, home: Path, *, feed: Path) -> Settings:
    group = {"echelon1": {"models": ["only"]}, "fallback_config": {"circuit_breaker": {"failure_threshold": 3}}}
    llm = {"retry": {"delays": [0.02, 0.04, 0.08]}, "groups": {"left": group, "right": group}}
    return settings_for(home, feeds=[feed], vendor="openai", base_url=server.base_url("openai"), llm=llm)
