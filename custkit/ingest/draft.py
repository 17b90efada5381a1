"""A draft of ``mapping.yml``: what was understood of each file, with sample values, for an analyst to check."""

import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import yaml

from custkit import schema
from custkit.errors import InputRefused, UsageError
from custkit.ingest import answers, headers, mapping, personal
from custkit.ingest.assign import TWINS
from custkit.ingest.glance import Opened, Unread, open_all
from custkit.ingest.raw import NoHeader, Raw

_SAMPLES = 3  # values shown of a column
_WIDTH = 20  # characters of a value

_TOP = """\
# Drafted by custkit map from what the files say. Check each line, then rename this file to {name}.
# A line that begins with # says nothing; take the # and the blank after it off to make it count. To the right of a #
# stand values of the column, names, phones and mails masked.
# A column is a header, a position from 1, line (the record's own number), a product such as quantity * unit_price,
# "=" and a constant, or a list of headers of which each file has one. A column without a line is found by its header.
# currency: CNY  # ISO code of the amounts; amounts marked otherwise are quarantined
# date_order: DMY  # where a column leaves open which number is the day"""


def write_draft(data: Path) -> tuple[Path, str]:
    """Write ``mapping.draft.yml`` beside the data; the path and the text.

    Values of names, phones and mails are shown masked.

    Raises
    ------
    UsageError
        A draft stands there already: it may hold an analyst's work.
    InputRefused
        No file could be read, or none looks like a table.
    """
    if not data.exists():
        raise InputRefused(
            f"{data.name}: no such file or folder; give the path of a data file or of a folder of them"
        )
    path = mapping.paths(data)[1]
    if path.exists():
        raise UsageError(
            f"{path.name} is already there; rename it to {mapping.paths(data)[0].name}, or remove it"
        )
    with tempfile.TemporaryDirectory() as staging:
        text = draft(data, Path(staging))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path.name}: cannot be written beside the data: {error.strerror}") from error
    return path, text


def draft(data: Path, staging: Path) -> str:
    """The text of a draft for the files of ``data``."""
    opened, unread = open_all(data, staging)
    is_folder = data.is_dir()
    by_table: dict[str, list[Opened]] = defaultdict(list)
    for one in opened:
        for table in [] if _is_doubt(one.tables) else one.tables:
            by_table[table].append(one)
    lines = [
        line
        for table in schema.INPUTS
        if table in by_table
        for line in _table(table, by_table[table], is_folder=is_folder)
    ]
    for one in opened:
        if _is_doubt(one.tables):
            lines += _doubtful(one, is_folder=is_folder)
        elif not one.tables:
            lines += _unknown(one, is_folder=is_folder)
    lines += [line for one in unread for line in _unread(one, is_folder=is_folder)]
    if not any(re.match(r"  (# )?\w+:$", line) for line in lines):
        refusals = "\n".join(str(one.refusal) for one in unread)
        raise InputRefused(refusals or f"{data.name}: no table in it that a mapping could name")
    top = _TOP.format(name=mapping.paths(data)[0].name)
    return "\n".join([top, "tables:", *lines]) + "\n"


def _is_doubt(tables: Sequence[str]) -> bool:
    return len(tables) > 1 and TWINS.get(tables[0]) != tables[1]


def _table(table: str, files: Sequence[Opened], *, is_folder: bool) -> list[str]:
    lines = [f"  {table}:"]
    if is_folder:
        lines.append(f"    files: {_plain(list(dict.fromkeys(one.source.name for one in files)))}")
    if separator := files[0].separator:
        lines.append(f"    separator: {separator}")
    sheets = {one.raw.sheet for one in files}
    if len(sheets) == 1 and files[0].n_sheets > 1:
        lines.append(f"    sheet: {_plain(sheets.pop())}")
    matches = [headers.match(one.raw.headers, table) for one in files]
    lines.append("    columns:")
    for column in schema.INPUTS[table]:
        lines += _column(table, column, files, matches)
    lines += _derived(table, matches)
    lines += _left(table, files)
    return lines


