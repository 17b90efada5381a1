"""Second counts of what the ledger says, each made another way: a row or a unit lost in between stops the run."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from custkit.clean.accounts import AMOUNT, STAGED_DECIMALS
from custkit.clean.sql import columns, name, text
from custkit.ledger import FATES, Ledger, require_same
from custkit.reading import RANKS, SourceRead
from custkit.schema import INPUTS

# Amounts that can be read in one way only: no mark, no thousands (1.234 may be 1234), no rounding.
_ONE_READING = r"-?[0-9]{1,12}(\.([0-9]{1,2}|[0-9]{4}))?"
_OF_READING = ", ".join(map(text, RANKS))


def require_staged(connection, sources: list[SourceRead], table: str) -> None:
    """Raise BalanceError unless every record that was read is accounted, with its money, and every fault of it counts.

    Money is read a second time from the text of plain amounts.
    """
    for number, source in enumerate(sources):
        where = f"{source.file}, sheet {source.sheet}" if source.sheet else source.file
        rows = f"SELECT coalesce(sum(n), 0) FROM accounts_{table} WHERE _source = {number}"
        require_same(f"{where}: records read, and accounted", source.rows, _only(connection, rows))
        _require_amounts(connection, source, table, number, where)
    amount = AMOUNT.get(table)
    if amount in columns(connection, f"staged_{table}"):
        staged = f"SELECT coalesce(sum(CAST({amount} AS HUGEINT)), 0) FROM staged_{table}"
        accounted = f"SELECT coalesce(sum(money), 0) FROM accounts_{table}"
        require_same(
            f"{table}: money staged, and accounted", _only(connection, staged), _only(connection, accounted)
        )
    files = ", ".join(text(source.faults) for source in sources)
    marked = _only(connection, f"SELECT count(DISTINCT _record) FROM read_parquet([{files}])")
    rejected = _only(connection, f"SELECT count(*) FROM fate_{table} WHERE rule IN ({_OF_READING})")
    require_same(f"{table}: records with a fault at reading, and quarantined for one", marked, rejected)


def _require_amounts(connection, source: SourceRead, table: str, number: int, where: str) -> None:
    amount = AMOUNT.get(table)
    if amount not in source.columns:
        return
    parts = [part.strip() for part in source.columns[amount].split("*")]
    if not set(parts) <= set(source.headers):
        return  # a constant, or a header that holds a star itself
    plain = " AND ".join(
        f"regexp_full_match(CAST({name('raw.' + part)} AS VARCHAR), '{_ONE_READING}')" for part in parts
    )
    # Through 38 digits, or a million millions would have no room for their units.
    again = " * ".join(
        f"CAST(CAST(TRY_CAST({name('raw.' + part)} AS DECIMAL(20, 4)) AS DECIMAL(38, 4)) * {10**STAGED_DECIMALS} AS HUGEINT)"
        for part in parts
    )
    # Units differ by a power of ten: a product has the decimals of both its factors, and a header may say 万元 or 分.
    # Half a unit is what rounding may take.
    (apart,) = connection.execute(
        f"""WITH pairs AS (
            SELECT CAST({amount} AS HUGEINT) AS typed, {again} AS again FROM staged_{table}
            WHERE _source = {number} AND {amount} IS NOT NULL AND {plain}),
        unit AS (
            SELECT coalesce(mode(CAST(round(log10(typed / again)) AS INTEGER)), 0) AS place FROM pairs
            WHERE sign(typed) * sign(again) > 0),
        factors AS (
            SELECT CAST(power(10, greatest(-place, 0)) AS HUGEINT) AS of_typed,
                CAST(power(10, greatest(place, 0)) AS HUGEINT) AS of_again FROM unit)
        SELECT count(*) FROM pairs, factors WHERE 2 * abs(typed * of_typed - again * of_again) > of_typed"""
    ).fetchone()
    require_same(f"{where}: amounts that differ from their own text", 0, apart)


def require_split(connection, table: str) -> None:
    """Raise BalanceError unless what was kept, quarantined and merged is what the accounts of the table say.

    And unless each kept record has what its table requires, and each merged one is like the one that stands for it.
    """
    amount = AMOUNT.get(table)
    have = columns(connection, f"staged_{table}")
    counted = {
        fate: (int(rows), int(money))
        for fate, rows, money in connection.execute(
            f"SELECT fate, sum(n), sum(money) FROM accounts_{table} GROUP BY fate"
        ).fetchall()
    }
    money = f"CAST(coalesce(sum(CAST({amount} AS HUGEINT)), 0) AS HUGEINT)" if amount in have else "0"
    kept = connection.execute(f"SELECT count(*), {money} FROM kept_{table}").fetchone()
    require_same(f"{table}: rows and money accounted as kept, and kept", counted.get("kept", (0, 0)), kept)
    for fate, query in (
        ("quarantined", f"SELECT count(*) FROM quarantine_{table}"),
        ("merged", f"SELECT count(*) FROM merged WHERE \"table\" = '{table}'"),
    ):
        rows = counted.get(fate, (0, 0))[0]
        require_same(f"{table}: rows accounted as {fate}, and {fate}", rows, _only(connection, query))
    required = [column for column, said in INPUTS[table].items() if said.required and column in have]
    lacking = " OR ".join(f"{column} IS NULL" for column in required) or "false"
    gaps = _only(connection, f"SELECT count(*) FROM kept_{table} WHERE {lacking}")
    require_same(f"{table}: kept records that lack {' or '.join(required)}", 0, gaps)
    unlike = " OR ".join(f"a.{column} IS DISTINCT FROM b.{column}" for column in required) or "false"
    wrong = _only(
        connection,
        f"""SELECT count(*) FROM fate_{table} f JOIN staged_{table} a USING (_record)
        LEFT JOIN staged_{table} b ON b._record = f.twin_of
        WHERE f.rule IS NULL AND f.twin_of IS NOT NULL AND (b._record IS NULL OR {unlike})""",
    )
    require_same(f"{table}: merged records unlike the one that stands for them", 0, wrong)


def require_written(connection, ledger: Ledger, tables: Path, quarantine: Path, regions: list[dict]) -> None:
    """Raise BalanceError unless the files of a run hold the rows and the money that its ledger says.

    Parameters
    ----------
    tables : the folder of the run's tables, not yet under its final name
    quarantine : the file of what was set aside
    regions : counts of each region, with ``spend`` as decimal text
    """
    last = {step["table"]: step["count"] for step in ledger.steps}

    def file(table: str) -> str:
        return f"read_parquet({text(tables / f'{table}.parquet')})"

    def rows(table: str) -> int:
        return _only(connection, f"SELECT count(*) FROM {file(table)}")

    def money(table: str, column: str) -> _Money:
        return _Money.of(connection, file(table), column, ledger.decimals)

    for table, count in last.items():
        if table == "orders":
            found = rows("orders") + rows("refunds")
            require_same("orders: rows kept, and lines and refunds written", count.kept, found)
            lines = money("orders", "amount") + money("refunds", "amount")
            regional = sum(Decimal(region["spend"]).scaleb(ledger.decimals) for region in regions)
            for made, units in (
                ("lines and refunds", lines.units),
                ("features", money("features", "spend").units),
                ("periods", money("periods", "spend").units),
                ("regions", int(regional)),
            ):
                found = _Money(units, lines.size)
                found.require(f"orders: money kept, and of {made}", count.money_kept)
        elif table != "customers":
            require_same(f"{table}: rows kept, and written", count.kept, rows(table))
            if count.money_in:
                found = money(table, AMOUNT[table])
                found.require(f"{table}: money kept, and written", count.money_kept)
    customers = _only(connection, "SELECT count(*) FROM customer_ids")
    for made in ("customers", "features"):
        require_same(f"customers, and rows of {made}", customers, rows(made))
    merged = sum(entry["count"].merged for entry in ledger.files)
    require_same("rows merged, and rows of merged", merged, rows("merged"))
    rejected = sum(entry["count"].quarantined for entry in ledger.files)
    require_same("rows quarantined, and rows of quarantine.csv", rejected, _csv_rows(quarantine))
    for table, fate in itertools.product(last, FATES):
        counts = [step["count"] for step in ledger.steps if step["table"] == table]
        counts = counts[-1:] if fate == "kept" else counts
        part = f"(SELECT * FROM {file('accounts')} WHERE \"table\" = '{table}' AND fate = '{fate}')"
        what = f"{table}: {fate} by the steps, and by the regions"
        found = _only(connection, f"SELECT coalesce(sum(rows), 0) FROM {part}")
        require_same(what, sum(getattr(count, fate) for count in counts), found)
        _Money.of(connection, part, "money", ledger.decimals).require(
            what, sum(getattr(count, f"money_{fate}") for count in counts)
        )


@dataclass(frozen=True)
class _Money:
    """Money as files hold it, in floats: whole units, and the sum of their absolute values."""

    units: int
    size: int

    @classmethod
    def of(cls, connection, relation: str, column: str, decimals: int) -> "_Money":
        units = f"CAST(round({column} * 1e{decimals}) AS HUGEINT)"
        query = f"SELECT coalesce(sum({units}), 0), coalesce(sum(abs({units})), 0) FROM {relation}"
        return cls(*map(int, connection.execute(query).fetchone()))

    def __add__(self, other: "_Money") -> "_Money":
        return _Money(self.units + other.units, self.size + other.size)

    def require(self, what: str, units: int) -> None:
        """Equal to the unit, as far as a float has room for it: beyond 2^52 units its last bits may be off."""
        if abs(units - self.units) > self.size >> 52:
            require_same(f"{what} (money)", units, self.units)


def _csv_rows(path: Path) -> int:
    """Records of a CSV below its header."""
    reader = pyarrow.csv.open_csv(
        path,
        pyarrow.csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 24),
        pyarrow.csv.ParseOptions(newlines_in_values=True),
        pyarrow.csv.ConvertOptions(include_columns=["f0"], column_types={"f0": pa.string()}),
    )
    return sum(batch.num_rows for batch in reader) - 1


def _only(connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
