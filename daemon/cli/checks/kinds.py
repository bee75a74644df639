"""The kinds of sources that installed packages add, and those that no package adds."""

from collections.abc import Iterator

from daemon.cli.checks.check import Check, note, ok, wrong
from daemon.core.settings.models import Settings
from sensors.plugins.installed import installed_kinds, missing_kind

_ADVICE = "install the package that adds it beside davidagent, or remove the source"


def check_kinds(settings: Settings) -> Iterator[Check]:
    """What packages add can be used, and every configured kind has its package. Nothing of a package is imported."""
    for kind, found in installed_kinds().items():
        if found.fault is not None:
            yield note("sensor", found.fault, advice="uninstall it, or ask its author")
        else:
            yield ok("sensor", f"{kind}, added by {found.package}")
    for fault in missing_kinds(settings):
        yield wrong("sensor", fault, advice=_ADVICE)


def missing_kinds(settings: Settings) -> list[str]:
    """Why sources of the configuration cannot be read, one sentence for each kind that no package adds."""
    kinds = dict.fromkeys(source.kind for source in settings.sources if source.kind)
    return [fault for kind in kinds if (fault := missing_kind(kind)) is not None]
