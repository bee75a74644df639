"""Kinds of sources that packages add: found without importing them, and never more harmful than a source that fails."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.records import Source
from daemon.core.settings.models import SensorSettings
from sensors.base import Sighting
from sensors.context import open_context
from sensors.plugins.installed import installed_kinds, missing_kind
from sensors.plugins.sensor import PluginSensor
from sensors.remedies import ailment_of
from sensors.senses import Senses
from tests.fakes.clock import ManualClock
from tests.fakes.feeds import source
from tests.fakes.packages import ROOT, install

DEAF = (
    "sys.modules[__name__].free = getattr(sys.modules[__name__], 'free', None) or asyncio.Event()\n"
    "        while not sys.modules[__name__].free.is_set():\n"
    "            try:\n"
    "                await sys.modules[__name__].free.wait()\n"
    "            except asyncio.CancelledError:\n"
    "                pass\n"
    "        return Sighting(fetch=source.fetch)"
)
"""The body of a poll that swallows its cancellation until its module's `free` is set."""


HEAD = """
import asyncio, sys
from dataclasses import replace
from daemon.blackboard.records import FetchState, Identity, Observation
from sensors.base import Sighting

class Tides:
    kind = "tides"
    def __init__(self, context):
        self.context = context
        self.closed = False
    async def close(self):
        self.closed = True
"""


class Bench:
    """A folder on the path, the senses, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.context = open_context(SensorSettings(every=600), clock=self.clock, rng=random.Random(1))
        self.senses = Senses(self.context, sensors={})
        self.modules: list[str] = []

    def add(self, name: str, poll: str, *, kind: str = "tides", head: str = HEAD) -> None:
        """Install a package whose sensor polls like this."""
        self.modules.append(_module(name))
        body = f"    async def poll(self, source):\n        {poll}\n" if poll else ""
        install(self.folder, name, kinds={kind: f"{_module(name)}:Tides"}, modules={_module(name): head + body})

    async def poll(self, asked: Source | None = None) -> Sighting:
        sensor = self.senses.get("tides")
        assert sensor is not None
        return await sensor.poll(asked or TIDES)


TIDES = source("tides:bridge", kind="tides", every_seconds=120.0)


def _module(name: str) -> str:
    return name.replace("-", "_")


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.syspath_prepend(str(tmp_path))
    made = Bench(tmp_path)
    yield made
    await made.senses.close()
    for name in made.modules:
        sys.modules.pop(name, None)


def unharmed(seen: Sighting, words: str) -> None:
    """The source failed, in these words, is tried again later, and what would help is known."""
    assert (seen.outcome, seen.observations) == ("failed", ())
    assert words in (seen.error or "")
    assert seen.fetch.errors_in_row == 1
    assert seen.fetch.last_error == seen.error
    assert seen.fetch.next_fetch_at > 1_790_000_000.0


async def test_looking_what_is_there_imports_nothing(bench: Bench) -> None:
    """Kind, package and target are told from the metadata alone."""
    bench.add("one-tide", "", head="raise SystemExit('imported')\n")
    found = installed_kinds()["tides"]
    assert (found.package, found.target, found.fault) == ("one-tide 1.0", "one_tide:Tides", None)
    assert missing_kind("tides") is None
    assert "one_tide" not in sys.modules


async def test_a_packages_sensor_is_polled_and_closed(bench: Bench) -> None:
    """It is built once, with our context; what it leaves out is added."""
    bench.add(
        "two-tides",
        "return Sighting(fetch=replace(source.fetch, etag='x', extra={'cursor': 7}), observations=[Observation("
        "title='High <b>tide</b>\\u200b', text='At noon\\ud800.', url='https://example.org/1?utm_source=y',"
        " tags=('a', 'a', ''))])",
    )
    seen = await bench.poll()
    (one,) = seen.observations
    assert (one.title, one.text, one.url, one.tags) == ("High tide", "At noon.", "https://example.org/1", ("a",))
    assert [key.key for key in one.identities] == ["link:example.org/1"]
    fetch = seen.fetch
    assert (fetch.etag, fetch.extra["cursor"], fetch.errors_in_row, fetch.last_success_at) == (
        "x",
        7,
        0,
        bench.clock.now(),
    )
    assert 120 <= fetch.next_fetch_at - bench.clock.now() <= 132
    assert fetch.next_fetch_reason == "every 2 min, as configured for it"
    assert (seen.outcome, seen.entries, fetch.last_item_at) == ("read", 1, bench.clock.now())
    wrapper = bench.senses.get("tides")
    assert isinstance(wrapper, PluginSensor)
    inner: Any = wrapper._sensor
    assert inner.context is bench.context
    await wrapper.close()
    assert inner.closed


async def test_the_time_of_the_newest_item_is_that_of_a_change(bench: Bench) -> None:
    """The same observations again are nothing new; the sensor's own plan for the next look stands."""
    bench.add(
        "plan-tides",
        "at = self.context.clock.now() + 77\n"
        "        return Sighting(fetch=replace(source.fetch, next_fetch_at=at, next_fetch_reason='mine'),"
        " observations=[Observation(title='T', text='x')])",
    )
    first = await bench.poll()
    await bench.clock.advance(1000)
    again = await bench.poll(replace(TIDES, fetch=first.fetch))
    assert again.fetch.last_item_at == first.fetch.last_item_at == bench.clock.now() - 1000
    assert (again.fetch.next_fetch_at, again.fetch.next_fetch_reason) == (bench.clock.now() + 77, "mine")


