"""The short way to a client: when it is open, and what goes over it."""

from dataclasses import dataclass, field

import pytest

from daemon.api.connections import CYCLE
from daemon.api.events.wire import Wire, framed, wire_of


@dataclass
class Transport:
    """Keeps what it is given."""

    closing: bool = False
    written: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closing


@dataclass
class Flow:
    write_paused: bool = False


@dataclass
class Cycle:
    """An answer that has begun, as the server sees it."""

    transport: Transport = field(default_factory=Transport)
    flow: Flow = field(default_factory=Flow)
    chunked_encoding: bool | None = True
    disconnected: bool = False
    response_complete: bool = False


def test_what_is_written_goes_to_the_connection_as_it_is() -> None:
    cycle = Cycle()
    Wire(cycle).write(framed(b"data: 1\n\n"))
    assert cycle.transport.written == [b"9\r\ndata: 1\n\n\r\n"]


def test_it_is_free_while_the_answer_goes_on_and_the_client_takes_it() -> None:
    assert Wire(Cycle()).is_free


@pytest.mark.parametrize(
    "cycle",
    [
        Cycle(flow=Flow(write_paused=True)),
        Cycle(disconnected=True),
        Cycle(response_complete=True),
        Cycle(chunked_encoding=None),
        Cycle(transport=Transport(closing=True)),
    ],
    ids=["it takes nothing", "it is gone", "the answer is over", "the answer has not begun", "it is being closed"],
)
def test_it_is_not_free(cycle: Cycle) -> None:
    assert not Wire(cycle).is_free


def test_a_server_that_is_not_ours_has_none() -> None:
    assert wire_of({"type": "http"}) is None
    assert wire_of({"type": "http", CYCLE: Cycle()}) is not None
