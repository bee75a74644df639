"""OPML in and out."""

import pytest

from sensors.opml import kept_back, read_opml, web_address, write_opml


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><head><title>T</title></head><body>{body}</body></opml>'.encode()


FEED = '<outline type="rss" text="One" title="One" xmlUrl="https://example.org/1.xml"/>'


def test_folders_are_tags() -> None:
    """Nested folders and categories become tags, outermost first."""
    body = (
        f'<outline text="News"><outline text="Local">{FEED}</outline></outline>'
        '<outline text="Two" xmlUrl="https://example.org/2.xml" category="/a/b,c"/>'
    )
    one, two = read_opml(opml(body)).sources
    assert (one.kind, one.address, one.name, one.tags) == ("rss", "https://example.org/1.xml", "One", ("News", "Local"))
    assert (two.name, two.tags) == ("Two", ("a", "b", "c"))


def test_a_feed_in_two_folders_is_one_source() -> None:
    """The same address again adds its tags, also with another scheme."""
    again = FEED.replace("https:", "http:")
    (one,) = read_opml(opml(f'<outline text="A">{FEED}</outline><outline text="B">{again}</outline>')).sources
    assert (one.address, one.tags) == ("https://example.org/1.xml", ("A", "B"))


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://x.org/f", "https://x.org/f"),
        (" HTTP://x.org/f ", "HTTP://x.org/f"),
        ("feed://x.org/f", "http://x.org/f"),
        ("feed:https://x.org/f", "https://x.org/f"),
        ("file:///etc/passwd", None),
        ("/local/file.xml", None),
        ("x.org/f", None),
        ("", None),
    ],
)
def test_addresses(given: str, address: str | None) -> None:
    """Web addresses in all the forms readers write; a list from elsewhere must not name local files."""
    assert web_address(given) == address


def test_what_is_no_address_is_said() -> None:
    """An outline with a useless address is a problem, not an end."""
    imported = read_opml(opml('<outline text="Bad" xmlUrl="file:///x"/>' + FEED))
    assert [source.name for source in imported.sources] == ["One"]
    assert imported.problems == ("Bad: 'file:///x' is no web address",)


def test_bare_ampersands_are_read() -> None:
    """The commonest fault of OPML files costs nothing."""
    (one,) = read_opml(opml('<outline text="A & B" xmlUrl="https://x.org/f?a=1&b=2"/>')).sources
    assert (one.name, one.address) == ("A & B", "https://x.org/f?a=1&b=2")


def test_a_faulty_file_loads_as_far_as_it_goes() -> None:
    """What stands before the fault is taken, and what was left is counted."""
    late = FEED.replace("1.xml", "2.xml")
    imported = read_opml(opml(FEED + "\n<outline text=broken>" + late + late))
    assert [source.address for source in imported.sources] == ["https://example.org/1.xml"]
    (problem,) = imported.problems
    assert problem.startswith("the file is faulty at line 2")
    assert problem.endswith("2 feeds after it were not read")


@pytest.mark.parametrize("data", [b"", b"hello", b"<html/>", b"\x00\xff", opml("")[:60], "<opml".encode("utf-16")])
def test_what_is_no_opml(data: bytes) -> None:
    """Anything else gives no sources and at least one problem, and never raises."""
    imported = read_opml(data)
    assert not imported.sources
    assert imported.problems


def test_entities_are_not_expanded() -> None:
    """A document type in the file is dropped with all it declares."""
    hostile = b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + opml(
        '<outline text="&a;" xmlUrl="https://x.org/"/>'
    )
    (one,) = read_opml(hostile).sources
    assert "root" not in (one.name or "")


def test_other_encodings() -> None:
    """A file in another encoding is read."""
    data = opml('<outline text="新闻" xmlUrl="https://x.org/"/>').decode().encode("utf-16")
    assert read_opml(data).sources[0].name == "新闻"


def test_what_goes_out_comes_in() -> None:
    """Writing and reading again gives the same feeds; other kinds of source are left out."""
    rows = [
        {"kind": "rss", "address": "https://x.org/f?a=1&b=2", "name": 'A "quoted" <name>', "tags": ["News", "ai"]},
        {"kind": "rss", "address": "https://y.org/", "name": None, "tags": []},
        {"kind": "x", "address": "@someone", "name": "X", "tags": []},
    ]
    text = write_opml(rows, title="Mine & yours", at=1_790_000_000.0)
    imported = read_opml(text)
    assert imported.problems == ()
    assert [(one.address, one.name, one.tags) for one in imported.sources] == [
        ("https://x.org/f?a=1&b=2", 'A "quoted" <name>', ("News", "ai")),
        ("https://y.org/", "https://y.org/", ()),
    ]
    assert "<dateCreated>Mon, 21 Sep 2026" in text


def test_every_tag_survives_the_way_out_and_in() -> None:
    """Also one with what separates the parts of a category, which is then a folder of its own."""
    tags = [["news", "R&D, tools", "a/b"], ["a/b"], ["<x>", 'say "hi"'], []]
    rows = [{"kind": "rss", "address": f"https://x.org/{n}", "name": f"{n}", "tags": t} for n, t in enumerate(tags)]
    again = {one.address: set(one.tags) for one in read_opml(write_opml(rows)).sources}
    assert again == {row["address"]: set(row["tags"]) for row in rows}


def test_an_address_with_a_secret_does_not_go_out() -> None:
    """A comment says which feeds were left out, whatever their names are."""
    rows = [
        {"kind": "rss", "address": "https://***@x.org/f#1f0c9a3e", "name": "Mine --> <x> & co--", "tags": ["a"]},
        {"kind": "rss", "address": "https://y.org/", "name": "Open", "tags": ["a"]},
    ]
    text = write_opml(rows)
    assert "x.org" not in text
    assert "Left out, because their addresses have a login or a token: Mine -&gt; &lt;x&gt; &amp; co-." in text
    assert [one.address for one in read_opml(text).sources] == ["https://y.org/"]
    assert read_opml(text).problems == ()
    assert kept_back(rows) == ["Mine --> <x> & co--"]
