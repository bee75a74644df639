"""In which order the stops of a group come."""

import random
from typing import Any

import pytest

from brains.llm.groups import build_breakers, build_groups
from brains.llm.pools import build_pools
from brains.llm.routing import echelons_after, is_last_networked, pools_in, stops_of
from daemon.core.errors import ConfigError
from daemon.core.settings.models import (
    EchelonSettings,
    FallbackSettings,
    GroupSettings,
    LlmSettings,
    ModelSettings,
    PoolSettings,
)
from tests.fakes.clock import InstantClock
from tests.fakes.llm import LocalProvider

LOCAL = LocalProvider()


class Away(LocalProvider):
    """A provider with a network."""

    is_local = False

    def __init__(self, name: str) -> None:
        self.name = name


VENDORS = {vendor: Away(vendor) for vendor in ("openai", "anthropic", "gemini")}


def group(*tiers: Any, **fallback: Any) -> GroupSettings:
    """A tier is the names of its models, or a whole echelon."""
    echelons = {
        f"echelon{n}": tier if isinstance(tier, EchelonSettings) else EchelonSettings(models=tier)
        for n, tier in enumerate(tiers, 1)
    }
    return GroupSettings(echelons=echelons, fallback_config=FallbackSettings(**fallback))


def built(groups: dict[str, GroupSettings], *, vendors: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """Every model is one of openai's unless told; `offline` is local."""
    named = dict.fromkeys((m for g in groups.values() for e in g.echelons.values() for m in e.models), "openai")
    named = {name: (vendors or {}).get(name, vendor) for name, vendor in named.items()}
    pools = changes.get("pools", {})
    models: dict[str, Any] = {
        name: ModelSettings(provider="offline" if name == "offline" else vendor, model=name)  # type: ignore[arg-type]
        for name, vendor in named.items()
        if name not in pools
    }
    providers = {name: LOCAL if name == "offline" else VENDORS[named[name]] for name in models}
    roles = {"extract": "left", "draft": "left", "review": "left", **changes.pop("roles", {})}
    return build_groups(LlmSettings(models=models, groups=groups, roles=roles, **changes), providers=providers)


def names(groups: dict[str, Any], name: str = "left") -> list[str]:
    return [stop.name for stop in stops_of(groups[name])]


def test_echelon_down_goes_by_priority_and_then_to_the_fallback_groups_that_are_not_in_yet() -> None:
    """An echelon that is there already is not asked twice."""
    left = group(
        EchelonSettings(models=("slow",), priority=9),
        EchelonSettings(models=("quick", "second"), priority=1),
        fallback_groups=("left.echelon1", "right"),
    )
    assert names(built({"left": left, "right": group(("writer",))})) == ["quick", "second", "slow", "writer"]


def test_task_group_switch_leaves_the_group_after_its_first_echelon() -> None:
    """The fallback groups come as they are written, and what is left of the own echelons last."""
    fallback = {"strategy": "task_group_switch", "fallback_groups": ("other.echelon2", "right")}
    left = group(("one",), ("two",), ("three",), **fallback)
    groups = built({"left": left, "right": group(("writer",)), "other": group(("x",), ("y",))})
    assert names(groups) == ["one", "y", "writer", "two", "three"]


def test_provider_failover_goes_to_other_providers_before_it_comes_back() -> None:
    """A provider is its name with its address; what is local stays last."""
    left = group(("a1", "a2"), ("offline",), ("b1", "a3", "c1"), strategy="provider_failover")
    vendors = {"b1": "anthropic", "c1": "gemini"}
    assert names(built({"left": left}, vendors=vendors)) == ["a1", "b1", "c1", "a2", "a3", "offline"]


def test_what_is_local_comes_last_unless_a_person_put_it_first() -> None:
    """It answers everything, so nothing behind it would ever be asked."""
    left = group(("offline", "quick"), fallback_groups=("right",))
    first = group(("offline",), ("quick",))
    groups = built({"left": left, "right": group(("writer",)), "first": first})
    assert names(groups) == ["quick", "writer", "offline"]
    assert names(groups, "first") == ["offline", "quick"]


def test_a_fallback_echelon_that_does_not_exist_is_passed_over() -> None:
    """Only an unknown group is a mistake that stops the start."""
    left = group(("quick",), fallback_groups=("left.echelon7", "right.echelon9", "right"))
    assert names(built({"left": left, "right": group(("writer",))})) == ["quick", "writer"]
    with pytest.raises(ConfigError, match="there is no nowhere"):
        built({"left": group(("quick",), fallback_groups=("nowhere",))})


def test_a_pool_is_one_stop_with_the_models_of_its_task_group() -> None:
    """Its local models take part in no rotation; they stand behind everything."""
    pools = {"pool": PoolSettings(task_groups=("think",))}
    groups = built(
        {"left": group(("pool", "writer")), "think": group(("a", "b"), ("c", "offline"))},
        pools=pools,
        roles={"draft": "pool"},
    )
    stops = stops_of(groups["left"])
    assert [(stop.name, [e.name for e in stop.endpoints]) for stop in stops] == [
        ("pool", ["a", "b", "c"]),
        ("writer", ["writer"]),
        ("offline", ["offline"]),
    ]
    assert pools_in(stops) == ["pool"]
    assert names(groups, "pool") == ["pool", "offline"]
    assert (is_last_networked(stops, 0), is_last_networked(stops, 1)) == (False, True)


def test_a_pool_may_name_single_echelons_and_a_pool_within_its_groups_is_not_opened() -> None:
    """So its instances are always models."""
    pools = {"outer": PoolSettings(task_groups=("think.echelon2",)), "inner": PoolSettings(task_groups=("other",))}
    groups = built(
        {"left": group(("outer",)), "think": group(("a",), ("b", "inner")), "other": group(("c",))}, pools=pools
    )
    assert [e.name for e in stops_of(groups["left"])[0].endpoints] == ["b"]
    with pytest.raises(ConfigError, match=r"llm\.pools\.outer\.task_groups: there is no lost"):
        built({"left": group(("a",))}, pools={"outer": PoolSettings(task_groups=("lost",))})
    with pytest.raises(ConfigError, match=r"llm\.pools\.outer\.task_groups: there is no model in left\.echelon8"):
        built({"left": group(("a",))}, pools={"outer": PoolSettings(task_groups=("left.echelon8",))})


def test_what_follows_is_counted_in_echelons_with_a_network() -> None:
    """Each of them is left one attempt."""
    stops = stops_of(built({"left": group(("a", "b"), ("c",), ("d", "offline"), ("offline",))})["left"])
    assert [echelons_after(stops, position) for position in range(4)] == [2, 2, 1, 0]


def test_only_pools_that_a_task_uses_are_built_and_each_once() -> None:
    """However often it stands in the groups: its instances have one health."""
    pools = {name: PoolSettings(task_groups=("think",)) for name in ("pool", "idle")}
    groups = built({"left": group(("pool",)), "right": group(("pool",)), "think": group(("a", "offline"))}, pools=pools)
    used = [groups["left"], groups["right"]]
    clock = InstantClock()
    breakers = build_breakers(groups.values(), clock=clock, rng=random.Random(1))
    made = build_pools(pools, groups=used, breakers=breakers, clock=clock, emit=lambda _: None)
    assert list(made) == ["pool"]
    assert [i["endpoint"] for i in made["pool"].snapshot()["instances"]] == ["a"]
