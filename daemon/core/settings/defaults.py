"""What is chosen when nothing was written: keys of the usual names, models by the keys there are, groups by the roles.

Every model named here is one the price table of `genai-prices` knows, or brings its own price; a test checks that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.core.settings.layers import section
from daemon.core.settings.models import BudgetSettings, RoleSettings

OFFLINE = "offline"
WRITING_ROLE = "draft"
X_TOKEN_NAME = "X_BEARER_TOKEN"  # noqa: S105 - the name of the variable, not a token


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where models can be had: the variables its key is usually kept in, and its models for the two brains."""

    name: str
    provider: str
    key_names: tuple[str, ...]
    quick: str
    strong: str
    base_url: str | None = None
    host: str = ""
    """What tells this vendor by its address, among those that speak the same protocol."""
    price: tuple[float, float] | None = None
    """USD for a million tokens in and out, for models the price table does not have."""

    def key(self, environ: Mapping[str, str]) -> str | None:
        """The key, if the environment has one."""
        return next((environ[name].strip() for name in self.key_names if environ.get(name, "").strip()), None)

    def model(self, name: str, *, key: str) -> dict[str, Any]:
        """A model's settings, as they would stand in the file."""
        written: dict[str, Any] = {"provider": self.provider, "model": name, "api_key": key}
        if self.base_url is not None:
            written["base_url"] = self.base_url
        if self.price is not None:
            written["price"] = {"input_mtok": self.price[0], "output_mtok": self.price[1]}
        return written


GEMINI = Vendor("gemini", "gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "gemini-3.8-flash", "gemini-4-argon")
ANTHROPIC = Vendor("anthropic", "anthropic", ("ANTHROPIC_API_KEY",), "claude-haiku-5-5", "claude-sonnet-5-5")
OPENAI = Vendor("openai", "openai", ("OPENAI_API_KEY",), "gpt-6-luna", "gpt-6.1-terra", host="api.openai.com")
DEEPSEEK = Vendor(
    "deepseek",
    "openai",
    ("DEEPSEEK_API_KEY",),
    "deepseek-v4-flash",
    "deepseek-v4-pro",
    base_url="https://api.deepseek.com/v1",
    host="deepseek.com",
)
QWEN = Vendor(
    "qwen",
    "openai",
    ("DASHSCOPE_API_KEY",),
    "qwen-plus",
    "qwen-plus",
    base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
    host="aliyuncs.com",
    price=(0.4, 1.2),
)

QUICK_ORDER = (GEMINI, OPENAI, ANTHROPIC, DEEPSEEK, QWEN)
STRONG_ORDER = (ANTHROPIC, OPENAI, GEMINI, DEEPSEEK, QWEN)


def vendor_of(model: Mapping[str, Any]) -> Vendor | None:
    """The vendor a written model belongs to; None for servers of one's own and for the offline brain."""
    address = str(model.get("base_url") or "").lower()
    for vendor in QUICK_ORDER:
        if model.get("provider") != vendor.provider:
            continue
        if (vendor.host and vendor.host in address) or (not address and vendor.base_url is None):
            return vendor
    return None


def fill_defaults(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Complete the tree in place: models, their keys, the offline model, a group for every role, and the token of X.

    What is written stays as it is. Parts that are malformed are left for the validation to name.
    """
    llm = tree.setdefault("llm", {})
    _fill_budget(section(tree, "budget"))
    _fill_x(tree, environ)
    if not isinstance(llm, dict):
        return
    if not llm.get("models"):
        llm["models"] = _default_models(environ)
    models = section(llm, "models")
    models.setdefault(OFFLINE, {"provider": "offline"})
    _fill_keys(models, environ)
    if not llm.get("groups"):
        llm["groups"] = _default_groups(models, roles=_own_roles(llm))


def _fill_budget(budget: dict[str, Any]) -> None:
    """The bound of an item that nobody wrote is no greater than the day's that somebody did."""
    day, usual = budget.get("daily_usd"), BudgetSettings().per_item_usd
    if "per_item_usd" not in budget and isinstance(day, int | float) and usual is not None and day < usual:
        budget["per_item_usd"] = day


def _fill_x(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    token = environ.get(X_TOKEN_NAME, "").strip()
    sensors = tree.get("sensors", {})
    if token and isinstance(sensors, dict) and isinstance(sensors.get("x", {}), dict):
        tree.setdefault("sensors", {}).setdefault("x", {}).setdefault("bearer_token", token)


def _own_roles(llm: Mapping[str, Any]) -> dict[str, Any]:
    """The roles as written, without those that a pool plays: it takes its models from the group of that role."""
    return {role: name for role, name in section(llm, "roles").items() if name not in section(llm, "pools")}


def _default_models(environ: Mapping[str, str]) -> dict[str, Any]:
    models = {}
    for vendor in QUICK_ORDER:
        key = vendor.key(environ)
        if key is not None:
            models[f"{vendor.name}-quick"] = vendor.model(vendor.quick, key=key)
            models[f"{vendor.name}-strong"] = vendor.model(vendor.strong, key=key)
    return models


def _fill_keys(models: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    for model in models.values():
        vendor = vendor_of(model) if isinstance(model, dict) else None
        if vendor is not None and not model.get("api_key"):
            model["api_key"] = vendor.key(environ)


def _default_groups(models: Mapping[str, Any], *, roles: Mapping[str, Any]) -> dict[str, Any]:
    """For each role's group one echelon per vendor, offline last. The group that only writes gets the strong models."""
    chosen = {**RoleSettings().model_dump(), **roles}
    names = {name for name in chosen.values() if isinstance(name, str)}
    quick = {name for role, name in chosen.items() if role != WRITING_ROLE and isinstance(name, str)}
    return {name: _group(models, is_quick=name in quick) for name in sorted(names)}


def _group(models: Mapping[str, Any], *, is_quick: bool) -> dict[str, Any]:
    order, kind = (QUICK_ORDER, "quick") if is_quick else (STRONG_ORDER, "strong")
    ours = [name for vendor in order if (name := f"{vendor.name}-{kind}") in models]
    echelons = [[name] for name in ours] or _one_echelon(models)
    numbered = enumerate([*echelons, [OFFLINE]], start=1)
    return {"echelons": {f"echelon{number}": {"models": names} for number, names in numbered}}


def _one_echelon(models: Mapping[str, Any]) -> list[list[str]]:
    """All models a person wrote, in their order: without groups nothing says which is better."""
    own: Iterable[str] = (name for name in models if name != OFFLINE)
    return [names] if (names := list(own)) else []
