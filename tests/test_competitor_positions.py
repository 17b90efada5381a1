"""The map of brands and what its axes stand for."""

import numpy as np
import pandas as pd
import pytest

from custkit import competitor, schema, store
from custkit.competitor import brands

SAMPLE = store.home() / "data" / "sample" / "brand_ratings" / "brand_ratings.csv"


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


@pytest.fixture
def means(sample) -> pd.DataFrame:
    return brands.brand_means(sample)


def table_of(scores: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Ranked means of brands, as if from a scorecard with source and date."""
    rows = [(b, a, v, "test", "2025-01-01") for b, cells in scores.items() for a, v in cells.items()]
    card = pd.DataFrame(rows, columns=["brand", "attribute", "score", "source", "as_of"])
    return brands.brand_means(schema.empty("brand_ratings"), card)


class TestPositions:
    def test_published_shares(self, means):
        shares = competitor.positions(means).groupby("axis")["explained_share"].first()
        assert shares.round(4).tolist() == [0.5062, 0.3344]

    def test_one_row_per_brand_and_axis_centred(self, means):
        placed = competitor.positions(means, "e")
        assert placed.groupby("axis").size().tolist() == [10, 10]
        assert placed.groupby("axis")["score"].sum().tolist() == pytest.approx([0, 0], abs=1e-8)
        assert set(placed.loc[placed["is_own"], "brand"]) == {"e"}

    def test_two_attributes_by_hand(self):
        """Two attributes that agree but for sign: all differences lie on one axis."""
        placed = competitor.positions(
            table_of({"A": {"x": 1, "y": 3}, "B": {"x": 2, "y": 2}, "C": {"x": 3, "y": 1}})
        )
        first = placed[placed["axis"] == 1].set_index("brand")["score"]
        assert first.to_dict() == pytest.approx({"A": -np.sqrt(3), "B": 0, "C": np.sqrt(3)})
        assert placed.groupby("axis")["explained_share"].first().tolist() == [1.0, 0.0]
        assert (placed.loc[placed["axis"] == 2, "score"] == 0).all()

    def test_shuffled_rows_and_columns_change_no_bit(self, sample):
        odd = sample.assign(fun=sample["fun"] / 3)
        shuffled = odd.sample(frac=1, random_state=7)[odd.columns[::-1]]
        for made in (competitor.positions, competitor.axes, competitor.axis_ends):
            one, other = (made(brands.brand_means(table)) for table in (odd, shuffled))
            pd.testing.assert_frame_equal(one, other, check_exact=True)

    def test_turning_an_attribute_round_turns_only_its_arrow(self, sample, means):
        turned = brands.brand_means(sample.assign(fun=11 - sample["fun"]))
        placed = competitor.positions(means)["score"], competitor.positions(turned)["score"]
        assert np.allclose(*placed)

    @pytest.mark.parametrize(
        "scores",
        [
            {"A": {"x": 1, "y": 2}},
            {"A": {"x": 1, "y": 2}, "B": {"x": 2, "y": 3}},
            {"A": {"x": 1}, "B": {"x": 2}, "C": {"x": 3}},
            {"A": {"x": 1, "y": 5}, "B": {"x": 2, "y": 5}, "C": {"x": 3, "y": 5}},
        ],
        ids=["one brand", "two brands", "one attribute", "one attribute that differs"],
    )
    def test_too_little_for_a_map_gives_columns_and_no_rows(self, scores):
        few = table_of(scores)
        for made, name in (
            (competitor.positions, "brand_positions"),
            (competitor.axes, "brand_axes"),
            (competitor.axis_ends, "brand_map"),
        ):
            assert made(few).empty
            assert made(few).dtypes.astype("str").to_dict() == schema.TABLES[name]

    def test_an_attribute_on_which_all_are_equal_has_no_arrow(self, sample):
        flat = brands.brand_means(sample.assign(flat=5))
        assert "flat" not in set(competitor.axes(flat)["attribute"])

    def test_a_brand_with_one_rating_is_not_placed(self, sample):
        lone = sample.iloc[[0]].assign(brand="new")
        placed = competitor.positions(brands.brand_means(pd.concat([sample, lone])))
        assert set(placed["brand"]) == set("abcdefghij")

    def test_the_hole_costs_as_little_as_it_can(self):
        """Only A has z; leaving z out keeps all brands."""
        scores = {"A": {"x": 1, "y": 2, "z": 9}, "B": {"x": 2, "y": 1}, "C": {"x": 3, "y": 5}}
        placed = table_of(scores)
        assert set(competitor.positions(placed)["brand"]) == {"A", "B", "C"}
        assert set(competitor.axes(placed)["attribute"]) == {"x", "y"}

    def test_leaves_its_input_alone(self, means):
        before = means.copy()
        competitor.positions(means)
        pd.testing.assert_frame_equal(means, before)


class TestAxes:
    def test_loadings_have_length_one(self, means):
        squares = competitor.axes(means).groupby("axis")["loading"].apply(lambda loading: (loading**2).sum())
        assert squares.tolist() == pytest.approx([1, 1])

    def test_the_largest_loading_points_to_the_positive_side(self, means):
        for _, axis in competitor.axes(means).groupby("axis"):
            assert axis.loc[axis["loading"].abs().idxmax(), "loading"] > 0

    def test_correlations_are_those_of_the_means_with_the_scores(self, means):
        scores = competitor.positions(means).pivot(index="brand", columns="axis", values="score")
        wide = means.pivot(index="brand", columns="attribute", values="mean_score")
        told = competitor.axes(means).pivot(index="attribute", columns="axis", values="correlation")
        for axis in (1, 2):
            assert told[axis].to_dict() == pytest.approx(wide.corrwith(scores[axis]).to_dict())


class TestAxisEnds:
    def test_names_both_ends(self, means):
        ends = competitor.axis_ends(means)
        assert ends["high_end"].tolist() == ["rebuy", "serious"]
        assert ends["low_end"].tolist() == ["latest", "fun"]
        assert ends[["n_brands", "n_attributes"]].to_numpy().tolist() == [[10, 9], [10, 9]]

    def test_an_axis_of_liking_has_no_low_end(self):
        scores = {"A": {"x": 1, "y": 1.1}, "B": {"x": 2, "y": 2}, "C": {"x": 3, "y": 3.2}}
        assert competitor.axis_ends(table_of(scores))["low_end"].iloc[0] == ""

    def test_brands_that_are_rated_alike_are_set_apart_by_nothing(self):
        """Four brands, three attributes, 60 people: only chance parts the means."""
        random = np.random.default_rng(3)
        told = pd.DataFrame(random.normal(5, 1, (240, 3))).add_prefix("x").assign(brand=list("ABCD") * 60)
        told["respondent_id"] = np.repeat([f"r{place}" for place in range(60)], 4)
        assert competitor.axis_ends(brands.brand_means(told))["n_apart"].tolist() == [0, 0]

    def test_a_scorecard_sets_apart_what_it_says(self):
        scores = {"A": {"x": 1, "y": 1.1}, "B": {"x": 2, "y": 2}, "C": {"x": 3, "y": 3.2}}
        assert competitor.axis_ends(table_of(scores))["n_apart"].tolist() == [2, 2]

    def test_the_sample_is_set_apart_on_all(self, means):
        assert competitor.axis_ends(means)["n_apart"].tolist() == [9, 9]


class TestWhatCounts:
    def test_ratings_go_before_a_scorecard(self, sample):
        card = pd.DataFrame({"brand": list("abc"), "attribute": "stores", "score": [1.0, 2, 3]})
        card = card.assign(source="test", as_of=pd.Timestamp("2025-01-01"))
        mixed = brands.brand_means(sample, card)
        assert "stores" not in set(competitor.axes(mixed)["attribute"])
        assert set(competitor.positions(mixed)["brand"]) == set("abcdefghij")
