"""How many files this process may have open at once: each connection is one."""

from daemon.core.settings.api_models import ApiSettings

NEEDED_BESIDE_STREAMS = 256
"""The board, models, sensors, and requests that are answered at once."""
_MOST = 1_048_576
"""No use is known for more, and some programs walk through all that they are allowed when they start another."""


def open_files_wanted(settings: ApiSettings) -> int:
    """What it takes to serve as many streams as are allowed."""
    return settings.events.max_clients + NEEDED_BESIDE_STREAMS


def allow_open_files() -> int | None:
    """Raise the soft limit to the hard limit; answers what is allowed now. None: there is no limit to speak of."""
    try:
        import resource
    except ImportError:
        return None  # Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return None
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if wanted <= soft:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError):
        return soft  # macOS has a smaller limit of its own behind "no limit"
    return wanted
