"""The house rules that a machine can see: sizes, names, argument counts."""

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted(p for top in ("daemon", "brains", "sensors", "dashboard") for p in (ROOT / top).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
LONGEST_FILE, LONGEST_FUNCTION, MOST_ARGUMENTS = 350, 50, 10


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function):
        doc = function.body[0]
        lines -= (doc.end_lineno or doc.lineno) - doc.lineno + 1
    return lines


@pytest.mark.parametrize("path", PRODUCT, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_short_and_well_named(path: Path) -> None:
    """At most 350 lines, no catch-all name, no function over 50 lines."""
    assert path.stem not in FORBIDDEN_NAMES
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    assert [f.name for f in _functions(path) if _length(f) > LONGEST_FUNCTION] == []


def test_functions_are_short_on_the_whole() -> None:
    """The median function has at most 10 lines, the 90th percentile at most 30."""
    lengths = sorted(_length(function) for path in PRODUCT for function in _functions(path))
    assert statistics.median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 30


def test_arguments_from_the_second_on_are_named_when_there_are_many() -> None:
    """No function takes more than three positional arguments beside self."""
    crowded = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path in PRODUCT
        for function in _functions(path)
        if len([a for a in function.args.posonlyargs + function.args.args if a.arg not in {"self", "cls"}]) > 3
    ]
    assert crowded == []


def test_no_open_promises_in_the_code() -> None:
    """No TODO and no FIXME without an issue: there are none at all."""
    marks = [str(p.relative_to(ROOT)) for p in PRODUCT if any(m in p.read_text() for m in ("TODO", "FIXME", "XXX"))]
    assert marks == []
