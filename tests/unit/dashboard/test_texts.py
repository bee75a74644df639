"""Every text of the dashboard is there in each language, and is used."""

import re
from pathlib import Path
from string import Formatter

import pytest

import dashboard
from daemon.blackboard.states import State
from daemon.resilience.levels import Level
from dashboard.acting import VERBS
from dashboard.places import PATHS
from dashboard.texts import say, spoken, tables

SOURCES = [path for path in Path(dashboard.__file__).parent.rglob("*.py") if path.parent.name != "texts"]
CODE = "\n".join(path.read_text() for path in SOURCES)
LITERALS = set(re.findall(r"""["']([a-z_]+\.[A-Za-z0-9_.-]+)["']""", CODE))
"""Whatever may be a key: one that is chosen in a table is used, too."""
PREFIXES = tuple(re.findall(r"""f["']([a-z_]+\.[A-Za-z0-9_.]*)\{""", CODE))
"""`t(f"state.{state}")` uses every text that begins so."""


def test_both_languages_have_the_same_keys() -> None:
    assert tables()["en"].keys() == tables()["zh"].keys()


def test_a_text_is_filled_in_alike_in_each_language() -> None:
    """The same names stand in it, and no text is empty."""
    english, chinese = tables()["en"], tables()["zh"]
    assert [key for key in english if named_in(english[key]) != named_in(chinese[key])] == []
    assert [key for key in english if not english[key].strip() or not chinese[key].strip()] == []


def named_in(text: str) -> set[str]:
    """The names of what is filled in; a number may be left out where a word says it."""
    return {name for _, name, _, _ in Formatter().parse(text) if name and name != "n"}


def test_every_text_is_used() -> None:
    assert sorted(key for key in tables()["en"] if key not in LITERALS and not key.startswith(PREFIXES)) == []


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r"""\bt\(["']([^"'{]+)["']""", CODE))
    assert sorted(asked - tables()["en"].keys()) == []


def test_what_is_named_by_others_has_its_text() -> None:
    """States, levels, pages and actions."""
    wanted = [f"state.{one}" for one in State] + [f"level.{one}" for one in Level]
    wanted += [f"page.{one}" for one in PATHS] + [f"said.{one}" for one in VERBS]
    assert [key for key in wanted if key not in tables()["en"]] == []


def test_english_has_one_form_for_one_and_another_for_several() -> None:
    assert say("en", "said.retry", n=1) == "1 dead letter is back at work."
    assert say("en", "said.retry", n=3) == "3 dead letters are back at work."
    assert say("zh", "said.retry", n=3) == "3 封死信已重新开始处理。"


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh"), ("zh_TW", "zh"), ("en-GB", "en"), ("fr", "en"), (None, "en"), ("", "en")]
)
def test_the_browser_chooses_a_language_that_we_speak(locale: str | None, language: str) -> None:
    assert spoken(locale) == language
