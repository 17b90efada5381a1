"""A corrected quarantine fed back in gives what a clean file would have given."""

import csv
import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import custkit, tables

from custkit import prepare, store
from custkit.errors import SettingsError

HEADER = "customer_id,order_id,order_date,amount,phone,note\n"
CLEAN = HEADER + (
    "ann,1,2024-01-05,100.00,13800138001,=1+1\n"
    "bob,2,2024-01-06,20.00,13800138002,\n"
    "cat,3,2024-02-29,30.00,13800138003,late\n"
    "dan,4,2024-03-01,-7.50,13800138004,-\n"
    'eve,5,2024-03-02,8.00,13800138005,"two\nlines"\n'
    "fay,6,2024-03-03,9.00,13800138006,\n"
)
DIRTY = (
    CLEAN.replace("bob,2", ",2")
    .replace("2024-02-29", "2024-02-30")
    .replace("-7.50", "seven")
    .replace("fay,6,2024-03-03,9.00", "fay,6,2024-03-03,9.00,9.00")
)


def folder(tmp_path, name, **files):
    made = tmp_path / name
    made.mkdir()
    for stem, content in files.items():
        (made / f"{stem}.csv").write_text(content, encoding="utf-8")
    return made


def quarantine(out):
    with open(out / "quarantine.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def feed(tmp_path, rows, name="fixed.csv", encoding="utf-8-sig"):
    path = tmp_path / name
    with open(path, "w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def run(data, out, **settings):
    return prepare.prepare(str(data), str(out), settings={"max_quarantined_rows": 1.0, **settings})


def correct(rows):
    """What an analyst would write into the quarantine of DIRTY."""
    header, *records = rows
    at = {name: place for place, name in enumerate(header) if place >= 8}
    for record in records:
        order = record[at["order_id"]]
        if order == "2":
            record[at["customer_id"]] = "bob"
        elif order == "3":
            record[at["order_date"]] = "2024-02-29"
        elif order == "4":
            record[at["amount"]] = "-7.50"
        else:  # the broken record, of which the file's columns are empty
            for name, value in zip(HEADER.strip().split(","), ["fay", "6", "2024-03-03", "9.00", "13800138006", ""], strict=True):  # fmt: skip
                record[at[name]] = value
    return [header, *records]


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        pd.testing.assert_frame_equal(one[name], other[name], obj=name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_table_is_that_of_a_clean_file(tmp_path, encoding):
    clean = folder(tmp_path, "clean", orders=CLEAN)
    dirty = folder(tmp_path, "dirty", orders=DIRTY)
    run(clean, tmp_path / "a")
    before = run(dirty, tmp_path / "b")
    assert before.ledger["files"][0]["quarantined"] == 4
    path = feed(tmp_path, correct(quarantine(tmp_path / "b")), encoding=encoding)
    after = run(dirty, tmp_path / "b", fixed=str(path))
    assert (after.ledger["files"][0]["kept"], after.ledger["files"][0]["quarantined"]) == (6, 0)
    same(tables(tmp_path / "b"), tables(tmp_path / "a"))
    assert after.ledger["steps"] == prepare.prepare(str(clean), str(tmp_path / "a")).ledger["steps"]


def test_a_quarantine_fed_back_as_it_was_changes_nothing(tmp_path):
    dirty = folder(tmp_path, "dirty", orders=DIRTY)
    run(dirty, tmp_path / "out")
    rows, before = quarantine(tmp_path / "out"), tables(tmp_path / "out")
    run(dirty, tmp_path / "out", fixed=str(feed(tmp_path, rows)))
    assert quarantine(tmp_path / "out") == rows
    same(tables(tmp_path / "out"), before)


def test_the_right_row_of_a_conflict_is_kept_and_the_other_waits(tmp_path):
    people = "customer_id,city\nann,Bath\nann,Cork\nbob,Deal\n"
    data = folder(tmp_path, "data", customers=people)
    run(data, tmp_path / "out")
    header, first, second = quarantine(tmp_path / "out")
    assert [first[6], second[6]] == ["conflicting_id"] * 2
    run(data, tmp_path / "out", fixed=str(feed(tmp_path, [header, second])))
    customers = tables(tmp_path / "out")["customers"]
    assert dict(zip(customers["customer_id"], customers["city"], strict=True)) == {
        "ann": "Cork",
        "bob": "Deal",
    }
    assert [row[3] for row in quarantine(tmp_path / "out")[1:]] == ["2"]


def test_values_of_parquet_keep_their_types(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    day = datetime.datetime(2024, 1, 5, 8, 30)
    lines = {
        "customer_id": ["ann", None],
        "order_id": [1, 2],
        "order_date": [day, day],
        "amount": [1.1, 2.25],
    }
    pq.write_table(pa.table(lines), data / "orders.parquet")
    run(data, tmp_path / "out")
    header, record = quarantine(tmp_path / "out")
    record[header.index("customer_id")] = "bob"
    record[header.index("amount", 8)] = "3.5"
    run(data, tmp_path / "out", fixed=str(feed(tmp_path, [header, record])))
    orders = tables(tmp_path / "out")["orders"]
    assert list(orders["amount"]) == [1.1, 3.5]
    assert list(orders["order_time"]) == ["08:30:00"] * 2
    record[header.index("amount", 8)] = "three"
    with pytest.raises(SettingsError, match=r"fixed.csv line 2: amount: expected double as in the file, got 'three'"):  # fmt: skip
        run(data, tmp_path / "out", fixed=str(feed(tmp_path, [header, record])))


def test_a_column_called_value_or_line_is_the_files_own(tmp_path):
    orders = "customer_id,order_date,line,value\n,2024-01-05,7,1.50\nbob,2024-01-06,8,2.50\n"
    mapping = "tables: {orders: {columns: {amount: value}}}\n"
    data = folder(tmp_path, "data", orders=orders)
    (data / "mapping.yml").write_text(mapping, encoding="utf-8")
    run(data, tmp_path / "out")
    header, record = quarantine(tmp_path / "out")
    record[8] = "ann"
    assert header[8:] == ["customer_id", "order_date", "line", "value"]
    run(data, tmp_path / "out", fixed=str(feed(tmp_path, [header, record])))
    assert list(tables(tmp_path / "out")["orders"]["amount"]) == [1.5, 2.5]


class TestErrors:
    @pytest.fixture
    def rows(self, tmp_path):
        self.data, self.out = folder(tmp_path, "data", orders=DIRTY), tmp_path / "out"
        run(self.data, self.out)
        return quarantine(self.out)

    def refused(self, tmp_path, rows, message):
        with pytest.raises(SettingsError, match=message):
            run(self.data, self.out, fixed=str(feed(tmp_path, rows)))

    def test_an_address_that_the_data_do_not_have(self, tmp_path, rows):
        rows[2][3] = "99"
        self.refused(tmp_path, rows, r"fixed.csv line 3: orders has no record at line 99 of orders.csv")

    def test_a_file_that_the_data_do_not_have(self, tmp_path, rows):
        rows[1][1] = "other.csv"
        self.refused(tmp_path, rows, r"fixed.csv line 2: orders has no record at line 3 of other.csv")

    def test_an_address_twice(self, tmp_path, rows):
        self.refused(tmp_path, [*rows, rows[1]], r"line 3 of orders.csv stands here twice \(line 2 too\)")

    def test_no_line_number(self, tmp_path, rows):
        rows[1][3] = "3rd"
        self.refused(tmp_path, rows, r"fixed.csv line 2: line: expected the number of a line, got '3rd'")

    def test_no_quarantine(self, tmp_path, rows):
        self.refused(tmp_path, [["a", "b"], ["1", "2"]], "no quarantine of custkit: it begins with a, b")

    def test_a_broken_record(self, tmp_path, rows):
        self.refused(tmp_path, [*rows[:2], rows[2][:5]], r"fixed.csv line 3: .*; save it as CSV again")

    def test_no_file(self, tmp_path, rows):
        with pytest.raises(SettingsError, match=r"fixed: no file nowhere\.csv, seen from"):
            run(self.data, self.out, fixed="nowhere.csv")


def test_on_the_command_line(tmp_path):
    dirty = folder(tmp_path, "dirty", orders=DIRTY)
    out = tmp_path / "out"
    assert custkit("check", "--data", dirty, "--out", out).returncode == 5
    path = feed(tmp_path, correct(quarantine(out)))
    done = custkit("check", "--data", dirty, "--out", out, "--fixed", path)
    assert (done.returncode, done.stderr) == (0, "")
    ledger = store.read_json(out / "ledger.json")
    assert ledger["files"][0]["quarantined"] == 0
    assert custkit("check", "--data", dirty, "--out", out, "--fixed", "nowhere.csv").returncode == 2
