"""A daemon that others can reach says so, loudly; and a doctor and a check of the configuration do too."""

from pathlib import Path

import pytest

from tests.fakes.processes import Daemon, wait_for, write_config
from tests.integration.cli.conftest import in_a_process

REACHABLE = "0.0.0.0 can be reached from other machines"
PUBLIC = "everybody who reaches it sees, without a token"


@pytest.mark.parametrize("command", ["config", "doctor"])
async def test_it_is_said_before_it_happens(tmp_path: Path, command: str) -> None:
    config = write_config(tmp_path, {"home": "home", "api": {"host": "0.0.0.0", "public_events": True}})  # noqa: S104
    said = await in_a_process("--config", str(config), command, home=tmp_path / "home")
    for words in (REACHABLE, PUBLIC):
        assert words in said.out + said.err


def test_it_is_said_when_it_happens(tmp_path: Path) -> None:
    api = {"host": "0.0.0.0", "port": 0, "public_events": True}  # noqa: S104
    document = {"home": "home", "api": api, "memory": {"mode": "off"}, "log": {"format": "json"}}
    daemon = Daemon(write_config(tmp_path, document))
    daemon.start()
    wait_for(lambda: daemon.log.count('"event": "api_exposed"') == 2)
    daemon.stop()
    told = [line for line in daemon.log.splitlines() if '"event": "api_exposed"' in line]
    assert all('"level": "warning"' in line for line in told)
    assert REACHABLE in told[0]
    assert PUBLIC in told[1]
