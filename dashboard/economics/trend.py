"""The trend: a bar for each day, or each hour of the last two days, with its parts in colours."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.cost_parts import OTHERS
from daemon.blackboard.reading.desk_costs import By
from dashboard import figures
from dashboard.economics.query import HOURS, Query
from dashboard.economics.tables import SUMS, heading
from dashboard.economics.words import part_name
from dashboard.texts import t

Document = Mapping[str, Any]

_COLOURS: Final = ("#3d8fc6", "#e69f00", "#1fa37f", "#c678a8", "#d9663d", "#8c7ae6", "#8f98a3")
"""Apart for the colour-blind, and to be seen on light ground and dark; the last is for the rest."""
_OF_BRAINS: Final = {"left": _COLOURS[0], "right": _COLOURS[1], "memory": _COLOURS[2], "sensor": _COLOURS[3]}
"""A brain has its colour in whatever order it comes."""
_HEIGHT, _LEGEND_LINE = 280, 20
"""In pixels. The legend takes its room from the bars."""
_LEGEND_COLUMNS: Final[Mapping[By, int]] = {By.BRAIN: 4, By.TASK: 2}
"""Names of models are long: one in a line."""
_MONTH_AND_DAY: Final = "slice(datum.label, 5)"
_HOUR: Final = "slice(datum.label, 6) == '00:00' ? slice(datum.label, 0, 5) : slice(datum.label, 6)"


def show(trend: Sequence[Document], query: Query) -> None:
    """The bars; one sentence when there is nothing they could show."""
    title = t(f"economics.trend_{'hours' if query.days in HOURS else 'days'}", n=HOURS.get(query.days, query.days))
    heading(title, rows=file_rows(trend), columns=("time", "part", *SUMS), file=f"costs-trend-by-{query.by}")
    if not any(one[query.measure] for one in trend):
        st.markdown(t("economics.quiet" if not any(one["calls"] for one in trend) else f"economics.none_{query.show}"))
        return
    rows = rows_of(trend, query)
    columns = _LEGEND_COLUMNS.get(query.by, 1)
    height = _HEIGHT + _LEGEND_LINE * (len({row["part"] for row in rows}) // columns)
    times = [_time(one) for one in trend]
    st.altair_chart(chart(rows, query, times=times), height=height, key="economics.trend")


def file_rows(trend: Sequence[Document]) -> list[dict[str, Any]]:
    """A row for each time and part, in the words of `--json`; what has no call is left out."""
    return [
        {"time": one.get("day") or one["at"], "part": name, **part}
        for one in trend
        for name, part in one["parts"].items()
        if part["calls"]
    ]


def rows_of(trend: Sequence[Document], query: Query) -> list[dict[str, Any]]:
    """A row for each part of a bar: how high it is, and all its figures for whoever points at it."""
    return [
        {
            "time": _time(one),
            "part": part_name(name, kind=query.by.value),
            "order": place,
            "value": part[query.measure],
            "cost": figures.exact_usd(part["cost_usd"]),
            "whole": figures.exact_usd(one["cost_usd"]),
            **{key: part[key] for key in ("calls", "prompt_tokens", "completion_tokens")},
        }
        for one in trend
        for place, (name, part) in enumerate(one["parts"].items())
        if part[query.measure]
    ]


def _time(one: Document) -> str:
    """A day (UTC), or the begin of an hour in the viewer's zone."""
    return str(one["day"]) if "day" in one else figures.short(one["at"])


def chart(rows: list[dict[str, Any]], query: Query, *, times: Sequence[str]) -> Any:
    """The parts of a time stand on each other, the largest of them at the bottom."""
    import altair as alt

    names = list(dict.fromkeys(row["part"] for row in sorted(rows, key=lambda row: int(row["order"]))))
    label = _HOUR if query.days in HOURS else _MONTH_AND_DAY
    axis = alt.Axis(labelAngle=0, labelOverlap=True, labelExpr=label, ticks=False)
    legend = alt.Legend(orient="bottom", columns=_LEGEND_COLUMNS.get(query.by, 1), labelLimit=300, title=None)
    money = query.show == "cost"
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("time:O", scale=alt.Scale(domain=list(times)), title=None, axis=axis),
            y=alt.Y("value:Q", title=None, axis=alt.Axis(format="$~g" if money else "~s", tickCount=4)),
            color=alt.Color("part:N", sort=names, scale=_colours(names, query), legend=legend),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip(field, title=t(f"economics.tip_{name}")) for name, field in _TIPS.items()],
        )
    )


_TIPS: Final = {
    "time": "time:O",
    "part": "part:N",
    "cost": "cost:N",
    "calls": "calls:Q",
    "in": "prompt_tokens:Q",
    "out": "completion_tokens:Q",
    "whole": "whole:N",
}


def _colours(names: Sequence[str], query: Query) -> Any:
    import altair as alt

    known = {part_name(brain, kind="brain"): colour for brain, colour in _OF_BRAINS.items()}
    rest = {part_name(OTHERS, kind="model"): _COLOURS[-1]}
    fixed = rest | (known if query.by is By.BRAIN else {})
    colours = [fixed.get(name, _COLOURS[place % len(_COLOURS)]) for place, name in enumerate(names)]
    return alt.Scale(domain=list(names), range=colours)
