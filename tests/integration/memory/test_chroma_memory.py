"""The memory on real Chroma: its files in this process, and a real server that is killed, frozen and emptied."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from brains.memory.base import Memory, Remembered
from brains.memory.building import build_memory
from brains.memory.chroma import collection_name
from brains.memory.embeddings import WordLlamaEmbeddings
from daemon.core.clock import SystemClock
from daemon.core.errors import ConfigError, OutsideError, UsageError
from daemon.core.events import Event
from daemon.core.settings.models import MemorySettings
from tests.fakes.chroma_server import ChromaServer, SilentServer, free_port, require_chroma

pytestmark = pytest.mark.soak  # real servers, killed and started again


require_chroma()

EMBEDDINGS = WordLlamaEmbeddings()
SOLAR = Remembered(
    "06solar", "Solar farms set a record", "Solar plants delivered 47.3% of the load.", 10.5, "https://s.example", "en"
)
CHIP = Remembered("06chip", "开源芯片发布", "深圳团队发布了一款开源推理芯片。", 20.0, None, "zh")
FISH = Remembered("06fish", "Herring return", "Fishermen saw herring in the bay for the first time in years.", 30.0)


class JumpingClock(SystemClock):
    """The machine's time, and a way to let the breaker's pause pass at once."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class Desk:
    """One memory with what it said."""

    def __init__(self, settings: MemorySettings, home: Path) -> None:
        self.clock = JumpingClock()
        self.events: list[Event] = []
        self.memory: Memory = build_memory(
            settings, home=home, clock=self.clock, emit=self.events.append, embeddings=EMBEDDINGS
        )

    def said(self) -> list[str]:
        return [event.type for event in self.events]

    async def knows(self, text: str, *, limit: int = 3) -> list[str]:
        recall = await self.memory.recall(text, limit=limit)
        assert not recall.is_degraded
        return [post.item_id for post in recall.memories]


@asynccontextmanager
async def desk(home: Path, *, url: str | None = None, timeout: float = 10.0) -> AsyncIterator[Desk]:
    settings = MemorySettings(mode="http" if url else "embedded", url=url, timeout=timeout)
    opened = Desk(settings, home)
    try:
        yield opened
    finally:
        await opened.memory.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    chroma = ChromaServer(tmp_path / "server")
    chroma.start()
    yield chroma
    chroma.kill()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    listening = SilentServer()
    yield listening
    listening.close()


@pytest.fixture(params=["embedded", "http"])
def url(request: pytest.FixtureRequest) -> str | None:
    """None for the embedded store, the address of a real server for the other."""
    return None if request.param == "embedded" else request.getfixturevalue("server").url


async def test_what_is_remembered_is_recalled_nearest_first(tmp_path: Path, url: str | None) -> None:
    """With all its fields and a score between 0 and 1."""
    async with desk(tmp_path, url=url) as d:
        assert await d.memory.remember([SOLAR, CHIP, FISH])
        memories = (await d.memory.recall("record for solar energy", limit=2)).memories
        assert len(memories) == 2
        best = memories[0]
        assert best.item_id == "06solar"
        assert (best.title, best.text, best.url, best.language) == (SOLAR.title, SOLAR.text, SOLAR.url, SOLAR.language)
        assert best.published_at == 10.5
        assert 1 >= best.score > memories[1].score >= 0
        assert (await d.memory.recall("开源芯片", limit=1)).memories[0].url is None
        assert (d.memory.status(), d.said()) == ("ok", [])


async def test_an_item_is_not_its_own_memory(tmp_path: Path, url: str | None) -> None:
    """`exclude` leaves it out and still fills the limit."""
    async with desk(tmp_path, url=url) as d:
        await d.memory.remember([SOLAR, CHIP, FISH])
        recall = await d.memory.recall(SOLAR.text, limit=2, exclude="06solar")
        assert {m.item_id for m in recall.memories} == {"06chip", "06fish"}


async def test_remembering_again_changes_nothing_and_replaces(tmp_path: Path, url: str | None) -> None:
    """By item id."""
    async with desk(tmp_path, url=url) as d:
        await d.memory.remember([SOLAR, CHIP])
        await d.memory.remember([SOLAR])
        await d.memory.remember([Remembered(SOLAR.item_id, "Corrected", SOLAR.text, 10.5)])
        assert await d.memory.size() == 2
        assert (await d.memory.search("solar load", limit=1))[0].title == "Corrected"


