"""How much room the embedded memory takes."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

MEMORY_FOLDER: Final = "memory"
"""Where it is kept, in the home."""


def bytes_on_disk(home: Path) -> int:
    """Bytes of all files of the memory of a home; 0 when it has none. What vanishes meanwhile counts nothing."""
    total = 0
    for folder, _, names in os.walk(home / MEMORY_FOLDER):
        for name in names:
            with suppress(OSError):
                total += (Path(folder) / name).stat().st_size
    return total
