"""Rules over typed tables: what is quarantined, what is merged, what is flagged, and the accounts of it.

Reading has already marked what a record says about itself (unreadable, totals, missing, unreadable values, other
currency). Here come the rules that need the whole table: dates out of range, duplicates, conflicting ids. All work
is SQL over the staged files, so that a table need not fit into memory.
"""

import datetime
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from custkit.clean import accounts, checks, decisions, keys, measures, people, places, refunds, review, scope
from custkit.clean.sql import columns, name, text
from custkit.errors import InputRefused, SettingsError
from custkit.ledger import Ledger
from custkit.reading import Reading, SourceRead
from custkit.schema import CUSTOMER_TABLES, INPUTS, WHOLE
from custkit.settings import CleanRules

_RANK_DATES, _RANK_CONFLICTS = 6, 8
_GUESS_GAP_DAYS, _GUESS_MIN_DAYS = 60, 100

# The day that must lie between `earliest` and `as_of`; birthdays and registrations may well lie outside.
_EVENT_DAY = {"orders": "order_date", "customer_values": "last_order", "feedback": "date", "activity": "date"}
_ONE_ROW_PER_ID = {"customers": "customer_id", "customer_values": "customer_id", "products": "product_id"}

# What to do where one rule leaves hardly a row.
_ADVICE = {
    "before_earliest": "set earliest in mapping.yml to an earlier day, if these days are right",
    "after_as_of": "give a later as_of, if these days are right",
}


@dataclass
class Cleaned:
    """What cleaning leaves, as relations of ``connection``.

    For each table that was read, ``kept_<table>`` holds its good records as staged, with ``_source`` (the place of
    its file in ``Reading.of(table)``); ``quarantine_<table>``, ``merged`` and ``review`` are described in the design.
    """

    connection: duckdb.DuckDBPyConnection
    tables: list[str]
    as_of: datetime.date | None
    ledger: Ledger
    warnings: list[dict[str, str]]  # as ledger.warn makes them
    exceeded: list[dict[str, str]]  # the same, one for each quality threshold that was exceeded
    regions: list[str] = field(default_factory=list)  # every region named anywhere in orders or customers


def clean(
    reading: Reading,
    connection: duckdb.DuckDBPyConnection,
    rules: CleanRules,
    *,
    as_of: datetime.date | None = None,
    decided: pd.DataFrame | None = None,
) -> Cleaned:
    """Apply the rules to everything that was read; ``decided`` is what the analyst decided (``decisions.mark``).

    Raises
    ------
    InputRefused
        No table with a customer has a good record, no customer with orders has what scores are made of, or a region is
        named ``all``.
    SettingsError
        ``as_of`` was not given and the last day stands alone (design 5.1), there are too many regions, or a decision is
        not on a record of these data.
    BalanceError
        Rows or money went missing inside: a fault of ours, and nothing is written.
    """
    tables = [table for table in INPUTS if reading.of(table)]
    connection.execute(
        'CREATE TABLE merged ("table" VARCHAR, file VARCHAR, sheet VARCHAR, line VARCHAR, kept_file VARCHAR, kept_sheet VARCHAR, kept_line VARCHAR)'
    )
    connection.execute(
        'CREATE TABLE review ("table" VARCHAR, file VARCHAR, sheet VARCHAR, line VARCHAR, "column" VARCHAR, value VARCHAR, rule VARCHAR, message VARCHAR)'
    )
    for table in tables:
        _stage(connection, reading.of(table), table)
    # Before identity, conflicts and accounts, so that all of them see one spelling of a region.
    told = places.one_name_per_region(connection, tables)
    measures.mark(connection, tables)
    for table in tables:
        _mark_dates(connection, table, rules, as_of)
        _mark_duplicates(connection, reading.of(table), table, rules)
        _mark_conflicts(connection, table)
    decisions.mark(connection, tables, decided)
    for table in tables:
        _split(connection, reading.of(table), table)
    _require_customers(connection, tables)
    regions = _regions(connection, tables, rules)
    day = as_of or _last_day(connection, tables)
    # Customers are those of all good lines; what is looked at further is in scope.
    told += keys.key_warnings(connection, tables, rules)
    keys.matches(connection, tables)
    told += scope.mark(connection, tables, rules, day)
    told += people.people(connection, rules, day)
    told += review.flag(connection, tables, rules)
    refunds.refunds_of(connection, tables)
    ledger = Ledger(accounts.decimals(connection, tables))
    for table in tables:
        is_scoped = table == "orders" and bool(scope.asked(rules))
        accounts.account(connection, reading.of(table), table, ledger, is_scoped=is_scoped)
        checks.require_staged(connection, reading.of(table), table)
        checks.require_split(connection, table)
    ledger.require_balance()
    found, exceeded = accounts.thresholds(connection, tables, rules)
    return Cleaned(
        connection=connection,
        tables=tables,
        as_of=day,
        ledger=ledger,
        warnings=[*reading.warnings, *found, *told],
        exceeded=exceeded,
        regions=regions,
    )


