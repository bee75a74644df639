"""`davidagent dashboard`: the Streamlit pages, as a process of their own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from daemon.cli.invocation import invocation
from daemon.core.errors import DavidAgentError
from daemon.core.settings.layers import CONFIG_VARIABLE, PREFIX

if TYPE_CHECKING:
    from daemon.core.settings.loading import LoadedSettings
    from daemon.core.settings.models import DashboardSettings, Settings

STOP_SECONDS: Final = 10.0
ALL_ADDRESSES: Final = ("0.0.0.0", "::")  # noqa: S104 - only compared with

_QUIET: Final = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableAgentApi": "false",
    "server.maxUploadSize": "5",
    "browser.gatherUsageStats": "false",
    "runner.magicEnabled": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "logger.level": "warning",
    "logger.hideWelcomeMessage": "true",
}
"""Nothing is opened, watched, collected or shown that nobody asked for."""
_THEME: Final = {
    "theme.light.primaryColor": "#0b5c8a",
    "theme.light.linkColor": "#0b5c8a",
    "theme.dark.primaryColor": "#4f9fcd",
    "theme.dark.linkColor": "#7cc0ea",
    "theme.linkUnderline": "false",
    "theme.baseRadius": "small",
    "theme.paddingTop": "2.5rem",
    "theme.showWidgetBorder": "true",
    "theme.headingFontSizes": "1.75rem,1.4rem,1.1rem",
    "theme.metricValueFontSize": "1.35rem",
}
"""One accent colour, light or dark as the system has it."""


def dashboard(context: typer.Context) -> None:
    """Start the dashboard and stay until it ends; stop it with Ctrl-C."""
    from daemon.cli.output import say

    loaded = invocation(context).load_warned()
    with running_dashboard(loaded) as process:
        say(f"The dashboard is at {address_of(loaded.settings.dashboard)}  (Ctrl-C stops it)")
        sys.stdout.flush()
        code = process.wait()
    if code:
        raise DavidAgentError(f"the dashboard ended with exit code {code}")


@contextmanager
def running_dashboard(loaded: "LoadedSettings") -> Iterator["subprocess.Popen[bytes]"]:
    """The dashboard's process, stopped at the end. Raises `DavidAgentError` when there is none to start."""
    command = dashboard_command(loaded.settings)
    _require_port(loaded.settings.dashboard)
    # It ends when its standard input does: with this process, also when that is killed.
    with subprocess.Popen(  # noqa: S603 - our own interpreter and our own page
        command, stdin=subprocess.PIPE, env=os.environ | environment_of(loaded)
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
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
        raise DavidAgentError("this version has no dashboard; davidagent status shows the desk at a glance")
    if find_spec("streamlit") is None:
        raise DavidAgentError("the dashboard needs Streamlit: pip install 'davidagent[dashboard]'")
    where = {"server.address": settings.dashboard.host, "server.port": str(settings.dashboard.port)}
    options = [part for name, value in {**where, **_QUIET, **_THEME}.items() for part in (f"--{name}", value)]
    return [sys.executable, "-m", "dashboard.serving", "run", str(page), *options]


def environment_of(loaded: "LoadedSettings") -> dict[str, str]:
    """What lets the pages find the same settings: the file and the home."""
    config = {CONFIG_VARIABLE: str(loaded.path)} if loaded.path else {}
    return {**config, f"{PREFIX}HOME": str(loaded.settings.home)}


def address_of(settings: "DashboardSettings") -> str:
    """Where a browser of this machine finds it."""
    host = "127.0.0.1" if settings.host in ALL_ADDRESSES else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _require_port(settings: "DashboardSettings") -> None:
    """A port that is taken is told before anything is started, in one sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((settings.host, settings.port))
        except OSError as error:
            raise DavidAgentError(
                f"the dashboard cannot listen on {settings.host}, port {settings.port}: {error.strerror} "
                "(dashboard.host, dashboard.port; is another dashboard running?)"
            ) from error
