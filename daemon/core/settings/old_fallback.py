"""The global fallback of older configurations: where it may still stand, and what of it a group can take over."""

from collections.abc import Iterator
from pathlib import Path

from daemon.core.settings.problems import KeyPath, Problem
from daemon.core.settings.texts import Texts

OLD_KEY = "global_fallback"
OLD_FILES = ("global_fallback.yaml", "global_fallback.yml")
INLINE: tuple[KeyPath, ...] = ((OLD_KEY,), ("llm", OLD_KEY))
"""Where the key stood when it had no file of its own."""
ADVICE = "there is no global fallback, each group has its own; move it into them with: davidagent config migrate"


def stray_files(*, base: Path, groups_dir: Path | None, texts: Texts) -> list[Path]:
    """Files of the old kind: beside the configuration, among the groups, and in the folder around these."""
    folders = [base, *((groups_dir, groups_dir.parent) if groups_dir is not None else ())]
    places = (folder / name for folder in folders for name in OLD_FILES)
    return [path for path in dict.fromkeys(places) if texts.is_file(path)]


def warn_of_strays(strays: list[Path], *, texts: Texts) -> Iterator[Problem]:
    """They are not read, which is said."""
    for path in strays:
        yield Problem((), f"is not read: {ADVICE}", is_warning=True, where=texts.shown(path))
