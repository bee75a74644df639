"""What today cost, read in a browser beside a daemon at work: to the cent what `davidagent costs` says."""

import csv
import json
from collections.abc import AsyncIterator, Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from daemon.blackboard.reading import BoardReader
from daemon.core.errors import NotFoundError
from dashboard import figures
from tests.fakes.processes import (
    Daemon,
    ProviderProcess,
    command,
    dashboard_answers,
    end_all,
    free_port,
    paid_desk,
    provider_process,
    wait_for,
    write_config,
)
from tests.fakes.stories import story

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

PATIENCE_MS = 30_000
FIGURES = {"Cost": "cost_usd", "Calls": "calls", "Tokens in": "prompt_tokens", "Tokens out": "completion_tokens"}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    with provider_process(tmp_path, latency=0.01) as running:
        yield running


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def desk(tmp_path: Path, provider: ProviderProcess, port: int) -> Iterator[Callable[..., Daemon]]:
    """Processes of one desk: `desk("run")`, `desk("dashboard")`."""
    config = write_config(tmp_path, paid_desk(tmp_path, provider=provider, port=port))
    yield lambda name: Daemon(config, command=name)
    end_all()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-US", timezone_id="UTC", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


def told(daemon: Daemon, *arguments: str) -> Any:
    return json.loads(command(*arguments, "--json", config=daemon.config).stdout)


def published(home: Path) -> int:
    try:
        return BoardReader(home / "blackboard.db").counts()["PUBLISHED"]
    except NotFoundError:
        return 0


def in_words(costs: dict[str, Any]) -> dict[str, str]:
    """The figures of a document of `davidagent costs` as the page shows them."""
    return {
        label: figures.usd(costs[key]) if label == "Cost" else figures.number(costs[key])
        for label, key in FIGURES.items()
    }


def only_row(path: Path) -> dict[str, str]:
    """The one row of a file of ours."""
    (row,) = csv.DictReader(StringIO(path.read_text("utf-8-sig")))
    return row


async def shows(page: Page, wanted: dict[str, str]) -> None:
    """Wait until the first figures of the page, which are today's, are these."""
    for label, words in wanted.items():
        metric = page.get_by_test_id("stMetric").filter(has_text=label).first
        await metric.get_by_text(words, exact=True).wait_for()


async def test_todays_cost_is_what_the_command_says_and_grows_by_itself(
    desk: Callable[..., Daemon], page: Page, port: int, tmp_path: Path
) -> None:
    """Nothing is loaded anew: the page looks again; its file by model has every digit."""
    daemon, dashboard = desk("run"), desk("dashboard")
    daemon.start()
    dashboard.start()
    wait_for(lambda: published(tmp_path / "home") == 3)
    wait_for(lambda: dashboard_answers(port))
    before = told(daemon, "costs", "--day", "today")
    assert before["cost_usd"] > 0
    await page.goto(f"http://127.0.0.1:{port}/economics?days=1")
    await shows(page, in_words(before))

    posted = command("post", "--text", story(9), "--title", "Story 9x", "--json", config=daemon.config)
    assert posted.returncode == 0
    wait_for(lambda: published(tmp_path / "home") == 4)
    after = told(daemon, "costs", "--day", "today")
    assert after["cost_usd"] > before["cost_usd"]
    await shows(page, in_words(after))

    await page.reload()
    await page.get_by_role("tab", name="By model").click()
    async with page.expect_download() as found:
        await page.locator(".st-key-economics-csv-costs-by-model button").click()
    downloaded = await found.value
    assert downloaded.suggested_filename == "costs-by-model.csv"
    row = only_row(await downloaded.path())
    ((name, sums),) = after["by_model"].items()
    assert row["name"] == name
    assert {key: float(row[key]) for key in FIGURES.values()} == {key: sums[key] for key in FIGURES.values()}


async def test_no_table_gives_out_a_file_whose_cells_a_spreadsheet_computes(
    desk: Callable[..., Daemon], page: Page, port: int
) -> None:
    """A title of a feed may be a formula, and the button that every table brings writes it down as it is."""
    once, dashboard = desk("once"), desk("dashboard")
    once.start()
    assert once.wait() == 0
    dashboard.start()
    wait_for(lambda: dashboard_answers(port))
    for place in ("items", "sources"):
        await page.goto(f"http://127.0.0.1:{port}/{place}")
        table = page.get_by_test_id("stDataFrame").locator("visible=true").first
        await table.hover()
        button = page.locator("button[aria-label^='Download as CSV']").first
        await button.wait_for(state="attached")
        assert not await button.is_visible(), place


async def test_another_period_and_another_model_stand_in_a_link_that_stays(
    desk: Callable[..., Daemon], page: Page, port: int, tmp_path: Path
) -> None:
    """What was chosen is there again when the page is loaded anew."""
    once, dashboard = desk("once"), desk("dashboard")
    once.start()
    assert once.wait() == 0
    dashboard.start()
    wait_for(lambda: dashboard_answers(port))
    await page.goto(f"http://127.0.0.1:{port}/economics")
    await page.get_by_role("heading", name="Prices now").wait_for()
    await page.get_by_label("Compare with").click()
    await page.keyboard.type("openai/gpt-5-nano")
    await page.get_by_role("option", name="openai/gpt-5-nano", exact=True).click()
    await page.wait_for_url("**/economics?with=openai%2Fgpt-5-nano")
    await page.keyboard.press("Escape")
    await page.get_by_role("radio", name="30 days").click()
    await page.wait_for_url("**/economics?days=30&with=openai%2Fgpt-5-nano")
    await page.reload()
    await page.get_by_role("heading", name="The last 30 days").wait_for()
    await page.get_by_test_id("stMultiSelect").get_by_text("openai/gpt-5-nano").wait_for()
