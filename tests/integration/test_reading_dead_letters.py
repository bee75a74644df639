"""What the read side tells of dead letters, on a real board."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.prompts import Prompt
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_calls import call_in_full
from daemon.blackboard.reading.desk_dead_letters import (
    Filter,
    dead_letter_groups,
    dead_letters,
    failed_attempts,
    ids_of,
    retry_cost,
    retry_progress,
)
from daemon.blackboard.reading.events import newest_id
from daemon.blackboard.records import CallKind
from daemon.blackboard.states import State
from daemon.core.errors import NotFoundError
from tests.fakes.boards import Board, open_for_test
from tests.fakes.boards import call as call_of
from tests.fakes.troubled_board import ASKED, BROKEN, SLOW, SYSTEM, Troubled, claimed, fail, make_trouble

DAY = 86_400.0


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    board = await open_for_test(tmp_path)
    yield board
    await board.engine.close()


@pytest.fixture
async def troubled(board: Board) -> Troubled:
    return await make_trouble(board.engine)


async def test_groups_are_those_of_the_command_line(board: Board, troubled: Troubled) -> None:
    groups = dead_letter_groups(board.engine.path, per_item_usd=0.25)
    told = BoardReader(board.engine.path).dead_letter_groups()
    assert [{key: group[key] for key in told[0]} for group in groups] == told
    assert [(one["group"], one["count"], one["at_most_usd"]) for one in groups] == [(SLOW, 3, 0.75), (BROKEN, 1, 0.25)]


async def test_a_filter_means_what_fits_every_part_of_it(board: Board, troubled: Troubled) -> None:
    path = board.engine.path
    assert ids_of(path, Filter(group=SLOW), limit=10) == list(troubled.slow)
    assert ids_of(path, Filter(step=State.PUBLISHING), limit=10) == [troubled.broken]
    assert ids_of(path, Filter(search="潮位站"), limit=10) == [troubled.slow[1]]
    assert ids_of(path, Filter(search="%"), limit=10) == []
    assert ids_of(path, Filter(source_id=7), limit=10) == []
    assert ids_of(path, Filter(group=SLOW), limit=1, after=troubled.slow[0]) == [troubled.slow[1]]
    assert Filter().is_empty
    assert not Filter(search="x").is_empty


async def test_a_retry_costs_at_most_the_budget_of_each_item(board: Board, troubled: Troubled) -> None:
    cost = retry_cost(board.engine.path, Filter(), per_item_usd=0.25)
    assert cost == {"count": 4, "groups": 2, "charged_usd": 0.00645, "at_most_usd": 1.0}
    assert retry_cost(board.engine.path, Filter(), per_item_usd=None)["at_most_usd"] is None
    assert retry_cost(board.engine.path, Filter(group="none"), per_item_usd=0.25)["count"] == 0


async def test_a_page_goes_on_where_the_last_ended(board: Board, troubled: Troubled) -> None:
    first = dead_letters(board.engine.path, Filter(), limit=2)
    rest = dead_letters(board.engine.path, Filter(), before=first[-1]["id"], limit=9)
    found = [one["id"] for one in [*first, *rest]]
    assert found == sorted([*troubled.slow, troubled.broken], reverse=True)
    assert first[0]["failure_group"] == BROKEN


async def test_every_failed_attempt_is_told_with_its_traceback(board: Board, troubled: Troubled) -> None:
    events = failed_attempts(board.engine.path, troubled.slow[0])
    assert [event["type"] for event in events] == ["attempt_failed"] * 3 + ["item_buried"]
    assert all("Traceback" in event["data"]["failure"]["traceback"] for event in events)


async def test_a_group_that_fails_anew_after_a_retry_is_flagged(board: Board, troubled: Troubled) -> None:
    assert [group["again"] for group in dead_letter_groups(board.engine.path, per_item_usd=None)] == [0, 0]
    await board.engine.revive(ids=[troubled.slow[0]], by="test")
    while (claim := await claimed(board.engine)).item.id != troubled.slow[0]:
        continue
    await fail(board.engine, claim)
    again = {group["group"]: group["again"] for group in dead_letter_groups(board.engine.path, per_item_usd=None)}
    assert again == {SLOW: 1, BROKEN: 0}


async def test_progress_counts_those_of_the_click_alone(board: Board, troubled: Troubled) -> None:
    path, engine = board.engine.path, board.engine
    await engine.revive(ids=[troubled.slow[2]], by="before")
    before = newest_id(path)
    await engine.revive(ids=[troubled.slow[0], troubled.broken], by="click")
    upto = newest_id(path)
    assert retry_progress(path, after=before, upto=upto) | {"dead_letters": []} == _counts(revived=2, waiting=2)
    claim = await claimed(engine)
    assert claim.item.id == troubled.broken
    assert retry_progress(path, after=before, upto=upto) == _counts(revived=2, waiting=1, working=1)
    await fail(engine, claim, group=BROKEN)
    progress = retry_progress(path, after=before, upto=upto)
    assert (progress["dead"], [one["id"] for one in progress["dead_letters"]]) == (1, [troubled.broken])


async def test_a_call_in_full_has_its_answer(board: Board, troubled: Troubled) -> None:
    document = BoardReader(board.engine.path).item(troubled.sent_back)
    call = call_in_full(board.engine.path, document["calls"][0]["id"], item_id=troubled.sent_back)
    assert call["answer"] == '{"gist": "…"}'
    assert {key: call[key] for key in document["calls"][0]} == document["calls"][0]


async def test_a_call_of_another_item_is_not_told(board: Board, troubled: Troubled) -> None:
    call = BoardReader(board.engine.path).item(troubled.sent_back)["calls"][0]["id"]
    with pytest.raises(NotFoundError, match="has no call"):
        call_in_full(board.engine.path, call, item_id=troubled.broken)


async def test_a_call_in_full_says_what_was_asked(board: Board, troubled: Troubled) -> None:
    """Word for word for one that was sent; None for one that was entered complete, as local ones are."""
    path, sent = board.engine.path, BoardReader(board.engine.path).item(troubled.slow[2])["calls"]
    for one in sent:
        call = call_in_full(path, one["id"], item_id=troubled.slow[2])
        assert (call["system"], call["prompt"]) == (SYSTEM, f"{ASKED} A short one")
    local = BoardReader(path).item(troubled.sent_back)["calls"][0]["id"]
    told = call_in_full(path, local, item_id=troubled.sent_back)
    assert (told["system"], told["prompt"]) == (None, None)


async def test_each_call_tells_its_own_prompt(board: Board) -> None:
    """A repair never tells the question's, nor a call what was asked after it."""
    (item,) = await board.post("x")

    async def asked(prompt: str, **more: Any) -> int:
        begun = replace(call_of(item, **more), asked=Prompt(SYSTEM, prompt))
        return await board.engine.begin_call(begun, caps={}, keep_prompt_seconds=DAY)

    def told(call_id: int) -> str | None:
        prompt: str | None = call_in_full(board.engine.path, call_id, item_id=item)["prompt"]
        return prompt

    first, again = await asked("question"), await asked("question")
    other, repair = await asked("question with memories"), await asked("mend", kind=CallKind.REPAIR)
    assert [told(one) for one in (first, again, other, repair)] == [
        "question",
        "question",
        "question with memories",
        "mend",
    ]
    board.clock.set(board.clock.now() + DAY + 1)
    late = await asked("question anew")
    assert told(late) == "question anew"
    assert [told(one) for one in (first, again, other, repair)] == [None] * 4


def _counts(**told: int) -> dict[str, object]:
    parts = ("published", "dead", "held", "discarded", "working", "waiting")
    return {"revived": 0, **dict.fromkeys(parts, 0), "dead_letters": [], **told}
