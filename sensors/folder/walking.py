"""Looking what files a folder has: names and facts only, no file is opened. Runs in a thread, as a disk may be slow."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from daemon.core.errors import SensorError
from daemon.core.texts import writable
from sensors.folder.file_kinds import ending_of, is_read, why_not_read
from sensors.folder.fingerprints import fingerprint
from sensors.text.characters import visible

_ENTRIES_FOR_EACH_FILE: Final = 20
"""Images, archives and folders that one readable file may stand among, before the walk is too long."""
_LONGEST_SHOWN: Final = 300
_BOARD: Final = "blackboard.db"
"""Where this is, a desk keeps its posts; read as news, they would become posts again, without end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be read. `name` is its path within the folder, as the disk spells it."""

    name: str
    fingerprint: bytes
    size: int
    modified_at: float


@dataclass(slots=True)
class Listing:
    """The files of a folder, and what of it is not read and why (by the names as people read them)."""

    files: list[Found] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def shown(name: str) -> str:
    """A name as the board and people can read it; a disk's names may be any bytes."""
    return visible(writable(os.fsencode(name).decode("utf-8", "replace"))).replace("\n", " ")[:_LONGEST_SHOWN]


def walk(folder: Path, *, max_files: int, max_file: int) -> Listing:
    """All files of the folder and of the folders in it that are neither hidden nor links.

    Raises `SensorError` when the folder is not there, cannot be read, or has more than `max_files`.
    """
    listing = Listing()
    for entries, (name, entry) in enumerate(_entries(folder, listing), 1):
        _look(name, entry, listing, max_file=max_file)
        if len(listing.files) > max_files or entries > max_files * _ENTRIES_FOR_EACH_FILE:
            raise SensorError(f"the folder {folder} has more than {max_files:,} files (sensors.folders.max_files)")
    return listing


def _entries(folder: Path, listing: Listing) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Everything that is no folder, with its name; one folder after the other, no recursion."""
    pending = [""]
    while pending:
        inner = pending.pop()
        if _is_home(folder / inner):
            if not inner:
                raise SensorError(f"the folder {folder} cannot be read: it is where a desk keeps its own posts")
            listing.left_out[f"{shown(inner)}/"] = "it is where a desk keeps its own posts"
            continue
        try:
            with os.scandir(folder / inner) as found:
                for entry in found:
                    name = f"{inner}/{entry.name}" if inner else entry.name
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(name)
                    yield name, entry
        except OSError as error:
            if not inner:
                raise _no_folder(folder, error) from error
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                listing.left_out[f"{shown(inner)}/"] = f"cannot be looked into: {error.strerror or error}"


def _is_home(folder: Path) -> bool:
    try:
        return (folder / _BOARD).is_file()
    except OSError:
        return False


def _look(name: str, entry: "os.DirEntry[str]", listing: Listing, *, max_file: int) -> None:
    ending = ending_of(entry.name)
    try:
        if entry.is_symlink():
            if ending == "" or is_read(ending):
                listing.left_out[shown(name)] = "it is a symbolic link, and links are not followed"
            return
        if entry.is_dir(follow_symlinks=False):
            return
        if (why := why_not_read(ending)) is not None:
            listing.left_out[shown(name)] = why
        if not is_read(ending):
            return
        status = entry.stat(follow_symlinks=False)
    except OSError:
        # Renamed or deleted since the folder was read: the next look sees what became of it.
        return
    if not stat.S_ISREG(status.st_mode):
        listing.left_out[shown(name)] = "it is no regular file (a pipe, a socket or a device)"
    elif status.st_size > max_file:
        listing.left_out[shown(name)] = (
            f"it is {status.st_size:,} bytes, more than {max_file:,} (sensors.folders.max_file)"
        )
    else:
        listing.files.append(Found(name, fingerprint(name, status), status.st_size, status.st_mtime))


def _no_folder(folder: Path, error: OSError) -> SensorError:
    if isinstance(error, FileNotFoundError):
        return SensorError(f"there is no folder {folder}")
    if isinstance(error, NotADirectoryError):
        return SensorError(f"{folder} is not a folder")
    return SensorError(f"the folder {folder} cannot be read: {error.strerror or error}")
