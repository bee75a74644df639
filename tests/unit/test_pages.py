"""Pages and sources a person hands in."""

from pathlib import Path

import pytest

from daemon.api.adding import source_from_address
from daemon.api.pages import Page, page_of
from daemon.api.posting import observe
from daemon.core.errors import UsageError
from daemon.core.settings.models import Settings
from sensors.articles.extraction import Entry, ReadPage
from sensors.articles.extraction import read_page as read_article

SENTENCE = "The plant in Lyon opened on 3 March 2026 and recycles 12,000 tonnes a year."
ENGLISH = f"{SENTENCE} It is the largest of its kind in the country, and the city paid for most of the building."
PAGE = f"""<!doctype html><html><head><title>Plant &amp; city</title><script>var x = 1;</script></head>
<body><nav><a href="/">Home</a></nav><article><h1>Plant</h1><p>{SENTENCE}</p></article>
<footer>Imprint of the site</footer></body></html>"""


def read_page(body: bytes, *, url: str, content_type: str) -> Page:
    """What a person's page says, as the parser's process and the door together tell it."""
    entry = Entry(asked=url, has_entry=False)
    read = read_article(body, url=url, content_type=content_type, now=1_790_000_000.0, entry=entry)
    return page_of({name: getattr(read, name) for name in ReadPage.__dataclass_fields__}, url=url)


def test_of_a_page_the_article_counts() -> None:
    page = read_page(PAGE.encode(), url="https://example.org/a", content_type="text/html; charset=utf-8")
    assert page.title == "Plant & city"
    assert SENTENCE in page.text
    assert "Imprint" not in page.text
    assert "Home" not in page.text
    assert "var x" not in page.text


def test_a_page_without_article_loses_what_stands_around() -> None:
    html = f"<html><body><nav>Home</nav><p>{SENTENCE}</p><footer>Imprint</footer></body></html>"
    text = read_page(html.encode(), url="https://example.org/a", content_type="text/html").text
    assert text == SENTENCE


def test_a_page_is_read_in_the_encoding_it_declares() -> None:
    text = "电池回收工厂在里昂开业。" * 8
    html = f'<html><head><meta charset="gbk"><title>电池</title></head><body><p>{text}</p></body></html>'
    page = read_page(html.encode("gbk"), url="https://example.org/a", content_type="text/html")
    assert page.title == "电池"
    assert "电池回收工厂" in page.text


def test_plain_text_is_taken_as_it_is() -> None:
    page = read_page(SENTENCE.encode(), url="https://example.org/a.txt", content_type="text/plain")
    assert page.text == SENTENCE


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"%PDF-1.7 ...", "application/pdf", "a PDF document"),
        (b"{}", "application/json", "application/json"),
        (b"<html><body><div id=app></div></body></html>", "text/html", "without text"),
        (b"<html><title>Just a moment...</title></html>", "text/html", "challenge page"),
    ],
)
def test_what_has_no_text_is_refused_with_the_way_out(body: bytes, content_type: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        read_page(body, url="https://example.org/a", content_type=content_type)
    assert "--text" in str(refused.value)


async def test_an_observation_has_title_language_and_identity() -> None:
    seen = await observe("https://Example.org/a?utm_source=x", text=ENGLISH, title=None, settings=Settings())
    assert seen.title.startswith("The plant in Lyon")
    assert seen.language == "en"
    assert seen.url == "https://Example.org/a"
    assert seen.identities[0].key == "link:example.org/a"


async def test_a_title_a_person_gives_wins_and_is_one_line() -> None:
    seen = await observe(None, text=SENTENCE, title=" My <b>own</b>\ntitle ", settings=Settings())
    assert seen.title == "My own title"


def test_a_source_is_a_feed_a_file_or_an_account(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text("<rss/>")
    assert source_from_address("https://a.example/feed").kind == "rss"
    assert source_from_address(" @some_one ").kind == "x"
    assert source_from_address(str(file)).address == str(file)
