"""The parameters cell of a notebook: names, types, defaults; and whether given values fit them.

Read from the syntax tree: papermill's own inspection loses lines with a second ``=``, and only warns of a name that
does not exist or a value of another type.
"""

import ast
import functools
import io
import json
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from custkit.errors import SettingsError, UsageError
from custkit.settings import suggest

COMMON = ("data", "out", "region", "as_of", "lang")

_KINDS = {"str": str, "int": int, "float": float, "bool": bool}
_KIND_NAMES = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell."""

    name: str
    kind: str  # str, int, float, bool, or list[...] of one of them
    default: object
    comment: str


def of_source(source: str, notebook: str) -> list[Parameter]:
    """The parameters that a cell's source declares; ``notebook`` is named in errors.

    Raises SettingsError for anything but ``name: kind = literal``: papermill could not replace it.
    """
    comments = _comments(source)
    found = []
    for node in ast.parse(source).body:
        line = ast.unparse(node)
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.value is None:
            raise SettingsError(f"{notebook}: parameters cell: expected `name: kind = literal`, got {line!r}")
        kind = ast.unparse(node.annotation)
        if kind.removeprefix("list[").removesuffix("]") not in _KINDS:
            raise SettingsError(f"{notebook}: parameters cell: {node.target.id}: no kind {kind!r}")
        try:
            default = ast.literal_eval(node.value)
        except ValueError:
            raise SettingsError(
                f"{notebook}: parameters cell: {node.target.id}: expected a literal, got {line!r}"
            ) from None
        if not _fits(default, kind):
            raise SettingsError(f"{notebook}: parameters cell: {node.target.id}: {default!r} is not {kind}")
        found.append(Parameter(node.target.id, kind, default, comments.get(node.end_lineno, "")))
    return found


@functools.cache
def of_notebook(path: Path) -> tuple[Parameter, ...]:
    """The parameters of a notebook; none when it has no cell tagged ``parameters``."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            return tuple(of_source("".join(cell["source"]), path.name))
    return ()


def known(notebooks: Iterable[Path]) -> dict[str, Parameter]:
    """Parameters of several notebooks by name, without the five common ones.

    Raises SettingsError when two notebooks give one name two kinds: the same name means the same everywhere.
    """
    found: dict[str, Parameter] = {}
    for path in notebooks:
        for parameter in of_notebook(path):
            before = found.setdefault(parameter.name, parameter)
            if before.kind != parameter.kind:
                raise SettingsError(
                    f"{path.name}: {parameter.name}: {parameter.kind} here, {before.kind} elsewhere"
                )
    return {name: parameter for name, parameter in found.items() if name not in COMMON}


def check(notebook: Path, values: Mapping[str, object]) -> None:
    """Raise UsageError when the notebook has no parameter of a name, or a value is of another kind."""
    own = {parameter.name: parameter for parameter in of_notebook(notebook)}
    for name, value in values.items():
        if name not in own:
            raise UsageError(f"{notebook.name}: no parameter {name!r}; {suggest(name, own)}")
        if not _fits(value, own[name].kind):
            raise UsageError(f"{notebook.name}: {name}: expected {_kind_name(own[name].kind)}, got {value!r}")


def parse(name: str, text: str, kind: str) -> object:
    """The value of a parameter given as text: numbers plainly, lists with commas or as JSON.

    Raises UsageError naming the parameter, the kind that was expected and the text.
    """
    if kind == "str":
        return text
    try:
        if kind.startswith("list["):
            item = kind.removeprefix("list[").removesuffix("]")
            given = (
                json.loads(text)
                if text.lstrip().startswith("[")
                else [part.strip() for part in text.split(",") if part]
            )
            value = [parse(name, part, item) if isinstance(part, str) else part for part in given]
        else:
            value = json.loads(text)
    except ValueError:
        value = None
    if value is None or not _fits(value, kind):
        raise UsageError(f"--set {name}: expected {_kind_name(kind)}, got {text!r}")
    return value


def _fits(value: object, kind: str) -> bool:
    if kind.startswith("list["):
        item = kind.removeprefix("list[").removesuffix("]")
        return isinstance(value, list) and all(_fits(part, item) for part in value)
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    return isinstance(value, (int, float) if kind == "float" else _KINDS[kind])


def _kind_name(kind: str) -> str:
    if kind.startswith("list["):
        return f"a list of {_kind_name(kind.removeprefix('list[').removesuffix(']'))}"
    return _KIND_NAMES[kind]


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
