"""Gauges: how things stand when they are asked for."""

import platform
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from daemon.api.metrics.labels import Labels
from daemon.blackboard.budgets import MICRO
from daemon.blackboard.reading.monitoring import BoardFigures
from daemon.core.version import version
from daemon.runtime.condition import Condition
from daemon.runtime.look import Look

_BREAKER_STATES = ("closed", "open", "half-open")
_MEMORY_STATES = ("ok", "degraded", "off")
_FROM_THE_START = frozenset({"heartbeat", "last_step_end"})
"""What must not be silent for long: without a sample no alert would miss it."""


class Gauges(Collector):
    """Shows one look; a collector is asked in another thread than the one that looks."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._look: Look | None = None

    def show(self, look: Look) -> None:
        """From now on, show this."""
        self._look = look

    def collect(self) -> Iterable[Metric]:
        """Every gauge; what is not known now is left out."""
        yield InfoMetricFamily(
            "davidagent_build",
            "Which DavidAgent, on which Python.",
            {"version": version(), "python": platform.python_version()},
        )
        if (look := self._look) is None:
            return
        yield from _items(look)
        yield from _parts(look.condition)
        yield from self._breakers(look.condition)
        yield from _machine(look)
        yield from _times(look)
        yield from _burn(look.condition.burn)
        yield from _api(look)
        if look.board is not None:
            yield from _budgets(look.board)
            yield _by(
                "sources",
                "Sources by how they are; stale: we fail to read it.",
                label="freshness",
                values=look.board.freshness(),
            )

    def _breakers(self, condition: Condition) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "davidagent_breaker_state",
            "1 for the state the breaker of an endpoint is in.",
            labels=("endpoint", "state"),
        )
        for breaker in condition.breakers:
            for state in _BREAKER_STATES:
                name = self._labels.endpoint(breaker["name"])
                family.add_metric((name, state), float(breaker["state"] == state))
        yield family


def _items(look: Look) -> Iterator[Metric]:
    yield _by("items", "Items by state.", label="state", values=look.counts)
    board = look.board
    yield _by(
        "item_oldest_age_seconds",
        "Since the oldest item of a state was seen; of states that are not final and have items.",
        label="state",
        values=board.oldest if board else {},
    )
    yield _by(
        "item_due_age_seconds",
        "Since the longest waiting item of a state might have been claimed; of states that have such items.",
        label="state",
        values=board.due if board else {},
    )
    yield _one("items_in_hand", "Items that are being worked on.", look.condition.in_hand)


def _parts(condition: Condition) -> Iterator[Metric]:
    yield _one("level", "The level of degradation, 0 (normal) to 3 (ingest only).", condition.level.number)
    yield _one("paused", "1 while a person has paused the work.", float(condition.is_paused))
    yield _one("chaos", "1 while faults are made on purpose.", float(condition.chaos is not None))
    yield _one("services_faulty", "Services that failed and have not run steadily since.", len(condition.faults))
    memory = {state: float(condition.memory == state) for state in _MEMORY_STATES}
    yield _by("memory_state", "1 for the state the memory is in.", label="state", values=memory)
    yield _one("gate_limit", "Requests to models that may be under way.", condition.gate_limit)
    yield _one("gate_in_flight", "Requests to models that are under way.", condition.gate_in_flight)
    yield _one("gate_waiting", "Requests to models that wait for their place.", condition.gate_waiting)


def _machine(look: Look) -> Iterator[Metric]:
    machine = look.machine
    yield _one("board_size_bytes", "The board's file.", machine.board)
    yield _one("wal_size_bytes", "The board's write-ahead log.", machine.wal)
    yield _one("disk_free_bytes", "Free disk under home.", machine.free_disk)
    yield _one("machine_cpu_ratio", "Share of all processors in use, by all processes.", machine.cpu_percent / 100)
    yield _one("machine_memory_available_bytes", "Memory that programs may still take.", machine.memory_available)
    yield _one("loop_lag_seconds", "How late the event loop is: 99 % of the last minute's samples.", look.lag_p99)
    yield _one("loop_lag_worst_seconds", "How late the event loop was at most within a minute.", look.lag_worst)
    yield _one("write_seconds", "How long commits took: 99 % of those of the last minute's pulse.", look.write_p99)


def _times(look: Look) -> Iterator[Metric]:
    times = look.times
    last = (
        (
            "heartbeat",
            "When the loop came round and the writer committed; before the first time, the start.",
            times.beat_at,
        ),
        ("last_claim", "When an item was last taken up, since the start.", times.claim_at),
        ("last_step_end", "When a step last ended, since the start; before the first one, the start.", times.end_at),
        ("last_publish", "When a post was last made.", times.publish_at),
    )
    for name, what, at in last:
        shown = times.started_at if at is None and name in _FROM_THE_START else at
        yield _by_nothing(f"{name}_timestamp_seconds", what, shown)


def _burn(burn: Mapping[str, Any]) -> Iterator[Metric]:
    if not burn:
        return
    tokens, average = burn["tokens_per_minute"], burn["average_tokens_per_minute"]
    yield _one("burn_rate_tokens", "Tokens of the last minute, without cached ones.", tokens)
    yield _one("burn_rate_average_tokens", "Tokens of an average minute of the hour before.", average)
    yield _one("burn_rate_dollars", "Dollars of the last minute.", burn["usd_per_minute"])
    yield _one("burn_rate_average_dollars", "Dollars of an average minute of the hour.", burn["average_usd_per_minute"])
    yield _one("burn_rate_trip_tokens", "Tokens of a minute that are too many.", burn["limit_tokens_per_minute"])
    yield _one("burn_tripped", "1 while money or tokens go too fast.", float(burn["stage"] != "normal"))


def _budgets(board: BoardFigures) -> Iterator[Metric]:
    charged = {scope: micro / MICRO for scope, micro in board.charged.items()}
    caps = {scope: micro / MICRO for scope, micro in board.caps.items()}
    what = "What stands against a budget now: spent, set aside, or of unknown outcome."
    yield _by("budget_charged_dollars", what, label="scope", values=charged)
    yield _by(
        "budget_cap_dollars", "The bound of a budget; those without one are left out.", label="scope", values=caps
    )


def _api(look: Look) -> Iterator[Metric]:
    if (limits := look.limiting) is not None:
        yield _one("api_requests_in_flight", "Requests that hold one of the limited places.", limits.in_flight)
        yield _one("api_requests_waiting", "Requests that wait for a place.", limits.waiting)
        refused = CounterMetricFamily("davidagent_api_requests_refused", "Requests over a limit.", labels=("reason",))
        for why, count in limits.refused.items():
            refused.add_metric((str(why),), count)
        yield refused
    if (live := look.listening) is not None:
        yield _one("sse_clients", "Event streams that are open.", live.clients)
        yield _counter("sse_resyncs", "Times a client that fell behind was told to begin anew.", live.resyncs)
        yield _counter("sse_dropped", "Clients that were dropped because they took nothing.", live.dropped)
        yield _counter("sse_refused", "Clients that found no place.", live.refused)


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"davidagent_{name}", what, value=value)


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(f"davidagent_{name}", what, value=value)


def _by_nothing(name: str, what: str, value: float | None) -> Metric:
    """A gauge that is declared, but without a sample while its value is not known."""
    return GaugeMetricFamily(f"davidagent_{name}", what, value=value)


def _by(name: str, what: str, *, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"davidagent_{name}", what, labels=(label,))
    for word, value in values.items():
        family.add_metric((word,), value)
    return family
