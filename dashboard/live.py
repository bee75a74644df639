"""Parts of a page that draw themselves anew, without the rest."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from dashboard.desk import desk
from dashboard.faults import told_faults
from dashboard.sign_in import may_enter


def live(seconds: float) -> Callable[[Callable[..., None]], Callable[..., Any]]:
    """Draw a part anew every so often. When the session may see the desk no more, the whole page is asked again."""

    def decorate(body: Callable[..., None]) -> Callable[..., Any]:
        @wraps(body)
        def guarded(*arguments: Any, **options: Any) -> None:
            if not may_enter(desk()):
                st.rerun()
            with told_faults():
                body(*arguments, **options)

        return st.fragment(guarded, run_every=seconds)

    return decorate