async def test_a_source_without_its_package_says_so(bench: Bench) -> None:
    """And works once the package is there, without a new start."""
    seen = await bench.poll()
    unharmed(seen, "no sensor for sources of kind 'tides': no installed package adds it")
    assert ailment_of(seen.error or "").name == "no_sensor"
    bench.add("late-tides", "return Sighting(fetch=source.fetch, outcome='unchanged')")
    assert (await bench.poll()).outcome == "unchanged"


@pytest.mark.parametrize(
    ("name", "head", "words"),
    [
        ("broken-a", "import nothing_of_that_name\n", "cannot be loaded: ModuleNotFoundError"),
        ("broken-b", "raise SystemExit(3)\n", "cannot be loaded: SystemExit: 3"),
        ("broken-c", "this is no Python\n", "cannot be loaded: SyntaxError"),
        ("broken-d", "Tides = 5\n", "builds no sensor: it cannot be called"),
        ("broken-e", "def Tides(context):\n    raise KeyError('x')\n", "cannot build its sensor: KeyError"),
        ("broken-f", "def Tides(context):\n    return None\n", "builds a sensor of kind None, not 'tides'"),
        ("broken-g", "class Tides:\n    kind = 'tides'\n    def __init__(self, c): ...\n", "without poll and close"),
        ("broken-h", "Other = 1\n", "cannot be loaded: AttributeError"),
    ],
)
async def test_a_package_that_cannot_be_loaded_fails_its_sources(
    bench: Bench, name: str, head: str, words: str
) -> None:
    """In words, with the package's name; nothing else notices."""
    bench.add(name, "", head=head)
    seen = await bench.poll()
    unharmed(seen, words)
    assert f"the package {name} 1.0" in (seen.error or "")
    assert ailment_of(seen.error or "").name == "package"


@pytest.mark.parametrize(
    ("name", "poll", "words"),
    [
        ("odd-a", "return None", "answered NoneType, which is no Sighting"),
        ("odd-b", "raise RuntimeError('api_key=abcdefghijklmnopqrstuvwx')", "failed: RuntimeError"),
        ("odd-c", "sys.exit(1)", "wanted to end the program"),
        ("odd-d", "return Sighting(fetch=source.fetch, outcome='fine')", "answered the outcome 'fine'"),
        ("odd-e", "return Sighting(fetch=source.fetch, observations=['x'])", "answered str among its observations"),
        ("odd-f", "return Sighting(fetch=source.fetch, observations=5)", "answered no sequence"),
        ("odd-g", "return Sighting(fetch=replace(source.fetch, extra={'x': object()}))", "fetch.extra that is not fit"),
        ("odd-h", "return Sighting(fetch=None)", "which is no Sighting"),
        ("odd-i", "raise asyncio.CancelledError", "gave up its poll"),
        ("odd-j", "return Sighting(fetch=source.fetch, observations=[Observation('', ' ')])", "without a title"),
        (
            "odd-k",
            "return Sighting(fetch=source.fetch, observations=[Observation('t', 'x', identities=(1,))])",
            "no key",
        ),
        ("odd-l", "return Sighting(fetch=source.fetch, outcome='failed', error='the tide is out')", "the tide is out"),
        ("odd-m", "return Sighting(fetch=replace(source.fetch, extra={'x': 'y' * 2_000_000}))", "are kept"),
    ],
)
async def test_an_odd_answer_is_the_sources_failure(bench: Bench, name: str, poll: str, words: str) -> None:
    """Whatever a sensor does, its source fails in words, and secrets in them are hidden."""
    bench.add(name, poll)
    seen = await bench.poll()
    unharmed(seen, words)
    assert "abcdefghij" not in (seen.error or "")


