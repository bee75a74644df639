"""Addresses with logins and tokens: what the board gets, and what is asked for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.core.errors import SensorError, UsageError
from daemon.core.redaction import scrub_text
from sensors.secret_addresses import SECRETS_FILE, SecretAddresses, public_address

WITH_LOGIN = "https://reader:opensesame@example.org/feed?page=2"
WITH_TOKEN = "https://example.org/feed?page=2&token=opensesame#top"


@pytest.mark.parametrize(
    ("address", "start"),
    [
        (WITH_LOGIN, "https://***@example.org/feed?page=2#"),
        (WITH_TOKEN, "https://example.org/feed?page=2&token=***#"),
        ("https://writer.example/feed/private/abcdef0123456789", "https://writer.example/feed/private/***#"),
    ],
)
def test_the_public_address_has_no_secret_and_tells_it_from_others(address: str, start: str) -> None:
    public = public_address(address)
    assert public.startswith(start)
    assert len(public) == len(start) + 8
    assert public != public_address(address.replace("opensesame", "another-one").replace("abcdef", "fedcba"))


@pytest.mark.parametrize(
    "address", ["https://example.org/feed?page=2#top", "/srv/feeds/a.xml", "@example", "feed.xml", "http://[bad/"]
)
def test_an_address_without_secrets_is_public_as_it_is(address: str) -> None:
    assert public_address(address) == address


@given(st.sampled_from(["token", "key", "auth"]), st.text("abcdef0123456789", min_size=1, max_size=40))
def test_a_public_address_is_public_and_no_scrubbing_changes_it(name: str, secret: str) -> None:
    """So what is shown is what is on the board."""
    public = public_address(f"https://example.org/feed?{name}={secret}")
    assert public_address(public) == scrub_text(public) == public


def test_a_configured_address_is_revealed_and_written_nowhere(tmp_path: Path) -> None:
    addresses = SecretAddresses(tmp_path, configured=[WITH_LOGIN, None, "https://example.org/open"])
    assert addresses.reveal(public_address(WITH_LOGIN)) == WITH_LOGIN
    assert addresses.reveal("https://example.org/open") == "https://example.org/open"
    assert list(tmp_path.iterdir()) == []


def test_an_added_address_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """And another process, or the next one, finds it."""
    running = SecretAddresses(tmp_path)
    with pytest.raises(SensorError, match="not known here"):
        running.reveal(public_address(WITH_TOKEN))
    public = SecretAddresses(tmp_path).keep(WITH_TOKEN)
    assert oct((tmp_path / SECRETS_FILE).stat().st_mode)[-3:] == "600"
    assert running.reveal(public) == SecretAddresses(tmp_path).reveal(public) == WITH_TOKEN
    again = SecretAddresses(tmp_path)
    again.keep(WITH_LOGIN)
    assert running.reveal(public_address(WITH_LOGIN)) == WITH_LOGIN
    assert running.reveal(public) == WITH_TOKEN


def test_an_open_address_is_kept_by_nobody(tmp_path: Path) -> None:
    assert SecretAddresses(tmp_path / "none").keep("https://example.org/feed") == "https://example.org/feed"
    assert not (tmp_path / "none").exists()


def test_what_was_kept_is_hidden_in_every_text_from_then_on(tmp_path: Path) -> None:
    SecretAddresses(tmp_path).keep("https://example.org/feed?token=telltale-word-42")
    assert scrub_text("it said telltale-word-42") == "it said ***"


def test_a_file_that_cannot_be_read_is_the_sources_failure(tmp_path: Path) -> None:
    (tmp_path / SECRETS_FILE).write_text("not json")
    with pytest.raises(SensorError, match="cannot read the secrets"):
        SecretAddresses(tmp_path).reveal(public_address(WITH_TOKEN))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UsageError, match="cannot keep"):
        SecretAddresses(tmp_path / "home").keep(WITH_TOKEN)


def test_what_was_removed_is_kept_no_longer(tmp_path: Path) -> None:
    """And what else is kept stays."""
    addresses = SecretAddresses(tmp_path)
    with_login, with_token = addresses.keep_all([WITH_LOGIN, WITH_TOKEN])
    addresses.forget(with_login)
    addresses.forget("https://example.org/open")
    assert "reader" not in (tmp_path / SECRETS_FILE).read_text()
    assert addresses.reveal(with_token) == WITH_TOKEN
    with pytest.raises(SensorError, match="not known here"):
        addresses.reveal(with_login)
