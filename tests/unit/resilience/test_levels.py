"""The ladder of degradation on a clock of the test's own: each level entered and left by injected faults alone."""

from collections.abc import Iterable

import pytest

from daemon.core.settings.level_models import LevelSettings, SilenceSettings, TroubleSettings
from daemon.resilience.levels import Change, CurrentLevel, Ladder, Level, Signs
from tests.fakes.clock import ManualClock

L0, L1, L2, L3 = Level
CALM = Signs(calls=100)
SOME = Signs(calls=100, faults=12)
MANY = Signs(calls=100, faults=50)
SILENT = Signs(calls=100, silent=("draft",))
MIB = 1024 * 1024


def settings(**changes: object) -> LevelSettings:
    """Short, round numbers."""
    values: dict[str, object] = {
        "window": 60.0,
        "l1": TroubleSettings(enter=0.1, leave=0.05, least_faults=3, dwell=20),
        "l2": TroubleSettings(enter=0.4, leave=0.2, least_faults=8, dwell=30),
        "l3": SilenceSettings(after=15, free_disk=100 * MIB, dwell=10),
    }
    return LevelSettings.model_validate({**values, **changes})


class Climber:
    """A ladder that is looked at every second."""

    def __init__(self, **changes: object) -> None:
        self.clock = ManualClock()
        self.ladder = Ladder(settings(**changes), clock=self.clock)
        self.changes: list[Change] = []

    def see(self, signs: Signs, *, seconds: int = 1) -> Level:
        """See the same for so long; answers the level then."""
        for _ in range(seconds):
            if change := self.ladder.look(signs):
                self.changes.append(change)
            self.clock.set(self.clock.now() + 1)
        return self.ladder.level

    def way(self) -> list[Level]:
        """The levels in the order they were entered."""
        return [change.level for change in self.changes]


def test_levels_compare_in_their_order() -> None:
    assert L0 < L1 < L2 < L3
    assert [level.below for level in Level] == [L0, L0, L1, L2]


def test_the_current_level_is_what_was_set_last() -> None:
    current = CurrentLevel()
    assert current() is L0
    current.value = L2
    assert current() is L2


@pytest.mark.parametrize(
    ("signs", "level"),
    [
        (CALM, L0),
        (Signs(calls=4, faults=2), L0),
        (Signs(calls=100, faults=9), L0),
        (Signs(calls=30, faults=3), L1),
        (Signs(calls=7, faults=7), L1),
        (Signs(calls=20, faults=8), L2),
        (Signs(calls=0, free_disk=99 * MIB), L3),
        (Signs(calls=0, free_disk=100 * MIB), L0),
    ],
)
def test_a_level_is_entered_by_its_rule(signs: Signs, level: Level) -> None:
    """A share of the calls and a least number of faults both; several steps up at once."""
    assert Climber().see(signs) is level


def test_silence_enters_l3_only_after_its_time() -> None:
    climber = Climber()
    assert climber.see(SILENT, seconds=15) is L0
    assert climber.see(CALM) is L0
    assert climber.see(SILENT, seconds=15) is L0
    assert climber.see(SILENT) is L3
    assert "no model has answered for 15 s" in climber.changes[0].reason


@pytest.mark.parametrize(("signs", "level", "stay"), [(SOME, L1, 20), (MANY, L2, 30), (SILENT, L3, 10)])
def test_a_level_is_left_after_its_stay_and_one_step_down(signs: Signs, level: Level, stay: int) -> None:
    climber = Climber(l3=SilenceSettings(after=0, free_disk=0, dwell=10))
    assert climber.see(signs) is level
    assert climber.ladder.leaves_at() == climber.ladder.since + stay
    assert climber.see(CALM, seconds=stay - 1) is level
    assert climber.see(CALM) is level.below


def test_the_way_back_from_the_top_stays_at_each_level() -> None:
    climber = Climber()
    climber.see(SILENT, seconds=16)
    entered = climber.clock.now() - 1
    climber.see(CALM, seconds=70)
    assert climber.way() == [L3, L2, L1, L0]
    assert climber.ladder.since == entered + 10 + 30 + 20
    assert climber.ladder.leaves_at() is None


@pytest.mark.parametrize(("entering", "between", "level"), [(SOME, 7, L1), (MANY, 30, L2)])
def test_what_enters_and_what_leaves_differ(entering: Signs, between: int, level: Level) -> None:
    """A share between the two neither enters the level nor ends it."""
    signs, fresh, climber = Signs(calls=100, faults=between), Climber(), Climber()
    assert fresh.see(signs) is level.below
    climber.see(entering)
    assert climber.see(signs, seconds=500) is level


