"""Processes of a bench: the model server, and contestants that print their figures as one JSON line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


@contextmanager
def model_server(*arguments: str) -> Iterator[str]:
    """A running model server; answers its address."""
    command = [sys.executable, "-m", "bench.contestants.model_server", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def figures_of(module: str, *arguments: str, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a contestant to its end. Ends the bench with its words when it fails."""
    command = [sys.executable, "-m", f"bench.contestants.{module}", *arguments]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environ or {})}
    )
    if done.returncode:
        sys.exit(f"{module} failed:\n{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