async def test_a_plan_that_is_no_time_is_replaced(bench: Bench) -> None:
    """Never polled again and again without a pause, and never never again."""
    bench.add("nan-tides", "return Sighting(fetch=replace(source.fetch, next_fetch_at=float('nan')))")
    seen = await bench.poll()
    assert seen.fetch.next_fetch_at > bench.clock.now()


async def test_two_packages_with_one_kind_are_both_refused(bench: Bench) -> None:
    """Nobody can know which was meant."""
    bench.add("first-tide", "return Sighting(fetch=source.fetch)")
    bench.add("second-tide", "return Sighting(fetch=source.fetch)")
    seen = await bench.poll()
    unharmed(seen, "add the same kind 'tides'; uninstall all but one")
    assert {"first-tide 1.0", "second-tide 1.0"} == set(installed_kinds()["tides"].package.split(", "))


@pytest.mark.parametrize("kind", ["rss", "folder", "kind", "https", "My-Kind"])
async def test_kinds_that_are_not_free_are_refused(bench: Bench, kind: str) -> None:
    """Ours stay ours, and a kind is written like one."""
    bench.add("taking", "", kind=kind)
    assert "taking 1.0 adds the kind" in (installed_kinds()[kind].fault or "")
    assert bench.senses.get("rss") is None


async def test_a_poll_that_hangs_is_cut_off(bench: Bench) -> None:
    """After its time limit; the other sources of the kind go on."""
    bench.add(
        "slow-tides", "await asyncio.sleep(3600) if source.id == 1 else None; return Sighting(fetch=source.fetch)"
    )
    sensor = PluginSensor("tides", bench.context, poll_seconds=3)
    hanging, fine = await asyncio.gather(sensor.poll(TIDES), sensor.poll(replace(TIDES, id=2)))
    unharmed(hanging, "did not answer within 3 s and was cut off")
    assert fine.outcome == "read"
    await sensor.close()


