"""Customers in custkit's words: what exports write in many ways under one name, ages within reason, places from cities.

What the dictionary does not know is never guessed: it stays, or is left out, and is put under review. All work on rows
is SQL; only the distinct words of a column pass through Python.
"""

import datetime
from dataclasses import dataclass

from custkit import dictionary
from custkit.clean import fill, places
from custkit.clean.sql import columns, name, text
from custkit.ledger import warn
from custkit.settings import CleanRules
from custkit.words import Words

OLDEST = 120  # years; beyond, and below 0, an age is a mistake

# Facts of persons: where the customers are firms they have no meaning.
PERSONAL = ("name", "gender", "age", "birth_date", "education", "income")

_CLOSED = ("gender", "area", "education")  # a word that the dictionary does not know is put under review
_OPEN = ("industry", "occupation", "source")  # anybody's own words: only other spellings of a word become one
_REST = ("city_tier", "city", "age")  # further columns that are read word by word
_EMPTIED = ("gender", "area")  # where nothing but the dictionary's words can be reckoned with
_UNKNOWN = "unknown"

_MOST_LISTED = 200  # rows that one rule puts under review where they are more than _LARGE of a table
_LARGE = 0.01

_DIGITS = "'０１２３４５６７８９．－', '0123456789.-'"
_YEARS = r"^(-?\d+(?:\.\d+)?)\s*(?:岁|歲|周岁|周歲|years?(?:\s*old)?|yrs?(?:\s*old)?|y)?$"


@dataclass(frozen=True)
class _Word:
    """How many rows of a column say a word, and the first of them."""

    rows: int
    first: int  # _record


def people(
    connection, rules: CleanRules = CleanRules(), as_of: datetime.date | None = None
) -> list[dict[str, str]]:
    """Make the view ``people``: ``kept_customers`` as the table `customers` tells them; none where there is no such table.

    gender is female, male or empty, area urban, rural or empty. education, city_tier, industry, occupation and source have
    the dictionary's names where it knows the word (``other`` and ``unknown`` among them); other words of the last
    three only lose what is no more than another spelling (case, width, blanks) of a more frequent one. City: one spelling for each
    city of places.yml. ``province`` follows from the city, and so does ``city_tier`` where the data say nothing of tiers: two
    classifications in one column would be none. age is in whole years from 0 to 120, from birth_date at ``as_of`` where
    that leaves it empty; a band ("25-34") stays. With ``rules.business`` the columns of ``PERSONAL`` are left out. With
    ``rules.fill`` missing values are filled and marked (``fill.fill``).

    Adds to ``review``: ``unknown_word``, once per word at its first address, and ``age_out_of_range``.

    Returns
    -------
    warnings as ``ledger.warn`` makes them

    Raises
    ------
    SettingsError
        ``rules.fill`` names what cannot be filled, or there is no table `customers` to fill.
    """
    if not connection.execute("SELECT 1 FROM duckdb_views() WHERE view_name = 'kept_customers'").fetchone():
        fill.require_none(rules.fill)
        return []
    have = columns(connection, "kept_customers")
    left_out = [column for column in PERSONAL if rules.business and column in have]
    kept = [c for c in have if not c.startswith("raw.") and c not in left_out]
    warnings = [warn("business", table="customers", columns=left_out)] if left_out else []
    values = {column: f"k.{name(column)}" for column in kept}
    said = _said(connection, [column for column in (*_CLOSED, *_OPEN, *_REST) if column in kept])
    for column in [column for column in (*_CLOSED, *_OPEN, "city_tier") if column in said]:
        values[column] = _named(connection, column, said[column])
        if column in _CLOSED:
            warnings += _list_unknown(connection, column, said[column])
    if "city" in said:
        warnings += _place(connection, said, values)
    if {"age", "birth_date"} & set(kept):
        warnings += _reckon_ages(connection, said, values, as_of)
    joins = " ".join(f"LEFT JOIN names_{column} ON names_{column}.said = k.{column}" for column in said)
    chosen = ", ".join(f"{value} AS {name(column)}" for column, value in values.items())
    connection.execute(f"CREATE VIEW people AS SELECT {chosen} FROM kept_customers k {joins}")
    return warnings + fill.fill(connection, rules.fill)


