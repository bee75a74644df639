"""By what a request is known again."""

from dataclasses import replace
from typing import Any

import pytest

from brains.llm.hashing import fingerprint, request_hash
from brains.llm.repairing import repair_request
from brains.schemas import Draft
from tests.fakes.llm import extract_request

WHERE = {"provider": "openai", "model": "gpt-5-mini", "base_url": None}


def test_the_same_request_has_the_same_hash() -> None:
    """Also when it is built again; what the model does not read is no part of it."""
    first = request_hash(extract_request(), **WHERE)
    assert request_hash(extract_request(material={"seen": 1}, prompt_version="x"), **WHERE) == first
    assert len(first) == 64


@pytest.mark.parametrize(
    "change", [{"system": "x"}, {"prompt": "x"}, {"schema": Draft}, {"max_tokens": 1}, {"temperature": 1.0}]
)
def test_whatever_the_answer_depends_on_changes_the_hash(change: dict[str, Any]) -> None:
    """Each part of the request by itself."""
    assert request_hash(replace(extract_request(), **change), **WHERE) != request_hash(extract_request(), **WHERE)


@pytest.mark.parametrize("change", [{"provider": "gemini"}, {"model": "m"}, {"base_url": "http://x"}])
def test_who_is_asked_changes_the_hash(change: dict[str, Any]) -> None:
    """An answer of another model is another answer."""
    assert request_hash(extract_request(), **(WHERE | change)) != request_hash(extract_request(), **WHERE)


def test_the_fingerprint_tells_where_an_answer_came_from() -> None:
    """Code, prompt, model, config and memory."""
    plain = fingerprint(extract_request(), **WHERE)
    assert (plain["prompt"], plain["model"], plain["memory"]) == ("extract.v1+test", "openai:gpt-5-mini", None)
    reminded = fingerprint(extract_request(material={"memories": [{"title": "a"}]}), **WHERE)
    assert reminded["memory"] is not None
    assert fingerprint(extract_request(temperature=1.0), **WHERE)["config"] != plain["config"]


def test_a_repair_quotes_question_answer_and_problem() -> None:
    """And asks for the same shape."""
    request = extract_request()
    repair = repair_request(request, answer="{broken", problem="gist: Field required")
    assert all(part in repair.prompt for part in (request.prompt, "{broken", "gist: Field required"))
    assert repair.schema is request.schema
    assert repair.prompt_version.endswith("of extract.v1+test")
