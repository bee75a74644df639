"""A file that is rewritten at most once a second."""

import pytest

from daemon.core.errors import PublishError
from daemon.publish.rewriting import Rewriting
from tests.fakes.clock import ManualClock


class File:
    """Counts its writings; refuses while it is `full`."""

    def __init__(self) -> None:
        self.writings = 0
        self.is_full = False

    async def write(self) -> None:
        if self.is_full:
            raise PublishError("the disk is full")
        self.writings += 1


async def test_what_was_put_off_is_written_when_the_disk_has_room_again() -> None:
    """No later post is needed for it, and nothing is written twice."""
    clock, file = ManualClock(), File()
    rewriting = Rewriting(file.write, clock=clock)
    await rewriting.changed()
    file.is_full = True
    await rewriting.changed()
    await clock.advance(100)
    file.is_full = False
    assert file.writings == 1
    await clock.advance(30)
    assert file.writings == 2
    await clock.advance(100)
    await rewriting.close()
    assert file.writings == 2


async def test_who_closes_a_file_that_cannot_be_written_is_told() -> None:
    """The timer does not keep the end waiting."""
    clock, file = ManualClock(), File()
    rewriting = Rewriting(file.write, clock=clock)
    await rewriting.changed()
    file.is_full = True
    await rewriting.changed()
    await clock.advance(2)
    with pytest.raises(PublishError):
        await rewriting.close()
