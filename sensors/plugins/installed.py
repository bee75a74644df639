"""The kinds of sources that installed packages add: which there are, and the way to load one.

Looking what there is imports nothing of these packages; a kind's package is imported when its first source is polled.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from daemon.core.errors import DavidAgentError, SensorError
from daemon.core.settings.listed import PLUGIN_KIND
from sensors.base import ENTRY_POINTS, Sensor, SensorFactory
from sensors.context import SensorContext

OWN_KINDS: Final = frozenset({"rss", "x", "folder", "webhook"})
_RESERVED: Final = OWN_KINDS | {"kind", "http", "https", "file", "search"}
"""No package can add these: they are ours, or begin addresses of ours."""


@dataclass(frozen=True, slots=True)
class InstalledKind:
    """A kind of source that packages bring. `fault` says in words why it cannot be used; None when it can be tried."""

    kind: str
    package: str
    """Its name and version; of several packages, all of them."""
    target: str
    """`module:object`, as the package names its factory."""
    fault: str | None = None


def installed_kinds() -> Mapping[str, InstalledKind]:
    """What installed packages add, by kind, in alphabetical order; reads their metadata only."""
    return {kind: _installed(kind, entries) for kind, entries in sorted(_entries().items())}


def missing_kind(kind: str) -> str | None:
    """Why sources of this kind cannot be read, in words; None when a package (or we) can be asked to read them."""
    if kind in OWN_KINDS:
        return None
    found = installed_kinds().get(kind)
    if found is None:
        return f"no sensor for sources of kind {kind!r}: no installed package adds it (entry points {ENTRY_POINTS})"
    return found.fault and f"no sensor for sources of kind {kind!r}: {found.fault}"


def load_factory(kind: str) -> tuple[SensorFactory, str]:
    """The factory and its package; may take as long as the package's imports. Raises `SensorError`."""
    fault = missing_kind(kind)
    if fault is not None:
        raise SensorError(fault)
    (entry,) = _entries()[kind]
    package = _package_of(entry)
    try:
        factory = entry.load()
    except BaseException as error:
        raise SensorError(f"the package {package} cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(factory):
        raise SensorError(f"the package {package} names {entry.value}, which builds no sensor: it cannot be called")
    return cast("SensorFactory", factory), package


def build_sensor(factory: SensorFactory, context: SensorContext, *, kind: str, package: str) -> Sensor:
    """The sensor that a factory builds, looked over. Raises `SensorError` in words, whatever the package does."""
    try:
        sensor = factory(context)
    except DavidAgentError:
        raise
    except BaseException as error:
        raise SensorError(f"the package {package} cannot build its sensor: {type(error).__name__}: {error}") from error
    if getattr(sensor, "kind", None) != kind:
        raise SensorError(
            f"the package {package} builds a sensor of kind {getattr(sensor, 'kind', None)!r}, not {kind!r}"
        )
    missing = [name for name in ("poll", "close") if not callable(getattr(sensor, name, None))]
    if missing:
        raise SensorError(f"the package {package} builds a sensor without {' and '.join(missing)}")
    return sensor


def _entries() -> dict[str, list[EntryPoint]]:
    found: defaultdict[str, list[EntryPoint]] = defaultdict(list)
    for entry in entry_points(group=ENTRY_POINTS):
        found[entry.name].append(entry)
    return found


def _installed(kind: str, entries: list[EntryPoint]) -> InstalledKind:
    packages = [_package_of(entry) for entry in entries]
    fault = None
    if kind in _RESERVED:
        fault = f"{packages[0]} adds the kind {kind!r}, which is not free; it is not used"
    elif not PLUGIN_KIND.fullmatch(kind):
        fault = (
            f"{packages[0]} adds the kind {kind!r}: a kind has small letters, digits and _, and begins with a letter"
        )
    elif len(entries) > 1:
        fault = f"{' and '.join(packages)} add the same kind {kind!r}; uninstall all but one"
    return InstalledKind(kind, ", ".join(packages), ", ".join(entry.value for entry in entries), fault)


def _package_of(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value
