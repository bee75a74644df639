"""Where the post of an item went."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.figures import moment, plain
from dashboard.item.head import is_web_address
from dashboard.texts import t
from dashboard.timeline import publication_word

Document = Mapping[str, Any]


def show_publications(item: Document, *, artifacts: Sequence[Document]) -> None:
    """Each sink with what is known of it, and the post itself."""
    publications = item["publications"]
    posts = [artifact for artifact in artifacts if artifact["kind"] == "post"]
    if not publications and not posts:
        st.info(t("item.no_posts"))
        return
    if publications:
        st.table(
            {
                t("item.column_sink"): [plain(one["sink"]) for one in publications],
                t("item.column_status"): [plain(publication_word(one["status"])) for one in publications],
                t("item.column_location"): [_location(one["location"]) for one in publications],
                t("item.column_settled"): [plain(moment(one["settled_at"])) for one in publications],
            },
            border="horizontal",
            hide_index=True,
        )
    for post in posts:
        with st.expander(t("item.post"), expanded=False):
            st.json(post["content"], expanded=1)


def _location(location: str | None) -> str:
    if not location:
        return "–"
    if not is_web_address(location):
        return plain(location)
    # Inside the brackets of an address nothing but these ends it.
    address = location.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    return f"[{plain(location)}](<{address}>)"
