"""The dashboard: who may come in, what stands around every page, and the page itself."""

from pathlib import Path

import streamlit as st

from dashboard.buttons import let_go
from dashboard.desk import desk
from dashboard.faults import told_faults
from dashboard.places import pages
from dashboard.sidebar import language_switch, sidebar
from dashboard.sign_in import keep_signed_in, may_enter, sign_in_form

MARK = Path(__file__).with_name("mark.svg")
STYLE = Path(__file__).with_name("look.css")


def main() -> None:
    """Draw one page."""
    _draw()
    let_go()


def _draw() -> None:
    st.set_page_config(page_title="DavidAgent", page_icon=str(MARK), layout="wide")
    st.html(STYLE)
    with told_faults():
        here = desk()
        if not may_enter(here):
            # Without its pages, so that not even their names are told; an address stays what it was.
            st.navigation(pages(), position="hidden")
            sign_in_form(here)
            language_switch()
            return
        keep_signed_in(here)
        page = st.navigation(pages(), expanded=True)
        sidebar()
        with told_faults():
            page.run()


main()
