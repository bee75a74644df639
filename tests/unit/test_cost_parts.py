"""Parts of a cost: shares, costs per call, and what is too small for a colour of its own."""

from typing import Any

from daemon.blackboard.reading.cost_parts import OTHERS, compared, leading


def part(cost: float, *, calls: int = 1) -> dict[str, Any]:
    return {"calls": calls, "prompt_tokens": 10 * calls, "cost_usd": cost}


def test_the_dearest_part_stands_first_with_its_share() -> None:
    found = compared({"left": part(0.25, calls=5), "right": part(0.75, calls=2)})
    assert [(one["name"], one["share"], one["cost_per_call_usd"]) for one in found] == [
        ("right", 0.75, 0.375),
        ("left", 0.25, 0.05),
    ]
    assert found[1]["prompt_tokens"] == 50


def test_what_costs_nothing_has_no_share_and_stands_by_its_calls() -> None:
    found = compared({"b": part(0, calls=2), "a": part(0, calls=0), "c": part(0, calls=9)})
    assert [(one["name"], one["share"], one["cost_per_call_usd"]) for one in found] == [
        ("c", None, 0.0),
        ("b", None, 0.0),
        ("a", None, None),
    ]


def test_a_trend_keeps_its_largest_parts_and_adds_up_the_rest() -> None:
    trend = [
        {"day": "1", "cost_usd": 0.6, "parts": {"a": part(0.1), "b": part(0.2), "c": part(0.3)}},
        {"day": "2", "cost_usd": 0.0, "parts": {"a": part(0), "b": part(0), "c": part(0)}},
    ]
    assert [list(one["parts"]) for one in leading(trend, most=3, by="cost_usd")] == [["c", "b", "a"]] * 2
    (first, second) = leading(trend, most=2, by="cost_usd")
    assert first["parts"] == {"c": part(0.3), OTHERS: part(0.3, calls=2)}
    assert second["parts"][OTHERS]["cost_usd"] == 0
    assert list(leading(trend, most=2, by="calls")[0]["parts"]) == ["a", OTHERS]


def test_a_trend_of_nothing_has_no_parts() -> None:
    assert leading([{"day": "1", "parts": {}}], most=3, by="cost_usd") == [{"day": "1", "parts": {}}]
