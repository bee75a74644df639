"""What must hold between groups, pools, fallbacks and the economy: one test for each kind of mistake."""

from pathlib import Path

import pytest

from daemon.core.errors import ConfigError
from daemon.core.settings import load_settings

HEAD = """\
llm:
  models:
    quick: {provider: gemini, model: m, api_key: k}
    writer: {provider: anthropic, model: m, api_key: k}
    other: {provider: gemini, model: n, api_key: k}
"""
LEFT = "    left: {echelon1: {models: [quick, writer]}, echelon2: {models: [offline]}}\n"
RIGHT = "    right: {echelon1: {models: [writer]}}\n"
GROUPS = f"{HEAD}  groups:\n{LEFT}{RIGHT}"


def _loaded(folder: Path, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Errors and warnings."""
    (folder / "davidagent.yaml").write_text(text, encoding="utf-8")
    try:
        return (), load_settings(environ={}, cwd=folder).warnings
    except ConfigError as error:
        return error.problems, ()


def _pool(settings: str) -> str:
    return f"{GROUPS}  pools: {{p: {{{settings}}}}}\n"


def _left(settings: str) -> str:
    return f"{HEAD}  groups:\n    left: {{echelon1: {{models: [quick, other]}}, {settings}}}\n{RIGHT}"


POOL = "9: llm.pools.p"
LEFTS = "7: llm.groups.left"
FALLBACK = f"{LEFTS}.fallback_config"

ERRORS = {
    "a pool without a task group": (_pool("description: x"), f"{POOL}.task_groups: is missing"),
    "a pool with no task group": (_pool("task_groups: []"), f"{POOL}.task_groups: must not be empty"),
    "a pool of an unknown group": (
        _pool("task_groups: [lefft]"),
        f"{POOL}.task_groups: there is no group lefft; did you mean left?",
    ),
    "a pool of an echelon that is not there": (
        _pool("task_groups: [left.echelon3]"),
        f"{POOL}.task_groups: left has no echelon3; did you mean echelon2?",
    ),
    "a pool of two kinds of task": (
        _pool("task_groups: [left, right.echelon1]"),
        f"{POOL}.task_groups: holds left and right, but a pool serves one kind of task; make one pool for each",
    ),
    "an unknown key in a pool": (
        _pool("task_groups: [left], rotation: x"),
        f"{POOL}.rotation: unknown key; did you mean rotation_strategy?",
    ),
    "an unknown rotation": (
        _pool("task_groups: [left], rotation_strategy: robin"),
        (f"{POOL}.rotation_strategy: 'robin' is not possible; did you mean round_robin?"),
    ),
    "an unknown fallback of a pool": (
        _pool("task_groups: [left], fallback_strategy: retry"),
        f"{POOL}.fallback_strategy: 'retry' is not possible; it can be: instance_rotation, simple_retry",
    ),
    "a weight for a model that is not in the pool": (
        _pool("task_groups: [left.echelon1], rotation_strategy: weighted, weights: {quik: 2}"),
        f"{POOL}.weights.quik: quik is not in this pool; did you mean quick?",
    ),
    "a weight of nothing": (
        _pool("task_groups: [left], rotation_strategy: weighted, weights: {quick: 0}"),
        f"{POOL}.weights.quick: a weight is more than 0; to give a model nothing, take it out of the group",
    ),
    "no time to recover": (
        _pool("task_groups: [left], recovery_time: 0"),
        f"{POOL}.recovery_time: must be more than 0 seconds",
    ),
    "no time between probes": (
        _pool("task_groups: [left], health_check_interval: -1"),
        f"{POOL}.health_check_interval: must be more than 0 seconds",
    ),
    "no failure before a pool acts": (
        _pool("task_groups: [left], failure_threshold: 0"),
        f"{POOL}.failure_threshold: 0 is out of bounds; it must be 1 or more",
    ),
    "no attempt at an instance": (
        _pool("task_groups: [left], max_instance_attempts: 0"),
        f"{POOL}.max_instance_attempts: 0 is out of bounds; it must be 1 or more",
    ),
    "a pool in itself": (
        f"{HEAD}  groups:\n    left: {{echelon1: {{models: [p]}}}}\n{RIGHT}  pools: {{p: {{task_groups: [left]}}}}",
        (
            f"{POOL}.task_groups: p > left.echelon1 > p is a circle; "
            "take p out of left.echelon1, or name other echelons here"
        ),
    ),
    "a pool in itself by way of another": (
        (
            f"{HEAD}  groups:\n    left: {{echelon1: {{models: [q]}}}}\n    right: {{echelon1: {{models: [p]}}}}\n"
            "  pools: {p: {task_groups: [left]}, q: {task_groups: [right]}}"
        ),
        (
            f"{POOL}.task_groups: p > left.echelon1 > q > right.echelon1 > p is a circle; "
            "take p out of right.echelon1, or name other echelons here"
        ),
    ),
    "a pool called as a model": (
        f"{GROUPS}  pools: {{quick: {{task_groups: [left]}}}}",
        "9: llm.pools.quick: there is a model quick too; give the pool a name of its own",
    ),
    "a pool called as a group": (
        f"{GROUPS}  pools: {{left: {{task_groups: [left]}}}}",
        "9: llm.pools.left: there is a group left too; give the pool a name of its own",
    ),
    "a name with a dot": (
        f"{GROUPS}    a.b: {{echelon1: {{models: [offline]}}}}",
        "9: llm.groups.a.b: the name must have no dot, which is kept for echelons, as in left.echelon1",
    ),
    "neither model nor pool": (
        f"{GROUPS}    more: {{echelon1: {{models: [pp]}}}}\n  pools: {{ppp: {{task_groups: [left]}}}}",
        "9: llm.groups.more.echelon1.models: there is no model pp; did you mean ppp?",
    ),
    "a group among models": (
        f"{GROUPS}    more: {{echelon1: {{models: [left.echelon1]}}}}",
        (
            "9: llm.groups.more.echelon1.models: left.echelon1 is a group; "
            "an echelon holds models and pools, and fallback_groups names groups"
        ),
    ),
    "a role for neither group nor pool": (
        f"{GROUPS}  pools: {{reading: {{task_groups: [left]}}}}\n  roles: {{extract: readnig}}",
        "10: llm.roles.extract: there is no group readnig; did you mean reading?",
    ),
    "a pool among fallback groups": (
        f"{_left('fallback_config: {fallback_groups: [p]}')}  pools: {{p: {{task_groups: [right]}}}}",
        f"{FALLBACK}.fallback_groups: p is a pool; put it among the models of an echelon of left",
    ),
    "no attempt at all": (
        _left("fallback_config: {max_attempts: 0}"),
        f"{FALLBACK}.max_attempts: 0 is out of bounds; it must be 1 or more",
    ),
    "a wait back in time": (
        _left("fallback_config: {retry_delay: -1}"),
        f"{FALLBACK}.retry_delay: must be 0 seconds or more",
    ),
    "a breaker that never waits": (
        _left("fallback_config: {circuit_breaker: {recovery_time: 0}}"),
        f"{FALLBACK}.circuit_breaker.recovery_time: must be more than 0 seconds",
    ),
    "an unknown strategy": (
        _left("fallback_config: {strategy: group_switch}"),
        f"{FALLBACK}.strategy: 'group_switch' is not possible; did you mean task_group_switch?",
    ),
    "a level that is left when it is worse": (
        "levels: {l1: {enter: 0.1, leave: 0.2, least_faults: 3, dwell: 2m}}",
        "1: levels.l1.leave: 0.2 must be less than enter, which is 0.1: a level is left when it is calmer",
    ),
    "a second level before the first": (
        "levels: {l2: {enter: 0.05, leave: 0.01, least_faults: 3, dwell: 2m}}",
        "1: levels.l2.enter: 0.05 is less than that of l1, which is 0.1; at least that",
    ),
    "time-outs without end": (
        "levels: {longer_timeouts: inf}",
        "1: levels.longer_timeouts: 'inf' is out of bounds; it must be 100 or less",
    ),
    "a cheap model that is none": (
        "levels: {cheap_models: [quik]}",
        "1: levels.cheap_models: there is no model or pool quik in llm",
    ),
    "no time to stall": ("llm: {stream: {stall: 0}}", "1: llm.stream.stall: must be more than 0 seconds"),
    "no window": ("llm: {stream: {rate_window: 0}}", "1: llm.stream.rate_window: must be more than 0 seconds"),
    "no time for a first token": (
        "llm: {stream: {first_token: 0}}",
        "1: llm.stream.first_token: must be more than 0 seconds",
    ),
    "a rate below nothing": (
        "llm: {stream: {minimum_rate: -1}}",
        "1: llm.stream.minimum_rate: -1 is out of bounds; it must be 0 or more",
    ),
    "a rate without end": (
        "llm: {stream: {minimum_rate: inf}}",
        "1: llm.stream.minimum_rate: must be a number of characters a second; 0 for no minimum",
    ),
    "a burn breaker without end": (
        "budget: {burn: {factor: inf}}",
        "1: budget.burn.factor: must be a number; to turn the breaker off, write enabled: false",
    ),
    "a hedge at once": (
        "llm: {hedge: {after: 0}}",
        "1: llm.hedge.after: must be more than 0 seconds; write null for the observed percentile",
    ),
    "a hedge below the median": (
        "llm: {hedge: {percentile: 0.5}}",
        "1: llm.hedge.percentile: 0.5 is out of bounds; it must be more than 0.5",
    ),
    "a batch that gathers nothing": (
        "llm: {batch: {collect: 0}}",
        "1: llm.batch.collect: must be more than 0 seconds",
    ),
    "a batch that is asked for without a pause": (
        "llm: {batch: {poll: 0}}",
        "1: llm.batch.poll: must be more than 0 seconds",
    ),
    "a batch without patience": (
        "llm: {batch: {max_wait: 0}}",
        "1: llm.batch.max_wait: must be more than 0 seconds",
    ),
    "retries without tokens": (
        "llm: {retry: {token_reserve: 0}}",
        "1: llm.retry.token_reserve: 0 is out of bounds; it must be 1 or more",
    ),
    "a burn breaker that never holds": (
        "budget: {burn: {cool_down: 0}}",
        "1: budget.burn.cool_down: must be more than 0 seconds",
    ),
    "a burn breaker that always holds": (
        "budget: {burn: {factor: 1}}",
        "1: budget.burn.factor: 1 is out of bounds; it must be more than 1",
    ),
    "a brain's share over the day's": (
        "budget: {per_brain_daily_usd: {left: 6}}",
        "1: budget.per_brain_daily_usd.left: 6 is more than budget.daily_usd, which is 5; at most that",
    ),
    "a brain's share over the month's": (
        "budget: {daily_usd: null, per_brain_daily_usd: {right: 101}}",
        "1: budget.per_brain_daily_usd.right: 101 is more than budget.monthly_usd, which is 100; at most that",
    ),
    "no such brain": (
        "budget: {per_brain_daily_usd: {middle: 1}}",
        "1: budget.per_brain_daily_usd.middle: 'middle' is not possible; it can be: left, memory, right, sensor",
    ),
    "a budget without end": (
        "budget: {monthly_usd: inf}",
        "1: budget.monthly_usd: must be an amount; write null for no bound",
    ),
    "waits the wrong way round": (
        "chaos: {latency: [3s, 500ms]}",
        "1: chaos.latency: the shortest wait comes first; write [0.5, 3]",
    ),
    "a wait before the call": ("chaos: {latency: [-1, 2]}", "1: chaos.latency: waits are 0 seconds or more"),
    "a refusal back in time": ("chaos: {retry_after: -1}", "1: chaos.retry_after: must be 0 seconds or more"),
    "more faults than calls": (
        "chaos: {network_errors: 0.9, garbage: 0.2}",
        "1: chaos: network_errors, rate_limits, garbage and truncated make 1.17 together; at most 1",
    ),
    "an urgency there is not": (
        "sources: [{x: '@a', urgency: lowest}]",
        "1: sources[0].urgency: 'lowest' is not possible; did you mean low?",
    ),
    "a very important source that may not be": (
        "sources: [{x: '@a', vip: very}]",
        "1: sources[0].vip: must be true or false, not 'very'",
    ),
}


@pytest.mark.parametrize(("text", "line"), ERRORS.values(), ids=ERRORS)
def test_a_mistake_is_one_line_with_its_mend(tmp_path: Path, text: str, line: str) -> None:
    """Where, which key, what, and what would be right."""
    assert _loaded(tmp_path, text) == ((f"davidagent.yaml:{line}",), ())


WARNINGS = {
    "weights that are not used": (
        _pool("task_groups: [left], weights: {quick: 2}"),
        f"{POOL}.weights: is not used while rotation_strategy is round_robin; write rotation_strategy: weighted",
    ),
    "a pool of the offline brain": (
        _pool("task_groups: [left.echelon2]"),
        f"{POOL}.task_groups: holds the offline brain alone, so there is nothing to rotate; add a model to its group",
    ),
    "nothing to switch to": (
        _left("fallback_config: {strategy: task_group_switch, fallback_groups: [left.echelon1]}"),
        f"{FALLBACK}.strategy: task_group_switch has nothing to switch to; name another group in fallback_groups",
    ),
    "one provider in reach": (
        _left("fallback_config: {strategy: provider_failover}"),
        (
            f"{FALLBACK}.strategy: provider_failover has only gemini in reach; "
            "add a model of another provider, or use echelon_down"
        ),
    ),
    "a fallback to itself": (
        _left("fallback_config: {fallback_groups: [left]}"),
        (
            f"{FALLBACK}.fallback_groups: left is this group itself, which changes nothing; "
            "name another group or an echelon"
        ),
    ),
    "an echelon that is passed over": (
        _left("fallback_config: {fallback_groups: [right.echelon7]}"),
        f"{FALLBACK}.fallback_groups: right has no echelon7; it is passed over",
    ),
    "a first token after the end": (
        f"{GROUPS}  stream: {{first_token: 61s}}".replace("[writer]}}", "[writer], timeout: 70}}"),
        (
            "9: llm.stream.first_token: 61 s is never reached in left.echelon1, whose timeout of 60 s comes first|"
            "9: llm.stream.first_token: 61 s is never reached in left.echelon2, whose timeout of 60 s comes first"
        ),
    ),
    "no second model for a hedge": (
        f"{HEAD}  groups:\n    left: {{echelon1: {{models: [quick, offline]}}}}\n{RIGHT}  hedge: {{enabled: true}}",
        "9: llm.hedge.enabled: no group has a second model to ask, so nothing is hedged; add one to an echelon",
    ),
    "X without a key": (
        "sources: [{x: '@a'}]",
        "1: sources[0].x: cannot be read without sensors.x.bearer_token (or X_BEARER_TOKEN), or a mirror feed",
    ),
    "patience without a batch": (
        "sources: [{rss: 'https://a.example/f', urgency: low}]",
        ("1: sources[0].urgency: low has no effect while llm.batch.enabled is false; turn it on, or remove the key"),
    ),
    "a batch without patience": (
        "llm: {batch: {enabled: true}}",
        (
            "1: llm.batch.enabled: no source has urgency: low, so nothing goes through a batch; "
            "set it on those that can wait"
        ),
    ),
    "chaos": (
        "chaos: {enabled: true}",
        ("1: chaos.enabled: FAULTS ARE MADE ON PURPOSE in every call to a model; set it to false for real work"),
    ),
}


@pytest.mark.parametrize(("text", "lines"), WARNINGS.values(), ids=WARNINGS)
def test_what_is_doubtful_is_a_warning(tmp_path: Path, text: str, lines: str) -> None:
    """It loads all the same."""
    expected = tuple(f"davidagent.yaml:{line}" for line in lines.split("|"))
    assert _loaded(tmp_path, text) == ((), expected)


FAILOVER = "fallback_config: {strategy: provider_failover}"
FINE = {
    "pools within pools": f"{GROUPS}    more: {{echelon1: {{models: [p, offline]}}}}\n"
    "  pools: {p: {task_groups: [left.echelon1, left.echelon2]}, q: {task_groups: [more]}}\n"
    "  roles: {extract: q, draft: p, review: more}",
    "a pool for another echelon of the group it stands in": (
        f"{HEAD}  groups:\n    left: {{echelon1: {{models: [p]}}, echelon2: {{models: [quick, other]}}}}\n{RIGHT}"
        "  pools: {p: {task_groups: [left.echelon2], rotation_strategy: weighted, weights: {quick: 0.5}}}"
    ),
    "a second provider by a pool": (
        f"{HEAD}  groups:\n    left: {{echelon1: {{models: [quick, p]}}, {FAILOVER}}}\n{RIGHT}"
        "  pools: {p: {task_groups: [right]}}"
    ),
    "a second provider by a fallback group": _left(
        "fallback_config: {strategy: provider_failover, fallback_groups: [right]}"
    ),
    "another group to switch to": _left(
        "fallback_config: {strategy: task_group_switch, fallback_groups: [right.echelon1], retry_delay: 0}"
    ),
    "a timeout below the usual wait for a first token": f"{GROUPS}".replace("[writer]}}", "[writer], timeout: 20}}"),
    "a hedge": f"{GROUPS}  hedge: {{enabled: true, after: 2s}}",
    "a batch for those who wait": (
        "sources: [{rss: 'https://a.example/f', urgency: low, vip: true}]\nllm: {batch: {enabled: true}}"
    ),
    "shares of one": "chaos: {network_errors: 0.7, rate_limits: 0.1, garbage: 0.1, truncated: 0.1, latency: [0, 0]}",
    "a brain's share": "budget: {per_brain_daily_usd: {left: 5, right: 2.5, memory: 0}}",
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_what_can_work_is_not_complained_about(tmp_path: Path, text: str) -> None:
    """No error and no warning."""
    assert _loaded(tmp_path, text) == ((), ())


def test_a_faulty_pool_causes_no_second_complaint(tmp_path: Path) -> None:
    """Neither its role nor the echelon it stands in."""
    text = f"{HEAD}  groups:\n    left: {{echelon1: {{models: [p]}}}}\n{RIGHT}"
    pool = "  pools: {p: {weights: 3}}\n  roles: {draft: p}"
    assert [line.split(": ")[1] for line in _loaded(tmp_path, text + pool)[0]] == [
        "llm.pools.p.task_groups",
        "llm.pools.p.weights",
    ]


def test_a_weight_is_not_missed_in_a_faulty_group(tmp_path: Path) -> None:
    """What is in the pool is not known while its group cannot be read."""
    text = f"{HEAD}  groups:\n    left: {{echelon1: {{models: quick}}}}\n{RIGHT}"
    pool = "  pools: {p: {task_groups: [left], rotation_strategy: weighted, weights: {quick: 2}}}"
    assert _loaded(tmp_path, text + pool)[0] == (
        "davidagent.yaml:7: llm.groups.left.echelon1.models: must be a list, such as [a, b], not 'quick'",
    )
