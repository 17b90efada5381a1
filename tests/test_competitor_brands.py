"""What brand tables say before brands are compared."""

import datetime

import numpy as np
import pandas as pd
import pytest

from custkit import schema, store
from custkit.competitor import brands
from custkit.errors import InputRefused, SettingsError, TableError
from custkit.settings import CompetitorRules

SAMPLE = store.home() / "data" / "sample" / "brand_ratings" / "brand_ratings.csv"
FEW = CompetitorRules(min_ratings=2)


def scorecard(*rows: tuple) -> pd.DataFrame:
    columns = ["brand", "attribute", "score", "source", "as_of"]
    table = pd.DataFrame(list(rows), columns=columns)
    return table.astype({"score": "float64"}).assign(as_of=pd.to_datetime(table["as_of"]))


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


@pytest.fixture
def ratings() -> pd.DataFrame:
    """Two people rate Ours and Rival on quality; one of them leaves the price of Rival open."""
    return pd.DataFrame(
        {
            "respondent_id": ["r1", "r2", "r1", "r2"],
            "brand": ["Ours", "Ours", "Rival", "Rival"],
            "quality": [8, 6, 5, 4],
            "price": [3.0, 5.0, np.nan, 4.0],
            "city": ["north", "south", "north", "south"],
        }
    )


class TestColumnsRead:
    def test_numbers_are_attributes_and_text_is_set_aside(self, ratings):
        read = brands.columns_read(ratings).set_index("column")["read_as"].to_dict()
        kinds = {"brand": "brand", "respondent_id": "respondent", "city": "set_aside"}
        assert read == kinds | {"price": "attribute", "quality": "attribute"}

    def test_missing_answers_are_counted(self, ratings):
        price = brands.columns_read(ratings).set_index("column").loc["price"]
        assert (price["answers"], price["missing"]) == (3, 1)

    def test_numbers_that_say_who_or_where_are_no_attributes(self, ratings):
        told = ratings.assign(age=30, line=[2, 3, 4, 5], wave=1)
        assert brands.attributes(told) == ["price", "quality"]

    def test_numbers_kept_as_text_are_attributes_unless_one_cell_is_none(self, ratings):
        told = ratings.assign(fun=["1", "2", None, "3"], remark=["1", "2", "n/a", "3"])
        assert brands.attributes(told) == ["fun", "price", "quality"]

    def test_days_and_yes_or_no_are_no_attributes(self, ratings):
        told = ratings.assign(asked=pd.Timestamp("2025-01-01"), aware=True)
        assert brands.attributes(told) == ["price", "quality"]

    def test_the_setting_goes_first(self, ratings):
        assert brands.attributes(ratings, CompetitorRules(rating_attributes=("quality",))) == ["quality"]

    def test_names_the_attribute_that_is_not_there(self, ratings):
        with pytest.raises(SettingsError, match=r"rating_attributes: no taste .* price, quality"):
            brands.columns_read(ratings, CompetitorRules(rating_attributes=("taste",)))

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="brand_ratings: no column brand"):
            brands.columns_read(pd.DataFrame({"quality": [1]}))

    def test_an_absent_table_has_no_columns(self):
        assert brands.columns_read(schema.empty("brand_ratings")).empty


