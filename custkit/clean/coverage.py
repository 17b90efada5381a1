"""Which column of which table is there, and how much of it is filled."""

import pandas as pd

from custkit import schema
from custkit.clean.sql import columns, name

# What stands under every table beside the columns that a user may bring.
_OWN = ("file", "sheet", "line")


def coverage(connection, relations: dict[str, str]) -> pd.DataFrame:
    """Every column that a user may bring, whether the data bring it, and the share of rows in which it says something.

    Parameters
    ----------
    connection : where the relations stand
    relations : table of ``schema.INPUTS`` to the SQL relation that holds its kept rows (``kept_orders``, a file)

    Returns
    -------
    one row per table and column: those of the design in its order, then what the data bring beyond them, by name
        ``table``, ``column``, ``is_present``, ``rows`` of the table, ``filled`` (rows with a value that is not empty text),
        ``share_filled`` (empty where there are no rows). Tables that are not there are listed, with no rows.
    """
    found = []
    for table, known in schema.INPUTS.items():
        have = columns(connection, relations[table]) if table in relations else []
        named = [c for c in have if not c.startswith(("_", "raw.")) and c not in _OWN]
        rows, filled = _counts(connection, relations[table], named) if table in relations else (0, {})
        for column in [*known, *sorted(set(named) - set(known))]:
            found.append((table, column, column in named, rows, filled.get(column, 0)))
    made = pd.DataFrame(found, columns=["table", "column", "is_present", "rows", "filled"])
    made = made.astype({"table": "str", "column": "str", "rows": "int64", "filled": "int64"})
    return made.assign(share_filled=(made["filled"] / made["rows"]).where(made["rows"] > 0))


def _counts(connection, relation: str, named: list[str]) -> tuple[int, dict[str, int]]:
    """Rows of a relation, and of each column the rows with a value."""
    parts = "".join(f", count(nullif(CAST({name(c)} AS VARCHAR), ''))" for c in named)
    rows, *filled = connection.execute(f"SELECT count(*){parts} FROM {relation}").fetchone()
    return rows, dict(zip(named, filled, strict=True))
