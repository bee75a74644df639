"""Whose turn it is: sources of one host wait for each other, and hold up those of no other host."""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from daemon.blackboard.records import Source


def host_of(source: Source) -> str | None:
    """The host that a poll asks first; None for what is not on the web, or asks where its sensor knows."""
    try:
        parts = urlsplit(source.address)
    except ValueError:
        return None
    return parts.hostname if parts.scheme.lower() in {"http", "https"} else None


def in_turn(due: Iterable[Source], *, busy: Iterable[str | None], per_host: int, room: int) -> list[Source]:
    """The first `room` of the sources that are due, none of a host that has `per_host` polls already.

    `busy` are the hosts of the polls under way. Without this, the sources of one slow host would sit in all places and
    wait there for their turn, while other hosts have nothing to do.
    """
    polls = Counter(busy)
    chosen: list[Source] = []
    for source in due:
        host = host_of(source)
        if len(chosen) < room and (host is None or polls[host] < per_host):
            polls[host] += 1
            chosen.append(source)
    return chosen
