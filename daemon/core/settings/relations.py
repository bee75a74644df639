"""What must hold between settings. Each check is a function that yields what is wrong."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from daemon.core.settings.declared import Check, Declared, declared_in, is_positive, is_wait
from daemon.core.settings.economy_relations import ECONOMY_CHECKS
from daemon.core.settings.exposure import exposure
from daemon.core.settings.level_relations import LEVEL_CHECKS
from daemon.core.settings.llm_relations import LLM_CHECKS
from daemon.core.settings.models import SHORTEST_EVERY_SECONDS, Settings
from daemon.core.settings.pool_relations import POOL_CHECKS
from daemon.core.settings.problems import Problem
from daemon.core.settings.values import is_web_address

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SHORT_LEASE_SECONDS = 3.0
_POSITIVE = (
    ("memory", "timeout"),
    ("worker", "step_timeout"),
    ("blackboard", "lease"),
)


def check_relations(settings: Settings, tree: Mapping[str, Any]) -> list[Problem]:
    """All problems and warnings between settings. `tree` is what was written, from which `settings` were made."""
    declared = declared_in(tree)
    return [problem for check in _CHECKS for problem in check(settings, declared)]


def _memory(settings: Settings, _: Declared) -> Iterator[Problem]:
    memory = settings.memory
    needs_url = memory.mode == "http"
    if needs_url and not memory.url:
        text = "mode http needs the address of a Chroma server, such as http://127.0.0.1:8000"
        yield Problem(("memory", "url"), text, also=(("memory", "mode"),))
    if memory.url and not needs_url:
        yield Problem(("memory", "url"), f"is not used while memory.mode is {memory.mode}", is_warning=True)
    if memory.url and not is_web_address(memory.url):
        yield Problem(("memory", "url"), "must be an address that starts with https:// or http://")
    if memory.embeddings == "gemini" and not _has_gemini_key(settings):
        text = "gemini needs a model of the provider gemini with a key in llm.models"
        yield Problem(("memory", "embeddings"), text, also=(("llm", "models"),))


def _has_gemini_key(settings: Settings) -> bool:
    return any(model.provider == "gemini" and model.api_key for model in settings.llm.models.values())


def _spans(settings: Settings, _: Declared) -> Iterator[Problem]:
    for section, key in _POSITIVE:
        if not is_positive(getattr(getattr(settings, section), key)):
            yield Problem((section, key), "must be more than 0 seconds")
    if not is_wait(settings.shutdown.grace_seconds):
        yield Problem(("shutdown", "grace_seconds"), "must be 0 seconds or more")


def _intervals(settings: Settings, _: Declared) -> Iterator[Problem]:
    for position, source in enumerate(settings.sources):
        if source.every is not None and not SHORTEST_EVERY_SECONDS <= source.every < float("inf"):
            yield Problem(("sources", position, "every"), f"must be {SHORTEST_EVERY_SECONDS:g} second or more")


def _x_key(settings: Settings, _: Declared) -> Iterator[Problem]:
    for position, source in enumerate(settings.sources):
        if source.x is not None and source.mirror is None and settings.sensors.x.bearer_token is None:
            text = "cannot be read without sensors.x.bearer_token (or X_BEARER_TOKEN), or a mirror feed"
            yield Problem(("sources", position, "x"), text, is_warning=True)
    if not is_web_address(settings.sensors.x.base_url):
        yield Problem(("sensors", "x", "base_url"), "must be an address that starts with https:// or http://")


def _lease(settings: Settings, _: Declared) -> Iterator[Problem]:
    lease = settings.blackboard.lease
    if lease < _SHORT_LEASE_SECONDS:
        text = f"{lease:g} s means a heartbeat every {lease / 3:.1f} s, and a short stall loses the claim; 60s is usual"
        yield Problem(("blackboard", "lease"), text, is_warning=True)


def _listeners(settings: Settings, _: Declared) -> Iterator[Problem]:
    api, dashboard = settings.api, settings.dashboard
    if api.port and api.port == dashboard.port:
        text = f"{dashboard.port} is the port of the API too; choose another"
        yield Problem(("dashboard", "port"), text, also=(("api", "port"),))
    for key, text in zip(("host", "public_events"), exposure(api), strict=False):
        yield Problem(("api", key), text, is_warning=True)


def _language(settings: Settings, _: Declared) -> Iterator[Problem]:
    if settings.language != "source" and not _LANGUAGE.fullmatch(settings.language):
        yield Problem(("language",), f"{settings.language!r} is not a language code; write source, en, zh, de, …")


_CHECKS: tuple[Check, ...] = (
    _language,
    *LLM_CHECKS,
    *POOL_CHECKS,
    *ECONOMY_CHECKS,
    *LEVEL_CHECKS,
    _memory,
    _spans,
    _intervals,
    _x_key,
    _lease,
    _listeners,
)
