"""The made sample's dirt: every planted line ends where the key says, rows and money to the unit, and nothing else is touched."""

import csv
import gzip
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

from custkit import cli, prepare, store
from custkit.schema import INPUTS
from scripts.city_retail import files

DATA, TRUTH = ROOT / "data/sample/city_retail", ROOT / "data/truth/city_retail"
ADDRESS = ("table", "file", "sheet", "line")
NUMERIC = ("money", "number", "scale", "integer")


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def at(line: dict[str, str], *names: str) -> tuple[str, ...]:
    return tuple(line[name] or "" for name in names)


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """Where the whole sample was prepared once."""
    folder = tmp_path_factory.mktemp("city_retail") / "out"
    prepare.prepare(str(DATA), str(folder))
    return folder


@pytest.fixture(scope="module")
def ledger(out) -> dict:
    return store.read_json(out / "ledger.json")


@pytest.fixture(scope="module")
def key() -> list[dict[str, str]]:
    return lines_of(TRUTH / "dirt.csv")


@pytest.fixture(scope="module")
def accounts() -> dict[str, dict[str, str]]:
    return {line["table"]: line for line in lines_of(TRUTH / "accounts.csv")}


@pytest.fixture(scope="module")
def kept(out, accounts) -> dict[str, pd.DataFrame]:
    """Each typed table by the address of its rows; orders and refunds together."""
    tables = {}
    for table in accounts:
        names = ["orders", "refunds"] if table == "orders" else [table]
        frames = [store.read_table(out / "tables" / f"{name}.parquet") for name in names]
        frame = pd.concat(frames, ignore_index=True)
        frame = frame[frame["file"].notna()]  # customers that only stand in orders have no address
        tables[table] = frame.set_index(["file", "sheet", "line"])
    return tables


def as_read(row: pd.Series, table: str, column: str) -> str | Decimal:
    """A typed cell as the key writes it."""
    value, kind = row[column], INPUTS[table][column].kind if column in INPUTS[table] else "number"
    if pd.isna(value):
        return ""
    if kind == "date":
        clock = row.get("order_time" if column == "order_date" else f"{column}_time")
        return f"{value:%Y-%m-%d}" + (f" {clock}" if isinstance(clock, str) else "")
    return Decimal(str(value)) if kind in NUMERIC else value


def as_meant(line: dict[str, str]) -> str | Decimal:
    column = INPUTS[line["table"]].get(line["column"])
    is_number = column is None or column.kind in NUMERIC
    return Decimal(line["means"]) if is_number and line["means"] else line["means"]


class TestKey:
    def test_has_every_fate_and_most_faults_of_an_export(self, key):
        assert {line["fate"] for line in key} == {"kept", "quarantined", "merged", "not_a_row"}
        faults = {"9", "10", "11", "12", "17", "23", "24", "26", "28", "29", "31", "32", "33", "34", "35", "38", "42", "43", "44", "69"}  # fmt: skip
        assert faults <= {line["fault"] for line in key}

    def test_names_a_line_once(self, key):
        assert max(Counter(at(line, *ADDRESS) for line in key).values()) == 1

    def test_quotes_what_stands_in_the_file_on_the_line_that_it_names(self, key):
        """In every text file; of a value over several lines the first."""
        for name in sorted({line["file"] for line in key if not line["sheet"]}):
            opened = gzip.open if name.endswith(".gz") else open
            with opened(DATA / name, "rt", encoding="gb18030" if name == "feedback.csv" else "utf-8") as file:
                physical = file.read().split("\n")
            for line in (line for line in key if line["file"] == name):
                value = line["value"].split("\n")[0]
                # A line is quoted as it stands; a cell stands in quotes, with its own quotes doubled.
                stands = physical[int(line["line"]) - 1]
                assert value in stands or value in stands.replace('""', '"'), line

    @pytest.mark.parametrize("table", sorted(set(INPUTS) - {"customer_values", "plan_given"}))
    def test_stays_below_one_row_in_twenty_of_every_table(self, key, accounts, table):
        dirty = [line for line in key if line["table"] == table and line["fate"] != "not_a_row"]
        assert len(dirty) < 0.05 * int(accounts[table]["rows_in"])

    def test_stays_below_one_per_cent_of_the_money_of_orders(self, key, kept):
        dirty = sum(abs(Decimal(line["amount"] or 0)) for line in key)
        assert dirty < Decimal(str(kept["orders"]["amount"].abs().sum())) / 100


