"""Feed files of this machine: plain files alone, and never more of them than they have."""

import os
from pathlib import Path

import pytest

from daemon.core.errors import PermanentError
from sensors.feeds.local_files import read_file
from sensors.web.headers import Validators

LIMIT = 1_000_000


async def test_a_file_is_read_and_known_again(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_bytes(b"<rss/>")
    first = await read_file(feed, validators=Validators(), limit=LIMIT)
    assert (first.status, first.body) == (200, b"<rss/>")
    again = await read_file(feed, validators=Validators(etag=first.headers["etag"]), limit=LIMIT)
    assert (again.status, again.body) == (304, b"")


async def test_what_the_kernel_makes_up_has_nothing_for_us() -> None:
    """The daemon's own environment may hold keys, and some files under /proc never end."""
    found = await read_file(Path("/proc/self/environ"), validators=Validators(), limit=LIMIT)
    assert found.body == b""


@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "/dev/tty", "folder"])
async def test_what_is_no_file_is_not_read(tmp_path: Path, name: str) -> None:
    """Opening a pipe that nobody writes to does not wait."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(PermanentError):
        await read_file(tmp_path / name, validators=Validators(), limit=LIMIT)
