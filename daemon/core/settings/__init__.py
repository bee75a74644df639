"""The configuration: models with defaults, and the loader."""

from daemon.core.settings.models import Settings

__all__ = ["Settings"]
