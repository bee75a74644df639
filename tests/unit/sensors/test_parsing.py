"""Documents of all kinds to observations: formats, encodings, faults, hostility."""

import time

import pytest

from daemon.blackboard.records import Observation
from daemon.core.errors import SensorError
from sensors.feeds.reading import read
from sensors.parsers.jobs import ParsedFeed, ParseJob
from sensors.text.charsets import decode
from sensors.text.dates import believable, parse_date
from sensors.text.languages import guess_language, primary
from tests.fakes.feeds import LONG_TEXT, atom, item, rss

NOW = 1_790_000_000.0
JOB = ParseJob(url="https://example.org/feed.xml", content_type="", now=NOW)


def parsed(document: bytes | str) -> ParsedFeed:
    return read(document.encode() if isinstance(document, str) else document, JOB)


def titled(title: str) -> str:
    return channel(f"<item><title>{title}</title></item>")


def only(document: bytes | str) -> Observation:
    (observation,) = parsed(document).observations
    return observation


def channel(inner: str) -> str:
    return f'<rss version="2.0"><channel><title>T</title>{inner}</channel></rss>'


ENTRY = "<item><title>Entry</title><link>https://example.org/1</link></item>"
CHINESE = channel("<item><title>新闻：今天的会议在北京举行，他们说这是一个好的开始</title></item>")
TRADITIONAL = channel("<item><title>新聞：今天的會議在台北舉行，他們說這是一個好的開始</title></item>")
JAPANESE = channel("<item><title>きょうの会議は東京でおこなわれ、よいはじまりでした</title></item>")
LATIN = channel("<item><title>Café à Zürich, naïve Größe</title></item>")


RSS_090 = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
    "<item><title>Entry</title></item></rdf:RDF>"
)


