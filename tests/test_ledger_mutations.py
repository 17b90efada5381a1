"""Mutants of every stage that prepares a run: each loses one row, or one smallest unit of money, and each is caught."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet as pq

from custkit import cli, features, prepare, tables
from custkit.clean import accounts, rules, scope
from custkit.errors import BalanceError
from custkit.ingest import columns, csvfile, lines, stage

# Lines of every fate: kept, refunded, repeated, without a customer, unreadable, broken; a note over two lines.
ORDERS = """customer_id,order_id,order_date,amount,region,category,note
ann,1,2024-01-05,100.00,East,books,
ann,1,2024-01-05,50.05,East,toys,"two
lines"
ann,2,2024-02-04,30.00,East,books,
ann,3,2024-03-05,-20.00,East,books,
bob,4,2024-01-10,10.00,West,shop,
bob,4,2024-01-10,10.00,West,shop,
,5,2024-01-11,7.77,West,toys,
cat,6,2024-01-12,twelve,West,toys,
dan,7,2024-01-13,8.00,West,toys,,,
eve,8,1999-01-13,9.00,West,toys,
"""
PRICED = """customer_id,order_id,order_date,quantity,unit_price
fay,21,2024-01-05,3,1.99
fay,22,2024-01-06,2,0.35
"""
CUSTOMERS = """customer_id,region,age
ann,East,30
bob,West,40
bob,East,41
gus,West,50
"""
VALUES = "customer_id,n_orders,spend,last_order\nann,2,160.05,2024-02-04\nbob,1,10.00,2024-01-10\n"
FILES = {
    "orders.csv": ORDERS,
    "orders_priced.csv": PRICED,
    "customers.csv": CUSTOMERS,
    "customer_values.csv": VALUES,
}


@pytest.fixture
def data(tmp_path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


Change = Callable[..., object]  # of what a function returned, and of its arguments


def after(monkeypatch, owner: object, name: str, change: Change) -> None:
    """Let ``change`` have what ``owner.name`` returns, once: the smallest loss there is."""
    original, done = getattr(owner, name), []

    def mutant(*args, **kwargs):
        result = original(*args, **kwargs)
        changed = None if done else change(result, *args)
        if changed is None:
            return result
        done.append(True)
        return changed

    monkeypatch.setattr(owner, name, mutant)


def run_sql(*queries: str, only: str = "orders") -> Change:
    """Queries on the connection that the stage works on, when it works on the table ``only``."""

    def change(result, connection, *args):
        if not any(arg == only for arg in args if isinstance(arg, str)):
            return None
        for query in queries:
            connection.execute(query)
        return result if result is not None else ()

    return change


def one_row_less(table: pa.Table) -> pa.Table | None:
    return table.slice(1) if table.num_rows else None


def one_unit_less(column: str, unit: float) -> Callable[[pa.Table], pa.Table]:
    """A smallest unit less in the first value of a column."""

    def change(table: pa.Table) -> pa.Table:
        values = table[column].to_pylist()
        first = next(row for row, value in enumerate(values) if value)
        values[first] -= unit
        place = table.schema.get_field_index(column)
        return table.set_column(place, column, pa.array(values, table.schema.field(place).type))

    return change


def rewritten(name: str, change: Callable[[pa.Table], pa.Table], folder: int) -> Change:
    """A Parquet file changed once its stage has written it; ``folder`` is the place of its folder in the arguments."""

    def mutate(result, *args):
        path = args[folder] / f"{name}.parquet"
        if not path.is_file():
            return None
        pq.write_table(change(pq.read_table(path)), path)
        return result if result is not None else ()

    return mutate


# --- reading, landing, typing, writing what was staged


def landed_row(raw, *args):
    """The last record never comes back from the file in which a table was landed."""

    def batches():
        *first, last = raw.batches()
        yield from [*first, last.slice(0, last.num_rows - 1)]

    return dataclasses.replace(raw, batches=batches)


def typed_row(result, *args):
    table, faults = result
    return table.slice(1), faults


def typed_unit(parsed, reader, name, *args):
    if name != "amount" or reader.job.table != "orders":
        return None
    values = parsed.values.to_pylist()
    return dataclasses.replace(parsed, values=pa.array([values[0] - 1, *values[1:]], pa.int64()))


def typed_product_unit(parsed, reader, name, *args):
    if name != "amount" or reader.job.columns["amount"].kind != "product":
        return None
    return typed_unit(parsed, reader, name)


def staged_file(change: Callable[[pa.Table], pa.Table]) -> Change:
    def mutate(source, *args):
        if source.table != "orders":
            return None
        pq.write_table(change(pq.read_table(source.staged)), source.staged)
        return source

    return mutate


def fault_row(source, *args):
    """A fault of a record is written nowhere: the first of a line without a customer."""
    faults = pq.read_table(source.faults)
    if not faults.num_rows:
        return None
    pq.write_table(faults.filter(pc.not_equal(faults["rule"], "missing_customer_id")), source.faults)
    return source


# --- cleaning

FIRST_KEPT = "(SELECT min(_record) FROM kept_orders)"
LATER_KEPT = "(SELECT max(_record) FROM staged_orders WHERE customer_id = 'fay')"


def kept_view(selected: str) -> Change:
    """The view of kept orders with something less in it."""
    return run_sql(
        "ALTER VIEW kept_orders RENAME TO sound_orders",
        f"CREATE VIEW kept_orders AS SELECT {selected} FROM sound_orders"
        + ("" if "REPLACE" in selected else " WHERE _record > (SELECT min(_record) FROM sound_orders)"),
    )


def quarantine_view() -> Change:
    return run_sql(
        "ALTER VIEW quarantine_orders RENAME TO rejected_orders",
        "CREATE VIEW quarantine_orders AS SELECT * FROM rejected_orders OFFSET 1",
    )


def count_less(**changes: int) -> Change:
    def mutate(count, *args):
        if not count.rows_in or not count.money_in:
            return None
        return dataclasses.replace(count, **{name: getattr(count, name) + by for name, by in changes.items()})

    return mutate


def line_gone(table, *args):
    return table.filter(table.amount != 100.0)


def customer_gone(table, *args):
    return table.filter(table.customer_id != "gus")


def quarantine_line(result, cleaned, path):
    text = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(text[:-1]))
    return ()


def region_unit(regions, *args):
    return [{**regions[0], "spend": str(float(regions[0]["spend"]) - 0.01)}, *regions[1:]]


MUTANTS = {
    # where: (owner, name, what is lost)
    "reading: a plain line is not parsed": (lines.Scan, "parse", lambda table, *args: one_row_less(table)),
    "reading: a record of a block": (csvfile._Reader, "_table", lambda table, *args: one_row_less(table)),
    "landing: a record": (stage, "landed", landed_row),
    "typing: a record of a batch": (stage._Writer, "_batch", typed_row),
    "typing: a unit of an amount": (columns.Reader, "parse", typed_unit),
    "typing: a unit of quantity times price": (columns.Reader, "parse", typed_product_unit),
    "staging: a record": (stage._Writer, "write", staged_file(lambda table: table.slice(1))),
    "staging: a unit": (stage._Writer, "write", staged_file(one_unit_less("amount", 1))),
    "staging: a fault": (stage._Writer, "write", fault_row),
    "marking: a fault is forgotten": (
        rules,
        "_mark_dates",
        run_sql("DELETE FROM faults_orders WHERE rule = 'missing_customer_id'"),
    ),
    "marking: a line is merged with another one that is unlike it": (
        rules,
        "_mark_duplicates",
        run_sql(f"INSERT INTO twins_orders VALUES ({LATER_KEPT}, 1)"),
    ),
    "splitting: a record has no fate": (
        rules,
        "_split",
        run_sql("DELETE FROM fate_orders WHERE _record = 1"),
    ),
    "splitting: a kept record": (rules, "_split", kept_view("*")),
    "splitting: a unit of a kept record": (
        rules,
        "_split",
        kept_view("* REPLACE (amount - CASE WHEN _record = 1 THEN 100 ELSE 0 END AS amount)"),
    ),
    "splitting: a quarantined record": (rules, "_split", quarantine_view()),
    "splitting: a merged record": (
        rules,
        "_split",
        run_sql("DELETE FROM merged WHERE \"table\" = 'orders'"),
    ),
    "scope: a record, though nothing was left out": (
        scope,
        "mark",
        lambda result, connection, *args: (
            connection.execute("UPDATE fate_orders SET is_beyond = true WHERE _record = 1") and result
        ),
    ),
    "accounting: a record": (accounts, "_count", count_less(kept=-1)),
    "accounting: a unit": (accounts, "_count", count_less(money_kept=-1)),
    "accounting: a record that came in": (accounts, "_count", count_less(rows_in=-1, kept=-1)),
    "accounting: a unit that came in": (accounts, "_count", count_less(money_in=-1, money_kept=-1)),
    "writing: a line": (tables, "write_inputs", rewritten("orders", lambda t: t.slice(1), 2)),
    "writing: a unit of a line": (
        tables,
        "write_inputs",
        rewritten("orders", one_unit_less("amount", 0.01), 2),
    ),
    "writing: a refund": (tables, "write_inputs", rewritten("refunds", lambda t: t.slice(1), 2)),
    "writing: a unit of a refund": (
        tables,
        "write_inputs",
        rewritten("refunds", one_unit_less("amount", 0.01), 2),
    ),
    "writing: a row of another table": (
        tables,
        "write_inputs",
        rewritten("customer_values", lambda t: t.slice(1), 2),
    ),
    "writing: a unit of another table": (
        tables,
        "write_inputs",
        rewritten("customer_values", one_unit_less("spend", 0.01), 2),
    ),
    "writing: a merged line": (tables, "write_inputs", rewritten("merged", lambda t: t.slice(1), 2)),
    "writing: a quarantined line": (tables, "write_quarantine", quarantine_line),
    "writing: a customer": (
        tables,
        "write_customer_tables",
        rewritten("customers", lambda t: t.slice(1), 2),
    ),
    "writing: a row of the accounts": (
        tables,
        "write_customer_tables",
        rewritten("accounts", lambda t: t.slice(1), 2),
    ),
    "writing: a unit of a region": (tables, "count_regions", region_unit),
    "features: a line": (features, "lines", line_gone),
    "features: a customer": (features, "features", customer_gone),
    "features: a unit": (
        tables,
        "write_customer_tables",
        rewritten("features", one_unit_less("spend", 0.01), 2),
    ),
    "features: a month": (
        tables,
        "write_customer_tables",
        rewritten("periods", lambda t: t.slice(1), 2),
    ),
}


def left(folder: Path) -> list[str]:
    """Files that stand in an output folder under a final name."""
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))


# mission 24; the ledger stops a run in which a row or a unit went missing
class TestMutants:
    def test_nothing_is_wrong_without_one(self, data, tmp_path):
        found = prepare.prepare(str(data), str(tmp_path / "out"))
        orders = next(step for step in found.ledger["steps"] if step["table"] == "orders")
        assert (orders["rows_in"], orders["money_in"]) == (12, "203.49")
        assert found.ledger["balanced"]

    @pytest.mark.parametrize("mutant", MUTANTS)
    def test_each_is_caught_before_anything_is_written(self, mutant, data, tmp_path, monkeypatch):
        after(monkeypatch, *MUTANTS[mutant])
        with pytest.raises(BalanceError) as caught:
            prepare.prepare(str(data), str(tmp_path / "out"))
        assert caught.value.exit_code == 70
        assert left(tmp_path / "out") == []

    def test_an_older_run_stays_as_it_was(self, data, tmp_path, monkeypatch):
        out = tmp_path / "out"
        prepare.prepare(str(data), str(out))
        before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        after(monkeypatch, *MUTANTS["writing: a line"])
        with pytest.raises(BalanceError):
            prepare.prepare(str(data), str(out), settings={"earliest": "2001-01-01"})
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before

    def test_a_scheduler_gets_70(self, data, tmp_path, monkeypatch, capsys):
        after(monkeypatch, *MUTANTS["typing: a unit of an amount"])
        assert cli.main(["check", "--data", str(data), "--out", str(tmp_path / "out")]) == 70
        assert "ledger: orders.csv: amounts that differ from their own text" in capsys.readouterr().err


def test_mutants_are_as_small_as_they_say():
    """A row, and a unit: not a table that would be missed anyway."""
    table = pa.table({"amount": [0.0, 5.0, 6.0]})
    assert one_row_less(table).num_rows == 2
    assert one_unit_less("amount", 0.01)(table)["amount"].to_pylist() == [0.0, 4.99, 6.0]
