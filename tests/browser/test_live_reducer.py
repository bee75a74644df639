"""The pure parts of the live page: what events make of the state, and how figures are written."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.states import Step
from tests.fakes.stage import Stage, open_stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]


class Modules:
    """The page's modules, called from here."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def call(self, module: str, body: str, *given: Any) -> Any:
        """The answer of `body`, a function of the module's names in `m` and of what is given."""
        script = f"async (given) => {{ const m = await import('/live/{module}.js'); return ({body})(...given); }}"
        return await self._page.evaluate(script, list(given))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def theatre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path_factory.mktemp("theatre"), public_events=True) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def modules(theatre: Stage, browser: Browser) -> AsyncIterator[Modules]:
    """A page that runs nothing of its own: a part of the live page, opened as a text."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{theatre.address}/live/figures.js")
    yield Modules(page)
    await context.close()


def posted(event_id: int, item_id: str, title: str = "A title") -> dict[str, Any]:
    return moved(event_id, item_id, "item_posted", None, "QUEUED", {"title": title})


def moved(
    event_id: int, item_id: str | None, type_: str, from_: str | None, to: str | None, data: Any = None
) -> dict[str, Any]:
    at = "2026-11-20T10:00:00.000Z"
    return {"id": event_id, "type": type_, "at": at, "item_id": item_id, "from": from_, "to": to, "data": data or {}}


APPLY = "(events, start) => events.reduce(m.apply, { ...m.emptyState(), ...start })"


async def test_the_events_of_a_board_make_the_counts_of_the_board(theatre: Stage, modules: Modules) -> None:
    """Every verb of the engine, from the first event on."""
    await theatre.whole_way("A post")
    await theatre.post("One", "Two", "Three", "Four")
    await theatre.bury()
    await theatre.desk.engine.discard(await theatre.claim(Step.EXTRACT), reason="off topic")
    await theatre.desk.engine.release(await theatre.claim(Step.EXTRACT))
    await theatre.desk.engine.revive(by="cli")
    await theatre.read()
    await theatre.write("A draft")
    await theatre.send_back("no")
    events = _events(theatre.desk.reader)
    state = await modules.call("state", APPLY, events, {})
    assert state["states"] == theatre.counts()
    assert state["lastId"] == events[-1]["id"]
    assert {one["id"]: one["state"] for one in state["items"]} == _states(theatre)


async def test_an_item_waits_for_its_article_until_that_is_settled(modules: Modules) -> None:
    """It moves nowhere meanwhile, and events that the page does not know change nothing."""
    waiting = moved(1, "a", "item_posted", None, "QUEUED", {"title": "A title", "waits_for": "article"})
    strange = moved(2, "a", "article_of_tomorrow", None, None, {"waits_for": "rain"})
    (before,) = (await modules.call("state", APPLY, [waiting, strange], {}))["items"]
    state = await modules.call("state", APPLY, [waiting, strange, moved(3, "a", "article_settled", None, None)], {})
    (after,) = state["items"]
    assert (before["waitsFor"], after["waitsFor"]) == ("article", None)
    assert (after["state"], state["states"]["QUEUED"]) == ("QUEUED", 1)


async def test_an_event_that_comes_again_changes_nothing(modules: Modules) -> None:
    events = [posted(1, "a"), posted(2, "b"), moved(3, "a", "item_claimed", "QUEUED", "INGESTING")]
    once = await modules.call("state", APPLY, events, {})
    again = await modules.call("state", APPLY, [*events, *events, events[1]], {})
    assert once == again
    assert (once["states"]["QUEUED"], once["states"]["INGESTING"]) == (1, 1)


async def test_what_came_during_a_refetch_is_applied_to_the_new_state(modules: Modules) -> None:
    """A snapshot that is older than the last event loses nothing, and counts nothing twice."""
    events = [posted(n, f"i{n}") for n in range(1, 6)]
    snapshot = {"last_event_id": 3, "states": {"QUEUED": 3}, "items": [], "posts": [], "today": {}}
    body = """(events, snapshot) => {
      const recent = events.reduce(m.remember, m.noRecent());
      return m.rebuilt(events.reduce(m.apply, m.emptyState()), snapshot, recent);
    }"""
    state = await modules.call("state", body, events, snapshot)
    assert (state["lastId"], state["states"]["QUEUED"]) == (5, 5)
    assert [one["id"] for one in state["items"]] == ["i5", "i4"]


async def test_a_snapshot_older_than_what_is_remembered_is_not_used(modules: Modules) -> None:
    body = """(snapshot) => {
      let recent = m.noRecent();
      for (let id = 1; id <= 3 * m.MOST.recent; id += 1) recent = m.remember(recent, { id });
      return [m.rebuilt(m.emptyState(), snapshot, recent), recent.events.length <= 2 * m.MOST.recent];
    }"""
    assert await modules.call("state", body, {"last_event_id": 7}) == [None, True]


async def test_a_page_that_is_open_for_days_keeps_its_size(modules: Modules) -> None:
    body = """() => {
      let state = m.emptyState();
      let id = 0;
      const tell = (type, item_id, from, to, data) => {
        id += 1;
        state = m.apply(state, { id, type, at: "2026-11-20T10:00:00Z", item_id, from, to, data });
      };
      for (let n = 0; n < 1000; n += 1) {
        tell("item_posted", `i${n}`, null, "QUEUED", { title: "t" });
        const made = [{ kind: "knowledge", gist: "g" }, { kind: "post", title: "p", slug: `i${n}` }];
        tell("item_advanced", `i${n}`, "QUEUED", "PUBLISHED", { made });
        tell("item_rejected", `i${n}`, "PUBLISHED", "PUBLISHED", { reasons: ["r"] });
      }
      const lengths = ["items", "posts", "findings", "returns"].map((name) => state[name].length);
      return [...lengths, state.states.PUBLISHED];
    }"""
    assert await modules.call("state", body) == [60, 30, 50, 50, 1000]


async def test_items_at_work_stay_when_many_come_in(modules: Modules) -> None:
    events = [posted(1, "worked"), moved(2, "worked", "item_claimed", "QUEUED", "INGESTING")]
    events += [posted(n, f"i{n}") for n in range(3, 200)]
    state = await modules.call("state", APPLY, events, {})
    assert "worked" in [one["id"] for one in state["items"]]
    assert len(state["items"]) == 60


async def test_the_sums_begin_anew_with_the_day(modules: Modules) -> None:
    call = {"prompt_tokens": 10, "completion_tokens": 5, "cost_usd": 0.5, "model": "m", "status": "ok"}
    late = moved(1, None, "call_settled", None, None, call) | {"at": "2026-11-20T23:59:59Z"}
    early = moved(2, None, "call_settled", None, None, call) | {"at": "2026-11-21T00:00:01Z"}
    state = await modules.call("state", APPLY, [late, late | {"id": 2}, early | {"id": 3}], {})
    assert state["today"] == {"day": "2026-11-21", "calls": 1, "prompt": 10, "completion": 5, "cost": 0.5}


async def test_a_call_of_unknown_cost_counts_as_a_call(modules: Modules) -> None:
    call = {"prompt_tokens": None, "completion_tokens": None, "cost_usd": None, "model": "m", "status": "unconfirmed"}
    state = await modules.call("state", APPLY, [moved(1, None, "call_settled", None, None, call)], {})
    assert (state["today"]["calls"], state["today"]["cost"]) == (1, 0)
    assert state["models"] == [{"name": "m", "status": "fails", "changed": 1}]


async def test_a_reading_of_a_source_costs_and_is_no_model(modules: Modules) -> None:
    read = {"brain": "sensor", "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.06, "model": "x-posts"}
    told = [moved(1, None, "call_settled", None, None, read | {"status": "error"})]
    state = await modules.call("state", APPLY, told, {})
    assert (state["today"]["calls"], state["today"]["cost"], state["models"]) == (1, 0.06, [])


async def test_the_past_fills_the_lists_and_counts_nowhere(modules: Modules) -> None:
    made = {"made": [{"kind": "knowledge", "gist": "seen before"}]}
    past = moved(3, "a", "item_advanced", "INGESTING", "DRAFTING", made)
    body = """(past) => {
      const state = { ...m.emptyState(), lastId: 9 };
      return [state, m.backfilled(m.backfilled(state, [past]), [past])];
    }"""
    before, after = await modules.call("state", body, past)
    assert [one["gist"] for one in after["findings"]] == ["seen before"]
    assert after["states"] == before["states"]
    assert after["lastId"] == 9


@pytest.mark.parametrize(
    ("failures", "random", "seconds"),
    [(0, 0, 1), (1, 0, 2), (4, 0, 16), (5, 0, 30), (40, 0, 30), (0, 1, 1.2), (9, 1, 36)],
)
async def test_waits_double_from_one_to_thirty_seconds_and_are_spread(
    modules: Modules, failures: int, random: float, seconds: float
) -> None:
    found = await modules.call("figures", "(n, r) => m.backoff(n, () => r)", failures, random)
    assert found == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("usd", "text"),
    [(0, "0 ¢"), (0.00123, "0.123 ¢"), (0.0456, "4.56 ¢"), (0.4312, "43.1 ¢"), (1, "$1.00"), (1234.5, "$1,234.50")],
)
async def test_money_is_cents_below_a_dollar(modules: Modules, usd: float, text: str) -> None:
    assert await modules.call("figures", "(usd) => m.money(usd, 'en')", usd) == text


async def test_spans_and_numbers_in_both_languages(modules: Modules) -> None:
    body = """() => ["en", "zh"].flatMap(
      (l) => [m.span(59.9, l), m.span(7200, l), m.count(1234567, l), m.count(12345678, l)])"""
    assert await modules.call("figures", body) == [
        "59s", "2h", "1,234,567", "12.35M", "59秒", "2小时", "1,234,567", "1234.57万",
    ]  # fmt: skip


async def test_both_languages_say_everything(modules: Modules) -> None:
    keys, blanks = await modules.call(
        "texts",
        """() => {
          const holes = (text) => [...new Set([...text.matchAll(/\\{(\\w+)\\}/g)].map((one) => one[1]))].sort().join();
          const all = Object.values(m.TEXTS);
          const same = all.every((one) => Object.keys(one).join() === Object.keys(all[0]).join());
          return [same, Object.keys(all[0]).filter((key) => holes(m.TEXTS.en[key]) !== holes(m.TEXTS.zh[key]))];
        }""",
    )
    assert keys
    assert blanks == []


def _events(reader: BoardReader) -> list[dict[str, Any]]:
    import sqlite3

    with sqlite3.connect(f"file:{reader.path}?mode=ro", uri=True) as board:
        rows = board.execute("SELECT id, type, item_id, from_state, to_state, data FROM events ORDER BY id").fetchall()
    board.close()
    return [moved(row[0], row[2], row[1], row[3], row[4], json.loads(row[5])) for row in rows]


def _states(stage: Stage) -> dict[str, str]:
    return {one["id"]: one["state"] for one in stage.desk.reader.items(limit=100)}
