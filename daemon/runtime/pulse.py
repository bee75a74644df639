"""The pulse: proof that loop and writer make progress, for systemd, the board and the command line."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from daemon.blackboard.engine import Engine
from daemon.core.clock import Clock

BEAT_SECONDS = 2.0


class Notifier(Protocol):
    """Tells the service manager (`sd_notify`)."""

    def notify(self, state: str) -> None:
        """Send one message, such as `WATCHDOG=1`."""
        ...


class Pulse:
    """Beats only after the loop has come round in time and the writer has committed.

    Each beat writes what the daemon knows of itself to the board (`daemon`, `memory`, `breakers`, `level`), so that a
    reader needs no running API to tell how it is; then it feeds the watchdog.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Clock,
        notifier: Notifier,
        vital_signs: Callable[[], Mapping[str, Any]],
        status_line: Callable[[], str],
        on_beat: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Take who is told of each beat, with the seconds its commit took (`on_beat`)."""
        self._engine = engine
        self._clock = clock
        self._notifier = notifier
        self._vital_signs = vital_signs
        self._status_line = status_line
        self._on_beat = on_beat
        self.loop_lag_seconds = 0.0
        self.write_seconds = 0.0

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.beat()
            before = self._clock.monotonic()
            await self._clock.sleep(BEAT_SECONDS)
            self.loop_lag_seconds = max(0.0, self._clock.monotonic() - before - BEAT_SECONDS)

    async def beat(self) -> None:
        """One beat. Raises `BlackboardError` when the writer cannot commit: no watchdog is fed then."""
        before = self._clock.monotonic()
        signs = self._vital_signs().items()
        # Together, so that an idle day costs one commit a beat and not one for each of them.
        await asyncio.gather(
            *(self._engine.write_vital(key, sign if isinstance(sign, str) else json.dumps(sign)) for key, sign in signs)
        )
        self.write_seconds = self._clock.monotonic() - before
        self._on_beat(self.write_seconds)
        self._notifier.notify(f"WATCHDOG=1\nSTATUS={self._status_line()}")


class SilentNotifier:
    """A `Notifier` where no service manager listens."""

    def notify(self, state: str) -> None:
        """Say nothing."""


def systemd_notifier(environ: Mapping[str, str]) -> Notifier:
    """The service manager's socket, when there is one."""
    if "NOTIFY_SOCKET" not in environ:
        return SilentNotifier()
    import sdnotify

    notifier: Notifier = sdnotify.SystemdNotifier()
    return notifier
