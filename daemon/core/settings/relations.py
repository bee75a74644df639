"""What must hold between settings. Each check is a function that yields what is wrong."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from daemon.core.settings.defaults import OFFLINE, vendor_of
from daemon.core.settings.models import SHORTEST_EVERY_SECONDS, Settings
from daemon.core.settings.problems import KeyPath, Problem, suggest

_ECHELON = re.compile(r"echelon[1-9][0-9]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SHORT_LEASE_SECONDS = 3.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_POSITIVE = (
    ("sensors", "timeout"),
    ("sensors", "every"),
    ("sensors", "parse_timeout"),
    ("memory", "timeout"),
    ("worker", "step_timeout"),
    ("blackboard", "lease"),
)


@dataclass(frozen=True, slots=True)
class Declared:
    """The names a person wrote, also of models and groups that are faulty themselves."""

    models: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    """The echelons of each group."""

    def group_names(self) -> list[str]:
        """Everything that can be fallen back to: groups and their echelons."""
        return [*self.groups, *(f"{name}.{e}" for name, echelons in self.groups.items() for e in echelons)]


Check = Callable[[Settings, Declared], Iterator[Problem]]


def check_relations(settings: Settings, tree: Mapping[str, Any]) -> list[Problem]:
    """All problems and warnings between settings. `tree` is what was written, from which `settings` were made."""
    declared = _declared(tree)
    return [problem for check in _CHECKS for problem in check(settings, declared)]


def _declared(tree: Mapping[str, Any]) -> Declared:
    llm = _mapping(tree.get("llm"))
    groups = {name: _mapping(_mapping(group).get("echelons")) for name, group in _mapping(llm.get("groups")).items()}
    return Declared(
        models=frozenset({OFFLINE, *_mapping(llm.get("models"))}),
        groups={name: frozenset(echelons) for name, echelons in groups.items()},
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _roles(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for role, group in settings.llm.roles.model_dump().items():
        if group not in declared.groups:
            hint = suggest(group, declared.groups, kind="the groups are")
            yield Problem(("llm", "roles", role), f"there is no group {group}; {hint}")


def _echelons(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, group in settings.llm.groups.items():
        path: KeyPath = ("llm", "groups", name)
        if not group.echelons:
            yield Problem(path, "a group needs at least one echelon: echelon1: {models: [offline]}")
        for key, echelon in group.echelons.items():
            if not _ECHELON.fullmatch(key):
                yield Problem((*path, key), "echelons are named echelon1, echelon2, …")
            for model in echelon.models:
                if model not in declared.models:
                    hint = suggest(model, declared.models, kind="the models are")
                    yield Problem((*path, key, "models"), f"there is no model {model}; {hint}")


def _fallbacks(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, group in settings.llm.groups.items():
        path: KeyPath = ("llm", "groups", name, "fallback_config", "fallback_groups")
        for wanted in group.fallback_config.fallback_groups:
            base, _, echelon = wanted.partition(".")
            if base not in declared.groups:
                hint = suggest(wanted, declared.group_names(), kind="there are")
                yield Problem(path, f"there is no group {base}; {hint}")
            elif echelon and echelon not in declared.groups[base]:
                yield Problem(path, f"{base} has no {echelon}; it is passed over", is_warning=True)


def _call_timeouts(settings: Settings, _: Declared) -> Iterator[Problem]:
    longest = settings.worker.step_timeout
    for name, group in settings.llm.groups.items():
        for key, echelon in group.echelons.items():
            path: KeyPath = ("llm", "groups", name, key, "timeout")
            if echelon.timeout <= 0:
                yield Problem(path, "must be more than 0 seconds")
            elif echelon.timeout > longest:
                text = f"{echelon.timeout:g} s is longer than a whole step may take; at most {longest:g} s"
                yield Problem(path, f"{text} (worker.step_timeout)", also=(("worker", "step_timeout"),))


def _models(settings: Settings, _: Declared) -> Iterator[Problem]:
    for name, model in settings.llm.models.items():
        path: KeyPath = ("llm", "models", name)
        if model.provider == "offline":
            continue
        if not model.model:
            yield Problem((*path, "model"), f"is missing; which model of {model.provider} should be asked?")
        if model.base_url and not _is_web_address(model.base_url):
            yield Problem((*path, "base_url"), "must be an address that starts with https:// or http://")
        vendor = vendor_of(model.model_dump())
        if vendor is not None and model.api_key is None:
            hint = f"set {vendor.key_names[0]}, or its api_key"
            yield Problem(path, f"has no key, so every call to it will be refused; {hint}", is_warning=True)


def _retries(settings: Settings, _: Declared) -> Iterator[Problem]:
    retry = settings.llm.retry
    if not all(0 <= delay < float("inf") for delay in retry.delays):
        yield Problem(("llm", "retry", "delays"), "waits are 0 seconds or more")
    if not retry.retry_after_cap >= 0:
        yield Problem(("llm", "retry", "retry_after_cap"), "must be 0 seconds or more")


def _budget(settings: Settings, _: Declared) -> Iterator[Problem]:
    budget = settings.budget
    bounds = (
        ("per_item_usd", budget.per_item_usd),
        ("daily_usd", budget.daily_usd),
        ("monthly_usd", budget.monthly_usd),
    )
    known = [(key, bound) for key, bound in bounds if bound is not None]
    for (small, less), (large, more) in pairwise(known):
        if less > more:
            text = f"{less:g} is more than budget.{large}, which is {more:g}; at most that"
            yield Problem(("budget", small), text, also=(("budget", large),))
    for currency, rate in budget.currency.items():
        if not 0 < rate < float("inf"):
            yield Problem(("budget", "currency", currency), "one dollar must be worth more than 0 of it")


def _memory(settings: Settings, _: Declared) -> Iterator[Problem]:
    memory = settings.memory
    needs_url = memory.mode == "http"
    if needs_url and not memory.url:
        text = "mode http needs the address of a Chroma server, such as http://127.0.0.1:8000"
        yield Problem(("memory", "url"), text, also=(("memory", "mode"),))
    if memory.url and not needs_url:
        yield Problem(("memory", "url"), f"is not used while memory.mode is {memory.mode}", is_warning=True)
    if memory.url and not _is_web_address(memory.url):
        yield Problem(("memory", "url"), "must be an address that starts with https:// or http://")
    if memory.embeddings == "gemini" and not _has_gemini_key(settings):
        text = "gemini needs a model of the provider gemini with a key in llm.models"
        yield Problem(("memory", "embeddings"), text, also=(("llm", "models"),))


def _has_gemini_key(settings: Settings) -> bool:
    return any(model.provider == "gemini" and model.api_key for model in settings.llm.models.values())


def _spans(settings: Settings, _: Declared) -> Iterator[Problem]:
    for section, key in _POSITIVE:
        if not 0 < getattr(getattr(settings, section), key) < float("inf"):
            yield Problem((section, key), "must be more than 0 seconds")
    if not 0 <= settings.shutdown.grace_seconds < float("inf"):
        yield Problem(("shutdown", "grace_seconds"), "must be 0 seconds or more")


def _intervals(settings: Settings, _: Declared) -> Iterator[Problem]:
    for position, source in enumerate(settings.sources):
        if source.every is not None and not SHORTEST_EVERY_SECONDS <= source.every < float("inf"):
            yield Problem(("sources", position, "every"), f"must be {SHORTEST_EVERY_SECONDS:g} second or more")


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
    if api.host not in _LOOPBACK:
        text = f"{api.host} can be reached from other machines; put a proxy with TLS before it"
        yield Problem(("api", "host"), text, is_warning=True)


def _language(settings: Settings, _: Declared) -> Iterator[Problem]:
    if settings.language != "source" and not _LANGUAGE.fullmatch(settings.language):
        yield Problem(("language",), f"{settings.language!r} is not a language code; write source, en, zh, de, …")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


_CHECKS: tuple[Check, ...] = (
    _language,
    _models,
    _echelons,
    _roles,
    _fallbacks,
    _call_timeouts,
    _retries,
    _budget,
    _memory,
    _spans,
    _intervals,
    _lease,
    _listeners,
)