def _stage(connection, sources: list[SourceRead], table: str) -> None:
    """All sources of a table under one view, absent columns empty, and their faults in one table."""
    parts = " UNION ALL BY NAME ".join(
        f"SELECT *, {number}::INTEGER AS _source FROM read_parquet({text(source.staged)})"
        for number, source in enumerate(sources)
    )
    connection.execute(f"CREATE VIEW staged_{table} AS {parts}")
    faults = ", ".join(text(source.faults) for source in sources)
    connection.execute(
        f'CREATE TABLE faults_{table} AS SELECT _record, rank, rule, "column", value, message FROM read_parquet([{faults}])'
    )


def _mark_dates(connection, table: str, rules: CleanRules, as_of: datetime.date | None) -> None:
    column = _EVENT_DAY.get(table)
    if column not in columns(connection, f"staged_{table}"):
        return
    connection.execute(
        f"""INSERT INTO faults_{table}
        SELECT _record, {_RANK_DATES}, 'before_earliest', '{column}', CAST({column} AS VARCHAR),
            'earlier than ' || ? || '; set earliest to an earlier day if it is right'
        FROM staged_{table} WHERE {column} < CAST(? AS DATE)""",
        [rules.earliest, rules.earliest],
    )
    if as_of is not None:
        connection.execute(
            f"""INSERT INTO faults_{table}
            SELECT _record, {_RANK_DATES}, 'after_as_of', '{column}', CAST({column} AS VARCHAR),
                'later than as_of ' || ? || '; it will count in a run with a later as_of'
            FROM staged_{table} WHERE {column} > CAST(? AS DATE)""",
            [as_of.isoformat(), as_of.isoformat()],
        )


def _mark_duplicates(connection, sources: list[SourceRead], table: str, rules: CleanRules) -> None:
    """``twins_<table>``: _record of each repeated record and _record of the one that is kept.

    Two records are equal when every column that either file has is equal: mapped columns as cleaned, the others as
    read, an absent one as an empty one. Where equal lines of one order cannot be told apart from repeated ones (no
    order id, or ``duplicates`` is flag) they are put under review instead. The same file twice is always merged.
    """
    said = _said(connection, sources, table)
    # A short hash finds the few records that may have a twin; only these are compared by a long one, which is far dearer.
    connection.execute(
        f"""CREATE TABLE twins_{table} AS
        WITH sound AS (SELECT * FROM staged_{table} ANTI JOIN faults_{table} USING (_record)),
        alike AS (SELECT hash({said}) AS short FROM sound GROUP BY short HAVING count(*) > 1)
        SELECT _record, kept FROM (
            SELECT _record, min(_record) OVER (PARTITION BY md5_number({said})) AS kept FROM sound
            WHERE hash({said}) IN (FROM alike)) WHERE _record <> kept"""
    )
    derived = table == "orders" and "order_id" not in columns(connection, "staged_orders")
    if derived or rules.duplicates == "flag":
        message = (
            "equal to an earlier line; kept, because without an order id it may be a second piece"
            if derived
            else "equal to an earlier line; kept, because duplicates is flag"
        )
        connection.execute(
            f"""INSERT INTO review SELECT '{table}', _file, _sheet, _line, '', '', 'duplicate', ?
            FROM staged_{table} SEMI JOIN twins_{table} USING (_record) ORDER BY _record""",
            [message],
        )
        connection.execute(f"DELETE FROM twins_{table}")
    _merge_same_files(connection, sources, table)


