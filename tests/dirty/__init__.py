"""Dirty exports made from a seed, with what must come out of each: faults.md, groups A to H."""

from dirty import books, columns, dates, encodings, keys, records, shapes, values
from dirty.case import RECIPES, Recipe

__all__ = [
    "RECIPES",
    "Recipe",
    "books",
    "columns",
    "dates",
    "encodings",
    "keys",
    "records",
    "shapes",
    "values",
]
