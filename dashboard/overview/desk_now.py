"""The desk at this moment: heartbeat, items by state, what needs a person, money, the last hours, work in hand."""

from typing import Final

import streamlit as st

from dashboard import glances
from dashboard.desk import desk
from dashboard.live import live
from dashboard.overview import headline, hours, money, needs, states, work
from dashboard.texts import t

REFRESH_SECONDS: Final = 5.0


@live(REFRESH_SECONDS)
def section() -> None:
    """All of it is drawn together, so that its parts never tell of different moments."""
    headline.show()
    document = glances.overview(desk())
    if document is None:
        st.info(t("fault.no_board"))
        return
    states.show(document)
    left, right = st.columns(2, gap="large")
    with left:
        needs.show(document)
    with right:
        money.show(document)
    hours.show(document["hours"])
    work.show(document["at_work"])
