"""How many dirty exports the usual ways of reading change or lose without a word, beside custkit (``make bench``).

The cases are those of ``tests/dirty`` that have a readable truth: order lines that must come out. Every tool is told
which header is which column, so only its reading is tried. A result is right when exactly the order lines of the truth
come out (customer, order, day, amount); an error is loud, whatever it says; all else went wrong in silence.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}

import argparse
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
import pandas as pd
from dirty import RECIPES
from dirty.case import Account, Case, Record
from dirty.check import problems, run

NAMES = ("customer_id", "order_id", "order_date", "amount")
RIGHT, LOUD, LOST, TAKEN = (
    "right",
    "an error",
    "lost or changed in silence",
    "took what is no order in silence",
)
SUFFIXES_OF_BOOKS = (".xlsx", ".xls")


def plain_pandas(path: Path) -> pd.DataFrame:
    """read_csv and its siblings as they come; values that do not fit their type are an error."""
    if path.suffix in SUFFIXES_OF_BOOKS:
        return pd.read_excel(path)
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def pandas_as_text(path: Path) -> pd.DataFrame:
    """The recipe of many notebooks: all as text, encodings tried in turn, the separator sniffed."""
    if path.suffix in SUFFIXES_OF_BOOKS:
        return pd.read_excel(path, dtype=str, keep_default_na=False)
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return pd.read_csv(
                path, encoding=encoding, dtype=str, keep_default_na=False, sep=None, engine="python"
            )
        except UnicodeDecodeError:
            continue
    return pd.read_csv(path, encoding="latin-1", dtype=str, keep_default_na=False, sep=None, engine="python")


def duckdb_sniffer(path: Path) -> pd.DataFrame:
    """DuckDB reads what its sniffer makes of the file; workbooks are not its business."""
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT * FROM '{path}'").df()


def strict(column: pd.Series, name: str) -> pd.Series:
    """Types as the libraries make them; what does not fit raises."""
    return pd.to_datetime(column) if name == "order_date" else pd.to_numeric(column)


def coerced(column: pd.Series, name: str) -> pd.Series:
    """Types by the usual recipe: marks and thousands stripped, what does not fit is empty, and empty rows go."""
    if name == "order_date":
        return pd.to_datetime(column, errors="coerce", format="mixed")
    return pd.to_numeric(column.astype(str).str.replace(r"[¥￥$£€元,\s]", "", regex=True), errors="coerce")


Tool = tuple[Callable[[Path], pd.DataFrame], Callable[[pd.Series, str], pd.Series]]
TOOLS: dict[str, Tool] = {
    "plain pandas": (plain_pandas, strict),
    "pandas as text, encodings tried": (pandas_as_text, coerced),
    "DuckDB's sniffer": (duckdb_sniffer, strict),
}


def names_of(truth: Sequence[Record]) -> list[str]:
    return [name for name in NAMES if name in truth[0]]


def order_lines(account: Account, frame: pd.DataFrame, names: list[str], typed: Callable) -> list[tuple]:
    """What a tool made of a file, as lines to compare; rows without customer, day or amount are left out."""
    frame.columns = [" ".join(str(column).split()) for column in frame.columns]
    wanted = dict(zip(account.columns, (" ".join(str(h).split()) for h in account.headers), strict=True))
    taken = pd.DataFrame({name: frame[wanted[name]] for name in names})
    for name in ("order_date", "amount"):
        taken[name] = typed(taken[name], name)
    taken = taken.dropna(subset=["customer_id", "order_date", "amount"])
    taken = taken[taken["customer_id"].astype(str).str.strip() != ""].drop_duplicates()
    return [tuple(comparable(value) for value in row) for row in taken.itertuples(index=False, name=None)]


def comparable(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else str(value)
    text = str(value).strip()
    try:
        return str(Decimal(text).normalize()) if "." in text else text
    except InvalidOperation:
        return text


def of_truth(record: Record, names: list[str]) -> tuple:
    values = [float(record[name]) if name == "amount" else record[name] for name in names]
    return tuple(comparable(value) for value in values)


def outcome(tool: Tool, case: Case, folder: Path) -> str:
    read, typed = tool
    accounts = [account for account in case.accounts if account.table == "orders"]
    truth = [record for account in accounts for record in account.kept]
    names = names_of(truth)
    try:
        lines = [
            line
            for file, account in {account.file: account for account in accounts}.items()
            for line in order_lines(account, read(folder / "data" / file), names, typed)
        ]
    except Exception:  # whatever a tool raises is what is counted here
        return LOUD
    # Equal lines are merged or flagged by rule; a tool is not blamed for either.
    actual, expected = set(lines), {of_truth(record, names) for record in truth}
    if expected - actual:
        return LOST
    return TAKEN if actual - expected else RIGHT


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    seed = options.parse_args().seed
    warnings.simplefilter("ignore")
    counts = {name: Counter() for name in (*TOOLS, "custkit")}
    for recipe in RECIPES:
        case = recipe.case(seed)
        if (
            case.refused
            or "mapping.yml" in case.files
            or not any(a.table == "orders" and a.kept for a in case.accounts)
        ):
            continue
        with tempfile.TemporaryDirectory() as folder:
            came_out = run(case, Path(folder))
            wrong = LOUD if came_out.refusal else LOST
            counts["custkit"][wrong if problems(case, came_out) else RIGHT] += 1
            for name, tool in TOOLS.items():
                counts[name][outcome(tool, case, Path(folder))] += 1
    print(f"{counts['custkit'].total()} dirty exports with a readable truth, seed {seed}")
    print(f"{'':34}" + "".join(f"{what:>36}" for what in (RIGHT, LOUD, LOST, TAKEN)))
    for name, count in counts.items():
        print(f"{name:34}" + "".join(f"{count[what]:>36}" for what in (RIGHT, LOUD, LOST, TAKEN)))


if __name__ == "__main__":
    main()
