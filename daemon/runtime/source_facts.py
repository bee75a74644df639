"""What only settings and sensors know of the sources: what ails them, what would help, what reading them may cost."""

from collections.abc import Iterable
from typing import Any

from daemon.blackboard.reading.freshness import Freshness
from daemon.core import hooks
from daemon.core.errors import SensorError
from daemon.core.settings.models import Settings
from daemon.core.settings.sensor_models import XSettings
from sensors.remedies import BUDGET, TOKEN, ailment_of
from sensors.webhooks.hook_secrets import HookSecrets, open_hook_secrets

Document = dict[str, Any]

_DAYS_OF_MONTH = 30
_UNSIGNED = "nobody can send to it: what it is signed with is not known here any more"


def source_facts(found: Iterable[Document], *, settings: Settings) -> list[Document]:
    """The documents of `BoardReader.sources` with what would help, and with the bounds and the price of readings.

    `ailment` and `help` are null for a source that nothing ails; one that is not asked because its budget is used up
    did not fail, and has the ailment `budget`. `reads` (of X; null for all else) is `{"today",
    "limit", "usd_today", "usd_limit", "per_day", "usd_month"}`: posts and dollars of this day (UTC) with their bounds,
    the posts of a usual day (null before the first), and what 30 such days would cost within the bounds.

    A webhook whose secret is lost is failing: nobody can send to it. Reads the file of the secrets, if there are any.
    """
    secrets = open_hook_secrets(settings)
    found = [_unsigned(one) if _lacks_secret(one, secrets=secrets) else one for one in found]
    return [
        one | _ailment(one, settings=settings) | {"reads": _reads(one["reads"], settings=settings.sensors.x)}
        for one in found
    ]


def _ailment(source: Document, *, settings: Settings) -> Document:
    ailment = None
    if source["last_error"]:
        ailment = ailment_of(source["last_error"])
    elif source["enabled"] and ailment_of(source["next_fetch_reason"] or "") is BUDGET:
        ailment = BUDGET
    elif source["enabled"] and _lacks_token(source, settings=settings.sensors.x):
        ailment = TOKEN
    return {"ailment": ailment and ailment.name, "help": ailment and ailment.help}


def _lacks_secret(source: Document, *, secrets: HookSecrets) -> bool:
    if source["kind"] != hooks.KIND or not source["enabled"]:
        return False
    try:
        return not secrets.is_known(hooks.hook_name(source["address"]))
    except SensorError:
        return True


def _unsigned(source: Document) -> Document:
    known = {"health": "failing", "freshness": Freshness.STALE.value, "last_error": _UNSIGNED}
    return {**source, **known, "errors_in_row": max(1, source["errors_in_row"])}


def _lacks_token(source: Document, *, settings: XSettings) -> bool:
    """Whether it was never asked and cannot be."""
    return source["kind"] == "x" and source["last_fetch_at"] is None and settings.bearer_token is None


def _reads(reads: Document | None, *, settings: XSettings) -> Document | None:
    if reads is None:
        return None
    limit = reads["limit"] or settings.daily_reads
    usd_limit = reads["usd_limit"] or settings.daily_usd
    return {
        "today": reads["today"],
        "limit": limit,
        "usd_today": reads["usd_today"],
        "usd_limit": usd_limit,
        "per_day": reads["per_day"],
        "usd_month": _month(reads, limit=limit, usd_limit=usd_limit),
    }


def _month(reads: Document, *, limit: int, usd_limit: float) -> float | None:
    """Thirty usual days, none of which reads more or costs more than it may by now."""
    per_day, usd_per_day = reads["per_day"], reads["usd_per_day"]
    if per_day is None:
        return None
    share = min(1.0, limit / per_day) if per_day else 1.0
    usd: float = min(usd_per_day * share, usd_limit)
    return round(usd * _DAYS_OF_MONTH, 6)
