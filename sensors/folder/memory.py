"""What is kept of a folder from one look to the next, in `FetchState.extra`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sensors.folder.fingerprints import pack, unpack
from sensors.folder.walking import Found, Listing, shown

_MOST_LINKS: Final = 20_000
_MOST_TOLD: Final = 20
MOST_LEFT_OUT: Final = 100
"""So many files that are not read are told by name; of the others, how many there are."""


@dataclass(slots=True)
class FolderMemory:
    """The fingerprints of files that were read or given up, and of the latter their names and why.

    `links` are hashes of the web links that files of this folder brought already. `waiting` are the fingerprints of
    files whose time is still to come, which are read when they are seen unchanged a second time.
    """

    seen: set[bytes] = field(default_factory=set)
    links: set[bytes] = field(default_factory=set)
    waiting: set[bytes] = field(default_factory=set)
    given_up: dict[bytes, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, extra: Mapping[str, Any]) -> "FolderMemory":
        """As it was kept; empty before the first look."""
        given_up = extra.get("given_up")
        return cls(
            seen=unpack(extra.get("files")),
            links=unpack(extra.get("links")),
            waiting=unpack(extra.get("waiting")),
            given_up=_given_up(given_up) if isinstance(given_up, dict) else {},
        )

    def forget_what_is_gone(self, listing: Listing) -> None:
        """Keep only what the folder still has, so that what is kept never grows beyond it."""
        self.seen &= {file.fingerprint for file in listing.files}
        self.given_up = {one: told for one, told in self.given_up.items() if one in self.seen}

    def give_up(self, file: Found, *, why: str) -> None:
        """It cannot be read until it is changed."""
        self.given_up[file.fingerprint] = (shown(file.name), why)

    def kept(self, listing: Listing, *, before: Mapping[str, Any]) -> dict[str, Any]:
        """The next `FetchState.extra`; `left_out` in it is for people: what is not read, and why."""
        left_out = dict(sorted({**listing.left_out, **dict(self.given_up.values())}.items()))
        newest = list(self.given_up.items())[-MOST_LEFT_OUT:]
        return {
            **before,
            "files": pack(self.seen),
            "links": pack(sorted(self.links)[:_MOST_LINKS]),
            "waiting": pack(self.waiting),
            "given_up": {pack([one]): list(told) for one, told in newest},
            "left_out": dict(list(left_out.items())[:MOST_LEFT_OUT]),
            "left_out_count": len(left_out),
            "file_count": len(listing.files),
        }


def newly_left_out(after: Mapping[str, Any], *, before: Mapping[str, Any]) -> dict[str, str]:
    """What is left out since this look, or for another reason; of much, the first few."""
    known = before.get("left_out") or {}
    found = {name: why for name, why in after["left_out"].items() if known.get(name) != why}
    return dict(list(found.items())[:_MOST_TOLD])


def _given_up(kept: Mapping[str, Any]) -> dict[bytes, tuple[str, str]]:
    pairs = ((unpack(one), told) for one, told in kept.items() if isinstance(told, list))
    return {one.pop(): (str(told[0]), str(told[1])) for one, told in pairs if one and len(told) > 1}
