"""``mapping.yml``: what headers cannot say, read safely and checked word for word before any data is."""

import datetime as dt
import difflib
import fnmatch
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from custkit import schema
from custkit.errors import SettingsError
from custkit.ingest import dialect, personal
from custkit.settings import Settings

LINE = "line"
_PRODUCT = re.compile(r"^(.+?)\s*\*\s*(.+)$")
_KEYS = ("files", "sheet", "header", "separator", "columns")


class _Plain(yaml.SafeLoader):
    """The safe loader, which takes no key twice: the second would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} stands twice in one place", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class TableMapping:
    """What the mapping says of one table."""

    files: tuple[str, ...] = ()  # patterns; empty: found by name or by headers
    sheet: str = ""
    header: str | int = ""  # none, or the line that holds it; empty: found
    separator: str = ""  # empty: detected
    # None: the column is left out; of several headers the first that a file has.
    columns: dict[str, str | int | tuple[str, ...] | None] = field(default_factory=dict)

    def serves(self, name: str) -> bool:
        """Whether one of the patterns fits a file's path or its name."""
        base = name.rsplit("/", 1)[-1]
        return any(fnmatch.fnmatchcase(name, p) or fnmatch.fnmatchcase(base, p) for p in self.files)


@dataclass(frozen=True)
class Mapping:
    """A mapping file; empty when there is none."""

    path: Path | None = None
    is_draft: bool = False
    settings: dict[str, object] = field(default_factory=dict)  # flat, for Settings.replace
    tables: dict[str, TableMapping] = field(default_factory=dict)
    sha256: str = ""
    expected: str = "mapping.yml"  # what it is called where there is none

    @property
    def name(self) -> str:
        """The mapping as a message names it."""
        return self.path.name if self.path else self.expected


@dataclass(frozen=True)
class ColumnSource:
    """Where the values of a column come from: one header, two whose product it is, a constant, or the line."""

    kind: str  # header, product, constant, line
    positions: tuple[int, ...] = ()  # of headers, from 0
    constant: str = ""
    text: str = ""  # as a reader should see it


def paths(data: Path) -> tuple[Path, Path]:
    """Where the mapping of a data folder or file stands, and where its draft does."""
    if data.is_dir():
        return data / "mapping.yml", data / "mapping.draft.yml"
    stem = data.name.split(".")[0] if data.name.endswith(".gz") else data.stem
    return data.with_name(f"{stem}.mapping.yml"), data.with_name(f"{stem}.mapping.draft.yml")


def load_mapping(data: Path, *, draft: bool = False) -> Mapping:
    """The mapping beside a data folder or file; an empty one where there is none.

    ``draft``: where there is no mapping, take the draft that ``custkit map`` wrote.

    Raises
    ------
    SettingsError
        The file is no YAML, holds a tag, or an unknown key, table or column; the text names file, key and
        the names that exist.
    """
    path, draft_path = paths(data)
    is_draft = draft and not path.is_file() and draft_path.is_file()
    if not is_draft and not path.is_file():
        return Mapping(expected=path.name)
    path = draft_path if is_draft else path
    raw = path.read_bytes()
    try:
        content = yaml.load(raw.decode("utf-8-sig"), _Plain)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise SettingsError(
            f"{path.name}{where}: no plain YAML ({problem}); write plain values, without tags, each name once, and lines of one list under each other"
        ) from None
    content = {} if content is None else content
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name}: expected settings and `tables`, got {type(content).__name__}")
    # YAML reads 2011-12-09 as a day; settings are ISO text.
    given = {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in content.items()
    }
    tables = given.pop("tables", None) or {}
    if not isinstance(tables, dict):
        raise SettingsError(f"{path.name}: tables: expected table names with their mapping, got {tables!r}")
    for name in given:
        _require_known(path.name, "", str(name), [*Settings.names(), "tables"])
    Settings().replace(given, path.name)
    parsed = {name: _table(path.name, str(name), entry) for name, entry in tables.items()}
    return Mapping(path, is_draft, given, parsed, hashlib.sha256(raw).hexdigest())


def _require_known(file: str, where: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, 3)
        hint = f"did you mean {', '.join(near)}?" if near else f"it may be {', '.join(names)}"
        raise SettingsError(f"{file}: {where}{name}: no such key; {hint}")


def _table(file: str, name: str, entry: object) -> TableMapping:
    _require_known(file, "tables: ", name, list(schema.INPUTS))
    entry = {} if entry is None else entry
    where = f"tables: {name}: "
    if not isinstance(entry, dict):
        raise SettingsError(f"{file}: {where}expected {', '.join(_KEYS)}, got {entry!r}")
    for key in entry:
        _require_known(file, where, str(key), _KEYS)
    files = entry.get("files") or ()
    files = (files,) if isinstance(files, str) else files
    if not isinstance(files, (list, tuple)) or not all(isinstance(pattern, str) for pattern in files):
        raise SettingsError(f"{file}: {where}files: expected a list of names or patterns, got {files!r}")
    return TableMapping(
        tuple(files),
        _text(file, f"{where}sheet", entry.get("sheet")),
        _header(file, where, entry.get("header")),
        _separator(file, where, entry.get("separator")),
        _columns(file, where, name, entry.get("columns")),
    )


