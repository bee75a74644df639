"""The control page: what a person can switch, and the settings as they are."""

import streamlit as st

from dashboard.control import breakers, budget, chaos, keeping, level, work
from dashboard.texts import t

st.title(t("page.control"))
first, second = st.columns(2, gap="medium")
with first:
    work.section()
    level.section()
    chaos.section()
    keeping.backup_section()
with second:
    budget.section()
    breakers.section()
keeping.settings_section()
