"""The second counts raise no false alarm, whatever amounts look like; the mutants show that they raise the right ones."""

import datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from exports import read
from pyarrow import parquet as pq

from custkit import clean, ledger, prepare, store
from custkit.clean import checks
from custkit.errors import BalanceError, InputRefused
from custkit.ingest import load_mapping, read_tables
from custkit.settings import CleanRules


@pytest.fixture
def cleaned(tmp_path):
    backend = store.engine(tmp_path)

    def cleaning(files: dict, mapping: str = "", **settings: object):
        reading = read(tmp_path / "in", files, mapping)
        return reading, clean.clean(reading, backend.con, CleanRules(**settings))

    yield cleaning
    backend.disconnect()


def csv(header: str, *amounts: str) -> str:
    rows = [f"c{n};{n};2024-01-05;{amount}" for n, amount in enumerate(amounts, start=1)]
    return "\n".join([f"customer_id;order_id;order_date;{header}", *rows]) + "\n"


def money(found) -> list[str]:
    return [found.ledger.amount(entry["count"].money_in) for entry in found.ledger.files]


class TestRequireStaged:
    @pytest.mark.parametrize(
        ("header", "amounts", "total"),
        [
            ("amount", ["10", "0.05", "-3.2", "1234.5678"], "1241.4178"),
            (
                "amount",
                ["1000000000000", "999999999999.99", "-1000000000000.01"],
                "999999999999.98",
            ),  # fault 37
            ("amount", ["0.00", "0", "-0"], "0.00"),
            ("amount", ["1.234,50", "12,5", "1.234", "7"], "2488.00"),  # a decimal comma: 1.234 are thousands
            ("amount", ["1,234.50", "1,234", "7"], "2475.50"),
            ("amount", ["12.34567", "0.00005", "1"], "13.3457"),  # rounded half to even
            ("amount", ["¥12.50", "(3)", "5-", "1.2万", "8"], "12012.50"),
            ("金额(万元)", ["1.5", "0.0001", "-2"], "-4999.00"),
            ("金额(分)", ["150", "1", "-7"], "1.44"),
            ("amount", ["twelve", "5.00", ""], "5.00"),
        ],
    )
    def test_amounts_agree_with_their_text_however_they_are_written(self, cleaned, header, amounts, total):
        _, found = cleaned({"orders.csv": csv(header, *amounts)}, currency="CNY")
        assert money(found) == [total]

    def test_quantity_times_price_agrees_with_both(self, cleaned):
        text = csv("quantity;unit_price", "3;1.99", "-2;0.35", "0.5;0.0001", "1.5;0.0003", "7;1,234.00", "2;")
        _, found = cleaned({"orders.csv": text})
        assert money(found) == ["8643.2704"]  # 0.00005 rounds to 0.0000, 0.00045 to 0.0004

    @pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.decimal128(12, 3), pa.int32()])
    def test_parquet_agrees_in_every_type(self, cleaned, tmp_path, kind):
        values = (
            [1, -20, 300]
            if pa.types.is_integer(kind)
            else [Decimal("0.1"), Decimal("1e3"), Decimal("-2.125")]
        )
        amounts = pa.array(values if pa.types.is_decimal(kind) else [float(v) for v in values]).cast(
            kind, safe=False
        )
        day = datetime.date(2024, 1, 5)
        table = pa.table({"customer_id": ["a", "b", "c"], "order_date": [day] * 3, "amount": amounts})
        path = tmp_path / "orders.parquet"
        pq.write_table(table, path)
        _, found = cleaned({"orders.parquet": path.read_bytes()})
        assert money(found) == (["281.00"] if pa.types.is_integer(kind) else ["997.975"])

    def test_one_record_in_another_unit_than_the_others_is_found(self, cleaned):
        reading, found = cleaned({"orders.csv": csv("金额(万元)", "1.5", "2", "3")})
        connection = found.connection
        connection.execute("ALTER VIEW staged_orders RENAME TO sound_orders")
        connection.execute(
            "CREATE VIEW staged_orders AS SELECT * REPLACE (amount + CAST(_record = 2 AS BIGINT) AS amount) FROM sound_orders"
        )
        connection.execute("UPDATE accounts_orders SET money = money + 1")
        with pytest.raises(
            BalanceError, match=r"orders\.csv: amounts that differ from their own text: 0 and 1"
        ):
            checks.require_staged(connection, reading.of("orders"), "orders")


