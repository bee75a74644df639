"""Errors as problem documents (RFC 9457)."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from daemon.core.errors import (
    BoardBusyError,
    BoardFullError,
    BoardReadOnlyError,
    ConfigError,
    DavidAgentError,
    LostClaimError,
    NotFoundError,
    OutsideError,
    SensorError,
    UsageError,
    WrongStateError,
)
from daemon.core.redaction import scrub_text

MEDIA_TYPE = "application/problem+json"

# The first class that fits counts.
_STATUS_OF: Mapping[type[DavidAgentError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    WrongStateError: HTTPStatus.CONFLICT,
    LostClaimError: HTTPStatus.CONFLICT,
    UsageError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConfigError: HTTPStatus.UNPROCESSABLE_ENTITY,
    BoardBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    BoardReadOnlyError: HTTPStatus.SERVICE_UNAVAILABLE,
    BoardFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    SensorError: HTTPStatus.BAD_GATEWAY,
    OutsideError: HTTPStatus.BAD_GATEWAY,
    DavidAgentError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_UNSAID: Mapping[HTTPStatus, str] = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address; /openapi.json names what there is",
    HTTPStatus.METHOD_NOT_ALLOWED: "this address does not take that method; the header Allow names those it takes",
}


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = Field(examples=["urn:davidagent:problem:wrong-state"])
    """The kind of problem, for programs."""
    title: str
    """The HTTP status in words."""
    status: int
    """The HTTP status."""
    detail: str
    """This case, in a sentence."""
    instance: str
    """The path that was asked for."""
    errors: list[str] = Field(default_factory=list)
    """What is wrong with the request, one by one; absent otherwise."""


def install_problems(app: FastAPI) -> None:
    """Answer every error of `app` as a problem document."""
    app.add_exception_handler(DavidAgentError, _on_own_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Exception, _on_fault)


async def _on_own_error(request: Request, error: Exception) -> JSONResponse:
    status = next(status for cls, status in _STATUS_OF.items() if isinstance(error, cls))
    return problem_response(
        request.url.path, status=status, kind=type(error).__name__.removesuffix("Error"), detail=str(error)
    )


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    status = HTTPStatus(error.status_code)
    detail = str(error.detail)
    if detail == status.phrase:  # from the framework, which says no more
        detail = _UNSAID.get(status, detail)
    return problem_response(request.url.path, status=status, kind=status.name, detail=detail, headers=error.headers)


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    errors = [f"{'.'.join(str(part) for part in one['loc'])}: {_fault(one)}" for one in error.errors()]
    return problem_response(
        request.url.path,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        kind="InvalidRequest",
        detail="; ".join(errors),
        errors=errors,
    )


def _fault(error: Mapping[str, Any]) -> str:
    """One fault of a request in words; the library's own where they are clear."""
    match error["type"]:
        case "extra_forbidden":
            return "there is no such field"
        case "json_invalid":
            return f"this is no JSON: {error.get('ctx', {}).get('error', error['msg'])}"
        case "model_attributes_type":
            return "must be a JSON object, sent with Content-Type: application/json"
        case "value_error":
            return str(error["msg"]).removeprefix("Value error, ")
    return str(error["msg"])


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    detail = f"{type(error).__name__}: the daemon's log has the details"
    return problem_response(request.url.path, status=HTTPStatus.INTERNAL_SERVER_ERROR, kind="Fault", detail=detail)


def problem_response(
    path: str,
    *,
    status: HTTPStatus,
    kind: str,
    detail: str,
    errors: list[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem document about the request for `path`. What is read in it is scrubbed."""
    slug = re.sub(r"(?<=[a-z])(?=[A-Z])|_", "-", kind).lower()
    problem = Problem(
        type=f"urn:davidagent:problem:{slug}",
        title=status.phrase,
        status=status,
        detail=scrub_text(detail),
        instance=scrub_text(path),
        errors=[scrub_text(error) for error in errors or []],
    )
    return JSONResponse(
        problem.model_dump(exclude_defaults=True), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )
