"""What is said of schemes is the rule in use, and names somebody to whom it applies."""

import pandas as pd
import pytest
from customers import apart, case_of, people

from custkit import schemes, scores
from custkit.schemes import people as people_schemes
from custkit.schemes import segment_map
from custkit.settings import SchemeRules
from custkit.words import Words

EN = Words("en")


class TestDefinitions:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    @pytest.mark.parametrize("scheme", list(schemes.SCHEMES))
    def test_tell_the_rule_of_each_label(self, scheme, lang):
        words = Words(lang)
        table = schemes.definitions(scheme, words)
        if scheme == "geography":
            assert table.empty  # places are the data's own
            return
        own = {
            "segment_map": segment_map.names(segment_map.shipped()),
            "basic": people_schemes.basic_labels(SchemeRules()),
        }
        ours = schemes.SCHEMES[scheme].labels or own[scheme]
        apart = () if schemes.SCHEMES[scheme].of_everyone else schemes.UNSCORED
        assert table["label"].tolist() == [*ours, *apart]
        assert table["definition"].str.len().min() > 3
        assert all(words.label(scheme, label) != label for label in table["label"])

    def test_tell_a_users_map_by_its_bounds(self):
        own = segment_map.shipped().assign(segment="ours")[:2]
        table = schemes.definitions("segment_map", EN, segments=own).set_index("label")
        told = "recency 4-5, orders 4-5, spend 4-5; recency 4-5, orders 4-5, spend 1-3"
        assert table.loc["ours", "definition"] == told

    def test_follow_the_settings(self):
        table = schemes.definitions("tier3", EN, SchemeRules(tier_high=4.5)).set_index("label")
        assert table.loc["high", "definition"] == "4.5 points or more of 5"

    def test_tell_the_borders_in_use_whatever_the_rules_would_have_found(self):
        rules = SchemeRules(lapse_by="days", lapse_days=30, abc_shares=(0.3, 0.5))
        cuts = pd.concat([scores.bounds(scores.LAPSE, [218.94]), scores.bounds(scores.ABC, [10, 99.5])])

        def told(scheme):
            return schemes.definitions(scheme, EN, rules, cuts=cuts).set_index("label")["definition"]

        assert told("case4")["lapsed"] == "has left (no order for more than 218.9 days)"
        assert told("abc")[["a", "b", "c"]].tolist() == [
            "spend above 99.50",
            "spend above 10.00, up to 99.50",
            "spend of 10.00 or less",
        ]
        assert told("value3")["high"] == "highest of three by lifetime value (thirds of the customers)"


class TestExplained:
    def test_an_example_is_the_reason_of_somebody_so_called(self):
        made = pd.concat([people(range(5), [1, 2, 3, 4, 5], [9.0, 8, 7, 6, 5]), apart("pro", "prospect")])
        rules = SchemeRules(tier_high=4.2)
        labels = schemes.label(case_of(made, rules))
        table = schemes.explained(labels, ["tier3", "value3"], EN, rules)
        assert set(table["scheme"]) == {"tier3"}  # of value3 nothing is known
        assert set(table["label"]) == set(labels.query("scheme == 'tier3'")["label"])
        table = table.set_index("label")
        assert table.loc["high"].tolist() == [
            "tier3",
            "4.2 points or more of 5",
            "4.25 points: spend 5, regularity 3.0",
        ]
        assert table.loc["potential", "example"] in set(labels.query("label == 'potential'")["reason"])
        assert table.loc["prospect", "example"] == "no order that counts yet"

    def test_without_labels_there_is_nothing_to_explain(self):
        labels = schemes.label(case_of(people([1], [1], [1.0])))
        assert schemes.explained(labels[:0], ["tier3"], EN).empty


class TestRegistryTable:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_tells_rule_source_columns_and_settings(self, lang):
        table = schemes.registry_table(case_of(people([1, 2], [1, 2], [5.0, 6.0]), lang=lang))
        assert table["scheme"].tolist() == list(schemes.SCHEMES)
        assert not (table.drop(columns="unmet") == "").any(axis=None)

    def test_tells_what_would_switch_a_scheme_on(self):
        table = schemes.registry_table(case_of(people([1, 2], [1, 2], [5.0, 6.0]))).set_index("scheme")
        computed = table.index[table["is_computed"]]
        assert set(computed) == set(schemes.label(case_of(people([1, 2], [1, 2], [5.0, 6.0])))["scheme"])
        assert table.loc["value3", "unmet"] == "value.clv"
        assert table.loc["basic", "unmet"] == "customers.age|customers.gender"
        assert table.loc["rules002", "unmet"].startswith("as_of, customers.age")
