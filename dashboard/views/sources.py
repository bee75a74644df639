"""Sources: how reading each goes. `?id=` is the address of one source."""

import streamlit as st

from dashboard.sourcing.one import show_source
from dashboard.sourcing.page import show_sources

wanted = st.query_params.get("id")
if wanted:
    show_source(wanted)
else:
    show_sources()
