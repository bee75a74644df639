"""The one place to which the requests of an item go for which a person has chosen a model."""

import asyncio
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace

from brains.llm.base import Provider
from brains.llm.groups import Echelon, Endpoint, Group, Wrap, open_endpoint
from brains.llm.routing import Stop
from daemon.core.errors import UnknownModelError
from daemon.core.settings.models import LlmSettings
from daemon.resilience.breaker import Breaker


class ChosenModels:
    """Any model of `llm.models`, with its own breaker, price and limits; also one that no group uses.

    Such a one is opened when it is asked for first; its provider and breaker are entered among the others then.
    """

    def __init__(
        self,
        settings: LlmSettings,
        groups: Mapping[str, Group],
        *,
        providers: MutableMapping[str, Provider],
        breakers: MutableMapping[str, Breaker],
        build: Callable[[Endpoint], Breaker],
        wrap: Wrap | None = None,
    ) -> None:
        self._settings = settings
        self._echelons = tuple(echelon for group in groups.values() for echelon in group.echelons)
        self._providers = providers
        self._breakers = breakers
        self._build = build
        self._wrap = wrap
        self._opening = asyncio.Lock()
        self._opened: dict[str, Endpoint] = {}

    async def stop(self, name: str, *, usual: Sequence[Stop]) -> Stop:
        """Where a request goes; `usual` is where it would go otherwise, and gives the limits where it can.

        Raises `UnknownModelError` for a model that the configuration does not have (any more), and `ConfigError` for
        one that cannot be asked.
        """
        if name not in self._settings.models:
            known = ", ".join(self._settings.models)
            raise UnknownModelError(
                f"the model {name}, which was chosen for this item, is not in llm.models any more; there are {known}",
                endpoint=name,
            )
        for echelon in (*(stop.echelon for stop in usual), *self._echelons):
            for endpoint in echelon.endpoints:
                if endpoint.name == name:
                    return Stop(echelon, (replace(endpoint, pool=None),))
        endpoint = await self._open(name, usual=usual)
        like = usual[0].echelon
        return Stop(Echelon(f"model.{name}", (endpoint,), timeout=like.timeout), (endpoint,))

    async def _open(self, name: str, *, usual: Sequence[Stop]) -> Endpoint:
        """Its SDK may have to be imported, which takes a second: not on the event loop."""
        async with self._opening:
            if name not in self._opened:
                opened = await asyncio.to_thread(
                    open_endpoint, name, self._settings, providers=self._providers, wrap=self._wrap
                )
                endpoint = replace(opened, breaker=usual[0].endpoints[0].breaker)
                if not endpoint.provider.is_local:
                    self._breakers[name] = self._build(endpoint)
                self._opened[name] = endpoint
            return self._opened[name]
