"""Today as it goes on: what was spent, what is left, how fast it goes, and where it ends."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard import figures, glances
from dashboard.control.budget import bar, charged_words, lines_of
from dashboard.desk import desk
from dashboard.economics import asked, sums
from dashboard.economics.unpriced import unpriced_calls
from dashboard.live import live
from dashboard.places import link
from dashboard.texts import t

REFRESH_SECONDS: Final = 10.0
_ALWAYS: Final = ("day", "month")


@live(REFRESH_SECONDS)
def section() -> None:
    """Drawn together, so that its parts never tell of different moments."""
    here = desk()
    document = asked.costs(here, days=1)
    unpriced_calls(document)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("economics.today"))
        st.caption(_whose_day(document))
        sums.show(document)
        sums.remarks(document, days=1)
    with right:
        _ahead(glances.budget(here))


def _whose_day(document: Mapping[str, Any]) -> str:
    """The day's date; where a day is UTC and the viewer's is not, when it began and ends here."""
    day, since = str(document["since"])[:10], figures.local(document["since"])
    if since is None or not since.utcoffset():
        return day
    return t("economics.utc", day=day, since=figures.clock(document["since"]))


def _ahead(budget: dict[str, Any]) -> None:
    """Caps and what stands against them; a brain's day only where it has a cap."""
    st.subheader(t("economics.ahead"))
    for one in budget["scopes"]:
        if one["cap_usd"] is not None or one["scope"] in _ALWAYS:
            with st.container(gap="xxsmall"):
                bar(one)
                st.caption(figures.safe(charged_words(one)))
    sums.lines(_speed(budget["burn"]), *lines_of(budget), _month(budget["forecast"]))
    link("control", t("economics.raise"))


def _speed(burn: Mapping[str, Any]) -> str:
    last = {"usd": figures.usd(burn["usd_per_minute"]), "tokens": figures.number(burn["tokens_per_minute"])}
    usual = figures.usd(burn["average_usd_per_minute"]), figures.number(burn["average_tokens_per_minute"])
    return t("economics.speed", **last, usual_usd=usual[0], usual_tokens=usual[1])


def _month(ahead: Mapping[str, Any]) -> str:
    return t("economics.month", usd=figures.usd(ahead["month_end_usd"]), per_day=figures.usd(ahead["per_day_usd"]))
