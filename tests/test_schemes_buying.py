"""Schemes of buying: each class by a customer who belongs there, the borders of each rule, and the traps of the documents."""

import datetime

import numpy as np
import pandas as pd
import pytest
from customers import apart, case_of, labelled, people

from custkit import schemes
from custkit.errors import SettingsError
from custkit.settings import SchemeRules

DAY = datetime.date(2024, 12, 31)
# By one cut of 90 days; frequent from 5 orders: so that each class can be made by hand.
RULES = SchemeRules(lapse_by="days", lapse_days=90, frequent_orders=5)


def buyers(*rows: tuple) -> pd.DataFrame:
    """(recency, orders, spend, tenure) of b0, b1, ...: among ten small buyers, so that a spend above 10 scores high."""
    recency, orders, spend, tenure = zip(*rows, *[(10, 1, 10.0, 200)] * 10, strict=True)
    made = people(recency, orders, spend).assign(tenure_days=np.array(tenure, dtype=float))
    made["last_order"] = pd.Timestamp(DAY) - pd.to_timedelta(made["recency_days"].astype(int), unit="D")
    return made


def first(named: dict[str, str], n: int) -> list[str]:
    return [named[f"c{place:03d}"] for place in range(n)]


class TestBehaviour:  # mission 77
    def test_each_class_and_the_order_of_those_that_overlap(self):
        made = buyers(
            (5, 9, 900.0, 30), (5, 9, 5.0, 500), (5, 1, 5.0, 30), (5, 1, 5.0, 500), (200, 9, 5.0, 500)
        )
        named = first(labelled(made, "behaviour", RULES), 5)
        assert named == ["high_value", "loyal", "new", "low_value", "low_value"]

    def test_flags_overlap_and_the_declared_order_decides(self):  # T8
        made = buyers((5, 9, 900.0, 30))
        flags = schemes.flags(case_of(made, RULES)).iloc[0]
        assert flags[["high_value", "loyal", "new", "low_value"]].tolist() == [True, True, True, False]
        for order in (
            ("loyal", "new", "high_value", "low_value"),
            ("new", "loyal", "high_value", "low_value"),
        ):
            rules = SchemeRules(lapse_by="days", frequent_orders=5, behaviour_order=order)
            assert labelled(made, "behaviour", rules)["c000"] == order[0]

    def test_an_order_that_hides_a_class_is_refused(self):
        with pytest.raises(SettingsError, match="behaviour_order: expected"):
            SchemeRules(behaviour_order=("low_value", "new", "loyal", "high_value"))

    def test_orders_before_the_registration_are_not_told_as_placed_since(self):
        made = buyers((84, 8, 5.0, 26), (5, 8, 5.0, 500))
        made["first_order"] = pd.Timestamp(DAY) - pd.Timedelta(days=300)
        told = schemes.label(case_of(made, RULES, as_of=DAY)).query("scheme == 'behaviour'")["reason"]
        assert told.iloc[0] == "orders: 8; days since the last: 84; spend score 1"
        assert "; days as a customer: 500; " in told.iloc[1]


class TestCase4:  # mission 78
    def test_each_class(self):
        made = buyers((200, 9, 900.0, 20), (5, 9, 900.0, 20), (5, 9, 900.0, 500), (5, 9, 5.0, 500))
        assert first(labelled(made, "case4", RULES), 4) == ["lapsed", "new", "high_spender", "ordinary"]

    def test_borders_of_silence_and_of_being_new(self):
        made = buyers((90, 1, 5.0, 500), (91, 1, 5.0, 500), (5, 1, 5.0, 89), (5, 1, 5.0, 90))
        assert first(labelled(made, "case4", RULES), 4) == ["ordinary", "lapsed", "new", "ordinary"]


class TestFrequency:  # mission 79, 80
    def test_each_class_of_both_variants(self):  # T7
        made = pd.concat([buyers((5, 5, 5.0, 9), (5, 4, 5.0, 9), (5, 1, 5.0, 9)), apart("p", "prospect")])
        assert first(labelled(made, "frequency", RULES), 3) == ["high", "low", "low"]
        assert first(labelled(made, "frequency_once", RULES), 3) == ["high", "repeat", "once"]
        assert (
            labelled(made, "frequency", RULES)["p"]
            == labelled(made, "frequency_once", RULES)["p"]
            == "prospect"
        )

    def test_one_order_is_once_even_where_one_is_many(self):
        made = people([1, 2, 3], [1, 1, 2], [5.0, 5.0, 5.0])
        assert set(labelled(made, "frequency_once", SchemeRules(frequent_orders=1)).values()) == {
            "once",
            "high",
        }


class TestTenure:  # mission 81
    def test_each_class(self):
        made = buyers(
            (5, 9, 5.0, 365), (5, 9, 5.0, 364), (5, 1, 5.0, 90), (5, 9, 5.0, 89), (5, 9, 5.0, np.nan)
        )
        assert first(labelled(made, "tenure", RULES), 5) == ["loyal", "regular", "casual", "new", "unknown"]


