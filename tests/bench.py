"""custkit beside the plainest way to the same result (``make bench``): ratios, since seconds belong to a machine.

Each piece of work runs in a process of its own, forked so that imports cost it nothing. Works that are compared take
turns, so that a busy minute meets them all alike; then the medians of their costs are compared.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}

import argparse
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import duckdb
import nbformat
import numpy as np
import pandas as pd
from bench_customers import customers, lifetimes
from side_by_side import AS_OF, ROUNDS, Cost, Rows, cost, forked, median, row, take_turns, verdict

from custkit import clean, features, ingest, prepare, schema, store, tables
from custkit.ingest import csvfile
from custkit.run.execute import Watch, execute
from custkit.run.kernels import ForkServer
from custkit.settings import Settings

SEED = 2026

# Three lines an order; few customers buy most. A hash draws the same numbers whatever the number of threads.
DRAW = f"CREATE MACRO draw(n, k) AS (hash(n * 16 + k + {SEED}) % 1000000) / 1e6"
LINES = """CREATE TABLE lines AS SELECT i,
    'c' || lpad(CAST(floor(draw(i // 3, 1) ** 2 * $n / 10) AS BIGINT)::VARCHAR, 9, '0') AS customer_id,
    'o' || (i // 3) AS order_id, DATE '2023-01-01' + CAST(draw(i // 3, 2) * 729 AS INTEGER) AS order_date,
    round(CASE WHEN draw(i, 3) < 0.03 THEN -1 ELSE 1 END * exp(1 + 4 * draw(i, 4)), 2) AS amount,
    'category ' || CAST(floor(24 * draw(i, 5) ** 2) AS INTEGER) AS category,
    'channel ' || CAST(floor(4 * draw(i // 3, 6)) AS INTEGER) AS channel FROM range($n) AS numbers(i)"""
# One line in a hundred stands twice, one in two hundred names nobody.
DIRTY = """SELECT * REPLACE (CASE WHEN draw(i, 7) < 0.005 THEN NULL ELSE customer_id END AS customer_id)
    FROM (FROM lines UNION ALL FROM lines WHERE draw(i, 8) < 0.01) ORDER BY i"""
# As a shop's programme writes it: days first, currency marks, notes over two lines, now and then a separator too many.
CSV = f"""SELECT concat_ws(',', coalesce(customer_id, ''), order_id, strftime(order_date, '%d/%m/%Y'),
    '"£' || format('{{:,.2f}}', amount) || '"', category, channel, CASE
        WHEN draw(i, 9) < 0.02 THEN '"left ""by the door""' || chr(10) || 'twice"'
        WHEN draw(i, 10) < 0.0005 THEN 'left, by the door' ELSE 'none' END) FROM ({DIRTY})"""

SOURCES = "read_parquet(['{folder}/orders.parquet', '{folder}/refunds.parquet'])"
SCAN = f"SELECT max(customer_id), max(order_id), max(order_date), sum(amount), max(category), max(channel) FROM {SOURCES}"
TOP = """SELECT customer_id, arg_min({0}, (-money, -epoch(latest), {0})) AS {0} FROM (
    SELECT customer_id, {0}, sum(money) AS money, max(order_date) AS latest FROM lines GROUP BY ALL) GROUP BY customer_id"""
BY_SQL = f"""WITH lines AS (SELECT *, CAST(round(amount * 100) AS BIGINT) AS money FROM {SOURCES}),
days AS (SELECT customer_id, order_id, order_date, sum(money) AS money, sum(money) FILTER (money > 0) AS gross,
    sum(money) FILTER (money >= 0) AS bought, count(*) FILTER (money < 0) AS n_refunds FROM lines GROUP BY ALL),
orders AS (SELECT customer_id, min(order_date) AS day FROM days GROUP BY customer_id, order_id HAVING sum(money) > 0),
counting AS (SELECT customer_id, min(day) AS first_order, max(day) AS last_order, count(*) AS n_orders,
    list_sort(list(DISTINCT day)) AS days FROM orders GROUP BY customer_id),
sums AS (SELECT customer_id, sum(money) AS spend, sum(gross) AS gross, sum(n_refunds) AS n_refunds FROM days GROUP BY 1),
bought AS (SELECT customer_id, order_date, sum(bought) AS money FROM days WHERE bought IS NOT NULL GROUP BY ALL),
repeats AS (SELECT customer_id, count(*) AS n, min(order_date) AS first_day, max(order_date) AS last_day,
    sum(money) AS money, arg_min(money, order_date) AS first_money FROM bought GROUP BY customer_id)
SELECT customer_id, region, first_order, last_order, DATE '{AS_OF}' - last_order AS recency_days,
    coalesce(n_orders, 0) AS n_orders, coalesce(spend, 0) / 100.0 AS spend, coalesce(gross, 0) / 100.0 AS gross_spend,
    coalesce(n_refunds, 0) AS n_refunds, DATE '{AS_OF}' - first_order AS tenure_days,
    spend / 100.0 / n_orders AS avg_order_value,
    list_aggregate([days[i + 1] - days[i] FOR i IN range(1, len(days))], 'median') AS median_gap_days,
    category AS top_category, channel AS main_channel, coalesce(n - 1, 0) AS repeat_orders,
    DATE '{AS_OF}' - first_day AS age_days, last_day - first_day AS active_days,
    CASE WHEN n > 1 THEN (money - first_money) / 100.0 / (n - 1) END AS mean_repeat_spend,
    CASE WHEN n_orders > 0 THEN 'buyer' WHEN n_refunds > 0 THEN 'refunds_only' ELSE 'prospect' END AS status
FROM read_parquet('{{folder}}/customers.parquet') LEFT JOIN counting USING (customer_id)
LEFT JOIN sums USING (customer_id) LEFT JOIN repeats USING (customer_id)
LEFT JOIN ({TOP.format("category")}) USING (customer_id) LEFT JOIN ({TOP.format("channel")}) USING (customer_id)
ORDER BY customer_id"""


def notebooks(folder: Path) -> Rows:
    """The helper's imports are left out: they are paid once a run, however many its regions are."""
    forked(prepare.prepare, "", str(folder / "city_retail"))
    ours, script, cells = forked(_notebook_costs, folder / "city_retail")
    yield row("East, 01 to 06: forked kernels / one script", ours, script, 1.5, "a fresh Python, imports too")
    yield row("  / the script's cells alone", ours, cells, 1.5, "imports left out on both sides")


def _notebook_costs(out: Path) -> list[Cost]:
    paths = sorted((store.home() / "notebooks").glob("*.ipynb"))
    given = {"out": str(out), "region": "East"}
    script = out / "script.py"
    script.write_text(_script(paths, given), encoding="utf-8")
    rounds = []
    with ForkServer(out / "kernels.log") as server:
        _by_runner(paths[:1], given, server, out)  # the helper is up when it has answered
        for _ in range(ROUNDS):
            run = partial(subprocess.run, check=True, cwd=out, stdout=subprocess.DEVNULL)
            whole = cost(run, [sys.executable, script])
            cells = Cost(*map(float, (out / "cells.txt").read_text().split()))
            rounds.append((_by_runner(paths, given, server, out), whole, cells))
    return [median(costs) for costs in zip(*rounds, strict=True)]


def _script(paths: list[Path], given: dict[str, str]) -> str:
    """All cells in order, the imports before the rest; it tells what the rest took in ``cells.txt``."""
    imports, rest = ["import time"], ["begun = time.process_time(), time.perf_counter()"]
    for path in paths:
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        imports += [cell.source for cell in cells if cell.id == "imports"]
        parameters, *others = [cell.source for cell in cells]
        rest += [parameters, *(f"{name} = {value!r}" for name, value in given.items()), *others]
    clocks = "time.process_time() - begun[0], time.perf_counter() - begun[1]"
    rest.append(f"print({clocks}, file=open('cells.txt', 'w'))")
    return "\n".join(imports + rest)


def _by_runner(paths: list[Path], given: dict[str, str], server: ForkServer, out: Path) -> Cost:
    kernels = []

    def work() -> None:
        for path in paths:
            watch = Watch(timeout=300)
            done = execute(path, out / path.name, given, server=server, watch=watch, env={}, cwd=out)
            kernels.append(done.cpu_seconds)
            if done.problem:
                raise RuntimeError(f"{path.name}: {done.problem.cause}")

    taken = cost(work)
    return taken._replace(cpu=taken.cpu + sum(kernels))


def make_lines(folder: Path, n: int) -> None:
    """Order lines as a run's tables hold them, and with their dirt as exports in Parquet and CSV."""
    connection = duckdb.connect()
    connection.execute(DRAW)
    connection.execute(LINES, {"n": n})
    parts = {
        "orders": "SELECT * EXCLUDE i FROM lines WHERE amount >= 0 ORDER BY i",
        "refunds": "SELECT * EXCLUDE i FROM lines WHERE amount < 0 ORDER BY i",
        "customers": "SELECT DISTINCT customer_id, 'East' AS region FROM lines ORDER BY 1",
        "export": f"SELECT * EXCLUDE i FROM ({DIRTY})",
    }
    for name, query in parts.items():
        store.copy(connection, query, folder / f"{name}.parquet")
    with open(folder / "export.csv", "w", encoding="utf-8", newline="") as file:
        file.write("customer_id,order_id,order_date,amount,category,channel,note\n")
        written = connection.execute(CSV)
        while rows := written.fetchmany(100_000):
            file.writelines(f"{line}\n" for (line,) in rows)


def lines_to_customers(folder: Path) -> Rows:
    """Four ways; three make the same table, Parquet to Parquet, and the fourth only looks at the lines."""
    works = [partial(work, folder) for work in (by_custkit, by_scan, by_sql, by_pandas)]
    ours, scan, sql, frames = take_turns(*works)
    forked(require_equal, folder)
    yield row("features / scan of the needed columns", ours, scan, 8, "Parquet to Parquet / max and sum")
    yield row("features / SQL by hand", ours, sql, 1.3, "the same table, both by DuckDB")
    yield row("features / vectorised pandas", ours, frames, 0.5, "the same table")
    memory, peaks = ours.peak_mb / frames.peak_mb, f"{ours.peak_mb:,.0f} / {frames.peak_mb:,.0f}"
    what = "memory of features / vectorised pandas"
    yield [what, f"{memory:.2f}", "", "0.5", verdict(memory, 0.5), "", peaks, "peaks above the imports"]


def by_custkit(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        backend = store.engine(Path(scratch), folder)
        names = ("orders", "refunds", "customers")
        orders, refunds, people = (backend.read_parquet(str(folder / f"{name}.parquet")) for name in names)
        made = features.features(features.lines(orders, refunds, decimals=2), people, as_of=AS_OF, decimals=2)
        store.copy(backend.con, features.sql(made), folder / "by_custkit.parquet")


def by_sql(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        connection = store.engine(Path(scratch), folder).con
        store.copy(connection, BY_SQL.format(folder=folder), folder / "by_sql.parquet")


def by_scan(folder: Path) -> None:
    duckdb.connect().execute(SCAN.format(folder=folder)).fetchall()


def by_pandas(folder: Path) -> None:
    """Vectorised throughout; ids are turned into whole numbers once."""
    lines = pd.concat([store.read_table(folder / f"{name}.parquet") for name in ("orders", "refunds")])
    lines["money"] = (lines["amount"] * 100).round().astype("int64")
    lines["gross"], lines["refund"] = lines["money"].clip(lower=0), lines["money"] < 0
    lines["order"] = pd.factorize(lines["order_id"])[0]
    lines["who"], ids = pd.factorize(lines["customer_id"])
    sums = {"spend": ("money", "sum"), "gross": ("gross", "sum"), "n_refunds": ("refund", "sum")}
    made = lines.groupby("who").agg(**sums)
    orders = lines.groupby(["who", "order"]).agg(day=("order_date", "min"), net=("money", "sum"))
    orders = orders[orders["net"] > 0].reset_index()
    counting = {"first_order": ("day", "min"), "last_order": ("day", "max"), "n_orders": ("day", "size")}
    made = made.join(orders.groupby("who").agg(**counting))
    days = orders[["who", "day"]].drop_duplicates().sort_values(["who", "day"])
    gaps = days["day"].diff().dt.days.where(days["who"] == days["who"].shift())
    made["median_gap_days"] = gaps.groupby(days["who"]).median()
    bought = lines[~lines["refund"]].groupby(["who", "order_date"], as_index=False)["money"].sum()
    made = made.join(bought.groupby("who")["order_date"].agg(["min", "max", "size"]))
    made = made.join(bought.groupby("who")["money"].agg(["sum", "first"]))
    for column, name in (("category", "top_category"), ("channel", "main_channel")):
        totals = {"money": ("money", "sum"), "latest": ("order_date", "max")}
        levels = lines.groupby(["who", column], as_index=False).agg(**totals)
        levels = levels.sort_values(["money", "latest", column], ascending=[False, False, True])
        made[name] = levels.drop_duplicates("who").set_index("who")[column]
    made["customer_id"], made["n_orders"] = ids[made.index], made["n_orders"].fillna(0)
    made["spend"], made["gross_spend"] = made["spend"] / 100, made["gross"] / 100
    made["avg_order_value"] = made["spend"] / made["n_orders"].where(made["n_orders"] > 0)
    made["repeat_orders"], again = (made["size"] - 1).fillna(0), (made["size"] - 1).where(made["size"] > 1)
    made["mean_repeat_spend"] = (made["sum"] - made["first"]) / 100 / again
    for name, day in (("recency_days", "last_order"), ("tenure_days", "first_order"), ("age_days", "min")):
        made[name] = (pd.Timestamp(AS_OF) - made[day]).dt.days
    made["active_days"] = (made["max"] - made["min"]).dt.days
    kinds = [made["n_orders"] > 0, made["n_refunds"] > 0]
    made["status"] = np.select(kinds, ["buyer", "refunds_only"], "prospect")
    made = store.read_table(folder / "customers.parquet").merge(made, on="customer_id", how="left")
    made.sort_values("customer_id")[[*schema.TABLES["features"]]].to_parquet(folder / "by_pandas.parquet")


def require_equal(folder: Path) -> None:
    ours, *others = (store.read_table(folder / f"by_{name}.parquet") for name in ("custkit", "sql", "pandas"))
    for other in others:
        pd.testing.assert_frame_equal(ours, other.reset_index(drop=True), check_dtype=False)


def reading(folder: Path) -> Rows:
    path = folder / "export.csv"
    by_text = partial(pd.read_csv, path, dtype=str, keep_default_na=False, on_bad_lines="skip")
    records, staged, text = take_turns(partial(by_records, path), partial(staged_reading, path), by_text)
    yield row("dirty CSV, with addresses / pandas as text", records, text, 4, "pandas skips broken lines")
    yield row("  typed and staged too / pandas as text", staged, text, 4, "dates, money, faults in Parquet")


def by_records(path: Path) -> None:
    known = set(schema.INPUTS["orders"])
    raw = csvfile.open_text(path, path.name, csvfile.Layout(), lambda headers: len(known & set(headers)))
    for _batch in raw.batches():
        pass


def staged_reading(path: Path) -> ingest.Reading:
    staging = Path(tempfile.mkdtemp(dir=path.parent))
    return ingest.read_tables(path, staging, ingest.load_mapping(path), Settings().clean)


def cleaning(folder: Path) -> Rows:
    typed = forked(staged_reading, folder / "export.parquet")
    ours, theirs = take_turns(partial(cleaned, folder, typed), partial(by_custkit, folder))
    yield row(
        "cleaning typed orders / features", ours, theirs, 3, "to orders, refunds, quarantine and ledger"
    )


def cleaned(folder: Path, typed: ingest.Reading) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        backend = store.engine(Path(scratch), folder)
        made = clean.clean(typed, backend.con, Settings().clean)
        tables.write_inputs(typed, made, Path(scratch))
        tables.write_quarantine(made, Path(scratch, "quarantine.csv"))


PARTS = {
    "notebooks": notebooks,
    "features": lines_to_customers,
    "scores": customers,
    "lifetimes": lifetimes,
    "reading": reading,
    "cleaning": cleaning,
}
HEAD = ["what", "CPU", "wall", "at most (CPU)", "", "CPU of each", "peak MB", "how measured"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, by comma: {','.join(PARTS)}")
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines to make up")
    asked = parser.parse_args()
    chosen = asked.only.split(",")
    if unknown := sorted({*chosen} - {*PARTS}):
        parser.error(f"no part {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="custkit-bench-") as made:
        forked(make_lines, Path(made), asked.lines)
        rows = [HEAD, *(row for name in chosen for row in PARTS[name](Path(made)))]
    print(f"{asked.lines:,} order lines; medians of {ROUNDS} rounds in turns; CPU over all threads")
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
