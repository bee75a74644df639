"""A list of feeds as OPML: what of it is new to the board, and adding that in few commits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daemon.blackboard.records import NewSource
from daemon.core.errors import SensorError, UsageError

if TYPE_CHECKING:
    from sensors.feeds.opml import Imported

ADDED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a document holds: the new feeds, how many are known already or named twice, what could not be read."""

    fresh: Sequence[NewSource]
    """As they may stand on the board."""
    secret: Sequence[str]
    """The addresses among them that have something secret in them, whole."""
    known: int
    problems: Sequence[str]


async def feed_list(opml: str, *, known: Iterable[str], seconds: float) -> FeedList:
    """Read a document, within so many seconds; `known` are the addresses of the board.

    Raises `UsageError` when nothing of it can be read.
    """
    from sensors.feeds.opml_lists import read_list

    try:
        found = await read_list(opml, seconds=seconds)
    except SensorError as error:
        raise UsageError(f"the list cannot be read: {error}") from error
    if found.problems and not found.sources:
        raise UsageError("; ".join(found.problems))
    return await asyncio.to_thread(_compared, found, known)


def _compared(found: "Imported", known: Iterable[str]) -> FeedList:
    from sensors.identity import canonical_link
    from sensors.secret_addresses import public_address

    board = {canonical_link(one) for one in known}
    shown = [replace(one, address=public_address(one.address)) for one in found.sources]
    fresh = {one.address: one for one in shown if canonical_link(one.address) not in board}
    secret = [one.address for one, public in zip(found.sources, shown, strict=True) if one != public]
    secret = [one for one in secret if public_address(one) in fresh]
    return FeedList(list(fresh.values()), secret, len(shown) - len(fresh) + found.doubles, found.problems)


async def in_pieces(sources: Sequence[NewSource], add: Callable[[NewSource], Awaitable[object]]) -> None:
    """Add them; what is handed in together the board commits together, and the order stays."""
    for start in range(0, len(sources), ADDED_AT_ONCE):
        await asyncio.gather(*map(add, sources[start : start + ADDED_AT_ONCE]))
