"""/metrics: what is in it, in which form, for whom, and that no label makes it grow without end."""

import time
from collections.abc import AsyncIterator

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from starlette.types import Receive, Scope, Send

from daemon.api.app import create_app
from daemon.api.metrics import Metrics, RequestLayer
from daemon.core.events import Event
from daemon.runtime.condition import Condition
from tests.fakes.desk import TOKEN, StillDesk
from tests.fakes.scrapes import Scrape, scrape
from tests.fakes.staged_board import STARTED_AT, stage

ODD = 10_000
MOST_SERIES = 1500


@pytest.fixture
async def metrics(desk: StillDesk) -> Metrics:
    return Metrics(settings=desk.settings, emitter=desk.emitter, monitor=desk.monitor)


@pytest.fixture
async def client(desk: StillDesk) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=create_app(desk), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        yield client


async def read(client: httpx2.AsyncClient) -> Scrape:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    return Scrape(answer.text)


# --- form ---


async def test_prometheus_gets_its_text_and_who_asks_gets_openmetrics(client: httpx2.AsyncClient) -> None:
    plain = await client.get("/metrics")
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    asked = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
    other = await client.get("/metrics", headers=asked)
    assert other.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name for family in read_openmetrics(other.text)}
    assert {"davidagent_items", "davidagent_calls", "davidagent_http_requests", "process_cpu_seconds"} <= families


async def test_it_needs_the_token(stranger: httpx2.AsyncClient) -> None:
    assert (await stranger.get("/metrics")).status_code == 401


async def test_every_metric_says_what_it_is(client: httpx2.AsyncClient) -> None:
    lines = (await client.get("/metrics")).text.splitlines()
    told = {line.split(" ")[2] for line in lines if line.startswith("# HELP") and len(line.split(" ")) > 4}
    typed = {line.split(" ")[2] for line in lines if line.startswith("# TYPE")}
    assert typed == told
    assert all(name.startswith(("davidagent_", "process_")) for name in typed)


async def test_two_apps_have_two_registries(desk: StillDesk) -> None:
    one, other = (Metrics(settings=desk.settings, emitter=desk.emitter, monitor=desk.monitor) for _ in range(2))
    one.requests.count("GET", "/x", "200").inc()
    assert (await scrape(other)).total("davidagent_http_requests_total") == 0


# --- the board ---


async def test_items_and_transitions_are_those_of_the_board(desk: StillDesk, client: httpx2.AsyncClient) -> None:
    await stage(desk.engine)
    seen = await read(client)
    counts = {one.labels["state"]: one.value for one in seen.samples if one.name == "davidagent_items"}
    assert counts == desk.reader.counts()
    assert seen.value("davidagent_transitions_total", **{"from": "new", "to": "QUEUED"}) == sum(counts.values())
    assert seen.total("davidagent_transitions_total", to="PUBLISHED") == counts["PUBLISHED"]
    assert seen.total("davidagent_transitions_total", to="DEAD_LETTER") == counts["DEAD_LETTER"]
    assert seen.value("davidagent_last_publish_timestamp_seconds") == STARTED_AT


async def test_money_is_that_of_the_ledger(desk: StillDesk, client: httpx2.AsyncClient) -> None:
    await stage(desk.engine)
    seen, totals = await read(client), desk.reader.totals(since=0)
    assert seen.total("davidagent_calls_total") == totals["calls"]
    assert seen.total("davidagent_tokens_total", kind="input") == totals["prompt_tokens"]
    assert seen.total("davidagent_tokens_total", kind="output") == totals["completion_tokens"]
    assert seen.total("davidagent_call_cost_dollars_total") == pytest.approx(totals["cost_usd"])
    assert seen.value("davidagent_budget_charged_dollars", scope="day") == pytest.approx(totals["cost_usd"])
    assert seen.value("davidagent_budget_cap_dollars", scope="day") == desk.settings.budget.daily_usd


async def test_what_must_not_be_silent_has_a_sample_before_it_happened(client: httpx2.AsyncClient) -> None:
    """Else no alert could compare it with now, and `increase` would miss the first of a kind."""
    seen = await read(client)
    assert seen.value("davidagent_heartbeat_timestamp_seconds") == STARTED_AT
    assert seen.value("davidagent_last_step_end_timestamp_seconds") == STARTED_AT
    assert {"stall", "loop", "refused", "server"} <= seen.labels("davidagent_call_faults_total", "kind")
    assert "DEAD_LETTER" in seen.labels("davidagent_transitions_total", "to")


# --- the parts ---


