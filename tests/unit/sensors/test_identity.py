"""By what entries are known again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.blackboard.records import Identity
from sensors.identity import Named, canonical_link, clean_link, identities, text_key
from tests.fakes.feeds import LONG_TEXT


def named(**fields: str | None) -> Named:
    return Named(**{"guid": None, "link": None, "title": "", "text": "", **fields})  # type: ignore[arg-type]


def kinds(keys: tuple[Identity, ...]) -> list[str]:
    return [key.key.partition(":")[0] for key in keys]


SAME_PAGE = (
    "https://example.org/a/b?x=1&y=2",
    "http://example.org/a/b?x=1&y=2",
    "https://EXAMPLE.org/a/b/?y=2&x=1",
    "https://example.org:443/a/b?x=1&y=2",
    "http://example.org:80/a/b?x=1&y=2",
    "https://user:pass@example.org/a/b?x=1&y=2",
    "https://example.org/a/b?x=1&y=2&utm_source=rss&utm_medium=feed",
    "https://example.org/a/b?fbclid=Iw&x=1&y=2&gclid=2&mc_cid=3",
    "https://example.org/a/b?x=1&y=2&source=rss",
    "https://example.org/a/b?x=1&y=2#comments",
    "https://example.org/a/b?x=1&y=2#:~:text=words",
    "https://example.org/%61/b?x=1&y=2",
    "https://example.org./a/b?x=1&y=2",
)


@pytest.mark.parametrize("link", SAME_PAGE)
def test_one_page_one_link(link: str) -> None:
    """All spellings of a page's address have one canonical form."""
    assert canonical_link(link) == "example.org/a/b?x=1&y=2"


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/a/b?x=1",
        "https://example.org/A/b?x=1&y=2",
        "https://example.org:8443/a/b?x=1&y=2",
        "https://www.example.org/a/b?x=1&y=2",
        "https://example.org/a/b?x=1&y=2#version-2",
        "https://example.org/a/b?x=1&y=2&source=reuters",
    ],
)
def test_another_page_another_link(link: str) -> None:
    """What may be another page stays another page: path, port, parameters, and fragments that say something."""
    assert canonical_link(link) != "example.org/a/b?x=1&y=2"


@pytest.mark.parametrize(
    "link", ["", "mailto:a@b.c", "/relative", "javascript:x", "http://", "http://[::1", "http://a:b/"]
)
def test_no_link(link: str) -> None:
    """What is no web address is no link."""
    assert canonical_link(link) is None
    assert clean_link(link) is None


def test_international_hosts() -> None:
    """A host is the same in letters and in its ASCII form."""
    assert canonical_link("https://bücher.example/x") == canonical_link("https://xn--bcher-kva.example/x")


def test_the_link_to_follow_keeps_its_form() -> None:
    """Only tracking is taken from the link that people follow."""
    assert clean_link("http://Example.org/A/?b=%20&utm_source=x&c") == "http://Example.org/A/?b=%20&c"


@pytest.mark.parametrize(
    ("guid", "is_global"),
    [
        ("https://example.org/1", True),
        ("tag:example.org,2026:1", True),
        ("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", True),
        ("1225c695-cfb8-4ebb-aaaa-80da344efa6a", True),
        ("42", False),
        ("entry-1", False),
        ("tagged", False),
    ],
)
def test_guids(*, guid: str, is_global: bool) -> None:
    """A guid counts everywhere only when it is made to be unique in the world."""
    assert identities([named(guid=guid)]) == [(Identity(key=f"guid:{guid}", is_global=is_global),)]


def test_all_keys_of_a_full_entry() -> None:
    """Guid, link and, for a long text, its hash."""
    (keys,) = identities([named(guid="1", link="https://example.org/1", title="T", text=LONG_TEXT)])
    assert kinds(keys) == ["guid", "link", "text"]
    assert [key.is_global for key in keys] == [False, True, True]


def test_a_short_text_identifies_nobody_with_a_name() -> None:
    """Two status messages that read the same are two entries, when their guids say so."""
    one, two = identities(
        [named(guid="1", text="All systems operational"), named(guid="2", text="All systems operational")]
    )
    assert (kinds(one), kinds(two)) == (["guid"], ["guid"])


def test_an_entry_without_names_is_known_by_its_text() -> None:
    """Without guid and link, the text is the key; only a long one counts everywhere."""
    short, long = identities([named(title="Hi", text="short"), named(title="Hi", text=LONG_TEXT)])
    assert (kinds(short), short[0].is_global) == (["text"], False)
    assert (kinds(long), long[0].is_global) == (["text"], True)


def test_even_an_empty_entry_has_a_key() -> None:
    """Every entry gets a key."""
    assert kinds(identities([named()])[0]) == ["text"]


def test_a_guid_used_for_different_entries_is_not_trusted() -> None:
    """A generator that repeats one guid cannot make entries vanish."""
    entries = [named(guid="0", link=f"https://example.org/{n}", title=f"T{n}") for n in range(3)]
    assert [kinds(keys) for keys in identities(entries)] == [["link"]] * 3


def test_a_guid_repeated_with_its_entry_is_trusted() -> None:
    """The same entry twice in a document is no reason for distrust."""
    entry = named(guid="7", link="https://example.org/1", title="T")
    assert [kinds(keys) for keys in identities([entry, entry])] == [["guid", "link"]] * 2


def test_a_link_used_for_different_entries_is_not_trusted() -> None:
    """Blogs that link every entry to one page keep all their entries."""
    entries = [named(guid=str(n), link="https://example.org/all", title=f"T{n}") for n in range(3)]
    assert [kinds(keys) for keys in identities(entries)] == [["guid"]] * 3


def test_the_link_home_is_not_trusted() -> None:
    """An entry that links to the feed's own front page is not that page."""
    (keys,) = identities([named(guid="1", link="https://example.org/")], home="http://example.org")
    assert kinds(keys) == ["guid"]


def test_a_text_shared_by_named_entries_is_not_trusted() -> None:
    """A boilerplate text under several entries with names of their own tells nothing."""
    entries = [named(guid=str(n), title="T", text=LONG_TEXT) for n in range(2)]
    assert [kinds(keys) for keys in identities(entries)] == [["guid"]] * 2


def test_form_does_not_change_the_hash() -> None:
    """White space, case, links and marks of form do not make another text."""
    assert text_key("A  title", "> One [link](https://x.org)\n\n- two") == text_key("a TITLE", "one link two")
    assert text_key("A", "one") != text_key("A", "two")


def test_long_keys_are_bounded() -> None:
    """However long a guid is, its key is not, and two long ones stay two."""
    first, second = identities([named(guid="x" * 5000 + "1"), named(guid="x" * 5000 + "2")])
    assert first != second
    assert len(first[0].key) < 500


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_link_text_raises(one: str, two: str) -> None:
    """Whatever stands in a link, nothing raises, and cleaning twice is cleaning once."""
    link = f"https://{one}/{two}"
    cleaned = clean_link(link)
    canonical_link(link)
    assert cleaned is None or clean_link(cleaned) == cleaned


def test_half_a_character_in_guid_or_link_makes_keys_that_can_be_written() -> None:
    """JSON feeds may name halves of characters; the database takes none."""
    (keys,) = identities([named(guid="id \ud83d", link="https://example.org/\ud83d?q=\ud83d", title="t")])
    assert [key.key.encode() for key in keys] == [b"guid:id \xef\xbf\xbd", b"link:example.org/%EF%BF%BD?q=%EF%BF%BD"]
