"""Text, Markdown and HTML files: what they say of themselves, and their text by the rules of all senses."""

import pytest

from daemon.blackboard.records import Observation
from daemon.core.errors import SensorError
from daemon.publish.base import Post
from daemon.publish.markdown import markdown_document
from daemon.publish.pages import index_document, page_document
from sensors.folder.documents import read
from sensors.folder.file_kinds import ending_of, job_kind
from sensors.parsers.jobs import ParseJob
from tests.fakes.posts import a_post

NOW = 1_790_000_000.0
CHANGED = NOW - 5000


def seen(name: str, body: str | bytes) -> Observation:
    data = body.encode() if isinstance(body, str) else body
    facts = {"name": name, "modified_at": CHANGED}
    job = ParseJob(url="", content_type="", now=NOW, tags=("inbox",), kind="document", facts=facts)
    (observation,) = read(data, job).observations
    return observation


def test_front_matter_says_what_the_text_is() -> None:
    """Title, date, tags, author, language and link are taken from it, and it is no part of the text."""
    found = seen(
        "a.md",
        "---\ntitle: The wind\ndate: 2026-08-01\ntags: [storms, '#ridge']\nauthor: [Ada, Bo]\nlang: en-GB\n"
        "source: https://example.org/wind?utm_source=x\n---\n# The wind\n\nIt blew.\n",
    )
    assert found.title == "The wind"
    assert found.text == "It blew."
    assert found.published_at == 1_785_542_400.0
    assert found.tags == ("inbox", "storms", "ridge")
    assert found.author == "Ada, Bo"
    assert found.language == "en"
    assert found.url == "https://example.org/wind"
    assert [key.key for key in found.identities] == ["link:example.org/wind"]


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("---\ntitle: Part two: the wind\n---\n", "Part two: the wind"),
        ('+++\ntitle = "The wind"\ntags = ["a"]\n+++\n', "The wind"),
        ("---\r\ntitle: The wind\r\n---\r\n", "The wind"),
        ("\ufeff---\ntitle: '中文标题'\n...\n", "中文标题"),
    ],
    ids=["YAML that is none", "TOML", "lines of Windows", "mark and dots"],
)
def test_front_matter_of_many_kinds(head: str, title: str) -> None:
    """As editors and site generators write it."""
    found = seen("a.md", head + "Text of it.")
    assert (found.title, found.text) == (title, "Text of it.")


@pytest.mark.parametrize(
    "text", ["---\n\nA rule begins this text.\n\n---\n\nEnd.", "--- not closed\ntitle: x", "---\n- a\n- b\n---\nlist"]
)
def test_a_text_that_begins_with_a_rule_keeps_it(text: str) -> None:
    """Only what names something is front matter."""
    assert seen("a.txt", text).text.startswith("---")


def test_a_link_that_is_none_of_the_web_is_left() -> None:
    """Nothing becomes a link of a post that a browser could not follow safely."""
    assert seen("a.md", "---\nurl: file:///etc/passwd\nlink: javascript:alert(1)\n---\nText.").url is None


def test_yaml_that_grows_is_not_unfolded() -> None:
    """References upon references cost nothing, and no object is made of what the file names."""
    levels = "\n".join(f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    assert seen("a.md", f"---\ntitle: T\nk0: &a0 x\n{levels}\n---\nText.").title == "T"
    assert seen("b.md", "---\ntitle: !!python/object/apply:os.system [ls]\n---\nText.").text == "Text."


def test_markdown_becomes_text_by_the_rules() -> None:
    """Emphasis leaves no marks, links stay, what is hidden in HTML is gone, code is kept to the letter."""
    found = seen(
        "a.md",
        "# Head *one*\n\nHello **bold** and [a link](https://e.org/a).\n<span style='display:none'>hidden</span>\n\n"
        "> quoted\n\n- one\n- two\n\n```\nif a < 2 &amp; b:\n    pass\n```\n\n![a picture](x.png)\n",
    )
    assert found.title == "Head one"
    assert found.text == (
        "Hello bold and [a link](https://e.org/a).\n\n> quoted\n\n- one\n- two\n\n```\nif a < 2 &amp; b:\n    pass\n```"
    )


def test_a_heading_that_is_not_the_title_stays() -> None:
    """The front matter's title stands; another heading is part of the text."""
    assert seen("a.md", "---\ntitle: Other\n---\n# Head\n\nText.").text == "# Head\n\nText."


def test_plain_text_is_taken_as_it_is() -> None:
    """Its first line is its title, and marks of Markdown are only characters."""
    found = seen("a.txt", "First line\n\nSecond *paragraph*   of it\nnext line <b>x</b>\n")
    assert found.title == "First line"
    assert found.text == "First line\n\nSecond *paragraph* of it\nnext line <b>x</b>"
    assert found.published_at == CHANGED


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "cp1251"])
def test_text_in_any_encoding(encoding: str) -> None:
    """The bytes tell what they are in; there are no headers."""
    words = {
        "gb18030": "这是一个关于山上的风的故事，我们在这里说的是它的时间和地点。",
        "cp1251": "Это рассказ о ветре на горе, который был сильнее всех.",
    }
    text = words.get(encoding, "Grüße vom Berg, wo es stürmt")
    assert seen("a.txt", text.encode(encoding)).text == text


