"""What must hold for the levels of degradation."""

from collections.abc import Iterator

from daemon.core.settings.declared import Check, Declared
from daemon.core.settings.models import Settings
from daemon.core.settings.problems import Problem


def _hysteresis(settings: Settings, _: Declared) -> Iterator[Problem]:
    levels = settings.levels
    for key, rule in (("l1", levels.l1), ("l2", levels.l2)):
        if rule.leave >= rule.enter:
            text = f"{rule.leave:g} must be less than enter, which is {rule.enter:g}: a level is left when it is calmer"
            yield Problem(("levels", key, "leave"), text, also=(("levels", key, "enter"),))
    if levels.l2.enter < levels.l1.enter:
        text = f"{levels.l2.enter:g} is less than that of l1, which is {levels.l1.enter:g}; at least that"
        yield Problem(("levels", "l2", "enter"), text, also=(("levels", "l1", "enter"),))


def _cheap_models(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name in settings.levels.cheap_models:
        if name not in declared.models | declared.pools:
            yield Problem(("levels", "cheap_models"), f"there is no model or pool {name} in llm", also=(("llm",),))


LEVEL_CHECKS: tuple[Check, ...] = (_hysteresis, _cheap_models)
