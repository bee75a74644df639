"""A key is put in or taken out, and not one other character changes."""

from pathlib import Path

import pytest

from daemon.core.errors import ConfigError
from daemon.core.settings.document import read_document
from daemon.core.settings.editing import EditedFiles
from daemon.core.settings.splicing import add_key, remove_key
from daemon.core.settings.texts import Texts

VALUE = {
    "strategy": "echelon_down",
    "fallback_groups": ["a.echelon2", "b"],
    "circuit_breaker": {"recovery_time": "60s"},
}
FLOW = "strategy: echelon_down, fallback_groups: [a.echelon2, b], circuit_breaker: {recovery_time: 60s}"


def _lines(column: int, step: int = 2) -> str:
    inner = " " * step
    lines = (
        "new:",
        f"{inner}strategy: echelon_down",
        f"{inner}fallback_groups: [a.echelon2, b]",
        f"{inner}circuit_breaker:",
        f"{inner}{inner}recovery_time: 60s",
    )
    return "".join(f"{' ' * column}{line}\n" for line in lines)


ADDED = {
    "at the end of the file": ("a: 1\n", (), "a: 1\n" + _lines(0)),
    "after a last line without an end": ("a: 1", (), "a: 1\n" + _lines(0)),
    "after the comment of the last line": ("a: 1  # why\n# end\n", (), "a: 1  # why\n" + _lines(0) + "# end\n"),
    "after a document's start": ("---\na: 1\n...\n", (), "---\na: 1\n" + _lines(0) + "...\n"),
    "between two sections": ("a:\n  b: 1\n\nc: 2\n", ("a",), "a:\n  b: 1\n" + _lines(2) + "\nc: 2\n"),
    "with the indentation of the file": (
        "a:\n    b:\n        c: 1\n",
        ("a",),
        "a:\n    b:\n        c: 1\n" + _lines(4, step=4),
    ),
    "after a list": ("a:\n  b:\n  - 1\n  - c: [\n    2]\nd: 1\n", ("a",), None),
    "after a list that is not indented": (
        "a:\n- 1\n- 2  # two\n# end\n",
        (),
        "a:\n- 1\n- 2  # two\n" + _lines(0) + "# end\n",
    ),
    "after nothing": ("a:\n  b:   # later\nc: 2\n", ("a",), "a:\n  b:   # later\n" + _lines(2) + "c: 2\n"),
    "after text of several lines": ("a: |\n  one\n\n  two\n\nb: 1\n", (), None),
    "after text of several lines at the end": ("b: 1\na: >-\n  one\n  two\n", (), None),
    "after an alias": ("x: &x {c: 1}\na:\n  b: *x   # the same\nd: 2\n", ("a",), None),
    "after a list that ends with an alias": ("x: &x 1\na:\n  b:\n    - 2\n    - *x\nd: 2\n", ("a",), None),
    "with a merge": ("x: &x {c: 1}\na:\n  <<: *x\n  b: 1\n", ("a",), None),
    "in braces": ("a: {b: 1}   # why\n", ("a",), f"a: {{b: 1,\n    new: {{{FLOW}}}}}   # why\n"),
    "in braces of several lines": (
        "a: {b: 1, # one\n   }\n",
        ("a",),
        f"a: {{b: 1,\n    new: {{{FLOW}}}, # one\n   }}\n",
    ),
    "in empty braces": ("a: &a {}\nb: 1\n", ("a",), f"a: &a {{new: {{{FLOW}}}}}\nb: 1\n"),
    "after an alias in braces": ("x: &x 1\na: {b: *x}\n", ("a",), None),
    "with a mark at the start": ("\ufeffa: 1\n", (), "\ufeffa: 1\n" + _lines(0)),
    "with the line ends of another system": ("a: 1\r\nb: 2\r\n", (), None),
}


@pytest.mark.parametrize(("text", "path", "expected"), ADDED.values(), ids=ADDED)
def test_a_key_is_added(text: str, path: tuple[str, ...], expected: str | None) -> None:
    """At its place, in the style around it; every old character is still there, in its order."""
    after = add_key(text, path, key="new", value=VALUE)
    assert expected is None or after == expected
    tree = read_document(text, name="before").tree
    place = tree
    for part in path:
        place = place[part]
    place["new"] = VALUE
    assert read_document(after, name="after").tree == tree
    left = iter(after)
    assert all(character in left for character in text)
    assert ("\r\n" in text) == (after.count("\n") == after.count("\r\n"))


REMOVED = {
    "a section": ("a: 1\nb:\n  c: 1\n  d: [1,\n   2]  # two\n# end\ne: 3\n", ("b",), "a: 1\n# end\ne: 3\n"),
    "the last line": ("a: 1\nb: 2", ("b",), "a: 1\n"),
    "the first line": ("a: 1\nb: 2\n", ("a",), "b: 2\n"),
    "an entry of a section": ("a:\n  b: 1\n  c: 2\nd: 3\n", ("a", "b"), "a:\n  c: 2\nd: 3\n"),
    "the only entry of a section": ("a:\n  b: 1\nd: 3\n", ("a", "b"), "d: 3\n"),
    "the first in braces": ("a: {b: {c: 1}, d: 2}  # x\n", ("a", "b"), "a: {d: 2}  # x\n"),
    "the last in braces": ("a: {d: 2, b: {c: 1}}  # x\n", ("a", "b"), "a: {d: 2}  # x\n"),
    "the only one in braces": ("a: {b: 1}\nc: 1\n", ("a", "b"), "c: 1\n"),
    "all there is": ("# mine\na: {b: 1}\n", ("a",), "# mine\n"),
}


@pytest.mark.parametrize(("text", "path", "expected"), REMOVED.values(), ids=REMOVED)
def test_a_key_is_removed(text: str, path: tuple[str, ...], expected: str) -> None:
    """With its value; what stands around it stays."""
    assert remove_key(text, path) == expected


def test_what_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(ConfigError, match=r"^a\.b: new cannot be put here"):
        add_key("a: {b: 1}\n", ("a", "b"), key="new", value=VALUE)
    for path in (("b",), ("a", "c"), ("a", "b", "c")):
        with pytest.raises(ConfigError, match="cannot be taken out here"):
            remove_key("a: {b: 1}\n", path)


def test_a_long_value_in_braces_is_wrapped() -> None:
    value = {"one": "x" * 60, "two": "y" * 60, "three": [1]}
    assert add_key("a: {b: 1}\n", ("a",), key="new", value=value) == (
        f"a: {{b: 1,\n    new: {{one: {'x' * 60},\n          two: {'y' * 60}, three: [1]}}}}\n"
    )


def test_an_edit_that_changes_something_else_too_is_refused(tmp_path: Path) -> None:
    """The group that shares its lines by an anchor would get the key as well."""
    file = tmp_path / "davidagent.yaml"
    file.write_text("left: &l\n  a: 1\nright: *l\n")
    files = EditedFiles(Texts(tmp_path))
    with pytest.raises(
        ConfigError, match=r"^davidagent\.yaml: cannot be changed at one place alone; take apart by hand"
    ):
        files.add(file, ("left",), key="new", value=VALUE)
    assert file.read_text() == "left: &l\n  a: 1\nright: *l\n"
