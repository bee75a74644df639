"""`davidagent dashboard`: the Streamlit pages, as a process of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from daemon.cli.invocation import invocation
from daemon.core.errors import DavidAgentError

if TYPE_CHECKING:
    from daemon.core.settings.models import Settings

STOP_SECONDS = 10.0


def dashboard(context: typer.Context) -> None:
    """Start the dashboard and stay until it ends; stop it with Ctrl-C."""
    with running_dashboard(invocation(context).settings()) as process:
        code = process.wait()
    if code:
        raise DavidAgentError(f"the dashboard ended with exit code {code}")


@contextmanager
def running_dashboard(settings: "Settings") -> Iterator["subprocess.Popen[bytes]"]:
    """The dashboard's process, stopped at the end. Raises `DavidAgentError` when there is none to start."""
    command = dashboard_command(settings)
    environment = os.environ | {"DAVIDAGENT_HOME": str(settings.home)}
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own interpreter and our own page
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def dashboard_command(settings: "Settings") -> list[str]:
    """The command line that serves the dashboard. Raises `DavidAgentError`."""
    package = find_spec("dashboard")
    folder = Path(package.origin).parent if package and package.origin else Path()
    page = folder / "app.py"
    if not page.is_file():
        raise DavidAgentError("this version has no dashboard yet; davidagent status shows the desk at a glance")
    if find_spec("streamlit") is None:
        raise DavidAgentError("the dashboard needs Streamlit: pip install 'davidagent[dashboard]'")
    where = ["--server.address", settings.dashboard.host, "--server.port", str(settings.dashboard.port)]
    quiet = ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    return [sys.executable, "-m", "streamlit", "run", str(page), *where, *quiet]
