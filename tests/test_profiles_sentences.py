"""The sentences of 02: each holds against its table, and none is said where there is nothing to say."""

import datetime

import pandas as pd
import pytest

from custkit import findings, profiles
from custkit.profiles import people, sentences, spread
from custkit.settings import ProfileRules

FIRST, LAST = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-03-10")


def tables(n: int, *, timed: bool = True, known: bool = False) -> dict[str, pd.DataFrame]:
    """The tables of ``n`` buyers in two regions: buyer i has spent i, on one to three orders; the first sent all back."""
    ids = [f"c{number:03d}" for number in range(n)]
    orders = [number % 3 + 1 for number in range(n)]
    spend = [float(number) for number in range(n)]
    months = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])
    features = pd.DataFrame(
        {
            "customer_id": ids,
            "region": ["North" if number % 2 else "South" for number in range(n)],
            "first_order": pd.to_datetime(["2024-01-05"] * n),
            "last_order": pd.to_datetime(["2024-03-10"] * n),
            "n_orders": orders,
            "spend": spend,
            "gross_spend": [value or 5.0 for value in spend],
            "n_refunds": [0 if value else 1 for value in spend],
            "age_days": 65,
            "avg_order_value": [value / count for value, count in zip(spend, orders, strict=True)],
            "median_gap_days": [20.0 if count > 1 else None for count in orders],
            "status": "buyer",
        }
    ).astype({"median_gap_days": "float64"})
    periods = pd.DataFrame(
        {
            "customer_id": ids * 3,
            "month": months.repeat(n),
            "n_orders": [int(count > place) for place in range(3) for count in orders],
            "spend": spend + [0.0] * 2 * n,
        }
    )
    mix = pd.DataFrame(
        {
            "customer_id": ids,
            "dimension": "weekday_hour",
            "level": [f"{number % 6 + 1}-{'10' if timed else ''}" for number in range(n)],
            "lines": 1,
            "spend": spend,
        }
    ).astype({"level": "str"})
    if known:
        channels = mix.assign(dimension="channel", level="web")
        mix = pd.concat([mix, channels], ignore_index=True)
    products = pd.DataFrame(
        {
            "product_id": ["p1", "p2"],
            "product": ["tea", "cup"],
            "region": "North",
            "customers": [2, 1],
            "n_orders": [2, 1],
            "quantity": [3.0, 1.0],
            "spend": [30.0, 10.0],
        }
    )
    products = products if known else products.iloc[:0]
    customers = pd.DataFrame({"customer_id": ids, **({"gender": "F"} if known else {})})
    made = {
        "overview": profiles.overview(features, products),
        "regions": profiles.by_region(features),
        "months": profiles.monthly(periods, features, first_day=FIRST, last_day=LAST),
        "weekdays": profiles.weekdays(mix),
        "hours": profiles.rhythm(mix),
        "products": profiles.products(products),
        "levels": profiles.levels(mix),
        "people": people.people(people.facts(customers, features, as_of=datetime.date(2024, 3, 10))),
        "amounts": spread.amounts(features),
        "repeat": spread.repeat(features),
        "concentration": spread.concentration(features, ProfileRules()),
        "inequality": spread.inequality(features),
    }
    return {f"profile_{name}": table for name, table in made.items()}


def said(made: dict[str, pd.DataFrame]) -> dict[str, str]:
    """English sentences by key without the prefix; of several with one key, the last."""
    stated = sentences.findings(made, currency="GBP")
    return {
        key.removeprefix("profile_"): text for key, text in zip(stated["key"], stated["text_en"], strict=True)
    }


