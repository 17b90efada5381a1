"""Ids and other text: trimmed and made half-width, leading zeros and case kept, damage found."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from custkit.ingest import garbled
from custkit.ingest.values import (
    CELL_ERRORS,
    DAMAGED,
    LOST,
    MISSING,
    NO_VALUE,
    OK,
    UNREADABLE,
    Parsed,
    as_text,
    cleaned,
    each,
    is_missing,
)

# Below this a float still tells one whole number from the next.
_EXACT_FLOAT = 2**53

_PLAIN = r"^[0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*$"  # needs no cleaning, and cannot be a damaged number
_DAMAGED = re.compile(r"^[+-]?\d+(\.\d*)?E\+\d+$", re.IGNORECASE)
_WHOLE_FLOAT = re.compile(r"^[+-]?\d+\.0+$")


def parse_ids(column: pa.Array) -> Parsed:
    """Ids as text; a word for missing is missing, ``1.38E+10`` and floats too long to be exact are damaged."""
    if pa.types.is_floating(column.type):
        return _from_floats(column)
    column = as_text(column)
    plain = pc.fill_null(pc.match_substring_regex(column, _PLAIN), False)
    if pc.all(plain).as_py() and not _has_missing_word(column):
        return Parsed(column, pc.cast(pc.invert(plain), pa.int8()).to_numpy(zero_copy_only=False))
    return each(column, pa.string(), read_id)


def _has_missing_word(column: pa.Array) -> bool:
    words = pa.array(["na", "nan", "null", "none"])
    return bool(pc.any(pc.is_in(pc.utf8_lower(column), words)).as_py())


def read_id(text: str) -> tuple[str, int]:
    """One id and what became of it."""
    text = cleaned(text)
    if is_missing(text):
        return "", MISSING
    if text == NO_VALUE or text in CELL_ERRORS:
        return "", UNREADABLE
    if _DAMAGED.match(text) or LOST in text:
        return "", DAMAGED
    return (text.split(".")[0] if _WHOLE_FLOAT.match(text) else text), OK


def _from_floats(column: pa.Array) -> Parsed:
    def read(text: str) -> tuple[str, int]:
        value = float(text)
        if value != value:
            return "", MISSING
        if abs(value) >= _EXACT_FLOAT:
            return "", DAMAGED
        return text, OK

    return each(as_text(column), pa.string(), read)


def parse_text(column: pa.Array, *, is_free: bool = False) -> Parsed:
    """Text in NFKC form and trimmed; empty, and an error of a spreadsheet, is missing; everything else stays.

    A label loses the sounds that a converter wrote behind its characters: 產(chǎn)品 is 產品. Of free text nothing but
    the blanks around it is taken: what a customer wrote is no label that must match another. A character that was lost
    before is a ``?``.
    """

    def read(text: str) -> tuple[str, int]:
        text = text.strip() if is_free else garbled.repaired(cleaned(text))
        if text == NO_VALUE:
            return "", UNREADABLE
        if not is_free and text in CELL_ERRORS:
            return "", MISSING
        return text.replace(LOST, "?"), OK if text else MISSING

    return each(as_text(column), pa.string(), read)
