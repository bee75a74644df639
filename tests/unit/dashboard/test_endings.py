"""Why an item was dropped or waits, in the viewer's words."""

import re
from collections.abc import Iterator

import pytest
import streamlit as st

from brains.digest.extracting import extract_knowledge
from brains.digest.story import read_story
from brains.memory.embeddings import WordLlamaEmbeddings
from dashboard.endings import ending_words
from dashboard.texts import CHOICE
from dashboard.timeline import sentence

ENGLISH = re.compile(r"[a-z]{3,}")
EMPTY_HANDED = [
    ("A photo", ""),
    ("Test", "test"),
    ("A link", "https://example.org/x"),
    ("A short one", "Three words here."),
    ("A short one", "Three"),
    ("短讯", "今天开门"),
]


@pytest.fixture
def chinese() -> Iterator[None]:
    st.session_state[CHOICE] = "zh"
    yield
    del st.session_state[CHOICE]


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(("title", "text"), EMPTY_HANDED)
def test_what_the_offline_brain_drops_is_said_in_chinese(title: str, text: str) -> None:
    """Whatever it finds too little in."""
    reason = extract_knowledge(
        read_story(text, title=title, hint=None, embedder=WordLlamaEmbeddings()), text=text
    ).discard_reason
    assert reason is not None
    told = ending_words(reason)
    assert not ENGLISH.search(told), told


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("duplicate of 38fw7hap4n2wc", "与 38fw7hap4n2wc 重复"),
        ("too little text: about 1 word of its own", "文字太少：自身约 1 个词"),
        ("discarded by a person", "由人丢弃"),
        ("checked; waits for approval", "已通过核查，等待批准"),
        ("not passed after 3 drafts: number: 12 is not there", "写了 3 稿仍未通过核查：number: 12 is not there"),
        (
            "its source is trusted 25% by people (0 up, 2 down), less than 40%; waits for approval",
            "人们对该来源的信任度为 25%（赞 0，踩 2），低于 40%；等待批准",
        ),
        ("An advertisement for a conference", "An advertisement for a conference"),
    ],
)
def test_a_reason_is_said_in_chinese_and_nothing_is_lost(reason: str, told: str) -> None:
    """What a person or a model wrote stays as it is."""
    assert ending_words(reason) == told


@pytest.mark.usefixtures("chinese")
def test_the_history_of_an_item_says_it_too() -> None:
    """In the same words as its head."""
    event = {"type": "item_discarded", "from": "INGESTING", "to": "DISCARDED", "data": {"reason": "a test entry"}}
    assert sentence(event) == "已丢弃：测试条目"
