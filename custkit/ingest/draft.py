"""A draft of ``mapping.yml``: what was understood of each file, with sample values, for an analyst to check."""

import tempfile
from collections import defaultdict
from pathlib import Path

import yaml

from custkit import schema
from custkit.errors import InputRefused, UsageError
from custkit.ingest import headers, mapping, personal
from custkit.ingest.assign import Opened, open_all

_SAMPLES = 3  # values shown of a column
_WIDTH = 20  # characters of a value


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
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path.name}: cannot be written beside the data: {error.strerror}") from error
    return path, text


def draft(data: Path, staging: Path) -> str:
    """The text of a draft for the files of ``data``."""
    opened, problems = open_all(data, staging)
    by_table: dict[str, list[Opened]] = defaultdict(list)
    for one in opened:
        for table in one.tables:
            by_table[table].append(one)
    if not by_table:
        raise InputRefused("\n".join(problems) or f"{data.name}: no table in it that a mapping could name")
    lines = [
        f"# Drafted by custkit map: check each line, then rename this file to {mapping.paths(data)[0].name}.",
        "# A column is a header, a position from 1, line (the record's own number), a product such as",
        '# quantity * unit_price, or "=" and a constant; an empty one is left out.',
        "# currency: CNY  # ISO code of the amounts; amounts marked otherwise are quarantined",
        "# date_order: DMY  # where a column leaves open which number is the day",
        *(f"# not read: {' '.join(problem.split())}" for problem in problems),
        "tables:",
    ]
    for table in schema.INPUTS:
        if table in by_table:
            lines += _table(table, by_table[table], is_folder=data.is_dir())
    return "\n".join(lines) + "\n"


def _table(table: str, files: list[Opened], *, is_folder: bool) -> list[str]:
    lines = [f"  {table}:"]
    if is_folder:
        names = list(dict.fromkeys(one.source.name for one in files))
        lines.append(f"    files: {_plain(names)}")
    sheets = {one.raw.sheet for one in files}
    if len(sheets) == 1 and files[0].n_sheets > 1:
        lines.append(f"    sheet: {_plain(sheets.pop())}")
    shared = [header for header in files[0].raw.headers if all(header in one.raw.headers for one in files)]
    match = headers.match(files[0].raw.headers, table)
    samples = _samples(files[0])
    entries = []
    for column in schema.INPUTS[table]:
        if column in match.columns:
            header = files[0].raw.headers[match.columns[column]]
            if header in shared:
                entries.append(
                    f"      {column}: {_origin(header, match.columns[column])}{samples.get(header, '')}"
                )
            else:
                entries.append(
                    f"      # {column}: named differently in these files, and found by their headers"
                )
        elif column in match.doubts:
            entries.append(f"      # {column}:   # choose one: {' or '.join(match.doubts[column])}")
    entries += _asks(table, match)
    served = [
        headers.match(files[0].raw.headers, other) for other in files[0].tables
    ]  # this table and its twin
    used = {files[0].raw.headers[position] for one in served for position in one.columns.values()}
    used |= {header for one in served for candidates in one.doubts.values() for header in candidates}
    # Items of a survey, attributes of a brand and the like need no name of ours.
    fate = "kept under its own name" if table in schema.OPEN_TABLES else "not used"
    entries += [
        f"      # {fate}: {_comment(header)}{samples.get(header, '')}"
        for header in shared
        if header not in used
    ]
    if any(not entry.lstrip().startswith("#") for entry in entries):
        return [*lines, "    columns:", *entries]
    return [*lines, "    columns: {}", *entries]


def _asks(table: str, match: headers.Match) -> list[str]:
    """Lines on what only the analyst can say: required columns without a header, and orders without an id."""
    lines = [f"      # {column}:   # required: which header?" for column in match.missing(table)]
    if table != "orders":
        return lines
    if "amount" not in match.columns and {"quantity", "unit_price"} <= set(match.columns):
        lines.append("      amount: quantity * unit_price")
    if "order_id" not in match.columns and "order_id" not in match.doubts:
        lines.append(
            "      # No order id: all lines of one customer on one day are taken as one order. Where each line"
        )
        lines.append("      # is an order of its own, write order_id: line")
    return lines


def _origin(header: str, position: int) -> str:
    # A header that would be read as something else is given by its position.
    if header == mapping.LINE or header.startswith("="):
        return str(position + 1)
    return _plain(header)


def _plain(value: object) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**6)
    return text.removesuffix("...\n").strip()


def _comment(text: str) -> str:
    return " ".join(text.split())


def _samples(one: Opened) -> dict[str, str]:
    """A comment with sample values for each header."""
    masks = personal.masks(one.raw.headers, one.raw.sample, {})
    comments = {}
    for position, header in enumerate(one.raw.headers):
        values = [
            row[position]
            for row in one.raw.sample
            if len(row) > position and row[position].strip() not in ("", header)
        ]
        if position in masks:
            values = [personal.mask(value, masks[position]) for value in values]
        shown = [_comment(value)[:_WIDTH] for value in dict.fromkeys(values)][:_SAMPLES]
        comments[header] = f"  # {', '.join(shown)}" if shown else ""
    return comments