def _said(connection, named: list[str]) -> dict[str, dict[str, _Word]]:
    """The distinct words of each column, by text, in one pass over the customers; empty ones left out."""
    found: dict[str, dict[str, _Word]] = {column: {} for column in named}
    if named:
        listed = ", ".join(named)
        rows = connection.execute(
            f"""SELECT grouping({listed}) AS others, coalesce({listed}) AS word, count(*), min(_record)
            FROM kept_customers GROUP BY GROUPING SETS ({", ".join(f"({column})" for column in named)})
            ORDER BY others, word"""
        ).fetchall()
        # grouping() has a bit for each column that a row is not grouped by, the first column's the highest.
        every = 2 ** len(named) - 1
        column_of = {every - 2**place: column for place, column in enumerate(reversed(named))}
        for others, word, count, first in rows:
            if word:
                found[column_of[others]][word] = _Word(count, first)
    return found


def _named(connection, column: str, said: dict[str, _Word]) -> str:
    """SQL for a column in the dictionary's words, from a table ``names_<column>`` of its distinct words."""
    known = dictionary.dictionary()[f"customers.{column}"]
    called = {word: known.get(dictionary.fold(word)) for word in said}
    names = {word: found for word, found in called.items() if found}
    if column in _OPEN:
        rest = {word: dictionary.fold(word) for word in said if word not in names}
        names |= places.one_spelling({word: said[word].rows for word in said}, rest)
    if column in _EMPTIED:
        names = {word: found for word, found in names.items() if found != _UNKNOWN}
    places.lookup(connection, f"names_{column}", names)
    return (
        f"names_{column}.name"
        if column in _EMPTIED
        else f"coalesce(names_{column}.name, nullif(k.{column}, ''))"
    )


def _list_unknown(connection, column: str, said: dict[str, _Word]) -> list[dict[str, str]]:
    entry = f"customers.{column}"
    known = dictionary.dictionary()[entry]
    expected = ", ".join(word for word in dictionary.names(entry) if word != _UNKNOWN)
    strange = {word: found for word, found in said.items() if dictionary.fold(word) not in known}
    return _list(connection, column, "emptied" if column in _EMPTIED else "kept", strange, expected)


def _list(connection, column: str, key: str, strange: dict[str, _Word], expected: str = "") -> list[dict]:
    """Put words that nobody knows under review, the most frequent: each at its first address, with its number of rows."""
    if not strange:
        return []
    listed = sorted(strange, key=lambda word: (-strange[word].rows, word))[:_MOST_LISTED]
    sentence = Words("en")
    messages = [
        sentence(f"review.unknown_word.{key}", rows=strange[word].rows, names=expected) for word in listed
    ]
    connection.execute(
        f"""INSERT INTO review SELECT 'customers', k._file, k._sheet, k._line, {text(column)}, s.word, 'unknown_word', s.message
        FROM kept_customers k
        JOIN (SELECT unnest($1::BIGINT[]) AS _record, unnest($2::VARCHAR[]) AS word, unnest($3::VARCHAR[]) AS message) s
        USING (_record) ORDER BY _record""",
        [[strange[word].first for word in listed], listed, messages],
    )
    counts = {"n": len(strange), "rows": sum(word.rows for word in strange.values()), "listed": len(listed)}
    return [warn("unknown_word", key=key, table="customers", column=column, **counts)]


