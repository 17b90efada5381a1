"""Scores against hand-worked cases, ties, edges, bad cut points, and the published result of R's rfm package."""

import re

import numpy as np
import pandas as pd
import pytest
from conftest import shared
from customers import people

from custkit import schema, scores
from custkit.errors import SettingsError, TableError
from custkit.schemes import repair, segment_map
from custkit.settings import ScoreRules


@pytest.fixture
def features() -> pd.DataFrame:
    """Eleven buyers a..k with recency 0, 10, .. 100 days, orders 1..11, spend -50, 0, 50, .. 450; one prospect; Ret only
    ever sent things back."""
    n = 11
    buyers = pd.DataFrame(
        {
            "customer_id": list("abcdefghijk"),
            "status": "buyer",
            "recency_days": np.arange(n) * 10,
            "n_orders": np.arange(1, n + 1),
            "spend": np.arange(n) * 50.0 - 50,
        }
    )
    others = pd.DataFrame(
        {
            "customer_id": ["pro", "ret"],
            "status": ["prospect", "refunds_only"],
            "recency_days": [pd.NA, pd.NA],
            "n_orders": [0, 0],
            "spend": [0.0, -9_999.0],
        }
    )
    both = pd.concat([others, buyers], ignore_index=True)
    return both.astype({"recency_days": "Int64"})


class TestCutPoints:
    def test_are_the_linear_quantiles_of_buyers(self, features):
        cuts = scores.cut_points(features)
        assert scores.edges(cuts, "recency_days").tolist() == pytest.approx([20, 40, 60, 80])
        assert scores.edges(cuts, "n_orders").tolist() == pytest.approx([3, 5, 7, 9])
        assert scores.edges(cuts, "spend").tolist() == pytest.approx([50, 150, 250, 350])

    def test_stand_in_one_table_sorted_with_open_ends(self, features):
        cuts = scores.cut_points(features)
        assert list(cuts.columns) == list(schema.TABLES["cut_points"])
        assert cuts["measure"].unique().tolist() == ["recency_days", "n_orders", "spend"]
        assert cuts.groupby("measure", sort=False)["levels"].apply(list).tolist() == [[5] * 5 + [2] * 2] * 3
        assert cuts["score"].tolist() == [1, 2, 3, 4, 5, 1, 2] * 3
        spend = cuts[(cuts["measure"] == "spend") & (cuts["levels"] == 2)]
        assert spend[["lower", "upper"]].to_numpy().tolist() == [[-np.inf, 200.0], [200.0, np.inf]]

    def test_turn_recency_round(self, features):
        recency = scores.cut_points(features).query("measure == 'recency_days' and levels == 5")
        assert recency.loc[recency["score"] == 5, "upper"].item() == pytest.approx(20)
        assert recency.loc[recency["score"] == 1, "upper"].item() == np.inf

    def test_two_levels_may_be_cut_at_the_mean(self):
        some = people([1, 2, 30], [1, 1, 4], [1.0, 2.0, 9.0])
        cuts = scores.cut_points(some, ScoreRules(two_levels="mean"))
        assert [scores.edges(cuts, measure, 2).item() for measure in scores.MEASURES] == [11.0, 2.0, 4.0]

    def test_margin_is_cut_only_where_every_buyer_has_it(self, features):
        known = features.assign(margin=features["spend"] / 2)
        assert "margin" in set(scores.cut_points(known)["measure"])
        partly = known.assign(margin=known["margin"].where(known["customer_id"] != "c"))
        assert "margin" not in set(scores.cut_points(partly)["measure"])

    def test_row_order_changes_nothing(self, features):
        pd.testing.assert_frame_equal(scores.cut_points(features), scores.cut_points(features[::-1]))

    def test_nobody_to_score_gives_no_rows(self, features):
        nobody = scores.cut_points(features[features["status"] != "buyer"])
        assert nobody.empty
        assert list(nobody.columns) == list(schema.TABLES["cut_points"])

    def test_names_the_missing_column(self, features):
        with pytest.raises(TableError, match="features: no column spend"):
            scores.cut_points(features.drop(columns="spend"))

    def test_refuses_a_buyer_without_a_measure(self, features):
        hole = features.assign(spend=features["spend"].where(features["customer_id"] != "d"))
        with pytest.raises(TableError, match="spend is empty for 1 of 11 customers with an order"):
            scores.cut_points(hole)

    def test_leaves_its_input_alone(self, features):
        before = features.copy(deep=True)
        scores.rfm(features, scores.cut_points(features))
        pd.testing.assert_frame_equal(features, before)