class TestFindings:
    @pytest.mark.parametrize("n", [0, 1, 2, 19, 40, 120])
    @pytest.mark.parametrize("known", [True, False])
    def test_each_can_be_computed_again(self, n, known):
        made = tables(n, known=known)
        stated = sentences.findings(made, currency="GBP")
        assert findings.recompute(stated, made.__getitem__).empty

    def test_a_changed_table_is_found_out(self):
        made = tables(40)
        stated = sentences.findings(made, currency="")
        made["profile_repeat"] = made["profile_repeat"].assign(buyers=1)
        assert set(findings.recompute(stated, made.__getitem__)["table"]) == {"profile_repeat"}

    def test_the_partial_month_is_said(self):
        assert "2024-03 is not complete: days of it in the data: 10." in said(tables(40))["partial_month"]

    def test_a_short_history_makes_no_season(self):
        assert said(tables(40))["short_history"].startswith("Complete months: 2. That is too few")

    def test_a_weekday_without_a_line_is_said(self):
        assert said(tables(40))["quiet_day"] == "No order line falls on a Sunday."

    def test_without_a_time_of_day_there_is_a_sentence_instead(self):
        sentences = said(tables(40, timed=False))
        assert "no_hours" in sentences
        assert "busiest_hour" not in sentences

    def test_spend_at_zero_is_said_with_the_gini(self):
        assert "left at zero: 1; below zero: 0" in said(tables(40))["gini_floored"]

    def test_few_buyers_get_no_medians(self):
        sentences = said(tables(19))
        assert "few_buyers" in sentences
        assert not {"spend", "order_value", "top_buyers", "gini", "busiest_day"} & set(sentences)

    def test_a_top_share_of_few_buyers_is_not_stated(self):
        stated = sentences.findings(tables(40), currency="GBP")
        top = stated[stated["key"] == "profile_top_buyers"]
        assert top["filter"].str.contains("0.2").tolist() == [True]

    def test_what_is_missing_is_said_with_what_would_bring_it(self):
        sentences = said(tables(40))
        assert "`orders.channel`" in sentences["no_channel"]
        assert "`customers`" in sentences["no_people"]
        assert "`orders.product_id`" in sentences["no_products"]

    def test_what_is_known_is_not_called_missing(self):
        sentences = said(tables(40, known=True))
        assert sentences["top_level"].startswith("By channel, web brings most: 100.0% of spend")
        assert sentences["people"].startswith("By gender, the largest group is F: 100.0% of those")
        assert sentences["top_product"].startswith("tea is the product that brings most: 30 GBP")
        assert not {"no_channel", "no_people", "no_products"} & set(sentences)

    def test_a_fact_known_of_very_few_is_not_told_of_them(self):
        made = tables(40, known=True)
        made["profile_people"] = made["profile_people"].assign(known=4)
        sentences = said(made)
        assert sentences["few_known"].startswith("Facts known of fewer than 5 customers")
        assert "people" not in sentences

    def test_where_most_spend_names_none_the_largest_is_that_of_the_named(self):
        made = tables(40, known=True)
        named = made["profile_levels"].assign(share_of_spend=0.01)
        unnamed = named.assign(level="(none)", rank=2, share_of_spend=0.99)
        made["profile_levels"] = pd.concat([named, unnamed], ignore_index=True)
        sentences = said(made)
        assert "top_level" not in sentences
        assert sentences["top_level.few_named"].startswith(
            "Most spend names no channel. Of what is named, web"
        )

    def test_facts_without_an_age_say_how_to_bring_one(self):
        assert "`customers.birth_date`" in said(tables(40, known=True))["no_age"]
        assert "no_age" not in said(tables(40))

    def test_nobody_is_said_to_be_nobody(self):
        assert set(said(tables(0))) == {
            "no_buyers",
            "no_months",
            "no_products",
            "no_channel",
            "no_category",
            "no_people",
        }

    def test_without_a_currency_amounts_stand_alone(self):
        stated = sentences.findings(tables(40), currency="")
        assert stated["text_en"].iloc[0].endswith("spend after refunds: 780.")

    def test_buyers_who_are_all_alike_have_no_upper_twentieth(self):
        made = tables(40)
        same = dict.fromkeys(("mean", "q05", "q25", "median", "q75", "q95", "most"), 5.0)
        made["profile_amounts"] = made["profile_amounts"].assign(**same)
        sentences = said(made)
        assert sentences["alike"] == (
            "Buyers hardly differ in spend: for at least nine in ten of the 40 it is 5.00 GBP."
        )
        assert not {"spend", "order_value"} & set(sentences)

    def test_buyers_whose_money_all_came_back_share_none(self):
        made = tables(40)
        made["profile_repeat"] = made["profile_repeat"].assign(spend=0.0, share_of_spend=0.0)
        sentences = said(made)
        assert "one_orders" not in sentences
        assert "spend" not in sentences["one_orders.no_spend"]

    # fault 52
    def test_a_giant_is_named_with_what_remains_without(self):
        made = tables(40)
        assert "giant" not in said(made)
        giant = {"largest_share": 0.9, "mean_without_largest": 12.0, "gini_without_largest": 0.25}
        made["profile_inequality"] = made["profile_inequality"].assign(**giant)
        assert "brings 90.0% of the money. Without that one, the mean spend is 12 GBP" in said(made)["giant"]

    def test_a_month_cut_short_may_still_be_the_best(self):
        made = tables(40)
        months = made["profile_months"]
        more = months["spend"].mask(months["month"] == "2024-03-01", months["spend"].sum() + 1)
        assert "best_so_far" not in said(made)
        assert said({**made, "profile_months": months.assign(spend=more)})["best_so_far"].startswith(
            "2024-03 has"
        )

    def test_one_week_has_no_busiest_day(self):
        made = tables(40)
        made["profile_months"] = made["profile_months"].assign(days_covered=2)
        assert not {"busiest_day", "busiest_hour", "quiet_day"} & set(said(made))

    def test_leaves_its_input_alone(self):
        made = tables(40)
        before = {name: table.copy(deep=True) for name, table in made.items()}
        sentences.findings(made, currency="GBP")
        for name, table in made.items():
            pd.testing.assert_frame_equal(table, before[name])
