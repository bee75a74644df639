"""What one would write in an afternoon: one feed after the other, urllib and feedparser. Prints JSON.

`--store` puts each entry into a SQLite table, a transaction a feed, as durably as the daemon does.
"""

import argparse
import gzip
import json
import resource
import sqlite3
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import feedparser

from bench.contestants.feed_hall import address


def run(*, port: int, feeds: int, home: Path | None) -> dict[str, Any]:
    """Read every feed once; with a folder, keep the entries in it."""
    board = _open(home) if home else None
    entries = 0
    began, worked = time.perf_counter(), time.process_time()
    for number in range(feeds):
        document = feedparser.parse(_fetch(address(number, port=port)))
        entries += len(document.entries)
        if board is not None:
            _store(board, number, document.entries)
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - worked, 2),
        "items": entries,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _fetch(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - our own hall
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
        return gzip.decompress(answer.read())


def _open(home: Path) -> sqlite3.Connection:
    board = sqlite3.connect(home / "plain.db", isolation_level=None)
    board.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    board.execute("CREATE TABLE entries (id TEXT PRIMARY KEY, feed INTEGER, title TEXT, url TEXT, text TEXT, at TEXT)")
    return board


def _store(board: sqlite3.Connection, feed: int, entries: Any) -> None:
    rows = [
        (one.id, feed, one.title, one.link, (one.get("content") or [one.get("summary_detail", {})])[0].get("value"),
         one.get("published"))
        for one in entries
    ]  # fmt: skip
    board.execute("BEGIN IMMEDIATE")
    board.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)
    board.execute("COMMIT")


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--feeds", type=int, required=True)
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) if options.store else None
        print(json.dumps(run(port=options.port, feeds=options.feeds, home=folder)))


if __name__ == "__main__":
    _main()