class TestRfm:  # mission 71
    def test_score_is_one_more_than_the_cuts_strictly_below(self, features):
        rfm = scores.rfm(features, scores.cut_points(features)).set_index("customer_id")
        assert rfm["f_score"].tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        assert rfm["m_score"].tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        assert rfm["r_score"].tolist() == [5, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
        assert rfm.loc["a", "cell"] == "511"
        assert rfm.loc["k", "cell"] == "155"

    def test_two_levels_follow_the_same_rule(self, features):
        """f stands on all three medians: recent enough (at or below), not above in orders and spend."""
        rfm = scores.rfm(features, scores.cut_points(features)).set_index("customer_id")
        assert rfm["high_low"].tolist() == ["HLL"] * 6 + ["LHH"] * 5

    def test_leaves_prospects_and_refunds_only_apart(self, features):
        rfm = scores.rfm(features, scores.cut_points(features))
        assert rfm["customer_id"].tolist() == list("abcdefghijk")

    def test_holds_the_columns_of_the_schema(self, features):
        rfm = scores.rfm(features, scores.cut_points(features))
        kinds = {name: kind for name, kind in schema.TABLES["rfm"].items() if name in rfm}
        assert {name: str(rfm[name].dtype) for name in kinds} == kinds

    def test_equal_values_share_a_score_in_any_row_order(self):
        some = people([5] * 10, [1] * 7 + [2, 3, 9], [10.0] * 5 + [20.0] * 5)
        rfm = scores.rfm(some, scores.cut_points(some))
        assert rfm["f_score"].tolist()[:7] == [1] * 7
        assert rfm["m_score"].tolist() == [1] * 5 + [3] * 5
        turned = scores.rfm(some[::-1], scores.cut_points(some[::-1]))
        pd.testing.assert_frame_equal(rfm, turned)

    def test_spend_at_or_below_zero_is_scored_like_any_other(self):
        some = people([1, 2, 3, 4, 5], [1] * 5, [-100.0, -1.0, 0.0, 5.0, 90.0])
        assert scores.rfm(some, scores.cut_points(some))["m_score"].tolist() == [1, 2, 3, 4, 5]

    def test_one_customer_gets_scores(self):
        one = people([3], [1], [10.0])
        rfm = scores.rfm(one, scores.cut_points(one))
        assert rfm[["r_score", "f_score", "m_score"]].to_numpy().tolist() == [[5, 1, 1]]

    def test_all_equal_get_the_same(self):
        same = people([3] * 30, [2] * 30, [10.0] * 30)
        rfm = scores.rfm(same, scores.cut_points(same))
        assert rfm["cell"].unique().tolist() == ["511"]
        assert rfm["high_low"].unique().tolist() == ["HLL"]

    def test_none_gives_no_rows(self, features):
        others = features[features["status"] != "buyer"]
        assert scores.rfm(others, scores.cut_points(others)).empty
        assert scores.rfm(others, scores.cut_points(features)).empty

    def test_customers_without_cut_points_are_an_error(self, features):
        with pytest.raises(TableError, match="cut_points: no 5 levels of recency_days"):
            scores.rfm(features, schema.empty("cut_points"))


class TestGiven:
    @pytest.fixture
    def cuts(self, features) -> pd.DataFrame:
        return scores.cut_points(features)

    def test_takes_back_what_was_exported_as_csv(self, cuts, tmp_path):
        path = tmp_path / "cut_points.csv"
        cuts.replace([-np.inf, np.inf], np.nan).to_csv(path, index=False)
        pd.testing.assert_frame_equal(scores.given(pd.read_csv(path, dtype=str), "cut_points.csv"), cuts)

    def test_takes_back_what_was_exported_as_parquet(self, cuts, tmp_path):
        path = tmp_path / "cut_points.parquet"
        cuts.to_parquet(path)
        pd.testing.assert_frame_equal(scores.given(pd.read_parquet(path), "cut_points.parquet"), cuts)

    def test_takes_rows_in_any_order_and_infinite_ends_as_text(self, cuts):
        as_text = cuts.sample(frac=1, random_state=1).astype(str)
        pd.testing.assert_frame_equal(scores.given(as_text, "x.csv"), cuts)

    def test_takes_equal_cut_points(self):
        many_ones = people(range(10), [1] * 7 + [2, 3, 4], range(10))
        cuts = scores.cut_points(many_ones)
        pd.testing.assert_frame_equal(scores.given(cuts, "x"), cuts)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda c: c.drop(columns="upper"), "no column upper; it has measure"),
            (lambda c: c[c["measure"] != "spend"], "spend, 5 levels: expected each score from 1 to 5 once, found none"),
            (lambda c: c.drop(index=c.index[9]), "n_orders, 5 levels: expected each score from 1 to 5 once, found 1, 2, 4, 5"),
            (lambda c: pd.concat([c, c[:1]]), "recency_days, 5 levels: expected each score from 1 to 5 once, found 1, 1,"),
            (lambda c: c.assign(measure=c["measure"].replace("spend", "money")), "expected measures recency_days, n_orders, spend, found money"),
            (lambda c: c.assign(levels=c["levels"].replace(2, 3)), "levels: expected 5 or 2, found [3.0]"),
            (lambda c: c.assign(upper=c["upper"].astype(object).replace(5.0, "five")), "upper: expected a number, found 'five'"),
            (lambda c: c.assign(upper=c["upper"].replace(150.0, 151.0)), "spend, 5 levels: score 2 ends at 151, but score 3 begins at 150"),
            (lambda c: c.replace({"lower": {150.0: 30.0}, "upper": {150.0: 30.0}}), "spend, 5 levels: cut points do not ascend: 50, 30, 250, 350"),
            (lambda c: c.replace({"upper": {np.inf: 9_999.0}}), "score 1 ends at 9999; expected both ends open"),
            (lambda c: c.replace({"lower": {150.0: np.nan}, "upper": {150.0: np.nan}}), "score 2 ends at nan, but score 3 begins at nan"),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong(self, cuts, change, told):
        with pytest.raises(SettingsError, match="^cut_points: my.csv: .*" + re.escape(told)):
            scores.given(change(cuts), "my.csv")

    def test_recency_must_be_turned_round(self, cuts):
        recency = cuts["measure"] == "recency_days"
        straight = cuts.assign(score=cuts["score"].mask(recency, cuts["levels"] + 1 - cuts["score"]))
        with pytest.raises(SettingsError, match="recency_days, 5 levels"):
            scores.given(straight, "my.csv")