async def test_breakers_gate_level_and_memory_are_shown(desk: StillDesk, client: httpx2.AsyncClient) -> None:
    name = next(iter(desk.settings.llm.models), "quick")
    desk.condition = Condition(
        is_paused=True,
        memory="degraded",
        gate_limit=3,
        gate_in_flight=2,
        gate_waiting=5,
        breakers=({"name": name, "state": "half-open"},),
    )
    seen = await read(client)
    states = {one.labels["state"]: one.value for one in seen.samples if one.name == "davidagent_breaker_state"}
    assert states == {"closed": 0, "open": 0, "half-open": 1}
    assert seen.value("davidagent_memory_state", state="degraded") == 1
    assert (seen.value("davidagent_paused"), seen.value("davidagent_level")) == (1, 0)
    assert (seen.value("davidagent_gate_in_flight"), seen.value("davidagent_gate_waiting")) == (2, 5)
    assert seen.value("davidagent_sse_clients") == 0
    assert seen.labels("davidagent_api_requests_refused_total", "reason")


async def test_faults_retries_hedges_and_levels_are_counted(desk: StillDesk, metrics: Metrics) -> None:
    def tell(type_: str, **data: object) -> None:
        desk.emitter.emit(Event(type=type_, at=STARTED_AT, data=data))

    tell("call_settled", provider="gemini", task="draft", status="error", fault="SlowStreamError", latency_ms=6000)
    tell("call_settled", provider="gemini", task="draft", status="error", fault="PaidRefusalError", latency_ms=10)
    tell("call_settled", provider="gemini", task="draft", status="ok", kind="batch", latency_ms=0)
    tell("call_settled", provider="gemini", task="draft", status="ok", latency_ms=900, first_token_ms=1400)
    tell("attempt_failed", retry_at=1.0)
    tell("attempt_failed", retry_at=None)
    tell("call_hedged", winner="second")
    tell("level_changed", level="L2", before="L0")
    tell("publication_settled", sink="notify-ntfy-1a2b3c4d", status="done")
    tell("source_polled", outcome="read", new=4)
    seen = await scrape(metrics)
    assert seen.total("davidagent_call_faults_total", kind="stall") == 1
    assert seen.total("davidagent_call_faults_total", kind="refused") == 1
    assert seen.total("davidagent_calls_total") == 4
    assert seen.total("davidagent_call_duration_seconds_count") == 3
    assert seen.total("davidagent_call_duration_seconds_sum") == pytest.approx(6.91)
    assert seen.total("davidagent_call_first_token_seconds_bucket", le="1.0") == 0
    assert seen.total("davidagent_call_first_token_seconds_bucket", le="1.5") == 1
    assert (seen.value("davidagent_attempts_failed_total"), seen.value("davidagent_retries_total")) == (2, 1)
    assert seen.value("davidagent_hedges_total", winner="second") == 1
    assert seen.value("davidagent_level_changes_total", level="L2") == 1
    assert seen.value("davidagent_publications_total", sink="notify", status="done") == 1
    assert seen.value("davidagent_source_new_entries_total") == 4


async def test_what_the_senses_did_is_counted_apart_from_models(desk: StillDesk, metrics: Metrics) -> None:
    """A provider of posts that fails is no model that fails; what is read and paid has sums of its own."""

    def tell(type_: str, **data: object) -> None:
        desk.emitter.emit(Event(type=type_, at=STARTED_AT, data=data))

    read = {"brain": "sensor", "task": "read", "provider": "x", "model": "x-posts", "latency_ms": 60_000}
    tell("call_settled", **read, status="ok", reads=12, cost_usd=0.06)
    tell("call_settled", **read, status="error", reads=0, cost_usd=0.0, fault="ServerFaultError")
    tell("call_settled", **read | {"model": "made-up"}, status="unconfirmed", reads=5, cost_usd=None)
    tell("hook_delivered", source_id=1, new=3, known=1)
    tell("article_settled", outcome="paywall")
    tell("article_settled", outcome="something else")
    tell("source_polled", outcome="waiting", new=0)
    seen = await scrape(metrics)
    assert seen.value("davidagent_source_reads_total", what="x-posts") == 12
    assert seen.value("davidagent_source_reads_total", what="other") == 5
    assert seen.value("davidagent_readings_total", what="x-posts", status="error") == 1
    assert seen.value("davidagent_reading_cost_dollars_total", what="x-posts") == 0.06
    assert seen.value("davidagent_hook_deliveries_total") == 1
    assert seen.value("davidagent_source_new_entries_total") == 3
    assert seen.labels("davidagent_articles_total", "outcome") == {"paywall", "other"}
    assert seen.value("davidagent_source_polls_total", outcome="waiting") == 1
    models = ("davidagent_calls_total", "davidagent_call_faults_total", "davidagent_call_duration_seconds_count")
    assert [seen.total(name) for name in models] == [0, 0, 0]


# --- requests ---


