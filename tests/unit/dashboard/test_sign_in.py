"""Who may come in without a token, and how often a wrong one may be tried."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.core.settings.models import DashboardSettings, Settings
from dashboard.desk import Desk
from dashboard.sign_in import Visitor, is_open, pass_of
from dashboard.wrong_tries import WrongTries

HERE = {"host": "127.0.0.1:8788", "origin": "http://127.0.0.1:8788"}


def desk_at(host: str) -> Desk:
    """A desk whose dashboard listens there."""
    settings = Settings(dashboard=DashboardSettings(host=host))
    return Desk(settings, Path("board"), BoardReader(Path("board")), None)


@pytest.mark.parametrize(
    "headers",
    [
        HERE,
        {"host": "localhost:8788", "origin": "http://localhost:8788"},
        {"host": "[::1]:1", "origin": "http://[::1]:1"},
    ],
)
def test_a_browser_on_this_machine_comes_in(headers: Mapping[str, str]) -> None:
    assert is_open(desk_at("127.0.0.1"), visitor=Visitor(None, headers))


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", HERE),
        (None, {}),
        (None, {"host": "127.0.0.1:8788"}),
        (None, {"host": "evil.example", "origin": "http://evil.example"}),
        (None, HERE | {"origin": "https://desk.example.com"}),
        (None, HERE | {"x-forwarded-for": "192.0.2.7"}),
        (None, HERE | {"via": "1.1 proxy"}),
    ],
    ids=["from elsewhere", "no headers", "no origin", "rebound name", "behind a proxy", "forwarded", "via"],
)
def test_everybody_else_needs_the_token(address: str | None, headers: Mapping[str, str]) -> None:
    assert not is_open(desk_at("127.0.0.1"), visitor=Visitor(address, headers))


def test_where_others_reach_the_listener_nobody_comes_in_without() -> None:
    assert not is_open(desk_at("0.0.0.0"), visitor=Visitor(None, HERE))  # noqa: S104 - that is the case


def test_a_pass_says_nothing_of_the_token_and_ends_with_it() -> None:
    assert "secret" not in pass_of("secret")
    assert pass_of("secret") != pass_of("another")


class Seconds:
    """A clock."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_ten_wrong_tries_a_minute_and_then_none() -> None:
    clock = Seconds()
    tries = WrongTries(now=clock)
    assert [tries.enter("192.0.2.7") for _ in range(10)] == [0.0] * 10
    clock.at = 20.0
    assert tries.enter("192.0.2.7") == 40.0
    assert tries.enter("192.0.2.8") == 0.0
    clock.at = 60.0
    assert tries.enter("192.0.2.7") == 0.0


def test_a_right_try_uses_nothing_up() -> None:
    tries = WrongTries(most=1, now=Seconds())
    assert tries.enter("192.0.2.7") == 0.0
    tries.forgive("192.0.2.7")
    assert tries.enter("192.0.2.7") == 0.0
    assert tries.enter("192.0.2.7") > 0


def test_a_network_of_ipv6_is_one_client() -> None:
    tries = WrongTries(most=2, now=Seconds())
    assert [tries.enter(f"2001:db8::{n}") for n in (1, 2)] == [0.0, 0.0]
    assert tries.enter("2001:db8::3") > 0
    assert tries.enter("2001:db8:0:1::3") == 0.0
    assert [tries.enter(one) for one in ("192.0.2.9", "::ffff:192.0.2.9")] == [0.0, 0.0]
    assert tries.enter("::ffff:192.0.2.9") > 0


def test_what_is_kept_does_not_grow() -> None:
    tries = WrongTries(most=2, most_clients=3, now=Seconds())
    waits = [tries.enter(f"192.0.2.{n}") for n in range(8)]
    assert waits[:5] == [0.0] * 5
    assert all(wait > 0 for wait in waits[5:])
    assert len(tries._tries) == 4
