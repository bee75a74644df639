"""The events, as they happen: a stream, polling, and what a live view starts from."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.types import Receive, Scope, Send

from daemon.api.answers.base import Answer
from daemon.api.answers.events import EventAnswer
from daemon.api.callers import caller_in
from daemon.api.dependencies import check_listener, desk_of
from daemon.api.events.asking import ITEM_ID, selection_of
from daemon.api.events.hub import EventHub
from daemon.api.events.layer import serve_events
from daemon.api.events.live_state import LiveAnswer, LiveState
from daemon.api.events.polling import LONGEST_WAIT_SECONDS, MOST_EVENTS, poll
from daemon.api.refusals import refusals

_LARGEST = 10**18 - 1
_EXAMPLE = (
    "retry: 3127\n\nid: 41\nevent: item_claimed\n"
    'data: {"id":41,"type":"item_claimed","at":"2026-11-20T11:06:59.123Z","item_id":"38ft1h9j290q2",'
    '"from":"QUEUED","to":"INGESTING","data":{}}\n\n: ping\n\n'
)
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events, for as long as the client stays",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "string",
                    "description": "`id` is the event's, `event` its type, `data` the event as polling has it",
                },
                "example": _EXAMPLE,
            }
        },
    },
    **refusals(400, 401, 503),
}

Types = Annotated[
    list[str],
    Query(default_factory=list, description="Only events of these types, comma separated or repeated"),
]
Item = Annotated[str | None, Query(description="Only the events of this item", pattern=f"^{ITEM_ID}$")]


class PollAnswer(Answer):
    """The next events, in the order of their ids."""

    events: list[EventAnswer]
    """At most as many as were asked for."""
    last_event_id: int
    """What to ask after next."""
    resync: bool
    """The board has no event of that id: what the client knows is of another one, and must be asked for anew."""


router = APIRouter(prefix="/api", tags=["events"], dependencies=[Depends(check_listener)])


def hub_of(request: Request) -> EventHub:
    """Where the events come in."""
    hub: EventHub = request.app.state.events
    return hub


def live_of(request: Request) -> LiveState:
    """What a live view starts from."""
    live: LiveState = request.app.state.live
    return live


class _StreamResponse(Response):
    """The stream, for who reaches the route: `EventLayer` stands before it, and answers without the framework."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._hub = hub_of(request)
        self._is_public = desk_of(request).settings.api.public_events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve_events(scope, receive, send, hub=self._hub, public=self._is_public)


@router.get("/events", response_class=Response, responses=_STREAM)
async def stream_events(
    request: Request,
    *,
    types: Types,  # noqa: ARG001 - described here, read by `serve_events`, as the others below
    item: Item = None,  # noqa: ARG001
    last_event_id: Annotated[  # noqa: ARG001
        int | None, Query(ge=0, le=_LARGEST, description="The last event the client has; 0: from the beginning")
    ] = None,
    resumed_from: Annotated[  # noqa: ARG001
        int | None,
        Header(alias="Last-Event-ID", ge=0, le=_LARGEST, description="As browsers say it; wins over the address"),
    ] = None,
) -> Response:
    """Events as they happen (server-sent events), from now on, or from the last one the client has, without a gap.

    Events come in the order of their ids, each once. A silent stream gets a comment every 15 seconds. An event
    `resync` (`{"from", "to"}`) says that events were left out, because the client was too slow or its id is of another
    board: ask `/api/live` for the state anew. Without the token, where that is allowed, events have the fields
    that are for everybody, and some types are not sent.
    """
    return _StreamResponse(request)


@router.get(
    "/events/poll",
    response_model=PollAnswer,
    responses=refusals(401, 422, 500, 503),
)
async def poll_events(
    request: Request,
    *,
    after: Annotated[
        int | None,
        Query(ge=0, le=_LARGEST, description="The last event the client has; absent: only tell the newest id"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_EVENTS, description="How many at most")] = 100,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds to wait for the first event")] = 0,
    types: Types,
    item: Item = None,
) -> Response:
    """The same events for who cannot keep a stream open; ask again after `last_event_id`."""
    selection = selection_of(types=types, item=item, is_public=not caller_in(request.scope).is_known)
    body = await poll(hub_of(request), selection=selection, after=after, limit=limit, wait_seconds=wait)
    return Response(body, media_type="application/json")


@router.get("/live", response_model=LiveAnswer, responses=refusals(401, 500, 503))
async def live_state(request: Request) -> Response:
    """What a live view starts from; not older than a second. The events after `last_event_id` tell how it goes on."""
    body = await live_of(request).answer(is_public=not caller_in(request.scope).is_known)
    return Response(body, media_type="application/json")
