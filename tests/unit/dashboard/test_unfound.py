"""What the search for a feed and the reading of a list say, in the viewer's words."""

import re
from collections.abc import Iterator

import pytest
import streamlit as st

from daemon.core.settings.models import SensorSettings
from dashboard.acting import Done
from dashboard.saying import sentence
from dashboard.sourcing.unfound import unfound_words
from dashboard.texts import CHOICE
from sensors.discovery.finding import Discovery, NoFeedError
from sensors.discovery.trial import FeedTrial
from sensors.feeds.opml import read_opml

ENGLISH = re.compile(r"\b(?:the|its|is|there|that|of|and|could|was)\b")
LOST = '<outline text="a "b" c" type="rss" xmlUrl="https://lost.example/{n}"/>'
ODD = '<outline type="rss" text="Odd; name" xmlUrl="gopher://x"/>'
LISTS = [
    f"<opml><body>{ODD}</body></opml>",
    "<opml><body><outline text=broken></body></opml>",
    f"<opml><body>\n{LOST}</body></opml>",
    "<opml><body>\n" + "\n".join(LOST.format(n=n) for n in range(120)) + "</body></opml>",
    '<opml><body><item xmlUrl="https://x.example/"/></body></opml>',
    "<html><body>no list</body></html>",
]
AS_IS = " To add it without looking, say so (--as-is)."
PAGE = (
    "no feed was found: https://a.example/ is a web page ('Home (new)') that announces none that can be read, and"
    f" there is none where feeds usually are. Look on it for the feed's own address.{AS_IS}"
)
CONSENT = f"no feed was found: https://consent.a.example/ is a consent page, for people only.{AS_IS}"


@pytest.fixture
def chinese() -> Iterator[None]:
    st.session_state[CHOICE] = "zh"
    yield
    del st.session_state[CHOICE]


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("text", LISTS, ids=range(len(LISTS)))
def test_what_is_wrong_with_a_list_is_said_in_chinese(text: str) -> None:
    """Each problem alone, and all together as they come when nothing of the list could be read."""
    problems = read_opml(text).problems
    assert problems
    told = [unfound_words(one) for one in problems]
    assert not any(ENGLISH.search(one) for one in told), told
    assert unfound_words("; ".join(problems)) == "；".join(told)


@pytest.mark.usefixtures("chinese")
async def test_a_refused_address_is_said_in_chinese() -> None:
    """By its kind and what would help; the sensor's own sentence beside it."""
    async with FeedTrial(SensorSettings(), now=lambda: 0.0) as trial:
        with pytest.raises(NoFeedError) as refused:
            await Discovery(trial).find("http://127.0.0.1:9/")
    told = sentence(Done("source_add", error=str(refused.value))).replace("\\", "")
    assert told.startswith("未完成：没有找到订阅源：内部网络（127")
    assert "--as-is" not in told
    assert told.endswith("sensors.allow_hosts。")


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            "nobody could look whether it is a feed: http://a.example/ answered 503 Service Unavailable",
            "未能检查这是不是订阅源：服务器故障（http://a.example/ answered 503 Service Unavailable）。",
        ),
        (
            PAGE,
            "没有找到订阅源：https://a.example/ 是网页（'Home (new)'），它没有标出可以读取的订阅源",
        ),
        (
            f"no feed was found for https://a.example/ within 60 s.{AS_IS}",
            "60 秒内没有为 https://a.example/ 找到订阅源。",
        ),
        (
            CONSENT,
            "没有找到订阅源：https://consent.a.example/ 是要求同意使用 Cookie 的页面，只供人浏览。",
        ),
        ("something of a later version; and more", "something of a later version; and more"),
    ],
)
def test_what_the_search_says_is_said_in_chinese(told: str, words: str) -> None:
    """And what is not known, as it is."""
    assert unfound_words(told).startswith(words)
