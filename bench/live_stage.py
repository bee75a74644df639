"""A hall of viewers before one process: our daemon beside a plain ASGI sender and sse-starlette's broadcaster.

The viewers are a process of their own. A tenth of them reads slowly; in the middle a fifth loses its connection and
comes back at once. The contestants take turns on the same machine. Our events are real ones: items posted through the
API, committed to the board before anybody is told; theirs come from a clock inside of them and are kept nowhere.
Then the same daemon drains a backlog, with viewers and without: once with models that answer in a second, whose every
event the viewers see, and once with the offline brain, which takes all of a core that it can get.
`python -m bench.live_stage` writes `bench/results/live_stage.{json,md}`; `--quick` tries it with few for a moment.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.contestants.drain_load import answers
from bench.live_stage_parts import MODEL_SECONDS, Stage, contestant, desk, hall
from bench.live_stage_table import MODELS, OFFLINE, OURS, PEER, PLAIN, table
from bench.processes import model_server

RESULTS = Path(__file__).parent / "results"
SETTLING_SECONDS = 3.0
_WARM_STEPS, _STEPS_AN_ITEM = 8, 4
Figures = dict[str, Any]


def main() -> None:
    """Run all rounds, print and write the table."""
    options = _options()
    figures: Figures = {"stage": {}, "posting": [], "pipeline": {}}
    load = os.getloadavg()[0]
    for number in range(options.rounds):
        for label in (PLAIN, PEER, OURS):
            figure = _show(_stage(label), options=options)
            figures["stage"].setdefault(label, []).append(figure)
            latency = figure["latency_ms"]
            print(f"round {number + 1}: {label}: p50 {latency['p50']} ms, p99 {latency['p99']} ms", flush=True)
        figures["posting"].append(_posting(options))
        for brain, label, run in _pipelines(options):
            figure = run()
            figures["pipeline"].setdefault(brain, {}).setdefault(label, []).append(figure)
            print(f"round {number + 1}: {brain}, {label}: {figure['items_per_second']} items/s", flush=True)
    _write(figures, options=options, load=load)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="200 viewers, 5 seconds, one round")
    options = parser.parse_args()
    if options.quick:
        options.clients, options.seconds, options.rounds = 200, 5.0, 1
    return options


def _stage(label: str) -> AbstractContextManager[Stage]:
    if label == OURS:
        return desk()
    return contestant({PLAIN: "sse_plain", PEER: "sse_starlette_broadcast"}[label])


def _show(stage: AbstractContextManager[Stage], *, options: argparse.Namespace) -> Figures:
    """One performance of one contestant."""
    with stage as sender:
        time.sleep(SETTLING_SECONDS)
        empty = sender.resident_kib
        with hall(sender.url, clients=options.clients) as viewers:
            time.sleep(SETTLING_SECONDS)
            full, cpu = sender.resident_kib, sender.cpu_seconds
            began = time.monotonic()
            count = sender.drive(rate=options.rate, seconds=options.seconds, at_half=viewers.drop)
            took = time.monotonic() - began
            found = viewers.end(count=count)
            cpu = sender.cpu_seconds - cpu
            return found | {
                "driven": count,
                "events_per_second": round(count / took, 1),
                "resident_mb": {"empty": _mb(empty), "idle": _mb(full), "after": _mb(sender.resident_kib)},
                "kib_per_idle_client": round((full - empty) / options.clients, 2),
                "cpu_seconds": round(cpu, 2),
                "cpu_us_per_message": round(cpu / max(found["messages"], 1) * 1e6, 2),
            }


def _posting(options: argparse.Namespace) -> Figures:
    """What the same daemon needs for the same items with nobody watching."""
    with desk() as sender:
        time.sleep(SETTLING_SECONDS)
        cpu = sender.cpu_seconds
        count = sender.drive(rate=options.rate, seconds=options.seconds / 2, at_half=lambda: None)
        return {"cpu_ms_per_item": round((sender.cpu_seconds - cpu) / count * 1000, 2)}


def _pipelines(options: argparse.Namespace) -> list[tuple[str, str, Callable[[], Figures]]]:
    """Which brain works, who watches, and the run."""
    few = f"{options.clients:,} watch {options.rate:g} events a second of it"
    nobody, everything, all_of_it = "nobody watches", f"{options.clients:,} watch all of it", options.clients
    return [
        (MODELS, nobody, partial(_with_models, options, clients=0)),
        (MODELS, everything, partial(_with_models, options, clients=all_of_it)),
        (OFFLINE, nobody, partial(_pipeline, options, clients=0, rate=options.rate)),
        (OFFLINE, few, partial(_pipeline, options, clients=all_of_it, rate=options.rate, query="types=item_posted")),
        (OFFLINE, everything, partial(_pipeline, options, clients=all_of_it, rate=options.rate)),
    ]


def _with_models(options: argparse.Namespace, *, clients: int) -> Figures:
    with model_server("--latency", str(MODEL_SECONDS), "--answers", answers()) as url:
        return _pipeline(options, clients=clients, rate=0.0, models=url)


def _pipeline(
    options: argparse.Namespace, *, clients: int, rate: float, query: str = "", models: str | None = None
) -> Figures:
    """How fast a backlog is drained meanwhile, and what the viewers have of it; `rate` items a second come to it."""
    queued = int(max(options.seconds, 30) * 60)
    watched = desk(queued=queued, query=query, models=models)
    with watched as sender, hall(sender.url, clients=clients, slow=0, dropped=0) as viewers:
        sender.resume()
        while sender.steps < _WARM_STEPS:
            time.sleep(0.1)
        before, began, cpu = sender.steps, time.monotonic(), sender.cpu_seconds
        if rate:
            sender.drive(rate=rate, seconds=options.seconds, at_half=lambda: None)
        else:
            time.sleep(options.seconds)
        drained = (sender.steps - before) / _STEPS_AN_ITEM / (time.monotonic() - began)
        used = (sender.cpu_seconds - cpu) / (time.monotonic() - began)
        found = viewers.end(count=0) if clients else {}
        return {"items_per_second": round(drained, 2), "cpu_share": round(used, 2), "viewers": found}


def _mb(kib: float) -> float:
    return round(kib / 1024, 1)


def _write(figures: Figures, *, options: argparse.Namespace, load: float) -> None:
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "load before": round(load, 1),
        "python": platform.python_version(),
        **{name: version(name) for name in ("uvicorn", "uvloop", "sse-starlette")},
        **{name: getattr(options, name) for name in ("clients", "rate", "seconds", "rounds")},
    }
    text = table(figures, machine)
    print("\n" + text)
    if options.quick:
        return
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "live_stage.json").write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n")
    (RESULTS / "live_stage.md").write_text(text)


if __name__ == "__main__":
    main()
