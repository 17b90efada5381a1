"""Which columns are there, and how much of each is filled."""

import numpy as np
import pytest
from customers_in import engine, stage

from custkit import schema
from custkit.clean.coverage import coverage


@pytest.fixture
def made():
    """Three customers, one without a gender, one with an empty one; feedback with a column of its own and no row."""
    connection = engine(
        [{"customer_id": "a", "gender": "F"}, {"customer_id": "b", "gender": ""}, {"customer_id": "c"}]
    )
    stage(connection, [], "products")
    connection.execute("CREATE VIEW visits AS SELECT 'a' AS customer_id, 3.5 AS minutes, 1 AS n_orders")
    relations = {"customers": "kept_customers", "products": "kept_products", "customer_values": "visits"}
    return coverage(connection, relations)


def row(table, name: str, column: str) -> list:
    (found,) = table[(table["table"] == name) & (table["column"] == column)].to_numpy().tolist()
    return found[2:]


class TestCoverage:
    def test_by_hand(self, made):  # mission 27
        assert row(made, "customers", "gender") == [True, 3, 1, pytest.approx(1 / 3)]
        assert row(made, "customers", "customer_id") == [True, 3, 3, 1.0]
        assert row(made, "customers", "age")[:3] == [False, 3, 0]

    def test_every_table_and_column_of_the_design_is_there_in_its_order(self, made):  # mission 27
        expected = [(table, column) for table, known in schema.INPUTS.items() for column in known]
        pairs = list(made[["table", "column"]].itertuples(index=False, name=None))
        assert [pair for pair in pairs if pair in set(expected)] == expected

    def test_a_table_that_is_not_there_has_no_rows_and_no_share(self, made):
        assert row(made, "orders", "amount")[:3] == [False, 0, 0]
        assert np.isnan(row(made, "orders", "amount")[3])

    def test_a_table_without_rows_has_no_share(self, made):
        assert made[made["table"] == "products"]["share_filled"].isna().all()

    def test_columns_of_the_datas_own_are_listed_behind(self, made):
        assert row(made, "customer_values", "minutes") == [True, 1, 1, 1.0]

    def test_addresses_and_columns_as_read_are_none(self, made):
        assert not made["column"].str.startswith(("_", "raw.")).any()
        assert not {"file", "sheet", "line"} & set(made["column"])

    def test_types_do_not_hang_on_what_is_there(self):
        nothing = coverage(engine([]), {})
        assert nothing.dtypes.astype(str).to_dict() == {
            "table": "str", "column": "str", "is_present": "bool", "rows": "int64", "filled": "int64", "share_filled": "float64",
        }  # fmt: skip
