"""The memory page, on a real memory that is opened by the command that a dashboard without a daemon uses."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.core.clock import SystemClock
from daemon.runtime.remembering import MEMORY_MODEL
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.staged_board import Staged, opened, stage

pytestmark = pytest.mark.soak

Open = Callable[..., Any]
BUTTON = "memory.rebuild"


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """The memory page on the home of the test: `open_page(query=…, MEMORY__MODE="off")`."""

    def opened_page(**options: Any) -> Any:
        return open_app(tmp_path, monkeypatch=monkeypatch, page="memory", **options)

    return opened_page


def set_up(home: Path, **vital: str) -> Staged:
    """A board with one published post, and what a daemon has written of itself on it."""

    async def made() -> Staged:
        async with opened(home, clock=SystemClock()) as engine:
            staged = await stage(engine)
            for name, value in vital.items():
                await engine.write_vital(name, value)
            return staged

    return asyncio.run(made())


def figures_of(app: Any) -> dict[str, str]:
    """The figures of the page, by their labels."""
    return {one.label: one.value for one in app.main.metric}


def test_what_was_published_is_put_in_anew_and_found_by_its_meaning(tmp_path: Path, open_page: Open) -> None:
    """It says that it is free, fills the memory, and then a search leads to the item."""
    set_up(tmp_path)
    app = open_page()
    assert figures_of(app)["Posts remembered"] == "0"
    assert figures_of(app)["Waiting to enter"] == "1"
    assert "The memory is closed, because no daemon runs." in texts_of(app)
    assert "That is free" in texts_of(app)
    app.button(key=BUTTON).click().run()
    assert "The memory is emptied; 1 post goes in." in texts_of(app)
    assert figures_of(app)["Posts remembered"] == "1"
    assert figures_of(app)["Embedding model"] == "wordllama-l2-supercat-256"
    assert figures_of(app)["On disk"].endswith("KB")
    app.text_input(key="memory.field").set_value("a post of words").run()
    assert dict(app.query_params) == {"q": "a post of words"}
    (found,) = [one for one in app.get("page_link") if one.label == ":primary[A post]"]
    assert found.proto.query_string == "id=x"
    assert "Similarity" in texts_of(app)


def test_a_memory_that_is_off_says_what_that_means(tmp_path: Path, open_page: Open) -> None:
    """Nothing to search, nothing to fill, in either language."""
    set_up(tmp_path)
    app = open_page(MEMORY__MODE="off", locale="zh-CN")
    assert "记忆已关闭" in texts_of(app)
    assert not app.text_input
    assert BUTTON not in [one.key for one in app.button]


def test_what_filling_it_anew_costs_is_said_before(tmp_path: Path, open_page: Open) -> None:
    """At the configured price; and that another model has filled it."""
    set_up(tmp_path, **{MEMORY_MODEL: "wordllama-l2-supercat-256"})
    model = {"provider": "gemini", "model": "my-embedding", "api_key": "k"}
    priced = {"vectors": model | {"price": {"input_mtok": 1_000_000.0, "output_mtok": 0.0}}}
    app = open_page(MEMORY__EMBEDDINGS="gemini", LLM__MODELS=json.dumps(priced))
    words = texts_of(app)
    assert "That costs about" in words
    assert "a provider's, paid by tokens" in words
    assert "was filled with" in "\n".join(one.value for one in app.warning)


def test_a_search_that_fails_says_why(tmp_path: Path, open_page: Open) -> None:
    """A server that is not there."""
    set_up(tmp_path)
    app = open_page(query={"q": "tides"}, MEMORY__MODE="http", MEMORY__URL="http://127.0.0.1:9", MEMORY__TIMEOUT="0.2")
    assert [one.value for one in app.error if one.value.startswith("The memory cannot be searched: ")]
    assert "kept by a Chroma server" in texts_of(app)
    assert not app.exception


def test_without_a_board_it_says_how_to_get_one(open_page: Open) -> None:
    app = open_page()
    assert "There is no board yet" in texts_of(app)
    assert not app.text_input


def test_a_memory_that_is_away_says_since_when_why_and_what_becomes_of_posts(tmp_path: Path, open_page: Open) -> None:
    """As the daemon tells it, which holds the board here, in the person of the test."""
    at = time.time() - 3600

    async def look() -> Any:
        async with opened(tmp_path, clock=SystemClock()) as engine:
            await stage(engine)
            await engine.write_vital("memory", "degraded")
            await engine.write_vital("memory_told", json.dumps({"reason": "no *answer*", "since": at}))
            engine.set_address("http://127.0.0.1:9")
            return await asyncio.to_thread(open_page)

    app = asyncio.run(look())
    (said,) = [one.value for one in app.main.warning if "The memory is away since" in one.value]
    assert "no \\*answer\\*" in said
    assert "1 waiting to enter when it is back" in said
