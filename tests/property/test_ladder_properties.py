"""Whatever is seen: the ladder never leaves a level before its dwell, and never skips a step down."""

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.core.settings.level_models import LevelSettings, SilenceSettings, TroubleSettings
from daemon.resilience.levels import Ladder, Level, Signs
from tests.fakes.clock import ManualClock

DWELLS = {Level.L1: 20.0, Level.L2: 30.0, Level.L3: 10.0}
SETTINGS = LevelSettings(
    window=60,
    l1=TroubleSettings(enter=0.1, leave=0.05, least_faults=3, dwell=DWELLS[Level.L1]),
    l2=TroubleSettings(enter=0.4, leave=0.2, least_faults=8, dwell=DWELLS[Level.L2]),
    l3=SilenceSettings(after=15, free_disk=100, dwell=DWELLS[Level.L3]),
)
MOST_DOUBLED = 8

calls = st.integers(0, 40)
signs = st.builds(
    lambda calls, share, silent, away, free: Signs(calls, int(calls * share), silent, away, free),
    calls,
    st.sampled_from([0.0, 0.0, 0.05, 0.15, 0.3, 0.5, 1.0]),
    st.sampled_from([(), (), (), ("draft",), ("extract", "review")]),
    st.booleans(),
    st.sampled_from([None, 50, 150, 200, 10**9]),
)
looks = st.lists(st.tuples(signs, st.floats(0.1, 25)), max_size=150)


@settings(max_examples=60)
@given(looks)
def test_it_stays_its_dwell_and_goes_down_by_single_steps(seen: list[tuple[Signs, float]]) -> None:
    clock = ManualClock()
    ladder, entered = Ladder(SETTINGS, clock=clock), clock.now()
    for one, seconds in seen:
        before = ladder.level
        change = ladder.look(one)
        assert (change is None) == (ladder.level is before)
        if change is not None:
            assert (change.before, change.level, bool(change.reason)) == (before, ladder.level, True)
            if ladder.level < before:
                assert ladder.level is before.below
                assert clock.now() - entered >= DWELLS[before]
            entered = clock.now()
        if ladder.level is not Level.L0:
            assert DWELLS[ladder.level] <= ladder.stay(ladder.level) <= MOST_DOUBLED * DWELLS[ladder.level]
        clock.set(clock.now() + seconds)


@settings(max_examples=40)
@given(looks)
def test_from_anywhere_calm_leads_back_to_normal(seen: list[tuple[Signs, float]]) -> None:
    """However often it was entered: no longer than eight times all dwells."""
    clock = ManualClock()
    ladder = Ladder(SETTINGS, clock=clock)
    for one, seconds in seen:
        ladder.look(one)
        clock.set(clock.now() + seconds)
    for _ in range(int(MOST_DOUBLED * sum(DWELLS.values())) + 5):
        ladder.look(Signs(calls=50, free_disk=10**9))
        clock.set(clock.now() + 1)
    assert ladder.level is Level.L0
