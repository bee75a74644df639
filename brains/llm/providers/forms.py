"""In which form an answer is asked for, and what is learned about servers that refuse one."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel

from brains.llm.base import ModelRequest

TOOL_NAME = "answer"


class Form(StrEnum):
    """How the shape of the answer is made known to the server."""

    SCHEMA = "schema"
    """As the vendor's native output schema."""
    TOOL = "tool"
    """As the input of a tool the model must call."""
    JSON = "json"
    """Any JSON object; the schema stands in the prompt."""


class Dialect:
    """What one model at one server takes. Starts with the best and learns from each refusal."""

    def __init__(self, forms: Sequence[Form], *, refused: Sequence[str] = ()) -> None:
        self._forms = list(forms)
        self.refused = set(refused)
        """Names of parameters the server does not take."""

    @property
    def form(self) -> Form:
        """The form to use."""
        return self._forms[0]

    def taken(self) -> "Taken":
        """What is sent now; to be given to `learn` when it is refused."""
        return Taken(self.form, frozenset(self.refused))

    def learn(
        self, detail: str, *, sent: "Taken", names: Mapping[Form, re.Pattern[str]], parameters: Sequence[str] = ()
    ) -> bool:
        """Take a refusal in; True when another way is left, or was learned meanwhile from another refusal.

        `parameters`: those that can be left out, by the names that refusals call them; `names`: by which words a form
        is refused.
        """
        named = {name for name in parameters if _is_named(name, detail)} - sent.refused
        self.refused |= named
        if named:
            return True
        if not names[sent.form].search(detail):
            return False
        if sent.form is self.form and len(self._forms) > 1:
            del self._forms[0]
            return True
        return sent.form is not self.form


@dataclass(frozen=True, slots=True)
class Taken:
    """What a dialect was at the time a request was sent."""

    form: Form
    refused: frozenset[str]


def _is_named(name: str, detail: str) -> bool:
    return re.search(rf"\b{name}\b", detail) is not None


@cache
def strict_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema as every vendor's strict mode wants it: all fields required, no others, no defaults."""
    strict: dict[str, Any] = _strict(shape.model_json_schema())
    return strict


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(part) for part in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _strict_member(key, value) for key, value in node.items() if not _is_ornament(key, value)}
    if "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept


def _strict_member(key: str, value: Any) -> Any:
    if key in ("properties", "$defs"):
        # The keys here are names a person chose; a field may well be called `title`.
        return {name: _strict(schema) for name, schema in value.items()}
    return _strict(value)


def _is_ornament(key: str, value: Any) -> bool:
    return key == "default" or (key == "title" and isinstance(value, str))


def schema_in_words(request: ModelRequest) -> str:
    """What is added to the prompt when the server takes no schema."""
    schema = json.dumps(strict_schema(request.schema), ensure_ascii=False)
    return f"Answer with one JSON object and nothing else. It must match this JSON schema:\n{schema}"


def without_fence(text: str) -> str:
    """The JSON in a fenced block that some models put around it; any other text as it is."""
    match = re.fullmatch(r"\s*```(?:json)?\s*\n(.*?)\n?```\s*", text, re.DOTALL)
    return match[1] if match else text


@dataclass(frozen=True, slots=True)
class Asking:
    """One request on its way to a model. `timeout` is in seconds."""

    request: ModelRequest
    model: str
    endpoint: str
    """Who is asked, for messages."""
    timeout: float