def _column(table: str, column: str, files: Sequence[Opened], matches: Sequence[headers.Match]) -> list[str]:
    """The line of a column; where only the analyst can say it, the lines to choose from."""
    known = [
        (answers.origin(one.raw.headers[at], at), _samples(one.raw, at))
        for one, match in zip(files, matches, strict=True)
        if (at := match.columns.get(column)) is not None
    ]
    origins = list(dict.fromkeys(origin for origin, _ in known))
    asking = [
        (one, match)
        for one, match in zip(files, matches, strict=True)
        if column in match.doubts or column in match.missing(table)
    ]
    if asking:
        return _choices(table, column, asking, origins)
    if not known:
        return []
    passed = dict.fromkeys(header for match in matches for header in match.passed_over.get(column, []))
    note = f"; not {_comment(' or '.join(passed))}" if passed else ""
    given = origins[0] if len(origins) == 1 else origins
    if len(known) < len(files):
        return [f"      # not in every file, and found by its header where it is: {column}: {_plain(given)}"]
    return [f"      {column}: {_plain(given)}{known[0][1]}{note}"]


def _choices(
    table: str, column: str, asking: Sequence[tuple[Opened, headers.Match]], others: Sequence[str | int]
) -> list[str]:
    one, match = asking[0]
    is_doubt = column in match.doubts
    question = answers.Question(
        "", one.source.name, table, one.raw, match.doubts, match.missing(table), tuple(match.columns.values())
    )
    names = question.choices(column)
    why = "could be more than one column" if is_doubt else "is required, and no header says it"
    ask = "take the # off the right line" if names else "write the right header"
    lines = [f"      # {column} {why}: {ask}"]
    for name in names:
        at = name - 1 if isinstance(name, int) else one.raw.headers.index(name)
        given = list(dict.fromkeys([name, *others]))
        lines.append(f"      # {column}: {_plain(given if len(given) > 1 else name)}{_samples(one.raw, at)}")
    return lines if names else [*lines, f"      # {column}:"]


def _derived(table: str, matches: Sequence[headers.Match]) -> list[str]:
    """What orders need beside their headers: an amount that is a product, and what stands for an order."""
    if table != "orders":
        return []
    lines = []
    if all({"quantity", "unit_price"} <= set(match.columns) for match in matches) and not any(
        "amount" in {*match.columns, *match.doubts} for match in matches
    ):
        lines.append("      amount: quantity * unit_price")
    if not any("order_id" in {*match.columns, *match.doubts} for match in matches):
        lines += [
            "      # No column is the order id: all lines of one customer on one day are taken as one order.",
            "      # Where each line is an order of its own, take the # off:",
            "      # order_id: line",
        ]
    return lines


def _left(table: str, files: Sequence[Opened]) -> list[str]:
    """Headers that no column is read from, with what becomes of them."""
    # Items of a survey, attributes of a brand and the like need no name of ours.
    fate = "kept under its own name" if table in schema.OPEN_TABLES else "not used"
    lines: dict[str, str] = {}
    numbers: list[str] = []
    for one in files:
        used = _used(one)
        for at, header in enumerate(one.raw.headers):
            if at not in used:
                lines.setdefault(header, f"      # {fate}: {_comment(header)}{_samples(one.raw, at)}")
        numbers += _numbers(one.raw, used)
    found = list(lines.values())
    if table == "customers" and numbers and not any("customer_values" in one.tables for one in files):
        names = list(dict.fromkeys(one.source.name for one in files))
        found += [
            f"  # Numbers of each customer ({_comment(', '.join(dict.fromkeys(numbers)))}) are read too with these lines:",
            "  # customer_values:",
            f"  #   files: {_plain(names)}",
        ]
    return found


def _used(one: Opened) -> set[int]:
    """Positions of headers that are or could be a column of a table that the file serves."""
    matches = [headers.match(one.raw.headers, table) for table in one.tables]
    used = {at for match in matches for at in match.columns.values()}
    named = {name for match in matches for names in match.doubts.values() for name in names}
    named |= {name for match in matches for names in match.passed_over.values() for name in names}
    return used | {at for at, header in enumerate(one.raw.headers) if header in named}


def _numbers(raw: Raw, used: set[int]) -> list[str]:
    found = answers.candidates("customer_values", "spend", raw, used)
    return [raw.headers[given - 1] if isinstance(given, int) else given for given in found]


