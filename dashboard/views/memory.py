"""Memory: how it is, what it knows, filling it anew."""

import streamlit as st

from dashboard.remembering import health, refilling, searching
from dashboard.texts import t

st.title(t("page.memory"))
health.section()
refilling.section()
searching.section()
