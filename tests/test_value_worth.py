"""Lifetime value by hand, its classes, what it rests on, and thin data."""

import buyers_made
import numpy as np
import pandas as pd
import pytest

from custkit import schema
from custkit.errors import SettingsError, TableError
from custkit.settings import LifetimeRules
from custkit.value import models, money, worth


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """600 made buyers, one of them new, a prospect, and one who only sent something back."""
    made = buyers_made.histories(600, seed=11)
    made.loc[0, ["repeat_orders", "active_days", "age_days", "recency_days"]] = [0, 0, 5, 5]
    extra = [buyers_made.apart(), buyers_made.apart("ret", "refunds_only")]
    return pd.concat([made, *extra], ignore_index=True)


@pytest.fixture(scope="module")
def fits(people) -> worth.Fits:
    return worth.fit(people)


class TestLifetimeRules:
    @pytest.mark.parametrize(
        ("name", "given"),
        [
            ("lifetime_model", "pareto"),
            ("horizon_days", 0),
            ("clv_margin", 0.0),
            ("discount_rate", -0.1),
            ("holdout_days", -1),
            ("lifetime_age_days", -1),
            ("lifetime_repeaters", 3),
        ],
    )
    def test_refuse_what_makes_no_sense(self, name, given):
        with pytest.raises(SettingsError, match=name):
            LifetimeRules(**{name: given})


class TestFit:
    def test_says_what_is_left_of_an_order_and_what_is_earned(self, people):
        costed = people.assign(gross_spend=people["spend"] * 1.25, margin=people["spend"] * 0.3)
        fits = worth.fit(costed, LifetimeRules(clv_margin=0.9))
        assert (fits.kept_share, fits.margin_share) == pytest.approx((0.8, 0.3))
        assert fits.margin_known
        partly = costed.assign(margin=costed["margin"].where(costed["customer_id"] != "c000001"))
        assert worth.fit(partly, LifetimeRules(clv_margin=0.9)).margin_share == 0.9

    def test_only_buyers_have_a_say_and_row_order_none(self, people, fits):
        alone = worth.fit(people[people["status"] == "buyer"][::-1])
        assert alone.orders.parameters.tolist() == fits.orders.parameters.tolist()
        assert alone.kept_share == fits.kept_share

    def test_names_a_missing_column(self, people):
        with pytest.raises(TableError, match="gross_spend"):
            worth.fit(people.drop(columns="gross_spend"))