def _text(file: str, where: str, value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise SettingsError(f"{file}: {where}: expected text, got {value!r}")


def _header(file: str, where: str, value: object) -> str | int:
    if value in (None, "", "none"):
        return value or ""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise SettingsError(f"{file}: {where}header: expected none or the number of a line, got {value!r}")


def _separator(file: str, where: str, value: object) -> str:
    text = _text(file, f"{where}separator", value)
    names = [*dialect.SEPARATORS, dialect.SPACES]
    if text in ("", *names) or (
        len(text) == 1 and text.isascii() and not text.isalnum() and text not in '"\r\n'
    ):
        return text
    raise SettingsError(
        f"{file}: {where}separator: expected {', '.join(names)} or one character, got {text!r}"
    )


def _columns(file: str, where: str, table: str, value: object) -> dict:
    columns = {} if value is None else value
    if not isinstance(columns, dict):
        raise SettingsError(f"{file}: {where}columns: expected column names with headers, got {columns!r}")
    for name, origin in columns.items():
        _require_known(file, f"{where}columns: ", str(name), list(schema.INPUTS[table]))
        is_list = isinstance(origin, list) and origin and all(isinstance(one, str) for one in origin)
        is_position = isinstance(origin, int) and not isinstance(origin, bool) and origin >= 1
        if not (origin is None or isinstance(origin, str) or is_position or is_list):
            raise SettingsError(
                f"{file}: {where}columns: {name}: expected a header, a position from 1, `line`, a product such as "
                f"quantity * unit_price, = and a constant, or a list of headers of which each file has one; got {origin!r}"
            )
    return {name: tuple(origin) if isinstance(origin, list) else origin for name, origin in columns.items()}


def resolve(
    mapping: Mapping, table: str, headers: Sequence[str], named: dict[str, int], where: str
) -> dict[str, ColumnSource]:
    """The columns that the mapping gives for a file with these headers.

    ``named``: columns that headers name by themselves, for the factors of a product; ``where`` names the file in errors.

    Raises
    ------
    SettingsError
        A header or position that the file does not have; the text lists those it has.
    """
    given = mapping.tables[table].columns if table in mapping.tables else {}
    found: dict[str, ColumnSource] = {}
    # Products last: their factors may be columns that the mapping names.
    chosen = {name: _first_there(origin, headers) for name, origin in given.items()}
    for name, origin in sorted(chosen.items(), key=lambda item: _is_product(item[1], headers)):
        if origin is None or origin == "":
            continue
        if origin == LINE:
            found[name] = ColumnSource("line", text=LINE)
        elif isinstance(origin, str) and origin.startswith("="):
            found[name] = ColumnSource("constant", constant=origin[1:], text=origin)
        elif _is_product(origin, headers):
            parts = _PRODUCT.match(origin).groups()
            factors = tuple(_factor(mapping, table, part, found, named, headers, where) for part in parts)
            found[name] = ColumnSource("product", factors, text=origin)
        else:
            position = _position(mapping, f"{table}: {name}", origin, headers, where)
            found[name] = ColumnSource("header", (position,), text=headers[position])
    return found


def _first_there(origin: str | int | tuple[str, ...] | None, headers: Sequence[str]) -> str | int | None:
    """Of several headers the first that the file has, else a product among them, else the first."""
    if not isinstance(origin, tuple):
        return origin
    there = [one for one in origin if " ".join(one.split()) in headers]
    return next(iter([*there, *(one for one in origin if _PRODUCT.match(one))]), origin[0])


def _is_product(origin: object, headers: Sequence[str]) -> bool:
    return (
        isinstance(origin, str)
        and origin not in headers
        and not origin.startswith("=")
        and bool(_PRODUCT.match(origin))
    )


def _factor(
    mapping: Mapping,
    table: str,
    part: str,
    found: dict,
    named: dict[str, int],
    headers: Sequence[str],
    where: str,
) -> int:
    if part in found and found[part].kind == "header":
        return found[part].positions[0]
    if part in named and part not in headers:
        return named[part]
    return _position(mapping, f"{table}: factor", part, headers, where)


def _position(mapping: Mapping, what: str, origin: str | int, headers: Sequence[str], where: str) -> int:
    if isinstance(origin, int):
        if origin <= len(headers):
            return origin - 1
        raise SettingsError(f"{mapping.name}: {what}: {where} has no column {origin}; it has {len(headers)}")
    trimmed = " ".join(origin.split())
    if trimmed in headers:
        return list(headers).index(trimmed)
    there = personal.headers_shown(headers, [])
    near = difflib.get_close_matches(trimmed, there, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise SettingsError(
        f"{mapping.name}: {what}: {where} has no column {origin!r}{hint}; it has {', '.join(there)}"
    )
