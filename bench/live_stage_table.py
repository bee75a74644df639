"""The figures of the live-stage bench as a page, beside what was asked for."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

PLAIN = "plain ASGI sender, encoded once, no resume"
PEER = "sse-starlette, a queue a client"
OURS = "DavidAgent, from the board"
MODELS = "models that answer in a second, six at once"
OFFLINE = "the offline brain"
Figures = Mapping[str, Any]
Runs = Sequence[Figures]
_MOST_KIB, _MOST_RATIO = 32, 2
_SPEED_HEAD = (
    "sender",
    "events/s held",
    "p50",
    "p99",
    "longest",
    "back after, p99",
    "CPU us a message",
    "MB empty, with all",
    "KiB a client",
)
_KEPT_HEAD = (
    "sender",
    "kept up: complete",
    "of",
    "missing",
    "repeated, disordered",
    "slow: complete",
    "behind",
    "told to begin anew",
    "silent loss",
)


def table(figures: Figures, machine: Figures) -> str:
    """The whole page."""
    stage, pipeline = figures["stage"], figures["pipeline"]
    lines = [
        "# The live stage",
        "",
        ", ".join(f"{key} {value}" for key, value in machine.items()),
        "",
        "Medians of the rounds; in brackets the least and the most. A tenth of the viewers reads slowly; a fifth loses",
        "its connection in the middle and comes back at once. Times in milliseconds from the event to the viewer, of",
        "those who keep up and were not cut off; they hold what the viewers' own process takes.",
        "",
        f"| {' | '.join(_SPEED_HEAD)} |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_speed_row(label, runs) for label, runs in stage.items()),
        "",
        f"Of ours, {_median(figures['posting'], 'cpu_ms_per_item'):.1f} ms of CPU an event are its way to the board",
        "(HTTP, checks, commit), whoever watches; the others make theirs out of nothing.",
        f"Since the item was sent to our API: p99 {_spread(stage[OURS], _at('since_post_ms', 'p99'))} ms.",
        "",
        "## Who got what",
        "",
        "Complete: every event exactly once and in order. Behind: all so far, and not at the end yet. Worst round.",
        "",
        f"| {' | '.join(_KEPT_HEAD)} |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_kept_row(label, runs) for label, runs in stage.items()),
        "",
        "## While the pipeline works",
        "",
        "A backlog is drained at the same time; the daemon and the viewers share the cores. The offline brain computes",
        "in the daemon's own process; models answer elsewhere, as they do on a stage. Four steps count as an item.",
        "",
        "| brain | audience | items/s | to nobody | CPU of the daemon, cores | events seen a second | p99 | resyncs |",
        "|---|---|---|---|---|---|---|---|",
        *chain(*(_pipeline_rows(brain, runs, seconds=machine["seconds"]) for brain, runs in pipeline.items())),
        "",
        "## What was asked for",
        "",
        "| what | goal | measured | met |",
        "|---|---|---|---|",
        *_goals(stage),
        "",
        "What the viewers' own process used of a core:",
        "; ".join(f"{_spread(runs, _at('cpu_share'))} ({label})" for label, runs in stage.items()) + ".",
    ]
    return "\n".join(lines) + "\n"


def _speed_row(label: str, runs: Runs) -> str:
    cells = [
        label,
        _spread(runs, _at("events_per_second")),
        *(_spread(runs, _at("latency_ms", key)) for key in ("p50", "p99", "max")),
        _spread(runs, _at("back_ms", "p99")),
        _spread(runs, _at("cpu_us_per_message")),
        f"{_at_median(runs, 'resident_mb', 'empty'):.0f}, {_at_median(runs, 'resident_mb', 'idle'):.0f}",
        _spread(runs, _at("kib_per_idle_client")),
    ]
    return f"| {' | '.join(cells)} |"


def _kept_row(label: str, runs: Runs) -> str:
    """The round with the fewest complete ones."""
    worst = min(runs, key=lambda run: run["keeping_up"]["complete"])
    fast, slow = worst["keeping_up"], worst["slow"]
    cells = [
        label,
        fast["complete"],
        fast["clients"],
        fast.get("missing", 0) + fast.get("behind", 0) + fast.get("resynced", 0),
        fast.get("repeated", 0) + fast.get("disordered", 0),
        slow["complete"],
        slow.get("behind", 0),
        slow.get("resynced", 0),
        slow.get("missing", 0) + slow.get("repeated", 0) + slow.get("disordered", 0),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _pipeline_rows(brain: str, audiences: Mapping[str, Runs], *, seconds: float) -> list[str]:
    alone = _median(next(iter(audiences.values())), "items_per_second")
    rows = (_pipeline_row(label, runs, alone=alone, seconds=seconds) for label, runs in audiences.items())
    return [f"| {brain} {row}" for row in rows]


def _pipeline_row(label: str, runs: Runs, *, alone: float, seconds: float) -> str:
    viewers = [run["viewers"] for run in runs if run["viewers"]]
    rate = _median(runs, "items_per_second")
    cells = [label, _spread(runs, _at("items_per_second")), f"{rate / alone:.2f}", _spread(runs, _at("cpu_share"))]
    if viewers:
        each = statistics.median(run["messages"] / run["clients"] / seconds for run in viewers)
        resyncs = max(run["keeping_up"]["resyncs"] for run in viewers)
        cells += [f"{each:.0f}", _spread(viewers, _at("latency_ms", "p99")), str(resyncs)]
    else:
        cells += ["", "", ""]
    return f"| {' | '.join(cells)} |"


def _goals(stage: Mapping[str, Runs]) -> list[str]:
    ours, plain = stage[OURS], stage[PLAIN]
    ratio = statistics.median(
        mine["latency_ms"]["p99"] / theirs["latency_ms"]["p99"] for mine, theirs in zip(ours, plain, strict=True)
    )
    memory = max(run["kib_per_idle_client"] for run in ours)
    lost = sum(run["keeping_up"]["clients"] - run["keeping_up"]["complete"] for run in ours)
    silent = sum(run["slow"].get(fault, 0) for run in ours for fault in ("missing", "repeated", "disordered"))
    return [
        _goal("viewers who keep up and have not every event exactly once in order", "0", str(lost), is_met=not lost),
        _goal("slow viewers who lost something and were not told", "0", str(silent), is_met=not silent),
        _goal("p99 of ours to the plain sender's", f"< {_MOST_RATIO}", f"{ratio:.2f}", is_met=ratio < _MOST_RATIO),
        _goal("KiB an idle client, most", f"< {_MOST_KIB}", f"{memory:.1f}", is_met=memory < _MOST_KIB),
    ]


def _goal(what: str, goal: str, measured: str, *, is_met: bool) -> str:
    return f"| {what} | {goal} | {measured} | {'yes' if is_met else '**no**'} |"


def _at(*path: str) -> Callable[[Figures], float]:
    def look(run: Figures) -> float:
        found: Any = run
        for key in path:
            found = None if found is None else found[key]
        return float("nan") if found is None else float(found)

    return look


def _spread(runs: Runs, look: Callable[[Figures], float]) -> str:
    values = [look(run) for run in runs]
    middle = f"{statistics.median(values):,.4g}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.4g} to {max(values):,.4g})"


def _median(runs: Runs, key: str) -> float:
    return statistics.median(run[key] for run in runs)


def _at_median(runs: Runs, *path: str) -> float:
    return statistics.median(map(_at(*path), runs))