class TestFormats:
    def test_rss(self) -> None:
        """RSS 2.0 with everything an item has."""
        one = only(
            rss(
                item(
                    1,
                    text=LONG_TEXT,
                    date="Tue, 01 Sep 2026 06:00:00 +0200",
                    extra="<author>jo@example.org (Jo Smith)</author><category>Wind</category>"
                    "<comments>https://example.org/1/talk</comments>"
                    '<enclosure url="https://example.org/a.mp3?utm_source=x" type="audio/mpeg" length="99"/>',
                )
            )
        )
        assert (one.title, one.text, one.url) == ("Entry 1", LONG_TEXT, "https://example.org/1")
        assert one.published_at == parse_date("2026-09-01T04:00:00Z")
        assert (one.author, one.tags, one.language) == ("Jo Smith", ("Wind",), "en")
        assert one.extra["enclosures"] == [{"url": "https://example.org/a.mp3", "type": "audio/mpeg", "length": 99}]
        assert one.extra["comments"] == "https://example.org/1/talk"

    def test_atom(self) -> None:
        """Atom with relative links, xml:base, and text of each type."""
        one = only(
            atom(
                '<entry><id>tag:example.org,2026:1</id><title type="html">A &amp;lt;b&amp;gt; tale</title>'
                '<link href="../p/1"/>'
                "<published>2026-09-01T00:00:00Z</published><updated>2026-09-02T00:00:00Z</updated><author><name>Jo</name></author>"
                '<category term="x" label="Label"/><summary>short</summary>'
                '<content type="html">&lt;p&gt;Long &lt;a href="q"&gt;text&lt;/a&gt;&lt;/p&gt;</content></entry>',
                attributes=' xml:base="https://base.example/blog/" xml:lang="de"',
            )
        )
        assert one.url == "https://base.example/p/1"
        assert one.text == "Long [text](https://base.example/p/q)"
        assert one.published_at == parse_date("2026-09-01")
        assert one.extra["updated_at"] == parse_date("2026-09-02")
        assert (one.author, one.language) == ("Jo", "de")

    def test_atom_xhtml(self) -> None:
        """XHTML in Atom is markup, also in titles."""
        xhtml = '<div xmlns="http://www.w3.org/1999/xhtml">'
        one = only(
            atom(
                f'<entry><id>1</id><title type="xhtml">{xhtml}A <b>bold</b> one</div></title>'
                f'<content type="xhtml">{xhtml}<p>Hi</p><blockquote>q</blockquote></div></content></entry>'
            )
        )
        assert (one.title, one.text) == ("A bold one", "Hi\n\n> q")

    def test_rdf(self) -> None:
        """RSS 1.0, whose items stand beside the channel."""
        one = only(
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>T</title></channel>'
            '<item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link>'
            "<dc:date>2026-09-01T00:00:00Z</dc:date></item></rdf:RDF>"
        )
        assert (one.title, one.published_at) == ("One", parse_date("2026-09-01"))

    def test_json_feed(self) -> None:
        """JSON Feed, with faulty fields that cost no entry."""
        feed = parsed(
            '{"version":"1.1","title":"T","home_page_url":"https://example.org","language":"en","items":['
            '{"id":7,"url":"/1","content_html":"<p>Hi <b>you</b></p>","date_published":"2026-09-01T00:00:00Z",'
            '"authors":[{"name":"Jo"}],"tags":["a"],"attachments":[{"url":"https://example.org/a.mp3","mime_type":"audio/mpeg"}]},'
            '{"id":"8","content_text":"1 < 2\\n\\nsecond","author":"nobody","tags":"no list","date_published":[1]},'
            '"no item",null,{}]}'
        )
        first, second = feed.observations
        assert (first.text, first.url, first.author, first.tags) == ("Hi you", "https://example.org/1", "Jo", ("a",))
        assert first.identities[0].key == "guid:7"
        assert (second.title, second.text) == ("1 < 2", "1 < 2\n\nsecond")
        assert (feed.entries, feed.detail) == (3, {"parser": "json", "empty": 1})

    @pytest.mark.parametrize(
        "document",
        [
            '<feed xmlns="http://example.org/odd"><title>x</title><entry><id>1</id><title>Entry</title></entry></feed>',
            "<feed><title>x</title><entry><id>1</id><title>Entry</title></entry></feed>",
            "<RSS><CHANNEL><ITEM><TITLE>Entry</TITLE></ITEM></CHANNEL></RSS>",
            "<rss><channel><title>c</title></channel><item><title>Entry</title></item></rss>",
            RSS_090,
            '<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel>' + ENTRY + "</channel></rss>",
        ],
    )
    def test_odd_forms(self, document: str) -> None:
        """Namespaces, letter case and nesting that the fast parser does not know are read by the forgiving one."""
        assert only(document).title == "Entry"

    def test_media_description(self) -> None:
        """Where the text stands in the media module alone, it is found."""
        one = only(
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><entry><id>1</id><title>V</title>'
            '<media:group><media:content url="https://x.org/v"/><media:description>About it</media:description>'
            "</media:group></entry></feed>"
        )
        assert one.text == "About it"

    def test_the_longer_text_is_taken(self) -> None:
        """Of content and description the one with more to say."""
        one = only(
            '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item><title>T</title><description>'
            f"{LONG_TEXT}</description><content:encoded>&lt;p&gt;teaser&lt;/p&gt;</content:encoded></item></channel></rss>"
        )
        assert one.text == LONG_TEXT


