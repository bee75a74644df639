"""Groups built from settings, and what is wrong with settings."""

import random
import subprocess
import sys
from typing import Any

import pytest

from brains.llm.groups import build_breakers, build_groups, build_providers
from daemon.core.errors import ConfigError
from daemon.core.settings.models import EchelonSettings, FallbackSettings, GroupSettings, LlmSettings, ModelSettings
from tests.fakes.clock import InstantClock
from tests.fakes.llm import LocalProvider

LOCAL = LocalProvider()


def settings(groups: dict[str, GroupSettings], **models: dict[str, Any]) -> LlmSettings:
    named = {name: ModelSettings(**values) for name, values in models.items()}
    roles = dict.fromkeys(("extract", "draft", "review"), next(iter(groups), "left"))
    return LlmSettings(models=named, groups=groups, roles=roles)


def group(*tiers: dict[str, Any], **changes: Any) -> GroupSettings:
    return GroupSettings(echelons={f"echelon{n}": EchelonSettings(**t) for n, t in enumerate(tiers, 1)}, **changes)


OPENAI = {"provider": "openai", "model": "gpt-5-mini", "api_key": "k"}


def test_echelons_are_ordered_by_priority() -> None:
    """Then by number; each keeps its name."""
    tiers = group({"models": ("a",), "priority": 9}, {"models": ("b",), "priority": 1})
    built = build_groups(
        settings({"left": tiers}, a={"provider": "offline"}, b={"provider": "offline"}),
        providers={"a": LOCAL, "b": LOCAL},
    )
    assert [echelon.name for echelon in built["left"].echelons] == ["left.echelon2", "left.echelon1"]


def test_fallback_groups_follow_the_groups_own_echelons() -> None:
    """A whole group or one echelon of it; none comes twice."""
    fallback = FallbackSettings(fallback_groups=("left.echelon1", "right.echelon2", "right"))
    left = group({"models": ("a",)}, fallback_config=fallback)
    right = group({"models": ("a",)}, {"models": ("b",)})
    built = build_groups(
        settings({"left": left, "right": right}, a={"provider": "offline"}, b={"provider": "offline"}),
        providers={"a": LOCAL, "b": LOCAL},
    )
    names = [echelon.name for echelon in built["left"].echelons]
    assert names == ["left.echelon1", "right.echelon2", "right.echelon1"]


async def test_equal_connections_share_a_provider() -> None:
    """Two models with the same key and address; another key is another connection."""
    built = build_providers(
        settings(
            {"left": group({"models": ("a", "b", "c")})},
            a=OPENAI,
            b=OPENAI | {"model": "gpt-5-nano"},
            c=OPENAI | {"api_key": "other"},
            unused={"provider": "anthropic"},
        )
    )
    assert set(built) == {"a", "b", "c"}
    assert built["a"] is built["b"] is not built["c"]
    for provider in {id(p): p for p in built.values()}.values():
        await provider.close()


def test_all_problems_of_models_are_told_at_once() -> None:
    """A missing key and an unknown name, each with its place."""
    with pytest.raises(ConfigError) as caught:
        build_providers(settings({"left": group({"models": ("a", "nobody")})}, a={"provider": "gemini", "model": "g"}))
    assert caught.value.problems == (
        "llm.models.a: gemini needs an api_key",
        "llm.groups: there is no model nobody; there are a",
    )


def test_a_model_needs_its_name_at_the_provider() -> None:
    """Unless it is the offline one."""
    wrong = settings({"left": group({"models": ("a",)})}, a={"provider": "openai", "api_key": "k"})
    with pytest.raises(ConfigError, match=r"llm\.models\.a"):
        build_groups(wrong, providers={"a": _Away()})


def test_a_role_and_a_fallback_must_name_a_group() -> None:
    """Both say where the mistake is."""
    with pytest.raises(ConfigError, match=r"llm\.roles\.extract: there is no group left"):
        build_groups(LlmSettings(), providers={})
    lost = group({"models": ("a",)}, fallback_config=FallbackSettings(fallback_groups=("nowhere",)))
    with pytest.raises(ConfigError, match="fallback_groups: there is no nowhere"):
        build_groups(settings({"left": lost}, a={"provider": "offline"}), providers={"a": LOCAL})


def test_only_endpoints_with_a_network_have_a_breaker() -> None:
    """A local one cannot be away."""
    both = settings({"left": group({"models": ("a", "b")})}, a=OPENAI, b={"provider": "offline"})
    groups = build_groups(both, providers={"a": _Away(), "b": LOCAL})
    assert list(build_breakers(groups.values(), clock=InstantClock(), rng=random.Random(1))) == ["a"]


def test_a_missing_sdk_names_what_to_install() -> None:
    """In a process where the SDK cannot be imported."""
    code = (
        "import sys; sys.modules['openai'] = None\n"
        "from brains.llm.groups import build_providers\n"
        "from daemon.core.settings.models import *\n"
        "model = ModelSettings(provider='openai', model='m', api_key='k')\n"
        "group = GroupSettings(echelons={'echelon1': EchelonSettings(models=('m',))})\n"
        "build_providers(LlmSettings(models={'m': model}, groups={'left': group}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ConfigError: llm.models.m: the openai SDK is not installed" in done.stderr
    assert "davidagent[openai]" in done.stderr


def test_no_sdk_is_imported_before_it_is_needed() -> None:
    """The gateway's modules load none of them, nor the price table."""
    code = (
        "import sys, brains.llm.gateway\n"
        "print(sorted({'anthropic', 'openai', 'google.genai', 'genai_prices'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class _Away(LocalProvider):
    """A provider with a network."""

    is_local = False
