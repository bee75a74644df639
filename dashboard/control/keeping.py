"""A copy of the board, and the settings as this process read them, with secrets hidden."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from daemon.core.settings.dumping import dump_settings
from dashboard import figures
from dashboard.buttons import Call, action_button, outcome
from dashboard.desk import Desk, desk
from dashboard.texts import t


def backup_section() -> None:
    """Copy the board to a new file on the desk's machine."""
    with st.container(border=True):
        st.subheader(t("control.backup"))
        if not desk().reader.exists:
            st.markdown(t("fault.no_board"))
            return
        st.markdown(t("control.backup_words"))
        path = st.text_input(t("control.backup_path"), value=str(proposed(desk(), now=datetime.now(UTC))))
        call: Call = ("backup", (path.strip(),), {})
        action_button(
            t("control.backup_do"), key="backup.do", call=call, slot="backup", is_disabled=not _is_good(path.strip())
        )
        outcome("backup")


def proposed(desk: Desk, *, now: datetime) -> Path:
    """A file beside the board whose name says the day."""
    return desk.settings.home / f"board-{now:%Y%m%d}.db"


def settings_section() -> None:
    """What is in force for this desk."""
    with st.expander(t("control.settings")):
        here = desk()
        origin = figures.plain(here.config) if here.config else t("control.settings_defaults")
        st.caption(t("control.settings_origin", origin=origin))
        st.code(dump_settings(here.settings), language="yaml")


def _is_good(path: str) -> bool:
    """Whole, because a person cannot see from here what it would start from."""
    return Path(path).is_absolute()
