import asyncio
import contextlib
import io
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from daemon.core.errors import OutcomeUnknownError, PublishError
from daemon.publish.notify import NotifySink, notify_sinks
from tests.fakes.posts import a_post
from tests.fakes.waiting import until

# apprise 2.2 loads a module for PGP mail that Python 3.13 has dropped; it brings its own then.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "s3cr3t-t0k3n"


@pytest.fixture
def root_log() -> Iterator[io.StringIO]:
    """All that reaches the root logger, at the finest level."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


@asynccontextmanager
async def server(reply: bytes | None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Takes HTTP requests and answers with these bytes: all of them, none and closes (empty), or never (None)."""
    seen: list[bytes] = []
    done = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        seen.append(await reader.readexactly(length))
        if reply is None:
            await done.wait()
        else:
            writer.write(reply)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], seen
    finally:
        done.set()
        listening.close()
        await listening.wait_closed()


def response(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def sink(port: int, *, timeout: float = 5.0) -> NotifySink:
    return NotifySink(SecretStr(f"json://127.0.0.1:{port}/{TOKEN}"), timeout=timeout)


async def test_a_message_has_title_summary_and_link() -> None:
    """As the other side gets it."""
    async with server(response("200 OK")) as (port, seen):
        notify = sink(port)
        assert await notify.send(a_post(), key="k") == notify.name
    message = json.loads(seen[0])
    assert message["title"] == "Solar farms set a record"
    assert message["message"] == (
        "Almost half of the midday load came from the sun.\n\nhttps://example.org/solar?x=1&y=2"
    )


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Internal Server Error"])
async def test_a_refusal_is_certain(status: str) -> None:
    """The other side said no: it can be sent again."""
    async with server(response(status)) as (port, _):
        with pytest.raises(PublishError, match="was not taken") as caught:
            await sink(port).send(a_post(), key="k")
    assert not isinstance(caught.value, OutcomeUnknownError)


async def test_a_refused_connection_is_certain() -> None:
    """Nothing was sent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(PublishError, match="was not taken") as caught:
            await sink(free.getsockname()[1]).send(a_post(), key="k")
    assert not isinstance(caught.value, OutcomeUnknownError)


@pytest.mark.parametrize("reply", [b"", response("504 Gateway Timeout")])
async def test_a_broken_answer_leaves_the_outcome_unknown(reply: bytes) -> None:
    """The message was sent whole; what became of it nobody knows."""
    async with server(reply) as (port, seen):
        with pytest.raises(OutcomeUnknownError, match="may have been sent"):
            await sink(port).send(a_post(), key="k")
    assert len(seen) == 1


async def test_no_answer_leaves_the_outcome_unknown() -> None:
    """After the time limit, and it was sent once only."""
    async with server(None) as (port, seen):
        with pytest.raises(OutcomeUnknownError, match="may have been sent"):
            await sink(port, timeout=0.3).send(a_post(), key="k")
    assert len(seen) == 1


async def test_a_service_that_does_not_answer_holds_up_nobody_else() -> None:
    """Many posts wait for it, and all other work in threads goes on."""
    async with server(None) as (port, seen):
        notify = sink(port, timeout=2.0)
        sends = [asyncio.create_task(notify.send(a_post(), key=f"k{number}")) for number in range(40)]
        await until(lambda: bool(seen))
        async with asyncio.timeout(1):
            assert await asyncio.to_thread(lambda: 7) == 7
        await notify.close()
        for task in sends:
            task.cancel()
        await asyncio.gather(*sends, return_exceptions=True)


@pytest.mark.parametrize("url", ["nonsense://x", "not an address"])
async def test_an_address_apprise_does_not_know_is_refused(url: str) -> None:
    """In one clear line."""
    with pytest.raises(PublishError, match="does not understand this address"):
        await NotifySink(SecretStr(url)).send(a_post(), key="k")


async def test_the_secrets_of_an_address_appear_nowhere(root_log: io.StringIO) -> None:
    """Not in the name, not in the errors, not in the daemon's log, however fine that is."""
    async with server(b"") as (port, _):
        notify = sink(port)
        with pytest.raises(PublishError) as caught:
            await notify.send(a_post(), key="k")
    assert TOKEN not in notify.name + str(caught.value) + root_log.getvalue()


def test_there_is_one_sink_per_address() -> None:
    """With names that tell them apart and stay the same, as the board's rows hang on them."""
    urls = [SecretStr("ntfy://a"), SecretStr("ntfy://b"), SecretStr("ntfy://a")]
    names = [notify.name for notify in notify_sinks(urls)]
    assert len(names) == len(set(names)) == 2
    assert names == [notify.name for notify in notify_sinks(urls)]
    assert all(name.startswith("notify-ntfy-") for name in names)