def test_the_disk_must_have_twice_as_much_free() -> None:
    climber = Climber()
    assert climber.see(Signs(free_disk=50 * MIB)) is L3
    assert "50 MiB of the disk are free, less than 100 MiB" in climber.changes[0].reason
    assert climber.see(Signs(free_disk=199 * MIB), seconds=60) is L3
    assert climber.see(Signs(free_disk=200 * MIB)) is L2


def test_l2_waits_for_the_probe_of_the_first_choice() -> None:
    """Only cheap models are asked there, so calm calls do not tell how the first choice is."""
    climber = Climber()
    climber.see(MANY)
    assert climber.see(Signs(is_first_choice_away=True), seconds=300) is L2
    assert climber.see(Signs()) is L1
    assert climber.changes[-1].reason == "no call for 60 s"


def test_an_alternating_load_does_not_flap() -> None:
    """Ten minutes of faults that come and go every five seconds: the level changes a few times, not a hundred."""
    climber = Climber()
    for _ in range(60):
        climber.see(MANY, seconds=5)
        climber.see(CALM, seconds=5)
    assert len(climber.changes) <= 12
    assert 60 * 2 / len(climber.changes) >= 10


def _stays(climber: Climber, times: int, *, gap: int) -> Iterable[float]:
    for _ in range(times):
        climber.see(SOME)
        yield climber.ladder.stay(L1)
        climber.see(CALM, seconds=int(climber.ladder.stay(L1)) + gap)


def test_a_level_that_is_entered_again_soon_stays_twice_as_long() -> None:
    """Up to eight times its dwell; after a long calm the first stay holds again."""
    climber = Climber()
    assert list(_stays(climber, 6, gap=5)) == [20, 40, 80, 160, 160, 160]
    climber.see(CALM, seconds=400)
    assert list(_stays(climber, 1, gap=5)) == [20]


def test_going_down_through_a_level_is_no_relapse() -> None:
    climber = Climber()
    climber.see(SOME)
    climber.see(MANY)
    climber.see(CALM, seconds=31)
    assert (climber.ladder.level, climber.ladder.stay(L1)) == (L1, 20)


def test_reasons_have_their_figures() -> None:
    climber = Climber()
    climber.see(Signs(calls=40, faults=6))
    climber.see(Signs(calls=60, faults=1), seconds=20)
    assert [change.reason for change in climber.changes] == [
        "6 of 40 calls failed within 60 s (15%)",
        "1 of 60 calls failed within 60 s (2%)",
    ]


def test_a_restart_within_the_stay_goes_on_with_it() -> None:
    """The rest of the stay is served, with the doublings of before."""
    first = Climber()
    list(_stays(first, 1, gap=5))
    first.see(SOME)
    kept = first.ladder.snapshot()
    second = Climber()
    second.clock.set(first.clock.now() + 10)
    second.ladder = Ladder(settings(), clock=second.clock)
    assert second.ladder.restore(kept)
    assert (second.ladder.level, second.ladder.stay(L1), second.ladder.since) == (L1, 40, kept["since"])
    assert second.see(CALM, seconds=28) is L1
    assert second.see(CALM, seconds=3) is L0


def test_a_restart_after_the_stay_learns_anew() -> None:
    first = Climber()
    first.see(MANY)
    second = Climber()
    second.clock.set(first.clock.now() + 30)
    assert not second.ladder.restore(first.ladder.snapshot())
    assert second.ladder.level is L0


@pytest.mark.parametrize(
    "snapshot",
    [
        {},
        {"level": "L9", "since": 0, "reason": "", "doublings": {}},
        {"level": "L1", "since": None, "reason": "", "doublings": {}},
        {"level": "L1", "since": 2e9, "reason": "", "doublings": 3},
    ],
)
def test_what_is_no_snapshot_changes_nothing(snapshot: dict[str, object]) -> None:
    ladder = Climber().ladder
    with pytest.raises((KeyError, TypeError, ValueError)):
        ladder.restore(snapshot)
    assert ladder.level is L0


def test_a_person_may_end_the_shortest_stay_but_not_the_trouble() -> None:
    """The level is left once it is calm, without the wait; the next level has its own stay again."""
    climber = Climber()
    assert climber.see(SILENT, seconds=16) is L3
    climber.ladder.end_stay()
    assert climber.ladder.leaves_at() == climber.ladder.since
    assert climber.see(SILENT) is L3
    assert climber.see(CALM) is L2
    assert climber.see(CALM, seconds=29) is L2
    assert climber.see(CALM, seconds=2) is L1
