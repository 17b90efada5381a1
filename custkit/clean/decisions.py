"""What the analyst decided on records under review: obeyed, and accounted for."""

import pandas as pd

from custkit.clean.accounts import STAGED_DECIMALS, STEPS
from custkit.clean.sql import columns, name, text
from custkit.errors import SettingsError
from custkit.schema import INPUTS

_RANK = STEPS.index("decisions") + 1
_HIDDEN = ("name", "phone", "email")  # never in a message


def mark(connection, tables: list[str], decided: pd.DataFrame | None) -> None:
    """Mark the records that are to be left out, and remember in ``decided_keep`` what is not to be flagged again.

    Parameters
    ----------
    decided : table, file, sheet, line, column, value, rule, decision (keep or leave_out), record (a digest; empty: the value
        tells whether it is still the same record), row (the line of the decision file, which ``decided.attrs["name"]`` names);
        None: nothing was decided

    Raises
    ------
    SettingsError
        The data have no such table or record, or another record stands there now.
    """
    connection.execute(
        'CREATE TABLE decided_keep ("table" VARCHAR, file VARCHAR, sheet VARCHAR, line VARCHAR, "column" VARCHAR, rule VARCHAR)'
    )
    if decided is None or decided.empty:
        return
    given = decided.attrs["name"]
    strange = decided[~decided["table"].isin(tables)]
    if len(strange):
        row, table = strange.iloc[0][["row", "table"]]
        raise SettingsError(f"{given} line {row}: the data have no table {table!r}; leave out the line")
    connection.register("decided", decided)
    for table in dict.fromkeys(decided["table"]):
        _require_same_records(connection, table, given)
        connection.execute(
            f"""INSERT INTO faults_{table} SELECT s._record, {_RANK}, 'left_out', min_by(d."column", d.row), min_by(d.value, d.row),
                {text(given)} || ' line ' || min(d.row) || ' says leave_out'
            FROM decided d JOIN staged_{table} s ON s._file = d.file AND s._sheet = d.sheet AND s._line = d.line
            WHERE d."table" = {text(table)} AND d.decision = 'leave_out' GROUP BY s._record"""
        )
    connection.execute(
        """INSERT INTO decided_keep SELECT DISTINCT "table", file, sheet, line, "column", rule FROM decided
        WHERE decision = 'keep'"""
    )
    connection.unregister("decided")


def with_records(connection, tables: list[str]) -> str:
    """SQL for ``review`` with the digest of each record, for the file that the analyst fills in."""
    parts = " UNION ALL ".join(
        f"""SELECT {text(table)} AS "table", _file AS file, _sheet AS sheet, _line AS line, {_digest(connection, table)} AS record
        FROM staged_{table} SEMI JOIN (SELECT file AS _file, sheet AS _sheet, line AS _line FROM review WHERE "table" = {text(table)})
        USING (_file, _sheet, _line)"""
        for table in tables
    )
    return f"""SELECT r.* EXCLUDE (place), d.record, '' AS decision FROM (SELECT *, row_number() OVER () AS place FROM review) r
        LEFT JOIN ({parts}) d USING ("table", file, sheet, line) ORDER BY place"""


def _digest(connection, table: str) -> str:
    """SQL for a short digest of a staged record as it was read, by which a decision knows it again.

    Empty fields have no part in it, so that a further file with further columns changes no digest; and it begins with
    a letter, so that no spreadsheet takes it for a number.
    """
    raw = sorted(column for column in columns(connection, f"staged_{table}") if column.startswith("raw."))
    said = ", ".join(
        f"CASE WHEN CAST({name(c)} AS VARCHAR) <> '' THEN {text(c)} || chr(31) || CAST({name(c)} AS VARCHAR) END"
        for c in raw
    )
    return f"'r' || left(md5(concat_ws(chr(30), {said})), 11)"


def _require_same_records(connection, table: str, given: str) -> None:
    """Raise SettingsError for the first decision on a record that is not there, or not as it was."""
    shown = _values(connection, table)
    value = (
        f'CASE d."column" {" ".join(f"WHEN {text(c)} THEN s.{name(c)}" for c in shown)} END'
        if shown
        else "NULL"
    )
    wrong = connection.execute(
        f"""SELECT d.row, d.file, d.line, d."column", s._line IS NULL, {value} AS now FROM decided d
        LEFT JOIN (SELECT _file, _sheet, _line, {_digest(connection, table)} AS record
                {"".join(f", {said} AS {name(column)}" for column, said in shown.items())}
            FROM staged_{table} SEMI JOIN (SELECT file AS _file, sheet AS _sheet, line AS _line FROM decided WHERE "table" = {text(table)})
            USING (_file, _sheet, _line)) s
        ON s._file = d.file AND s._sheet = d.sheet AND s._line = d.line
        WHERE d."table" = {text(table)} AND (s._line IS NULL OR d.record <> '' AND d.record <> s.record
            OR d.record = '' AND d.value <> '' AND {_differs("d.value", "now")})
        ORDER BY d.row LIMIT 1"""
    ).fetchone()
    if wrong is None:
        return
    row, file, line, column, is_absent, now = wrong
    if is_absent:
        found = f"{table} has no record at line {line} of {file}"
    else:
        found = f"the record at line {line} of {file} is not the one that was decided on"
        found += f" ({column} is {now[:40]!r} there now)" if now is not None else ""
    raise SettingsError(f"{given} line {row}: {found}; decide anew by the review.csv of this run")


def _values(connection, table: str) -> dict[str, str]:
    """SQL for the typed columns of a staged record as review.csv shows them; none of them tells who a person is."""
    return {
        column: f"CAST(CAST({name(column)} AS DECIMAL(38, 0)) / {10**STAGED_DECIMALS} AS VARCHAR)"
        if INPUTS[table][column].kind == "money"
        else f"CAST({name(column)} AS VARCHAR)"
        for column in columns(connection, f"staged_{table}")
        if column in INPUTS[table] and column not in _HIDDEN
    }


def _differs(one: str, other: str) -> str:
    """SQL: two texts say different things, as numbers where both are numbers (a spreadsheet drops zeros at the end)."""
    numbers = f"TRY_CAST({one} AS DOUBLE) IS DISTINCT FROM TRY_CAST({other} AS DOUBLE)"
    return f"CASE WHEN TRY_CAST({one} AS DOUBLE) IS NOT NULL THEN {numbers} ELSE {one} IS DISTINCT FROM {other} END"
