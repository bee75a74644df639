"""`davidagent feedback`: the same answers as the API, with and without a daemon."""

import asyncio
from pathlib import Path

import httpx2

from daemon.api.app import create_app
from tests.fakes.desk import TOKEN, open_still_desk
from tests.fakes.staged_board import Staged
from tests.integration.cli.conftest import Command


async def listed(home: Path) -> object:
    async with open_still_desk(home) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as api:
            return (await api.get("/api/feedback")).json()


def test_feedback_is_given_listed_and_withdrawn(davidagent: Command, staged: Staged, home: Path) -> None:
    """What is listed is what the API lists; a second withdrawal finds nothing."""
    words = ("--sentence", "Words.", "--why", "dull", "--corrected", "Facts.")
    given = davidagent("feedback", "give", staged.published, "down", *words, "--json").document
    assert (given["about"], given["passage"], given["by"]) == ("sentence", "Words.", "cli")
    found = davidagent("feedback", "list", "--json").document
    assert found["feedback"] == [given]
    assert found == davidagent("feedback", "--json").document == asyncio.run(listed(home))
    number = str(given["id"])
    assert davidagent("feedback", "withdraw", number, "--json").document == {"withdrawn": 1}
    assert davidagent("feedback", "withdraw", number, "--json").document == {"withdrawn": 0}


def test_what_a_person_reads(davidagent: Command, staged: Staged) -> None:
    """One line for each verdict, the sums below."""
    assert "davidagent feedback give ID up" in davidagent("feedback").out
    said = davidagent("feedback", "give", staged.published, "up")
    assert said.out.startswith("Noted as number 1.")
    davidagent("feedback", "give", staged.held, "down", "--corrected", "Better.")
    table = davidagent("feedback", "list").out
    assert "should be: Better." in table
    assert table.endswith("1 up, 1 down, 1 correction\n")
    assert "--at " in davidagent("feedback", "list", "--limit", "1").out
    assert "sources" not in table
    assert "50%" in davidagent("sources").out


def test_what_makes_no_sense_is_exit_code_2_or_1(davidagent: Command, staged: Staged) -> None:
    """Wrong use is 2; what is not there is 1."""
    both = davidagent("feedback", "give", staged.held, "down", "--sentence", "a", "--claim", "b")
    assert (both.code, "either --sentence or --claim" in both.err) == (2, True)
    assert davidagent("feedback", "give", staged.held, "sideways").code == 2
    assert davidagent("feedback", "give", staged.held, "down", "--sentence", "Not there.").code == 2
    assert davidagent("feedback", "give", "nope", "down").code == 1
    assert davidagent("feedback", "give", staged.queued, "down").code == 1
