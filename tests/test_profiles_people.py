"""Who the customers are: bands without gaps, shares with their intervals."""

import datetime

import pandas as pd
import pytest

from custkit.errors import SettingsError, TableError
from custkit.profiles import people
from custkit.settings import ProfileRules

AS_OF = datetime.date(2024, 3, 1)


@pytest.fixture
def features() -> pd.DataFrame:
    """Ann and Bob are buyers, Cat and Dan are prospects."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "dan"],
            "status": ["buyer", "buyer", "prospect", "prospect"],
            "spend": [300.0, 100.0, 0.0, 0.0],
        }
    )


@pytest.fixture
def customers() -> pd.DataFrame:
    """Dan's gender is not known; Ann is 35 and Bob 36; Cat turns 25 a day after the day of the run; no city is given."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "dan"],
            "gender": ["F", "M", "F", None],
            "age": ["35", "36", None, None],
            "birth_date": pd.to_datetime([None, None, "1999-03-02", None]),
            "city": [None, None, None, None],
        }
    )


def bands(ages: list, ends: tuple[int, ...] = ProfileRules().age_bands) -> dict[str, int]:
    """Customers in each age band."""
    ids = [f"c{number}" for number in range(len(ages))]
    customers = pd.DataFrame({"customer_id": ids, "age": pd.Series(ages, dtype="str")})
    features = pd.DataFrame({"customer_id": ids, "status": "buyer", "spend": 1.0})
    found = people.people(people.facts(customers, features, as_of=AS_OF, rules=ProfileRules(age_bands=ends)))
    return dict(zip(found["level"], found["customers"], strict=True))


def told(customers: pd.DataFrame, features: pd.DataFrame, day: datetime.date | None = AS_OF) -> pd.DataFrame:
    return people.people(people.facts(customers, features, as_of=day))


