"""Columns of text or native values turned into typed columns: every distinct value is read once, none is guessed."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# What became of a value.
OK, MISSING, UNREADABLE, DAMAGED, FOREIGN = range(5)

# In customer_id, order_id, order_date and amount these words mean that there is no value (faults.md, policy);
# anywhere else text stays text: a region named NA is a name.
MISSING_WORDS = frozenset(["", "na", "n/a", "nan", "null", "none", "-", "--", "无", "無", "空", "#n/a"])

LOST = "\ufffd"  # what decoders write for bytes that they cannot read

# What stands for a cell whose formula was never calculated, and for one whose calculation failed.
NO_VALUE = "formula without a stored value"
CELL_ERRORS = frozenset(
    ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"]
)

# Marks without width that exports leave in ids and dates: zero-width blanks and joiners, direction marks, BOM.
_NO_WIDTH = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x00AD])


@dataclass(frozen=True)
class Parsed:
    """A typed column and what became of each of its values."""

    values: pa.Array  # null wherever the code is not OK
    codes: np.ndarray  # int8, as long as values
    noise: int = 0  # values rounded because they had more than 4 decimals
    extra: dict[str, pa.Array] = field(default_factory=dict)  # further columns that come out of it


def cleaned(text: str) -> str:
    """Text in NFKC form, without blanks of any kind around it and without marks that have no width.

    ``="0012"``, which exports write to keep Excel from taking an id for a number, is 0012.
    """
    text = unicodedata.normalize("NFKC", text.translate(_NO_WIDTH)).strip()
    return text[2:-1].strip() if text.startswith('="') and text.endswith('"') and len(text) > 2 else text


def is_missing(text: str) -> bool:
    """Whether a value is one of the words for missing."""
    return cleaned(text).lower() in MISSING_WORDS


def distinct(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Distinct values of a column, and for each of its rows the index of its value."""
    encoded = column.dictionary_encode(null_encoding="encode")
    return encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)


def is_text(column: pa.Array) -> bool:
    return pa.types.is_string(column.type)


def each(column: pa.Array, kind: pa.DataType, read: Callable[[str], tuple[object, int]]) -> Parsed:
    """Read every distinct text by ``read`` (value and code); null is missing."""
    values, indices = distinct(column)
    results = [(None, MISSING) if text is None else read(text) for text in values.to_pylist()]
    codes = np.array([code for _, code in results], np.int8)
    typed = pa.array([value if code == OK else None for value, code in results], kind)
    return Parsed(typed.take(pa.array(indices)), codes[indices])


def as_text(column: pa.Array) -> pa.Array:
    """Native values as text: numbers with all their digits and no exponent, whole ones without a point."""
    if is_text(column):
        return column
    if pa.types.is_floating(column.type):
        values, indices = distinct(column)
        texts = [
            None if value is None or value != value else float_text(value) for value in _shortest(values)
        ]
        return pa.array(texts, pa.string()).take(pa.array(indices))
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "TRUE", "FALSE")
    return column.cast(pa.string())


def _shortest(values: pa.Array) -> list[float | None]:
    """Floats with the digits that were meant: a 32-bit 0.1 is 0.1, not 0.10000000149."""
    if pa.types.is_float64(values.type):
        return values.to_pylist()
    return [float(str(value)) for value in values.to_numpy(zero_copy_only=False)]


def float_text(value: float) -> str:
    """Shortest text that gives the same float, without exponent up to 15 digits."""
    if value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value) and abs(value) < 10**15:
        return str(int(value))
    text = repr(value)
    if "e" not in text or abs(value) >= 10**15:
        return text.upper() if "e" in text else text
    return f"{value:.20f}".rstrip("0")
