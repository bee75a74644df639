"""What was published: the feed, and the pages as they lie in their folder."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse

from daemon.api.callers import caller_in
from daemon.api.dependencies import DeskPart, check_token
from daemon.api.published import INDEX, answer_with, dated_name, read_published
from daemon.api.refusals import GUARDED, refusals
from daemon.core.errors import NotFoundError
from daemon.publish.locations import ATOM_FILE, atom_file


def check_reader(request: Request) -> None:
    """Like `check_token`, but asks for a password, which feed readers and browsers know how to give."""
    if not caller_in(request.scope).is_known:
        raise HTTPException(
            status_code=401,
            detail="this needs the token (davidagent token show), as the password of any user, or as a bearer token",
            headers={"WWW-Authenticate": 'Basic realm="DavidAgent", charset="UTF-8"'},
        )


# `check_token` names the scheme for the OpenAPI document; `check_reader` has refused before.
router = APIRouter(
    tags=["posts"], dependencies=[Depends(check_reader), Depends(check_token)], responses=GUARDED | refusals(404)
)

_CACHING = {
    "ETag": {"description": "Of this very content", "schema": {"type": "string"}},
    "Last-Modified": {"description": "When it last changed", "schema": {"type": "string"}},
}


def _file_of(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string"}}}
    return {
        200: {"description": description, "headers": _CACHING, "content": content},
        304: {"description": "The caller has it (If-None-Match, If-Modified-Since)", "headers": _CACHING},
    }


_FEED = _file_of("application/atom+xml", "The feed")
_PAGE = _file_of("text/html", "The page")
_MOVED: dict[int | str, dict[str, Any]] = {307: {"description": "It was asked for by its slug: the page's own name"}}


@router.get("/feed.atom", response_class=Response, responses=_FEED)
async def read_feed(request: Request, desk: DeskPart) -> Response:
    """The newest posts as an Atom feed; 404 when `publish.atom` is off, or nothing was published yet."""
    if desk.settings.publish.atom is None:
        raise NotFoundError("there is no feed: publish.atom is off")
    file = atom_file(desk.settings)
    return answer_with(await asyncio.to_thread(read_published, file.parent, file.name), request)


@router.get("/posts", include_in_schema=False)
async def go_to_posts() -> Response:
    """To the list, with the slash that its links need."""
    return RedirectResponse("posts/")


@router.get("/posts/", response_class=Response, responses=_PAGE)
async def list_posts(request: Request, desk: DeskPart) -> Response:
    """The list of posts as a web page; 404 when `publish.html` is off, or nothing was published yet."""
    return await _page(INDEX, request=request, desk=desk)


@router.get("/posts/{name}", response_class=Response, responses=_PAGE | _MOVED | refusals(422))
async def read_post(
    name: Annotated[str, Path(max_length=255, description="The file's name", examples=[INDEX])],
    request: Request,
    desk: DeskPart,
) -> Response:
    """A post as a web page, by the name of its file; by its slug, the way there."""
    return await _page(name, request=request, desk=desk)


async def _page(name: str, *, request: Request, desk: DeskPart) -> Response:
    html = desk.settings.publish.html
    if html is None or (name == ATOM_FILE and desk.settings.publish.atom is None):
        raise NotFoundError("there are no pages: publish.html is off" if html is None else "publish.atom is off")
    try:
        file = await asyncio.to_thread(read_published, html.dir, name)
    except NotFoundError:
        return RedirectResponse(quote(await asyncio.to_thread(dated_name, html.dir, name)))
    return answer_with(file, request)
