"""Which DavidAgent this is."""

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version


@cache
def version() -> str:
    """The version of the installed distribution; `0+source` when it runs from a folder that is not installed."""
    try:
        return installed_version("davidagent")
    except PackageNotFoundError:
        return "0+source"
