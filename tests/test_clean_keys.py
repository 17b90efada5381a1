"""How far the tables know the same ids."""

import pandas as pd
import pytest

from custkit import prepare, store

ORDERS = """customer_id,order_id,order_date,amount,product_id
ann,1,2024-01-05,1,p1
ann,1,2024-01-05,2,p2
bob,2,2024-01-06,3,p9
,3,2024-01-06,3,p1
cat,4,2024-01-07,4,
"""


@pytest.fixture
def run(tmp_path):
    def made(**files: str) -> tuple[prepare.Prepared, pd.DataFrame]:
        data = tmp_path / "data"
        data.mkdir()
        for name, text in files.items():
            (data / f"{name}.csv").write_text(text, encoding="utf-8")
        prepared = prepare.prepare(str(data), str(tmp_path / "out"))
        return prepared, store.read_table(tmp_path / "out" / "tables" / "key_matches.parquet")

    return made


def test_worked_by_hand(run):  # mission 1, fault 44
    people = "customer_id,city\nann,York\nbob,York\ndan,Deal\n"
    answers = "customer_id,satisfaction\nann,5\nann,4\nzoe,3\n"
    products = "product_id,category\np1,books\np2,toys\np3,toys\n"
    prepared, matches = run(orders=ORDERS, customers=people, feedback=answers, products=products)
    assert [tuple(row) for row in matches.sort_values(["key", "table"]).to_numpy()] == [
        # Customers are ann, bob, cat (orders) and dan (customers).
        ("customers", "customer_id", 3, 3, 3, 0, 1),
        ("feedback", "customer_id", 3, 2, 1, 1, 3),
        ("orders", "customer_id", 4, 3, 3, 0, 1),
        ("orders", "product_id", 3, 3, 2, 1, 1),
    ]
    assert "orphan_keys" in {warning["code"] for warning in prepared.warnings}


def test_a_table_of_bad_rows_knows_nobody(run):
    _, matches = run(orders=ORDERS, feedback="customer_id,satisfaction\nann,9\n")
    assert matches[matches["table"] == "feedback"].iloc[0, 2:].tolist() == [0, 0, 0, 0, 3]


def test_one_order_of_two_customers_is_told(run):  # fault 40, mission 21
    prepared, _ = run(orders=ORDERS.replace("bob,2,", "bob,1,"))
    assert "order_conflict" in {warning["code"] for warning in prepared.warnings}
