"""Who can be asked for a task: endpoints in echelons, echelons in groups, built from the settings."""

import random
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from brains.llm.base import Provider
from brains.llm.pricing import Price, price_of
from daemon.core.clock import Clock
from daemon.core.errors import ConfigError
from daemon.core.settings.models import (
    CircuitBreakerSettings,
    FallbackSettings,
    GroupSettings,
    LlmSettings,
    ModelSettings,
)
from daemon.resilience.breaker import Breaker

Wrap = Callable[[Provider], Provider]
OnChange = Callable[[dict[str, Any]], None]


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
    pool: str | None = None
    """The polling pool as whose instance it stands here."""

    @property
    def server(self) -> str:
        """The provider with its address: what fails together, and is asked to bear retries."""
        return f"{self.provider.name} at {self.base_url}" if self.base_url else self.provider.name


@dataclass(frozen=True, slots=True)
class Echelon:
    """One tier: its endpoints are tried in order. `timeout` is in seconds and holds for each request.

    Endpoints that name the same pool stand there as its instances, interchangeably.
    """

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
    strategy: str = "echelon_down"
    max_attempts: int | None = None
    """Requests of one step; None: as `llm.retry` says."""
    retry_delay: float = 0.0
    """Seconds before another echelon is asked, when a request was sent and failed."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All its endpoints, in order."""
        return tuple(endpoint for echelon in self.echelons for endpoint in echelon.endpoints)


def build_providers(settings: LlmSettings, *, wrap: Wrap | None = None) -> dict[str, Provider]:
    """A provider for each model that a group uses, by the model's name; equal connections are shared.

    `wrap` is put around each provider that is reached over the network. Raises `ConfigError` with all problems: an
    unknown model, a missing key, a missing SDK.
    """
    problems: list[str] = []
    shared: dict[tuple[Any, ...], Provider] = {}
    providers: dict[str, Provider] = {}
    for name in _used_models(settings):
        try:
            model = _model(settings, name)
            key = _connection(model)
            shared[key] = shared.get(key) or _wrapped(_build_provider(name, model), wrap)
            providers[name] = shared[key]
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError(problems=problems)
    return providers


def build_groups(settings: LlmSettings, *, providers: Mapping[str, Provider]) -> dict[str, Group]:
    """The groups by name; a pool is a group as well, of one echelon, because a role may name it.

    Raises `ConfigError` for a role, a fallback or a pool that names no group.
    """
    endpoints = {name: _endpoint(name, _model(settings, name), providers[name]) for name in providers}
    pools = {name: _instances(name, settings, endpoints) for name in settings.pools}
    own = {
        name: _own_echelons(name, group, endpoints=endpoints, pools=pools) for name, group in settings.groups.items()
    }
    own |= {name: {"echelon1": Echelon(name, instances)} for name, instances in pools.items()}
    groups = {name: _group(name, settings.groups.get(name) or GroupSettings(), own) for name in own}
    for task, group_name in settings.roles.model_dump().items():
        if group_name not in groups:
            raise ConfigError(f"llm.roles.{task}: there is no group {group_name}; there are {_listed(groups)}")
    return groups


def build_breakers(
    groups: Iterable[Group],
    *,
    clock: Clock,
    rng: random.Random,
    on_change: OnChange | None = None,
) -> dict[str, Breaker]:
    """A breaker for each endpoint that is reached over the network, by the endpoint's name."""
    networked = {e.name: e for group in groups for e in reversed(group.endpoints) if not e.provider.is_local}
    return {name: build_breaker(one, clock=clock, rng=rng, on_change=on_change) for name, one in networked.items()}


def build_breaker(endpoint: Endpoint, *, clock: Clock, rng: random.Random, on_change: OnChange | None) -> Breaker:
    """The breaker of an endpoint, with its settings."""
    return Breaker(
        endpoint.name,
        clock=clock,
        rng=rng,
        failure_threshold=endpoint.breaker.failure_threshold,
        recovery_time=endpoint.breaker.recovery_time,
        half_open_requests=endpoint.breaker.half_open_requests,
        on_change=on_change,
    )


