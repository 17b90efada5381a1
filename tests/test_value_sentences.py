"""The sentences about value: which are said when, and that each can be made again from its table."""

import pandas as pd
import pytest
from test_value_holdout import checked, made

from custkit import findings as found
from custkit.settings import LifetimeRules
from custkit.value import concentration, sentences, worth


def tables_of(then, now, rules=LifetimeRules()) -> dict[str, pd.DataFrame]:
    fits = worth.fit(now, rules)
    value = worth.value(now, fits, rules)
    return {
        "value": value,
        "value_bases": worth.bases(value, now),
        "value_models": worth.fitted(fits),
        "value_concentration": concentration.concentration(now, value),
        **checked(then, now, rules),
    }


def said(tables, rules=LifetimeRules()) -> pd.DataFrame:
    stated = found.frame("03", sentences.findings(tables, "EUR", rules))
    assert found.recompute(stated, tables.__getitem__).empty
    assert stated["key"].str.startswith("value_").all()
    return stated.set_index(stated["key"].str.removeprefix("value_"))


class TestFindings:
    def test_tell_value_and_what_came_and_can_be_made_again(self):
        stated = said(tables_of(*made()))
        keys = {"expected", "alive", "once_alive", "top", "predicted", "same_pace", "returned", "newcomers"}
        assert keys | {"plain_best", "lifetime_ranked", "scheme_best"} <= set(stated.index)
        assert "EUR" in stated.loc["expected", "text_en"]
        assert "2025-07-02" in stated.loc["predicted", "text_zh"]

    def test_say_how_many_rankings_are_worse(self):
        tables = tables_of(*made())
        worse = int((tables["holdout_ranking"]["verdict"] == "worse_than_plain").sum())
        assert f"{worse} (" in said(tables).loc["worse", "text_en"]
        tables["holdout_ranking"] = tables["holdout_ranking"].replace("worse_than_plain", "like_plain")
        assert "none_worse" in said(tables).index
        few = tables["holdout_ranking"].replace({"verdict": {"like_plain": "few_after"}})
        assert "few_after" in said(tables | {"holdout_ranking": few}).index

    @pytest.mark.parametrize(
        ("rules", "key"),
        [
            (LifetimeRules(lifetime_model="none"), "historic_not_asked"),
            (LifetimeRules(lifetime_repeaters=5000), "historic_few_repeaters"),
        ],
    )
    def test_say_why_nothing_is_forecast(self, rules, key):
        stated = said(tables_of(*made(), rules), rules)
        assert {key, "brought", "no_past_model"} <= set(stated.index)
        assert not {"expected", "alive", "predicted", "once_alive"} & set(stated.index)

    def test_mbg_nbd_makes_no_excuse_for_one_time_buyers(self):
        rules = LifetimeRules(lifetime_model="mbg_nbd")
        assert "once_alive" not in said(tables_of(*made(), rules), rules).index

    @pytest.mark.parametrize(
        ("parameter", "column", "given", "key"),
        [
            ("r", "model_note", "at_limit", "at_limit"),
            ("q", "value", 0.9, "heavy_tail"),
            ("margin_share", "value", 0.4, "earned_assumed"),
            ("margin_share", "model_note", "from_costs", "earned_from_costs"),
        ],
    )
    def test_say_what_must_be_known_of_the_models(self, parameter, column, given, key):
        tables = tables_of(*made())
        models = tables["value_models"].replace({"model_note": {"at_limit": ""}})
        tables["value_models"] = models.copy()
        models.loc[models["parameter"] == parameter, column] = given
        assert key not in said(tables).index
        assert key in said(tables | {"value_models": models}).index

    @pytest.mark.parametrize(
        ("correlation", "p_value", "key"),
        [
            (0.3, 0.001, "linked_high"),
            (-0.3, 0.001, "linked_low"),
            (0.3, 0.2, "not_linked"),
            (0.05, 0.0, "not_linked"),
        ],
    )
    def test_say_whether_number_and_size_of_orders_hang_together(self, correlation, p_value, key):
        tables = tables_of(*made())
        models = tables["value_models"].copy()
        for parameter, number in (("correlation", correlation), ("p_value", p_value)):
            models.loc[models["parameter"] == parameter, "value"] = number
        assert key in said(tables | {"value_models": models}).index

    def test_of_nobody_one_sentence(self):
        then, now = made()
        assert said(tables_of(then.tail(1), now.tail(1))).index.tolist() == ["nobody"]

    @pytest.mark.parametrize("n", [1, 2, 10])
    def test_of_few_customers_what_is_said_holds(self, n):
        assert "historic_few_repeaters" in said(tables_of(*made(n))).index

    def test_without_a_past_one_sentence_says_so(self):
        then, now = made()
        stated = said(tables_of(then[:0], now))
        assert "no_split" in stated.index
        assert not {"returned", "predicted", "plain_best"} & set(stated.index)
