"""What is secret in a source that a package reads: the package gets it, the board and the pages do not."""

import random
import sys
from pathlib import Path

import pytest

from daemon.app.senses import new_source, open_senses
from daemon.core.redaction import HIDDEN, scrub_text
from daemon.core.settings.dumping import dump_settings
from daemon.core.settings.loading import load_settings
from sensors.secret_addresses import SecretAddresses
from tests.fakes.boards import open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.packages import install

PASSWORD, KEY = "opensesame-42", "key-abcdef-77"
MODULE = """
from sensors.base import Sighting

class Gauges:
    kind = "gauges"
    def __init__(self, context):
        pass
    async def poll(self, source):
        told = f"{source.address} {source.settings['options']['api_key']}"
        source.settings["options"].clear()
        return Sighting(fetch=source.fetch, moved_to=source.address, detail={"told": str(hash(told))})
    async def close(self):
        pass
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "packages"
    install(folder, "gauging", kinds={"gauges": "gauging:Gauges"}, modules={"gauging": MODULE})
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "gauging", raising=False)
    (tmp_path / "davidagent.yaml").write_text(
        f"""
sources:
  - kind: gauges
    address: "https://reader:{PASSWORD}@river.example/bridge"
    options: {{api_key: {KEY}, unit: cm}}
"""
    )
    return tmp_path


async def test_a_package_gets_its_secrets_and_nobody_else(home: Path) -> None:
    """Every poll anew, whatever the package does with what it was given; a move is no way to the board either."""
    settings = load_settings(config=None, environ={}, cwd=home).settings
    board = await open_for_test(home / "board")
    await board.engine.sync_sources([new_source(one) for one in settings.sources])
    (kept,) = await board.engine.due_sources(limit=9, is_all=True)
    await board.engine.close()
    assert PASSWORD not in repr(kept)
    assert kept.settings["options"] == {"api_key": HIDDEN, "unit": "cm"}
    senses = open_senses(settings, clock=ManualClock(), rng=random.Random(1), readings=None)
    sensor = senses.get("gauges")
    assert sensor is not None
    seen = [await sensor.poll(kept), await sensor.poll(kept)]
    await senses.close()
    told = str(hash(f"gauges:https://reader:{PASSWORD}@river.example/bridge {KEY}"))
    assert [(one.error, one.detail.get("told"), one.moved_to) for one in seen] == [(None, told, None)] * 2


async def test_a_login_that_a_person_added_reaches_the_package(home: Path) -> None:
    """The file beside the board has it."""
    settings = load_settings(config=None, environ={}, cwd=home).settings
    address = f"gauges:https://other:{PASSWORD}@river.example/lock"
    assert SecretAddresses(settings.home).keep(address) != address
    senses = open_senses(settings, clock=ManualClock(), rng=random.Random(1), readings=None)
    assert senses.context.reveal(SecretAddresses(settings.home).keep(address)) == address
    await senses.close()


def test_the_configuration_is_shown_without_them(home: Path) -> None:
    """And no log or error tells them from then on."""
    settings = load_settings(config=None, environ={}, cwd=home).settings
    shown = dump_settings(settings)
    assert PASSWORD not in shown
    assert KEY not in shown
    assert "unit: cm" in shown
    assert scrub_text(f"it said {KEY} and {PASSWORD}") == f"it said {HIDDEN} and {HIDDEN}"
