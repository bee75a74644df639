"""What a hall of viewers saw, in figures."""

import itertools
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol


class Attended(Protocol):
    """A viewer, after it all."""

    is_slow: bool
    is_dropped: bool
    ids: "array[int]"
    times: "array[float]"
    resyncs_at: list[int]
    back_seconds: float | None
    refusals: int
    ended: str | None


class Shared(Protocol):
    """What the events said of themselves."""

    first_id: int
    at_of: dict[int, float]
    posted_of: dict[int, float]


def report(hall: Shared, *, viewers: Sequence[Attended]) -> dict[str, Any]:
    """Counts, failures and times in milliseconds; JSON-ready."""
    reference = array("q", sorted(number for number in hall.at_of if number >= hall.first_id))
    fast = [viewer for viewer in viewers if not viewer.is_slow]
    steady = [viewer for viewer in fast if not viewer.is_dropped]
    came_back = [viewer for viewer in fast if viewer.is_dropped]
    return {
        "clients": len(viewers),
        "events": len(reference),
        "messages": sum(len(viewer.ids) for viewer in viewers),
        "keeping_up": _kept(fast, reference=reference),
        "slow": _kept([viewer for viewer in viewers if viewer.is_slow], reference=reference),
        "latency_ms": _spread(_latencies(steady, born=hall.at_of)),
        "since_post_ms": _spread(_latencies(steady, born=hall.posted_of)),
        "back_ms": _spread(viewer.back_seconds * 1000 for viewer in came_back if viewer.back_seconds is not None),
        "refusals": sum(viewer.refusals for viewer in viewers),
        "ends": dict(Counter(viewer.ended or "open" for viewer in viewers)),
    }


def _kept(viewers: Sequence[Attended], *, reference: "array[int]") -> dict[str, int]:
    """How many had every event exactly once in order, and what befell the others."""
    found = Counter(_verdict(viewer, reference=reference) for viewer in viewers)
    resyncs = sum(len(viewer.resyncs_at) for viewer in viewers)
    return {"clients": len(viewers), "complete": 0, **found, "resyncs": resyncs}


def _verdict(viewer: Attended, *, reference: "array[int]") -> str:
    """`complete`; `behind` (all so far, not at the end yet); `resynced` (gaps, and told of each); else the fault."""
    early = sum(number < reference[0] for number in viewer.ids) if reference else 0
    ids = viewer.ids[early:]
    if ids == reference:
        return "complete"
    steps = [after - before for before, after in itertools.pairwise(ids)]
    if min(steps, default=1) <= 0:
        return "disordered" if min(steps) < 0 else "repeated"
    told = [position - early for position in viewer.resyncs_at]
    if ids == reference[: len(ids)]:
        return "behind"
    return "resynced" if _gaps(ids, reference=reference) <= set(told) else "missing"


def _gaps(ids: "array[int]", *, reference: "array[int]") -> set[int]:
    """How many events were there each time some were left out."""
    place = {number: index for index, number in enumerate(reference)}
    places = [-1, *(place[number] for number in ids)]
    return {index for index, (before, after) in enumerate(itertools.pairwise(places)) if after != before + 1}


def _latencies(viewers: Iterable[Attended], *, born: Mapping[int, float]) -> Iterable[float]:
    for viewer in viewers:
        for number, came_at in zip(viewer.ids, viewer.times, strict=True):
            if born.get(number):
                yield (came_at - born[number]) * 1000


def _spread(values: Iterable[float]) -> dict[str, float] | None:
    ordered = sorted(values)
    if not ordered:
        return None
    return {
        "p50": round(ordered[len(ordered) // 2], 2),
        "p99": round(ordered[int(len(ordered) * 0.99)], 2),
        "max": round(ordered[-1], 2),
    }
