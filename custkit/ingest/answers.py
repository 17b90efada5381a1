"""What only the analyst can say of a file, and the very line of the mapping that says it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import yaml

from custkit import schema
from custkit.ingest import dialect, headers, personal
from custkit.ingest.mapping import LINE, Mapping
from custkit.ingest.raw import Raw

_HEADERS_SHOWN, _HEADER_WIDTH = 12, 30
_DRAFT = "custkit map writes a draft"

# What the values of a column look like, by its kind.
_SHAPES = {
    "date": {"date"},
    "money": {"number"},
    "number": {"number"},
    "integer": {"number"},
    "scale": {"number"},
    "id": {"text", "number"},
    "text": {"text"},
}


@dataclass(frozen=True)
class Place:
    """A file of which the analyst must say what table it is, or how it is laid out."""

    said: str  # what is wrong, and what to do
    file: str
    table: str
    content: dict[str, object]  # what the mapping would say of it
    after: str = ""

    def text(self, mapping: Mapping, served: dict[str, list[str]]) -> str:
        """The sentence with its line; ``served``: the files that other tables have, for a mapping that names files names all."""
        content = {"files": [self.file], **self.content}
        if mapping.tables:
            line = entry(mapping, self.table, content)
        else:
            same = (
                {**content, "files": [*served.get(self.table, []), self.file]}
                if not self.content
                else content
            )
            others = {table: {"files": files} for table, files in served.items() if table != self.table}
            line = flow({"tables": {self.table: same, **others}})
        return f"{self.said} {mapping.name}, for example: {line}{self.after}"


@dataclass(frozen=True)
class Question:
    """A file that cannot be read as a table before the analyst says more."""

    where: str
    file: str
    table: str
    raw: Raw
    doubts: dict[str, list[str]] = field(default_factory=dict)  # column: headers that could be it
    missing: list[str] = field(default_factory=list)  # required columns that no header names
    used: tuple[int, ...] = ()  # positions of headers that other columns are read from

    def choices(self, column: str) -> list[str]:
        """How a column could be given, likeliest first."""
        if column in self.doubts:
            return [origin(header, self.raw.headers.index(header)) for header in self.doubts[column]]
        return candidates(self.table, column, self.raw, self.used)

    def text(self, mapping: Mapping, others: dict[str, list[str]]) -> str:
        """One sentence on what is wrong, and one with the line that answers it.

        ``others``: headers by which further files of the table name these columns.
        """
        if personal.is_record(self.raw.headers, self.raw.sample):
            return self._as_record(mapping)
        said = [f"{column} could be {' or '.join(names)}" for column, names in self.doubts.items()]
        if self.missing:
            said.append(f"no column for {', '.join(map(_words, self.missing))}{self._hint()}")
        shown = ", ".join(shown_headers(self.raw)) if self.missing else ""
        chosen: dict[str, object] = {}
        for column in [*self.doubts, *self.missing]:
            first = self.choices(column)[:1] or ["HEADER"]
            names = list(dict.fromkeys([*first, *others.get(column, [])]))
            chosen[column] = names if len(names) > 1 else names[0]
        return f"{self.where}: {'; '.join(said)}{f'; it has {shown}' if shown else ''}. {self._advice(mapping, chosen)}"

    def _as_record(self, mapping: Mapping) -> str:
        """The question for a file whose headers look like its first record: none of it is shown."""
        looks = ", ".join(personal.headers_shown(self.raw.headers, self.raw.sample)[:_HEADERS_SHOWN])
        said = f"{self.where}: the line taken for its headers looks like a record ({looks}). Say in"
        return Place(said, self.file, self.table, without_headers(self.table), POSITIONS).text(mapping, {})

    def _hint(self) -> str:
        keys = map(headers.key, self.raw.headers)
        return " (id alone may be anyone's)" if "customer_id" in self.missing and "id" in keys else ""

    def _advice(self, mapping: Mapping, chosen: dict[str, object]) -> str:
        verb = "Say which" if self.doubts else "Name it"
        also = f" ({_DRAFT})" if self.missing and mapping.path is None else ""
        return (
            f"{verb} in {mapping.name}, for example: {entry(mapping, self.table, {'columns': chosen})}{also}"
        )


POSITIONS = ", each column with its own position"


def without_headers(table: str) -> dict[str, object]:
    """What the mapping would say of a file without headers."""
    required = [name for name, column in schema.INPUTS[table].items() if column.required]
    return {"header": "none", "columns": {name: at for at, name in enumerate(required, 1)}}


def entry(mapping: Mapping, table: str, content: dict[str, object]) -> str:
    """The line that adds ``content`` to what the mapping says of a table, and where in the mapping it goes."""
    if mapping.path is None or not mapping.tables:
        return flow({"tables": {table: content}})
    if table not in mapping.tables:
        return f"{flow({table: content})} under tables"
    columns = content.get("columns")
    if columns and set(content) == {"columns"}:
        return f"{flow(columns)} under tables: {table}: columns"
    return f"{flow(content)} under tables: {table}"


def flow(content: dict[str, object]) -> str:
    """A mapping as one line of YAML, without the braces around it."""
    text = yaml.safe_dump(content, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10**6)
    return text.strip()[1:-1]


def origin(header: str, position: int) -> str | int:
    """A header as the mapping gives it; one that would be read as something else by its position."""
    return position + 1 if header == LINE or header.startswith("=") else header


def candidates(table: str, column: str, raw: Raw, used: Iterable[int]) -> list[str | int]:
    """Headers that no column is read from yet and whose values look like those of ``column``."""
    kind, taken = schema.INPUTS[table][column].kind, set(used)
    masked = personal.masks(raw.headers, raw.sample, {})
    found = []
    for position, header in enumerate(raw.headers):
        values = [row[position] for row in raw.sample if len(row) > position and row[position].strip()]
        shapes = {dialect.shape(value) for value in values}
        if position not in taken and position not in masked and values and shapes <= _SHAPES[kind]:
            found.append((not _is_likely(kind, header, values), position, origin(header, position)))
    return [given for _, _, given in sorted(found, key=lambda one: one[:2])]


def _is_likely(kind: str, header: str, values: Sequence[str]) -> bool:
    """An id is called so; an amount has decimals."""
    if kind == "id":
        return headers.key(header).endswith(("id", "no", "code", "编号", "編號", "号", "號", "代码", "代碼"))
    return kind == "money" and any("." in value for value in values)


def shown_headers(raw: Raw) -> list[str]:
    """The first headers of many, each cut short, none of which is a person's."""
    names = [
        name[:_HEADER_WIDTH] for name in personal.headers_shown(raw.headers, raw.sample)[:_HEADERS_SHOWN]
    ]
    return [*names, "…"] if raw.width > _HEADERS_SHOWN else names


def _words(column: str) -> str:
    return "amount (or quantity and unit_price)" if column == "amount" else column
