"""What must hold for models, groups, their echelons and fallbacks, and the roles."""

import re
from collections.abc import Iterator, Mapping

from daemon.core.settings.declared import Check, Declared, is_positive, is_wait, models_in_reach
from daemon.core.settings.defaults import vendor_of
from daemon.core.settings.models import FallbackSettings, LlmSettings, Settings
from daemon.core.settings.problems import KeyPath, Problem, suggest
from daemon.core.settings.values import is_web_address

_ECHELON = re.compile(r"echelon[1-9][0-9]*")


def _models(settings: Settings, _: Declared) -> Iterator[Problem]:
    for name, model in settings.llm.models.items():
        path: KeyPath = ("llm", "models", name)
        if model.provider == "offline":
            continue
        if not model.model:
            yield Problem((*path, "model"), f"is missing; which model of {model.provider} should be asked?")
        if model.base_url and not is_web_address(model.base_url):
            yield Problem((*path, "base_url"), "must be an address that starts with https:// or http://")
        vendor = vendor_of(model.model_dump())
        if vendor is not None and model.api_key is None:
            hint = f"set {vendor.key_names[0]}, or its api_key"
            yield Problem(path, f"has no key, so every call to it will be refused; {hint}", is_warning=True)


def _names(_: Settings, declared: Declared) -> Iterator[Problem]:
    for kind, names in (("groups", declared.groups), ("pools", declared.pools)):
        for name in names:
            if "." in name:
                text = "the name must have no dot, which is kept for echelons, as in left.echelon1"
                yield Problem(("llm", kind, name), text)


def _echelons(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, group in settings.llm.groups.items():
        path: KeyPath = ("llm", "groups", name)
        if not group.echelons:
            yield Problem(path, "a group needs at least one echelon: echelon1: {models: [offline]}")
        for key, echelon in group.echelons.items():
            if not _ECHELON.fullmatch(key):
                yield Problem((*path, key), "echelons are named echelon1, echelon2, …")
            for model in echelon.models:
                if model not in declared.models | declared.pools:
                    yield Problem((*path, key, "models"), _no_model(model, declared))


def _no_model(name: str, declared: Declared) -> str:
    if name.partition(".")[0] in declared.groups:
        return f"{name} is a group; an echelon holds models and pools, and fallback_groups names groups"
    kind = "the models and pools are" if declared.pools else "the models are"
    return f"there is no model {name}; {suggest(name, declared.models | declared.pools, kind=kind)}"


def _roles(settings: Settings, declared: Declared) -> Iterator[Problem]:
    known = [*declared.groups, *declared.pools]
    for role, name in settings.llm.roles.model_dump().items():
        if name not in known:
            kind = "the groups and pools are" if declared.pools else "the groups are"
            yield Problem(("llm", "roles", role), f"there is no group {name}; {suggest(name, known, kind=kind)}")


def _fallback_groups(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, group in settings.llm.groups.items():
        path: KeyPath = ("llm", "groups", name, "fallback_config", "fallback_groups")
        for wanted in group.fallback_config.fallback_groups:
            base, _, echelon = wanted.partition(".")
            if wanted == name:
                text = f"{name} is this group itself, which changes nothing; name another group or an echelon"
                yield Problem(path, text, is_warning=True)
            elif base in declared.pools:
                yield Problem(path, f"{base} is a pool; put it among the models of an echelon of {name}")
            elif base not in declared.groups:
                hint = suggest(wanted, declared.group_names(), kind="there are")
                yield Problem(path, f"there is no group {base}; {hint}")
            elif echelon and echelon not in declared.groups[base]:
                yield Problem(path, f"{base} has no {echelon}; it is passed over", is_warning=True)


def _strategies(settings: Settings, _: Declared) -> Iterator[Problem]:
    for name, group in settings.llm.groups.items():
        path: KeyPath = ("llm", "groups", name, "fallback_config", "strategy")
        fallback = group.fallback_config
        if fallback.strategy == "task_group_switch" and not _other_groups(name, fallback):
            text = "task_group_switch has nothing to switch to; name another group in fallback_groups"
            yield Problem(path, text, is_warning=True)
        if fallback.strategy == "provider_failover":
            yield from _failover(name, path=path, llm=settings.llm)


def _failover(name: str, *, path: KeyPath, llm: LlmSettings) -> Iterator[Problem]:
    reach = models_in_reach([name, *llm.groups[name].fallback_config.fallback_groups], llm)
    providers = {(llm.models[model].provider, llm.models[model].base_url) for model in reach}
    if len(providers) == 1:
        ((provider, _),) = providers
        text = f"provider_failover has only {provider} in reach; add a model of another provider, or use echelon_down"
        yield Problem(path, text, is_warning=True, also=(("llm", "models"),))


def _other_groups(name: str, fallback: FallbackSettings) -> list[str]:
    return [wanted for wanted in fallback.fallback_groups if wanted.partition(".")[0] != name]


def _fallback_waits(settings: Settings, _: Declared) -> Iterator[Problem]:
    for name, group in settings.llm.groups.items():
        path: KeyPath = ("llm", "groups", name, "fallback_config")
        if not is_wait(group.fallback_config.retry_delay):
            yield Problem((*path, "retry_delay"), "must be 0 seconds or more")
        if not is_positive(group.fallback_config.circuit_breaker.recovery_time):
            yield Problem((*path, "circuit_breaker", "recovery_time"), "must be more than 0 seconds")


def _call_timeouts(settings: Settings, _: Declared) -> Iterator[Problem]:
    longest = settings.worker.step_timeout
    for path, timeout in _timeouts(settings.llm).items():
        if timeout <= 0:
            yield Problem(path, "must be more than 0 seconds")
        elif timeout > longest:
            text = f"{timeout:g} s is longer than a whole step may take; at most {longest:g} s"
            yield Problem(path, f"{text} (worker.step_timeout)", also=(("worker", "step_timeout"),))


def _stream_timeouts(settings: Settings, _: Declared) -> Iterator[Problem]:
    """Only what a person wrote: with the default, a shorter timeout is no mistake."""
    stream = settings.llm.stream
    if not stream.enabled or "first_token" not in stream.model_fields_set:
        return
    for path, timeout in _timeouts(settings.llm).items():
        if 0 < timeout < stream.first_token:
            text = f"{stream.first_token:g} s is never reached in {path[2]}.{path[3]}, whose timeout of {timeout:g} s"
            key: KeyPath = ("llm", "stream", "first_token")
            yield Problem(key, f"{text} comes first", is_warning=True, also=(path,))


def _timeouts(llm: LlmSettings) -> Mapping[KeyPath, float]:
    return {
        ("llm", "groups", name, key, "timeout"): echelon.timeout
        for name, group in llm.groups.items()
        for key, echelon in group.echelons.items()
    }


def _retries(settings: Settings, _: Declared) -> Iterator[Problem]:
    retry = settings.llm.retry
    if not all(is_wait(delay) for delay in retry.delays):
        yield Problem(("llm", "retry", "delays"), "waits are 0 seconds or more")
    if not retry.retry_after_cap >= 0:
        yield Problem(("llm", "retry", "retry_after_cap"), "must be 0 seconds or more")


LLM_CHECKS: tuple[Check, ...] = (
    _models,
    _names,
    _echelons,
    _roles,
    _fallback_groups,
    _strategies,
    _fallback_waits,
    _call_timeouts,
    _stream_timeouts,
    _retries,
)