def test_a_web_page_without_what_stands_around_its_article() -> None:
    """Title, canonical link, author and date come from its head; navigation and scripts are gone."""
    found = seen(
        "a.html",
        "<html lang='de'><head><title>Wind &amp; Wetter</title><link rel=canonical href='https://example.org/w'>"
        "<meta name='author' content='Ada'><meta property='article:published_time' content='2026-08-01T00:00:00Z'>"
        "</head><body><nav>Start Hilfe</nav><article><p>Es <b>st&uuml;rmt</b>.<script>x()</script></p></article>"
        "<footer>Impressum</footer></body></html>",
    )
    assert (found.title, found.text, found.url) == ("Wind & Wetter", "Es stürmt.", "https://example.org/w")
    assert (found.author, found.language, found.published_at) == ("Ada", "de", 1_785_542_400.0)


@pytest.mark.parametrize(
    "page",
    [
        "<title>Tide | The Daily</title><body><h1>The tide rose by <i>four</i> metres</h1><p>It did.</p>",
        "<title>Untitled 3</title><body><header><h1>A</h1></header><main><h1>The tide rose by four metres</h1></main>",
        "<title>The tide rose by four metres - Daily</title><meta property=og:site_name content=Daily><body><p>It</p>",
        "<title>The tide rose by four metres – Daily</title><body><h1><a href=/>Daily</a></h1><p>It did.</p>",
        "<meta property=og:title content='The tide rose by four metres | Daily'><title>Daily</title><body><h1>A</h1>",
    ],
    ids=[
        "heading",
        "heading of the article",
        "the site says its name",
        "a heading that is the site",
        "named for others",
    ],
)
def test_the_title_of_a_web_page_is_that_of_its_text(page: str) -> None:
    """Its heading comes before the window's title, and the name of the site is no part of it."""
    found = seen("a.html", f"<!doctype html><html><head>{page}</body></html>")
    assert found.title == "The tide rose by four metres"
    assert "The tide rose" not in found.text


def test_a_file_without_ending_tells_by_its_text() -> None:
    """A web page without an ending is read as one."""
    assert seen("README", "Only words").text == "Only words"
    assert seen("page", "<!doctype html><html><body><p>Only <i>words</i></p></body></html>").text == "Only words"


@pytest.mark.parametrize("post", [a_post(), a_post(claims=a_post().claims * 2000), a_post(models=())])
def test_the_posts_of_a_desk_are_known_as_such(post: Post) -> None:
    """Whatever the sinks write into a folder never becomes an item again."""
    written = {
        "post.md": markdown_document(post),
        "post.html": page_document(post, site="Desk"),
        "index.html": index_document([], site="Desk"),
    }
    for name, text in written.items():
        with pytest.raises(SensorError, match="a post that a desk wrote"):
            seen(name, text)


def test_a_row_of_signs_is_no_title() -> None:
    """The first line with a word in it is."""
    assert seen("signs.txt", "=====\nThe wind\n=====\n\nIt blew.").title == "The wind"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\x00\x01\x02\x03" * 50, "no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "an image"),
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
        (bytes(range(256)) * 40, "no text"),
        (b"---\n---\n *** ", "no text"),
        ("\u200b\u2060 \n".encode(), "no text"),
    ],
)
def test_what_is_no_text_is_said(body: bytes, words: str) -> None:
    """A file that was given a text's name is left out in words."""
    with pytest.raises(SensorError, match=words):
        seen("notes.txt", body)


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("notes.md", b"A file that begins with %PDF-1.7 is a PDF document.", "document"),
        ("page.html", b"<title>%PDF- explained</title>", "document"),
        ("scan", b"%PDF-1.7\n...", "pdf"),
        ("scan.txt", b"\xef\xbb\xbf\r\n%PDF-1.7\n...", "pdf"),
        ("scan.pdf", b"junk before it %PDF-1.7", "pdf"),
    ],
)
def test_a_text_that_tells_of_pdf_files_is_a_text(name: str, body: bytes, kind: str) -> None:
    """What is in a file counts where its ending says nothing, and its words do not count at all."""
    assert job_kind(ending_of(name), body) == kind
