"""Another text in a file's place: whole or not at all, the old one kept beside it."""

import os
from pathlib import Path

BACKUP = ".bak"


def replace_file(path: Path, text: str) -> Path:
    """Put the text in the file's place, with the file's mode; answers where the old one is kept. Raises `OSError`.

    A reader, or a crash, sees the old file or the new one, never a part. Of a link, what it points to is replaced.
    """
    target = path.resolve()
    mode = target.stat().st_mode & 0o777
    kept = _free_name(target)
    _write(kept, target.read_bytes(), mode)
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        _write(temporary, text.encode(), mode)
        temporary.replace(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return kept


def _free_name(path: Path) -> Path:
    """`.bak`, or `.bak2` and so on where that is taken: an older copy is never overwritten."""
    number, name = 1, path.with_name(f"{path.name}{BACKUP}")
    while name.exists():
        number += 1
        name = path.with_name(f"{path.name}{BACKUP}{number}")
    return name


def _write(path: Path, content: bytes, mode: int) -> None:
    """A new file that is on the disk when this returns; at no moment may others read it who could not before."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
