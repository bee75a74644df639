"""What is kept of a folder from one look to the next, in `FetchState.extra`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sensors.folder.fingerprints import pack, unpack
from sensors.folder.walking import Listing, shown

_MOST_LINKS: Final = 20_000
_MOST_TOLD: Final = 20
MOST_LEFT_OUT: Final = 100
"""So many files that are not read are told by name; of the others, how many there are."""


@dataclass(slots=True)
class FolderMemory:
    """The fingerprints of files that were read or given up, and why those were that were given up.

    `links` are hashes of the web links that files of this folder brought already. `waiting` are the fingerprints of
    files whose time is still to come, which are read when they are seen unchanged a second time.
    """

    seen: set[bytes] = field(default_factory=set)
    links: set[bytes] = field(default_factory=set)
    waiting: set[bytes] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, extra: Mapping[str, Any]) -> "FolderMemory":
        """As it was kept; empty before the first look."""
        kept = extra.get("given_up")
        return cls(
            seen=unpack(extra.get("files")),
            links=unpack(extra.get("links")),
            waiting=unpack(extra.get("waiting")),
            left_out={str(name): str(why) for name, why in kept.items()} if isinstance(kept, dict) else {},
        )

    def forget_what_is_gone(self, listing: Listing) -> None:
        """Keep only what the folder still has, so that what is kept never grows beyond it."""
        self.seen &= {file.fingerprint for file in listing.files}
        there = {shown(file.name) for file in listing.files if file.fingerprint in self.seen}
        self.left_out = {name: why for name, why in self.left_out.items() if name in there}

    def kept(self, listing: Listing, *, before: Mapping[str, Any]) -> dict[str, Any]:
        """The next `FetchState.extra`; `left_out` in it is for people: what is not read, and why."""
        left_out = dict(sorted({**listing.left_out, **self.left_out}.items()))
        return {
            **before,
            "files": pack(self.seen),
            "links": pack(sorted(self.links)[:_MOST_LINKS]),
            "waiting": pack(self.waiting),
            "given_up": dict(list(self.left_out.items())[-MOST_LEFT_OUT:]),
            "left_out": dict(list(left_out.items())[:MOST_LEFT_OUT]),
            "left_out_count": len(left_out),
            "file_count": len(listing.files),
        }

    @staticmethod
    def newly_left_out(after: Mapping[str, Any], *, before: Mapping[str, Any]) -> dict[str, str]:
        """What is left out since this look, or for another reason; of much, the first few."""
        known = before.get("left_out") or {}
        found = {name: why for name, why in after["left_out"].items() if known.get(name) != why}
        return dict(list(found.items())[:_MOST_TOLD])
