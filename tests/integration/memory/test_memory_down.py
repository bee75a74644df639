"""A memory that answers on purpose as if it were dead, and comes back."""

from pathlib import Path

import pytest

from brains.llm.chaos import Chaos
from brains.memory.base import Remembered
from brains.memory.building import build_memory
from daemon.core.chaos import chaos_control
from daemon.core.clock import SystemClock
from daemon.core.events import Event
from daemon.core.settings.models import ChaosSettings, MemorySettings
from daemon.runtime.memory_facts import memory_told
from tests.fakes.chroma_server import require_chroma

require_chroma()

SOLAR = Remembered("06solar", "Solar farms set a record", "Solar plants delivered 47.3% of the load.", 10.5)


class JumpingClock(SystemClock):
    """The machine's time, and a way to let the breaker's pause pass at once."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


async def test_a_memory_that_is_down_on_purpose_degrades_and_comes_back(tmp_path: Path) -> None:
    """Through the same breaker and events as a dead server; what it held is still there."""
    clock, events, told = JumpingClock(), list[Event](), list[Event]()
    chaos = Chaos(ChaosSettings(), clock=clock, emit=told.append)
    memory = build_memory(
        MemorySettings(timeout=20),
        home=tmp_path,
        clock=clock,
        emit=events.append,
        is_down=lambda: chaos.is_memory_down,
    )
    try:
        assert await memory.remember([SOLAR])
        chaos.override(chaos_control(ChaosSettings(), {"enabled": True, "memory_down": True}, until=None))
        for _ in range(5):
            assert (await memory.recall("solar", limit=1)).is_degraded
        assert not await memory.remember([SOLAR])
        assert (memory.status(), [event.type for event in events]) == ("degraded", ["memory_degraded"])
        told = memory_told(memory)
        assert "chaos" in told["reason"]
        assert told["since"] == pytest.approx(events[0].at, abs=1.0)
        assert "chaos" in events[0].data["reason"]
        chaos.override(None)
        clock.ahead += 60
        assert [one.item_id for one in (await memory.recall("solar", limit=1)).memories] == ["06solar"]
        assert [event.type for event in events] == ["memory_degraded", "memory_restored"]
        assert memory_told(memory) == {"reason": None, "since": None}
    finally:
        await memory.close()