async def test_clearing_forgets_everything(tmp_path: Path, url: str | None) -> None:
    """And the memory works on."""
    async with desk(tmp_path, url=url) as d:
        await d.memory.remember([SOLAR, CHIP])
        await d.memory.clear()
        assert (await d.memory.size(), await d.knows("solar")) == (0, [])
        await d.memory.remember([FISH])
        assert await d.knows("herring") == ["06fish"]


async def test_nothing_is_asked_for_nothing(tmp_path: Path, url: str | None) -> None:
    """No limit, no text, no posts: no memories, no fault."""
    async with desk(tmp_path, url=url) as d:
        await d.memory.remember([SOLAR, Remembered("06empty", "", "", 1.0)])
        await d.memory.remember([])
        assert await d.memory.size() == 1
        assert await d.knows("solar", limit=0) == await d.knows("  ") == []


async def test_the_embedded_store_survives_a_restart(tmp_path: Path) -> None:
    """Closed and opened again, and no other process was let in between."""
    async with desk(tmp_path) as first:
        await first.memory.remember([SOLAR])
    async with desk(tmp_path) as second:
        assert await second.knows("solar") == ["06solar"]


async def test_two_memories_cannot_own_one_store(tmp_path: Path) -> None:
    """The second is degraded and says who has it; the first goes on; later the second gets it."""
    async with desk(tmp_path) as first, desk(tmp_path) as second:
        await first.memory.remember([SOLAR])
        assert (await second.memory.recall("solar", limit=1)).is_degraded
        assert second.said() == ["memory_degraded"]
        assert "another process" in second.events[0].data["reason"]
        assert await first.knows("solar") == ["06solar"]
        await first.memory.close()
        second.clock.ahead += 60
        assert await second.knows("solar") == ["06solar"]
        assert second.said() == ["memory_degraded", "memory_restored"]


async def test_a_damaged_store_degrades_and_says_so(tmp_path: Path) -> None:
    """Work goes on; a person's search gets the reason."""
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    async with desk(tmp_path) as d:
        assert (await d.memory.recall("solar", limit=1)).is_degraded
        assert not await d.memory.remember([SOLAR])
        with pytest.raises(OutsideError):
            await d.memory.search("solar", limit=1)
        assert (d.memory.status(), d.said()) == ("degraded", ["memory_degraded"])
        assert "\n" not in d.events[0].data["reason"]


async def test_a_killed_server_degrades_and_its_return_restores(tmp_path: Path, server: ChromaServer) -> None:
    """One event each way; while it is dead a recall costs no time; afterwards all is known again, with no restart."""
    async with desk(tmp_path, url=server.url) as d:
        await d.memory.remember([SOLAR, CHIP])
        assert await d.knows("solar load", limit=1) == ["06solar"]
        server.kill()
        for _ in range(20):
            assert (await d.memory.recall("solar", limit=1)).is_degraded
        assert not await d.memory.remember([FISH])
        assert (d.memory.status(), d.said()) == ("degraded", ["memory_degraded"])
        started = time.monotonic()
        for _ in range(100):
            await d.memory.recall("solar", limit=1)
        assert time.monotonic() - started < 1.0
        server.start()
        d.clock.ahead += 60
        assert await d.knows("solar load", limit=1) == ["06solar"]
        assert (d.memory.status(), d.said()) == ("ok", ["memory_degraded", "memory_restored"])


async def test_a_restart_between_two_recalls_is_not_noticed(tmp_path: Path, server: ChromaServer) -> None:
    """The kept connection is dead; the call is made again on a new one."""
    async with desk(tmp_path, url=server.url) as d:
        await d.memory.remember([SOLAR])
        server.kill()
        server.start()
        assert await d.knows("solar") == ["06solar"]
        assert d.said() == []


async def test_a_server_that_comes_back_empty_is_filled_again(tmp_path: Path, server: ChromaServer) -> None:
    """Its collection has another id; nothing is known, which is true, and remembering works."""
    async with desk(tmp_path, url=server.url) as d:
        await d.memory.remember([SOLAR])
        server.kill()
        server.start(folder=tmp_path / "another")
        assert await d.knows("solar") == []
        assert await d.memory.remember([CHIP])
        assert await d.memory.size() == 1
        assert d.said() == []


