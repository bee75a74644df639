"""What people say of posts: give, list, withdraw."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from daemon.api.answers.feedback import FeedbackAnswer, FeedbackPage, WithdrawnAnswer
from daemon.api.bodies import FeedbackBody
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY, refusals
from daemon.api.routes.items import ItemId, Limit
from daemon.blackboard.feedback import About, Verdict
from daemon.blackboard.reading.feedback import feedback_report

FeedbackId = Annotated[int, Path(ge=1, lt=2**63, description="The number `GET /api/feedback` tells")]
_Item = Annotated[str | None, Query(max_length=100, description="Verdicts on this item")]
_At = Annotated[str | None, Query(max_length=100, description="A page, as `next` or `previous` names it")]

router = APIRouter(prefix="/api", tags=["feedback"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.post(
    "/items/{item_id}/feedback",
    response_model=FeedbackAnswer,
    responses=CHANGING | refusals(404, 409) | WITH_BODY,
)
async def give_feedback(item_id: ItemId, body: FeedbackBody, actions: ActionsPart) -> object:
    """Judge a post, a sentence of the newest post or draft, or a claim; another verdict on the same replaces it.

    A passage is given word for word (422 when it is not there); what is not drafted yet cannot be judged (409).
    """
    return await actions.give_feedback(item_id, **body.model_dump())


@router.get("/feedback", response_model=FeedbackPage, responses=refusals(422))
async def list_feedback(
    desk: DeskPart,
    *,
    item: _Item = None,
    about: Annotated[About | None, Query(description="Verdicts about this kind")] = None,
    verdict: Annotated[Verdict | None, Query(description="These verdicts")] = None,
    at: _At = None,
    limit: Limit = 50,
) -> object:
    """A page of verdicts, the newest first, with the sums of all and the trust in each source."""
    return await asyncio.to_thread(
        feedback_report, desk.reader.path, item_id=item, about=about, verdict=verdict, at=at, limit=limit
    )


@router.delete("/feedback/{feedback_id}", response_model=WithdrawnAnswer, responses=CHANGING | refusals(422))
async def withdraw_feedback(feedback_id: FeedbackId, actions: ActionsPart) -> object:
    """Take a verdict back; 0 when it is gone already."""
    return await actions.withdraw_feedback(feedback_id)
