"""A refund takes back the order that it most likely belongs to, and no order line twice."""

import datetime
import random

import duckdb
import pytest

from custkit.clean import refunds

DAY = datetime.date(2024, 1, 1)
COLUMNS = {
    "customer_id": "VARCHAR",
    "order_id": "VARCHAR",
    "product_id": "VARCHAR",
    "order_date": "DATE",
    "amount": "BIGINT",
    "order_time": "VARCHAR",
}


def matched(lines: list[tuple], without: tuple[str, ...] = ()) -> dict[int, str]:
    """What each refund takes back; lines are customer, order, product, day of January, amount and perhaps a time."""
    connection = duckdb.connect()
    names = [name for name in COLUMNS if name not in without]
    kinds = ", ".join(f"{name} {COLUMNS[name]}" for name in names)
    connection.execute(f"CREATE TABLE kept_orders (_record BIGINT, {kinds})")
    for number, line in enumerate(lines, start=1):
        values = dict(zip(COLUMNS, (*line, "")[:6], strict=True))
        values["order_date"] = DAY.replace(day=line[3])
        connection.execute(
            f"INSERT INTO kept_orders VALUES ({number}{', ?' * len(names)})", [values[name] for name in names]
        )
    before = connection.execute("FROM kept_orders").fetchall()
    refunds.refunds_of(connection, ["orders"])
    assert connection.execute("FROM kept_orders").fetchall() == before
    assert [name for name, *_ in connection.execute("DESCRIBE refund_of").fetchall()] == [
        "_record",
        "refund_of",
    ]
    return dict(connection.execute("SELECT _record, refund_of FROM refund_of").fetchall())


class TestRefundsOf:
    def test_worked_by_hand(self):
        lines = [
            ("ann", "1", "p", 2, 500),
            ("ann", "2", "p", 4, 500),
            ("ann", "3", "p", 9, 500),
            ("ann", "r1", "p", 5, -500),  # 2 is the latest before it
            ("ann", "r2", "p", 6, -500),  # 2 is taken
            ("ann", "r3", "p", 7, -500),  # nothing is left, and 3 is later
            ("ann", "r4", "p", 9, -500),  # on the day itself
            ("ann", "r5", "q", 9, -500),  # another product
            ("ann", "r6", "p", 9, -499),  # another amount
            ("bob", "r7", "p", 9, -500),  # another customer
        ]
        assert matched(lines) == {4: "2", 5: "1", 7: "3"}

    def test_a_refund_that_found_nothing_takes_nothing_from_the_next(self):
        lines = [("a", "r1", "p", 1, -5), ("a", "1", "p", 2, 5), ("a", "r2", "p", 3, -5)]
        assert matched(lines) == {3: "1"}

    def test_one_without_a_product_takes_what_is_left(self):
        lines = [
            ("a", "1", "p", 1, 5),
            ("a", "2", "q", 2, 5),
            ("a", "r1", "q", 3, -5),
            ("a", "r2", "", 4, -5),
            ("a", "r3", None, 5, -5),
        ]
        assert matched(lines) == {3: "2", 4: "1"}

    def test_without_products_and_order_ids_the_day_names_the_order(self):
        lines = [("a", "", "", 1, 5), ("a", "", "", 3, 5), ("a", "", "", 4, -5)]
        assert matched(lines, without=("product_id", "order_id", "order_time")) == {3: "2024-01-03"}

    def test_the_time_of_day_decides_then_the_id_and_never_the_order_of_rows(self):
        lines = [
            ("a", "1", "p", 1, 5, "10:00:00"),
            ("a", "2", "p", 1, 5, "09:00:00"),
            ("a", "r", "p", 1, -5, ""),
        ]
        assert set(matched(lines).values()) == set(matched(lines[::-1]).values()) == {"1"}
        lines = [("a", "1", "p", 1, 5), ("a", "2", "p", 1, 5), ("a", "r", "p", 1, -5)]
        assert set(matched(lines).values()) == set(matched(lines[::-1]).values()) == {"2"}

    @pytest.mark.parametrize("seed", range(20))
    def test_gives_what_one_refund_after_the_other_would_take(self, seed):
        rng = random.Random(seed)
        lines = [
            (rng.choice("ab"), str(rng.randint(1, 99)), rng.choice(["p", "q", ""]), rng.randint(1, 9),
             rng.choice([1, 1, 2, 5, 0, -1, -1, -2]), rng.choice(["", "10:00:00"]))
            for _ in range(rng.randint(1, 60))
        ]  # fmt: skip
        assert matched(lines) == one_after_the_other(lines)

    def test_data_without_orders_have_none(self):
        connection = duckdb.connect()
        refunds.refunds_of(connection, ["customers"])
        assert connection.execute("FROM refund_of").fetchall() == []


def one_after_the_other(lines: list[tuple]) -> dict[int, str]:
    """The same said as a loop: refunds by day, those that name a product first of all."""
    taken, found = set(), {}

    def rank(number: int) -> tuple:
        _, order, _, day, _, time = lines[number - 1]
        return day, time, order, number

    numbers = range(1, len(lines) + 1)
    back = [n for n in numbers if lines[n - 1][4] < 0]
    for n in sorted(back, key=lambda n: (not lines[n - 1][2], rank(n))):
        customer, _, product, day, amount, _ = lines[n - 1]
        left = [
            m for m in numbers
            if m not in taken and lines[m - 1][0] == customer and lines[m - 1][4] == -amount and lines[m - 1][3] <= day
            and (not product or lines[m - 1][2] == product)
        ]  # fmt: skip
        if left:
            taken.add(best := max(left, key=rank))
            found[n] = lines[best - 1][1]
    return found
