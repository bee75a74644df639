"""`davidagent chaos`."""

import asyncio
import json
from pathlib import Path

import pytest

from daemon.api.server import ApiServer
from daemon.runtime.remote import RemoteActions
from tests.fakes.desk import TOKEN, open_still_desk
from tests.integration.cli.conftest import Command


def test_it_is_off_until_somebody_turns_it_on(davidagent: Command) -> None:
    assert davidagent("chaos").out == "Chaos is off.\n"
    assert davidagent("chaos", "--json").document["on"] is False


def test_on_is_shown_loudly_and_off_ends_it(davidagent: Command) -> None:
    """What is not named is as in the configuration; the next command sees it too."""
    on = davidagent("chaos", "on", "--network-errors", "0.3", "--memory-down", "--for", "10m", "--json").document
    assert (on["on"], on["faults"]["network_errors"], on["faults"]["memory_down"]) == (True, 0.3, True)
    assert on["faults"]["rate_limits"] == 0.05
    shown = davidagent("chaos", "status").out
    assert shown.startswith("CHAOS IS ON until ")
    assert "davidagent chaos off" in shown
    assert davidagent("chaos", "off").out == "Chaos is off.\n"
    assert davidagent("chaos", "status", "--json").document["on"] is False


def test_every_setting_is_shown_with_its_unit(davidagent: Command) -> None:
    lines = davidagent("chaos", "on", "--network-errors", "0.125", "--memory-down").out.splitlines()[1:]
    assert [line.split(maxsplit=1) for line in lines if line.split()[0] == "seed"] == [["seed", "1"]]
    shown = {line[:17].strip(): line[17:].strip() for line in lines}
    assert shown["network errors"] == "12.5% of the calls"
    assert shown["garbage"] == "2% of the calls"
    assert (shown["latency"], shown["retry after"]) == ("0.5 to 3 s", "2 s")
    assert shown["memory down"] == "yes"


@pytest.mark.parametrize(
    "arguments", [("--network-errors", "1.5"), ("--for", "soon"), ("--for", "0s"), ("--seed", "x"), ("--nonsense",)]
)
def test_what_makes_no_sense_is_wrong_use(davidagent: Command, arguments: tuple[str, ...]) -> None:
    assert davidagent("chaos", "on", *arguments).code == 2
    assert davidagent("chaos", "--json").document["on"] is False


def test_the_daemon_is_asked_when_it_runs(tmp_path: Path) -> None:
    """The same verbs through its API."""

    async def told() -> list[dict[str, object]]:
        async with open_still_desk(tmp_path) as desk:
            server = ApiServer(desk, host="127.0.0.1", port=0)
            async with RemoteActions(await server.start(), token=TOKEN) as remote:
                documents = [
                    await remote.chaos_on({"garbage": 0.5}, for_seconds=60),
                    await remote.chaos_status(),
                    await remote.chaos_off(),
                ]
            await server.stop()
        return documents

    on, status, off = asyncio.run(told())
    assert json.dumps(on) == json.dumps(status)
    assert (on["on"], off["on"]) == (True, False)