def _doubtful(one: Opened, *, is_folder: bool) -> list[str]:
    """A file that several tables fit alike: each as it would stand, to choose from."""
    lines = [
        f"  # {_where(one)} fits {' and '.join(one.tables)} alike: take the # off the lines of one table"
    ]
    for table in one.tables:
        alone = Opened(one.source, one.raw, [table], one.n_sheets)
        lines += _off(_table(table, [alone], is_folder=is_folder))
    return lines


def _unknown(one: Opened, *, is_folder: bool) -> list[str]:
    """A file that fits no table: what it holds, and the table of customers that it may be."""
    names = answers.shown_headers(one.raw)
    lines = [f"  # {_where(one)} fits no table; it has {_comment(', '.join(names))}"]
    table = _of_customers(one.raw)
    if not table:
        return [*lines, "  # If it holds data that you need, write a table for it, with files and columns"]
    alone = Opened(one.source, one.raw, [table], one.n_sheets, one.separator)
    suggested = [line for line in _table(table, [alone], is_folder=is_folder) if "customer_id" not in line]
    ids = [given for given in answers.candidates(table, "customer_id", one.raw, []) if given in _ids(one.raw)]
    origin = f"{_plain(ids[0])}  # is it the customer's?" if ids else "line  # no id: each line is a customer"
    at = suggested.index("    columns:") + 1
    suggested = [line for line in suggested if not line.startswith("  # ")]
    suggested.insert(at, f"      customer_id: {origin}")
    return [*lines, f"  # If its lines are customers, take the # off ({table}):", *_off(suggested)]


def _of_customers(raw: Raw) -> str:
    """The table of customers that a file without their ids comes nearest to; empty where it comes near to none."""
    matches = {table: headers.match(raw.headers, table) for table in TWINS}
    known = {table: len(match.columns) for table, match in matches.items()}
    if any("customer_id" in match.columns for match in matches.values()):
        return ""
    best = max(TWINS, key=lambda table: known[table])
    if known[best] > 1:
        return best
    return "customer_values" if len(_numbers(raw, set())) * 2 > raw.width > 2 else ""


def _ids(raw: Raw) -> set[str]:
    return {header for header in raw.headers if headers.key(header) == "id"}


def _unread(one: Unread, *, is_folder: bool) -> list[str]:
    """A file that could not be read; for one without headers also how it would be read without."""
    lines = [f"  # not read: {_comment(str(one.refusal))}"]
    if not isinstance(one.refusal, NoHeader):
        return lines
    block = [
        "  orders:",
        *([f"    files: {_plain([one.source.name])}"] if is_folder else []),
        *([f"    separator: {one.separator}"] if one.separator else []),
        "    header: none",
        "    columns: {customer_id: 1, order_date: 2, amount: 3}",
    ]
    return [
        *lines,
        "  # If it is orders, take the # off and give each column its own position:",
        *_off(block),
    ]


def _off(lines: Sequence[str]) -> list[str]:
    """Lines taken out of the mapping; what was a comment stays one when they are taken in again."""
    return [f"  # {line.removeprefix('  ')}" for line in lines]


def _where(one: Opened) -> str:
    return f"{one.source.name}, sheet {one.raw.sheet}" if one.raw.sheet else one.source.name


def _plain(value: object) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**6)
    return text.removesuffix("...\n").strip()


def _comment(text: str) -> str:
    return " ".join(text.split())


def _samples(raw: Raw, position: int) -> str:
    """A comment with sample values of a column, masked where they are a person's."""
    header = raw.headers[position]
    values = [row[position] for row in raw.sample if len(row) > position]
    values = [value for value in values if value.strip() not in ("", header)]
    how = personal.masks(raw.headers, raw.sample, {}).get(position, "")
    shown = dict.fromkeys(_short(_shown(value, header, how)) for value in values)
    return f"  # {', '.join(list(shown)[:_SAMPLES])}" if shown else ""


def _shown(value: str, header: str, how: str) -> str:
    if not how and headers.is_customer_id(header) and not re.search(r"\d", value):
        how = "name"  # an id without a digit is a person's name
    return personal.mask(value, how) if how else personal.hidden(value)


def _short(value: str) -> str:
    value = re.sub(r"(:\d\d)\.0+$", r"\1", _comment(value))  # the fractions of a second of a native stamp
    return value if len(value) <= _WIDTH else f"{value[: _WIDTH - 1]}…"
