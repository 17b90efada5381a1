"""What the analyst decided on records under review: obeyed, and accounted for."""

import pandas as pd

from custkit.clean.sql import columns, text
from custkit.clean.sql import name as quoted
from custkit.errors import SettingsError

RANK = 9  # the place of the step "decisions"


def mark(connection, tables: list[str], decided: pd.DataFrame | None) -> None:
    """Mark the records that are to be left out, and remember in ``decided_keep`` those that are to be kept.

    Parameters
    ----------
    decided : table, file, sheet, line, column, value, rule, decision (keep or leave_out), record (a digest, or empty),
        row (the line of the decision file, which ``decided.attrs["name"]`` names); None: nothing was decided

    Raises SettingsError for an address that the data do not have, and for a record that is not the one decided on.
    """
    connection.execute(
        'CREATE TABLE decided_keep ("table" VARCHAR, file VARCHAR, sheet VARCHAR, line VARCHAR, rule VARCHAR)'
    )
    if decided is None or decided.empty:
        return
    name = decided.attrs["name"]
    connection.register("decided", decided)
    for table in dict.fromkeys(decided["table"]):
        if table not in tables:
            row = decided.loc[decided["table"] == table, "row"].iloc[0]
            raise SettingsError(f"{name} line {row}: the data have no table {table!r}; leave out the line")
        _require_same_records(connection, table, name)
        connection.execute(
            f"""INSERT INTO faults_{table} SELECT s._record, {RANK}, 'left_out', min(d."column"), min(d.value),
                {text(name)} || ' line ' || min(d.row) || ' says leave_out'
            FROM decided d JOIN staged_{table} s ON s._file = d.file AND s._sheet = d.sheet AND s._line = d.line
            WHERE d."table" = {text(table)} AND d.decision = 'leave_out' GROUP BY s._record"""
        )
    connection.execute(
        """INSERT INTO decided_keep SELECT DISTINCT "table", file, sheet, line, rule FROM decided WHERE decision = 'keep'"""
    )
    connection.unregister("decided")


def digest(connection, table: str) -> str:
    """SQL for a short digest of a staged record as it was read, by which a decision knows it again."""
    raw = sorted(column for column in columns(connection, f"staged_{table}") if column.startswith("raw."))
    said = ", ".join(f"coalesce(CAST({quoted(column)} AS VARCHAR), '')" for column in raw)
    return f"left(md5(concat_ws(chr(31), {said})), 12)"


def with_records(connection, tables: list[str]) -> str:
    """SQL for ``review`` with the digest of each record, for the file that the analyst fills in."""
    parts = " UNION ALL ".join(
        f"""SELECT {text(table)} AS "table", _file AS file, _sheet AS sheet, _line AS line, {digest(connection, table)} AS record
        FROM staged_{table} SEMI JOIN (SELECT file AS _file, sheet AS _sheet, line AS _line FROM review WHERE "table" = {text(table)})
        USING (_file, _sheet, _line)"""
        for table in tables
    )
    return f"""SELECT r.* EXCLUDE (place), d.record, '' AS decision FROM (SELECT *, row_number() OVER () AS place FROM review) r
        LEFT JOIN ({parts}) d USING ("table", file, sheet, line) ORDER BY place"""


def _require_same_records(connection, table: str, name: str) -> None:
    said = digest(connection, table)
    wrong = connection.execute(
        f"""SELECT d.row, d.file, d.line, s._line IS NULL FROM decided d
        LEFT JOIN (SELECT _file, _sheet, _line, {said} AS record FROM staged_{table}
            SEMI JOIN (SELECT file AS _file, sheet AS _sheet, line AS _line FROM decided) USING (_file, _sheet, _line)) s
        ON s._file = d.file AND s._sheet = d.sheet AND s._line = d.line
        WHERE d."table" = {text(table)} AND (s._line IS NULL OR (d.record <> '' AND d.record <> s.record)) ORDER BY d.row LIMIT 1"""
    ).fetchone()
    if wrong is None:
        return
    row, file, line, is_absent = wrong
    found = (
        f"{table} has no record at line {line} of {file}"
        if is_absent
        else f"the record at line {line} of {file} is not the one that was decided on"
    )
    raise SettingsError(f"{name} line {row}: {found}; decide anew by the review.csv of this run")
