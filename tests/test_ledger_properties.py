"""Whatever the dirt: the ledger balances and counts what a tiny oracle counts, and the form of a file changes nothing."""

import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from exports import read
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import clean, store
from custkit.clean import STEPS, Cleaned
from custkit.settings import CleanRules

few = settings(derandomize=True, database=None, deadline=None, max_examples=8)  # each reads twice
many = settings(few, max_examples=25)

HEADERS = {
    "en": ("customer_id", "order_id", "order_date", "amount", "region", "category"),
    "zh-Hans": ("客户编号", "订单编号", "下单日期", "订单金额", "地区", "品类"),
    "zh-Hant": ("客戶編號", "訂單編號", "訂單日期", "訂單金額", "地區", "品類"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
SEPARATORS = (",", ";", "\t", "|")
KEPT = "customer_id, order_id, order_date, amount, region, category"


@dataclass(frozen=True)
class Line:
    """A line of an export; ``dirt`` names what is wrong with it beyond what its fields say."""

    fields: tuple[str, ...]
    dirt: str = ""

    @property
    def money(self) -> Decimal | None:
        """The amount, where it can be read."""
        if self.dirt == "broken":
            return None
        try:
            return Decimal(self.fields[3])
        except ArithmeticError:
            return None

    @property
    def step(self) -> str:
        """The step that takes the line out for what it is by itself; empty for a good one."""
        customer, order, day, amount, *_ = self.fields
        if self.dirt:
            return {"broken": "records", "totals": "totals"}[self.dirt]
        if "" in (customer, order, day, amount):
            return "missing"
        if day == "2024-02-30" or amount == "twelve":
            return "values"
        if amount.startswith("$"):
            return "currency"
        return "dates" if day < "2000" else ""

    def text(self, separator: str) -> str:
        return separator.join(self.fields) + (separator * 2 if self.dirt == "broken" else "")


def lines() -> st.SearchStrategy[list[Line]]:
    """Up to 40 lines of few customers, orders, days and amounts, so that equal ones are common; two are good."""
    fields = st.tuples(
        st.sampled_from(["c1", "c2", "007", "c1", "c2", ""]),
        st.sampled_from(["1", "2", "3", "4", "5", ""]),
        st.sampled_from(
            ["2024-01-05", "2024-01-06", "2024-03-01", "2024-02-29", "1999-12-31", "2024-02-30", ""]
        ),
        st.sampled_from(["10.00", "0.05", "-3.20", "0.00", "1234567.89", "$5.00", "twelve", ""]),
        st.sampled_from(["华东", "East", ""]),
        st.sampled_from(["书", "toys"]),
    )
    some = st.one_of(
        fields.map(Line),
        fields.map(Line),
        fields.map(lambda values: Line(values, "broken")),
        st.sampled_from(["99.99", "12.00"]).map(lambda sum_: Line(("合计", "", "", sum_, "", ""), "totals")),
    )
    good = [
        Line(("c1", "1", "2024-01-05", "10.00", "华东", "书")),
        Line(("c3", "9", "2024-02-01", "20.50", "East", "toys")),
    ]
    return st.lists(some, max_size=38).map(lambda rest: good + rest)


def export(rows: list[Line], *, lang: str = "en", separator: str = ",", encoding: str = "utf-8") -> bytes:
    text = [separator.join(HEADERS[lang]), *(row.text(separator) for row in rows)]
    return ("\n".join(text) + "\n").encode(encoding)


@dataclass(frozen=True)
class Seen:
    """What cleaning made of an export, without its addresses; and the addresses of what was kept."""

    kept: Counter
    steps: dict[str, tuple]  # rows in, kept, quarantined, merged, money of each, rows without money
    files: dict[str, tuple]
    addresses: set[tuple[str, str]]


def cleaned(files: dict[str, bytes]) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        reading = read(Path(folder), files, currency="CNY")
        backend = store.engine(Path(folder))
        try:
            return _seen(clean.clean(reading, backend.con, CleanRules(currency="CNY")))
        finally:
            backend.disconnect()


def _seen(found: Cleaned) -> Seen:
    found.ledger.require_balance()
    kept = found.connection.execute(f"SELECT {KEPT} FROM kept_orders").fetchall()
    addresses = found.connection.execute("SELECT _file, _line FROM kept_orders").fetchall()
    return Seen(
        kept=Counter(kept),
        steps={entry["step"]: counts(entry["count"]) for entry in found.ledger.steps},
        files={entry["file"]: counts(entry["count"]) for entry in found.ledger.files},
        addresses=set(addresses),
    )


def counts(count) -> tuple:
    money = (count.money_in, count.money_kept, count.money_quarantined, count.money_merged)
    return (count.rows_in, count.kept, count.quarantined, count.merged, *money, count.rows_without_money)


def oracle(files: dict[str, list[Line]]) -> tuple[dict[str, tuple], dict[str, tuple], set[tuple[str, str]]]:
    """Steps, files and addresses of kept lines, line by line in the plainest way."""
    told, seen, kept = [], set(), set()  # told: file, line, the step that takes it out
    for file, rows in sorted(files.items()):
        for number, row in enumerate(rows, start=2):
            step = row.step
            if not step and row.fields in seen:
                step = "duplicates"
            if not step:
                seen.add(row.fields)
                kept.add((file, str(number)))
            told.append((file, row, step))
    steps, left = {}, told
    for name in STEPS[:-1]:
        steps[name] = tally(left, [entry for entry in left if entry[2] == name])
        left = [entry for entry in left if entry[2] != name]
    by_file = {file: [entry for entry in told if entry[0] == file] for file in files}
    ends = {file: tally(own, [entry for entry in own if entry[2]]) for file, own in by_file.items()}
    return steps, ends, kept


def tally(taken: list[tuple], out: list[tuple]) -> tuple:
    merged = [entry for entry in out if entry[2] == "duplicates"]
    rejected = [entry for entry in out if entry[2] != "duplicates"]

    def cents(entries: list[tuple]) -> int:
        return int(100 * sum((row.money or Decimal(0) for _, row, _ in entries), Decimal(0)))

    money = (cents(taken), cents(taken) - cents(out), cents(rejected), cents(merged))
    without = sum(row.money is None for _, row, _ in taken)
    return (len(taken), len(taken) - len(out), len(rejected), len(merged), *money, without)


class TestOracle:
    """The oracle itself, by hand."""

    def test_counts(self):
        good = Line(("c1", "1", "2024-01-05", "10.00", "", "书"))
        rows = [good, good, Line(("", "1", "2024-01-05", "twelve", "", "书")), Line(good.fields, "broken")]
        steps, files, kept = oracle({"a.csv": rows})
        assert steps["records"] == (4, 3, 1, 0, 2000, 2000, 0, 0, 2)
        assert steps["missing"] == (3, 2, 1, 0, 2000, 2000, 0, 0, 1)
        assert steps["duplicates"] == (2, 1, 0, 1, 2000, 1000, 0, 1000, 0)
        assert files["a.csv"] == (4, 1, 2, 1, 2000, 1000, 0, 1000, 2)
        assert kept == {("a.csv", "2")}


class TestBalance:
    @many
    @given(lines(), st.integers(0, 40))
    def test_any_mix_of_dirt_is_counted_as_the_oracle_counts_it(self, rows, cut):
        files = {"orders_1.csv": rows[:cut], "orders_2.csv": rows[cut:]}
        files = {name: part for name, part in files.items() if part}
        seen = cleaned({name: export(part) for name, part in files.items()})
        steps, ends, kept = oracle(files)
        assert seen.steps == steps
        assert seen.files == ends
        assert seen.addresses == kept


class TestForm:
    """What a file looks like changes nothing but addresses."""

    @few
    @given(lines(), st.integers(2, 30))
    def test_split_in_two(self, rows, cut):
        whole = cleaned({"orders.csv": export(rows)})
        parts = cleaned({"orders_1.csv": export(rows[:cut]), "orders_2.csv": export(rows[cut:])})
        assert (parts.kept, parts.steps) == (whole.kept, whole.steps)

    @few
    @given(lines(), st.randoms(use_true_random=False))
    def test_shuffled(self, rows, chance: random.Random):
        shuffled = chance.sample(rows, len(rows))
        whole, other = (cleaned({"orders.csv": export(some)}) for some in (rows, shuffled))
        assert (other.kept, other.steps) == (whole.kept, whole.steps)

    @few
    @given(lines(), st.sampled_from(ENCODINGS), st.sampled_from(SEPARATORS), st.sampled_from(list(HEADERS)))
    def test_written_otherwise(self, rows, encoding, separator, lang):
        whole = cleaned({"orders.csv": export(rows)})
        other = cleaned({"orders.csv": export(rows, encoding=encoding, separator=separator, lang=lang)})
        assert other == whole

    @pytest.mark.parametrize("lang", HEADERS)
    @pytest.mark.parametrize("separator", SEPARATORS)
    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_every_way_of_writing_one_export(self, encoding, separator, lang):
        rows = [
            Line(("c1", "1", "2024-01-05", "10.00", "华东", "书")),
            Line(("c1", "1", "2024-01-05", "10.00", "华东", "书")),
            Line(("007", "2", "2024-01-06", "-3.20", "East", "toys")),
            Line(("", "3", "2024-01-06", "7.00", "", "书")),
            Line(("c2", "4", "2024-01-06", "twelve", "", "书")),
            Line(("c2", "5", "2024-01-06", "1.00", "", "书"), "broken"),
        ]
        other = cleaned({"orders.csv": export(rows, encoding=encoding, separator=separator, lang=lang)})
        assert other.files["orders.csv"] == (6, 2, 3, 1, 2380, 680, 700, 1000, 2)
        assert other.addresses == {("orders.csv", "2"), ("orders.csv", "4")}


# mission 21, fault 39
class TestTwice:
    @few
    @given(lines())
    def test_the_same_lines_once_more_in_the_file_are_all_merged(self, rows):
        once, twice = (cleaned({"orders.csv": export(some)}) for some in (rows, rows + rows))
        assert (twice.kept, twice.addresses) == (once.kept, once.addresses)
        good = sum(not row.step for row in rows)
        assert twice.steps["duplicates"][3] == once.steps["duplicates"][3] + good

    @few
    @given(lines())
    def test_the_same_file_under_two_names_is_all_merged(self, rows):
        content = export(rows)
        once, twice = (
            cleaned({"orders_1.csv": content}),
            cleaned({"orders_1.csv": content, "orders_2.csv": content}),
        )
        assert (twice.kept, twice.addresses) == (once.kept, once.addresses)
        assert twice.files["orders_1.csv"] == once.files["orders_1.csv"]
        assert twice.files["orders_2.csv"][1] == 0
