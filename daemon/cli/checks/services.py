"""The services: the daemon, its port, the models, the memory."""

import json
import socket
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from daemon.blackboard.reading import BoardReader
from daemon.cli.checks.check import Check, note, ok, wrong
from daemon.core.errors import BlackboardError
from daemon.core.settings.models import ApiSettings, MemorySettings, ModelSettings, Settings

if TYPE_CHECKING:
    from daemon.blackboard import Holder

_STALE_SECONDS = 60.0
_REACH_SECONDS = 3.0
_PACKAGE_OF = {"anthropic": ("anthropic",), "gemini": ("google", "google.genai"), "openai": ("openai",)}


def check_daemon(holder: "Holder | None", *, reader: BoardReader) -> Check:
    """Who the writer is, and whether it shows signs of life."""
    if holder is None:
        return ok("daemon", "not running")
    if holder.address is None:
        return ok("daemon", f"process {holder.pid} is working on the board (no API)")
    silent = _silent_seconds(reader)
    if silent is not None and silent > _STALE_SECONDS:
        advice = f"look at its log; if it hangs, stop it (kill {holder.pid}) and start it again"
        return wrong("daemon", f"process {holder.pid} has not shown a sign of life for {silent:.0f} s", advice=advice)
    return ok("daemon", f"running as process {holder.pid}, {holder.address}")


def _silent_seconds(reader: BoardReader) -> float | None:
    try:
        told = json.loads(reader.controls().get("daemon", "{}")) if reader.exists else {}
    except (BlackboardError, ValueError):
        return None
    beat = told.get("heartbeat_at")
    return max(0.0, time.time() - beat) if isinstance(beat, int | float) else None


def check_port(api: ApiSettings) -> Check:
    """The API's port is free for the daemon's next start."""
    where = f"{api.host}:{api.port}"
    if api.port == 0:
        return ok("port", "any free one")
    family = socket.AF_INET6 if ":" in api.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((api.host, api.port))
        except OSError as error:
            advice = "stop the program that listens there, or set another api.port"
            return wrong("port", f"{where} cannot be used: {error.strerror or error}", advice=advice)
    return ok("port", f"{where} is free")


def check_models(settings: Settings) -> Iterator[Check]:
    """Every model a role can reach has its key and its package."""
    for role, group_name in settings.llm.roles.model_dump().items():
        group = settings.llm.groups.get(group_name)
        if group is None:
            yield wrong("models", f"{role} has no group {group_name}", advice="name the group in llm.groups")
            continue
        names = [name for echelon in group.ordered() for name in echelon.models]
        faults = [fault for name in names if (fault := _fault_of(settings.llm.models.get(name), name=name))]
        detail = f"{role}: {' → '.join(names)}"
        if len(faults) == len(names):
            yield wrong("models", detail, advice="; ".join(faults))
        else:
            yield note("models", detail, advice="; ".join(faults)) if faults else ok("models", detail)


def _fault_of(model: ModelSettings | None, *, name: str) -> str | None:
    if model is None:
        return f"{name} is not in llm.models"
    if model.provider == "offline":
        return None
    if model.api_key is None and model.base_url is None:
        return f"{name} has no api_key"
    if not all(find_spec(package) for package in _PACKAGE_OF[model.provider]):
        return f"{name} needs its SDK: pip install 'davidagent[{model.provider}]'"
    return None


def check_memory(memory: MemorySettings) -> Check:
    """The memory can be used as it is configured; without it, work goes on."""
    if memory.mode == "off":
        return ok("memory", "off")
    if find_spec("chromadb") is None:
        return wrong("memory", f"{memory.mode}", advice="pip install 'davidagent[memory]', or set memory.mode: off")
    if memory.mode == "embedded":
        return ok("memory", "embedded")
    return _reach(memory)


def _reach(memory: MemorySettings) -> Check:
    import httpx2

    url = f"{(memory.url or '').rstrip('/')}/api/v2/heartbeat"
    try:
        httpx2.get(url, timeout=_REACH_SECONDS, trust_env=False).raise_for_status()
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        advice = "start it (chroma run), or look at memory.url; until then posts are written without recall"
        return wrong("memory", f"{memory.url} does not answer: {error}", advice=advice)
    return ok("memory", f"{memory.url} answers")
