"""OPML in and out."""

import time

import pytest

from sensors.feeds.opml import kept_back, read_opml, web_address, write_opml


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


def test_an_address_keeps_its_ampersands_in_a_faulty_file() -> None:
    """Written as XML wants them or bare, and nothing of it is told as lost."""
    outlines = '<outline text="A &amp; B" xmlUrl="https://x.org/f?a=1&amp;b=2&#38;c=&amp;amp;"/><outline text="Cut'
    imported = read_opml(f"<opml><body>{outlines}".encode())
    (one,) = imported.sources
    assert (one.name, one.address) == ("A & B", "https://x.org/f?a=1&b=2&c=&amp;")
    (problem,) = imported.problems
    assert problem.endswith("every feed in it was read all the same")


def feed(number: int, *, more: str = "") -> str:
    return f'<outline type="rss" text="{number}" xmlUrl="https://example.org/{number}.xml"{more}/>\n'


def test_a_faulty_file_is_read_on_after_the_fault() -> None:
    """Nothing is lost by a fault in an outline that is no feed."""
    imported = read_opml(opml(feed(1) + "<outline text=broken>" + feed(2) + feed(3)))
    assert [source.name for source in imported.sources] == ["1", "2", "3"]
    (problem,) = imported.problems
    assert problem == (
        "the file is faulty at line 2: not well-formed (invalid token); every feed in it was read all the same"
    )


def test_what_a_fault_costs_is_named_with_its_line() -> None:
    """Each feed whose address could not be made out, and no feed that was read or stands in a comment."""
    faulty = '<outline text="a "b" c" type="rss" xmlUrl="https://lost.example/?a=1&amp;b=2"/>\n'
    comment = '<!-- <outline xmlUrl="https://not.example/"/>\n -->\n'
    unquoted = "<outline text='x' type='rss' xmlUrl=https://bare.example/ />\n"
    imported = read_opml(opml(feed(1) + comment + faulty + feed(2) + unquoted + feed(3)))
    assert [source.name for source in imported.sources] == ["1", "2", "3"]
    assert imported.problems == (
        "the file is faulty at line 4: not well-formed (invalid token); 2 feeds could not be read",
        "line 4: 'https://lost.example/?a=1&b=2' was not read",
        "line 6: 'https://bare.example/' was not read",
    )


def test_a_file_that_breaks_off_is_read_to_there() -> None:
    """An unclosed folder keeps what it holds."""
    whole = opml(f'<outline text="News">{feed(1)}{feed(2)}').decode()
    imported = read_opml(whole[: whole.index("</body>")])
    assert [(source.name, source.tags) for source in imported.sources] == [("1", ("News",)), ("2", ("News",))]
    (problem,) = imported.problems
    assert "no element found; every feed" in problem


def test_what_stands_after_the_end_is_named() -> None:
    """A closing too many ends the document for every reader."""
    imported = read_opml(opml(f'<outline text="A">{feed(1)}</outlin></outline></outline>\n{feed(2)}'))
    assert [source.name for source in imported.sources] == ["1"]
    assert imported.problems[1:] == ("line 3: 'https://example.org/2.xml' was not read",)


def test_many_lost_feeds_are_told_in_few_words() -> None:
    lost = "".join(f'<outline text="a "q" b" xmlUrl="https://lost.example/{n}"/>\n' for n in range(120))
    imported = read_opml(opml(feed(1) + lost))
    assert len(imported.problems) == 52
    assert imported.problems[0].endswith("120 feeds could not be read")
    assert imported.problems[-1] == "and 70 more, the last at line 121"


@pytest.mark.parametrize(
    "attributes",
    [
        'XMLURL="https://example.org/1.xml"',
        'xmlurl="https://example.org/1.xml"',
        'xml_url="https://example.org/1.xml"',
        'feedUrl="https://example.org/1.xml"',
        'type="rss" url="https://example.org/1.xml"',
        'TYPE="RSS" URL="https://example.org/1.xml"',
        'xmlUrl="" feedUrl=" https://example.org/1.xml "',
        'xmlns:o="urn:o" o:xmlUrl="https://example.org/1.xml"',
    ],
)
def test_the_address_is_found_whatever_a_writer_calls_it(attributes: str) -> None:
    """The tag of an outline may be in odd case too."""
    (one,) = read_opml(opml(f'<Outline TEXT="One" {attributes}/>')).sources
    assert (one.address, one.name) == ("https://example.org/1.xml", "One")


def test_a_link_to_a_page_is_no_feed() -> None:
    """OPML holds links and inclusions too, which are folders at most."""
    body = f'<outline type="link" text="Page" url="https://example.org/">{feed(1)}</outline>'
    (one,) = read_opml(opml(body)).sources
    assert (one.name, one.tags) == ("1", ("Page",))


def test_a_feed_without_a_title_has_no_name_yet() -> None:
    assert read_opml(opml('<outline xmlUrl="https://x.org/"/>')).sources[0].name is None


def test_a_feed_named_again_is_counted() -> None:
    imported = read_opml(opml(feed(1) + feed(1) + feed(2) + feed(1, more=' category="/c"')))
    assert (len(imported.sources), imported.doubles) == (2, 2)
    assert imported.sources[0].tags == ("c",)


HEAD = '<opml version="2.0"><body>'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("outlines within outlines", HEAD + "<outline text='x'>" * 50_000),
        ("document types", "<!DOCTYPE[" * 500_000),
        ("open comments", HEAD + "<outline <" + "<!--" * 1_000_000),
        ("attributes without an end", HEAD + ' xmlurl="' * 200_000),
        (
            "entities of entities",
            '<!DOCTYPE opml [<!ENTITY a0 "aaaaaaaaaa">'
            + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 14))
            + f"]>{HEAD}<outline text='&a13;' xmlUrl='https://x.org/'/></body></opml>",
        ),
    ],
)
def test_a_hostile_file_takes_bounded_time_and_room(name: str, text: str) -> None:
    """Each would take minutes or gigabytes, read carelessly."""
    started = time.process_time()
    imported = read_opml(text)
    assert time.process_time() - started < 10, name
    assert sum(len(problem) for problem in imported.problems) < 20_000
    assert all(len(one.name or "") <= 200 and len(one.tags) <= 20 for one in imported.sources)


def test_a_long_list_is_read_in_seconds() -> None:
    """50,000 feeds in 500 folders."""
    folders = (
        f'<outline text="Folder {start}">{"".join(map(feed, range(start, start + 100)))}</outline>'
        for start in range(0, 50_000, 100)
    )
    started = time.process_time()
    imported = read_opml(opml("".join(folders)))
    assert (len(imported.sources), imported.problems) == (50_000, ())
    assert imported.sources[-1].tags == ("Folder 49900",)
    assert time.process_time() - started < 30


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


def test_a_feed_in_forty_thousand_folders_costs_no_minute() -> None:
    """It gets the first hundred of them as tags."""
    outlines = "".join(f'<outline text="{n}"><outline xmlUrl="https://a.example/"/></outline>' for n in range(40_000))
    began = time.process_time()
    found = read_opml(f"<opml><body>{outlines}</body></opml>")
    (only,) = found.sources
    assert (len(only.tags), found.doubles) == (100, 39_999)
    assert time.process_time() - began < 15
