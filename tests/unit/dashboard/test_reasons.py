"""What the daemon says of levels, breakers and money, in the viewer's words."""

import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest
import streamlit as st

import brains.llm.base
import brains.llm.batch.base
import brains.llm.inquiry
import daemon.core.errors
from daemon.blackboard.reading.forecast import Limits, Rates
from daemon.core.errors import OutsideError, PublishError
from dashboard.control.level import ahead
from dashboard.failures import failure_words
from dashboard.reasons import reason_words
from dashboard.texts import CHOICE

MODULES = (daemon.core.errors, brains.llm.base, brains.llm.batch.base, brains.llm.inquiry)


def failing(module: ModuleType) -> Iterator[str]:
    for name, one in inspect.getmembers(module, inspect.isclass):
        if issubclass(one, OutsideError | PublishError) and one is not OutsideError:
            yield name


@pytest.mark.parametrize("name", sorted({name for module in MODULES for name in failing(module)} - {"WaitError"}))
def test_every_failure_of_a_call_has_words(name: str) -> None:
    assert failure_words(name) != name


def test_a_class_of_pythons_keeps_its_name() -> None:
    assert failure_words("ZeroDivisionError") == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("13 of 57 calls failed within 300 s (23%)", "13 of 57 calls failed within 300 s (23%)"),
        (
            "10 of the last 20 calls failed, the last with ServerFaultError: openai answered 503",
            "10 of the last 20 calls failed, the last one: The provider has a fault of its own (openai answered 503)",
        ),
        ("the probe failed with BadKeyError: ", "the probe failed: The provider refused the key"),
        ("it was open before the restart", "it was so before the restart"),
        ("something new", "something new"),
        (None, ""),
    ],
)
def test_a_reason_in_english(said: str | None, told: str) -> None:
    assert reason_words(said) == told


@pytest.fixture
def in_chinese() -> Iterator[None]:
    st.session_state[CHOICE] = "zh"
    yield
    del st.session_state[CHOICE]


@pytest.mark.usefixtures("in_chinese")
def test_what_the_burn_rate_breaker_says_is_known() -> None:
    """Both halves of it, as the limits themselves put them."""
    said = Limits(factor=10, minimum_tokens=100, minimum_micro=600_000).reason(Rates(tokens=2_000, micro=604_100))
    assert reason_words(said) == "一分钟内 2,000 词元，上限为 100；一分钟内花费 $0.6041，上限为 $0.6000"


@pytest.mark.usefixtures("in_chinese")
def test_a_level_and_a_breaker_speak_chinese_too() -> None:
    assert reason_words("13 of 57 calls failed within 300 s (23%)") == "300 秒内 57 次调用有 13 次失败（23%）"
    said = "the probe failed with ServerFaultError: openai answered 503"
    assert reason_words(said) == "试探失败：服务商自身故障 (openai answered 503)"


def test_a_moment_that_is_over_is_not_ahead() -> None:
    assert not ahead("2026-01-01T00:00:00.000Z")
    assert ahead("2999-01-01T00:00:00.000Z")
    assert not ahead(None)
