"""Items: list, look at, post."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from daemon.api.answers.items import FullCallAnswer, ItemAnswer, ItemDocument, PostedAnswer
from daemon.api.bodies import PostBody
from daemon.api.cursors import NEXT_CURSOR, point_to_next
from daemon.api.dependencies import ActionsPart, DeskPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY, refusals
from daemon.blackboard.reading.desk_calls import call_in_full
from daemon.blackboard.states import State

router = APIRouter(prefix="/api/items", tags=["items"], dependencies=[Depends(check_token)], responses=GUARDED)

ItemId = Annotated[str, Path(min_length=1, max_length=100, description="The item's id")]
CallId = Annotated[int, Path(ge=1, lt=2**63, description="The call's number")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most")]
Text = Annotated[str | None, Query(max_length=4096)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]([ -~]*[!-~])?$",
        description="The caller's own name for this post: sent again with the same body, it is the same item",
        examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ),
]

_PAGE_HEADERS = {
    NEXT_CURSOR: {"description": "The `before` of the next page, when there is one", "schema": {"type": "string"}},
    "Link": {"description": 'The next page, as `rel="next"`, when there is one', "schema": {"type": "string"}},
}


@router.get(
    "",
    response_model=list[ItemAnswer],
    response_model_exclude_unset=True,
    responses=refusals(404, 422) | {200: {"headers": _PAGE_HEADERS}},
)
async def list_items(
    desk: DeskPart,
    request: Request,
    response: Response,
    *,
    state: Annotated[State | None, Query(description="Those in this state")] = None,
    source: Annotated[Text, Query(description="Those of a source, by its number, address or name")] = None,
    search: Annotated[Text, Query(description="Those with this in title or address, or with this id")] = None,
    before: Annotated[Text, Query(description="The last id of the page before")] = None,
    limit: Limit = 50,
) -> object:
    """A page of items, the newest first.

    When there are more, `Link` and `DavidAgent-Next-Cursor` point to the next page. Pages stay as they are while new
    items arrive: those come before the first page. An unknown source is 404.
    """
    page = await asyncio.to_thread(
        desk.reader.items, state=state, source=source, search=search, before=before, limit=limit + 1
    )
    if len(page) > limit:
        del page[limit:]
        point_to_next(request, response, cursor=page[-1]["id"])
    return page


@router.post(
    "",
    response_model=PostedAnswer,
    status_code=HTTPStatus.ACCEPTED,
    responses={
        200: {"model": PostedAnswer, "description": "It is on the board already, or was answered under this key"},
        **refusals(429, 502),
        **CHANGING,
        **WITH_BODY,
    },
)
async def post_item(body: PostBody, actions: ActionsPart, response: Response, *, idempotency_key: Key = None) -> object:
    """Put an item on the board: 202 with its id, 200 with the same id when it is there already.

    With an `Idempotency-Key`, a post whose answer was lost can be sent again for seven days: the same key with the same
    body is the same item, and its page is not fetched again; with another body it is refused (422).
    """
    posted = await actions.post(url=body.url, text=body.text, title=body.title, key=idempotency_key)
    if not posted["new"]:
        response.status_code = HTTPStatus.OK
    return posted


@router.get("/{item_id}", response_model=ItemDocument, response_model_exclude_unset=True, responses=refusals(404, 422))
async def show_item(item_id: ItemId, desk: DeskPart) -> object:
    """Everything about one item: the item, its artifacts, calls and events."""
    return await asyncio.to_thread(desk.reader.item, item_id)


@router.get("/{item_id}/calls/{call_id}", response_model=FullCallAnswer, responses=refusals(404, 422))
async def show_call(item_id: ItemId, call_id: CallId, desk: DeskPart) -> object:
    """One call of an item with what was asked and what was answered."""
    return await asyncio.to_thread(call_in_full, desk.reader.path, call_id, item_id=item_id)
