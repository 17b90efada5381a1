"""Tables as a page shows them: each value as text of its kind, with a bar or a colour where that helps the eye."""

from dataclasses import dataclass, replace

import pandas as pd

from custkit.show import colours, numbers
from custkit.words import Words

# Kinds by column name; what is not listed goes by the column's type.
_MONEY = ("spend", "gross_spend", "avg_order_value", "money", "budget")


@dataclass(frozen=True)
class Cell:
    """``bar``: 0 to 1 of the widest; ``colour``: a chip before the text."""

    text: str
    bar: float | None = None
    colour: str = ""


@dataclass(frozen=True)
class Row:
    """``colour`` of its group, for the bars; empty where rows are no groups."""

    cells: list[Cell]
    colour: str


@dataclass(frozen=True)
class Table:
    caption: str
    headers: list[str]
    numeric: list[bool]
    rows: list[Row]


def table(frame: pd.DataFrame, words: Words, *, currency: str, caption: str = "", scheme: str = "") -> Table:
    """A table for the template, columns in the frame's order.

    With ``scheme``, the column ``label`` holds keys of that scheme: shown as words with their colour, best first.
    Columns ``share_of_...`` have bars on one scale, so that two shares of a row can be compared.
    """
    if scheme:
        place = {label: position for position, label in enumerate(colours.order(scheme, frame["label"]))}
        frame = frame.sort_values("label", key=lambda labels: labels.astype(str).map(place), kind="stable")
    kinds = {name: _kind(name, frame[name]) for name in frame.columns}
    if scheme:
        kinds["label"] = "text"  # the labels of groups are numbers, and yet names
    widest = max((frame[name].max() for name in frame.columns if name.startswith("share_of_")), default=0)
    shown = words.table(frame)
    fills = [colours.colour(scheme, label) for label in frame["label"]] if scheme else []
    columns = []
    for name, header in zip(frame.columns, shown.columns, strict=True):
        values = shown[header] if kinds[name] == "text" else frame[name]
        decimals = _decimals(values) if kinds[name] == "number" else 0
        column = [_cell(value, kinds[name], currency, decimals) for value in values]
        if name.startswith("share_of_") and widest > 0:
            column = [
                _with_bar(cell, value / widest) for cell, value in zip(column, frame[name], strict=True)
            ]
        if name == "label" and scheme:
            texts = [words.label(scheme, label) for label in frame[name]]
            column = [Cell(text, colour=fill) for text, fill in zip(texts, fills, strict=True)]
        columns.append(column)
    return Table(
        caption=caption,
        headers=list(shown.columns),
        numeric=[kinds[name] != "text" for name in frame.columns],
        rows=[
            Row(list(row), fill)
            for row, fill in zip(zip(*columns, strict=True), fills or [""] * len(frame), strict=True)
        ],
    )


def _kind(name: str, column: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(column):
        return "text"
    if name.startswith("share_"):
        return "share"
    if name.endswith(_MONEY):
        return "money"
    return "count" if pd.api.types.is_integer_dtype(column) else "number"


def _decimals(column: pd.Series) -> int:
    """As few as show every value of a column, two at most: a column has one form."""
    values = column.dropna()
    return next((decimals for decimals in (0, 1) if (values.round(decimals) == values).all()), 2)


def _cell(value: object, kind: str, currency: str, decimals: int) -> Cell:
    if pd.isna(value):
        return Cell("–")
    if kind == "share":
        return Cell(numbers.share(value))
    if kind == "money":
        return Cell(numbers.amount(value, currency))
    if kind == "count":
        return Cell(numbers.count(value))
    if kind == "number":
        return Cell(numbers.plain(value, decimals))
    return Cell(value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value))


def _with_bar(cell: Cell, length: float) -> Cell:
    return cell if pd.isna(length) else replace(cell, bar=max(0.0, length))
