from html.parser import HTMLParser
from pathlib import Path

import pytest

from daemon.publish.base import CheckedClaim
from daemon.publish.pages import HtmlSink, page_document
from daemon.publish.rendering import body_html
from tests.fakes.clock import ManualClock
from tests.fakes.posts import AT, ITEM_ID, a_post

PAGE = f"2026-11-18-solar-record-{ITEM_ID}.html"
VOID = {"meta", "link", "br", "hr"}


class Outline(HTMLParser):
    """Every tag with its attributes, and whether they are nested rightly."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def names(self) -> list[str]:
        return [tag for tag, _ in self.tags]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def sink(folder: Path) -> HtmlSink:
    return HtmlSink(folder, clock=ManualClock(), feed="feed.atom")


def test_a_page_is_whole_and_accessible() -> None:
    """Language, one first heading, landmarks, a machine-readable time, evidence that folds out."""
    outline = Outline(page_document(a_post(), site="DavidAgent", feed="feed.atom"))
    assert outline.open == []
    assert dict(outline.tags)["html"] == {"lang": "en"}
    assert outline.names().count("h1") == 1
    assert {"main", "article", "nav", "header", "footer", "details", "time"} <= set(outline.names())
    assert dict(outline.tags)["time"] == {"datetime": "2026-11-18T11:06:40.000Z"}


def test_a_page_loads_nothing_from_outside() -> None:
    """No script, image, frame or style sheet; the policy in its head forbids them too."""
    outline = Outline(page_document(a_post(), site="DavidAgent", feed="feed.atom"))
    assert not set(outline.names()) & {"script", "img", "iframe", "object", "embed", "form"}
    assert not any("src" in attributes for _, attributes in outline.tags)
    assert [a["href"] for tag, a in outline.tags if tag == "link"] == ["feed.atom"]
    assert any("default-src 'none'" in str(attributes.get("content")) for _, attributes in outline.tags)


def test_hostile_text_stays_text() -> None:
    """In every field."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    post = a_post(
        title=evil,
        summary=evil,
        body=f"{evil}\n\n[x](javascript:alert(1)) ![p](https://evil.example/p.png)",
        source=evil,
        author=evil,
        tags=(evil,),
        models=(evil,),
        language='en"><script>',
        claims=(CheckedClaim(evil, evil),),
    )
    outline = Outline(page_document(post, site=evil, feed="feed.atom"))
    assert not set(outline.names()) & {"script", "img"}
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)
    assert not any("javascript" in str(a.get("href")) for _, a in outline.tags)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# One\n\n## Two", "<h2>One</h2>\n<h3>Two</h3>\n"),
        ("### Three", "<h2>Three</h2>\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<table>"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("```\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
    ],
)
def test_markdown_becomes_plain_html(markdown: str, html: str) -> None:
    """Headings start under the page's own; HTML is shown, not run."""
    assert html in body_html(markdown)


def test_the_words_around_a_post_speak_its_language() -> None:
    """Chinese for a Chinese post, English for a language we have no words for."""
    chinese = page_document(a_post(language="zh-CN", is_digest=True, cost_usd=None), site="D")
    assert "<summary>依据 <span>1 处已与原文核对</span></summary>" in chinese
    assert "2026年11月18日" in chinese
    assert "自动生成的摘要，未使用语言模型" in chinese
    assert "<dd>未知</dd>" in chinese
    assert "<summary>Evidence " in page_document(a_post(language="sw"), site="D")


def test_a_summary_the_text_begins_with_is_shown_once() -> None:
    """As in a digest."""
    assert '<p class="summary">' in page_document(a_post(), site="D")
    digest = a_post(summary="One. Two.", body="One.\nTwo.\n\nThree.")
    assert '<p class="summary">' not in page_document(digest, site="D")


async def test_sending_twice_makes_one_page(tmp_path: Path) -> None:
    """And one line in the index."""
    html = sink(tmp_path)
    assert await html.look_up(a_post(), key="k") is None
    path = await html.send(a_post(), key="k")
    assert await html.send(a_post(), key="k") == path == str(tmp_path / PAGE)
    assert await html.look_up(a_post(), key="k") == path
    await html.close()
    assert files(tmp_path) == [PAGE, "index.html"]
    assert (tmp_path / "index.html").read_text().count(f'href="{PAGE}"') == 1


async def test_the_index_survives_a_restart(tmp_path: Path) -> None:
    """It is made from the pages, newest first, whatever their titles hold."""
    title = 'A "quoted" <title> & 中文'
    first = sink(tmp_path)
    await first.send(a_post(title=title, slug="a", language="zh"), key="k")
    await first.close()
    (tmp_path / "index.html").unlink()
    (tmp_path / "2026-01-01-not-ours.html").write_text("<p>by hand</p>")
    second = sink(tmp_path)
    await second.send(a_post(item_id="06c2r5x9k1v99", title="Newer", published_at=AT + 5), key="k")
    await second.close()
    index = (tmp_path / "index.html").read_text()
    assert index.index("Newer") < index.index("A &quot;quoted&quot; &lt;title&gt; &amp; 中文")
    assert '<li lang="zh">' in index
    assert "not-ours" not in index


async def test_the_first_flush_makes_an_index_of_nothing(tmp_path: Path) -> None:
    """A fresh home has a page to look at."""
    await sink(tmp_path / "site").flush()
    assert "Nothing is published yet." in (tmp_path / "site" / "index.html").read_text()
