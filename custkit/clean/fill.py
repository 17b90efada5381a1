"""Missing values of customers, filled where a setting asks for it, and marked."""

from custkit import schema
from custkit.clean.sql import columns, name, text
from custkit.errors import SettingsError
from custkit.ledger import warn

METHODS = ("mean", "median", "mode", "unknown")
UNKNOWN = "unknown"

_REFUSED = (
    "id",
    "date",
    "money",
)  # kinds that stand for somebody, some day or some money: made up, they would be lies
_NAMES = (
    "name",
    "phone",
    "email",
    "consent",
    "region",
)  # of a person, what they agreed to, and what runs are parted by
_NUMBERS = ("age", "income", "size")  # read as text, because they may be bands


def wanted(settings: tuple[str, ...]) -> dict[str, str]:
    """Each column to be filled and its method, from ``column=method``.

    Raises SettingsError for what is no such pair, a column named twice, a method that there is not, and for a column that is
    never filled: of another table, an id, a date, money, a name or address, consent, region.
    """
    asked: dict[str, str] = {}
    for said in settings:
        column, _, method = (part.strip() for part in said.partition("="))
        if method not in METHODS:
            raise SettingsError(
                f"fill: expected column=method, the method one of {', '.join(METHODS)}, got {said!r}"
            )
        if column in asked:
            raise SettingsError(f"fill: {column} is named twice")
        kind = schema.INPUTS["customers"].get(column)
        if kind is None:
            tables = [table for table, known in schema.INPUTS.items() if column in known]
            whose = f"of {tables[0]}" if tables else "that custkit does not know"
            raise SettingsError(f"fill: {column} is a column {whose}; only columns of customers are filled")
        if kind.kind in _REFUSED or column in _NAMES:
            raise SettingsError(
                f"fill: {column} is never filled: ids, dates, money, names and addresses, consent and region are facts or nothing"
            )
        if method in ("mean", "median") and column not in _NUMBERS:
            raise SettingsError(
                f"fill: {column} holds words, which have no {method}; use {column}=mode or {column}=unknown"
            )
        asked[column] = method
    return asked


def require_none(settings: tuple[str, ...]) -> None:
    """Raise SettingsError where something is to be filled and there is no table to fill."""
    if wanted(settings):
        raise SettingsError("fill: the data have no table customers, the only one whose values are filled")


def fill(connection, settings: tuple[str, ...]) -> list[dict[str, str]]:
    """Put up the view ``people`` anew, with missing values filled as asked, each marked in ``<column>_imputed``.

    A mean or median is of the values that are numbers; where a column has other values too (bands), there is none. A mode is
    the most frequent value (ties: by text). Means and medians of ages are whole years.

    Returns
    -------
    a warning ``filled`` for each column: how many, with what, and how the mean of the column moves

    Raises
    ------
    SettingsError
        As ``wanted``; or the data have no such column, no value in it, or bands where numbers are needed.
    """
    values, warnings = {}, []
    have = columns(connection, "people")
    for column, method in wanted(settings).items():
        if column not in have:
            raise SettingsError(f"fill: the data have no column {column} among the customers")
        value = UNKNOWN if method == "unknown" else _value(connection, column, method)
        values[column] = value
        warnings.append(_told(connection, column, method, value))
    if values:
        replaced = ", ".join(f"coalesce({name(c)}, {text(v)}) AS {name(c)}" for c, v in values.items())
        marks = ", ".join(f"{name(c)} IS NULL AS {name(c + '_imputed')}" for c in values)
        connection.execute("ALTER VIEW people RENAME TO people_given")
        connection.execute(f"CREATE VIEW people AS SELECT * REPLACE ({replaced}), {marks} FROM people_given")
    return warnings


def _value(connection, column: str, method: str) -> str:
    """What is put in the place of a missing value, as text."""
    known = f"FROM people WHERE {name(column)} IS NOT NULL"
    if method == "mode":
        row = connection.execute(
            f"SELECT {name(column)} {known} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        ).fetchone()
        if row is None:
            raise SettingsError(f"fill: {column} has no value at all, and so no mode")
        return row[0]
    reckoned = "avg" if method == "mean" else "median"
    rows, numbers, value = connection.execute(
        f"SELECT count(*), count({_number(column)}), {reckoned}({_number(column)}) {known}"
    ).fetchone()
    if numbers == 0 or numbers < rows:
        found = "no value" if rows == 0 else f"{rows - numbers:,} of {rows:,} values that are no number"
        raise SettingsError(
            f"fill: {column} has {found}, and so no {method}; use {column}=mode or {column}=unknown"
        )
    return str(round(value)) if column == "age" else f"{value:.4f}".rstrip("0").rstrip(".")


def _told(connection, column: str, method: str, value: str) -> dict[str, str]:
    """How many values are filled; where all are numbers, the mean before and after."""
    rows, missing, numbers, before, added = connection.execute(
        f"""SELECT count(*), count(*) FILTER ({name(column)} IS NULL), count({_number(column)}), avg({_number(column)}),
            TRY_CAST(? AS DOUBLE) FROM people""",
        [value],
    ).fetchone()
    said = {"n": missing, "rows": rows, "method": method, "value": value}
    if not numbers or numbers + missing < rows or added is None:
        return warn("filled", key="words", table="customers", column=column, **said)
    after = (before * numbers + added * missing) / rows
    return warn("filled", key="numbers", table="customers", column=column, **said, before=before, after=after)


def _number(column: str) -> str:
    return f"TRY_CAST(CAST({name(column)} AS VARCHAR) AS DOUBLE)"