async def test_a_poll_that_will_not_end_is_left_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that swallows its cancellation is not waited for, and not started a second time beside itself."""
    monkeypatch.setattr("sensors.plugins.sensor._GRACE_SECONDS", 0.05)
    bench.add(
        "deaf-tides",
        DEAF,
    )
    sensor = PluginSensor("tides", bench.context, poll_seconds=0.05)
    await sensor._loaded()
    unharmed(await sensor.poll(TIDES), "was cut off")
    unharmed(await sensor.poll(TIDES), "still hangs in the poll before")
    module: Any = sys.modules["deaf_tides"]
    module.free.set()
    await asyncio.wait(list(sensor._polls.values()), timeout=5)
    await sensor.close()


async def test_cancelling_a_poll_cancels_the_packages(bench: Bench) -> None:
    """A soft stop waits for no package."""
    bench.add("held-tides", "self.context.held.set(); await asyncio.sleep(3600)")
    held = asyncio.Event()
    sensor = PluginSensor("tides", replace(bench.context), poll_seconds=60)
    await sensor._loaded()
    inner: Any = sensor._sensor
    inner.context = type("Context", (), {"held": held})()
    polling = asyncio.create_task(sensor.poll(TIDES))
    await held.wait()
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    assert not sensor._polls
    await sensor.close()


async def test_what_a_server_asks_for_counts(bench: Bench) -> None:
    """An error of ours that a package lets pass keeps its Retry-After."""
    bench.add(
        "busy-tides",
        "from daemon.core.errors import RateLimitedError; raise RateLimitedError('too often', retry_after=5000)",
    )
    seen = await bench.poll()
    assert seen.fetch.next_fetch_at >= bench.clock.now() + 5000
    assert seen.error == "too often"


async def test_a_source_that_a_package_calls_gone_is_asked_no_more(bench: Bench) -> None:
    """As one of ours that answers 410."""
    bench.add("gone-tides", "return Sighting(fetch=source.fetch, outcome='gone')")
    seen = await bench.poll()
    assert (seen.outcome, seen.fetch.is_gone, seen.fetch.last_success_at) == ("gone", True, None)


async def test_a_look_that_asked_nothing_leaves_the_source_as_it_was(bench: Bench) -> None:
    """What failed before has not been mended by waiting."""
    failed = replace(TIDES.fetch, errors_in_row=2, last_error="the tide is out", last_fetch_at=5.0)
    bench.add("idle-tides", "return Sighting(fetch=source.fetch, outcome='waiting')")
    seen = await bench.poll(replace(TIDES, fetch=failed))
    assert (seen.fetch.errors_in_row, seen.fetch.last_error, seen.fetch.last_fetch_at) == (2, "the tide is out", 5.0)
    assert seen.fetch.next_fetch_at > bench.clock.now()


async def test_when_what_a_look_left_can_be_had_comes_along(bench: Bench) -> None:
    """So that `once` looks again for it; a time that is none is dropped."""
    bench.add(
        "more-tides",
        "at = float('nan') if source.id == 2 else self.context.clock.now()\n"
        "        return Sighting(fetch=source.fetch, more_at=at)",
    )
    assert (await bench.poll()).more_at == bench.clock.now()
    assert (await bench.poll(replace(TIDES, id=2))).more_at is None


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        ("KeyboardInterrupt", "KeyboardInterrupt"),
        ("type('Panic', (BaseException,), {})", "Panic"),
        ("SystemExit(3)", "SystemExit 3"),
    ],
)
async def test_no_exception_of_a_package_gets_past_its_source(bench: Bench, raised: str, words: str) -> None:
    """Neither those that end a program nor the panics of native code."""
    bench.add("loud-tides", f"raise {raised}")
    unharmed(await bench.poll(), f"it wanted to end the program ({words}")


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit(3)", "BaseException('panic')"])
async def test_no_import_of_a_package_gets_past_its_source(bench: Bench, raised: str) -> None:
    """It fails, like any other import."""
    bench.add("broken-tides", "", head=f"raise {raised}\n")
    unharmed(await bench.poll(), "cannot be loaded")


async def test_many_polls_that_will_not_end_are_left_behind_together(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing waits once for all of them, not for one after the other."""
    monkeypatch.setattr("sensors.plugins.sensor._GRACE_SECONDS", 0.2)
    bench.add(
        "deaf-tides",
        DEAF,
    )
    sensor = PluginSensor("tides", bench.context, poll_seconds=0.05)
    await sensor._loaded()
    await asyncio.gather(*(sensor.poll(replace(TIDES, id=number)) for number in range(1, 31)))
    assert len(sensor._polls) == 30
    began = asyncio.get_running_loop().time()
    await sensor.close()
    assert asyncio.get_running_loop().time() - began < 3
    module: Any = sys.modules["deaf_tides"]
    module.free.set()
    await asyncio.wait(list(sensor._polls.values()), timeout=5)


def test_an_import_that_hangs_keeps_no_process_from_ending(tmp_path: Path) -> None:
    """Its thread is nobody's to wait for."""
    install(tmp_path, "stuck", kinds={"tides": "stuck:Tides"}, modules={"stuck": "import time\ntime.sleep(600)\n"})
    program = """
import asyncio, random
from daemon.core.clock import SystemClock
from daemon.core.settings.models import SensorSettings
from sensors.context import open_context
from sensors.plugins.sensor import PluginSensor
from tests.fakes.feeds import source

async def main():
    context = open_context(SensorSettings(), clock=SystemClock(), rng=random.Random(1))
    sensor = PluginSensor("tides", context, poll_seconds=0.2)
    print((await sensor.poll(source("tides:bridge", kind="tides"))).error)
    await sensor.close()
    await context.close()

asyncio.run(main())
"""
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    assert "was cut off" in done.stdout
