"""What every route is given: the desk, a person's verbs on it, and the check of the token.

All are coroutines, although none waits: what is not, FastAPI runs in a thread, at several times the cost of the rest.
"""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from daemon.api.actions import BoardActions
from daemon.api.callers import NEEDS_TOKEN, caller_in
from daemon.api.desk import Desk

"""Worded so that the scrubbing of problem documents leaves it whole."""

_bearer = HTTPBearer(auto_error=False, description="The token in `home/api.token`, or `api.token` of the configuration")


def desk_of(request: Request) -> Desk:
    """The desk the app was made for."""
    desk: Desk = request.app.state.desk
    return desk


async def given_desk(request: Request) -> Desk:
    """The same, for routes."""
    return desk_of(request)


async def actions_of(request: Request) -> BoardActions:
    """A person's verbs, on the desk's board."""
    desk = desk_of(request)
    return BoardActions(
        engine=desk.engine,
        reader=desk.reader,
        settings=desk.settings,
        by=caller_in(request.scope).via,
        wake=desk.wake,
        turns=request.app.state.turns,
        fetcher=desk.fetcher,
    )


async def check_token(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Let nobody in without the token (401). `CallerLayer` has looked at it; the scheme is named for the OpenAPI."""
    if not caller_in(request.scope).is_known:
        raise HTTPException(
            status_code=401,
            detail=NEEDS_TOKEN,
            headers={"WWW-Authenticate": "Bearer"},
        )


async def check_listener(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Let in who bears the token, and everybody where the events are public (`api.public_events`)."""
    if not desk_of(request).settings.api.public_events:
        await check_token(request, credentials)


DeskPart = Annotated[Desk, Depends(given_desk)]
ActionsPart = Annotated[BoardActions, Depends(actions_of)]
