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


def said(tables, rules=LifetimeRules(), **more) -> pd.DataFrame:
    stated = found.frame("03", sentences.findings(tables, "EUR", rules, **more))
    assert found.recompute(stated, tables.__getitem__).empty
    assert stated["key"].str.startswith("value_").all()
    return stated.set_index(stated["key"].str.removeprefix("value_"))


class TestFindings:
    def test_tell_value_and_what_came_and_can_be_made_again(self):
        tables = tables_of(*made())
        stated = said(tables)
        keys = {
            "expected",
            "interval",
            "alive",
            "once_alive",
            "top",
            "predicted",
            "of_once",
            "returned",
            "newcomers",
        }
        assert keys | {"plain_best", "lifetime_ranked", "scheme_best"} <= set(stated.index)
        assert stated.index.str.startswith("nearer_").sum() == 2
        assert "EUR" in stated.loc["expected", "text_en"]
        value = tables["value"]
        low, high = (f"{value[end].sum():,.0f}" for end in ("clv_low", "clv_high"))
        assert f"lies between {low} and {high} EUR" in stated.loc["interval", "text_en"]
        assert "2025-07-02" in stated.loc["predicted", "text_zh"]

    def test_say_how_many_rankings_are_worse(self):
        tables = tables_of(*made())
        ranking = tables["holdout_ranking"]
        best = ranking["best_plain"].iloc[0]
        worse = int((ranking["verdict"] == "worse_than_plain").sum())
        assert f": {worse} (" in said(tables).loc[f"worse_{best}", "text_en"]
        people = ranking[ranking["verdict"] == "worse_than_plain"].tail(1).assign(scheme="geography")
        more = tables | {"holdout_ranking": pd.concat([ranking, people], ignore_index=True)}
        assert f": {worse} (" in said(more).loc[f"worse_{best}", "text_en"]
        tables["holdout_ranking"] = ranking.replace("worse_than_plain", "like_plain")
        assert f"none_worse_{best}" in said(tables).index
        few = tables["holdout_ranking"].replace({"verdict": {"like_plain": "few_after"}})
        assert "few_after" in said(tables | {"holdout_ranking": few}).index

    @pytest.mark.parametrize("side", ["worse", "better", "alike"])
    def test_say_what_is_left_once_groups_are_as_many(self, side):
        tables = tables_of(*made())
        ranking = tables["holdout_ranking"].replace(
            {"verdict_same_groups": {"worse_than_plain": "like_plain"}}
        )
        other = ranking["verdict_same_groups"] == "like_plain"
        first = other & ~other.shift(fill_value=False).cummax()
        if side != "alike":
            ranking.loc[first, "verdict_same_groups"] = f"{side}_than_plain"
        stated = said(tables | {"holdout_ranking": ranking})
        told = stated.index[stated.index.str.startswith("same_groups")]
        assert told.tolist() == [f"same_groups_{side}"]
        number = other.sum() if side == "alike" else 1
        assert str(number) in stated.loc[told[0], "text_en"]

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
        assert not {"expected", "interval", "alive", "predicted", "once_alive"} & set(stated.index)

    def test_count_as_gone_only_who_came_back_where_the_model_lets_nobody_else_go(self):
        tables = tables_of(*made())
        alive = tables["value"]["p_alive"].dropna()
        stated = said(tables)
        assert (
            f"{(alive < 0.5).sum() / (alive < 1).sum():.0%} of those who came back"
            in stated.loc["alive", "text_en"]
        )
        assert f"one day only: {(alive == 1).sum()} (" in stated.loc["once_alive", "text_en"]

    @pytest.mark.parametrize(("expected", "nearer"), [(90.0, "model"), (300.0, "pace")])
    def test_say_which_of_model_and_pace_came_nearer(self, expected, nearer):
        tables = tables_of(*made())
        models = tables["holdout_models"].assign(expected=expected, same_pace=150.0, actual=100)
        stated = said(tables | {"holdout_models": models})
        assert {f"nearer_{nearer}_all", f"nearer_{nearer}_repeat"} <= set(stated.index)
        once = models.loc[models["repeat_orders"] == 0, "customers"].item()
        assert (
            f"({once}), orders expected by the model: {expected:.0f}; came: 100."
            in stated.loc["of_once", "text_en"]
        )

    def test_mbg_nbd_makes_no_excuse_for_one_time_buyers(self):
        rules = LifetimeRules(lifetime_model="mbg_nbd")
        stated = said(tables_of(*made(), rules), rules)
        assert "alive_any" in stated.index
        assert not {"alive", "once_alive"} & set(stated.index)

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
        ("correlation", "p_value", "customers", "key"),
        [
            (0.3, 0.001, 400, "linked_high"),
            (-0.3, 0.001, 400, "linked_low"),
            (0.3, 0.2, 400, "link_unknown"),
            (0.63, 0.06, 8, "link_unknown"),
            (0.0, 1.0, 8, "link_unknown"),
            (0.0, 1.0, 400, "not_linked"),
            (0.05, 0.0, 400, "not_linked"),
            (0.05, 0.3, 400, "not_linked"),
        ],
    )
    def test_say_whether_number_and_size_of_orders_hang_together(self, correlation, p_value, customers, key):
        tables = tables_of(*made())
        models = tables["value_models"].copy()
        models.loc[models["model"] == "money", "customers"] = customers
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

    def test_where_nobody_had_ordered_by_the_split_that_is_said(self):
        then, now = made()
        stated = said(tables_of(then[:0], now), split="2025-07-02")
        assert "nobody here had ordered by 2025-07-02" in stated.loc["nobody_then", "text_en"]
        assert "no_split" not in stated.index