class TestFates:
    # fault 9, 10, 11, 12, 17, 24, 31, 34, 35, 42
    def test_what_is_quarantined_is_what_was_planted_for_the_reason_that_was_planted(self, out, key):
        found = Counter(at(line, *ADDRESS, "column", "rule") for line in lines_of(out / "quarantine.csv"))
        planted = Counter(
            at(line, *ADDRESS, "column", "rule") for line in key if line["fate"] == "quarantined"
        )
        assert not planted - found, "planted, and not found"
        assert not found - planted, "found, and not planted"

    # fault 38
    def test_what_is_merged_is_what_was_planted_with_the_line_that_was_planted(self, out, key):
        names = (*ADDRESS, "kept_file", "kept_sheet", "kept_line")
        found = store.read_table(out / "tables" / "merged.parquet")
        found = Counter(found[list(names)].fillna("").itertuples(index=False, name=None))
        planted = Counter(at(line, *names) for line in key if line["fate"] == "merged")
        assert not planted - found, "planted, and not found"
        assert not found - planted, "found, and not planted"

    # fault 9, 23, 26, 28, 29, 32, 33, 36, 42, 43, 44, 69
    def test_what_is_kept_is_read_as_what_it_means(self, key, kept):
        wrong = []
        for line in (line for line in key if line["fate"] == "kept"):
            address = at(line, "file", "sheet", "line")
            if address not in kept[line["table"]].index:
                wrong.append((line, "not there"))
            elif (
                read := as_read(kept[line["table"]].loc[address], line["table"], line["column"])
            ) != as_meant(line):
                wrong.append((line, read))
        assert not wrong

    # fault 12
    def test_what_is_no_row_is_nowhere(self, out, key, kept):
        quarantined = {at(line, *ADDRESS) for line in lines_of(out / "quarantine.csv")}
        for line in (line for line in key if line["fate"] == "not_a_row"):
            assert at(line, *ADDRESS) not in quarantined
            assert at(line, "file", "sheet", "line") not in kept[line["table"]].index


class TestAccounts:
    def test_rows_of_every_table_to_the_row(self, ledger, accounts):
        for table, said in accounts.items():
            entries = [entry for entry in ledger["files"] if entry["table"] == table]
            for fate in ("rows_in", "kept", "quarantined", "merged"):
                assert sum(entry[fate] for entry in entries) == int(said[fate]), (table, fate)

    def test_money_of_orders_to_the_cent(self, ledger, accounts):
        entries = [entry for entry in ledger["files"] if entry["table"] == "orders"]
        for part in ("money_in", "money_kept", "money_quarantined", "money_merged"):
            assert sum(Decimal(entry[part]) for entry in entries) == Decimal(accounts["orders"][part])

    def test_no_threshold_is_exceeded(self, out, capsys):
        assert cli.main(["check", "--data", str(DATA), "--out", str(out)]) == 0
        assert "Warnings" in capsys.readouterr().out


class TestFiles:
    def test_are_small(self):
        assert sum(path.stat().st_size for path in DATA.iterdir()) < 8_000_000

    def test_are_made_anew_byte_for_byte(self, tmp_path):
        command = [sys.executable, "-m", "scripts.city_retail", "--out", str(tmp_path / "data"), "--truth", str(tmp_path / "truth")]  # fmt: skip
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        for committed, made in ((DATA, tmp_path / "data"), (TRUTH, tmp_path / "truth")):
            for path in sorted(made.iterdir()):
                assert path.read_bytes() == (committed / path.name).read_bytes(), path.name


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Two hundred order lines of ten customers, over three years, and three products."""
    days = pd.date_range("2023-01-01 09:00", "2025-12-30 09:00", periods=200).astype("datetime64[s]")
    orders = pd.DataFrame(
        {
            "order_id": [f"{number:06d}" for number in range(200)],
            "customer_id": [f"C{number % 10:03d}" for number in range(200)],
            "order_date": days,
            "amount": [10.0 + number for number in range(199)] + [-5.0],
            "channel": pd.Series(["app", None] * 100, dtype="str"),
        }
    )
    return {
        "orders": orders,
        "products": pd.DataFrame({"product_id": ["A", "B", "C"], "cost": [1.0, 2.5, 3.0]}),
    }


def written(tables, tmp_path) -> Path:
    files.write(tables, tmp_path / "data", tmp_path / "truth", 7, as_of="2025-12-31")
    return tmp_path


class TestWrite:
    def test_leaves_its_input_alone(self, tables, tmp_path):
        before = {name: frame.copy() for name, frame in tables.items()}
        written(tables, tmp_path)
        for name, frame in tables.items():
            pd.testing.assert_frame_equal(frame, before[name])

    def test_a_table_of_three_rows_loses_none(self, tables, tmp_path):
        assert (written(tables, tmp_path) / "data/products.csv").read_text(encoding="utf-8").splitlines() == [
            "product_id,cost", "A,1.00", "B,2.50", "C,3.00", "",
        ]  # fmt: skip

    def test_no_more_than_one_row_in_twenty_of_a_small_table_is_touched(self, tables, tmp_path):
        key = lines_of(written(tables, tmp_path) / "truth/dirt.csv")
        touched = [line for line in key if line["table"] == "orders" and line["fate"] != "not_a_row"]
        assert 0 < len(touched) <= 10

    def test_another_seed_soils_other_lines(self, tables, tmp_path):
        first = lines_of(written(tables, tmp_path / "a") / "truth/dirt.csv")
        files.write(tables, tmp_path / "b/data", tmp_path / "b/truth", 8, as_of="2025-12-31")
        assert lines_of(tmp_path / "b/truth/dirt.csv") != first

    def test_a_year_without_orders_is_a_file_with_its_header_alone(self, tables, tmp_path):
        orders = tables["orders"]
        tables["orders"] = orders[orders["order_date"] < pd.Timestamp("2025-01-01")]
        text = (written(tables, tmp_path) / "data/orders_2025.csv").read_text(encoding="utf-8-sig")
        assert text.splitlines() == ["sep=;", "Order No;Customer No;Order Time;Amount;Channel"]

    def test_two_clean_rows_that_are_equal_are_refused(self, tables, tmp_path):
        tables["products"] = pd.concat([tables["products"]] * 2, ignore_index=True)
        with pytest.raises(ValueError, match="products: 3 clean rows are equal to another one"):
            written(tables, tmp_path)
