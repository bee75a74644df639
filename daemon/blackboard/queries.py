"""Named SQL: every query lives in a `.sql` file, under a `-- name: what_it_does` line.

Text between the name and the first line of SQL that starts with `--` says what the query answers. The engine and the
read side share this one loader.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_MARK = "-- name:"


@cache
def load_queries(file: str) -> Mapping[str, str]:
    """The queries of `daemon/blackboard/sql/<file>.sql` by name, each without comments and trailing semicolon.

    Raises `ValueError` when a name stands twice in the file.
    """
    text = (files("daemon.blackboard") / "sql" / f"{file}.sql").read_text("utf-8")
    found: dict[str, str] = {}
    for block in text.split(_MARK)[1:]:
        name, _, body = block.partition("\n")
        if name.strip() in found:
            raise ValueError(f"{file}.sql names {name.strip()!r} twice")
        found[name.strip()] = _without_comments(body)
    return MappingProxyType(found)


def _without_comments(body: str) -> str:
    lines = [line for line in body.splitlines() if not line.lstrip().startswith("--")]
    return "\n".join(lines).strip().removesuffix(";")