class TestEntries:
    def test_title_falls_back(self) -> None:
        """Without a title: the first words, else where the link leads, else the file's name."""
        feed = parsed(
            channel(
                "<item><description>The mayor resigned today. More soon.</description></item>"
                "<item><link>https://example.org/some-page</link></item>"
                '<item><enclosure url="https://example.org/talk.mp3" type="audio/mpeg" length="1"/></item>'
            )
        )
        titles = [one.title for one in feed.observations]
        assert titles == ["The mayor resigned today.", "example.org/some-page", "talk.mp3"]

    def test_nothing_is_lost_for_its_date(self) -> None:
        """Absurd, missing and future dates become None, believable ones stay."""
        dates = ["", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 9999 00:00:00 GMT", "yesterday", "0000-00-00"]
        dates += ["Sat, 01 Jan 2028 00:00:00 GMT", "Tue, 01 Sep 2026 06:00:00 GMT"]
        feed = parsed(rss(*(item(number, date=date) for number, date in enumerate(dates))))
        assert [one.published_at is not None for one in feed.observations] == [False] * 6 + [True]

    def test_every_entry_is_accounted_for(self) -> None:
        """Entries, less copies and empty ones, are observations; both are counted."""
        feed = parsed(channel(ENTRY + ENTRY + "<item></item>" + "<item><title>Other</title></item>"))
        assert (feed.entries, len(feed.observations)) == (4, 2)
        assert feed.detail == {"parser": "fastfeedparser", "repeated": 1, "empty": 1}

    def test_long_texts_are_cut_and_say_so(self) -> None:
        """A text has at most 200,000 characters, and the observation says that it was cut."""
        one = only(rss(item(1, text="word " * 60_000)))
        assert len(one.text) == 200_000
        assert one.extra["text_cut_at"] == 200_000

    def test_a_title_with_the_whole_text(self) -> None:
        """Of a title that repeats the text, the first line is the title."""
        body = "Headline of the day\n   " + LONG_TEXT
        one = only(channel(f"<item><title>{body}</title><description>{body}</description></item>"))
        assert one.title == "Headline of the day"

    @pytest.mark.parametrize("mark", ["", "&lt;h1&gt;"])
    def test_a_text_that_begins_with_its_title(self, mark: str) -> None:
        """The title is not said again on top of the text."""
        one = only(
            channel(f"<item><title>Wind</title><description>{mark}Wind&lt;p&gt;{LONG_TEXT}</description></item>")
        )
        assert (one.title, one.text) == ("Wind", LONG_TEXT)

    def test_short_entries_take_the_language_of_the_others(self) -> None:
        """Entries too short to tell are in the language of most."""
        feed = parsed(rss(item(1, text=LONG_TEXT), item(2, text="Ok"), item(3, text=LONG_TEXT)))
        assert {one.language for one in feed.observations} == {"en"}

    def test_the_set_of_entries_has_a_hash(self) -> None:
        """The hash does not mind order, and changes when an entry comes."""
        one, other, more = parsed(rss(item(1), item(2))), parsed(rss(item(2), item(1))), parsed(rss(item(1), item(3)))
        assert one.keys_hash == other.keys_hash != more.keys_hash

    def test_a_guid_shared_by_all(self) -> None:
        """A document whose entries share one guid keeps them all apart."""
        feed = parsed(rss(*(item(n, guid="same") for n in range(3))))
        assert len({one.identities for one in feed.observations}) == 3


class TestEncodings:
    @pytest.mark.parametrize(
        ("document", "encoding", "declared"),
        [
            (CHINESE, "utf-8", None),
            (CHINESE, "utf-8-sig", None),
            (CHINESE, "utf-16", None),
            (CHINESE, "utf-16-le", None),
            (CHINESE, "utf-32", None),
            (CHINESE, "gb18030", "gb2312"),
            (CHINESE, "gb18030", None),
            (CHINESE, "gb18030", "utf-8"),
            (CHINESE, "utf-8", "gb2312"),
            (CHINESE, "utf-8", "no-such-charset"),
            (CHINESE, "utf-8", "utf-16"),
            (TRADITIONAL, "big5hkscs", "big5"),
            (TRADITIONAL, "big5hkscs", None),
            (JAPANESE, "cp932", "Shift_JIS"),
            (JAPANESE, "cp932", None),
            (JAPANESE, "euc_jp", None),
            (JAPANESE, "iso2022_jp", "iso-2022-jp"),
            (LATIN, "latin-1", "iso-8859-1"),
            (LATIN, "cp1252", None),
            (LATIN, "cp1252", "utf-8"),
            (LATIN, "utf-8", "iso-8859-1"),
        ],
    )
    def test_encodings(self, document: str, encoding: str, declared: str | None) -> None:
        """Right, wrong and missing declarations lead to the same text."""
        declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
        assert parsed((declaration + document).encode(encoding)).observations == parsed(document).observations

    def test_the_header_counts_when_nothing_else_says(self) -> None:
        """The charset of the Content-Type is believed when the bytes allow it."""
        text, name = decode("Größe ½".encode("cp1254"), content_type="text/xml; charset=windows-1254")
        assert (text, name) == ("Größe ½", "cp1254")

    def test_a_few_broken_bytes_do_not_change_the_encoding(self) -> None:
        """UTF-8 with a fault stays UTF-8."""
        text, name = decode("中文新闻 ".encode() * 50 + b"\xff")
        assert name == "utf-8"
        assert text.endswith("�")

    @pytest.mark.parametrize("declared", ["rot13", "zip", "base64", "utf-7", "idna", "undefined", "unicode_escape"])
    def test_codecs_that_are_no_charsets(self, declared: str) -> None:
        """A declaration cannot reach codecs that are no character sets."""
        assert decode(f'<?xml version="1.0" encoding="{declared}"?><a>é</a>'.encode("cp1252"))[1] == "cp1252"


class TestFaults:
    @pytest.mark.parametrize(
        "document",
        [
            channel("<item><title>AT&T &nbsp; &copy; &unknown; &</title></item>"),
            channel("<item><title>x &#0; &#xD800; &#x1F600;</title></item>"),
            channel("<item><title>a\x0bb\x00c</title></item>"),
            channel("<item><title>Entry</title><description>Text <p>with <b>bold</b><br> more</description></item>"),
            channel("<item><title>Entry</title><description><![CDATA[never closed</description></item>"),
            channel("<item><title>Entry</title></item>") + "<!-- made by x --><script>y</script>",
            '<?xml version="1.0"?><?xml version="1.0"?>' + channel(ENTRY),
            "\ufeff\n" + channel(ENTRY),
            channel(ENTRY.replace("</title>", "")),
            channel(ENTRY).replace("</channel>", ""),
        ],
    )
    def test_faulty_xml_is_read(self, document: str) -> None:
        """What is not well-formed is repaired or read forgivingly; the entry is there."""
        assert len(parsed(document).observations) == 1

    def test_repairs_keep_the_words(self) -> None:
        """Bare ampersands and HTML entities are read as they were meant."""
        assert only(channel("<item><title>AT&T &copy; &unknown; x</title></item>")).title == "AT&T © &unknown; x"

    def test_markup_that_is_not_escaped_is_not_lost(self) -> None:
        """HTML that stands bare in a description is read whole."""
        one = only(
            channel(
                "<item><title>x</title><description>Text <p>with <b>bold</b> words</p> and more</description></item>"
            )
        )
        assert one.text == "Text\n\nwith bold words\n\nand more"

    def test_many_entries(self) -> None:
        """The count of entries is checked against the document's own tags."""
        assert parsed(rss(*(item(n) for n in range(500)))).entries == 500


LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "billion laughs": f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{LOL}]>' + titled("&l9;"),
    "quadratic entities": f'<!DOCTYPE r [<!ENTITY x "{"A" * 50_000}">]>' + titled("&x;" * 9000),
    "external entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + titled("A &x; B"),
    "external DTD": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">' + channel(ENTRY),
    "parameter entity": '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>' + channel(ENTRY),
    "root in the DTD": '<!DOCTYPE rss [<!ENTITY a "]> <rss>">]>' + channel(ENTRY),
    "comments first": "<!---->\n" * 3000 + channel(ENTRY),
    "white space": channel(f"<item><title>x</title><description>{' ' * 300_000}</description></item>"),
    "unclosed sections": channel(f"<item><title>a</title><description>{'<![CDATA[' * 20_000}</description></item>"),
    "unclosed comments": channel(f"<item><title>a</title>{'<!--' * 20_000}</item>"),
    "brackets": channel(f"<item><title>a</title><description>{'[' * 200_000}</description></item>"),
    "less-than signs": channel(f"<item><title>a</title><description>{'<' * 20_000}</description></item>"),
    "attributes": channel(f"<item {' '.join(f'a{n}=' + chr(34) * 2 for n in range(5000))}><title>t</title></item>"),
    "languages": f"<rss {'xml:lang ' * 5000}><channel>{ENTRY}</channel></rss>",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents(name: str) -> None:
    """No entity is expanded or fetched, no scan is quadratic, and the entry is still there."""
    started = time.process_time()
    feed = parsed(HOSTILE[name])
    assert time.process_time() - started < 3
    assert len(feed.observations) == 1
    assert "root:" not in feed.observations[0].title
    assert "lollol" not in feed.observations[0].title


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "empty"),
        (b"<rss>" * 3, "cannot be read"),
        (b"\x89PNG\r\n", "image"),
        (b"PK\x03\x04..", "ZIP"),
        (b"{", "JSON cannot be read"),
        (b"[1]", "no JSON Feed"),
        (b'{"items": 3}', "no JSON Feed"),
        (b"<urlset><url/></urlset>", "begins with|sitemap"),
        (b"<?xml version='1.0'?><urlset><url/></urlset>", "sitemap"),
        (b"<html><body>Access denied</body></html>", "web page"),
        (b"<!-- hi --><!DOCTYPE html><title>My &amp; yours</title>", "'My & yours'"),
    ],
)
def test_what_is_no_feed(document: bytes, words: str) -> None:
    """The error says what came instead of a feed."""
    with pytest.raises(SensorError, match=words):
        parsed(document)


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (LONG_TEXT, "de", "en"),
        (
            "Der Bürgermeister ist nicht mehr im Amt, und das wird auch für die Stadt nicht ohne Folgen sein.",
            "en-US",
            "de",
        ),
        (
            "Le maire a quitté ses fonctions et la ville est dans une situation qui ne plaît pas à ses habitants.",
            None,
            "fr",
        ),
        ("El alcalde dejó el cargo y la ciudad está en una situación que no gusta a los vecinos.", None, "es"),
        ("今天的会议在北京举行", "en", "zh"),
        ("きょうの会議は東京", "zh", "ja"),
        ("오늘 회의는 서울에서", None, "ko"),
        ("Сегодня в Москве", None, "ru"),
        ("اجتماع اليوم في القاهرة", None, "ar"),
        ("GPT-5 发布了新的模型", None, "zh"),
        ("Short", "pt-BR", "pt"),
        ("Short", None, None),
        ("", "nonsense tag", None),
    ],
)
def test_languages(text: str, declared: str | None, language: str | None) -> None:
    """The text tells when it can, else what the feed declares."""
    assert guess_language(text, declared=declared) == language


def test_language_tags() -> None:
    """Only the language of a tag counts."""
    assert [primary(tag) for tag in ("en-US", "zh_Hant", "DE", "x", "", None)] == ["en", "zh", "de", None, None, None]


@pytest.mark.parametrize("value", ["", None, 7, [], "x" * 200, "Mon", "2026-13-45", "99999-01-01T00:00:00Z"])
def test_no_dates(value: object) -> None:
    """What is no date is None."""
    assert parse_date(value) is None


def test_believable_dates() -> None:
    """From 1990 to one day ahead."""
    assert believable(NOW + 80_000, now=NOW) == NOW + 80_000
    assert believable(NOW + 90_000, now=NOW) is None
    assert believable(0.0, now=NOW) is None
    assert believable(-1e12, now=NOW) is None