class TestLoyalty:  # mission 82
    def test_each_class_by_orders_alone(self):
        made = buyers((5, 2, 5.0, 9), (5, 1, 5.0, 9), (91, 9, 5.0, 9))
        assert first(labelled(made, "loyalty", RULES), 3) == ["loyal", "ordinary", "at_risk"]

    def test_answers_part_those_who_were_asked(self):
        made = buyers(*[(5, 2, 5.0, 9)] * 4)
        feedback = pd.DataFrame({"customer_id": ["c000", "c001", "c002"], "recommend": [9.0, 8.0, 6.0]})
        named = first(labelled(made, "loyalty", RULES, feedback=feedback), 4)
        assert named == ["loyal", "ordinary", "at_risk", "loyal"]


class TestRules002:
    def facts(self, age, registered, satisfaction) -> dict:
        ids = [f"c{place:03d}" for place in range(len(age))]
        customers = pd.DataFrame({"customer_id": ids, "age": pd.Series(age, dtype="str")})
        customers["registered_on"] = pd.to_datetime(registered)
        answers = pd.DataFrame({"customer_id": ids, "satisfaction": satisfaction}).dropna()
        return {"customers": customers, "feedback": answers, "as_of": DAY}

    # mission 86
    def test_bands_are_of_whole_years_with_both_ends(self):  # T18
        made = buyers(*[(5, 3, 5.0, 9)] * 6, (5, 4, 5.0, 9))
        facts = self.facts(
            ["24", "25", "35", "36", None, "30", "30"],
            ["2024-12-01"] * 5 + ["2024-01-01", "2024-12-01"],
            [5.0] * 7,
        )
        named = first(labelled(made, "rules002", RULES, **facts), 7)
        assert named == ["no_rule", "potential", "potential", "no_rule", "no_rule", "no_rule", "no_rule"]

    # mission 85
    @pytest.mark.parametrize(("window", "first_day"), [("90 days", "2024-04-20"), ("3 months", "2024-04-21")])
    def test_golden_days_of_the_two_windows(self, window, first_day):  # T16
        """C002 of document 002 last ordered on 2024-01-20."""
        made = people([0], [12], [8000.0]).assign(last_order=pd.Timestamp("2024-01-20"))
        facts = self.facts(["35"], ["2023-05-01"], [3.5])
        for day in pd.date_range("2024-04-17", "2024-04-24"):
            made["recency_days"] = (day - made["last_order"]).dt.days
            named = labelled(
                made, "rules002", SchemeRules(rules_window=window), **(facts | {"as_of": day.date()})
            )
            assert named["c000"] == ("churn_risk" if day >= pd.Timestamp(first_day) else "no_rule"), day

    def test_and_or_and_who_was_never_asked(self):  # T17
        made = buyers((200, 1, 5.0, 900), (200, 1, 5.0, 900), (200, 1, 5.0, 900), (5, 1, 5.0, 900))
        facts = self.facts(["50"] * 4, ["2020-01-01"] * 4, [3.8, 3.5, np.nan, 2.0])
        both = first(labelled(made, "rules002", SchemeRules(rules_join="and"), **facts), 4)
        either = first(labelled(made, "rules002", SchemeRules(rules_join="or"), **facts), 4)
        assert both == ["no_rule", "churn_risk", "no_rule", "no_rule"]
        assert either == ["churn_risk"] * 4

    def test_a_window_that_cannot_be_read_is_refused(self):
        with pytest.raises(
            SettingsError,
            match="rules_window: expected as 90 days or 3 months, at most a century, got '3 weeks'",
        ):
            SchemeRules(rules_window="3 weeks")


def test_reasons_hold_the_numbers_that_decided():
    made = buyers((12, 3, 5.0, 90), (200, 1, 5.0, np.nan))
    reasons = schemes.label(case_of(made, RULES)).set_index(["customer_id", "scheme"])["reason"]
    assert reasons["c000", "behaviour"] == "orders: 3; days since the last: 12; days as a customer: 90; spend score 1"
    assert reasons["c001", "behaviour"] == "orders: 1; days since the last: 200; spend score 1"
    assert reasons["c000", "tenure"] == "days as a customer: 90; orders: 3"


def test_leaving_can_be_told_by_the_lifetime_model():  # mission 88
    made = buyers((300, 1, 5.0, 900), (1, 1, 5.0, 900))
    value = made[["customer_id"]].assign(p_alive=[0.9, 0.49] + [1.0] * 10, clv=1.0)
    rules = SchemeRules(lapse_by="p_alive", frequent_orders=5)
    assert first(labelled(made, "case4", rules, value=value), 2) == ["ordinary", "lapsed"]
    assert "case4" not in set(
        schemes.label(case_of(made, rules))["scheme"]
    )  # without the model, not computed
