"""The first page: is it alive, what stands where, what does it need."""

import streamlit as st

from dashboard.overview import desk_now
from dashboard.texts import t

st.title(t("page.overview"))
desk_now.section()