class TestRequireWritten:
    @pytest.mark.parametrize(
        ("amounts", "total"),
        [
            (
                ["999999999999.9999", "-999999999999.9998", "0.0001"],
                "0.0002",
            ),  # more digits than a float holds
            (["99999999999999", "0.0001"], "99999999999999.0001"),
            (["0.01"] * 300, "3.00"),
        ],
    )
    def test_money_beyond_a_float_raises_no_alarm(self, tmp_path, amounts, total):
        folder = tmp_path / "shop"
        folder.mkdir()
        (folder / "orders.csv").write_text(csv("amount", *amounts), encoding="utf-8")
        found = prepare.prepare(str(folder), str(tmp_path / "out"))
        assert found.ledger["files"][0]["money_kept"] == total


class TestRequireSame:
    def test_equal_counts_pass(self):
        ledger.require_same("rows", (3, 100), (3, 100))

    def test_others_are_named(self):
        with pytest.raises(BalanceError, match=r"ledger: rows and money: \(3, 100\) and \(3, 99\)"):
            ledger.require_same("rows and money", (3, 100), (3, 99))


class TestConflictsThatWereCorrected:
    """Rows of one id of which the analyst corrected one and fed it back."""

    HEAD = "customer_id,region,industry\n"

    def cleaned(self, folder, rows: str, fixed: str) -> tuple[list, list]:
        data, staging = folder / "data", folder / "staging"
        for made in (data, staging):
            made.mkdir()
        (data / "customers.csv").write_text(self.HEAD + rows, encoding="utf-8")
        path = folder / "fixed.csv"
        head = "table,file,sheet,line,column,value,rule,message,"
        path.write_text(head + self.HEAD + fixed, encoding="utf-8")
        rules = CleanRules()
        reading = read_tables(data, staging, load_mapping(data), rules, path)
        backend = store.engine(folder)
        connection = clean.clean(reading, backend.con, rules).connection
        kept = connection.execute("SELECT _line FROM kept_customers ORDER BY _record").fetchall()
        out = connection.execute("SELECT line, rule FROM quarantine_customers").fetchall()
        backend.disconnect()
        return [line for (line,) in kept], out

    @staticmethod
    def fed(line: int, values: str) -> str:
        return f"customers,customers.csv,,{line},,,,,{values}\n"

    ROWS = "ann,East,retail\nann,West,retail\nbob,East,retail\n"

    def test_the_corrected_one_is_kept_and_the_other_stays_out(self, tmp_path):
        kept, out = self.cleaned(tmp_path, self.ROWS, self.fed(3, "ann,West,retail"))
        assert (kept, out) == (["3", "4"], [("2", "conflicting_id")])

    def test_two_that_were_corrected_and_differ_stay_out_both(self, tmp_path):
        fixed = self.fed(2, "ann,East,retail") + self.fed(3, "ann,West,retail")
        kept, out = self.cleaned(tmp_path, self.ROWS, fixed)
        assert (kept, out) == (["4"], [("2", "conflicting_id"), ("3", "conflicting_id")])

    def test_one_that_was_made_equal_to_another_decides_for_it(self, tmp_path):
        rows = "ann,East,retail\nann,West,retail\nann,North,retail\n"
        kept, out = self.cleaned(tmp_path, rows, self.fed(3, "ann,East,retail"))
        assert (kept, out) == (["2"], [("4", "conflicting_id")])

    def test_one_whose_id_was_corrected_conflicts_no_more(self, tmp_path):
        kept, out = self.cleaned(tmp_path, self.ROWS, self.fed(3, "cat,West,retail"))
        assert (kept, out) == (["2", "3", "4"], [])


class TestNothingUsable:
    @pytest.mark.parametrize(
        ("day", "settings", "advice"),
        [
            ("1997-01-05", {}, r"before_earliest 1\); set earliest in mapping.yml to an earlier day"),
            ("2024-01-05", {"as_of": "2023-01-01"}, r"after_as_of 1\); give a later as_of"),
            ("2024-02-30", {}, r"unreadable_value 1\); custkit map writes a draft"),
        ],
    )
    def test_says_what_to_do_about_the_main_reason(self, tmp_path, day, settings, advice):
        folder = tmp_path / "shop"
        folder.mkdir()
        (folder / "orders.csv").write_text(f"customer_id,order_id,order_date,amount\na,1,{day},5.00\n")
        with pytest.raises(InputRefused, match=advice):
            prepare.prepare(str(folder), str(tmp_path / "out"), settings=settings)
