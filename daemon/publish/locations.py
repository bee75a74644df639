"""Where published files are."""

from pathlib import Path

from daemon.core.settings.models import Settings

ATOM_FILE = "feed.atom"


def atom_file(settings: Settings) -> Path:
    """Where the feed is: beside the HTML pages, so that its links work."""
    return (settings.publish.html.dir if settings.publish.html else settings.home) / ATOM_FILE
