"""Which events somebody wants to hear of, and in which view."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from daemon.api.events.encoding import Told

_KEPT = 1024


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """What a listener is sent. Made by `select`, so that equal ones are one object: what they are sent is shared."""

    is_public: bool = False
    types: frozenset[str] = frozenset()
    """Empty: all of them."""
    item_id: str | None = None

    @property
    def is_everything(self) -> bool:
        """No filter is set."""
        return not self.types and self.item_id is None

    def frame_of(self, one: Told) -> bytes | None:
        """What is sent of an event; None when it is not for this listener."""
        if self.types and one.type not in self.types:
            return None
        if self.item_id is not None and one.item_id != self.item_id:
            return None
        return one.public_frame if self.is_public else one.frame


def select(*, is_public: bool, types: Iterable[str] = (), item_id: str | None = None) -> Selection:
    """The selection; the same object for the same wishes, while it is among the last thousand."""
    return _selection(is_public, frozenset(types), item_id)


@lru_cache(maxsize=_KEPT)
def _selection(is_public: bool, types: frozenset[str], item_id: str | None) -> Selection:  # noqa: FBT001 - a cache key
    return Selection(is_public, types, item_id)


EVERYTHING = select(is_public=False)