class TestValue:
    def test_is_orders_times_money_times_what_is_left(self, people):
        costed = people.assign(gross_spend=people["spend"] * 1.25)
        rules = LifetimeRules(discount_rate=0.0, clv_margin=0.5)
        fits = worth.fit(costed, rules)
        one = worth.value(costed, fits, rules).query("customer_id == 'c000007'").iloc[0]
        own = costed[costed["customer_id"] == "c000007"]
        x, active, age = (int(own[name].item()) for name in ("repeat_orders", "active_days", "age_days"))
        alive = models.p_alive(fits.orders.parameters, "bg_nbd", [x], [active], [age])[0]
        orders = alive * models.orders_ahead(fits.orders.parameters, "bg_nbd", [x], [age], 365)[0][0]
        each = money.expected(fits.money, [x], own["mean_repeat_spend"])[0]
        assert (one["p_alive"], one["expected_orders"]) == pytest.approx((alive, orders), abs=1e-6)
        assert one["clv"] == pytest.approx(orders * each * 0.8 * 0.5, rel=1e-4)
        assert one["clv_low"] < one["clv"] < one["clv_high"]
        assert np.isnan(one["churn_risk"])

    def test_everyone_once_sorted_and_the_unknown_stays_empty(self, people, fits):
        before = people.copy()
        value = worth.value(people[::-1], fits)
        pd.testing.assert_frame_equal(value, worth.value(people, fits))
        pd.testing.assert_frame_equal(people, before)
        assert list(value.columns) == list(schema.TABLES["value"])
        assert value["customer_id"].tolist() == sorted(people["customer_id"])
        assert value["basis"].value_counts().to_dict() == {"bg_nbd": 599, "insufficient": 3}
        apart = value[value["customer_id"].isin(["pro", "ret"])]
        assert apart.drop(columns=["customer_id", "basis"]).isna().all(axis=None)

    def test_a_newcomer_has_a_chance_but_no_value(self, people, fits):
        new = worth.value(people, fits).query("customer_id == 'c000000'").iloc[0]
        assert (new["p_alive"], new["basis"]) == (1.0, "insufficient")
        assert np.isnan(new["clv"])
        known = worth.value(people, fits, LifetimeRules(lifetime_age_days=0)).query(
            "customer_id == 'c000000'"
        )
        assert known["clv"].item() > 0

    def test_a_region_has_the_values_of_the_whole(self, people, fits):
        region = people.iloc[100:160]
        whole = worth.value(people, fits).set_index("customer_id").loc[region["customer_id"]].reset_index()
        pd.testing.assert_frame_equal(worth.value(region, fits), whole)

    def test_a_wider_interval_where_fewer_customers_speak(self, people, fits):
        few = worth.fit(people.head(120))
        widths = [
            (told["clv_high"] / told["clv_low"]).median()
            for told in (worth.value(people, made) for made in (fits, few))
        ]
        assert 1 < widths[0] < widths[1]

    @pytest.mark.slow
    def test_an_interval_is_that_of_resampled_customers(self, people, fits):
        told = worth.value(people, fits)
        draws = [people.sample(len(people), replace=True, random_state=seed) for seed in range(40)]
        again = np.array([np.log(worth.value(people, worth.fit(draw))["clv"]) for draw in draws])
        width = np.log(told["clv_high"] / told["clv_low"]) / (2 * 1.96)
        ratio = (np.std(again, axis=0) / width).dropna()
        assert ratio.median() == pytest.approx(1, abs=0.35)
        # Ends added up are those of a sum whose parts err together: at least as far apart as those of the sum itself.
        totals = np.nansum(np.exp(again), axis=1)
        low, high = (np.log(told[end].sum() / told["clv"].sum()) for end in ("clv_low", "clv_high"))
        assert np.std(np.log(totals)) <= (high - low) / (2 * 1.96)

    @pytest.mark.parametrize(
        ("rules", "n", "note"),
        [(LifetimeRules(lifetime_model="none"), 600, "not_asked"), (LifetimeRules(), 20, "few_repeaters")],
    )
    def test_without_a_model_what_was_brought_stands(self, people, rules, n, note):
        some = people.iloc[1 : n - 1]
        fits = worth.fit(some, rules)
        value = worth.value(some, fits, rules)
        assert set(value["basis"]) == {"historic"}
        assert value["clv"].tolist() == some["spend"].round(4).tolist()
        assert value[["p_alive", "expected_orders", "clv_low"]].isna().all(axis=None)
        assert worth.fitted(fits)["model_note"].iloc[0] == note

    def test_spend_without_order_lines_is_historic(self, people):
        given = people.assign(age_days=pd.NA, active_days=pd.NA, repeat_orders=0, mean_repeat_spend=np.nan)
        given = given.astype({"age_days": "Int64", "active_days": "Int64"})
        value = worth.value(given, worth.fit(given))
        assert value.loc[value["customer_id"] == "c000003", "basis"].item() == "historic"

    @pytest.mark.parametrize("n", [0, 1, 10])
    def test_few_or_none_give_a_table(self, people, n):
        some = people.iloc[:n]
        value = worth.value(some, worth.fit(some))
        assert len(value) == n
        assert list(worth.fitted(worth.fit(some)).columns) == list(schema.TABLES["value_models"])
        assert worth.alive_map(some, value).empty
        assert worth.bases(value, some)["customers"].sum() == n

    def test_mbg_nbd_lets_one_time_buyers_go(self, people):
        rules = LifetimeRules(lifetime_model="mbg_nbd")
        value = worth.value(people, worth.fit(people, rules), rules)
        once = people.loc[(people["repeat_orders"] == 0) & (people["age_days"] > 100), "customer_id"]
        assert (value.loc[value["customer_id"].isin(once), "p_alive"] < 1).all()
        assert set(value["basis"]) == {"mbg_nbd", "insufficient"}


class TestTables:
    def test_models_stand_in_one_table(self, fits):
        table = worth.fitted(fits)
        assert table["parameter"].tolist()[:7] == ["r", "alpha", "a", "b", "p", "q", "v"]
        assert table.loc[table["parameter"] == "margin_share", "model_note"].item() == "assumed"
        assert table["converged"].all()

    def test_bases_add_up(self, people, fits):
        value = worth.value(people, fits)
        bases = worth.bases(value, people)
        assert bases["customers"].sum() == len(people)
        assert bases["clv"].sum() == pytest.approx(value["clv"].sum(), abs=0.01)

    def test_the_map_counts_everyone_whose_chance_is_known(self, people, fits):
        value = worth.value(people, fits)
        alive = worth.alive_map(people, value)
        assert alive["customers"].sum() == value["p_alive"].notna().sum()
        assert alive["mean_p_alive"].between(0, 1).all()
        assert alive["recency_from"].nunique() <= 10
        assert set(alive["repeat_group"]) <= {*"0123456", "7+"}
        pd.testing.assert_frame_equal(alive, worth.alive_map(people[::-1], value[::-1]))
