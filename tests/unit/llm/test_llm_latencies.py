import random

from brains.llm.latencies import Latencies


def test_nothing_is_said_before_there_are_enough() -> None:
    """One sample fewer than the minimum says nothing, and neither does an endpoint nobody has heard of."""
    latencies = Latencies(minimum_samples=3)
    latencies.add("quick", 1.0)
    latencies.add("quick", 2.0)
    assert latencies.percentile("quick", 0.95) is None
    assert latencies.median("slow") is None
    latencies.add("quick", 3.0)
    assert latencies.median("quick") == 2.0


def test_each_endpoint_has_its_own() -> None:
    latencies = Latencies(minimum_samples=1)
    latencies.add("quick", 1.0)
    latencies.add("slow", 9.0)
    assert (latencies.median("quick"), latencies.median("slow")) == (1.0, 9.0)


def test_a_percentile_is_the_value_at_that_share_of_the_last_256() -> None:
    """Whatever came before, in whatever order, twice the same numbers too."""
    rng = random.Random(4)
    latencies = Latencies(minimum_samples=20)
    given = [float(rng.randrange(60)) for _ in range(1000)]
    for count, seconds in enumerate(given, start=1):
        latencies.add("m", seconds)
        if count >= 20:
            kept = sorted(given[max(0, count - 256) : count])
            assert latencies.percentile("m", 0.95) == kept[int(len(kept) * 0.95)]
            assert latencies.median("m") == kept[len(kept) // 2]


def test_the_largest_share_is_the_largest_value() -> None:
    latencies = Latencies(minimum_samples=1)
    latencies.add("m", 5.0)
    assert latencies.percentile("m", 1.0) == 5.0


def test_a_minimum_beyond_what_is_kept_widens_what_is_kept() -> None:
    latencies = Latencies(minimum_samples=300)
    for _ in range(300):
        latencies.add("m", 1.0)
    assert latencies.median("m") == 1.0
