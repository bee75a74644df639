"""What the same work would have cost with other models."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from daemon.core.errors import UsageError
from dashboard import figures
from dashboard.desk import Desk
from dashboard.economics import asked
from dashboard.economics.query import MOST_MODELS, Query
from dashboard.economics.tables import heading, show
from dashboard.texts import t

Document = Mapping[str, Any]

KEY: Final = "economics.models"
_BRAINS: Final = ("left", "right")
_OWN, _FREE = "given", "free"
"""How the price of the configuration, and that of what runs in this process, name themselves."""
_COLUMNS: Final = (
    "model",
    "cost_usd",
    "difference_usd",
    "left_usd",
    "right_usd",
    "input_mtok",
    "output_mtok",
    "cache_read_mtok",
    "price_source",
)


def section(here: Desk, *, query: Query, document: Document) -> None:
    """The models of the configuration, and those a person names, against what it really was."""
    known = asked.models(here)
    own = [name for name in known if name in here.settings.llm.models]
    found = _found(here, days=query.days, models=(*own, *(name for name in query.models if name in known)))
    rows = [_real(document), *sorted(map(_row, found), key=lambda row: (row["cost_usd"], row["model"]))]
    heading(t("economics.elsewhere"), rows=rows, columns=_COLUMNS, file="costs-what-if")
    st.caption(t("economics.elsewhere_means"))
    _choice([name for name in known if name not in own], query=query)
    show(in_words(rows), columns=_COLUMNS, key="elsewhere")
    _assumptions(found)


def _found(here: Desk, *, days: int, models: Sequence[str]) -> list[Document]:
    try:
        return [*asked.elsewhere(here, days=days, models=tuple(dict.fromkeys(models)))]
    except UsageError as error:
        st.warning(figures.plain(str(error)))
        return []


def _choice(options: Sequence[str], *, query: Query) -> None:
    """Searched by what is typed; what is chosen stands in the address."""
    wanted = [name for name in query.models if name in options]
    if st.session_state.get(KEY) != wanted:
        # Only then: what is set anew takes away what a person is just typing.
        st.session_state[KEY] = wanted
    st.multiselect(
        t("economics.compare"),
        options,
        key=KEY,
        max_selections=MOST_MODELS,
        placeholder=t("economics.compare_hint"),
        select_all=False,
        on_change=_chosen,
    )


def _chosen() -> None:
    query = Query.of({name: st.query_params.get_all(name) for name in st.query_params})
    st.query_params.from_dict(query.with_(models=tuple(st.session_state[KEY])).parameters())


def _real(document: Document) -> dict[str, Any]:
    """What it was, in the columns of what it would have been."""
    brains = {f"{brain}_usd": _brain(document, brain) for brain in _BRAINS}
    return {"model": t("economics.as_it_was"), "cost_usd": document["cost_usd"], **brains}


def _row(one: Document) -> dict[str, Any]:
    brains = {f"{brain}_usd": _brain(one, brain) for brain in _BRAINS}
    return {
        **price_columns(one["price"]),
        **brains,
        **{name: one[name] for name in ("model", "cost_usd", "difference_usd")},
    }


def _brain(document: Document, brain: str) -> float | None:
    part = document["by_brain"].get(brain)
    return None if part is None else float(part["cost_usd"])


def price_columns(price: Document | None) -> dict[str, Any]:
    """A price as columns of a table; nothing for one that is not known."""
    return {} if price is None else {**price, "price_source": price["source"]}


def in_words(rows: Sequence[Document]) -> list[dict[str, Any]]:
    """The rows as they are shown."""
    return [{**row, "price_source": _source_words(row.get("price_source"))} for row in rows]


def _source_words(source: str | None) -> str:
    """Where a price is from; the words of ours in the viewer's language."""
    if source is None or source == _OWN:
        return "" if source is None else t("economics.price_own")
    return t("economics.price_free") if source.startswith(_FREE) else source


def _assumptions(found: Sequence[Document]) -> None:
    """What the figures take for granted, each once; whatever calls it concerns are the same for each model."""
    assumed: dict[str, int | None] = {name: calls for one in found for name, calls in one["assumed"].items()}
    if assumed:
        lines = [t(f"economics.assumed_{name}", n=figures.number(calls)) for name, calls in assumed.items()]
        st.caption("\n".join([t("economics.assumed"), "", *(f"- {figures.safe(line)}" for line in lines)]))
