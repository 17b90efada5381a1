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
    found = people.people(customers, features, as_of=AS_OF, rules=ProfileRules(age_bands=ends))
    return dict(zip(found["level"], found["customers"], strict=True))


class TestPeople:
    def test_shares_are_of_those_of_whom_it_is_known(self, customers, features):
        gender = people.people(customers, features, as_of=AS_OF).query("dimension == 'gender'")
        assert gender["level"].tolist() == ["F", "M"]
        assert gender["known"].tolist() == [3, 3]
        assert gender["share_of_customers"].tolist() == pytest.approx([2 / 3, 1 / 3])
        assert gender["buyers"].tolist() == [1, 1]
        assert gender["spend"].tolist() == [300.0, 100.0]

    def test_the_interval_is_wilsons(self, customers, features):
        gender = people.people(customers, features, as_of=AS_OF).query("level == 'F'").iloc[0]
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
        ages = people.people(customers, features, as_of=AS_OF).query("dimension == 'age_band'")
        assert set(ages["level"]) == {"18-24", "25-35", "36-45"}
        later = people.people(customers, features, as_of=datetime.date(2024, 3, 2))
        assert set(later.query("dimension == 'age_band'")["level"]) == {"25-35", "36-45"}

    def test_without_a_day_a_birth_date_says_nothing(self, customers, features):
        ages = people.people(customers, features, as_of=None).query("dimension == 'age_band'")
        assert ages["customers"].sum() == 2

    def test_a_column_without_a_value_is_no_dimension(self, customers, features):
        assert set(people.people(customers, features, as_of=AS_OF)["dimension"]) == {"gender", "age_band"}

    def test_only_the_largest_groups_are_listed(self, customers, features):
        rules = ProfileRules(top_levels=1)
        gender = people.people(customers, features, as_of=AS_OF, rules=rules).query("dimension == 'gender'")
        assert gender[["level", "rank", "known"]].to_numpy().tolist() == [["F", 1, 3]]

    def test_equal_groups_go_by_spend_then_name(self, customers, features):
        ages = people.people(customers, features, as_of=AS_OF).query("dimension == 'age_band'")
        assert ages["level"].tolist() == ["25-35", "36-45", "18-24"]

    def test_ids_alone_say_nothing(self, customers, features):
        found = people.people(customers[["customer_id"]], features, as_of=AS_OF)
        assert found.empty
        assert found["share_of_customers"].dtype == "float64"

    def test_nobody_gives_no_row(self, customers, features):
        assert people.people(customers.iloc[:0], features.iloc[:0], as_of=AS_OF).empty

    def test_row_order_does_not_matter(self, customers, features):
        shuffled = people.people(customers[::-1], features.sample(frac=1, random_state=3), as_of=AS_OF)
        pd.testing.assert_frame_equal(people.people(customers, features, as_of=AS_OF), shuffled)

    def test_names_the_missing_column(self, customers, features):
        with pytest.raises(TableError, match="features: no column status"):
            people.people(customers, features.drop(columns="status"), as_of=AS_OF)

    def test_leaves_its_input_alone(self, customers, features):
        before = customers.copy(deep=True), features.copy(deep=True)
        people.people(customers, features, as_of=AS_OF)
        pd.testing.assert_frame_equal(customers, before[0])
        pd.testing.assert_frame_equal(features, before[1])


class TestProfileRules:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"age_bands": (35, 25)},
            {"age_bands": (25, 25)},
            {"top_shares": (0.0,)},
            {"top_shares": ()},
            {"top_levels": 0},
        ],
    )
    def test_names_the_rule_that_does_not_fit(self, wrong):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            ProfileRules(**wrong)