def _merge_same_files(connection, sources: list[SourceRead], table: str) -> None:
    first_of: dict[tuple[str, str], int] = {}
    for number, source in enumerate(sources):
        first = first_of.setdefault((source.sha256, source.sheet), number)
        if first == number:
            continue
        connection.execute(
            f"DELETE FROM twins_{table} WHERE _record IN (SELECT _record FROM staged_{table} WHERE _source = {number})"
        )
        connection.execute(
            f"""INSERT INTO twins_{table}
            SELECT again._record, coalesce(twin.kept, once._record)
            FROM staged_{table} again JOIN staged_{table} once ON again._line = once._line
            LEFT JOIN twins_{table} twin ON twin._record = once._record
            ANTI JOIN faults_{table} f ON f._record = again._record
            WHERE again._source = {number} AND once._source = {first}"""
        )


def _mark_conflicts(connection, table: str) -> None:
    """Different rows under one id, where a table has one row per id: none of them can be trusted.

    But one that the analyst corrected and fed back, alone or as a line equal to another, is the right one.
    """
    column = _ONE_ROW_PER_ID.get(table)
    if column is None:
        return
    connection.execute(
        f"""INSERT INTO faults_{table}
        SELECT _record, {_RANK_CONFLICTS}, 'conflicting_id', '{column}', {column},
            'several different rows have this id; leave the right one and feed it back with --fixed'
        FROM (
            SELECT *, count(*) OVER (PARTITION BY {column}) AS n, count(*) FILTER (is_fixed) OVER (PARTITION BY {column}) AS n_fixed
            FROM (
                SELECT _record, {column}, _fixed OR _record IN (
                    SELECT kept FROM twins_{table} SEMI JOIN (SELECT _record FROM staged_{table} WHERE _fixed) USING (_record)
                ) AS is_fixed
                FROM staged_{table} ANTI JOIN faults_{table} USING (_record) ANTI JOIN twins_{table} USING (_record)))
        WHERE n > 1 AND NOT (is_fixed AND n_fixed = 1)"""
    )


def _split(connection, sources: list[SourceRead], table: str) -> None:
    """The final fate of every record: ``fate_<table>``, then ``kept_``, ``quarantine_`` and ``merged``.

    ``is_beyond`` is for ``scope.mark`` to set.
    """
    connection.execute(
        f"""CREATE TABLE fate_{table} AS
        WITH ranked AS (
            SELECT *, row_number() OVER (PARTITION BY _record ORDER BY rank, "column", rule) AS place FROM faults_{table}),
        first AS (SELECT * FROM ranked WHERE place = 1),
        further AS (
            SELECT _record, string_agg(message, '; also: ' ORDER BY place) AS messages FROM ranked GROUP BY _record)
        SELECT s._record, s._source, f.rank AS fault_rank, f.rule, f."column", f.value, further.messages AS message,
            t.kept AS twin_of, false AS is_beyond
        FROM (SELECT _record, _source FROM staged_{table}) s
        LEFT JOIN first f USING (_record) LEFT JOIN further USING (_record) LEFT JOIN twins_{table} t USING (_record)"""
    )
    connection.execute(
        # By the few that are not kept: what is looked up stays small.
        f"""CREATE VIEW kept_{table} AS SELECT s.* FROM staged_{table} s ANTI JOIN
        (SELECT _record FROM fate_{table} WHERE rule IS NOT NULL OR twin_of IS NOT NULL OR is_beyond) USING (_record)"""
    )
    headers = list(dict.fromkeys(header for source in sources for header in source.headers))
    present = columns(connection, f"staged_{table}")
    raw = "".join(
        f", CAST(s.{name('raw.' + header)} AS VARCHAR) AS {name('raw.' + header)}"
        for header in headers
        if "raw." + header in present
    )
    connection.execute(
        f"""CREATE VIEW quarantine_{table} AS SELECT '{table}' AS "table", s._file AS file, s._sheet AS sheet,
            s._line AS line, f."column", f.value, f.rule, f.message{raw}
        FROM staged_{table} s JOIN fate_{table} f USING (_record) WHERE f.rule IS NOT NULL ORDER BY s._record"""
    )
    connection.execute(
        f"""INSERT INTO merged SELECT '{table}', again._file, again._sheet, again._line, once._file, once._sheet, once._line
        FROM fate_{table} f JOIN (SELECT _record, _file, _sheet, _line FROM staged_{table}) again USING (_record)
        JOIN (SELECT _record, _file, _sheet, _line FROM staged_{table}) once ON once._record = f.twin_of
        WHERE f.rule IS NULL ORDER BY f._record"""
    )


