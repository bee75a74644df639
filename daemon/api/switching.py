"""The switch of chaos on the board: looked at, thrown and taken back."""

from collections.abc import Mapping
from typing import Any

from daemon.blackboard.engine import Engine
from daemon.core.chaos import CHAOS, chaos_control, chaos_state
from daemon.core.settings.models import ChaosSettings

Document = dict[str, Any]


class ChaosSwitch:
    """Faults on purpose, as a person switches them. `now` is epoch seconds; every verb answers what holds then."""

    def __init__(self, engine: Engine, *, configured: ChaosSettings, by: str) -> None:
        self._engine = engine
        self._configured = configured
        self._by = by

    async def status(self, *, now: float) -> Document:
        """`{"on", "set_by", "until", "faults"}`."""
        return chaos_state(self._configured, await self._engine.get_control(CHAOS), now=now).document()

    async def turn_on(self, faults: Mapping[str, Any], *, for_seconds: float | None, now: float) -> Document:
        """On, with these settings over the configured ones, for so long. Raises `UsageError` for settings of no use."""
        until = None if for_seconds is None else now + for_seconds
        control = chaos_control(self._configured, {**faults, "enabled": True}, until=until)
        await self._engine.set_control(CHAOS, control, by=self._by)
        return await self.status(now=now)

    async def turn_off(self, *, now: float) -> Document:
        """Off, also when the configuration has it on."""
        control = None
        if self._configured.enabled:
            control = chaos_control(self._configured, {"enabled": False}, until=None)
        await self._engine.set_control(CHAOS, control, by=self._by)
        return await self.status(now=now)
