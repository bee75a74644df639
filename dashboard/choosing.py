"""With which model dead letters are retried, and what that may cost: the same on every page that retries."""

import time
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from daemon.blackboard.reading.desk_letters import Meant
from daemon.runtime.costing import prices_now
from daemon.runtime.reviving import retry_plan
from dashboard.desk import Desk
from dashboard.figures import money, plain
from dashboard.texts import one_after_another, t

Document = Mapping[str, Any]

_WIDTH: Final = 320
_CONFIGURED: Final = ""


def choose_model(key: str, *, here: Desk) -> str | None:
    """A field with the models of the configuration and their prices; None: as configured."""
    models = {one["name"]: one for one in prices_now(here.settings, now=time.time())}
    st.selectbox(
        t("revive.model"),
        [_CONFIGURED, *models],
        key=key,
        format_func=lambda name: t("revive.configured") if name == _CONFIGURED else _named(models[name]),
        width=_WIDTH,
    )
    return chosen_model(key)


def chosen_model(key: str) -> str | None:
    """What stands in the field of that key; None: as configured."""
    return st.session_state.get(key, _CONFIGURED) or None


def plan_of(meant: Meant, *, model: str | None, here: Desk) -> Document:
    """What a retry of these would be; see `runtime.reviving.retry_plan`."""
    return retry_plan(here.board, meant, settings=here.settings, model=model, now=time.time())


def cost_words(plan: Document, *, here: Desk) -> str:
    """What a retry is likely to cost, what at most, and what was spent so far."""
    currency = here.settings.budget.currency
    told = [t("dead.charged", cost=money(plan["charged_usd"], currency=currency))]
    if plan["model"] and plan["at_most_usd"] == 0 and plan["likely_usd"] == 0:
        return plain(one_after_another(t("revive.no_cost"), *told))
    return plain(one_after_another(_likely(plan, currency=currency), _at_most(plan, here=here), *told))


def _likely(plan: Document, *, currency: Mapping[str, float]) -> str:
    if plan["likely_usd"] is None:
        return t("revive.likely_unknown")
    return t("dead.likely", cost=money(plan["likely_usd"], currency=currency))


def _at_most(plan: Document, *, here: Desk) -> str:
    if plan["at_most_usd"] is None:
        return t("dead.no_bound" if here.settings.budget.per_item_usd is None else "revive.no_bound")
    return t("dead.at_most", cost=money(plan["at_most_usd"], currency=here.settings.budget.currency))


def _named(model: Document) -> str:
    price = model["price"]
    if price is None:
        words = t("revive.no_price")
    elif price["input_mtok"] == price["output_mtok"] == 0:
        words = t("revive.free")
    else:
        words = t("revive.price", into=f"{price['input_mtok']:g}", out=f"{price['output_mtok']:g}")
    return f"{model['name']} ({words})"
