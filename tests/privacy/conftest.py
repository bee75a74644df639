"""No test of real processes leaves one behind."""

from collections.abc import Iterator

import pytest

from tests.fakes.processes import end_all


@pytest.fixture(autouse=True)
def no_daemon_is_left() -> Iterator[None]:
    """Whatever became of the test, its daemons end with it."""
    yield
    end_all()
