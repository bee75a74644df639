"""Validates the tree and says every fault in words a person can act on."""

import copy
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from daemon.core.redaction import HIDDEN
from daemon.core.settings.models import GroupSettings, Settings
from daemon.core.settings.old_fallback import ADVICE, INLINE
from daemon.core.settings.problems import KeyPath, Problem, suggest

_ECHELONS_AT = 3
_LONGEST_QUOTE = 60
_SENSITIVE = frozenset({"api_key", "token", "notify"})
_BOUNDS = {
    "greater_than_equal": ("ge", "it must be {} or more"),
    "greater_than": ("gt", "it must be more than {}"),
    "less_than_equal": ("le", "it must be {} or less"),
    "less_than": ("lt", "it must be less than {}"),
}
_WANTED = (
    (("int_", "int"), "must be a whole number"),
    (("float_", "float", "finite_number"), "must be a number"),
    (("bool_", "bool"), "must be true or false"),
    (("string_", "str"), "must be text; put it in quotes"),
    (("path_",), "must be a path"),
    (("tuple_", "list_"), "must be a list, such as [a, b]"),
    (("model_", "dict_", "mapping_"), "must be a section with keys of its own"),
)


def validate(tree: Mapping[str, Any]) -> tuple[Settings, list[Problem], list[KeyPath]]:
    """The settings and what is wrong.

    When something is, the settings are made without the faulty keys, so that the relations between the others can be
    checked all the same; the paths that were left out come back too.
    """
    problems: list[Problem] = []
    left_out: list[KeyPath] = []
    rest = copy.deepcopy(dict(tree))
    while True:
        try:
            return Settings.model_validate(rest), problems, left_out
        except ValidationError as error:
            faults = error.errors()
        problems = problems or [_explain(fault) for fault in faults]
        left_out += [shown(_leave_out(rest, fault)) for fault in faults]


def shown(path: KeyPath) -> KeyPath:
    """The path as it is written: `echelons` is the models' word, not the file's, and `[key]` is pydantic's."""
    path = path[:-1] if path[-1:] == ("[key]",) else path
    is_echelon = len(path) > _ECHELONS_AT and path[:2] == ("llm", "groups") and path[_ECHELONS_AT] == "echelons"
    return path[:_ECHELONS_AT] + path[_ECHELONS_AT + 1 :] if is_echelon else path


def _leave_out(tree: dict[str, Any], fault: ErrorDetails) -> KeyPath:
    """Take the faulty key out of the tree; of a list, the whole list; for a missing key, what lacks it.

    Each fault is about something that stands in the tree, so every round leaves less of it.
    """
    path = fault["loc"][:-1] if fault["type"] == "missing" else fault["loc"]
    place: Any = tree
    depth = 0
    while depth < len(path) - 1 and isinstance(place.get(path[depth]), dict):
        place = place[path[depth]]
        depth += 1
    place.pop(path[depth], None)
    return path[: depth + 1]


def _explain(fault: ErrorDetails) -> Problem:
    path = fault["loc"]
    if fault["type"] == "extra_forbidden" and path in INLINE:
        return Problem(path, ADVICE)
    if fault["type"] == "extra_forbidden":
        return Problem(shown(path), f"unknown key; {_suggest_key(path)}")
    if fault["type"] == "missing":
        return Problem(shown(path), "is missing")
    is_secret = bool(_SENSITIVE & set(map(str, path)))
    return Problem(shown(path), _fault_in_words(fault, HIDDEN if is_secret else _quote(fault["input"])))


def _fault_in_words(fault: ErrorDetails, value: str) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{value} is out of bounds; {words.format(str(context[key]).removesuffix('.0'))}"
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        return f"{value} is not possible; {suggest(str(fault['input']), options, kind='it can be')}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return "must not be empty"
    wanted = next((words for starts, words in _WANTED if kind.startswith(starts)), None)
    return f"{wanted}, not {value}" if wanted else f"{fault['msg']} (it is {value})"


def _quote(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a section"
    if isinstance(value, list):
        return "a list"
    text = "nothing" if value is None else repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _suggest_key(path: KeyPath) -> str:
    key = str(path[-1])
    model = _model_at(path[:-1])
    elsewhere = [known for known in _all_keys(Settings) if known.rpartition(".")[2] == key]
    known_here = _keys_of(model) if model is not None else []
    if elsewhere and not suggest(key, known_here, kind="").startswith("did"):
        return f"did you mean {min(elsewhere, key=lambda known: known.count('.'))}?"
    return suggest(key, known_here, kind="the keys here are")


def _keys_of(model: type[BaseModel]) -> list[str]:
    if model is GroupSettings:
        return [*(name for name in model.model_fields if name != "echelons"), "echelon1", "echelon2", "echelon3"]
    return list(model.model_fields)


def _model_at(path: KeyPath) -> type[BaseModel] | None:
    annotation: Any = Settings
    for part in path:
        annotation = _inside(annotation, str(part))
    return annotation if _is_model(annotation) else None


def _inside(annotation: Any, part: str) -> Any:
    """The type of what stands under `part` in a value of the type `annotation`; None when nothing may stand there."""
    if _is_model(annotation):
        field = annotation.model_fields.get(part)
        found = field.annotation if field is not None else None
        return next((option for option in get_args(found) if _is_model(option)), found) if _is_union(found) else found
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _all_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every key that has a fixed place, dotted."""
    keys = []
    for name, field in model.model_fields.items():
        keys.append(f"{prefix}{name}")
        inner: Any = field.annotation
        if _is_model(inner):
            keys += _all_keys(inner, f"{prefix}{name}.")
    return keys
