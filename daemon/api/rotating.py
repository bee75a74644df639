"""A new token in the place of the old one."""

from typing import Any

from daemon.blackboard.engine import Engine
from daemon.runtime.access import Access

Document = dict[str, Any]

TOKEN_ROTATED = "token_rotated"  # noqa: S105 - the type of an event, not a token


async def rotate_token(access: Access, *, engine: Engine, by: str) -> Document:
    """From this moment on the old token, and every browser's pass made of it, opens nothing: `{"rotated", "path"}`.

    The new one is in its file alone. Raises `ConfigError` when the token stands in the configuration.
    """
    access.rotate()
    await engine.record_event(TOKEN_ROTATED, data={"by": by})
    return {"rotated": True, "path": str(access.path)}
