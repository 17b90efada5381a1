"""Who holds the money: curves and shares that can be worked by hand."""

import pandas as pd
import pytest

from custkit import schema
from custkit.errors import TableError
from custkit.value import concentration


@pytest.fixture
def features() -> pd.DataFrame:
    """Ten buyers: one brings 91, the others 1 each; and one prospect."""
    ids = [f"c{place}" for place in range(10)]
    buyers = pd.DataFrame({"customer_id": ids, "status": "buyer", "spend": [91.0] + [1.0] * 9})
    prospect = pd.DataFrame({"customer_id": ["pro"], "status": ["prospect"], "spend": [0.0]})
    return pd.concat([buyers, prospect], ignore_index=True)


@pytest.fixture
def value(features) -> pd.DataFrame:
    """Everyone's lifetime value is 10; the prospect's is not known."""
    return features[["customer_id"]].assign(clv=[10.0] * 10 + [None])


class TestConcentration:
    def test_is_worked_by_hand(self, features, value):  # mission 87
        table = concentration.concentration(features, value).set_index("measure")
        assert table.loc["spend", ["customers", "money"]].tolist() == [10, 100]
        # The top fifth: 91 + 1 of 100. One customer of ten holds 80.
        assert table.loc["spend", ["share_top_fifth", "share_for_most"]].tolist() == pytest.approx(
            [0.92, 0.1]
        )
        assert table.loc["spend", "gini"] == pytest.approx(0.81)
        assert table.loc["clv", ["gini", "share_top_fifth", "share_for_most"]].tolist() == pytest.approx(
            [0, 0.2, 0.8]
        )

    def test_row_order_has_no_say_and_the_input_stays(self, features, value):
        before = features.copy()
        there = concentration.concentration(features, value)
        pd.testing.assert_frame_equal(there, concentration.concentration(features[::-1], value[::-1]))
        pd.testing.assert_frame_equal(features, before)

    def test_without_money_there_are_no_rows(self, features, value):
        nothing = features.assign(spend=-1.0)
        assert concentration.concentration(nothing, value)["measure"].tolist() == ["clv"]
        none = concentration.concentration(features[:0], value[:0])
        pd.testing.assert_frame_equal(none, schema.empty("value_concentration"))

    def test_names_a_missing_column(self, features, value):
        with pytest.raises(TableError, match="clv"):
            concentration.concentration(features, value.drop(columns="clv"))


class TestLorenz:
    def test_runs_from_nothing_to_all(self, features, value):
        curve = concentration.lorenz(features, value)
        for _, points in curve.groupby("measure"):
            assert points.iloc[[0, -1], 1:].to_numpy().tolist() == [[0, 0], [1, 1]]
            assert (points["share_of_money"] <= points["share_of_customers"] + 1e-12).all()
        spend = curve[curve["measure"] == "spend"].set_index("share_of_customers")["share_of_money"]
        assert spend.loc[0.9] == pytest.approx(0.09)

    def test_nobody_has_no_curve(self, features, value):
        pd.testing.assert_frame_equal(concentration.lorenz(features[:0], value), schema.empty("value_lorenz"))
