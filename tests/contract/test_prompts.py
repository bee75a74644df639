"""What the models were asked, kept beside the calls and forgotten in time."""

from dataclasses import replace
from typing import Any

import pytest

from daemon.blackboard.prompts import Prompt
from daemon.blackboard.records import CallKind
from daemon.core.errors import BudgetExceededError
from tests.fakes.boards import Board, call

DAY = 86_400.0
ASKED = Prompt("You are careful.", "What does it say?")


async def ask(board: Board, item: str | None, asked: Prompt | None = ASKED, *, days: float = 30, **more: Any) -> int:
    begun = replace(call(item, reserved=1, **more), asked=asked)
    return await board.engine.begin_call(begun, caps={}, keep_prompt_seconds=days * DAY)


async def kept(board: Board) -> list[tuple[str, str]]:
    """`(key, prompt)` of what is kept, with its system text checked."""
    sql = "SELECT request_hash, prompt, text FROM prompts JOIN system_prompts ON system_id = system_prompts.id"
    found = await board.rows(f"{sql} ORDER BY prompts.id")
    assert all(text == ASKED.system for _, _, text in found)
    return [(key, prompt) for key, prompt, _ in found]


async def test_attempts_and_items_that_ask_the_same_share_one_row(board: Board) -> None:
    """The system text is kept once too."""
    (first, second) = await board.post("x", "y")
    for item in (first, first, second):
        await ask(board, item, request_hash="h")
    await ask(board, first, Prompt(ASKED.system, "Another?"), request_hash="i")
    assert await kept(board) == [("h", ASKED.prompt), ("i", "Another?")]
    assert await board.rows("SELECT count(*) FROM system_prompts") == [(1,)]


async def test_what_differs_under_the_same_hash_is_kept_for_its_own_call(board: Board) -> None:
    """Also every repair, whether the question itself is still kept or not."""
    (item,) = await board.post("x")
    alone = await ask(board, item, Prompt(ASKED.system, "mend this"), kind=CallKind.REPAIR, request_hash="h")
    await ask(board, item, request_hash="h")
    other = await ask(board, item, Prompt(ASKED.system, "with other memories"), request_hash="h")
    await ask(board, item, request_hash="h")
    mending = [(f"h#{alone}", "mend this"), ("h", ASKED.prompt), (f"h#{other}", "with other memories")]
    assert await kept(board) == mending


async def test_none_is_kept_for_zero_days_nor_for_what_is_no_question(board: Board) -> None:
    """And what was kept before goes."""
    (item,) = await board.post("x")
    await ask(board, item, request_hash="h")
    await ask(board, None, None, request_hash="embedding")
    assert await kept(board) == [("h", ASKED.prompt)]
    await ask(board, item, days=0, request_hash="i")
    assert await kept(board) == []


async def test_old_ones_go_a_few_at_a_time_and_their_system_texts_with_the_last(board: Board) -> None:
    """Each call forgets four of those whose time is over; calls are never touched."""
    (item,) = await board.post("x")
    for number in range(6):
        await ask(board, item, Prompt("An old system.", "old"), request_hash=f"old {number}")
    board.clock.set(board.clock.now() + 31 * DAY)
    await ask(board, item, request_hash="new 1")
    assert await board.rows("SELECT count(*) FROM prompts WHERE prompt = 'old'") == [(2,)]
    assert await board.rows("SELECT count(*) FROM system_prompts") == [(2,)]
    await ask(board, item, request_hash="new 2")
    assert await kept(board) == [("new 1", ASKED.prompt), ("new 2", ASKED.prompt)]
    assert await board.rows("SELECT count(*) FROM system_prompts") == [(1,)]
    assert await board.rows("SELECT count(*) FROM calls") == [(8,)]


async def test_text_that_is_no_text_is_kept_as_what_can_be_written(board: Board) -> None:
    """Halves of characters keep no call from being made."""
    (item,) = await board.post("x")
    await ask(board, item, Prompt(ASKED.system, "half \ud83d"), request_hash="h")
    await ask(board, item, Prompt(ASKED.system, "half \ud83d"), request_hash="h")
    assert await kept(board) == [("h", "half �")]


async def test_a_refused_call_keeps_nothing(board: Board) -> None:
    """The prompt goes in with its call or not at all."""
    (item,) = await board.post("x")
    begun = replace(call(item, reserved=100), asked=ASKED)
    with pytest.raises(BudgetExceededError):
        await board.engine.begin_call(begun, caps={"day": 1}, keep_prompt_seconds=DAY)
    assert await kept(board) == []
