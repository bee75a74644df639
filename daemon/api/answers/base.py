"""What answers are made of."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-20T11:06:59.123Z"])]
"""ISO 8601, UTC, to the millisecond."""
Document = dict[str, Any]


class Answer(BaseModel):
    """Base of all answers. A field with a default may be absent; one that may be null says so."""

    model_config = ConfigDict(use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Documented:
    """Marks a JSON document of the board, which goes out as it was stored, as one of this model's form.

    It is described, not looked through again: it may be long, it was made by this program, and what an earlier version
    has stored must not keep a person from seeing it.
    """

    model: type[BaseModel]

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The form of the model."""
        return handler(self.model.__pydantic_core_schema__)
