"""Room for as many connections as there may be streams."""

import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from daemon.api.open_files import NEEDED_BESIDE_STREAMS, allow_open_files, open_files_wanted
from daemon.api.server import ApiServer
from daemon.core.events import Event
from daemon.core.settings.api_models import ApiSettings, EventStreamSettings
from tests.fakes.desk import StillDesk

IN_A_CHILD = """
import resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 1000 if hard == resource.RLIM_INFINITY else min(hard, 1000)))
from daemon.api.open_files import allow_open_files
print(allow_open_files(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.fixture
def limits_kept() -> Iterator[None]:
    """The limit of the test's own process is as before."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    answer = subprocess.run([sys.executable, "-c", IN_A_CHILD], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["1000", "1000", "1000"]


def test_what_is_wanted_covers_all_streams_and_the_rest() -> None:
    settings = ApiSettings(events=EventStreamSettings(max_clients=7))
    assert open_files_wanted(settings) == 7 + NEEDED_BESIDE_STREAMS


@pytest.mark.usefixtures("limits_kept")
async def test_too_few_files_for_the_streams_are_told(desk: StillDesk) -> None:
    """With the number that is allowed, the number it takes, and the setting that asks for it."""
    told: list[Event] = []
    desk.emitter.listen(told.append)
    allowed = allow_open_files() or 0
    streams = EventStreamSettings(max_clients=max(allowed, 1))
    api = desk.settings.api.model_copy(update={"events": streams})
    desk.settings = desk.settings.model_copy(update={"api": api})
    server = ApiServer(desk, host="127.0.0.1", port=0)
    await server.start()
    await server.stop()
    (event,) = [event for event in told if event.type == "open_files_limited"]
    assert event.data == {
        "allowed": allowed,
        "wanted": allowed + NEEDED_BESIDE_STREAMS,
        "setting": "api.events.max_clients",
    }


@pytest.mark.usefixtures("limits_kept")
async def test_enough_files_are_not_worth_a_word(desk: StillDesk) -> None:
    told: list[Event] = []
    desk.emitter.listen(told.append)
    streams = EventStreamSettings(max_clients=1)
    api = desk.settings.api.model_copy(update={"events": streams})
    desk.settings = desk.settings.model_copy(update={"api": api})
    server = ApiServer(desk, host="127.0.0.1", port=0)
    await server.start()
    await server.stop()
    assert [event.type for event in told] == []
