"""Who can be asked for a task: endpoints in echelons, echelons in groups, built from the settings."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from brains.llm.base import Provider
from brains.llm.pricing import Price, price_of
from daemon.core.clock import Clock
from daemon.core.errors import ConfigError
from daemon.core.settings.models import CircuitBreakerSettings, GroupSettings, LlmSettings, ModelSettings
from daemon.resilience.breaker import Breaker


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one server. `name` is its name in the configuration."""

    name: str
    provider: Provider
    model: str
    base_url: str | None = None
    max_tokens: int | None = None
    """The limit a person set for this model; wins over what a request asks for."""
    price: Price | None = None
    """None only for a local endpoint, which is free."""
    breaker: CircuitBreakerSettings = field(default_factory=CircuitBreakerSettings)


@dataclass(frozen=True, slots=True)
class Echelon:
    """One tier: its endpoints are tried in order. `timeout` is in seconds and holds for each request."""

    name: str
    """Such as `left.echelon1`."""
    endpoints: tuple[Endpoint, ...]
    timeout: float = 60.0
    concurrency_limit: int | None = None
    rpm_limit: int | None = None
    max_retries: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The echelons of a kind of work, in the order they are tried."""

    name: str
    echelons: tuple[Echelon, ...]

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All its endpoints, in order."""
        return tuple(endpoint for echelon in self.echelons for endpoint in echelon.endpoints)


def build_providers(settings: LlmSettings) -> dict[str, Provider]:
    """A provider for each model that a group uses, by the model's name; equal connections are shared.

    Raises `ConfigError` with all problems: an unknown model, a missing key, a missing SDK.
    """
    problems: list[str] = []
    shared: dict[tuple[Any, ...], Provider] = {}
    providers: dict[str, Provider] = {}
    for name in _used_models(settings):
        try:
            model = _model(settings, name)
            key = _connection(model)
            shared[key] = shared.get(key) or _build_provider(name, model)
            providers[name] = shared[key]
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError(problems=problems)
    return providers


def build_groups(settings: LlmSettings, *, providers: Mapping[str, Provider]) -> dict[str, Group]:
    """The groups by name. Raises `ConfigError` for a role or a fallback that names no group."""
    endpoints = {name: _endpoint(name, _model(settings, name), providers[name]) for name in providers}
    own = {name: _own_echelons(name, group, endpoints) for name, group in settings.groups.items()}
    groups = {name: Group(name, _with_fallbacks(name, group, own)) for name, group in settings.groups.items()}
    for task, group_name in settings.roles.model_dump().items():
        if group_name not in groups:
            raise ConfigError(f"llm.roles.{task}: there is no group {group_name}; there are {_listed(groups)}")
    return groups


def build_breakers(
    groups: Iterable[Group],
    *,
    clock: Clock,
    rng: random.Random,
    on_change: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Breaker]:
    """A breaker for each endpoint that is reached over the network, by the endpoint's name."""
    networked = {e.name: e for group in groups for e in reversed(group.endpoints) if not e.provider.is_local}
    return {
        name: Breaker(
            name,
            clock=clock,
            rng=rng,
            failure_threshold=endpoint.breaker.failure_threshold,
            recovery_time=endpoint.breaker.recovery_time,
            half_open_requests=endpoint.breaker.half_open_requests,
            on_change=on_change,
        )
        for name, endpoint in networked.items()
    }


def _used_models(settings: LlmSettings) -> list[str]:
    echelons = (echelon for group in settings.groups.values() for echelon in group.echelons.values())
    return list(dict.fromkeys(name for echelon in echelons for name in echelon.models))


def _model(settings: LlmSettings, name: str) -> ModelSettings:
    if name not in settings.models:
        raise ConfigError(f"llm.groups: there is no model {name}; there are {_listed(settings.models)}")
    return settings.models[name]


def _connection(model: ModelSettings) -> tuple[Any, ...]:
    key = model.api_key.get_secret_value() if model.api_key else None
    return (model.provider, model.base_url, key, model.structured_output)


def _build_provider(name: str, model: ModelSettings) -> Provider:
    """Imports the SDK; that is why this is done for models that are used only."""
    try:
        return _import_provider(name, model)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"llm.models.{name}: the {model.provider} SDK is not installed; "
            f"install it with: pip install 'davidagent[{model.provider}]'"
        ) from error


def _import_provider(name: str, model: ModelSettings) -> Provider:
    match model.provider:
        case "offline":
            from brains.llm.providers.offline import OfflineProvider

            return OfflineProvider()
        case "anthropic":
            from brains.llm.providers.anthropic import AnthropicProvider

            return AnthropicProvider(
                api_key=_key(name, model), base_url=model.base_url, structured_output=model.structured_output
            )
        case "gemini":
            from brains.llm.providers.gemini import GeminiProvider

            return GeminiProvider(api_key=_key(name, model), base_url=model.base_url)
        case "openai":
            from brains.llm.providers.openai import OpenAIProvider

            return OpenAIProvider(
                api_key=_key(name, model), base_url=model.base_url, structured_output=model.structured_output
            )


def _key(name: str, model: ModelSettings) -> str:
    if model.api_key and model.api_key.get_secret_value():
        return model.api_key.get_secret_value()
    if model.base_url:
        return "none"  # Servers at home want no key, but the SDKs do.
    raise ConfigError(f"llm.models.{name}: {model.provider} needs an api_key")


def _endpoint(name: str, model: ModelSettings, provider: Provider) -> Endpoint:
    if provider.is_local:
        return Endpoint(name, provider, model.model or model.provider)
    if not model.model:
        raise ConfigError(f"llm.models.{name}: which model? set llm.models.{name}.model")
    return Endpoint(
        name,
        provider,
        model.model,
        base_url=model.base_url,
        max_tokens=model.max_tokens if "max_tokens" in model.model_fields_set else None,
        price=price_of(provider=model.provider, model=model.model, base_url=model.base_url, own=model.price),
    )


def _own_echelons(name: str, group: GroupSettings, endpoints: Mapping[str, Endpoint]) -> dict[str, Echelon]:
    breaker = group.fallback_config.circuit_breaker
    names = {id(echelon): key for key, echelon in group.echelons.items()}
    return {
        names[id(echelon)]: Echelon(
            name=f"{name}.{names[id(echelon)]}",
            endpoints=tuple(replace(endpoints[model], breaker=breaker) for model in echelon.models),
            timeout=echelon.timeout,
            concurrency_limit=echelon.concurrency_limit,
            rpm_limit=echelon.rpm_limit,
            max_retries=echelon.max_retries,
        )
        for echelon in group.ordered()
    }


def _with_fallbacks(name: str, group: GroupSettings, own: Mapping[str, dict[str, Echelon]]) -> tuple[Echelon, ...]:
    """The group's echelons, then those its `fallback_groups` name (`right`, or `right.echelon2`) and it has not yet."""
    echelons = {echelon.name: echelon for echelon in own[name].values()}
    for wanted in group.fallback_config.fallback_groups:
        other, _, number = wanted.partition(".")
        found = own.get(other, {})
        if not found or (number and number not in found):
            raise ConfigError(f"llm.groups.{name}.fallback_config.fallback_groups: there is no {wanted}")
        chosen = [found[number]] if number else list(found.values())
        echelons |= {echelon.name: echelon for echelon in chosen if echelon.name not in echelons}
    return tuple(echelons.values())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
