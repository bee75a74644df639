"""The names that were written, and what is in reach of one: groups, their echelons, pools, models."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.core.settings.defaults import OFFLINE
from daemon.core.settings.models import LlmSettings, Settings
from daemon.core.settings.problems import Problem


@dataclass(frozen=True, slots=True)
class Declared:
    """The names a person wrote, also of models, groups and pools that are faulty themselves."""

    models: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    """The echelons of each group."""
    pools: frozenset[str]

    def group_names(self) -> list[str]:
        """Everything that can be fallen back to: groups and their echelons."""
        return [*self.groups, *(f"{name}.{e}" for name, echelons in self.groups.items() for e in echelons)]


Check = Callable[[Settings, Declared], Iterator[Problem]]


def declared_in(tree: Mapping[str, Any]) -> Declared:
    """The names in a tree that was not validated."""
    llm = _mapping(tree.get("llm"))
    groups = {name: _mapping(_mapping(group).get("echelons")) for name, group in _mapping(llm.get("groups")).items()}
    return Declared(
        models=frozenset({OFFLINE, *_mapping(llm.get("models"))}),
        groups={name: frozenset(echelons) for name, echelons in groups.items()},
        pools=frozenset(_mapping(llm.get("pools"))),
    )


def echelons_of(references: Iterable[str], llm: LlmSettings) -> dict[str, tuple[str, ...]]:
    """What `group` and `group.echelon1` mean: the models and pools of each echelon, by its whole name."""
    found: dict[str, tuple[str, ...]] = {}
    for reference in references:
        base, _, wanted = reference.partition(".")
        echelons = llm.groups[base].echelons if base in llm.groups else {}
        found |= {f"{base}.{key}": echelons[key].models for key in echelons if wanted in ("", key)}
    return found


def models_in_reach(references: Iterable[str], llm: LlmSettings) -> frozenset[str]:
    """The models of these groups and echelons, those of the pools in them included."""
    models: set[str] = set()
    waiting = list(references)
    seen = set(waiting)
    while waiting:
        for names in echelons_of([waiting.pop()], llm).values():
            models |= {name for name in names if name not in llm.pools}
            inner = {reference for name in names if name in llm.pools for reference in llm.pools[name].task_groups}
            waiting += inner - seen
            seen |= inner
    return frozenset(models & set(llm.models))


def is_positive(seconds: float) -> bool:
    """More than nothing, and not for ever."""
    return 0 < seconds < float("inf")


def is_wait(seconds: float) -> bool:
    """Nothing or more, and not for ever."""
    return 0 <= seconds < float("inf")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
