"""What the API says of stored documents is what is stored."""

from dataclasses import fields
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from brains import schemas
from daemon.api.answers import artifacts
from daemon.api.answers.events import EventAnswer, FailureData
from daemon.api.answers.items import ItemDocument
from daemon.blackboard.records import Failure
from daemon.publish.base import CheckedClaim, Post

# What the right brain adds to a draft, see `right_brain`.
OF_A_DRAFT = {"memories", "memory_degraded", "examples", "provider", "model"}
NOT_IN_OLDER_ONES = {"examples", "source_date"}
FORMS: dict[type[BaseModel], set[str]] = {
    artifacts.KnowledgeContent: set(schemas.Knowledge.model_fields),
    artifacts.FindingContent: set(schemas.Finding.model_fields),
    artifacts.EntityContent: set(schemas.Entity.model_fields),
    artifacts.FigureContent: set(schemas.Figure.model_fields),
    artifacts.DateContent: set(schemas.DateMention.model_fields),
    artifacts.QuoteContent: set(schemas.Quote.model_fields),
    artifacts.DraftContent: set(schemas.Draft.model_fields) | OF_A_DRAFT,
    artifacts.ReviewContent: set(schemas.Review.model_fields),
    artifacts.FaultContent: set(schemas.Fault.model_fields),
    artifacts.EvidenceContent: {one.name for one in fields(CheckedClaim)},
    artifacts.PostContent: {one.name for one in fields(Post)},
    FailureData: {one.name for one in fields(Failure)},
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_form_has_the_fields_of_what_is_stored(form: type[BaseModel]) -> None:
    """All of them and no other, required unless older documents lack it: what is stored goes out as it is."""
    assert set(form.model_fields) == FORMS[form]
    optional = {name for name, field in form.model_fields.items() if not field.is_required()}
    assert optional == NOT_IN_OLDER_ONES & FORMS[form]


def event(**data: Any) -> dict[str, Any]:
    times = {"at": "2026-11-20T11:06:59.123Z"}
    return {"id": 1, "type": "e", "item_id": None, "from": None, "to": "QUEUED", "data": data} | times


@pytest.mark.parametrize(
    "data", [{"reasons": "one"}, {"failure": {"message": "m"}}, {"made": [{"model": None}]}, {"cost_usd": "much"}]
)
def test_a_stored_document_is_passed_on_but_described(data: dict[str, Any]) -> None:
    """What does not fit its form is shown to the person all the same; the schema would not have allowed it."""
    told = event(**data)
    assert EventAnswer.model_validate(told).model_dump(by_alias=True) == told
    schema = EventAnswer.model_json_schema(mode="serialization")
    assert not jsonschema_rs.is_valid(schema, told)
    assert jsonschema_rs.is_valid(schema, event(anything="else", made=[{"kind": "draft", "model": "m", "title": "t"}]))


def test_an_artifact_is_told_by_its_kind() -> None:
    """An unknown one has no form."""
    kinds = ItemDocument.model_json_schema(mode="serialization")["properties"]["artifacts"]["items"]["discriminator"]
    assert set(kinds["mapping"]) == {"knowledge", "draft", "review", "post"}
