"""The configuration: models with defaults, and the loader."""

from daemon.core.settings.dumping import dump_settings
from daemon.core.settings.loading import LoadedSettings, load_settings
from daemon.core.settings.models import Settings

__all__ = ["LoadedSettings", "Settings", "dump_settings", "load_settings"]
