"""What is said of articles that were not taken, in the viewer's words."""

import re
from collections.abc import Iterator

import pytest
import streamlit as st

from daemon.blackboard.senses import ArticleOutcome
from dashboard.item.article_notes import note_words
from dashboard.texts import CHOICE
from sensors.articles.extraction import Entry, read_page
from tests.fakes.article_pages import EVERY
from tests.fakes.article_pages.parts import Sample

NOW = 1_790_000_000.0
BARRED = [one for one in EVERY if one.outcome is not ArticleOutcome.READ]
ENGLISH = re.compile(r"\b(?:the|its|is|there|that|of|and)\b")
TOO_SLOW = "https://a.example/x did not answer in full within 20 s (sensors.timeout)"


@pytest.fixture
def chinese() -> Iterator[None]:
    st.session_state[CHOICE] = "zh"
    yield
    del st.session_state[CHOICE]


def note_of(sample: Sample) -> str:
    entry = Entry(asked=sample.asked or sample.url, title=sample.title, text=sample.summary)
    url, kind = sample.url, sample.content_type
    return read_page(sample.html.encode(), url=url, content_type=kind, now=NOW, entry=entry).note


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("sample", BARRED, ids=lambda one: one.name)
def test_what_stands_in_the_place_of_an_article_is_said_in_chinese(sample: Sample) -> None:
    """Whatever the reader found; only what the page itself says stays in its own language."""
    note = note_of(sample)
    told = note_words(note)
    assert told != note
    assert not ENGLISH.search(re.sub(r"“.*”|（.*）", "", told))


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("the robots.txt of a.example does not allow it", "a.example 的 robots.txt 不允许抓取"),
        (f"3 tries failed, the last: {TOO_SLOW}", f"尝试了 3 次均失败，最后一次：服务器太慢（{TOO_SLOW}）"),
        (f"{TOO_SLOW}; there is no time left to try again", f"服务器太慢（{TOO_SLOW}）；已没有时间重试"),
        (
            "its robots.txt cannot be had: http://a.example answered 503 Service Unavailable",
            "无法取得网站的 robots.txt：服务器故障（http://a.example answered 503 Service Unavailable）",
        ),
        (
            "https://a.example/x answered 404 Not Found",
            "内容不存在（404）（https://a.example/x answered 404 Not Found）",
        ),
        ("its site had no turn for it in time", "限定时间内没有轮到该网站"),
        ("reading it failed: ValueError: x", "读取时出错（ValueError: x）"),
        ("it is a ZIP archive, not a page with text", "不是文字网页（a ZIP archive）"),
        ("there is a page that asks for a captcha", "要求输入验证码的页面"),
        ("the page has less of the text than the feed", "网页上的文字比订阅源提供的还少"),
        ("the PDF is encrypted; save it without a password", "加密的 PDF；请去掉密码后另存"),
        ("the document takes longer to parse than 20 s; its parser was stopped", "未能及时读完，或解析出错"),
        ("something of a later version", "something of a later version"),
    ],
)
def test_what_failed_is_said_in_chinese_and_nothing_is_lost(note: str, told: str) -> None:
    """A fault by its kind with its own sentence; what is not known, as it is."""
    assert note_words(note) == told