class TestPeople:
    def test_shares_are_of_those_of_whom_it_is_known(self, customers, features):
        gender = told(customers, features).query("dimension == 'gender'")
        assert gender["level"].tolist() == ["F", "M"]
        assert gender["known"].tolist() == [3, 3]
        assert gender["share_of_customers"].tolist() == pytest.approx([2 / 3, 1 / 3])
        assert gender["buyers"].tolist() == [1, 1]
        assert gender["spend"].tolist() == [300.0, 100.0]

    def test_the_interval_is_wilsons(self, customers, features):
        gender = told(customers, features).query("level == 'F'").iloc[0]
        assert (gender["share_low"], gender["share_high"]) == pytest.approx((0.2077, 0.9385), abs=1e-4)

    def test_bands_include_both_ends(self):  # T18
        assert bands(["25", "35", "36", "45", "0", "17", "66", "120"]) == {
            "0-17": 2,
            "25-35": 2,
            "36-45": 2,
            "66+": 2,
        }

    def test_every_age_is_in_exactly_one_band(self):  # T18
        assert sum(bands([str(age) for age in range(121)]).values()) == 121

    def test_an_age_that_cannot_be_is_unknown(self):
        assert bands(["-1", "121", "40"]) == {"36-45": 1}

    def test_a_band_given_as_text_stays(self):
        assert bands(["30-39", "41"]) == {"30-39": 1, "36-45": 1}

    def test_a_birthday_tomorrow_does_not_count_yet(self, customers, features):
        ages = told(customers, features).query("dimension == 'age_band'")
        assert set(ages["level"]) == {"18-24", "25-35", "36-45"}
        later = told(customers, features, datetime.date(2024, 3, 2))
        assert set(later.query("dimension == 'age_band'")["level"]) == {"25-35", "36-45"}

    def test_without_a_day_a_birth_date_says_nothing(self, customers, features):
        ages = told(customers, features, None).query("dimension == 'age_band'")
        assert ages["customers"].sum() == 2

    def test_a_column_without_a_value_is_no_dimension(self, customers, features):
        assert set(told(customers, features)["dimension"]) == {"gender", "age_band"}

    def test_only_the_largest_groups_are_listed(self, customers, features):
        rules = ProfileRules(top_levels=1)
        known = people.facts(customers, features, as_of=AS_OF)
        gender = people.people(known, rules).query("dimension == 'gender'")
        assert gender[["level", "rank", "known"]].to_numpy().tolist() == [["F", 1, 3]]

    def test_equal_groups_go_by_spend_then_name(self, customers, features):
        ages = told(customers, features).query("dimension == 'age_band'")
        assert ages["level"].tolist() == ["25-35", "36-45", "18-24"]

    def test_ids_alone_say_nothing(self, customers, features):
        found = told(customers[["customer_id"]], features)
        assert found.empty
        assert found["share_of_customers"].dtype == "float64"

    def test_nobody_gives_no_row(self, customers, features):
        assert told(customers.iloc[:0], features.iloc[:0]).empty

    def test_row_order_does_not_matter(self, customers, features):
        shuffled = told(customers[::-1], features.sample(frac=1, random_state=3))
        pd.testing.assert_frame_equal(told(customers, features), shuffled)

    def test_names_the_missing_column(self, customers, features):
        with pytest.raises(TableError, match="features: no column status"):
            told(customers, features.drop(columns="status"))

    def test_leaves_its_input_alone(self, customers, features):
        before = customers.copy(deep=True), features.copy(deep=True)
        told(customers, features)
        pd.testing.assert_frame_equal(customers, before[0])
        pd.testing.assert_frame_equal(features, before[1])

    def test_bands_are_placed_from_the_lowest_up(self):
        ids = list("abcdef")
        incomes = ["over 240k", "under 60k", "60-120k", "60-120k", "60-120k", "secret"]
        customers = pd.DataFrame({"customer_id": ids, "income": incomes})
        features = pd.DataFrame({"customer_id": ids, "status": "buyer", "spend": 1.0})
        found = told(customers, features).sort_values("place")
        assert found["level"].tolist() == ["under 60k", "60-120k", "over 240k", "secret"]
        assert found["place"].tolist() == [1, 2, 3, 4]

    @pytest.mark.parametrize(
        ("column", "ordered"),
        [
            ("education", ["high school", "college", "bachelor", "doctorate", "night school"]),
            ("city_tier", ["tier 1", "new tier 1", "tier 2", "tier 3", "village"]),
        ],
    )
    def test_what_the_dictionary_orders_is_placed_so_and_words_of_ones_own_last(
        self, column, ordered
    ):  # mission 32
        customers = pd.DataFrame({"customer_id": list("abcde"), column: ordered[::-1]})
        features = pd.DataFrame(
            {"customer_id": list("abcde"), "status": "buyer", "spend": [1.0, 9.0, 3.0, 4.0, 5.0]}
        )
        found = told(customers, features).sort_values("place")
        assert found["level"].tolist() == ordered
        assert found["place"].tolist() == [1, 2, 3, 4, 5]

    def test_each_source_has_its_share_and_its_value(self, features):  # mission 29
        customers = pd.DataFrame(
            {"customer_id": ["ann", "bob", "cat", "dan"], "source": ["store", "referral", "store", None]}
        )
        found = told(customers, features).set_index("level")
        assert found["share_of_customers"].to_dict() == {"store": 2 / 3, "referral": 1 / 3}
        assert found["spend"].to_dict() == {"store": 300.0, "referral": 100.0}


class TestFacts:
    def test_one_row_a_customer_in_order_of_the_ids(self, customers, features):
        known = people.facts(customers[::-1], features, as_of=AS_OF)
        assert known["customer_id"].tolist() == ["ann", "bob", "cat", "dan"]
        assert "city" not in known  # nobody has one

    def test_who_is_in_one_table_only_is_left_out(self, customers, features):
        known = people.facts(customers.iloc[:3], features.iloc[1:], as_of=AS_OF)
        assert known["customer_id"].tolist() == ["bob", "cat"]

    def test_incomes_as_numbers_become_bands_of_equal_size(self):
        ids = [f"c{number:02d}" for number in range(20)]
        customers = pd.DataFrame({"customer_id": ids, "income": [str(1000 * n) for n in range(1, 21)]})
        features = pd.DataFrame({"customer_id": ids, "status": "buyer", "spend": 1.0})
        known = people.facts(customers, features, as_of=None)
        assert known["income"].value_counts().to_dict() == {
            "1000-4000": 4, "5000-8000": 4, "9000-12000": 4, "13000-16000": 4, "17000-20000": 4,
        }  # fmt: skip
        assert known["income_place"].tolist() == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4


