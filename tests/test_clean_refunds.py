"""Refunds and the orders that they take back."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import prepare, store
from custkit.clean import refunds


def matched(lines: list[tuple]) -> dict[int, str]:
    """Lines are customer, product, day of January and amount; their place is the record, o<place> the order."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE kept_orders (_record BIGINT, customer_id VARCHAR, product_id VARCHAR, order_date DATE, amount BIGINT, order_id VARCHAR)"
    )
    for place, (customer, product, day, amount) in enumerate(lines):
        row = [place, customer, product, f"2024-01-{day:02d}", amount, f"o{place}"]
        connection.execute("INSERT INTO kept_orders VALUES (?, ?, ?, ?, ?, ?)", row)
    refunds.match(connection)
    return dict(connection.execute("SELECT * FROM refund_of ORDER BY 1").fetchall())


def by_search(lines: list[tuple]) -> dict[int, str]:
    """The same, as somebody would do it with a pencil."""
    order = sorted(range(len(lines)), key=lambda place: (lines[place][2], lines[place][3] < 0, place))
    still_open: list[int] = []
    found = {}
    for place in order:
        customer, product, _, amount = lines[place]
        if amount > 0:
            still_open.append(place)
            continue
        likely = [at for at in still_open if lines[at][:2] == (customer, product) and lines[at][3] == -amount]
        if likely:
            found[place] = f"o{likely[-1]}"
            still_open.remove(likely[-1])
    return found


def test_the_latest_line_that_is_not_taken_back_yet():
    lines = [
        ("ann", "p", 1, 5),
        ("ann", "p", 2, 5),
        ("ann", "p", 3, -5),
        ("ann", "p", 3, -5),
        ("ann", "p", 4, -5),
    ]
    assert matched(lines) == {2: "o1", 3: "o0"}


@pytest.mark.parametrize(
    "order",
    [("bob", "p", 1, 5), ("ann", "q", 1, 5), ("ann", "p", 1, 6), ("ann", "p", 4, 5)],
    ids=["another customer", "another product", "another amount", "a later day"],
)
def test_what_differs_is_not_taken_back(order):
    assert matched([order, ("ann", "p", 3, -5)]) == {}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["p", None]), st.integers(1, 6), st.sampled_from([-5, -5, 5, 5, 7])), max_size=14))  # fmt: skip
def test_as_somebody_would_do_it_with_a_pencil(lines):
    assert matched(lines) == by_search(lines)


def test_stands_beside_the_refund_and_changes_nothing(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    text = "customer_id,order_id,order_date,amount\nann,1,2024-01-05,10\nann,C2,2024-01-09,-10\nann,C3,2024-01-09,-4\n"
    (data / "orders.csv").write_text(text, encoding="utf-8")
    prepare.prepare(str(data), str(tmp_path / "out"))
    table = store.read_table(tmp_path / "out" / "tables" / "refunds.parquet").set_index("order_id")
    assert table["refund_of"].where(table["refund_of"].notna(), "").to_dict() == {"C2": "1", "C3": ""}
    features = store.read_table(tmp_path / "out" / "tables" / "features.parquet")
    assert (features["spend"][0], features["n_orders"][0]) == (-4, 1)
