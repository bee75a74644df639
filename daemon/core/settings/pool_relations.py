"""What must hold for polling pools: one kind of task each, instances that exist, no pool inside itself."""

from collections.abc import Iterator, Mapping, Sequence

from daemon.core.settings.declared import Check, Declared, echelons_of, is_positive, models_in_reach
from daemon.core.settings.models import LlmSettings, PoolSettings, Settings
from daemon.core.settings.problems import KeyPath, Problem, suggest

_SPANS = ("health_check_interval", "recovery_time")


def _names(_: Settings, declared: Declared) -> Iterator[Problem]:
    for name in sorted(declared.pools):
        path: KeyPath = ("llm", "pools", name)
        if name in declared.models:
            yield Problem(path, f"there is a model {name} too; give the pool a name of its own")
        elif name in declared.groups:
            yield Problem(path, f"there is a group {name} too; give the pool a name of its own")


def _task_groups(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, pool in settings.llm.pools.items():
        path: KeyPath = ("llm", "pools", name, "task_groups")
        for wanted in pool.task_groups:
            yield from _task_group(wanted, path, declared)
        kinds = list(dict.fromkeys(wanted.partition(".")[0] for wanted in pool.task_groups))
        if len(kinds) > 1:
            text = f"holds {' and '.join(kinds)}, but a pool serves one kind of task; make one pool for each"
            yield Problem(path, text)


def _task_group(wanted: str, path: KeyPath, declared: Declared) -> Iterator[Problem]:
    base, _, echelon = wanted.partition(".")
    if base not in declared.groups:
        yield Problem(path, f"there is no group {base}; {suggest(wanted, declared.group_names(), kind='there are')}")
    elif echelon and echelon not in declared.groups[base]:
        hint = suggest(echelon, declared.groups[base], kind="it has")
        yield Problem(path, f"{base} has no {echelon}; {hint}", also=(("llm", "groups", base),))


def _weights(settings: Settings, _: Declared) -> Iterator[Problem]:
    for name, pool in settings.llm.pools.items():
        path: KeyPath = ("llm", "pools", name, "weights")
        instances = {model for names in echelons_of(pool.task_groups, settings.llm).values() for model in names}
        for model, weight in pool.weights.items():
            if not is_positive(weight):
                text = "a weight is more than 0; to give a model nothing, take it out of the group"
                yield Problem((*path, model), text)
            if model not in instances:
                hint = suggest(model, instances, kind="its instances are")
                yield Problem((*path, model), f"{model} is not in this pool; {hint}", also=_groups_of(pool))
        if pool.weights and pool.rotation_strategy != "weighted":
            text = f"is not used while rotation_strategy is {pool.rotation_strategy}; write rotation_strategy: weighted"
            yield Problem(path, text, is_warning=True)


def _groups_of(pool: PoolSettings) -> tuple[KeyPath, ...]:
    return tuple(("llm", "groups", wanted.partition(".")[0]) for wanted in pool.task_groups)


def _instances(settings: Settings, _: Declared) -> Iterator[Problem]:
    for name, pool in settings.llm.pools.items():
        models = models_in_reach(pool.task_groups, settings.llm)
        if models and all(settings.llm.models[model].provider == "offline" for model in models):
            text = "holds the offline brain alone, so there is nothing to rotate; add a model to its group"
            yield Problem(("llm", "pools", name, "task_groups"), text, is_warning=True, also=_groups_of(pool))


def _spans(settings: Settings, _: Declared) -> Iterator[Problem]:
    for name, pool in settings.llm.pools.items():
        for key in _SPANS:
            if not is_positive(getattr(pool, key)):
                yield Problem(("llm", "pools", name, key), "must be more than 0 seconds")


def _circles(settings: Settings, declared: Declared) -> Iterator[Problem]:
    """A pool that comes back to itself through the echelons it takes its instances from."""
    told: set[frozenset[str]] = set()
    for name in (pool for pool in settings.llm.pools if pool not in declared.models):
        circle = _way_back(name, [name], settings.llm)
        if circle is not None and frozenset(circle) not in told:
            told.add(frozenset(circle))
            pool, echelon = circle[-1], circle[-2]
            text = f"{' > '.join(circle)} is a circle; take {pool} out of {echelon}, or name other echelons here"
            yield Problem(("llm", "pools", name, "task_groups"), text)


def _way_back(start: str, way: Sequence[str], llm: LlmSettings) -> list[str] | None:
    """Pools and echelons in turn from the last pool of `way` back to `start`; None when none leads there."""
    for echelon, pool in _next_pools(way[-1], llm.pools, llm):
        if pool == start:
            return [*way, echelon, pool]
        if pool not in way:
            found = _way_back(start, [*way, echelon, pool], llm)
            if found is not None:
                return found
    return None


def _next_pools(name: str, pools: Mapping[str, PoolSettings], llm: LlmSettings) -> Iterator[tuple[str, str]]:
    for echelon, names in echelons_of(pools[name].task_groups, llm).items():
        yield from ((echelon, inner) for inner in names if inner in pools)


POOL_CHECKS: tuple[Check, ...] = (_names, _task_groups, _weights, _instances, _spans, _circles)
