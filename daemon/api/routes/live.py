"""The live page, and how a person's browser signs in to it."""

import math
import time
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi import Path as PathPart
from starlette.responses import RedirectResponse, Response

from daemon.api.callers import PASS_COOKIE, Caller, caller_in
from daemon.api.dependencies import DeskPart
from daemon.api.desk import Desk
from daemon.api.live.files import PAGE, page_files
from daemon.api.live.sign_in import sign_in_page, token_in, wants_page
from daemon.api.windows import MovingWindow

MOST_WRONG_TRIES = 10
"""Of one address (of IPv6: one network) in any minute."""

router = APIRouter(tags=["live"], include_in_schema=False)


def install_live(app: FastAPI) -> None:
    """Put the page on the app, with its own count of wrong tries."""
    app.state.sign_in_tries = MovingWindow(MOST_WRONG_TRIES, now=time.monotonic)
    app.include_router(router)


@router.api_route("/live", methods=["GET", "HEAD"])
async def live_page(request: Request, desk: DeskPart) -> Response:
    """The page, to whom it is open; a browser that is not signed in gets the form for it instead."""
    if not _may_see(desk, caller_in(request.scope)):
        if wants_page(request):
            return sign_in_page(request, status=HTTPStatus.UNAUTHORIZED)
        raise _refused()
    return page_files()[PAGE].answer(request, is_public=desk.settings.api.public_events)


@router.post("/live/sign-in")
async def sign_in(request: Request, desk: DeskPart) -> Response:
    """The right token gives the browser a pass; ten wrong ones in a minute close the door for the rest of it."""
    tries: MovingWindow = request.app.state.sign_in_tries
    client = caller_in(request.scope).identity
    wait_seconds = tries.enter(client)
    if wait_seconds > 0:
        return _too_many(request, seconds=math.ceil(wait_seconds))
    is_wrong = True
    try:
        is_wrong = not desk.access.admits(await token_in(request))
    finally:
        tries.leave(client, counts=is_wrong)
    return _wrong(request) if is_wrong else _let_in(request, desk)


@router.get("/live/sign-in")
async def sign_in_form(request: Request) -> Response:
    """The form, also where the page is open to everybody: its owner sees more than the others."""
    return sign_in_page(request, status=HTTPStatus.OK)


@router.get("/live/sign-out")
async def sign_out() -> Response:
    """Take the pass away from the browser."""
    answer = RedirectResponse("/live", status_code=HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(PASS_COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.api_route("/live/{name}", methods=["GET", "HEAD"])
async def live_file(request: Request, desk: DeskPart, name: Annotated[str, PathPart(max_length=64)]) -> Response:
    """A part of the page."""
    if not _may_see(desk, caller_in(request.scope)):
        raise _refused()
    found = page_files().get(name)
    if found is None or name == PAGE:
        raise HTTPException(HTTPStatus.NOT_FOUND, detail=f"the live page has no part {name!r}")
    return found.answer(request, is_public=desk.settings.api.public_events)


def _may_see(desk: Desk, caller: Caller) -> bool:
    return caller.is_known or desk.settings.api.public_events


def _refused() -> HTTPException:
    return HTTPException(
        HTTPStatus.UNAUTHORIZED,
        detail="the live page is not public (api.public_events): sign in at /live with a browser, or send the token",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _wrong(request: Request) -> Response:
    if wants_page(request):
        return sign_in_page(request, status=HTTPStatus.UNAUTHORIZED, fault="wrong")
    raise HTTPException(HTTPStatus.UNAUTHORIZED, detail="that is not the token", headers={"WWW-Authenticate": "Bearer"})


def _too_many(request: Request, *, seconds: int) -> Response:
    headers = {"Retry-After": str(seconds)}
    if wants_page(request):
        return sign_in_page(request, status=HTTPStatus.TOO_MANY_REQUESTS, fault="too_many", headers=headers)
    raise HTTPException(
        HTTPStatus.TOO_MANY_REQUESTS, detail=f"too many wrong tries; try again in {seconds} s", headers=headers
    )


def _let_in(request: Request, desk: Desk) -> Response:
    answer = RedirectResponse("/live", status_code=HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
    # The header of a proxy may be anybody's word; it can only make one's own cookie stricter.
    is_secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    answer.set_cookie(
        PASS_COOKIE, desk.access.browser_pass, path="/", httponly=True, samesite="strict", secure=is_secure
    )
    return answer
