"""Which problems a route may answer with, for the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from daemon.api.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

PROBLEM_REFERENCE = "#/components/schemas/Problem"
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "How to bear the token", "schema": {"type": "string"}}}

_ABOUT: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "The body cannot be read",
    HTTPStatus.UNAUTHORIZED: "Without the token, or with a wrong one",
    HTTPStatus.NOT_FOUND: "There is no such thing",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time",
    HTTPStatus.CONFLICT: "It is not in a state that allows this",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What is asked makes no sense; `detail` says what would",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many posts in a minute",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The daemon failed; its log has the details",
    HTTPStatus.BAD_GATEWAY: "Something outside failed, such as the page to be fetched",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too busy, or the board cannot be reached now",
    HTTPStatus.INSUFFICIENT_STORAGE: "The disk is full; nothing was changed",
}
_HEADERS: dict[HTTPStatus, dict[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: _CHALLENGE,
    HTTPStatus.TOO_MANY_REQUESTS: _RETRY_AFTER,
    HTTPStatus.SERVICE_UNAVAILABLE: _RETRY_AFTER,
}


def refusals(*statuses: int) -> Responses:
    """The problem documents of these statuses, as `responses=` of a route takes them."""
    return {int(status): _refusal(HTTPStatus(status)) for status in statuses}


def _refusal(status: HTTPStatus) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _ABOUT[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REFERENCE}}},
    }
    return response | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


GUARDED = refusals(401, 500, 503)
"""What every route behind the token may answer."""
CHANGING = refusals(507)
"""What every route that changes the board may answer besides."""
WITH_BODY = refusals(400, 408, 413, 422)
"""What every route that takes a body may answer besides."""