def open_endpoint(
    name: str, settings: LlmSettings, *, providers: MutableMapping[str, Provider], wrap: Wrap | None = None
) -> Endpoint:
    """The endpoint of a model of `llm.models` that no group may use; its provider is entered among `providers`.

    Raises `ConfigError` as `build_providers` does.
    """
    model = _model(settings, name)
    if name not in providers:
        equal = (one for one in providers if _connection(settings.models[one]) == _connection(model))
        known = next(equal, None)
        providers[name] = providers[known] if known else _wrapped(_build_provider(name, model), wrap)
    return _endpoint(name, model, providers[name])


def _used_models(settings: LlmSettings) -> list[str]:
    echelons = (echelon for group in settings.groups.values() for echelon in group.echelons.values())
    names = (name for echelon in echelons for name in echelon.models if name not in settings.pools)
    return list(dict.fromkeys(names))


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


def _wrapped(provider: Provider, wrap: Wrap | None) -> Provider:
    return provider if wrap is None or provider.is_local else wrap(provider)


def _instances(name: str, settings: LlmSettings, endpoints: Mapping[str, Endpoint]) -> tuple[Endpoint, ...]:
    """The models of the pool's task groups, each once. Pools that stand among them are not opened."""
    found: dict[str, Endpoint] = {}
    for wanted in settings.pools[name].task_groups:
        group_name, _, number = wanted.partition(".")
        if group_name not in settings.groups:
            raise ConfigError(
                f"llm.pools.{name}.task_groups: there is no {wanted}; there are {_listed(settings.groups)}"
            )
        group = settings.groups[group_name]
        breaker = group.fallback_config.circuit_breaker
        chosen = group.ordered() if not number else [e for key, e in group.echelons.items() if key == number]
        for model in (model for echelon in chosen for model in echelon.models if model in endpoints):
            found.setdefault(model, replace(endpoints[model], breaker=breaker, pool=name))
    if not found:
        raise ConfigError(
            f"llm.pools.{name}.task_groups: there is no model in {_listed(settings.pools[name].task_groups)}"
        )
    return tuple(found.values())


def _group(name: str, group: GroupSettings, own: Mapping[str, dict[str, Echelon]]) -> Group:
    fallback = group.fallback_config
    echelons = _in_order(name, fallback, own)
    return Group(name, echelons, fallback.strategy, fallback.max_attempts, fallback.retry_delay)


def _own_echelons(
    name: str,
    group: GroupSettings,
    *,
    endpoints: Mapping[str, Endpoint],
    pools: Mapping[str, tuple[Endpoint, ...]],
) -> dict[str, Echelon]:
    breaker = group.fallback_config.circuit_breaker
    names = {id(echelon): key for key, echelon in group.echelons.items()}

    def members(model: str) -> tuple[Endpoint, ...]:
        return pools[model] if model in pools else (replace(endpoints[model], breaker=breaker),)

    return {
        names[id(echelon)]: Echelon(
            name=f"{name}.{names[id(echelon)]}",
            endpoints=tuple(endpoint for model in echelon.models for endpoint in members(model)),
            timeout=echelon.timeout,
            concurrency_limit=echelon.concurrency_limit,
            rpm_limit=echelon.rpm_limit,
            max_retries=echelon.max_retries,
        )
        for echelon in group.ordered()
    }


def _in_order(name: str, fallback: FallbackSettings, own: Mapping[str, dict[str, Echelon]]) -> tuple[Echelon, ...]:
    """The group's echelons and those its `fallback_groups` name (`right`, or `right.echelon2`), each once.

    Its own come first; with `task_group_switch` only the first of them does.
    """
    mine = list(own[name].values())
    others = [echelon for wanted in fallback.fallback_groups for echelon in _named(name, wanted, own)]
    is_switch = fallback.strategy == "task_group_switch"
    ordered = [*mine[:1], *others, *mine[1:]] if is_switch else [*mine, *others]
    return tuple({echelon.name: echelon for echelon in ordered}.values())


def _named(name: str, wanted: str, own: Mapping[str, dict[str, Echelon]]) -> list[Echelon]:
    """An echelon that its group does not have is passed over; the check of the settings warns of it."""
    other, _, number = wanted.partition(".")
    if other not in own:
        raise ConfigError(f"llm.groups.{name}.fallback_config.fallback_groups: there is no {wanted}")
    found = own[other]
    return [echelon for key, echelon in found.items() if key == number] if number else list(found.values())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
