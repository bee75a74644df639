"""What the sensor keeps of an X source between polls: the account, how far it has read, what waits for its thread."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from sensors.x.texts import Part
from sensors.x.wire import User

KEY: Final = "x"
"""Under which it stands in `fetch.extra`."""
MOST_ASIDE: Final = 100


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Stretch(_Kept):
    """Posts that are still unread: after `since_id` and before `until_id`. X gives the newest first.

    All from `until_id` to `newest_id` are read already; `newest_id` becomes the cursor when the stretch is read, too.
    Of the first look at a source `since_id` is None, and `left` says how many posts it still reads.
    """

    since_id: str | None = None
    until_id: str
    newest_id: str
    left: int | None = None


class Memory(_Kept):
    """`since_id`: every post up to it was read, or is before the first look. None before the first look."""

    account: User | None = None
    since_id: str | None = None
    unread: Stretch | None = None
    waiting: tuple[Part, ...] = ()
    """Posts that are young enough for their thread to go on."""
    aside: tuple[str, ...] = ()
    """Replies to others that were left out lately: what answers them is left out, too."""


def memory_in(extra: Mapping[str, Any]) -> Memory:
    """What was kept; a new beginning when that cannot be read."""
    try:
        return Memory.model_validate(extra.get(KEY) or {})
    except ValidationError:
        return Memory()


def extra_with(extra: Mapping[str, Any], memory: Memory) -> dict[str, Any]:
    """`extra` with it, JSON-ready."""
    kept = memory.model_copy(update={"aside": memory.aside[-MOST_ASIDE:]})
    return {**extra, KEY: kept.model_dump(mode="json", exclude_none=True)}