async def test_a_frozen_server_costs_one_time_limit_then_nothing(tmp_path: Path, server: ChromaServer) -> None:
    """Recalls that wait give up in time, the breaker opens, and when it thaws all is known again."""
    async with desk(tmp_path, url=server.url, timeout=3) as d:
        assert await d.memory.remember([SOLAR])
        server.freeze()
        started = time.monotonic()
        recalls = await asyncio.gather(*(d.memory.recall("solar", limit=1) for _ in range(16)))
        for _ in range(16):
            recalls.append(await d.memory.recall("solar", limit=1))
        assert all(recall.is_degraded for recall in recalls)
        assert time.monotonic() - started < 12.0
        assert d.said().count("memory_degraded") == 1
        server.thaw()
        d.clock.ahead += 60
        async with asyncio.timeout(30):
            while (await d.memory.recall("solar", limit=1)).is_degraded:
                d.clock.ahead += 60
        assert await d.knows("solar") == ["06solar"]


async def test_a_server_that_never_answers_costs_little(tmp_path: Path, silent: SilentServer) -> None:
    """It accepts and is silent from the start: a few time limits at most, however many items come."""
    async with desk(tmp_path, url=silent.url, timeout=0.3) as d:
        started = time.monotonic()
        for _ in range(30):
            assert (await d.memory.recall("solar", limit=1)).is_degraded
        assert time.monotonic() - started < 4.0
        async with asyncio.timeout(10):
            while d.said() != ["memory_degraded"]:
                await d.memory.recall("solar", limit=1)
        assert "in time" in d.events[0].data["reason"]


async def test_a_server_that_is_not_there_at_first_is_found_later(tmp_path: Path) -> None:
    """The daemon may start before the server."""
    server = ChromaServer(tmp_path / "server")
    async with desk(tmp_path, url=server.url) as d:
        assert (await d.memory.recall("solar", limit=1)).is_degraded
        server.start()
        try:
            d.clock.ahead += 60
            assert await d.memory.remember([SOLAR])
            assert d.said() == ["memory_degraded", "memory_restored"]
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        ("chromadb", "the chromadb package cannot be loaded"),
        ("wordllama", "the embedding model cannot be loaded"),
    ],
)
async def test_without_a_package_the_memory_is_degraded_with_a_clear_reason(
    tmp_path: Path, package: str, reason: str
) -> None:
    """Not a crash; in a process in which the package cannot be imported."""
    program = """
import asyncio, sys
from pathlib import Path
sys.modules[sys.argv[2]] = None
from brains.memory.building import build_memory
from daemon.core.clock import SystemClock
from daemon.core.settings.models import MemorySettings

async def main():
    say = lambda event: print(event.type, event.data["reason"])
    memory = build_memory(MemorySettings(timeout=20), home=Path(sys.argv[1]), clock=SystemClock(), emit=say)
    print((await memory.recall("solar", limit=1)).is_degraded)
    await memory.close()

asyncio.run(main())
"""
    command = [sys.executable, "-c", program, str(tmp_path), package]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    event, degraded = done.stdout.splitlines()
    assert event.startswith(f"memory_degraded {reason}")
    assert degraded == "True"


async def test_building_the_memory_loads_nothing_heavy(tmp_path: Path) -> None:
    """Not before the first use, and then not on the event loop."""
    program = """
import sys
from pathlib import Path
from brains.memory.building import build_memory
from daemon.core.clock import SystemClock
from daemon.core.settings.models import MemorySettings
build_memory(MemorySettings(), home=Path(sys.argv[1]), clock=SystemClock(), emit=print)
print([name for name in ("chromadb", "wordllama", "httpx") if name in sys.modules])
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


async def test_no_memory_knows_nothing_and_that_is_no_fault(tmp_path: Path) -> None:
    """Mode off."""
    memory = build_memory(MemorySettings(mode="off"), home=tmp_path, clock=SystemClock(), emit=pytest.fail)
    assert not (await memory.recall("solar", limit=3)).is_degraded
    assert not await memory.remember([SOLAR])
    with pytest.raises(UsageError, match="memory is off"):
        await memory.search("solar", limit=1)
    assert (memory.mode, memory.status(), await memory.size()) == ("off", "off", 0)


def test_a_server_without_address_is_refused(tmp_path: Path) -> None:
    """When it is built, with the name of the setting."""
    with pytest.raises(ConfigError, match=r"memory\.url"):
        build_memory(MemorySettings(mode="http"), home=tmp_path, clock=SystemClock(), emit=print)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("wordllama-l2-supercat-256", "posts-v1-wordllama-l2-supercat-256-256"),
        ("models/gemini embedding:1", "posts-v1-models-gemini-embedding-1-256"),
    ],
)
def test_the_collection_is_named_by_the_embedding_model(model: str, name: str) -> None:
    """So that vectors of two models never meet."""
    assert collection_name(model, dimensions=256) == name


def test_a_free_port_is_free() -> None:
    """Else the tests above would meet somebody else's server."""
    assert free_port() != free_port()
