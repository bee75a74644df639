"""The machine and the disk, as far as the daemon depends on them."""

import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_FIRST_LOOK_SECONDS = 0.1
_SHORTEST_LOOK_SECONDS = 0.05
"""Processor times move in steps of 10 ms; a share of less than that says nothing."""


@dataclass(frozen=True, slots=True)
class MachineFigures:
    """Sizes are in bytes."""

    cpu_percent: float
    """Of all processors, by all processes, since the look before."""
    memory_percent: float
    memory_available: int
    rss: int
    """Resident memory of this process."""
    free_disk: int
    """Under `home`."""
    board: int
    wal: int


class Machine:
    """Looks at the machine. A look blocks for a moment, so it belongs into a thread."""

    def __init__(self, board: Path) -> None:
        self._board = board
        self._cpu = _Processors()

    def look(self) -> MachineFigures:
        """Everything as it is now."""
        import psutil

        memory = psutil.virtual_memory()
        return MachineFigures(
            cpu_percent=self._cpu.percent(),
            memory_percent=memory.percent,
            memory_available=memory.available,
            rss=psutil.Process().memory_info().rss,
            free_disk=_free_disk(self._board.parent),
            board=_size(self._board),
            wal=_size(self._board.with_name(f"{self._board.name}-wal")),
        )


class _Processors:
    """The share of time the processors worked between two looks.

    `psutil.cpu_percent` would remember the look before for each thread by itself: in a pool of threads it answers 0.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: tuple[float, float] | None = None
        self._percent = 0.0

    def percent(self) -> float:
        """Of all processors, 0 to 100. The first look takes a tenth of a second."""
        with self._lock:
            if self._before is None:
                self._before = _times()
                time.sleep(_FIRST_LOOK_SECONDS)
            total, idle = _times()
            passed = total - self._before[0]
            if passed >= _SHORTEST_LOOK_SECONDS:
                self._percent = round(100 * max(0.0, 1 - (idle - self._before[1]) / passed), 1)
                self._before = (total, idle)
            return self._percent


def _times() -> tuple[float, float]:
    """All processor seconds, and the idle ones among them, since the machine started."""
    import psutil

    times = psutil.cpu_times()
    # Time of guests stands in the users' time as well.
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return sum(times) - guests, times.idle + getattr(times, "iowait", 0.0)


def _free_disk(folder: Path) -> int:
    """Of the disk where the folder is, or was: also when somebody has taken it away there is something to tell."""
    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), Path("/"))
    return shutil.disk_usage(there).free


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
