"""What every contestant shares: arguments, the payload, and the figures it prints."""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

STEPS = ("extract", "draft", "review", "publish")


@dataclass(frozen=True, slots=True)
class Load:
    """How much work: `items` items of four steps, each saving `payload`; crash-safe between steps."""

    items: int
    concurrency: int
    synchronous: str
    home: Path

    @property
    def payload(self) -> dict[str, str]:
        """About 2 KB of JSON."""
        return {"text": "x" * 2000, "note": "what a step produced"}


Contestant = Callable[[Load], Awaitable[float]]
"""Does the load in a fresh folder; answers the seconds the work took, without set-up."""


def main(contestant: Contestant) -> None:
    """Run one contestant and print its figures as one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--synchronous", choices=("full", "normal"), default="full")
    parser.add_argument("--home", type=Path, required=True)
    load = Load(**vars(parser.parse_args()))
    before = time.process_time()
    seconds = asyncio.run(contestant(load))
    steps = load.items * len(STEPS)
    print(
        json.dumps(
            {
                "steps_per_second": round(steps / seconds, 1),
                "cpu_us_per_step": round((time.process_time() - before) / steps * 1e6, 1),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            }
        )
    )
