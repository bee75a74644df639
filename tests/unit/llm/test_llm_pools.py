"""Whose turn it is in a pool, and who is well."""

import json
import random
from contextlib import ExitStack
from typing import Any

import pytest

from brains.llm.groups import Endpoint
from brains.llm.pools import Pool
from brains.llm.rotation import LeastRecentlyUsed, RoundRobin, SmoothWeighted
from daemon.core.errors import BadRequestError, BreakerOpenError, BudgetExceededError, OutsideError, ServerFaultError
from daemon.core.events import Event
from daemon.core.settings.models import PoolSettings
from daemon.resilience.breaker import Breaker
from tests.fakes.clock import InstantClock
from tests.fakes.llm import LocalProvider

FAULT = ServerFaultError("it is down")


class Stage:
    """A pool of `a`, `b` and `c` with breakers of their own."""

    def __init__(self, names: str = "abc", **settings: Any) -> None:
        self.clock, self.events = InstantClock(), list[Event]()
        self.breakers = {n: Breaker(n, clock=self.clock, rng=random.Random(1), failure_threshold=3) for n in names}
        self.pool = Pool(
            "pool",
            settings=PoolSettings(task_groups=("think",), **settings),
            instances=[Endpoint(name, LocalProvider(), name, pool="pool") for name in names],
            breakers=self.breakers,
            clock=self.clock,
            emit=self.events.append,
        )

    def turns(self, count: int) -> str:
        return "".join(self.turn() for _ in range(count))

    def turn(self) -> str:
        endpoint = self.pool.choose()
        return endpoint.name if endpoint else "-"

    def request(self, name: str, error: BaseException | None = None) -> None:
        """One request to that instance, and how it ends."""
        with ExitStack() as outside:
            if error is not None:
                outside.enter_context(pytest.raises(type(error)))
            with self.pool.request(name):
                _raise(error)

    def out(self, name: str = "a") -> None:
        for _ in range(2):
            self.request(name, FAULT)

    def wait(self, seconds: float) -> None:
        self.clock.set(self.clock.now() + seconds)

    def told(self) -> list[tuple[str, str]]:
        return [(event.type, event.data["endpoint"]) for event in self.events]

    def seen(self, name: str = "a") -> dict[str, Any]:
        return next(i for i in self.pool.snapshot()["instances"] if i["endpoint"] == name)


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error


def test_round_robin_goes_round() -> None:
    """Also when one is away for a while."""
    turns = RoundRobin("abc")
    assert "".join(turns.choose("abc") for _ in range(7)) == "abcabca"
    assert "".join(turns.choose("ac") for _ in range(4)) == "caca"


def test_least_recently_used_takes_who_rested_longest() -> None:
    """A newcomer that was away comes first."""
    turns = LeastRecentlyUsed("abc")
    assert "".join(turns.choose("bc") for _ in range(4)) == "bcbc"
    assert "".join(turns.choose("abc") for _ in range(4)) == "abca"


def test_weighted_turns_are_spread_and_exact() -> None:
    """By weight over each whole round, never the heavy one in one block; without a weight it is 1."""
    turns = SmoothWeighted("abc", weights={"a": 5})
    assert "".join(turns.choose("abc") for _ in range(14)) == "aabacaaaabacaa"
    assert "".join(turns.choose("bc") for _ in range(4)) in {"bcbc", "cbcb"}


def test_a_weight_of_nothing_is_asked_only_when_nobody_else_is_there() -> None:
    turns = SmoothWeighted("ab", weights={"b": 0})
    assert "".join(turns.choose("ab") for _ in range(5)) == "aaaaa"
    assert turns.choose("b") == "b"


def test_failures_in_a_row_take_an_instance_out_until_a_request_of_its_own_succeeds() -> None:
    """After the recovery time one request is the probe; no other is sent there meanwhile."""
    stage = Stage(failure_threshold=2, recovery_time=120)
    stage.request("a", FAULT)
    stage.request("a")
    stage.request("a", FAULT)
    assert stage.turns(3) == "abc"
    stage.request("a", FAULT)
    assert (stage.turns(4), stage.told()) == ("bcbc", [("pool_instance_out", "a")])
    stage.wait(121)
    assert "a" in stage.turns(3)
    with stage.pool.request("a"):
        assert stage.turns(4) == "bcbc"
        with pytest.raises(BreakerOpenError, match="a is out of the rotation of pool: 2 failures in a row"):
            stage.request("a")
    assert stage.told()[-1] == ("pool_instance_back", "a")
    assert "a" in stage.turns(3)


def test_a_probe_that_fails_keeps_it_out_for_the_health_check_interval() -> None:
    """Not for the recovery time again."""
    stage = Stage(failure_threshold=2, recovery_time=120, health_check_interval=30)
    stage.out()
    stage.wait(121)
    stage.request("a", FAULT)
    assert stage.seen()["back_at"] == stage.clock.now() + 30
    assert stage.seen()["reason"] == "the probe failed with ServerFaultError: it is down"
    stage.wait(29)
    assert "a" not in stage.turns(4)
    stage.wait(2)
    assert "a" in stage.turns(3)


