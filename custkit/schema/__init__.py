"""Columns and kinds of every table that comes in and every table that is written."""

import pandas as pd

from custkit.errors import TableError
from custkit.schema.inputs import CUSTOMER_TABLES, INPUTS, NO_REGION, OPEN_TABLES, WHOLE, Column
from custkit.schema.notebooks import NOTEBOOK_FIGURES, NOTEBOOK_TABLES
from custkit.schema.outputs import TABLES

__all__ = [
    "CUSTOMER_TABLES",
    "INPUTS",
    "NOTEBOOK_FIGURES",
    "NOTEBOOK_TABLES",
    "NO_REGION",
    "OPEN_TABLES",
    "TABLES",
    "WHOLE",
    "Column",
    "empty",
    "frame",
    "require",
]

# What each kind of column is in pandas; numbers that may be empty are floats there.
_DTYPES = {
    **dict.fromkeys(("id", "text"), "str"),
    "date": "datetime64[ms]",
    **dict.fromkeys(("money", "number", "scale", "integer"), "float64"),
}


def require(frame: pd.DataFrame, columns, name: str) -> None:
    """Raise TableError when ``frame`` lacks one of ``columns``; the text names table, columns and what it has."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise TableError(
            f"{name}: no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns)) or 'none'}"
        )


def frame(name: str, rows) -> pd.DataFrame:
    """Rows as the table of that name: its columns in order and kind, also where there is no row."""
    made = pd.DataFrame(rows, columns=list(TABLES[name])).astype(TABLES[name])
    return made.reset_index(drop=True)


def empty(name: str) -> pd.DataFrame:
    """A table with its columns and no rows, of those that come in or those that are written."""
    kinds = TABLES.get(name) or {column: _DTYPES[said.kind] for column, said in INPUTS[name].items()}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in kinds.items()})
