"""What is in hand at this moment."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.places import link
from dashboard.texts import t

MOST: Final = 5
_LONGEST: Final = 100


def show(at_work: Sequence[Mapping[str, Any]]) -> None:
    """The items that are claimed, the longest first."""
    st.subheader(t("overview.work"))
    if not at_work:
        st.markdown(t("overview.work_none"))
    for one in at_work[:MOST]:
        with st.container(gap=None):
            link("items", figures.plain(_short(one["title"])), query={"id": one["id"]})
            st.caption(t("overview.work_item", step=t(f"state.{one['state']}"), span=figures.age(one["since"])))
    if (rest := len(at_work) - MOST) > 0:
        st.caption(t("overview.work_rest", n=rest))


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[:_LONGEST].rstrip()}…"
