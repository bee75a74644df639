"""Errors within a stream: what status they would have had, and what a call's time limit knows of a stream."""

import asyncio

import pytest

from brains.llm.base import SlowStreamError
from brains.llm.providers.faults import out_of_time, status_of_kinds, words_of
from brains.llm.streaming import Begun, begun_of, keep_begun
from daemon.blackboard.records import Usage
from daemon.core.errors import BadRequestError, CallTimeoutError


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (("overloaded_error",), 529),
        (("rate_limit_error",), 429),
        ((None, "rate_limit_exceeded"), 429),
        (("invalid_request_error",), 400),
        (("authentication_error",), 401),
        (("insufficient_quota", "tokens"), 402),
        (("502", "whatever"), 502),
        ((503, None), 503),
        (("something new",), 500),
        ((200, "1234"), 500),
        ((), 500),
    ],
)
def test_a_name_or_number_stands_for_a_status(kinds: tuple[object, ...], status: int) -> None:
    """What nobody knows is a fault of the server: it may pass by itself."""
    assert status_of_kinds(*kinds) == status


async def test_a_time_limit_tells_of_the_stream_it_cut_off() -> None:
    """What had come is on the cancellation that the limit caused."""

    async def ask() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            keep_begun(error, Begun(Usage(10, 2), 0.5))
            raise

    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01):
            await ask()
    slow = out_of_time(caught.value, endpoint="e:m")
    assert isinstance(slow, SlowStreamError)
    assert slow.usage == Usage(10, 2)
    assert begun_of(slow) == Begun(Usage(10, 2), 0.5)


def test_a_time_limit_before_anything_came_is_a_plain_one() -> None:
    """There is nothing to tell."""
    assert type(out_of_time(TimeoutError(), endpoint="e:m")) is CallTimeoutError


def test_the_name_of_the_endpoint_is_no_word_of_the_vendor() -> None:
    """A model may be called anything; nothing is learned from that."""
    fault = BadRequestError("openai:my-tool stream answered 400: wrong", endpoint="openai:my-tool stream")
    assert words_of(fault) == " answered 400: wrong"
