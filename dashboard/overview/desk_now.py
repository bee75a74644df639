"""The desk at this moment: heartbeat, what needs a person, items by state, money, sources."""

from typing import Final

import streamlit as st

from dashboard.live import live
from dashboard.overview import headline, money, needs, states

REFRESH_SECONDS: Final = 5.0


@live(REFRESH_SECONDS)
def section() -> None:
    """All of it is drawn together, so that its parts never tell of different moments."""
    headline.show()
    states.show()
    left, right = st.columns(2, gap="large")
    with left:
        needs.show()
    with right:
        money.show()
