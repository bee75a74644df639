"""`davidagent level`, and the level in `status`."""

import asyncio
from pathlib import Path

import pytest

from daemon.api.server import ApiServer
from daemon.cli.level import banner
from daemon.runtime.remote import RemoteActions
from tests.fakes.desk import TOKEN, open_still_desk
from tests.integration.cli.conftest import Command


def test_without_a_daemon_it_is_normal(davidagent: Command) -> None:
    assert davidagent("level").out.splitlines()[0] == "Level L0: normal"
    assert davidagent("level", "--json").document["level"] == "L0"


def test_what_is_set_is_kept_for_the_next_start_and_shown(davidagent: Command) -> None:
    """`status` says it in words, with what ends it."""
    done = davidagent("level", "l3", "--for", "30m", "--why", "moving the disk", "--json").document
    assert (done["level"], done["by"], done["reason"]) == ("L3", "cli", "moving the disk")
    shown = davidagent("level", "show").out
    assert "sources are read on" in shown
    assert "moving the disk" in shown
    status = davidagent("status")
    assert "LEVEL L3: sources are read on" in status.out
    assert "davidagent level auto ends it" in status.out
    document = davidagent("status", "--json").document
    assert (document["level"], document["level_told"]["by"]) == ("L3", "cli")
    assert davidagent("level", "auto").out.startswith("Level L0")
    assert "LEVEL" not in davidagent("status").out


@pytest.mark.parametrize(
    "arguments", [("L4",), ("normal",), ("L1", "--for", "soon"), ("L1", "--for", "0s"), ("auto", "--for", "1m")]
)
def test_what_makes_no_sense_is_wrong_use(davidagent: Command, arguments: tuple[str, ...]) -> None:
    assert davidagent("level", *arguments).code == 2
    assert davidagent("level", "--json").document["level"] == "L0"


def test_once_takes_up_nothing_in_l3_and_says_what_ends_it(davidagent: Command) -> None:
    """What was posted stays where it is; after auto it is worked off. A level by hand is no secret of the run."""
    davidagent("level", "L3")
    davidagent("post", "--text", "Harbor Robotics opened a plant. The plant employs 1,240 people in Rotterdam.")
    once = davidagent("once")
    assert "davidagent level auto, for L3 is set" in once.err
    assert davidagent("status", "--json").document["states"]["QUEUED"] == 1
    davidagent("level", "auto")
    davidagent("once")
    assert davidagent("status", "--json").document["states"]["QUEUED"] == 0


def test_the_daemon_is_asked_when_it_runs(tmp_path: Path) -> None:
    async def told() -> list[dict[str, object]]:
        async with open_still_desk(tmp_path) as desk:
            server = ApiServer(desk, host="127.0.0.1", port=0)
            async with RemoteActions(await server.start(), token=TOKEN) as remote:
                documents = [
                    await remote.set_level("L1", for_seconds=60, why="trying it"),
                    await remote.level_status(),
                    await remote.set_level("auto", for_seconds=None, why=""),
                ]
            await server.stop()
        return documents

    set_, status, auto = asyncio.run(told())
    assert set_ == status
    assert (set_["level"], set_["by"], auto["level"], auto["by"]) == ("L1", "cli", "L0", "auto")


@pytest.mark.parametrize(("level", "todo"), [("L1", "ends by itself"), ("L2", "breakers"), ("L3", "free the disk")])
def test_each_level_of_the_rules_has_its_banner(level: str, todo: str) -> None:
    told = {"level": level, "since": None, "reason": "9 of 9 calls failed", "by": "auto", "until": None}
    assert banner({**told}).startswith(f"LEVEL {level}: ")
    assert "(9 of 9 calls failed)" in banner({**told})
    assert todo in banner({**told})
    assert banner({**told, "level": "L0"}) == ""
