"""How the live page keeps its connection: restarts, proxies that cut or swallow streams, another board."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, Route

from daemon.blackboard.states import Step
from tests.browser.conftest import Visit, Visitor, is_live, shows_counts
from tests.fakes.stage import Stage, open_stage
from tests.fakes.stream_proxy import StreamProxy, Streams, stream_proxy

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

Watch = Callable[..., Awaitable[Visitor]]
LOST = "ERR_|Failed to load resource"


async def test_after_a_restart_the_state_is_right_and_nothing_is_shown_twice(stage: Stage, watch: Watch) -> None:
    visitor = await watch(has_clock=True)
    visitor.expects(LOST)
    page = visitor.page
    await stage.whole_way("Before")
    await page.wait_for_selector("#posts li")
    await stage.close()
    await page.wait_for_selector("#connection[data-is=reconnecting], #connection[data-is=trying]")
    await stage.whole_way("Meanwhile")
    await stage.open()
    await _pass_until(page, "#connection[data-is=live]")
    await stage.whole_way("After")
    await shows_counts(page, stage.counts())
    assert await page.locator("#posts .headline").all_inner_texts() == ["After", "Meanwhile", "Before"]
    assert await page.locator("#found li.entry").count() == 3
    ids = await page.eval_on_selector_all(".card", "(all) => all.map((one) => one.dataset.id)")
    assert max(Counter(ids).values()) == 1
    assert await page.inner_text("#calls") == "12"


async def test_without_a_connection_it_does_not_say_that_all_is_well(stage: Stage, watch: Watch) -> None:
    """A short break is not worth a word; a longer one is told, and taken back when the connection is there again."""
    visitor = await watch(has_clock=True)
    visitor.expects(LOST)
    page = visitor.page
    assert await page.inner_text("#level-words") == "All is well."
    await stage.close()
    await page.wait_for_selector("#connection[data-is=reconnecting], #connection[data-is=trying]")
    assert await page.inner_text("#level-words") == "All is well."
    await _pass_until(page, "#notice[data-away=true]")
    assert (await page.inner_text("#level-words")).startswith("No connection. This is how it was at ")
    await stage.open()
    await _pass_until(page, "#notice[data-away=false]")
    assert await page.inner_text("#notice p") == "Level L0 All is well."


async def test_a_server_that_dies_again_and_again_is_no_reason_to_poll(stage: Stage, visit: Visit) -> None:
    """A stream that ended with the server, before anything came, says nothing of the way to it."""
    async with stream_proxy(stage.address) as proxy:
        visitor = await visit(proxy.address, browser_pass=stage.desk.access.browser_pass, has_clock=True)
        visitor.expects(LOST)
        await is_live(visitor.page)
        for _ in range(4):
            proxy.is_down = True
            proxy.end()
            await visitor.page.wait_for_selector("#connection[data-is=reconnecting]")
            proxy.is_down = False
            await _pass_until(visitor.page, "#connection[data-is=live]", step_ms=500)


@pytest.mark.parametrize(
    "mode",
    [
        Streams.CUT,
        pytest.param(Streams.SWALLOW, marks=pytest.mark.soak),
        pytest.param(Streams.HOLD_BODY, marks=pytest.mark.soak),
    ],
)
async def test_where_streams_do_not_come_through_it_polls_and_goes_back(
    stage: Stage, visit: Visit, mode: Streams
) -> None:
    async with stream_proxy(stage.address) as proxy:
        proxy.streams = mode
        visitor = await visit(proxy.address, browser_pass=stage.desk.access.browser_pass, has_clock=True)
        visitor.expects(LOST)
        page = visitor.page
        if mode is Streams.HOLD_BODY:
            await is_live(page)
            await stage.post("Swallowed")
        await _pass_until(page, "#connection[data-is=polling]")
        assert await page.inner_text("#connection span") == "polling every 3 s"
        await stage.whole_way("Came by polling")
        await _pass_until(page, "#posts li", step_ms=3_000)
        await shows_counts(page, stage.counts())
        proxy.streams = Streams.PASS
        await _comes_back(page, proxy)
        await stage.whole_way("Came by the stream")
        await shows_counts(page, stage.counts())
        assert await page.locator("#posts li").count() == 2


async def test_a_board_that_is_another_one_is_shown_from_its_own_beginning(
    tmp_path: Path, stage: Stage, watch: Watch
) -> None:
    """A backup that was put back knows less than the page: the server says `resync`, and the page begins anew."""
    visitor = await watch(has_clock=True)
    visitor.expects(LOST)
    await stage.whole_way("Of the old board")
    await visitor.page.wait_for_selector("#posts li")
    async with open_stage(tmp_path / "other", titles=["Of the new board"]) as other:
        await other.take_over(stage)
        await _pass_until(visitor.page, "#connection[data-is=live]")
        await _pass_until(visitor.page, "[data-state=QUEUED] .card")
        await shows_counts(visitor.page, other.counts())
        assert await visitor.page.locator("#posts li, #found li").count() == 0
        await other.read()
        await shows_counts(visitor.page, other.counts())


async def test_an_item_nobody_has_heard_of_gets_its_title_soon(stage: Stage, watch: Watch) -> None:
    """On a full board older ones go on, which the page was not told of; only the first claim names its item."""
    await stage.post("Unheard of")
    await stage.read()
    page = (await watch(has_clock=True)).page
    await page.route("**/api/live", _without_items)
    await page.reload()
    await is_live(page)
    await stage.claim(Step.DRAFT)
    await page.wait_for_selector("[data-state=DRAFTING] .card")
    assert "An item (" in await page.inner_text(".card .title")
    await page.unroute("**/api/live")
    await page.clock.run_for(21_000)
    await page.wait_for_function("() => document.querySelector('.card .title').textContent === 'Unheard of'")


async def test_a_hidden_tab_catches_up_at_once_when_it_is_looked_at(stage: Stage, watch: Watch) -> None:
    page = (await watch()).page
    await page.evaluate(_HIDE, True)
    await stage.whole_way("Unseen")
    await page.wait_for_timeout(300)
    assert await page.locator("#posts li").count() == 0
    await page.evaluate(_HIDE, False)
    assert await page.locator("#posts li").count() == 1


async def _pass_until(page: Page, selector: str, *, step_ms: int = 1_000) -> None:
    """Let the page's time pass in steps until it shows something; answers of the network come in between."""
    for _ in range(90):
        if await page.locator(selector).count():
            return
        await page.clock.run_for(step_ms)
    raise AssertionError(await page.inner_text("#connection"))


async def _without_items(route: Route) -> None:
    document = await (await route.fetch()).json()
    await route.fulfill(json={**document, "items": []})


async def _comes_back(page: Page, proxy: StreamProxy) -> None:
    asked = proxy.asked_for_stream
    await _pass_until(page, "#connection[data-is=live]", step_ms=3_000)
    assert proxy.asked_for_stream == asked + 1


_HIDE = """(isHidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
