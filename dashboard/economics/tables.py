"""Tables of costs: figures that can be sorted, shown as everywhere else, with a file of each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard import figures
from dashboard.economics.sheet import MIME, sheet
from dashboard.texts import t

Document = Mapping[str, Any]

TOKENS: Final = ("prompt_tokens", "cached_tokens", "cache_write_tokens", "completion_tokens", "reasoning_tokens")
SUMS: Final = ("calls", *TOKENS, "cost_usd")
"""What each table of parts has in its file."""


def rate(value: float) -> str:
    """A price for a million tokens: `$0.40`, `$0.0375`."""
    return figures.usd(value)


def percent(value: float) -> str:
    """`12.3 %`."""
    return f"{value:.1%}"


def mean(value: float) -> str:
    """`37.5`."""
    return f"{value:,.1f}"


_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "cost_usd": figures.usd,
    "cost_per_call_usd": figures.usd,
    "difference_usd": figures.usd,
    "left_usd": figures.usd,
    "right_usd": figures.usd,
    "share": percent,
    **dict.fromkeys(("usd_today", "usd_limit", "usd_month"), figures.usd),
    "reads_per_day": mean,
    **dict.fromkeys(("calls", "unpriced_calls", "reads_today", "reads_limit", *TOKENS), figures.number),
    **dict.fromkeys(("input_mtok", "output_mtok", "cache_read_mtok"), rate),
}
"""How a figure is shown; what is not here is text."""
_NOTHING: Final = "–"


def heading(title: str, *, rows: Sequence[Document], columns: Sequence[str], file: str) -> None:
    """The title of a table, and beside it the way to have it as a file."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(title, width="content")
        file_button(rows, columns=columns, file=file)


def file_button(rows: Sequence[Document], *, columns: Sequence[str], file: str) -> None:
    """The way to have a table as a file, which is written when it is asked for."""
    st.download_button(
        t("economics.csv"),
        data=lambda: sheet(rows, columns=columns),
        file_name=f"{file}.csv",
        mime=MIME,
        key=f"economics.csv.{file}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def show(rows: Sequence[Document], *, columns: Sequence[str], key: str) -> None:
    """The rows; the first column stays in sight on a narrow screen."""
    st.dataframe(
        _styled(rows, columns=columns),
        hide_index=True,
        height="content",
        column_config={name: _config(name, is_first=name == columns[0]) for name in columns},
        key=f"economics.table.{key}",
        placeholder=_NOTHING,
    )


def _styled(rows: Sequence[Document], *, columns: Sequence[str]) -> Any:
    """Numbers stay numbers, so that a click on a heading sorts them."""
    import pandas as pd  # type: ignore[import-untyped] # it ships no types; Streamlit brings it

    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))
    return frame.style.format({name: _FORMATS[name] for name in columns if name in _FORMATS}, na_rep=_NOTHING)


def _config(name: str, *, is_first: bool) -> Any:
    label = t(f"economics.column_{name}")
    if name in _FORMATS:
        return st.column_config.Column(label, alignment="right")
    return st.column_config.TextColumn(label, pinned=is_first, width="medium" if is_first else None)
