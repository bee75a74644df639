"""Items: find one, and see everything about it. `?id=` is the address of one item."""

import streamlit as st

from dashboard.item.page import show_item
from dashboard.listing.page import show_items

wanted = st.query_params.get("id")
if wanted:
    show_item(wanted)
else:
    show_items()
