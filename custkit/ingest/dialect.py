"""How a text table is written: separator, quotes, and the line that holds the header."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custkit.ingest.values import cleaned

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
SPACES = "spaces"  # runs of blanks: only where the mapping says so
HEADER_WITHIN = 30  # rows at the top among which the header is looked for

_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"(?!")')
_KEPT_TEXT = re.compile(r'="[^"]*"')  # ="0012": a field of text that Excel must not take for a number
_HINT = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
_NUMBER = re.compile(r"^[-+(]?[¥$£€]?[\d.,]*\d[\d.,]*[)%-]?$")
_DATE = re.compile(r"^\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")


@dataclass(frozen=True)
class Row:
    """A row at the top of a file: the physical lines on which it begins and ends, and its fields."""

    line: int
    last: int
    fields: list[str]


def split_record(text: str, separator: str) -> tuple[list[str], str]:
    """Fields of a record, and ``ok``, ``open`` (a quoted field does not end here) or ``stray``.

    Strict: a quote begins a field or stands doubled inside a quoted one; anything else but ="0012" is stray. Of a record
    that is open, the fields before the open one are given.
    """
    if '"' not in text:
        return (text.split(separator) if separator else [text]), "ok"
    fields, position = [], 0
    while True:
        if text[position : position + 1] == '"':
            match = _QUOTED.match(text, position)
            if match is None:
                return fields, "open"
            fields.append(match[1].replace('""', '"'))
            position = match.end()
        else:
            end = text.find(separator, position) if separator else -1
            end = len(text) if end < 0 else end
            if '"' in text[position:end] and not _KEPT_TEXT.fullmatch(text, position, end):
                return [], "stray"
            fields.append(text[position:end])
            position = end
        if position == len(text):
            return fields, "ok"
        if text[position] != separator:
            return [], "stray"
        position += 1


def is_blank(text: str, separator: str) -> bool:
    """A line of separators, blanks of any kind and marks without width only: no row."""
    return not cleaned(text.replace(separator or " ", ""))


def detect_separator(lines: Sequence[str]) -> tuple[str, int]:
    """The separator of a text table, and how many lines at its top are a ``sep=`` hint (0 or 1).

    The separator under which most lines have the same number of fields, more than one, or lie within a record that has;
    between equals, the one that makes more fields, then comma, semicolon, tab, pipe. Empty: the table has one column.
    """
    if lines and (hint := _HINT.match(lines[0])):
        return hint[1], 1
    best = (0.0, 0, "")
    for separator in SEPARATORS.values():
        filled = [line for line in lines if not is_blank(line, separator)]
        by_line = Counter(
            len(fields)
            for fields, state in (split_record(line, separator) for line in filled)
            if state == "ok"
        )
        by_record = Counter()
        for row in top_rows(lines, separator):
            by_record[len(row.fields)] += row.last - row.line + 1
        # The larger of both: quotes that never close swallow records, and lines within quotes are no records.
        widths = by_line | by_record
        widths.pop(1, None)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        candidate = (count / len(filled), width, separator)
        if candidate[:2] > best[:2]:
            best = candidate
    return best[2], 0


def top_rows(lines: Sequence[str], separator: str, first_line: int = 1) -> list[Row]:
    """Rows at the top of a text table; a quoted field may run over several lines."""
    rows, position = [], 0
    while position < len(lines) and len(rows) < 1000:
        begin = position
        if is_blank(lines[begin], separator):
            position += 1
            continue
        if separator == SPACES:
            rows.append(Row(first_line + begin, first_line + begin, lines[begin].split()))
            position += 1
            continue
        text = lines[begin]
        fields, state = split_record(text, separator)
        while state == "open" and position + 1 < min(len(lines), begin + 50):
            position += 1
            text += "\n" + lines[position]
            fields, state = split_record(text, separator)
        if state != "ok":
            position = begin  # a broken row: the reader marks it; the next line is looked at on its own
        else:
            rows.append(Row(first_line + begin, first_line + position, fields))
        position += 1
    return rows


def header_row(rows: Sequence[Row], known: Callable[[list[str]], int]) -> Row | None:
    """The row that holds the headers, or None.

    Among the rows at the top the one with most headers that are ``known``; between equals the first. Where
    none is known: the first row as wide as most rows, all of text, no two fields the same.
    """
    top = [row for row in rows[:HEADER_WITHIN] if any(field.strip() for field in row.fields)]
    scores = [known(row.fields) for row in top]
    if scores and max(scores) > 0:
        return top[scores.index(max(scores))]
    widths = Counter(len(row.fields) for row in rows)
    width = max(widths, key=lambda w: (widths[w], w), default=0)
    for row in top:
        named = [field.strip() for field in row.fields]
        if (
            len(named) == width
            and len(set(named)) == width
            and all(shape(field) == "text" for field in named)
        ):
            return row
    return None


def unique_headers(fields: Sequence[str]) -> list[str]:
    """Headers as column names: trimmed, ``column N`` where empty, ``name (2)`` where repeated."""
    names, seen = [], Counter()
    for position, field in enumerate(fields, 1):
        name = " ".join(field.replace("\ufeff", "").split()) or f"column {position}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def shape(field: str) -> str:
    """Coarse look of a field: empty, number, date or text."""
    field = field.strip()
    if not field:
        return "empty"
    if _NUMBER.match(field):
        return "number"
    return "date" if _DATE.match(field) else "text"


def looks(fields: Sequence[str]) -> str:
    """What the fields of a row look like, in words that hold none of its values: ``5 fields: text, text, number, date, empty``."""
    shapes = [shape(field) for field in fields]
    return f"{len(shapes)} fields: {', '.join(shapes[:12])}{', …' if len(shapes) > 12 else ''}"
