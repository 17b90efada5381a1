"""Tables as a page shows them: each value as text of its kind, with a bar or a colour where that helps the eye."""

from dataclasses import dataclass, field

import pandas as pd

from custkit.show import colours, numbers
from custkit.words import Words

# Kinds by column name; what is not listed goes by the column's type.
_MONEY = ("spend", "gross_spend", "avg_order_value", "money", "budget")
_SHARES = ("share", "stability", "confidence")


@dataclass(frozen=True)
class Cell:
    """``bar``: 0 to 1 of the column's width; ``colour``: a chip before the text."""

    text: str
    bar: float | None = None
    colour: str = ""


@dataclass(frozen=True)
class Table:
    caption: str
    headers: list[str]
    numeric: list[bool]
    rows: list[list[Cell]] = field(default_factory=list)


def table(frame: pd.DataFrame, words: Words, *, currency: str, caption: str = "", scheme: str = "") -> Table:
    """A table for the template, columns in the frame's order.

    With ``scheme``, the column ``label`` holds keys of that scheme: shown as words with their colour, best first.
    Columns ``share_of_...`` have bars, to the largest value of the column.
    """
    if scheme:
        place = {label: position for position, label in enumerate(colours.order(scheme, frame["label"]))}
        frame = frame.sort_values("label", key=lambda labels: labels.astype(str).map(place), kind="stable")
    kinds = {name: _kind(name, frame[name]) for name in frame.columns}
    columns = [
        _cells(frame[name], kinds[name], words, currency, scheme if name == "label" else "") for name in frame
    ]
    return Table(
        caption=caption,
        headers=[words.column(name) for name in frame.columns],
        numeric=[kinds[name] != "text" for name in frame.columns],
        rows=[list(row) for row in zip(*columns, strict=True)],
    )


def _kind(name: str, column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return "text"
    if name.startswith(_SHARES):
        return "share"
    if name.endswith(_MONEY):
        return "money"
    return "count" if pd.api.types.is_integer_dtype(column) else "number"


def _cells(column: pd.Series, kind: str, words: Words, currency: str, scheme: str) -> list[Cell]:
    widest = column.max() if kind == "share" and str(column.name).startswith("share") else None
    return [_cell(value, kind, words, currency, scheme, widest) for value in column]


def _cell(value: object, kind: str, words: Words, currency: str, scheme: str, widest: float | None) -> Cell:
    if pd.isna(value):
        return Cell("–")
    if scheme:
        return Cell(words.label(scheme, value), colour=colours.colour(scheme, value))
    if kind == "share":
        bar = max(0.0, value / widest) if widest and widest > 0 else None
        return Cell(numbers.share(value), bar=bar)
    if kind == "money":
        return Cell(numbers.money(value, currency, 0 if abs(value) >= 1000 else None))
    if kind == "count":
        return Cell(numbers.count(value))
    if kind == "number":
        return Cell(numbers.short(value, words.lang))
    if isinstance(value, bool):
        return Cell(words("page.yes" if value else "page.no"))
    return Cell(value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value))
