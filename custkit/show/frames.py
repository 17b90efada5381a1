"""Tables of pandas on the page of a notebook: columns of numbers stand to the right, columns of text to the left."""

import re

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td>(.*?)</td>", re.DOTALL)
# A number, an amount, a share, a day, a time; or nothing.
_NUMBER = re.compile(r"\s*([−+-]?[£$€¥₩]?[\d.,:-]+ ?[%万亿]?|nan|NaT|inf|-inf)?\s*")


def aligned(html: str) -> str:
    """The HTML of an output, each number's cell and its header with the class ``n``."""
    return _TABLE.sub(lambda table: _aligned_table(table[0]), html)


def _aligned_table(table: str) -> str:
    rows = [_CELL.findall(row) for row in _ROW.findall(table)]
    width = max(map(len, rows), default=0)
    body = [row for row in rows if len(row) == width]
    numeric = [all(_NUMBER.fullmatch(row[place]) for row in body) for place in range(width)]
    return _ROW.sub(lambda row: _aligned_row(row[0], numeric), table)


def _aligned_row(row: str, numeric: list[bool]) -> str:
    """A row of the head has a cell for the index first, one of the body holds that cell as <th>."""
    tag = "td" if "<td>" in row else "th"
    before, *cells = row.split(f"<{tag}>")
    places = range(len(numeric) - len(cells), len(numeric))
    classes = [' class="n"' if place >= 0 and numeric[place] else "" for place in places]
    return before + "".join(f"<{tag}{name}>{cell}" for name, cell in zip(classes, cells, strict=True))
