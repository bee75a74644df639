"""Every text of the interface, in each of its languages.

Each module of this package holds the texts of one part as two tables, `EN` and `ZH`, with the same keys
(`part.what`). A text with `{name}` is filled in; of `one|several` the English one takes what fits `{n}`.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

import streamlit as st

LANGUAGES: Final = {"en": "English", "zh": "中文"}
_BETWEEN: Final = {"en": " ", "zh": ""}
DEFAULT: Final = "en"
CHOICE: Final = "language"
"""Where the session keeps what a person has chosen; also the parameter of an address that names a language."""


def t(key: str, **values: Any) -> str:
    """The text of a key in the viewer's language."""
    return say(language(), key, **values)


def say(spoken: str, key: str, **values: Any) -> str:
    """The text of a key in a language. Numbers should come as they are to be shown; `n` may be a number."""
    one, _, several = tables()[spoken][key].partition("|")
    text = several if several and str(values.get("n")) != "1" else one
    return text.format(**values) if values else text


def one_after_another(*sentences: str) -> str:
    """Sentences on a line, with a space between them where the viewer's language has one."""
    return _BETWEEN[language()].join(filter(None, sentences))


def has(key: str) -> bool:
    """There is such a text."""
    return key in tables()[DEFAULT]


def language() -> str:
    """What the viewer chose, else the first language of the browser that we speak, else English."""
    chosen = st.session_state.get(CHOICE)
    return chosen if chosen in LANGUAGES else spoken(st.context.locale)


def spoken(locale: str | None) -> str:
    """The language of a locale such as `zh-CN`."""
    wanted = (locale or DEFAULT).lower().replace("_", "-").split("-")[0]
    return wanted if wanted in LANGUAGES else DEFAULT


@cache
def tables() -> dict[str, dict[str, str]]:
    """All texts by language and key. Raises `ValueError` when two modules have the same key."""
    found: dict[str, dict[str, str]] = {name: {} for name in LANGUAGES}
    for module in iter_modules(__path__):
        part = import_module(f"{__name__}.{module.name}")
        for name, table in (("en", part.EN), ("zh", part.ZH)):
            if twice := found[name].keys() & table.keys():
                raise ValueError(f"the texts {sorted(twice)} are there twice")
            found[name] |= table
    return found
