"""Commands that only read."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.fakes.staged_board import Staged, opened
from tests.fakes.troubled_board import ASKED, SYSTEM, Troubled, make_trouble
from tests.integration.cli.conftest import Command, in_a_process

STATES = "QUEUED INGESTING DRAFTING REVIEWING PUBLISHING PUBLISHED DISCARDED HELD DEAD_LETTER".split()  # noqa: SIM905
ITEM_FIELDS = "id state title url source attempts round died_in error created_at updated_at cost_usd reason".split()  # noqa: SIM905


def test_status_of_a_home_without_board_is_all_zero(davidagent: Command) -> None:
    status = davidagent("status", "--json").document
    assert status["states"] == dict.fromkeys(STATES, 0)
    assert status["daemon"]["running"] is False
    assert status["level"] == "L0"
    assert set(status["today"]) == {"calls", "prompt_tokens", "completion_tokens", "cost_usd"}


def test_status_has_the_fields_of_the_contract(davidagent: Command, staged: Staged) -> None:
    status = davidagent("status", "--json").document
    wanted = {"states", "level", "daemon", "oldest_age_seconds", "today", "memory", "breakers"}
    assert wanted <= set(status)
    assert list(status["states"]) == STATES
    assert {"running", "pid", "version"} <= set(status["daemon"])
    assert status["states"]["HELD"] == 1
    assert status["memory"] in {"ok", "degraded", "off"}


def test_status_tells_a_person_what_to_do(davidagent: Command, staged: Staged) -> None:
    said = davidagent("status")
    assert said.code == 0
    assert "davidagent run" in said.out
    assert "davidagent retry --all" in said.out
    assert "\x1b" not in said.out


async def test_a_daemon_that_has_not_told_of_itself_yet_runs_without_a_version(home: Path) -> None:
    async with opened(home) as engine:
        engine.set_address("http://127.0.0.1:1")
        said = await in_a_process("status", home=home)
    assert said.out.startswith(f"DavidAgent is running (pid {os.getpid()}, http://127.0.0.1:1), level L0")


def test_items_have_exactly_the_fields_of_the_contract(davidagent: Command, staged: Staged) -> None:
    items = davidagent("items", "--json").document
    assert len(items) == 5
    assert all(list(item) == ITEM_FIELDS for item in items)


def test_a_listing_says_why_an_item_is_held(davidagent: Command, staged: Staged) -> None:
    (item,) = davidagent("items", "--state", "HELD", "--json").document
    assert item["reason"] == "a person approves every post"
    assert davidagent("show", item["id"], "--json").document["item"]["reason"] == item["reason"]
    assert item["reason"] in davidagent("items", "--state", "HELD").out


def test_a_listing_says_why_an_item_was_discarded(davidagent: Command, staged: Staged) -> None:
    (item,) = davidagent("items", "--state", "DISCARDED", "--json").document
    assert item["reason"] == "nothing to write about"


@pytest.mark.parametrize("state", ["DEAD_LETTER", "dead_letter"])
def test_items_are_chosen_by_state(davidagent: Command, staged: Staged, state: str) -> None:
    (item,) = davidagent("items", "--state", state, "--json").document
    assert item["id"] == staged.dead


def test_items_are_chosen_by_source_and_search(davidagent: Command, staged: Staged) -> None:
    assert len(davidagent("items", "--source", "Example", "--search", "held", "--json").document) == 1


def test_items_come_in_pages(davidagent: Command, staged: Staged) -> None:
    first = davidagent("items", "--limit", "3", "--json").document
    rest = davidagent("items", "--before", first[-1]["id"], "--json").document
    assert len(first) + len(rest) == 5


def test_items_of_no_board_are_none(davidagent: Command) -> None:
    assert davidagent("items", "--json").document == []
    assert davidagent("items").out == "No items.\n"


def test_a_table_off_a_terminal_is_plain_and_never_cut(davidagent: Command, staged: Staged) -> None:
    lines = davidagent("items").out.splitlines()
    assert len(lines) == 6
    assert lines[0].split() == ["id", "state", "title", "source", "age", "cost", "note"]
    assert any(
        "died in INGESTING, attempt 1, the key was refused" in line or "the key was refused" in line for line in lines
    )
    assert all(line == line.rstrip() for line in lines)


def test_show_has_the_four_parts_of_the_contract(davidagent: Command, staged: Staged) -> None:
    document = davidagent("show", staged.published, "--json").document
    assert list(document) == ["item", "artifacts", "calls", "events"]


def test_show_tells_a_person_the_whole_way(davidagent: Command, staged: Staged) -> None:
    said = davidagent("show", staged.published).out
    for words in ("The text of published", "Knowledge, round 0", "Draft, round 0 by writer", "Calls", "History"):
        assert words in said


def test_show_prints_the_traceback_of_a_dead_letter(davidagent: Command, staged: Staged) -> None:
    assert "BadKeyError: the key was refused" in davidagent("show", staged.dead).out


def test_an_unknown_item_is_one_line_and_exit_code_1(davidagent: Command, staged: Staged) -> None:
    said = davidagent("show", "nope")
    assert (said.code, said.out, said.err) == (1, "", "davidagent: there is no item nope\n")


def test_groups_show_what_dead_letters_failed_of(davidagent: Command, staged: Staged) -> None:
    (group,) = davidagent("groups", "--json").document
    assert (group["count"], group["sample"]["id"]) == (1, staged.dead)
    assert "BadKeyError|openai.py|api.example" in davidagent("groups").out


def test_costs_have_the_fields_of_the_contract(davidagent: Command, staged: Staged) -> None:
    costs = davidagent("costs", "--since", "3650d", "--json").document
    wanted = (
        "calls prompt_tokens completion_tokens cached_tokens cost_usd cost_cny by_brain by_model by_day unconfirmed_usd"
    )
    assert set(wanted.split()) <= set(costs)
    assert costs["by_model"]["quick"]["prompt_tokens"] == 100


def test_costs_of_no_board_are_zero(davidagent: Command) -> None:
    costs = davidagent("costs", "--json").document
    assert (costs["calls"], costs["cost_usd"], costs["by_day"]) == (0, 0.0, [])


def test_costs_are_told_to_a_person(davidagent: Command, staged: Staged) -> None:
    said = davidagent("costs", "--since", "3650d").out
    assert "1 call, $0.0012" in said
    assert "by model" in said


def test_a_title_cannot_drive_the_terminal(davidagent: Command) -> None:
    davidagent("post", "--title", "evil [bold]x[/bold]", "--text", "A text \x1b[31mred\x1b[0m and \u202ereversed.")
    said = davidagent("items").out + davidagent("show", davidagent("items", "--json").document[0]["id"]).out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "[bold]x[/bold]" in said


def test_one_call_is_shown_with_what_was_asked_and_answered(davidagent: Command, home: Path) -> None:
    """As text and as JSON; a call of another item is refused in a sentence."""

    async def made() -> Troubled:
        async with opened(home) as engine:
            return await make_trouble(engine)

    trouble = asyncio.run(made())
    asked, answered = (
        davidagent("show", item, "--json").document["calls"][0]["id"] for item in (trouble.slow[2], trouble.sent_back)
    )
    told = davidagent("show", trouble.slow[2], "--call", str(asked), "--json").document
    assert (told["id"], told["system"], told["prompt"]) == (asked, SYSTEM, f"{ASKED} A short one")
    said = davidagent("show", trouble.slow[2], "--call", str(asked)).out
    assert f"Prompt\n{ASKED} A short one\n" in said
    assert "Answer\nnot kept\n" in said
    assert 'Answer\n{"gist": "…"}\n' in davidagent("show", trouble.sent_back, "--call", str(answered)).out
    wrong = davidagent("show", trouble.broken, "--call", str(asked))
    assert (wrong.code, wrong.err) == (1, f"davidagent: item {trouble.broken} has no call {asked}\n")