def _place(connection, said: dict[str, dict[str, _Word]], values: dict[str, str]) -> list[dict[str, str]]:
    """One spelling for a city, and what follows from it: its province, and its tier where the data have none."""
    rows = {word: found.rows for word, found in said["city"].items()}
    known = {word: places.cities().get(dictionary.fold(word)) for word in rows}
    found = {word: city for word, city in known.items() if city}
    folded = places.same_cities(rows)
    connection.execute(
        """CREATE TABLE names_city AS SELECT unnest($1::VARCHAR[]) AS said, unnest($2::VARCHAR[]) AS name,
            unnest($3::VARCHAR[]) AS province, unnest($4::VARCHAR[]) AS tier""",
        [
            list(found),
            [folded.get(word, word) for word in found],
            [city.province for city in found.values()],
            [city.tier or None for city in found.values()],
        ],
    )
    if not found:
        return []
    values["city"] = "coalesce(names_city.name, nullif(k.city, ''))"
    values["province"] = "names_city.province"
    if not said.get("city_tier"):
        values["city_tier"] = "names_city.tier"
    warnings = [places.told(folded, "city")] if folded else []
    # Where most cities are others, the data are of another country, and a list of all its cities would say nothing.
    if 2 * sum(rows[word] for word in found) >= sum(rows.values()):
        strange = {word: place for word, place in said["city"].items() if word not in found}
        warnings += _list(connection, "city", "city", strange)
    return warnings


def _reckon_ages(
    connection, said: dict[str, dict[str, _Word]], values: dict[str, str], as_of: datetime.date | None
) -> list[dict[str, str]]:
    """Whole years from the age given, else from the birth date at ``as_of``; impossible ones under review."""
    ages, warnings = [], []
    if "age" in said:
        years = f"TRY_CAST(nullif(regexp_extract(translate(trim(said), {_DIGITS}), {text(_YEARS)}, 1, 'i'), '') AS DOUBLE)"
        connection.execute(
            f"""CREATE TABLE names_age AS SELECT said, greatest(years - {OLDEST}, -years) AS beyond,
                CASE WHEN years IS NULL THEN nullif(trim(said), '')
                    WHEN years BETWEEN 0 AND {OLDEST} THEN CAST(CAST(floor(years) AS INTEGER) AS VARCHAR) END AS name
            FROM (SELECT said, {years} AS years FROM (SELECT unnest($1::VARCHAR[]) AS said))""",
            [list(said["age"])],
        )
        ages.append("names_age.name")
        source = "kept_customers k JOIN names_age ON names_age.said = k.age"
        warnings += _list_ages(connection, "age", source, "names_age.beyond")
    if "birth_date" in values and as_of is not None:
        day = f"DATE '{as_of.isoformat()}'"
        years = f"date_sub('year', k.birth_date, {day})"
        possible = f"k.birth_date <= {day} AND {years} <= {OLDEST}"
        ages.append(f"CASE WHEN {possible} THEN CAST({years} AS VARCHAR) END")
        beyond = f"CASE WHEN NOT ({possible}) THEN abs({years}) + 1 END"
        warnings += _list_ages(connection, "birth_date", "kept_customers k", beyond)
    if ages:
        values["age"] = f"coalesce({', '.join(ages)})"
    return warnings


def _list_ages(connection, column: str, source: str, beyond: str) -> list[dict[str, str]]:
    """Put impossible ages under review: all of them, or those furthest out where they are too many to look at."""
    rows, found = connection.execute(
        f"SELECT count(*), count(*) FILTER ({beyond} > 0) FROM {source}"
    ).fetchone()
    if not found:
        return []
    most = min(found, _MOST_LISTED) if found > _LARGE * rows else found
    message = Words("en")(f"review.age_out_of_range.{column}", oldest=OLDEST)
    connection.execute(
        f"""INSERT INTO review SELECT 'customers', _file, _sheet, _line, {text(column)}, value, 'age_out_of_range', {text(message)}
        FROM (SELECT _file, _sheet, _line, _record, CAST(k.{column} AS VARCHAR) AS value FROM {source} WHERE {beyond} > 0
            ORDER BY {beyond} DESC, _record LIMIT {most}) ORDER BY _record"""
    )
    return [
        warn("age_out_of_range", table="customers", column=column, rows=found, listed=most, oldest=OLDEST)
    ]
