"""Schemes of people: they need no orders, and what is unknown has a name."""

import pandas as pd
import pytest
from customers import apart, case_of, labelled, people

from custkit import schemes
from custkit.schemes.people import basic_labels
from custkit.settings import SchemeRules


def visitors(n: int) -> pd.DataFrame:
    """Customers without an order."""
    return pd.concat([apart(f"c{place:03d}", "prospect") for place in range(n)], ignore_index=True)


class TestBasic:
    def test_every_class_is_reached_without_orders(self):
        rules = SchemeRules()
        ages = {"0-24": "24", "25-35": "25", "36-45": "45", "46-59": "46", "60+": "60", "unknown": None}
        wanted = basic_labels(rules)
        genders, bands = zip(*(label.split(":") for label in wanted), strict=True)
        ids = [f"c{place:03d}" for place in range(len(wanted))]
        customers = pd.DataFrame(
            {"customer_id": ids, "gender": genders, "age": [ages[band] for band in bands]}
        )
        named = labelled(
            visitors(len(wanted)), "basic", rules, customers=customers.sample(frac=1, random_state=1)
        )
        assert tuple(named.values()) == wanted

    def test_one_of_the_two_is_enough(self):
        customers = pd.DataFrame({"customer_id": ["c000"], "gender": ["male"]})
        assert labelled(visitors(2), "basic", customers=customers) == {
            "c000": "male:unknown",
            "c001": "unknown:unknown",
        }

    @pytest.mark.parametrize(
        ("said", "band"),
        [
            ("26-30", "25-35"),
            ("25-35", "25-35"),
            ("30-40", "unknown"),  # over the border
            ("60+", "60+"),
            ("50岁以上", "unknown"),
            ("25岁以下", "unknown"),
            ("35.9", "25-35"),
            ("young", "unknown"),
        ],
    )
    def test_an_age_may_be_a_band_of_the_data(self, said, band):
        customers = pd.DataFrame({"customer_id": ["c000"], "gender": ["male"], "age": [said]})
        assert labelled(visitors(1), "basic", customers=customers) == {"c000": f"male:{band}"}

    def test_ages_of_which_nothing_can_be_read_are_not_known(self):
        customers = pd.DataFrame({"customer_id": ["c000", "c001"], "age": ["young", "old"]})
        known = case_of(visitors(2), customers=customers)
        assert schemes.lacking(schemes.SCHEMES["basic"], known) == ["customers.age|customers.gender"]


class TestGeography:
    def test_takes_the_first_that_the_data_tell(self):
        made = visitors(2).assign(region=["North", "South"])
        assert [*labelled(made, "geography").values()] == ["North", "South"]
        customers = pd.DataFrame({"customer_id": ["c001"], "city_tier": ["tier 2"], "area": ["rural"]})
        assert [*labelled(made, "geography", customers=customers).values()] == ["unknown", "tier 2"]
        rules = SchemeRules(geography_by="area")
        assert [*labelled(made, "geography", rules, customers=customers).values()] == ["unknown", "rural"]

    def test_what_was_asked_for_and_is_not_there_is_told(self):
        made = visitors(1).assign(region="North")
        known = case_of(made, SchemeRules(geography_by="city_tier"))
        assert schemes.lacking(schemes.SCHEMES["geography"], known) == ["customers.city_tier"]

    def test_reason_names_what_the_place_is(self):
        made = people([1], [1], [1.0]).assign(region="North")
        told = schemes.label(case_of(made)).query("scheme == 'geography'")["reason"].item()
        assert told == "region: North"
