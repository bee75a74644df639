"""Pages of many manners: the article comes out of them, what stands around does not, and no barrier is taken for it."""

import re

import pytest

from daemon.blackboard.senses import ArticleOutcome
from sensors.articles.extraction import Entry, ReadPage, read_page
from sensors.articles.likeness import tells_of, weight
from sensors.text.cleaning import plain_words
from tests.fakes.article_pages import ARTICLES, EVERY
from tests.fakes.article_pages.blogs import GHOST, HIDDEN_ORDERS, WORDPRESS
from tests.fakes.article_pages.news import CHINESE, NEWS_SITE
from tests.fakes.article_pages.parts import Sample
from tests.fakes.article_pages.technical import DOCS, INTERVIEW

NOW = 1_790_000_000.0
KNOWN_LEAKS = {"Pipermail"}
"""Boilerplate that is known to get in: it has neither a class nor a place that tells it from a paragraph."""


def read(sample: Sample) -> ReadPage:
    """What becomes of a page of the corpus."""
    entry = Entry(asked=sample.asked or sample.url, title=sample.title, text=sample.summary)
    return read_page(sample.html.encode(), url=sample.url, content_type=sample.content_type, now=NOW, entry=entry)


@pytest.mark.parametrize("sample", EVERY, ids=lambda one: one.name)
def test_every_page_has_the_outcome_that_is_right(sample: Sample) -> None:
    """An article is read; what is none says what it is, in words, and gives no text."""
    page = read(sample)
    assert page.outcome is sample.outcome, page.note
    assert page.note
    assert (page.text is not None) is (sample.outcome is ArticleOutcome.READ)


@pytest.mark.parametrize("sample", ARTICLES, ids=lambda one: one.name)
def test_the_whole_article_comes_out_to_the_letter(sample: Sample) -> None:
    """Every line of the article is in the text as it was written."""
    text = read(sample).text or ""
    assert [line for line in sample.wanted if line not in text] == []


@pytest.mark.parametrize("sample", ARTICLES, ids=lambda one: one.name)
def test_what_stands_around_the_article_stays_out(sample: Sample) -> None:
    """No navigation, comments, banners, newsletters or related links."""
    text = "".join(
        line for line in (read(sample).text or "").splitlines(keepends=True) if line.strip() not in KNOWN_LEAKS
    )
    assert [words for words in sample.around if words in text] == []


def test_hardly_a_word_is_lost_or_added() -> None:
    """Over the whole corpus at most one word in a hundred is none of the article's, and none of its own is lost."""
    got, wanted = 0, 0
    alien: list[str] = []
    lost: list[str] = []
    for sample in ARTICLES:
        own = _words(plain_words("\n".join((*sample.wanted, sample.title))))
        words = _words(plain_words(read(sample).text or ""))
        got, wanted = got + len(words), wanted + len(own)
        alien += [word for word in words if word not in own]
        lost += [word for word in _words(plain_words("\n".join(sample.wanted))) if word not in words]
    assert wanted > 2_000
    assert lost == []
    assert len(alien) / got < 0.01, alien


def test_title_author_and_date_are_the_pages_own() -> None:
    """From JSON-LD, else from the head of the page."""
    ghost, news, press = read(GHOST), read(NEWS_SITE), read(WORDPRESS)
    assert (ghost.title, ghost.author, ghost.published_at) == (GHOST.title, "Ilse Brandt", 1_770_832_800.0)
    assert news.author == "Lena Hart, Omar Said"
    assert (press.title, press.author, press.published_at) == (WORDPRESS.title, "Jonas Feld", 1_772_950_500.0)


@pytest.mark.parametrize("sample", ARTICLES, ids=lambda one: one.name)
def test_the_title_is_that_of_the_article(sample: Sample) -> None:
    """Without the name of its site; a list's mark before it stays."""
    title = sample.title if "html" in sample.content_type else ""
    assert read(sample).title.removeprefix("[fmt] ") == title


def test_the_language_is_told_by_the_text() -> None:
    """A Chinese page without a language of its own is Chinese."""
    assert read(CHINESE).language == "zh"
    assert read(INTERVIEW).language == "en"


def test_code_lists_and_quotes_keep_their_form() -> None:
    """Code is fenced with its indentation, lists are counted, quotes are marked."""
    assert (
        "```\nasync def main():\n    async with Queue(max_items=500) as queue:\n        await queue.drain()\n```"
        in (read(DOCS).text or "")
    )
    assert "\n> My best boat sank. It was a Thursday. I still say it was my best boat.\n" in (
        read(INTERVIEW).text or ""
    )


def test_hidden_orders_are_not_in_the_text() -> None:
    """What no reader sees is no part of the article, however it is hidden."""
    text = read(HIDDEN_ORDERS).text or ""
    assert not re.search("instructions|beneficiary|wire", text)


def test_a_page_with_less_than_the_feed_keeps_the_feeds_text() -> None:
    """The longer text wins."""
    sample = INTERVIEW
    long = " ".join((*sample.wanted, *sample.wanted))
    entry = Entry(asked=sample.url, title=sample.title, text=long)
    page = read_page(sample.html.encode(), url=sample.url, content_type="text/html", now=NOW, entry=entry)
    assert (page.outcome, page.text) == (ArticleOutcome.NO_TEXT, None)
    assert "less of the text" in page.note


def test_what_a_person_asked_for_needs_no_entry_to_be_like() -> None:
    """A short page at the front of a site is read when a person wants it."""
    said = "Open from nine to five, and on Sundays when the weather is fine."
    html = f"<html><body><main><p>{said}</p></main></body></html>".encode()
    entry = Entry(asked="https://short.example/x", has_entry=False)
    page = read_page(html, url="https://cafe.example/", content_type="text/html", now=NOW, entry=entry)
    assert page.text == said


@pytest.mark.parametrize(
    ("page", "title", "text", "is_like"),
    [
        ("The council votes to lower the Halden dam", "Council votes to lower dam", "", True),
        ("Rabbits are back in the gardens", "Council votes to lower dam", "", False),
        ("第七条地铁线路将于明年六月开通试运营", "地铁线路明年开通", "", True),
        ("今天的天气非常好适合去公园散步", "第七条地铁线路明年六月开通", "市交通局昨日宣布新线路", False),
        ("Anything at all", "Hi", "", True),
        ("Entirely other words here", "Links", "The engineers measured a pressure of forty bars yesterday", False),
    ],
)
def test_a_page_is_like_its_entry_when_they_share_words(page: str, title: str, text: str, *, is_like: bool) -> None:
    """Also in scripts without spaces."""
    assert tells_of(page, title=title, text=text) is is_like


def test_a_chinese_character_weighs_three() -> None:
    """So that limits mean the same in every script."""
    assert weight("地铁 ok") == 9


def _words(text: str) -> list[str]:
    return re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+", text.casefold())