class TestChoose:
    @pytest.fixture
    def whole(self) -> pd.DataFrame:
        return people(range(100), range(1, 101), range(100))

    def test_whole_is_the_default(self, whole):
        pd.testing.assert_frame_equal(scores.choose(whole[:60], whole), scores.cut_points(whole))

    def test_region_cuts_itself(self, whole):
        region = whole[:60]
        cuts = scores.choose(region, whole, ScoreRules(cut_points="region"))
        pd.testing.assert_frame_equal(cuts, scores.cut_points(region))

    def test_a_small_region_takes_the_whole(self, whole):
        cuts = scores.choose(whole[:49], whole, ScoreRules(cut_points="region"))
        pd.testing.assert_frame_equal(cuts, scores.cut_points(whole))

    def test_own_cuts_go_before(self, whole):
        own = scores.given(scores.cut_points(whole[:30]), "own.csv")
        pd.testing.assert_frame_equal(scores.choose(whole, whole, ScoreRules(cut_points="own.csv"), own), own)

    def test_own_cuts_without_two_levels_take_those_of_the_whole(self, whole):
        own = scores.cut_points(whole[:30]).query("levels == 5")
        cuts = scores.choose(whole[:30], whole, ScoreRules(), scores.given(own, "own.csv"))
        assert cuts["score"].tolist() == [1, 2, 3, 4, 5, 1, 2] * 3
        assert scores.edges(cuts, "n_orders", 2).item() == 50.5
        assert scores.edges(cuts, "n_orders")[0] == pytest.approx(6.8)

    def test_refuses_another_word(self, whole):
        with pytest.raises(
            SettingsError, match="expected whole, region or exported cut points, got 'nation'"
        ):
            scores.choose(whole, whole, ScoreRules(cut_points="nation"))


