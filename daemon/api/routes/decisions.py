"""What a person decides about items: held ones, and dead letters."""

import asyncio

from fastapi import APIRouter, Depends

from daemon.api.answers.items import (
    ApprovedAnswer,
    DeadLetterGroup,
    DiscardedAnswer,
    EditedAnswer,
    RejectedAnswer,
    RetryPlan,
    RevivedAnswer,
)
from daemon.api.bodies import DISCARD_REASON, DecisionBody, EditBody, OptionalReasonBody, ReasonBody, RetryBody, WayBody
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY, refusals
from daemon.api.routes.items import ItemId

router = APIRouter(prefix="/api", tags=["items"], dependencies=[Depends(check_token)], responses=GUARDED)

_ONE = CHANGING | refusals(404, 409, 422)


@router.post(
    "/items/{item_id}/retry",
    response_model=RevivedAnswer | RetryPlan,
    responses=CHANGING | refusals(404, 422) | WITH_BODY,
)
async def retry_item(item_id: ItemId, actions: ActionsPart, body: WayBody | None = None) -> object:
    """Revive one dead letter; 0 when it is none (any more). With `dry_run`, what that would be and nothing else.

    With `model`, all its calls go to that model alone, at its price, whatever the groups say, until it is retried
    without one. A model that the configuration does not have is refused (422).
    """
    way = body or WayBody()
    return await actions.retry(ids=[item_id], model=way.model, dry_run=way.dry_run)


@router.post("/items/{item_id}/edit", response_model=EditedAnswer, responses=_ONE | WITH_BODY)
async def edit_item(item_id: ItemId, body: EditBody, actions: ActionsPart) -> object:
    """Send a dead letter through all steps again, saying something else, or done by another model.

    What it said before is kept, and by what it is known again too. One that was published in part, or may have been,
    is refused (409): under another title it could be there twice. The very same edit again changes nothing.
    """
    return await actions.edit(item_id, title=body.title, text=body.text, model=body.model)


@router.post("/items/{item_id}/approve", response_model=ApprovedAnswer, responses=_ONE)
async def approve_item(item_id: ItemId, actions: ActionsPart) -> object:
    """Publish a held item; 0 when it goes that way already."""
    return await actions.approve([item_id])


@router.post("/items/{item_id}/reject", response_model=RejectedAnswer, responses=_ONE | WITH_BODY)
async def reject_item(item_id: ItemId, body: ReasonBody, actions: ActionsPart) -> object:
    """Have a held item written anew; 0 when it is already."""
    return await actions.reject([item_id], reason=body.reason)


@router.post("/items/{item_id}/discard", response_model=DiscardedAnswer, responses=_ONE | WITH_BODY)
async def discard_item(item_id: ItemId, actions: ActionsPart, body: OptionalReasonBody | None = None) -> object:
    """Drop a held item or a dead letter; 0 when it was already."""
    return await actions.discard([item_id], reason=(body or OptionalReasonBody()).reason)


@router.post(
    "/items/decisions",
    response_model=ApprovedAnswer | RejectedAnswer | DiscardedAnswer,
    responses=_ONE | WITH_BODY,
)
async def decide_items(body: DecisionBody, actions: ActionsPart) -> object:
    """Decide several items at once, all or none; answers `approved`, `rejected` or `discarded` with their number."""
    if body.verb == "approve":
        return await actions.approve(body.ids)
    if body.verb == "reject":
        return await actions.reject(body.ids, reason=body.reason or "")
    return await actions.discard(body.ids, reason=body.reason or DISCARD_REASON)


@router.get("/dead-letters", response_model=list[DeadLetterGroup])
async def list_dead_letters(desk: DeskPart) -> object:
    """Dead letters by what they failed of, the largest group first."""
    return await asyncio.to_thread(desk.reader.dead_letter_groups)


@router.post(
    "/dead-letters/retry",
    response_model=RevivedAnswer | RetryPlan,
    responses=CHANGING | refusals(404) | WITH_BODY,
)
async def retry_dead_letters(body: RetryBody, actions: ActionsPart) -> object:
    """Revive dead letters: the given ones, a group, or all; a second call finds none.

    With `dry_run`, what that would be and nothing else; with `model`, all their calls go to that model alone.
    """
    return await actions.retry(ids=body.ids, group=body.group, model=body.model, dry_run=body.dry_run)
