"""The grammar of addresses: what a person calls a source, and what is refused in words."""

import zipfile
from pathlib import Path

import pytest

from daemon.api.adding import source_from_address
from daemon.app.senses import new_source
from daemon.core.errors import UsageError
from daemon.core.settings.sensor_models import SourceSettings


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a feed file and a folder."""
    (tmp_path / "feed.xml").write_text("<rss/>")
    (tmp_path / "inbox").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("given", "kind", "address"),
    [
        ("https://a.example/feed", "rss", "https://a.example/feed"),
        (" HTTPS://a.example/feed ", "rss", "HTTPS://a.example/feed"),
        ("feed://a.example/feed", "rss", "http://a.example/feed"),
        ("feed:https://a.example/feed", "rss", "https://a.example/feed"),
        ("@some_one", "x", "@some_one"),
        ("search: llm   lang:en", "x", "search:llm lang:en"),
        ("webhook:ci-1", "webhook", "webhook:ci-1"),
    ],
)
def test_an_address_says_its_kind(given: str, kind: str, address: str) -> None:
    new = source_from_address(given)
    assert (new.kind, new.address) == (kind, address)


@pytest.mark.parametrize("given", ["feed.xml", "./feed.xml", "~/feed.xml", "inbox/../feed.xml"])
def test_a_file_is_a_feed(place: Path, given: str) -> None:
    new = source_from_address(given)
    assert new.kind == "rss"
    assert Path(new.address).resolve() == place / "feed.xml"
    assert Path(new.address).is_absolute()


@pytest.mark.parametrize("given", ["inbox", "inbox/", "~/inbox", "inbox/../inbox", "."])
def test_a_folder_is_watched_by_its_whole_path(place: Path, given: str) -> None:
    """However it is written, it is one source; it is called as the folder is."""
    new = source_from_address(given)
    wanted = place if given == "." else place / "inbox"
    assert (new.kind, new.address, new.name) == ("folder", str(wanted), wanted.name)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "neither a feed's web address"),
        ("nonsense", "an account of X is @nonsense"),
        ("example.org/blog", "on the web it is https://example.org/blog"),
        ("localhost:8080/feed", "on the web it is https://localhost:8080/feed"),
        ("./missing.xml", "no such file or folder here"),
        ("ftp://a.example/feed", "neither a feed's web address"),
        ("https://", "is not a web address"),
        ("https://a b/", "is not a web address"),
        ("https://a.example:99999/", "is not a web address"),
        ("@", "no account of X"),
        ("@名前", "no account of X"),
        ("@überall", "no account of X"),
        ("@me@social.example", "https://social.example/@me"),
        ("me@social.example", "https://social.example/@me"),
        ("search:", "a search needs a query"),
        ("webhook:", "no name of a webhook"),
        ("webhook:Loud Name", "no name of a webhook"),
        ("rss:https://a.example/", "write it without 'rss': https://a.example/"),
        ("x:someone", "write it without 'x': @someone"),
        ("hackernews:front", "no sensor for sources of kind 'hackernews'"),
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be_right(given: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        source_from_address(given)
    assert words in str(refused.value)


def test_an_installed_package_adds_a_kind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address keeps the kind before it; nothing after the colon is nothing to read."""
    wheel = place / "packages.zip"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("news-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: news\nVersion: 1\n")
        archive.writestr("news-1.dist-info/entry_points.txt", "[davidagent.sensors]\nhackernews = news:Sensor\n")
    monkeypatch.syspath_prepend(str(wheel))
    new = source_from_address("hackernews: front")
    assert (new.kind, new.address) == ("hackernews", "hackernews:front")
    with pytest.raises(UsageError, match="what its sensor is to read"):
        source_from_address("hackernews:")
    with pytest.raises(UsageError, match="installed are: hackernews"):
        source_from_address("lobsters:front")


def test_wishes_are_kept_as_the_configuration_keeps_them() -> None:
    """The same source, added or configured, is the same on the board."""
    asked = source_from_address("@me", daily_reads=50, daily_usd=0.25, every_seconds=900.0, tags=["a"])
    configured = new_source(SourceSettings(x="@me", daily_reads=50, daily_usd=0.25, every=900.0, tags=("a",)))
    assert asked == configured
    feed = source_from_address("https://a.example/", full_text=False, name="A")
    assert feed == new_source(SourceSettings(rss="https://a.example/", full_text=False, name="A"))
    assert source_from_address("webhook:ci") == new_source(SourceSettings(webhook="ci"))


def test_a_mirror_is_a_feed_under_the_name_of_the_account() -> None:
    asked = source_from_address("@me", mirror="https://mirror.example/me", full_text=True)
    assert asked == new_source(SourceSettings(x="@me", mirror="https://mirror.example/me", full_text=True))
    assert (asked.kind, asked.name) == ("rss", "@me")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("given", "wishes", "words"),
    [
        ("https://a.example/", {"daily_reads": 5}, "daily reads go with X alone"),
        ("inbox", {"daily_usd": 5.0}, "dollars a day go with X alone"),
        ("@me", {"daily_reads": 5, "mirror": "https://a.example/"}, "a mirror costs nothing"),
        ("@me", {"daily_reads": 0}, "daily reads must be more than 0"),
        ("@me", {"daily_usd": float("nan")}, "dollars a day must be more than 0"),
        ("@me", {"daily_usd": float("inf")}, "dollars a day must be more than 0"),
        ("@me", {"full_text": True}, "a post of X is whole"),
        ("inbox", {"full_text": False}, "a file is whole"),
        ("https://a.example/", {"mirror": "https://b.example/"}, "a mirror goes with an account or a search"),
        ("@me", {"mirror": "b.example"}, "is no mirror"),
        ("webhook:ci", {"every_seconds": 900.0}, "told, never asked"),
        ("https://a.example/", {"every_seconds": 0.0}, "is no interval"),
        ("https://a.example/", {"every_seconds": float("inf")}, "is no interval"),
    ],
)
def test_what_does_not_belong_to_the_kind_is_refused(given: str, wishes: dict, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        source_from_address(given, **wishes)
    assert words in str(refused.value)


@pytest.mark.parametrize("hidden", [".ssh", ".config/davidagent", "open/.inner"])
def test_what_is_hidden_is_left_to_the_configuration_file(place: Path, hidden: str) -> None:
    """Keys lie there; a link that leads there from elsewhere changes nothing."""
    folder = place / hidden
    folder.mkdir(parents=True)
    (folder / "id_rsa").write_text("a key")
    (place / "way").symlink_to(folder)
    for address in (str(folder), str(folder / "id_rsa"), str(place / "way"), f"file://{folder}/id_rsa"):
        with pytest.raises(UsageError, match="what is hidden is often secret"):
            source_from_address(address)
