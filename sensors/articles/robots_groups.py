"""Of a robots.txt the one group that is meant for us, so that what it says to thousands of others costs nothing.

The library that reads it keeps every rule once for each name above it: a file of 9,000 names over 9,000 rules would
cost it minutes and gigabytes.
"""

import re
from typing import Final

EVERYBODY: Final = "*"
_NAMING = re.compile(r"user[- ]?agent(?: (?P<name>.*))?")
_OF_THE_SITE: Final = frozenset({"sitemap", "sitemaps", "site-map", "host"})
"""What is said to nobody in particular ends no group."""
_BARE_RULES: Final = frozenset({"allow", "disallow"})
"""These are understood without a colon, too."""


def rules_for(agent: str, text: str) -> list[str]:
    """The lines of the group that names `agent` best (by the longest beginning of its name), else of that for all."""
    groups: dict[str, list[str]] = {}
    current: set[str] = set()
    is_naming = False
    for line in text.splitlines():
        words = line.partition("#")[0].replace(":", " ", 1).split()
        if not words:
            continue
        if naming := _NAMING.fullmatch(" ".join(words).lower()):
            current = current if is_naming else set()
            is_naming = True
            if (name := _name(naming["name"] or "", agent=agent.lower())) is not None:
                groups.setdefault(name, [])
                current.add(name)
        elif words[0].lower() not in _OF_THE_SITE and (":" in line or words[0].lower() in _BARE_RULES):
            is_naming = False
            for name in current:
                groups[name].append(line)
    best = max((name for name in groups if name != EVERYBODY), key=len, default=EVERYBODY)
    return groups.get(best, [])


def _name(named: str, *, agent: str) -> str | None:
    """A group's name as it counts for us; None for a group of others."""
    if named == EVERYBODY:
        return EVERYBODY
    bare = named.replace("*", "").strip()
    return bare if bare and agent.startswith(bare) else None
