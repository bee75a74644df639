"""Schemas as the vendors want them, and what is learned from refusals."""

import re
from typing import Any

import pytest
from pydantic import BaseModel

from brains.llm.providers.forms import Dialect, Form, strict_schema, without_fence
from brains.schemas import Draft, Judgement, Knowledge, Review

WORDS = {Form.SCHEMA: re.compile("json_schema"), Form.TOOL: re.compile("tool")}


def objects(node: Any) -> list[dict[str, Any]]:
    """All object schemas within a schema."""
    if isinstance(node, list):
        return [found for part in node for found in objects(part)]
    if not isinstance(node, dict):
        return []
    return [node] * ("properties" in node) + [found for part in node.values() for found in objects(part)]


@pytest.mark.parametrize("shape", [Knowledge, Draft, Judgement, Review])
def test_a_strict_schema_requires_every_field_and_allows_no_other(shape: type[BaseModel]) -> None:
    """At every depth, with no defaults left."""
    schema = strict_schema(shape)
    assert objects(schema)
    for found in objects(schema):
        assert found["required"] == list(found["properties"])
        assert found["additionalProperties"] is False
        assert not any("default" in field for field in found["properties"].values())


def test_a_field_may_be_called_title() -> None:
    """Only the ornament is dropped, not the field of that name."""
    assert "title" in strict_schema(Draft)["properties"]
    assert "title" not in strict_schema(Draft)


def test_descriptions_are_kept() -> None:
    """Models read them."""
    assert strict_schema(Draft)["properties"]["body"]["description"].startswith("Markdown")


def test_a_refused_form_is_left_for_the_next() -> None:
    """Until none is left; other refusals teach nothing."""
    dialect = Dialect([Form.SCHEMA, Form.TOOL])
    assert not dialect.learn("something else", sent=dialect.taken(), names=WORDS)
    assert dialect.learn("json_schema is unknown", sent=dialect.taken(), names=WORDS)
    assert dialect.form is Form.TOOL
    assert not dialect.learn("no tool either", sent=dialect.taken(), names=WORDS)


def test_a_refused_parameter_is_learned_once() -> None:
    """The same refusal again is not an endless loop; a name within another one is not meant."""
    dialect = Dialect([Form.SCHEMA])
    refusal = {"names": WORDS, "parameters": ("stream", "stream_options")}
    assert dialect.learn("stream_options is not supported", sent=dialect.taken(), **refusal)
    assert dialect.refused == {"stream_options"}
    assert not dialect.learn("stream_options is not supported", sent=dialect.taken(), **refusal)


def test_what_two_requests_are_refused_at_once_is_learned_by_both() -> None:
    """The second is sent again in the way the first has learned, and that way is not given up for it."""
    dialect = Dialect([Form.SCHEMA, Form.TOOL, Form.JSON])
    sent = dialect.taken()
    for _ in range(2):
        assert dialect.learn("json_schema is unknown", sent=sent, names=WORDS)
    assert dialect.form is Form.TOOL


@pytest.mark.parametrize("text", ['```json\n{"a": 1}\n```', '```\n{"a": 1}```', '{"a": 1}'])
def test_a_fence_around_the_answer_is_taken_off(text: str) -> None:
    """Some models wrap their JSON in a code block."""
    assert without_fence(text) == '{"a": 1}'
