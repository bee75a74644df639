"""The pages, their addresses, and links to them.

A page is a script in `views/` named like its place; it is linked as soon as it is there. The folder must not be called
`pages`: until a session has come as far as the navigation, Streamlit runs what is in that without `app.py`, which asks
who may come in.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.texts import t

HOME: Final = "overview"
PATHS: Final[Mapping[str, str]] = {
    HOME: "",
    "items": "items",
    "dead_letters": "dead-letters",
    "economics": "economics",
    "feedback": "feedback",
    "sources": "sources",
    "memory": "memory",
    "control": "control",
}
"""The address of each place; it does not change with the language."""
_FOLDER: Final = Path(__file__).parent / "views"


def is_there(name: str) -> bool:
    """This version has the page."""
    return _script(name).is_file()


def page_of(name: str) -> Any:
    """The page as Streamlit knows it."""
    return st.Page(_script(name), title=t(f"page.{name}"), url_path=PATHS[name] or None, default=name == HOME)


def pages() -> list[Any]:
    """Every page that is there, in the order of the navigation."""
    return [page_of(name) for name in PATHS if is_there(name)]


def link(name: str, label: str, *, query: Mapping[str, str] | None = None, note: str | None = None) -> None:
    """A link that opens a page in place, with its filter; plain text where this version has no such page."""
    if is_there(name):
        st.page_link(page_of(name), label=f":primary[{label}]", query_params=dict(query or {}), help=note)
    else:
        st.markdown(label, help=note)


def _script(name: str) -> Path:
    return _FOLDER / f"{name}.py"
