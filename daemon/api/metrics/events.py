"""Counters and histograms that are fed by the events of the board."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from daemon.api.metrics.labels import FAULT_KINDS, NEW, OTHER, Labels
from daemon.api.metrics.senses import SenseMetrics
from daemon.api.metrics.series import Series
from daemon.blackboard.senses import READER
from daemon.blackboard.states import TRANSITIONS, State
from daemon.core.events import Event

_FIRST_TOKEN_BUCKETS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 45.0)
"""Seconds; 1.5 is what document 003 allows."""
_CALL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 45.0, 60.0, 120.0)
"""Seconds; a call may take a minute by default, and twice that at level L1."""
_MODEL = ("provider", "model")
_BATCH = "batch"


class EventMetrics:
    """Listens to the emitter."""

    def __init__(self, registry: CollectorRegistry, *, labels: Labels) -> None:
        self._labels = labels
        self._calls = _CallMetrics(registry, labels=labels)
        self._senses = SenseMetrics(registry, labels=labels)
        self._declare_work(registry)
        self._declare_troubles(registry)
        self._begin_at_zero()
        self._on: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "call_settled": self._settled,
            "call_hedged": lambda data: self._hedges.labels(labels.winner(data.get("winner"))).inc(),
            "attempt_failed": self._attempt_failed,
            "echelon_fell": lambda _: self._falls.inc(),
            "item_snoozed": lambda data: self._snoozes.labels(labels.waits_for(data.get("waits_for"))).inc(),
            "item_rescued": lambda _: self._rescues.inc(),
            "breaker_changed": self._breaker_changed,
            "level_changed": lambda data: self._levels.labels(labels.level(data.get("level"))).inc(),
            "burn_tripped": lambda _: self._burn_trips.inc(),
            "budget_exhausted": lambda _: self._budgets.inc(),
            "memory_degraded": lambda _: self._memory_faults.inc(),
            "service_failed": lambda _: self._service_faults.inc(),
            "source_polled": self._source_polled,
            "hook_delivered": self._hook_delivered,
            "article_settled": self._senses.article_settled,
            "publication_settled": self._publication_settled,
        }

    def on_event(self, event: Event) -> None:
        """Count one event."""
        if event.from_state != event.to_state:
            state = self._labels.state
            self._transitions(state(event.from_state or NEW), state(event.to_state)).inc()
        if on := self._on.get(event.type):
            on(event.data)

    def _declare_work(self, registry: CollectorRegistry) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"davidagent_{name}", what, labels, registry=registry)

        self._transitions = Series(counter("transitions", "Changes of an item's state.", "from", "to"))
        self._snoozes = counter("snoozes", "Steps put back to wait, by what for.", "for")
        self._rescues = counter("rescues", "Items taken back from a worker whose lease ran out.")
        self._polls = counter("source_polls", "Readings of a source that brought something new or failed.", "outcome")
        self._entries = counter("source_new_entries", "New entries that sources brought.")
        self._publications = Series(counter("publications", "Posts at sinks, by how it ended.", "sink", "status"))

    def _declare_troubles(self, registry: CollectorRegistry) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"davidagent_{name}", what, labels, registry=registry)

        self._attempts = counter("attempts_failed", "Requests of a step that were sent and failed.")
        self._retries = counter("retries", "Failed requests that are sent again after a backoff.")
        self._hedges = counter("hedges", "Second requests beside a slow one, by which was taken.", "winner")
        self._falls = counter("echelon_falls", "Times the next echelon was asked because one could not answer.")
        self._breakers = counter("breaker_changes", "Changes of a breaker, by its new state.", "endpoint", "state")
        self._levels = counter("level_changes", "Changes of the level of degradation, by the new one.", "level")
        self._burn_trips = counter("burn_trips", "Times tokens or money went too fast.")
        self._budgets = counter("budget_exhaustions", "Times a budget was used up.")
        self._memory_faults = counter("memory_faults", "Times the vector store ceased to answer.")
        self._service_faults = counter("service_faults", "Times a service of the daemon failed and was started again.")

    def _begin_at_zero(self) -> None:
        """A series that begins with its first count hides that count from `increase()`, and from alerts."""
        for transition in TRANSITIONS:
            self._transitions(transition.source.value, transition.target.value)
        self._transitions(NEW, State.QUEUED.value)

    def _settled(self, data: Mapping[str, Any]) -> None:
        (self._senses.read if data.get("brain") == READER else self._calls.settled)(data)

    def _attempt_failed(self, data: Mapping[str, Any]) -> None:
        self._attempts.inc()
        if data.get("retry_at") is not None:
            self._retries.inc()

    def _breaker_changed(self, data: Mapping[str, Any]) -> None:
        labels = self._labels
        self._breakers.labels(labels.endpoint(data.get("name")), labels.breaker(data.get("state"))).inc()

    def _source_polled(self, data: Mapping[str, Any]) -> None:
        self._polls.labels(self._labels.outcome(data.get("outcome"))).inc()
        self._entries.inc(data.get("new", 0))

    def _hook_delivered(self, data: Mapping[str, Any]) -> None:
        self._senses.delivered(data)
        self._entries.inc(data.get("new", 0))

    def _publication_settled(self, data: Mapping[str, Any]) -> None:
        labels = self._labels
        self._publications(labels.sink(data.get("sink")), labels.publication(data.get("status"))).inc()


class _CallMetrics:
    """What calls to models come to. Their sums are those of the ledger."""

    def __init__(self, registry: CollectorRegistry, *, labels: Labels) -> None:
        self._labels = labels
        self._calls = Series(
            Counter("davidagent_calls", "Calls to models that ended.", (*_MODEL, "task", "status"), registry=registry)
        )
        self._faults = Series(
            Counter(
                "davidagent_call_faults",
                "Calls that failed, by the kind of fault; stall: the stream began late, stood still or was too slow; "
                "loop: the model repeated itself; refused: by the provider's policy.",
                ("provider", "kind"),
                registry=registry,
            )
        )
        self._tokens = Series(
            Counter(
                "davidagent_tokens",
                "Tokens of calls; cached ones are among the input, reasoning ones among the output.",
                (*_MODEL, "kind"),
                registry=registry,
            )
        )
        self._dollars = Series(
            Counter(
                "davidagent_call_cost_dollars", "What calls cost, as far as it is known.", _MODEL, registry=registry
            )
        )
        self._seconds = Series(
            Histogram(
                "davidagent_call_duration_seconds",
                "How long calls took at the provider; without those in a batch.",
                _MODEL,
                buckets=_CALL_BUCKETS,
                registry=registry,
            )
        )
        self._first_token = Series(
            Histogram(
                "davidagent_call_first_token_seconds",
                "How long streamed answers took to begin.",
                _MODEL,
                buckets=_FIRST_TOKEN_BUCKETS,
                registry=registry,
            )
        )

        for provider in labels.providers:
            for kind in {*FAULT_KINDS.values(), OTHER}:
                self._faults(provider, kind)

    def settled(self, data: Mapping[str, Any]) -> None:
        """Count one call."""
        labels = self._labels
        provider, model = labels.provider(data.get("provider")), labels.model(data.get("model"))
        self._calls(provider, model, labels.task(data.get("task")), labels.status(data.get("status"))).inc()
        if fault := data.get("fault"):
            self._faults(provider, labels.fault(fault)).inc()
        for kind, field in _TOKENS.items():
            if count := data.get(field):
                self._tokens(provider, model, kind).inc(count)
        self._dollars(provider, model).inc(data.get("cost_usd") or 0.0)
        if data.get("kind") != _BATCH:
            self._seconds(provider, model).observe(data.get("latency_ms", 0) / 1000)
        if (first := data.get("first_token_ms")) is not None:
            self._first_token(provider, model).observe(first / 1000)


_TOKENS = {
    "input": "prompt_tokens",
    "output": "completion_tokens",
    "cached": "cached_tokens",
    "reasoning": "reasoning_tokens",
}
