"""All metrics of one app: a registry of its own, what feeds it, and how it is written out."""

import asyncio

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from daemon.api.metrics.events import EventMetrics
from daemon.api.metrics.gauges import Gauges
from daemon.api.metrics.labels import Labels
from daemon.api.metrics.requests import RequestMetrics
from daemon.core.events import Emitter
from daemon.core.settings.models import Settings
from daemon.runtime.health import Monitor

_OPENMETRICS = "application/openmetrics-text"


class Metrics:
    """Counts from its making on. Every name begins with `davidagent_`, but those of the process."""

    def __init__(self, *, settings: Settings, emitter: Emitter, monitor: Monitor) -> None:
        # When each series was made would be one more series for each; nobody asks for it.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        labels = Labels(settings)
        self.requests = RequestMetrics(self.registry, method=labels.method)
        self._events = EventMetrics(self.registry, labels=labels)
        self._gauges = Gauges(labels)
        self._monitor = monitor
        self.registry.register(self._gauges)
        ProcessCollector(registry=self.registry)
        emitter.listen(self._events.on_event)

    async def render(self, accept: str) -> tuple[bytes, str]:
        """The text and its media type: OpenMetrics for who asks for it, else Prometheus's own.

        It is written in a thread, so that a thousand series do not hold up the loop.
        """
        self._gauges.show(await self._monitor.look())
        if _OPENMETRICS in accept:
            return await asyncio.to_thread(openmetrics.generate_latest, self.registry), openmetrics.CONTENT_TYPE_LATEST
        return await asyncio.to_thread(generate_latest, self.registry), CONTENT_TYPE_PLAIN_0_0_4
