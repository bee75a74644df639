"""Lists of feeds go out and come in again without loss, whatever they are called."""

from hypothesis import given
from hypothesis import strategies as st

from sensors.feeds.opml import Imported, read_opml, write_opml
from sensors.text.characters import visible

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
    lambda text: " ".join(visible(text).split()) == text
)
PARTS = st.text("abcdefghij0123456789-", min_size=1, max_size=12)
ADDRESSES = st.builds(
    lambda host, path, query: f"https://h{host.strip('-')}x.example/{path}{'?a=1&b=' + query if query else ''}",
    *(PARTS, PARTS, st.one_of(st.just(""), PARTS)),
)
SOURCES = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.just("rss"),
            "address": ADDRESSES,
            "name": WORDS,
            "tags": st.lists(WORDS, max_size=4, unique=True),
        }
    ),
    max_size=8,
    unique_by=lambda one: one["address"],
)
OUTLINE = '<outline text="{0}" type="rss" xmlUrl="https://feed{0}.example/"/>\n'


@given(SOURCES)
def test_what_goes_out_comes_in(sources: list[dict]) -> None:
    """The same feeds with the same names and tags; and the first tag stays the first, as the folder."""
    found = read_opml(write_opml(sources))
    assert found.problems == ()
    assert {one.address: (one.name, set(one.tags)) for one in found.sources} == {
        one["address"]: (one["name"], set(one["tags"])) for one in sources
    }
    firsts = {one["address"]: one["tags"][0] for one in sources if one["tags"]}
    assert {one.address: one.tags[0] for one in found.sources if one.tags} == firsts


@given(st.integers(0, 12), st.data())
def test_a_damaged_list_accounts_for_every_feed(count: int, data: st.DataObject) -> None:
    """One sign is replaced anywhere: each address that is still whole in the text is read, or named as a problem."""
    text = (
        '<opml version="2.0"><body>\n' + "".join(OUTLINE.format(number) for number in range(count)) + "</body></opml>"
    )
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.sampled_from(['"', "<", ">", "&", "'", "x", ""])) + text[at + 1 :]
    found = read_opml(damaged)
    for number in range(count):
        if f'xmlUrl="https://feed{number}.example/"' in damaged:
            assert is_accounted_for(f"https://feed{number}.example/", found), damaged


def is_accounted_for(address: str, found: Imported) -> bool:
    """It is a source, or a problem names it."""
    return address in {one.address for one in found.sources} or any(address in problem for problem in found.problems)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_nothing_breaks_the_reader(document: bytes | str) -> None:
    """What is no list is a problem, never an error."""
    found = read_opml(document)
    assert (
        found.sources or found.problems or b"opml" in (document if isinstance(document, bytes) else document.encode())
    )