async def test_requests_are_counted_by_template_never_by_path(desk: StillDesk, client: httpx2.AsyncClient) -> None:
    staged = await stage(desk.engine)
    for item_id in (staged.dead, staged.held, "nobody"):
        await client.get(f"/api/items/{item_id}")
    await client.get("/wp-login.php")
    await client.get("/api/items", headers={"Authorization": "Bearer wrong"})
    seen = await read(client)
    count = "davidagent_http_requests_total"
    assert seen.value(count, method="GET", route="/api/items/{item_id}", status="200") == 2
    assert seen.value(count, method="GET", route="/api/items/{item_id}", status="404") == 1
    assert seen.value(count, method="GET", route="unmatched", status="404") == 1
    assert seen.value(count, method="GET", route="/api/items", status="401") == 1
    timed = "davidagent_http_request_duration_seconds_count"
    assert seen.value(timed, method="GET", route="/api/items/{item_id}") == 3
    assert seen.value("davidagent_http_requests_in_progress") == 1


async def test_what_is_refused_before_its_route_is_looked_for_counts_as_refused(client: httpx2.AsyncClient) -> None:
    body = b"x" * (33 * 1024 * 1024)
    assert (await client.post("/api/items", content=body)).status_code == 413
    for number in range(6):
        answer = await client.post("/api/items", json={"text": f"A text of its own, number {number}.", "title": "T"})
    assert answer.status_code == 429
    seen = await read(client)
    assert seen.total("davidagent_http_requests_total", status="429", route="refused") == 1
    assert seen.total("davidagent_http_requests_total", status="413") == 1


async def test_a_fault_of_our_own_counts_as_500_and_goes_on_outwards(metrics: Metrics) -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError

    transport = httpx2.ASGITransport(app=RequestLayer(broken, metrics=metrics.requests))
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/")
    assert (await scrape(metrics)).total("davidagent_http_requests_total", status="500") == 1


async def test_long_polls_are_counted_and_not_timed(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/events/poll?after=0&wait=0")).status_code == 200
    seen = await read(client)
    assert seen.total("davidagent_http_requests_total", route="/api/events/poll") == 1
    assert seen.total("davidagent_http_request_duration_seconds_count", route="/api/events/poll") == 0


# --- bounds ---


async def test_ten_thousand_odd_words_make_no_series(desk: StillDesk, metrics: Metrics) -> None:
    """Models, providers, faults, sinks, states, paths, methods nobody has heard of: all of them are `other`."""

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def silent(_message: object) -> None:
        return

    layer = RequestLayer(answer, metrics=metrics.requests)
    before = len((await scrape(metrics)).samples)
    for number in range(ODD):
        word = f'odd {number}\n"{{}}\\'
        for type_ in ("call_settled", "call_hedged", "level_changed", "source_polled", "publication_settled"):
            desk.emitter.emit(Event(type_, STARTED_AT, from_state=word, to_state=f"{word}!", data=_odd(word)))
        for type_ in (word, "breaker_changed", "item_snoozed", "attempt_failed"):
            desk.emitter.emit(Event(type_, STARTED_AT, data=_odd(word)))
        await layer({"type": "http", "method": word, "path": f"/{word}"}, silent, silent)  # type: ignore[arg-type]
    seen = await scrape(metrics)
    assert seen.total("davidagent_calls_total", model="other", provider="other") == ODD
    assert seen.value("davidagent_http_requests_total", method="other", route="unmatched", status="404") == ODD
    assert len(seen.samples) - before < 120
    assert len(seen.samples) < MOST_SERIES
    assert "odd" not in seen.text


def _odd(word: str) -> dict[str, object]:
    keys = ("provider", "model", "task", "status", "fault", "winner", "level", "outcome", "sink", "name", "state")
    return {
        **dict.fromkeys(keys, word),
        "kind": word,
        "waits_for": word,
        "latency_ms": 5,
        "first_token_ms": 5,
        "new": 0,
    }


async def test_a_scrape_takes_little_of_the_loops_time(desk: StillDesk, metrics: Metrics) -> None:
    """Of a board with a hundred thousand items: what the loop's own thread works for it."""
    await desk.engine._writer.run(lambda transaction: transaction.execute(_MANY_ITEMS, ()).rowcount)
    await metrics.render("")
    desk.clock.set(STARTED_AT + 10)
    before = time.thread_time()
    text, _ = await metrics.render("")
    seconds = time.thread_time() - before
    assert Scrape(text.decode()).value("davidagent_items", state="QUEUED") == 100_000
    assert seconds < 0.2


_MANY_ITEMS = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
INSERT INTO items (id, state, title, available_at, created_at, updated_at)
SELECT printf('3%012d', n), 'QUEUED', 'Item ' || n, 1.0, 1.0, 1.0 FROM numbers
"""
