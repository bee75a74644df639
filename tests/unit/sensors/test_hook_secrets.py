"""Secrets of webhooks in the file beside the board."""

import base64
import itertools
import json
from pathlib import Path

import pytest

from daemon.core.errors import SensorError, UsageError
from daemon.core.redaction import scrub_text
from daemon.core.settings.listed import is_webhook_secret
from sensors.secret_addresses import SecretAddresses
from sensors.secret_file import SECRETS_FILE
from sensors.webhooks.hook_secrets import FORMER_HOLDS_SECONDS as DAY
from sensors.webhooks.hook_secrets import HookSecrets

WITH_LOGIN = "https://me:opensesame@example.org/feed"


def counting(home: Path, **more: object) -> HookSecrets:
    """Secrets whose bytes are 1, 2, 3 …, of 32 each."""
    numbers = itertools.count(1)
    return HookSecrets(home, random_bytes=lambda count: bytes([next(numbers)]) * count, **more)  # type: ignore[arg-type]


def of(number: int) -> str:
    return "whsec_" + base64.b64encode(bytes([number]) * 32).decode()


def test_a_secret_is_32_random_bytes_as_the_scheme_writes_them(tmp_path: Path) -> None:
    made = {HookSecrets(tmp_path).begin(f"hook-{number}") for number in range(20)}
    assert len(made) == 20
    assert all(is_webhook_secret(one) and len(base64.b64decode(one[6:])) == 32 for one in made)


def test_the_former_one_holds_for_a_day_to_the_second(tmp_path: Path) -> None:
    secrets = counting(tmp_path)
    secrets.begin("builds")
    assert secrets.rotate("builds", now=1000.0).former_until == 1000.0 + DAY
    assert secrets.holding("builds", now=1000.0 + DAY - 0.1) == (of(2), of(1))
    assert secrets.holding("builds", now=1000.0 + DAY) == (of(2),)


def test_where_the_former_one_is_lost_none_is_said_to_hold(tmp_path: Path) -> None:
    """As after `sources.secret.json` was deleted, and the program started anew."""
    counting(tmp_path).begin("builds")
    (tmp_path / SECRETS_FILE).unlink()
    secrets = counting(tmp_path)
    assert secrets.rotate("builds", now=1000.0).former_until is None
    assert secrets.holding("builds", now=1000.0) == (of(1),)


def test_rotating_twice_lengthens_nothing(tmp_path: Path) -> None:
    """The first one still ends when it was said to; what has ended is not kept."""
    secrets = counting(tmp_path)
    secrets.begin("builds")
    secrets.rotate("builds", now=0.0)
    secrets.rotate("builds", now=DAY / 2)
    assert secrets.holding("builds", now=DAY - 1) == (of(3), of(2), of(1))
    assert secrets.holding("builds", now=DAY) == (of(3), of(2))
    secrets.rotate("builds", now=DAY * 2)
    kept = json.loads((tmp_path / SECRETS_FILE).read_text())["webhook:builds"]
    assert [one["secret"] for one in kept] == [of(4), of(3)]


def test_beginning_anew_leaves_nothing_of_before(tmp_path: Path) -> None:
    secrets = counting(tmp_path)
    secrets.begin("builds")
    secrets.begin("builds")
    assert secrets.holding("builds", now=0.0) == (of(2),)
    secrets.forget("builds")
    secrets.forget("builds")
    assert secrets.holding("builds", now=0.0) == ()


def test_webhooks_and_addresses_share_the_file(tmp_path: Path) -> None:
    """Each written by an object that knows nothing of the other's last write, and read by one that was there before."""
    addresses, secrets, reading = SecretAddresses(tmp_path), counting(tmp_path), HookSecrets(tmp_path)
    assert reading.holding("builds", now=0.0) == ()
    for number in range(1, 6):
        secrets.begin(f"hook-{number}")
        public = addresses.keep(f"{WITH_LOGIN}/{number}")
        assert addresses.reveal(public) == f"{WITH_LOGIN}/{number}"
    assert [reading.holding(f"hook-{number}", now=0.0) for number in range(1, 6)] == [(of(n),) for n in range(1, 6)]
    assert len(json.loads((tmp_path / SECRETS_FILE).read_text())) == 10


def test_those_of_the_configuration_win_and_are_changed_there(tmp_path: Path) -> None:
    secrets = counting(tmp_path, configured={"builds": [of(8), of(9)]})
    assert secrets.holding("builds", now=0.0) == (of(8), of(9))
    with pytest.raises(UsageError, match="stands in the configuration"):
        secrets.rotate("builds", now=0.0)
    assert list(tmp_path.iterdir()) == []


def test_what_another_process_reads_is_hidden_there_too(tmp_path: Path) -> None:
    (tmp_path / SECRETS_FILE).write_text(json.dumps({"webhook:b": [{"secret": of(77), "until": None}]}))
    assert HookSecrets(tmp_path).holding("b", now=0.0) == (of(77),)
    assert scrub_text(f"it said {of(77)}") == scrub_text(f"it said {of(77).removeprefix('whsec_')}") == "it said ***"


@pytest.mark.parametrize("entry", ["text", 7, None, {"secret": "x"}, [1, None, {}], [{"secret": "whsec_short"}]])
def test_what_is_no_secret_opens_nothing(tmp_path: Path, entry: object) -> None:
    (tmp_path / SECRETS_FILE).write_text(json.dumps({"webhook:b": entry}))
    assert HookSecrets(tmp_path).holding("b", now=0.0) == ()


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / SECRETS_FILE).write_text("[1]")
    with pytest.raises(SensorError, match="cannot read the secrets"):
        HookSecrets(tmp_path).holding("b", now=0.0)
