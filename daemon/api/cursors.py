"""Pages: where the next one is."""

from urllib.parse import urlencode

from fastapi import Request, Response

NEXT_CURSOR = "DavidAgent-Next-Cursor"
_CURSOR = "before"


def point_to_next(request: Request, response: Response, *, cursor: str) -> None:
    """Tell where the page after this one is: the same question, from the last id on."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != _CURSOR]
    response.headers[NEXT_CURSOR] = cursor
    response.headers["Link"] = f'<{request.scope["path"]}?{urlencode([*asked, (_CURSOR, cursor)])}>; rel="next"'