class TestLeading:
    def test_the_largest_group_of_each_dimension(self, customers, features):
        found = people.leading(told(customers, features))
        assert found[["dimension", "level"]].to_numpy().tolist() == [["gender", "F"], ["age_band", "25-35"]]

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="people: no column rank"):
            people.leading(pd.DataFrame({"level": []}))


class TestBandPlaces:
    @pytest.mark.parametrize(
        "ordered",
        [
            ["under 60k", "60-120k", "120-240k", "over 240k"],
            ["5万以下", "5-10万", "10万-20万", "30万以上"],
            ["不超过5千", "5-8千", "8千-1.5万", "高于1.5万"],
            ["<30,000", "30,000-60,000", "60,000+"],
            ["no more than 50k", "50k to 90k", "90k or more"],
            ["900", "1000", "20000"],
        ],
    )
    def test_the_numbers_in_the_text_give_the_order(self, ordered):
        places = people.band_places(ordered[::-1])
        assert sorted(ordered, key=places.get) == ordered
        assert sorted(places.values()) == list(range(1, len(ordered) + 1))

    def test_a_text_without_a_number_has_no_place(self):
        places = people.band_places(["secret", "under 60k"])
        assert pd.isna(places["secret"])
        assert places["under 60k"] == 1


class TestGender:
    def counts(self, **levels: int) -> pd.DataFrame:
        return pd.DataFrame({"gender": [level for level, n in levels.items() for _ in range(n)]})

    def test_half_and_half_is_balanced(self):
        found = people.gender(self.counts(female=52, male=48), pd.DataFrame()).iloc[0]
        assert (found["level"], found["known"], found["basis"]) == ("female", 100, "half")
        assert found["p_value"] == pytest.approx(
            0.7644, abs=1e-4
        )  # two-sided exact binomial, by hand from a table
        assert found["verdict"] == "balanced"

    def test_seventy_of_a_hundred_differ(self):
        found = people.gender(self.counts(female=30, male=70), pd.DataFrame()).iloc[0]
        assert (found["level"], found["verdict"]) == ("male", "differs")

    def test_a_sure_but_tiny_difference_is_no_difference(self):
        found = people.gender(self.counts(female=10_300, male=9_700), pd.DataFrame()).iloc[0]
        assert found["p_value"] < 0.001
        assert found["verdict"] == "balanced"

    def test_the_population_stands_in_for_one_half(self):
        population = pd.DataFrame({"gender": ["female", "male"], "people": [300.0, 700.0]})
        found = people.gender(self.counts(female=30, male=70), population).iloc[0]
        assert (found["basis"], found["reference"], found["verdict"]) == ("population", 0.7, "balanced")

    def test_a_population_with_other_names_counts_for_nothing(self):
        population = pd.DataFrame({"gender": ["1", "2"], "people": [300.0, 700.0]})
        assert people.gender(self.counts(female=30, male=70), population)["basis"].item() == "half"

    def test_a_population_in_other_words_is_the_same_population(self):  # mission 4
        population = pd.DataFrame({"gender": ["女", "M"], "people": [300.0, 700.0]})
        found = people.gender(self.counts(female=30, male=70), population)
        assert found[["basis", "reference"]].to_numpy().tolist() == [["population", 0.7]]

    def test_few_are_too_few(self):
        assert people.gender(self.counts(female=2, male=9), pd.DataFrame())["verdict"].item() == "too_few"

    def test_one_gender_or_none_gives_no_row(self):
        assert people.gender(self.counts(female=40), pd.DataFrame()).empty
        assert people.gender(pd.DataFrame({"customer_id": ["a"]}), pd.DataFrame()).empty


class TestProfileRules:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"age_bands": (35, 25)},
            {"age_bands": (25, 25)},
            {"top_shares": (0.0,)},
            {"top_shares": ()},
            {"top_levels": 0},
            {"core_dimensions": ()},
            {"core_dimensions": ("gender", "gender")},
            {"min_group": 9},
            {"min_ratio": 0.9},
            {"profile_level": 1.0},
            {"min_share_gap": 1.5},
        ],
    )
    def test_names_the_rule_that_does_not_fit(self, wrong):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            ProfileRules(**wrong)
