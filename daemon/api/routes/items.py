"""Items: list, look at, post, decide."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from daemon.api.bodies import (
    DISCARD_REASON,
    ApprovedAnswer,
    DecisionBody,
    DiscardedAnswer,
    OptionalReasonBody,
    PostBody,
    PostedAnswer,
    ReasonBody,
    RejectedAnswer,
    RetryBody,
    RevivedAnswer,
)
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.blackboard.states import State

router = APIRouter(prefix="/api", tags=["items"], dependencies=[Depends(check_token)])

Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/items")
async def list_items(
    desk: DeskPart,
    *,
    state: State | None = None,
    source: str | None = None,
    search: str | None = None,
    before: str | None = None,
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """A page of items, the newest first; `before` is the last id of the page before."""
    return await asyncio.to_thread(
        desk.reader.items, state=state, source=source, search=search, before=before, limit=limit
    )


@router.post(
    "/items",
    status_code=HTTPStatus.ACCEPTED,
    responses={HTTPStatus.OK: {"model": PostedAnswer, "description": "It is on the board already"}},
)
async def post_item(body: PostBody, actions: ActionsPart, response: Response) -> PostedAnswer:
    """Put an item on the board: 202 with its id, 200 with the same id when it is there already."""
    posted = PostedAnswer(**await actions.post(url=body.url, text=body.text, title=body.title))
    if not posted.new:
        response.status_code = HTTPStatus.OK
    return posted


@router.get("/items/{item_id}")
async def show_item(item_id: str, desk: DeskPart) -> dict[str, Any]:
    """Everything about one item: the item, its artifacts, calls and events."""
    return await asyncio.to_thread(desk.reader.item, item_id)


@router.post("/items/{item_id}/retry")
async def retry_item(item_id: str, actions: ActionsPart) -> RevivedAnswer:
    """Revive one dead letter; 0 when it is none (any more)."""
    return RevivedAnswer(**await actions.retry(ids=[item_id]))


@router.post("/items/{item_id}/approve")
async def approve_item(item_id: str, actions: ActionsPart) -> ApprovedAnswer:
    """Publish a held item."""
    return ApprovedAnswer(**await actions.approve([item_id]))


@router.post("/items/{item_id}/reject")
async def reject_item(item_id: str, body: ReasonBody, actions: ActionsPart) -> RejectedAnswer:
    """Have a held item written anew."""
    return RejectedAnswer(**await actions.reject([item_id], reason=body.reason))


@router.post("/items/{item_id}/discard")
async def discard_item(item_id: str, actions: ActionsPart, body: OptionalReasonBody | None = None) -> DiscardedAnswer:
    """Drop a held item or a dead letter."""
    return DiscardedAnswer(**await actions.discard([item_id], reason=(body or OptionalReasonBody()).reason))


@router.post("/items/decisions")
async def decide_items(body: DecisionBody, actions: ActionsPart) -> dict[str, int]:
    """Decide several items at once; answers `approved`, `rejected` or `discarded` with their number."""
    if body.verb == "approve":
        return await actions.approve(body.ids)
    if body.verb == "reject":
        return await actions.reject(body.ids, reason=body.reason or "")
    return await actions.discard(body.ids, reason=body.reason or DISCARD_REASON)


@router.get("/dead-letters")
async def dead_letter_groups(desk: DeskPart) -> list[dict[str, Any]]:
    """Dead letters by what they failed of."""
    return await asyncio.to_thread(desk.reader.dead_letter_groups)


@router.post("/dead-letters/retry")
async def retry_dead_letters(body: RetryBody, actions: ActionsPart) -> RevivedAnswer:
    """Revive dead letters: the given ones, a group, or all; a second call finds none."""
    return RevivedAnswer(**await actions.retry(ids=body.ids, group=body.group))
