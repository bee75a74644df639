"""Packages as they are when they are installed: modules, and the metadata that names their entry points."""

import base64
import hashlib
import re
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
GROUP = "davidagent.sensors"
_WHEEL = "Wheel-Version: 1.0\nGenerator: by-hand 1\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def install(folder: Path, name: str, *, kinds: Mapping[str, str], modules: Mapping[str, str]) -> None:
    """Put a package there as an installer leaves it; `folder` is to stand on the path. `kinds`: `module:object`."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(_entry_points(kinds))
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)


def wheel_of_the_readme(folder: Path) -> Path:
    """The example of sensors/README.md, built into a wheel as a build backend would do it."""
    page = (ROOT / "sensors" / "README.md").read_text().split("## A sensor of your own")[1]
    project = tomllib.loads(_block(page, "toml"))["project"]
    kinds = project["entry-points"][GROUP]
    (module,) = {target.partition(":")[0] for target in kinds.values()}
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    files = {
        f"{module}.py": _block(page, "python"),
        f"{stem}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
            + "".join(f"Requires-Dist: {one}\n" for one in project["dependencies"])
        ),
        f"{stem}.dist-info/WHEEL": _WHEEL,
        f"{stem}.dist-info/entry_points.txt": _entry_points(kinds),
    }
    record = "".join(f"{name},{_digest(text)},{len(text.encode())}\n" for name, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


def _entry_points(kinds: Mapping[str, str]) -> str:
    return f"[{GROUP}]\n" + "".join(f"{kind} = {target}\n" for kind, target in kinds.items())


def _block(page: str, language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return block


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
