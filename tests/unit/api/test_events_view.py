"""What a live audience may see: nothing that is not on the list, whatever the type of the event and its fields are."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.api.events.view import public_view, shown_reason, shown_text

ROOT = Path(__file__).parents[3]
SNAKE = re.compile(r"[a-z]+(?:_[a-z]+)*")

MAY_BE_SHOWN = {
    *(
        "title",
        "made",
        "reasons",
        "round",
        "attempt",
        "waits_for",
        "level",
        "before",
        "reason",
        "version",
        "key",
        "value",
        "new",
        "known",
    ),
    *("brain", "task", "provider", "model", "kind", "status", "cost_usd", "latency_ms", "first_token_ms"),
    *("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"),
}
MADE_MAY_SHOW = {
    *("kind", "model", "gist", "claims", "entities", "numbers", "dates", "quotes", "found", "names", "topics"),
    *("title", "characters", "passed", "faults", "sentences", "judged_by", "slug", "summary", "language", "cost_usd"),
}
PRIVATE = (
    *(
        "by",
        "address",
        "url",
        "error",
        "failure",
        "traceback",
        "location",
        "endpoint",
        "path",
        "source_id",
        "worker_id",
    ),
    *("reserved_micro", "daily_usd", "cap_usd", "vendor_id", "moved_to", "cap_micro", "fault"),
)


def words_in_the_program() -> set[str]:
    """Every word the program has as a string: all types of events and all their fields are among them."""
    found: set[str] = set()
    for top in ("daemon", "brains", "sensors"):
        for path in (ROOT / top).rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text()))
            found |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {word for word in found if SNAKE.fullmatch(word) and len(word) < 40}


WORDS = words_in_the_program()


def event(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": 7, "type": type_, "at": "2026-11-20T11:06:59.123Z", "item_id": "abc", "from": None, "to": None} | {
        "data": data
    }


def shown_keys(value: Any) -> Iterator[str]:
    """The canaries that are seen anywhere."""
    return iter(re.findall(r"canary\.([a-z_]+)", json.dumps(value)))


def test_the_program_is_searched_where_its_events_are() -> None:
    assert {"item_posted", "call_settled", "level_changed", "batch_lost", "service_failed", "traceback"} <= WORDS


def test_no_event_the_program_can_emit_shows_a_field_that_is_not_listed() -> None:
    """Every word as a type, with every word as a field, each with a canary in it, also in what a step made."""
    fields = {word: f"canary.{word}" for word in WORDS}
    made = [{**fields, "kind": kind} for kind in ("knowledge", "draft", "review", "post", "unheard_of")]
    leaked: dict[str, set[str]] = {}
    for type_ in WORDS:
        shown = public_view(event(type_, {**fields, "made": made, "key": "paused"}))
        if shown is None:
            continue
        inner = shown["data"].pop("made", [])
        found = set(shown_keys(shown)) - MAY_BE_SHOWN | set(shown_keys(inner)) - MADE_MAY_SHOW
        if found or set(shown["data"]) - MAY_BE_SHOWN:
            leaked[type_] = found
    assert leaked == {}


@pytest.mark.parametrize("field", PRIVATE)
def test_what_is_private_is_on_no_list(field: str) -> None:
    assert field not in MAY_BE_SHOWN | MADE_MAY_SHOW


def test_nothing_hides_in_the_shape_of_a_field() -> None:
    """A mapping or a list where a word, a number or a text is expected is not shown."""
    odd = {"secret": "canary"}
    data = {"title": odd, "reasons": [odd, "a reason"], "round": odd, "made": [odd, {"kind": "draft", "title": odd}]}
    shown = [public_view(event(type_, data)) for type_ in ("item_posted", "item_rejected", "item_advanced")]
    assert "canary" not in json.dumps(shown)
    assert shown[1] is not None
    assert shown[1]["data"]["reasons"] == ["a reason"]


def test_a_guest_learns_the_title_of_a_claimed_item_and_not_who_claimed_it() -> None:
    """An item may have been posted before anybody watched."""
    shown = public_view(event("item_claimed", {"title": "The bridge is open", "by": "canary"}))
    assert shown is not None
    assert shown["data"] == {"title": "The bridge is open"}


def test_only_the_pause_is_shown_of_the_switches_and_not_what_it_is_set_to() -> None:
    assert public_view(event("control_set", {"key": "budget", "value": "5", "by": "cli"})) is None
    paused = public_view(event("control_set", {"key": "paused", "value": "canary", "by": "cli"}))
    resumed = public_view(event("control_set", {"key": "paused", "value": None, "by": "cli"}))
    assert paused is not None
    assert resumed is not None
    assert (paused["data"], resumed["data"]) == ({"key": "paused", "value": "1"}, {"key": "paused", "value": None})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://intern.example/a?b=c for it", "see … for it"),
        ("asked 10.1.2.3 twice", "asked … twice"),
        ("asked fe80::1:2:3 twice", "asked … twice"),
        ("at proxy.intern:8080, no answer", "at …, no answer"),
        ("write to jane.doe@example.org", "write to [mail]"),
        ("no room in /var/lib/davidagent/data", "no room in …"),
        ("no room in /data", "no room in …"),
        (r"no room in C:\Users\jane\data", "no room in …"),
        ("良率达到91.4%，见https://a.example/x。", "良率达到91.4%，见…。"),
        ("3 km/h and 12:30:45, and/or 7:2", "3 km/h and 12:30:45, and/or 7:2"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_text_is_shown_without_addresses(text: str, shown: str) -> None:
    assert shown_text(text) == shown


def test_a_text_is_not_endless_and_no_text_is_none() -> None:
    assert len(shown_text("x" * 10_000) or "") == 300
    assert shown_text(None) is None
    assert shown_text(5) is None


def test_a_reason_of_the_machine_has_no_host_in_it() -> None:
    assert shown_reason("6 of 10 calls to api.example.com failed in 300 s") == "6 of 10 calls to … failed in 300 s"


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("gemini-3.8-flash", "gemini-3.8-flash"),
        ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B"),
        ("qwen3:8b", "qwen3:8b"),
        ("/home/jane/models/secret/qwen.gguf", "qwen.gguf"),
        (r"C:\models\qwen.gguf", "qwen.gguf"),
        ("http://10.0.0.1/model", None),
    ],
)
def test_a_model_is_shown_by_its_name(model: str, shown: str | None) -> None:
    settled = public_view(event("call_settled", {"model": model}))
    assert settled is not None
    assert settled["data"] == {"model": shown}