class TestBrandMeans:
    def test_published_means(self, sample):
        means = brands.brand_means(sample)
        overall = means.groupby("attribute")["mean_score"].mean().round(3).to_dict()  # 100 ratings each
        assert overall == {
            "perform": 4.488,
            "leader": 4.417,
            "latest": 6.195,
            "fun": 6.068,
            "serious": 4.323,
            "bargain": 4.259,
            "value": 4.337,
            "trendy": 5.220,
            "rebuy": 3.727,
        }
        assert (means["n"] == 100).all()

    def test_mean_base_and_error_by_hand(self, ratings):
        ours = (
            brands.brand_means(ratings, rules=FEW).query("brand == 'Ours' and attribute == 'quality'").iloc[0]
        )
        assert (ours["mean_score"], ours["n"], ours["missing"], ours["std_error"]) == (7.0, 2, 0, 1.0)
        assert (ours["span"], ours["basis"]) == (4.0, "ratings")

    def test_an_open_answer_is_missing_and_not_zero(self, ratings):
        price = (
            brands.brand_means(ratings, rules=FEW).query("brand == 'Rival' and attribute == 'price'").iloc[0]
        )
        assert (price["mean_score"], price["n"], price["missing"], price["ranked"]) == (4.0, 1, 1, False)

    def test_standard_compares_ranked_brands_only(self, ratings):
        means = brands.brand_means(ratings, rules=FEW)
        quality = means[means["attribute"] == "quality"].set_index("brand")["standard"]
        assert quality.to_dict() == {"Ours": 1.0, "Rival": -1.0}
        assert means.query("brand == 'Rival' and attribute == 'price'")["standard"].isna().all()

    def test_standard_is_turned_where_lower_is_better(self, ratings):
        rules = CompetitorRules(min_ratings=2, lower_is_better=("quality",))
        quality = brands.brand_means(ratings, rules=rules).query("attribute == 'quality'").set_index("brand")
        assert quality["standard"].to_dict() == {"Ours": -1.0, "Rival": 1.0}

    def test_one_attribute_on_which_all_are_equal_is_nowhere_special(self, ratings):
        means = brands.brand_means(ratings.assign(flat=5), rules=FEW)
        assert (means.loc[means["attribute"] == "flat", "standard"] == 0).all()

    def test_a_brand_with_one_rating_is_shown_and_not_ranked(self, ratings):
        lone = pd.DataFrame({"brand": ["New"], "quality": [9]})
        new = brands.brand_means(pd.concat([ratings, lone]), rules=FEW).query(
            "brand == 'New' and attribute == 'quality'"
        )
        assert new["mean_score"].tolist() == [9.0]
        assert not new["ranked"].any()

    def test_a_scorecard_adds_what_ratings_lack(self, ratings):
        card = scorecard(
            ("Ours", "quality", 1, "test", "2025-01-01"),
            ("Ours", "service", 7, "test", "2025-01-01"),
            ("Rival", "service", 6, "test", "2025-01-01"),
        )
        means = brands.brand_means(ratings, card, FEW)
        assert means.query("attribute == 'quality'")["basis"].eq("ratings").all()
        assert means.query("attribute == 'service'").set_index("brand")["mean_score"].to_dict() == {
            "Ours": 7,
            "Rival": 6,
        }

    def test_a_score_without_source_or_date_is_not_ranked(self):  # T22
        card = scorecard(
            ("Ours", "service", 7, "test", "2025-01-01"),
            ("Rival", "service", 9, "", "2025-01-01"),
            ("Third", "service", 9, "hearsay", None),
        )
        means = brands.brand_means(schema.empty("brand_ratings"), card)
        assert means.set_index("brand")["ranked"].to_dict() == {"Ours": True, "Rival": False, "Third": False}

    def test_the_latest_sourced_day_speaks(self):
        card = scorecard(
            ("Ours", "service", 2, "test", "2024-01-01"),
            ("Ours", "service", 6, "test", "2025-01-01"),
            ("Ours", "service", 8, "press", "2025-01-01"),
            ("Ours", "service", 1, "", None),
        )
        row = brands.brand_means(schema.empty("brand_ratings"), card).iloc[0]
        assert (row["mean_score"], row["n"], row["source"]) == (7.0, 2, "press; test")
        assert row["as_of"] == pd.Timestamp("2025-01-01")

    def test_days_may_come_as_dates_and_a_source_as_nothing(self):
        card = pd.DataFrame(
            {
                "brand": ["Ours", "Rival"],
                "attribute": "service",
                "score": [7, 8],
                "source": ["test", None],
                "as_of": [datetime.date(2025, 1, 1)] * 2,
            }
        )
        means = brands.brand_means(schema.empty("brand_ratings"), card)
        assert means["ranked"].tolist() == [True, False]
        assert means["as_of"].iloc[0] == pd.Timestamp("2025-01-01")

    def test_absent_tables_give_columns_and_no_rows(self):
        means = brands.brand_means(schema.empty("brand_ratings"), schema.empty("brands"))
        assert means.empty
        assert means.dtypes.astype("str").to_dict() == schema.TABLES["brand_means"]

    def test_shuffled_rows_and_columns_change_no_bit(self, sample):
        odd = sample.assign(fun=sample["fun"] / 3)
        shuffled = odd.sample(frac=1, random_state=1)[odd.columns[::-1]]
        pd.testing.assert_frame_equal(brands.brand_means(odd), brands.brand_means(shuffled), check_exact=True)

    def test_leaves_its_input_alone(self, ratings):
        card = scorecard(("Ours", "service", 7, "test", "2025-01-01"))
        before = ratings.copy(), card.copy()
        brands.brand_means(ratings, card, FEW)
        pd.testing.assert_frame_equal(ratings, before[0])
        pd.testing.assert_frame_equal(card, before[1])


class TestOwnBrand:
    def test_the_scorecard_marks_it_in_either_language(self, ratings):
        for yes, no in (("yes", "no"), ("是", "否"), ("1", "0"), ("TRUE", "")):
            card = pd.DataFrame({"brand": ["Ours", "Rival"], "is_own": [yes, no]})
            assert brands.own_brand(ratings, card) == "Ours"

    def test_the_setting_goes_first(self, ratings):
        card = pd.DataFrame({"brand": ["Ours", "Rival"], "is_own": ["yes", "no"]})
        assert brands.own_brand(ratings, card, rules=CompetitorRules(own_brand="Rival")) == "Rival"

    def test_a_brand_of_the_market_alone_will_do(self):
        market, none = pd.DataFrame({"brand": ["Ours"]}), schema.empty("brands")
        rules = CompetitorRules(own_brand="Ours")
        assert brands.own_brand(schema.empty("brand_ratings"), none, market, rules=rules) == "Ours"

    def test_two_marked_brands_are_no_answer(self, ratings):
        card = pd.DataFrame({"brand": ["Ours", "Rival"], "is_own": ["yes", "yes"]})
        assert brands.own_brand(ratings, card) == ""

    def test_names_the_brands_that_there_are(self, ratings):
        with pytest.raises(SettingsError, match=r"own_brand: no Oops .* Ours, Rival"):
            brands.own_brand(ratings, schema.empty("brands"), rules=CompetitorRules(own_brand="Oops"))

    def test_refuses_a_mark_that_is_neither(self, ratings):
        with pytest.raises(InputRefused, match="is_own: expected yes or no, got perhaps"):
            brands.own_brand(ratings, pd.DataFrame({"brand": ["Ours"], "is_own": ["perhaps"]}))

    def test_without_tables_the_setting_is_no_error(self):
        rules = CompetitorRules(own_brand="Ours")
        assert brands.own_brand(schema.empty("brand_ratings"), schema.empty("brands"), rules=rules) == ""
