"""Customers as cleaning leaves them, put up in an engine: what people, places, fill and coverage read."""

import duckdb
import pandas as pd

REVIEW = ("table", "file", "sheet", "line", "column", "value", "rule", "message")


def engine(rows: list[dict], table: str = "customers") -> duckdb.DuckDBPyConnection:
    """``staged_<table>`` and ``kept_<table>`` of these rows, the first on line 2 of c.csv, and an empty ``review``."""
    connection = duckdb.connect()
    columns = ", ".join(f'"{name}" VARCHAR' for name in REVIEW)
    connection.execute(f"CREATE TABLE review ({columns})")
    stage(connection, rows, table)
    return connection


def stage(connection: duckdb.DuckDBPyConnection, rows: list[dict], table: str) -> None:
    """As reading leaves a table: everything text but days; ``_line`` may be given, else the rows stand in order."""
    named = list(dict.fromkeys(name for row in rows for name in row if name != "_line"))
    kinds = {name: "DATE" if name in ("birth_date", "registered_on") else "VARCHAR" for name in named}
    fields = "".join(f', "{name}" {kind}' for name, kind in kinds.items())
    connection.execute(
        f"CREATE TABLE read_{table} (_record BIGINT, _file VARCHAR, _sheet VARCHAR, _line VARCHAR{fields})"
    )
    for place, row in enumerate(rows, start=1):
        values = [place, "c.csv", "", row.get("_line", str(place + 1)), *(row.get(name) for name in named)]
        connection.execute(f"INSERT INTO read_{table} VALUES ({', '.join('?' * len(values))})", values)
    connection.execute(f"CREATE VIEW staged_{table} AS SELECT * FROM read_{table}")
    connection.execute(f"CREATE VIEW kept_{table} AS SELECT * FROM staged_{table}")


def shown(connection: duckdb.DuckDBPyConnection, column: str, relation: str = "people") -> dict[str, object]:
    """Customer to value; None where it is empty."""
    return dict(connection.execute(f'SELECT customer_id, "{column}" FROM {relation}').fetchall())


def reviewed(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Line, column, value and rule of each row under review."""
    return connection.execute('SELECT line, "column", value, rule FROM review').fetchall()


def frame(connection: duckdb.DuckDBPyConnection, relation: str = "people") -> pd.DataFrame:
    """A relation by customer, without the address."""
    made = connection.execute(f"SELECT * FROM {relation} ORDER BY customer_id").df()
    return made.drop(columns=[name for name in made if name.startswith("_")])
