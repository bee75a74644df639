"""The level that a person has set, as it stands on the board."""

import json

import pytest

from daemon.core.errors import UsageError
from daemon.resilience.chosen_level import ChosenLevel, choice, chosen_level, level_at_rest
from daemon.resilience.levels import Level

NOW = 1_790_000_000.0


def test_a_choice_is_read_as_it_was_written() -> None:
    chosen = choice("L2", for_seconds=60, by="cli", why="on stage", now=NOW)
    assert chosen == ChosenLevel(Level.L2, NOW + 60, "cli", "on stage")
    assert chosen is not None
    assert chosen_level(chosen.control(), now=NOW + 59) == chosen
    assert chosen_level(chosen.control(), now=NOW + 60) is None


def test_without_a_time_it_holds_for_good() -> None:
    chosen = choice("L0", for_seconds=None, by="api", why="", now=NOW)
    assert chosen is not None
    assert chosen_level(chosen.control(), now=NOW * 2) == chosen
    assert chosen.reason == "set by a person"


def test_auto_is_no_choice() -> None:
    assert choice("auto", for_seconds=None, by="cli", why="", now=NOW) is None


@pytest.mark.parametrize(
    ("wanted", "seconds"), [("L4", None), ("l2", None), ("auto", 60.0), ("L1", 0.0), ("L1", 1e9), ("L1", float("nan"))]
)
def test_what_makes_no_sense_is_refused(wanted: str, seconds: float | None) -> None:
    with pytest.raises(UsageError):
        choice(wanted, for_seconds=seconds, by="cli", why="", now=NOW)


@pytest.mark.parametrize("control", ["", "{}", "[]", "7", "not JSON", '{"level": "L9", "until": null}'])
def test_a_control_that_cannot_be_read_counts_as_none(control: str) -> None:
    assert chosen_level(control, now=NOW) is None
    assert level_at_rest(control, now=NOW)["level"] == "L0"


def test_at_rest_the_choice_is_what_holds_next() -> None:
    control = json.dumps({"level": "L3", "until": None, "by": "cli", "why": "disk work"})
    told = level_at_rest(control, now=NOW)
    assert (told["level"], told["by"], told["reason"], told["until"]) == ("L3", "cli", "disk work", None)