class TestScoreCounts:
    def test_counts_add_up_and_shares_to_one(self, features):
        cuts = scores.cut_points(features)
        counts = scores.score_counts(scores.rfm(features, cuts), cuts)
        assert counts.groupby("measure")["customers"].sum().eq(11).all()
        assert counts.groupby("measure")["share_of_customers"].sum().to_numpy() == pytest.approx([1, 1, 1])
        assert counts["can_occur"].all()
        assert np.isfinite(counts[["lower", "upper"]].fillna(0)).all(axis=None)

    def test_says_which_scores_cannot_occur(self):
        """Seven of ten have one order: three cut points stand at 1, so scores 2 and 3 hold nobody."""
        some = people(range(10), [1] * 7 + [2, 3, 4], range(10))
        cuts = scores.cut_points(some)
        orders = scores.score_counts(scores.rfm(some, cuts), cuts).query("measure == 'n_orders'")
        assert scores.edges(cuts, "n_orders").tolist() == pytest.approx([1, 1, 1, 2.2])
        assert orders["can_occur"].tolist() == [True, False, False, True, True]
        assert orders["customers"].tolist() == [7, 0, 0, 1, 2]
        assert orders["scores_possible"].unique().tolist() == [3]

    def test_no_whole_number_lies_between_fractions(self):
        cuts = pd.concat([scores.bounds(m, [1.2, 1.8, 3, 4]) for m in scores.MEASURES])
        counts = scores.score_counts(scores.rfm(people([], [], []), cuts), cuts)
        orders, spend = (counts[counts["measure"] == m]["can_occur"].tolist() for m in ("n_orders", "spend"))
        assert orders == [True, False, True, True, True]
        assert all(spend)

    def test_none_gives_no_rows(self):
        nobody = people([], [], [])
        cuts = scores.cut_points(nobody)
        assert scores.score_counts(scores.rfm(nobody, cuts), cuts).empty


class TestRules:
    @pytest.mark.parametrize("quantiles", [(0.2, 0.4, 0.6), (0.4, 0.2, 0.6, 0.8), (0.0, 0.2, 0.4, 0.6)])
    def test_refuses_quantiles_that_do_not_make_five_scores(self, quantiles):
        with pytest.raises(SettingsError, match="quantiles: expected"):
            ScoreRules(quantiles=quantiles)


@pytest.fixture(scope="module")
def r_orders() -> pd.DataFrame:
    """The data set of R's rfm package at 2006-12-31, each line an order."""
    lines = pd.read_csv(shared("rfm_orders/rfm_orders.csv"), parse_dates=["order_date"])
    table = lines.groupby("customer_id", as_index=False).agg(
        last_order=("order_date", "max"), n_orders=("order_date", "size"), spend=("revenue", "sum")
    )
    days = (pd.Timestamp("2006-12-31") - table["last_order"]).dt.days
    return table.assign(recency_days=days, status="buyer")


@pytest.fixture(scope="module")
def published(r_orders) -> pd.DataFrame:
    """Scored with the published cut points (quantile + 1, at or above) in our strict reading."""
    strict = {
        "recency_days": [114, 180, 297.4, 481],
        "n_orders": [3, 4, 5, 7],
        "spend": [255.8, 381, 506.4, 665],
    }
    given = scores.given(pd.concat([scores.bounds(m, cuts) for m, cuts in strict.items()]), "published")
    return scores.rfm(r_orders, scores.choose(r_orders, r_orders, ScoreRules(), given))


class TestAgainstR:
    def test_segments_are_as_published(self, published):
        names = segment_map.by_cell(repair.of_r()).fillna("Others")
        assert published["cell"].map(names).value_counts().to_dict() == {
            "Potential Loyalist": 342,
            "Loyal Customers": 170,
            "Lost": 148,
            "New Customers": 104,
            "About To Sleep": 102,
            "Can't Lose Them": 47,
            "Champions": 35,
            "At Risk": 28,
            "Need Attention": 10,
            "Promising": 9,
        }

    def test_our_quantiles_differ_in_three_scores(self, r_orders, published):
        """R adds 1 to each cut point, which moves amounts that are not whole."""
        ours = scores.rfm(r_orders, scores.cut_points(r_orders))
        columns = ["r_score", "f_score", "m_score"]
        differ = (ours[columns] != published[columns]).stack()
        assert {(ours.loc[row, "customer_id"], column) for row, column in differ[differ].index} == {
            ("Jerold Sporer", "m_score"),
            ("Katlyn Mann", "r_score"),
            ("Skylar Hoeger", "m_score"),
        }
