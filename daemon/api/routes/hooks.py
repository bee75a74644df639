"""Webhooks: what others deliver, and what they sign it with."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response, Security
from fastapi.security import APIKeyHeader

from daemon.api.answers.hooks import DeliveryAnswer, HookAnswer, RotatedHookAnswer
from daemon.api.deliveries import HookDoor
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.api.describing import SIGNATURE
from daemon.api.hooking import hook_documents
from daemon.api.refusals import CHANGING, GUARDED, Responses, refusals
from sensors.webhooks.signing import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

_NAME = "What the webhook is called"
HookName = Annotated[str, Path(description=_NAME)]
Signed = Annotated[str | None, Security(APIKeyHeader(name=SIGNATURE_HEADER, scheme_name=SIGNATURE, auto_error=False))]
DeliveryId = Annotated[
    str | None,
    Header(alias=ID_HEADER, description="The sender's name for this delivery; sent again, it is the same item"),
]
SentAt = Annotated[str | None, Header(alias=TIMESTAMP_HEADER, description="When it was sent, in seconds since 1970")]

_REFUSED: Responses = refusals(400, 401, 404, 408, 413, 422, 429, 500, 503)
for _status, _words in {
    400: "A header of the scheme is missing or cannot be read, or the body broke off",
    401: "The signature does not fit, or the time in it is too far from ours",
    404: "There is no such webhook, or it is disabled",
    413: "The body is longer than `sensors.webhooks.max_body`",
    422: "It is signed, but there are no words in it; `detail` says what is expected",
    429: "More than `sensors.webhooks.per_minute` deliveries in a minute",
    503: "The board cannot take it now, and has nothing of it; send it again",
}.items():
    _REFUSED[_status] = {**_REFUSED[_status], "description": _words}

_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "description": "One entry, or a list of at most 100",
        "required": True,
        "content": {
            "application/json": {
                "schema": {},
                "example": {
                    "type": "post.published",
                    "timestamp": "2026-11-20T11:06:59Z",
                    "data": {"title": "A title", "text": "Its text.", "url": "https://example.org/page"},
                },
            },
            "text/plain": _TEXT,
            "text/markdown": _TEXT,
            "text/html": _TEXT,
        },
    }
}

router = APIRouter(tags=["hooks"])


@router.post(
    "/hooks/{name}",
    response_model=DeliveryAnswer,
    status_code=HTTPStatus.ACCEPTED,
    responses={200: {"model": DeliveryAnswer, "description": "All of it was on the board already"}, **_REFUSED},
    openapi_extra=_BODY,
)
async def take_delivery(
    name: HookName,
    request: Request,
    response: Response,
    *,
    _signature: Signed = None,
    _delivery: DeliveryId = None,
    _sent_at: SentAt = None,
) -> object:
    """Take what somebody sends, signed by Standard Webhooks: 202 when it stands on the board, 200 when it did before.

    Nothing has been done with it by then. The same `webhook-id` is the same item for ever. No token is needed.
    """
    door: HookDoor = request.app.state.hooks
    posted = await door.take(name, request)
    if not any(one.is_new for one in posted):
        response.status_code = HTTPStatus.OK
    return {"items": [{"id": one.item_id, "new": one.is_new} for one in posted]}


@router.get("/api/hooks", response_model=list[HookAnswer], dependencies=[Depends(check_token)], responses=GUARDED)
async def list_hooks(desk: DeskPart) -> object:
    """Every webhook, and when it was last used."""
    return await asyncio.to_thread(hook_documents, desk.reader.path, now=desk.clock.now())


@router.post(
    "/api/hooks/{name}/rotate",
    response_model=RotatedHookAnswer,
    dependencies=[Depends(check_token)],
    responses=GUARDED | CHANGING | refusals(404, 422),
)
async def rotate_hook(name: HookName, actions: ActionsPart) -> object:
    """Make a new secret, which is told this once; the former one holds for another day.

    422 when the secret stands in the configuration.
    """
    return await actions.rotate_hook(name)
