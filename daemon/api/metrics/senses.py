"""What the senses did besides polling: readings that cost money, deliveries, articles.

Readings are no calls to models: what a provider of posts fails says nothing of the brains.
"""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from daemon.api.metrics.labels import Labels
from daemon.api.metrics.series import Series


class SenseMetrics:
    """The sums of `readings` are those of the ledger's brain `sensor`."""

    def __init__(self, registry: CollectorRegistry, *, labels: Labels) -> None:
        def counter(name: str, what: str, *names: str) -> Counter:
            return Counter(f"davidagent_{name}", what, names, registry=registry)

        self._labels = labels
        self._readings = Series(counter("readings", "Paid readings of sources that ended.", "what", "status"))
        self._reads = Series(counter("source_reads", "What paid readings brought, as it is paid for.", "what"))
        self._dollars = Series(counter("reading_cost_dollars", "What paid readings cost.", "what"))
        self._deliveries = counter("hook_deliveries", "Deliveries of webhooks that were taken.")
        self._articles = Series(counter("articles", "Articles that were fetched, by what became of them.", "outcome"))

    def read(self, data: Mapping[str, Any]) -> None:
        """Count one reading."""
        what = self._labels.reading(data.get("model"))
        self._readings(what, self._labels.status(data.get("status"))).inc()
        self._reads(what).inc(data.get("reads") or 0)
        self._dollars(what).inc(data.get("cost_usd") or 0.0)

    def delivered(self, _: Mapping[str, Any]) -> None:
        """Count one delivery."""
        self._deliveries.inc()

    def article_settled(self, data: Mapping[str, Any]) -> None:
        """Count one article."""
        self._articles(self._labels.article(data.get("outcome"))).inc()