def _said(connection, sources: list[SourceRead], table: str) -> str:
    """SQL for what makes a record itself: one text of all its columns that say something."""
    present = columns(connection, f"staged_{table}")
    mapped = {header for source in sources for header in _headers_used(source)}
    typed = [column for column in present if not column.startswith(("_", "raw.")) or column == "_personal"]
    others = [column for column in present if column.startswith("raw.") and column[4:] not in mapped]
    parts = ", ".join(
        f"CASE WHEN CAST({name(c)} AS VARCHAR) <> '' THEN {text(c)} || chr(31) || CAST({name(c)} AS VARCHAR) END"
        for c in sorted(typed + others)
    )
    return f"concat_ws(chr(30), {parts})"


def _headers_used(source: SourceRead) -> set[str]:
    """Headers that stand behind typed columns: they are compared as cleaned, not as read."""
    used = set(source.further)
    for said in source.columns.values():
        used |= {said, *(part.strip() for part in said.split("*"))}
    return used & set(source.headers)


def _require_customers(connection, tables: list[str]) -> None:
    with_rows = [
        table
        for table in CUSTOMER_TABLES
        if table in tables and connection.execute(f"SELECT 1 FROM kept_{table} LIMIT 1").fetchone()
    ]
    if with_rows:
        return
    read = [table for table in CUSTOMER_TABLES if table in tables]
    reasons, main = [], set()
    for table in read:
        counts = connection.execute(
            f"SELECT rule, count(*) FROM fate_{table} WHERE rule IS NOT NULL GROUP BY rule ORDER BY count(*) DESC, rule LIMIT 3"
        ).fetchall()
        reasons.append(f"{table}: {', '.join(f'{rule} {count:,}' for rule, count in counts) or 'no row'}")
        main |= {rule for rule, _ in counts[:1]}
    advice = next(
        (said for rule, said in _ADVICE.items() if rule in main),
        "custkit map writes a draft mapping to start from",
    )
    raise InputRefused(f"no usable row in {' or '.join(read)} ({'; '.join(reasons)}); {advice}")


def _last_day(connection, tables: list[str]) -> datetime.date | None:
    """The day that recency counts from: the last kept order line, else the latest ``last_order``, else none."""
    for table, column in (("orders", "order_date"), ("customer_values", "last_order")):
        if table not in tables or column not in columns(connection, f"staged_{table}"):
            continue
        days = [
            day
            for (day,) in connection.execute(
                f"SELECT DISTINCT {column} FROM kept_{table} WHERE {column} IS NOT NULL ORDER BY 1"
            ).fetchall()
        ]
        if not days:
            continue
        if (
            table == "orders"
            and len(days) >= _GUESS_MIN_DAYS
            and (days[-1] - days[-2]).days > _GUESS_GAP_DAYS
        ):
            raise SettingsError(
                f"as_of: the last order day {days[-1]} stands {(days[-1] - days[-2]).days} days after the one before, {days[-2]}; give the day to count back from with --as-of"
            )
        return days[-1]
    return None


def _regions(connection, tables: list[str], rules: CleanRules) -> list[str]:
    parts = [
        f"SELECT DISTINCT region FROM staged_{table} WHERE region <> ''"
        for table in ("orders", "customers")
        if table in tables and "region" in columns(connection, f"staged_{table}")
    ]
    if not parts:
        return []
    names = [
        name
        for (name,) in connection.execute(
            f"SELECT DISTINCT region FROM ({' UNION '.join(parts)}) ORDER BY region"
        ).fetchall()
    ]
    if WHOLE in names:
        raise InputRefused(
            f"region: a region is named {WHOLE!r}, which is what custkit calls all regions together; rename it in the export"
        )
    if len(names) > rules.max_regions:
        raise SettingsError(
            f"max_regions: the data name {len(names):,} regions ({', '.join(names[:3])}, ...), more than {rules.max_regions}; is region mapped to the right column? Else raise max_regions"
        )
    return names
