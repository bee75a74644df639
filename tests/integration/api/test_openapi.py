"""The OpenAPI document: complete, and true."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import APIOperation

from daemon.api.app import create_app
from daemon.api.describing import TAGS
from tests.fakes.desk import TOKEN, StillDesk
from tests.fakes.served_desk import Served, serve_still_desk

Document = dict[str, Any]

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
WITHOUT_TOKEN = {"health"}
NOT_TRIED = {
    "backup": "it would write copies under all names that are thought up",
    "stream_events": "it does not end; its own tests read it",
}
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
REFUSALS = {
    "application/problem+json": {"$ref": "#/components/schemas/Problem"},
    "text/plain": {"type": "string"},
}
"""The second is the listener's, to what it cannot read. Who looks whether it is healthy gets its answer with a 503."""
FEW, MANY = 2, 30


def operations_of(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A staged board that is served, with two published files. Addresses are never fetched: there is no time for it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "site").mkdir()
    for name in ("index.html", "feed.atom"):
        (folder / "site" / name).write_text("<p>published</p>")
    changes: Document = {
        "publish": {"html": {"dir": str(folder / "site")}, "atom": {}},
        "api": {"limits": {"posts_per_minute": None}},
    }
    with serve_still_desk(folder / "home", **changes) as served:
        yield served


async def test_the_document_is_for_those_who_have_the_token(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """And there is no page to try it out from."""
    assert (await api.get("/openapi.json")).json() == create_app(desk).openapi()
    assert (await api.get("/openapi.json", headers={"Authorization": ""})).status_code == 401
    assert {(await api.get(path)).status_code for path in ("/docs", "/redoc")} == {404}


def test_every_operation_and_parameter_is_described(served: Served) -> None:
    """In words, under a tag that is described too, with an id of its own that reads well."""
    found = [operation for _, _, operation in operations_of(served.document)]
    ids = [one["operationId"] for one in found]
    assert len(set(ids)) == len(ids) > 35
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", one) for one in ids)
    assert [one["operationId"] for one in found if not one.get("description") or not one.get("summary")] == []
    assert {tag for one in found for tag in one["tags"]} <= set(TAGS)
    parameters = [(one["operationId"], p) for one in found for p in one.get("parameters", ())]
    assert [(name, p["name"]) for name, p in parameters if not _is_described(p)] == []


def test_every_field_is_described(served: Served) -> None:
    """Of what is sent and what is answered, whatever part it is of."""
    schemas = served.document["components"]["schemas"]
    fields = [(name, key, field) for name, one in schemas.items() for key, field in one.get("properties", {}).items()]
    assert len(fields) > 200
    assert [(name, key) for name, key, field in fields if not _is_described({"schema": field})] == []
    assert [name for name, one in schemas.items() if not one.get("description")] == []


def test_every_refusal_is_a_problem_document(served: Served) -> None:
    """Per status, and 401 wherever the token is needed; FastAPI's own form of errors is nowhere."""
    document = served.document
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, method, operation in operations_of(document):
        is_guarded = operation["operationId"] not in WITHOUT_TOKEN
        assert ("security" in operation) == ("401" in operation["responses"]) == is_guarded, (method, path)
        refused = {status: one for status, one in operation["responses"].items() if "4" <= status < "6"}
        for status, response in refused.items():
            if (operation["operationId"], status) != ("health", "503"):
                forms = {kind: one["schema"] for kind, one in response["content"].items()}
                assert forms.items() <= REFUSALS.items(), (method, path, status)


def test_what_changes_something_does_not_take_the_browsers_pass(served: Served) -> None:
    """As the listener does."""
    for _, method, operation in operations_of(served.document):
        schemes = {name for one in operation.get("security", ()) for name in one}
        assert ("pass" in schemes) <= (method == "get")


def test_a_few_of_all_requests_are_answered_as_the_document_says(served: Served) -> None:
    """No fault, no status, content type, header or body that it does not describe."""
    assert try_out(served, examples=FEW) == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_very_many_requests_are_answered_as_the_document_says(served: Served) -> None:
    """The same, for long."""
    assert try_out(served, examples=MANY) == []


def try_out(served: Served, *, examples: int) -> list[str]:
    """Send made-up requests, right ones and wrong ones, to every operation; answers what was not as described."""
    load_all_checks()
    schema = schemathesis.openapi.from_dict(served.document)
    operations = [one.ok() for one in schema.get_all_operations()]
    tried = [one for one in operations if one.definition.raw["operationId"] not in NOT_TRIED]
    assert len(tried) == len(operations) - len(NOT_TRIED)
    return [fault for one in tried for mode in _modes(one) for fault in _faults(served, one, mode, examples)]


def _modes(operation: APIOperation) -> list[GenerationMode]:
    """An operation that takes nothing cannot be asked wrongly."""
    takes = operation.definition.raw.get("parameters") or operation.definition.raw.get("requestBody")
    return list(GenerationMode) if takes else [GenerationMode.POSITIVE]


def _faults(served: Served, operation: APIOperation, mode: GenerationMode, examples: int) -> list[str]:
    checks = [CHECKS.get_one(name) for name in NAMES]
    staged = served.staged
    ids = st.sampled_from([staged.queued, staged.dead, staged.held, staged.discarded, staged.published])

    @seed(1)
    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), item_id=st.none() | ids)
    def ask(case: Case, item_id: str | None) -> None:
        _aim(case, item_id if mode is GenerationMode.POSITIVE else None)
        case.call_and_validate(base_url=served.address, headers=HEADERS, checks=checks)

    try:
        ask()
    except Exception as fault:  # noqa: BLE001 - whatever is found is told with its operation
        return [f"{operation.label}, {mode.value}: {fault}"]
    return []


def _aim(case: Case, item_id: str | None) -> None:
    """Ask for what is there, now and then; and never have a page fetched."""
    if item_id is not None:
        case.path_parameters.update({"item_id": item_id} if "item_id" in case.path_parameters else {})
        case.path_parameters.update({"source_id": 1} if "source_id" in case.path_parameters else {})
        case.path_parameters.update({"name": "index.html"} if "name" in case.path_parameters else {})
    if isinstance(case.body, dict) and item_id is not None and "ids" in case.body:
        case.body["ids"] = [item_id]
    if isinstance(case.body, dict) and case.path == "/api/items" and case.body.get("url"):
        case.body["text"] = "A text of its own, so that nothing is fetched."


def _is_described(parameter: Document) -> bool:
    """Itself, or the form it has: pydantic does not say the same twice."""
    schema = parameter["schema"]
    return bool(parameter.get("description") or schema.get("description") or schema.get("$ref"))
