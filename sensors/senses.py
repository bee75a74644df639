"""All sensors by the kind of source they read: ours, and those that installed packages bring."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from sensors.base import Sensor
from sensors.context import SensorContext
from sensors.plugins.installed import OWN_KINDS
from sensors.plugins.sensor import PluginSensor


class Senses:
    """The sensors of one running program; they close with it, and the context after them."""

    def __init__(
        self,
        context: SensorContext,
        *,
        sensors: Mapping[str, Sensor],
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """`options`: those that sources have in the configuration, by address; the board has them without secrets."""
        self.context = context
        self._sensors = dict(sensors)
        self._options = options or {}

    def get(self, kind: str) -> Sensor | None:
        """The sensor for this kind of source. Another package's is loaded by its first poll, and says what is wrong."""
        if kind not in self._sensors and kind not in OWN_KINDS:
            self._sensors[kind] = PluginSensor(kind, self.context, options=self._options)
        return self._sensors.get(kind)

    async def close(self) -> None:
        """Close every sensor, also when one fails, then the context."""
        async with AsyncExitStack() as rest:
            rest.push_async_callback(self.context.close)
            for sensor in self._sensors.values():
                rest.push_async_callback(sensor.close)
