"""What is known of the memory without opening it."""

from pathlib import Path
from typing import Any

import pytest

from brains.llm.embedding import tokens_by_characters
from brains.memory.off import NoMemory
from brains.memory.resting import RestingMemory
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.published import recent_posts
from daemon.core.settings.models import Settings
from daemon.runtime.memory_facts import memory_facts, memory_told, told_of_memory
from daemon.runtime.remembered import remembered
from daemon.runtime.remembering import MEMORY_MODEL
from tests.fakes.staged_board import STARTED_AT, opened, stage

EMBEDDER = {"provider": "gemini", "model": "gemini-embedding-2", "api_key": "key-0000"}


def settings(home: Path, *, price: dict[str, float] | None = None, model: str | None = None, **memory: Any) -> Settings:
    configured = EMBEDDER | ({"model": model} if model else {}) | ({"price": price} if price else {})
    return Settings.model_validate({"home": home, "memory": memory, "llm": {"models": {"vectors": configured}}})


def facts(home: Path, **options: Any) -> dict[str, Any]:
    return memory_facts(BoardReader(home / "blackboard.db"), settings=settings(home, **options), now=STARTED_AT)


async def test_what_the_board_and_the_folder_say(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        staged = await stage(engine)
        waiting = facts(tmp_path)
        await engine.mark_remembered([staged.published])
        await engine.write_vital(MEMORY_MODEL, "another")
    (tmp_path / "memory" / "deeper").mkdir(parents=True)
    (tmp_path / "memory" / "deeper" / "file").write_bytes(b"12345")
    found = facts(tmp_path)
    assert (waiting["published"], waiting["remembered"], waiting["waiting"], waiting["bytes"]) == (1, 0, 1, 0)
    assert waiting["waiting_since"].startswith("2026-09-21")
    assert (found["remembered"], found["waiting"], found["waiting_since"], found["bytes"]) == (1, 0, None, 5)
    assert (found["model"], found["filled_with"]) == ("wordllama-l2-supercat-256", "another")


def test_without_a_board_nothing_is_known(tmp_path: Path) -> None:
    found = facts(tmp_path)
    assert (found["published"], found["waiting"], found["filled_with"], found["rebuild"]["posts"]) == (0, 0, None, 0)


async def test_filling_it_anew_is_free_with_our_own_model_and_has_a_price_with_a_providers(tmp_path: Path) -> None:
    """By the characters of what was published, at the configured price."""
    async with opened(tmp_path) as engine:
        await stage(engine)
    (content,) = recent_posts(tmp_path / "blackboard.db", limit=9)
    post = remembered(content)
    tokens = tokens_by_characters(f"{post.title}\n\n{post.text}")
    paid = facts(tmp_path, embeddings="gemini", price={"input_mtok": 1_000_000.0, "output_mtok": 0.0})
    assert facts(tmp_path)["rebuild"] == {"posts": 1, "tokens": 0, "cost_usd": 0.0}
    assert paid["model"] == "gemini-embedding-2"
    assert paid["rebuild"] == {"posts": 1, "tokens": tokens, "cost_usd": float(tokens)}
    assert facts(tmp_path, embeddings="gemini", model="an-embedding-nobody-sells")["rebuild"]["cost_usd"] is None


@pytest.mark.parametrize("mode", ["off", "http"])
def test_where_nothing_is_on_this_disk_no_size_is_told(tmp_path: Path, mode: str) -> None:
    found = facts(tmp_path, mode=mode, url="http://127.0.0.1:9")
    assert found["bytes"] is None
    assert (found["model"] is None) is (mode == "off")


@pytest.mark.parametrize("told", ["{}", "nonsense", "[]", '{"reason": null, "since": null}'])
def test_what_a_daemon_says_of_a_sound_memory_is_nothing(told: str) -> None:
    assert told_of_memory({"memory_told": told}) == told_of_memory({}) == {"reason": None, "since": None}


def test_what_is_away_says_why_and_since_when() -> None:
    told = told_of_memory({"memory_told": '{"reason": "gone", "since": 1790000000.0}'})
    assert told == {"reason": "gone", "since": "2026-09-21T14:13:20.000Z"}


def test_a_memory_that_rests_or_is_off_has_no_fault() -> None:
    resting = RestingMemory(NoMemory(), is_resting=lambda: True)
    assert memory_told(resting) == memory_told(NoMemory()) == {"reason": None, "since": None}