@pytest.mark.parametrize("error", [BudgetExceededError(), KeyboardInterrupt()], ids=["nothing sent", "cancelled"])
def test_a_probe_that_says_nothing_leaves_its_place_to_the_next(error: BaseException) -> None:
    stage = Stage(failure_threshold=2, recovery_time=120)
    stage.out()
    stage.wait(121)
    stage.request("a", error)
    assert stage.told() == [("pool_instance_out", "a")]
    stage.request("a")
    assert stage.told()[-1] == ("pool_instance_back", "a")


def test_what_one_request_did_wrong_is_an_answer() -> None:
    """It ends a row of failures."""
    stage = Stage(failure_threshold=2)
    for error in (FAULT, BadRequestError(), FAULT):
        stage.request("a", error)
    assert stage.told() == []


def test_a_late_failure_of_before_changes_nothing() -> None:
    """A slow request that was sent before the instance left does not fail its probe."""
    stage = Stage(failure_threshold=2, recovery_time=10)
    late = stage.pool.request("a")
    late.__enter__()
    stage.out()
    stage.wait(11)
    with stage.pool.request("a"):
        assert late.__exit__(ServerFaultError, FAULT, None) is False
    assert stage.told() == [("pool_instance_out", "a"), ("pool_instance_back", "a")]


def test_an_instance_with_an_open_breaker_is_passed_over() -> None:
    """Other users of the endpoint have found it dead."""
    stage = Stage()
    for _ in range(3):
        stage.breakers["b"].failed(FAULT)
    assert stage.turns(4) == "acac"
    assert stage.seen("b")["is_in"] is False
    assert "3 of the last 3 calls failed" in stage.seen("b")["reason"]


def test_when_all_are_out_it_says_who_comes_back_first() -> None:
    """And why each of them is out."""
    stage = Stage("ab", failure_threshold=2, recovery_time=120)
    start = stage.clock.now()
    stage.out("a")
    stage.wait(50)
    stage.out("b")
    error = stage.pool.all_out()
    assert stage.turn() == "-"
    assert (error.until, stage.pool.ready_at()) == (start + 120, start + 120)
    assert "a: 2 failures in a row" in str(error)
    stage.wait(71)
    assert (stage.turn(), stage.pool.ready_at()) == ("a", 0.0)


def test_a_step_gets_the_instance_it_has_tried_least_and_none_too_often() -> None:
    """Whatever the rotation says for all others."""
    stage = Stage(max_instance_attempts=2)
    tries: dict[str, int] = {}
    chosen = []
    while (endpoint := stage.pool.choose(tries=tries)) is not None:
        tries[endpoint.name] = tries.get(endpoint.name, 0) + 1
        chosen.append(endpoint.name)
        stage.turn()  # another step takes a turn in between
    assert (sorted(chosen[:3]), sorted(chosen)) == (list("abc"), list("aabbcc"))
    assert not stage.pool.is_worth_waiting(tries=tries)
    stage.out("a")
    assert stage.pool.is_worth_waiting(tries={"b": 2, "c": 2})


def test_the_spare_is_another_one_that_is_well() -> None:
    """A probe is nothing to hurry with."""
    stage = Stage(failure_threshold=2)
    stage.out("a")
    spare = stage.pool.spare(beside="b")
    assert spare is not None
    assert spare.name == "c"
    assert Stage("b").pool.spare(beside="b") is None


def test_the_snapshot_is_json_and_counts_what_was_sent() -> None:
    """A request that was not sent is none."""
    stage = Stage("ab", rotation_strategy="weighted", failure_threshold=2)
    stage.request("a")
    stage.request("a", BudgetExceededError())
    stage.out("b")
    shown = json.loads(json.dumps(stage.pool.snapshot()))
    assert (shown["pool"], shown["strategy"]) == ("pool", "weighted")
    now = stage.clock.now()
    assert shown["instances"] == [
        {"endpoint": "a", "is_in": True, "reason": None, "back_at": None, "calls": 1, "last_used_at": now},
        {
            "endpoint": "b",
            "is_in": False,
            "reason": "2 failures in a row, the last with ServerFaultError: it is down",
            "back_at": now + 120,
            "calls": 2,
            "last_used_at": now,
        },
    ]


def test_no_secret_stands_in_the_reason() -> None:
    stage = Stage(failure_threshold=1)
    error: OutsideError = ServerFaultError("GET https://host/v1?key=AIzaCANARYCANARYCANARYCANARYCANARYCANAR")
    stage.request("a", error)
    assert "CANARY" not in json.dumps([stage.pool.snapshot(), [dict(event.data) for event in stage.events]])


def test_a_reset_lets_an_instance_in_again_with_nothing_held_against_it() -> None:
    """One that is well, or is none of ours, is left alone."""
    stage = Stage("ab")
    stage.out("a")
    assert stage.turns(2) == "bb"
    stage.pool.reset("a")
    stage.pool.reset("b")
    stage.pool.reset("of another pool")
    assert set(stage.turns(2)) == {"a", "b"}
    assert stage.told() == [("pool_instance_out", "a"), ("pool_instance_back", "a")]
    stage.request("a", FAULT)
    assert set(stage.turns(2)) == {"a", "b"}
