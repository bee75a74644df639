"""Options of a form that is not ours: what in them is secret."""

from typing import Any

import pytest

from daemon.core.open_values import secrets_within, without_secrets

OPTIONS = {
    "server": "https://reader:opensesame@river.example/a?token=tok123456",
    "api_key": "key-123456",
    "pin": {"password": 12345678, "rooms": [{"token": "room-token"}, {"auth": ["first-word", "second-word"]}]},
    "gauges": ["bridge", "lock"],
    "max_tokens": 100,
    "password": "",
    "auth": False,
    "secret": None,
}


def test_what_is_secret_is_hidden_and_all_else_stays() -> None:
    """By key, whatever form it has, and in addresses."""
    assert without_secrets(OPTIONS) == {
        "server": "https://***@river.example/a?token=***",
        "api_key": "***",
        "pin": {"password": "***", "rooms": [{"token": "***"}, {"auth": "***"}]},
        "gauges": ["bridge", "lock"],
        "max_tokens": 100,
        "password": "",
        "auth": False,
        "secret": None,
    }


def test_everything_that_is_hidden_is_known_as_a_secret() -> None:
    """So no log and no error tells it either."""
    assert set(secrets_within(OPTIONS)) == {
        *("opensesame", "tok123456", "key-123456", "12345678", "room-token", "first-word", "second-word")
    }


@pytest.mark.parametrize("options", [{}, {"a": 1}, {"a": {"b": [1, "c"]}}, {"url": "https://river.example/a?b=c"}])
def test_what_has_no_secret_is_left_as_it_is(options: dict[str, Any]) -> None:
    assert without_secrets(options) == options
    assert list(secrets_within(options)) == []
