"""What a gateway adds to a call of the bare SDK, at 1, 16 and 64 calls at once, beside LiteLLM's Router, in one run.

All ask the same loopback server, which answers at once, for the same shape. Rounds are interleaved; what is added is
the difference of the medians (p50, p99) within the run. `python -m bench.gateway_overhead` writes
`bench/results/gateway_overhead.{json,md}`.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.contestants.calls import LEVELS
from bench.processes import figures_of, model_server

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to the model."""

    label: str
    module: str
    environ: tuple[tuple[str, str], ...] = ()


BARE = Contestant("bare anthropic SDK", "anthropic_sdk")
OURS = Contestant("DavidAgent gateway, all on, ledger on disk (synchronous FULL)", "davidagent_gateway")
PEER = Contestant("litellm.Router, the same features, budget in memory", "litellm_router")
PLAIN = Contestant("litellm.Router, retries and one fall-back only", "litellm_router", (("LITELLM_PLAIN", "1"),))
CONTESTANTS = (BARE, OURS, PEER, PLAIN)

Runs = dict[str, list[dict[str, Any]]]


def main() -> None:
    """Run all rounds, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    figures: dict[str, Runs] = {"whole answers": {}, "streams": {}}
    with model_server() as url:
        for number in range(options.rounds):
            for mode, runs in figures.items():
                for contestant in CONTESTANTS:
                    figure = _run(contestant, url=url, calls=options.calls, is_stream=mode == "streams")
                    runs.setdefault(contestant.label, []).append(figure)
                    print(f"round {number + 1}: {mode}: {contestant.label}: p50 {figure['1']['p50_us']} us alone")
    _write(figures, options=options)


def _run(contestant: Contestant, *, url: str, calls: int, is_stream: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        arguments = ["--base-url", url, "--calls", str(calls), "--home", home, *(["--stream"] if is_stream else [])]
        return figures_of(contestant.module, *arguments, environ=dict(contestant.environ))


def _write(figures: dict[str, Runs], *, options: argparse.Namespace) -> None:
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "anthropic": version("anthropic"),
        "litellm": version("litellm"),
        "calls": options.calls,
        "rounds": options.rounds,
    }
    RESULTS.mkdir(exist_ok=True)
    document = {"machine": machine, "figures": figures}
    (RESULTS / "gateway_overhead.json").write_text(json.dumps(document, indent=1) + "\n")
    table = _table(figures, machine)
    (RESULTS / "gateway_overhead.md").write_text(table)
    print("\n" + table)


def _table(figures: dict[str, Runs], machine: dict[str, Any]) -> str:
    lines = ["# What a gateway adds to a model call", "", ", ".join(f"{key} {value}" for key, value in machine.items())]
    lines += ["", "Medians of the interleaved rounds, in microseconds; in brackets what is added to the bare SDK."]
    for mode, runs in figures.items():
        lines += ["", f"## {mode}", ""]
        head = " | ".join(f"{level} at once: p50 | p99" for level in LEVELS)
        lines += [f"| way | {head} | CPU us a call at {LEVELS[1]} |", "|---" * (2 * len(LEVELS) + 2) + "|"]
        lines += [_row(contestant.label, runs) for contestant in CONTESTANTS]
        for peer in (PEER, PLAIN):
            lines += ["", f"Added by DavidAgent, as a share of what `{peer.label}` adds: {_shares(runs, peer)}."]
    return "\n".join(lines) + "\n"


def _row(label: str, runs: Runs) -> str:
    cells = []
    for level in LEVELS:
        for key in ("p50_us", "p99_us"):
            added = _added(runs, label, level=level, key=key)
            cells.append(f"{_median(runs, label, level=level, key=key):,.0f} (+{added:,.0f})")
    cells.append(f"{_median(runs, label, level=LEVELS[1], key='cpu_us_per_call'):,.0f}")
    return f"| {label} | {' | '.join(cells)} |"


def _shares(runs: Runs, peer: Contestant) -> str:
    shares = []
    for level in LEVELS:
        p50, p99 = (
            _added(runs, OURS.label, level=level, key=key) / _added(runs, peer.label, level=level, key=key)
            for key in ("p50_us", "p99_us")
        )
        shares.append(f"**{p50:.2f}** (p99 {p99:.2f}) at {level}")
    return ", ".join(shares)


def _added(runs: Runs, label: str, *, level: int, key: str) -> float:
    return _median(runs, label, level=level, key=key) - _median(runs, BARE.label, level=level, key=key)


def _median(runs: Runs, label: str, *, level: int, key: str) -> float:
    return statistics.median(run[str(level)][key] for run in runs[label])


if __name__ == "__main__":
    main()
