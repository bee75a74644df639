"""Sensors with a context of their own, which closes with them."""

from typing import Any

from daemon.core.settings.models import SensorSettings
from sensors.context import SensorContext, open_context
from sensors.feeds.sensor import RssSensor


class WholeRssSensor(RssSensor):
    """The sensor of feeds together with its context."""

    def __init__(self, context: SensorContext) -> None:
        super().__init__(context)
        self._context = context

    async def close(self) -> None:
        """Close the sensor and its context."""
        await super().close()
        await self._context.close()


def rss_sensor(settings: SensorSettings, **how: Any) -> WholeRssSensor:
    """The sensor of feeds; `how` is what `open_context` takes."""
    return WholeRssSensor(open_context(settings, **how))
