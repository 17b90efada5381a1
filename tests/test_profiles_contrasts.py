"""How regions differ, and what turns round when they are kept apart: found where planted, claimed nowhere else."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from custkit import findings, schema
from custkit.errors import SettingsError, TableError
from custkit.profiles import contrast_sentences, contrasts, reversals
from custkit.settings import ContrastRules

LAST = datetime.date(2025, 12, 31)
SMALL = ContrastRules(region_min_customers=5)
NO_PERIODS, NO_FEEDBACK = schema.empty("periods"), schema.empty("feedback")


def buyers(**columns) -> pd.DataFrame:
    """Buyers c000, c001, ... of a year and more, with one order of 10 each, ten days ago, unless said otherwise."""
    n = len(columns["region"])
    usual = {
        "customer_id": [f"c{place:04d}" for place in range(n)],
        "status": "buyer",
        "n_orders": 1,
        "repeat_orders": 0,
        "age_days": 400.0,
        "recency_days": 10.0,
        "spend": 10.0,
        "n_refunds": 0,
        "main_channel": "store",
    }
    table = pd.DataFrame(usual | columns)
    table["gross_spend"] = columns.get("gross_spend", table["spend"])
    return table.assign(avg_order_value=table["spend"] / table["n_orders"])


def compare(features, periods=NO_PERIODS, feedback=NO_FEEDBACK, rules=SMALL, as_of=LAST, region="all"):
    return contrasts.region_contrasts(features, periods, feedback, as_of=as_of, region=region, rules=rules)


def row(table: pd.DataFrame, region: str, measure: str) -> pd.Series:
    return table[(table["region"] == region) & (table["measure"] == measure)].squeeze()


def claimed(table: pd.DataFrame) -> set[tuple[str, str]]:
    found = table[table["verdict"].isin(["higher", "lower"])]
    return set(zip(found["region"], found["measure"], strict=True))


def market(seed: int, sizes: dict[str, int], **planted: dict[str, float]) -> tuple[pd.DataFrame, ...]:
    """Features, periods and feedback in which regions differ by what is planted alone.

    ``level`` multiplies spend per order, ``lapsed`` adds to the share lapsed, ``online`` to the online share of the last
    year, ``answer`` to satisfaction.
    """
    random = np.random.default_rng(seed)
    region = np.repeat(list(sizes), list(sizes.values()))
    n = len(region)

    def of(name: str, nothing: float = 0.0) -> np.ndarray:
        return np.array([planted.get(name, {}).get(one, nothing) for one in region])

    orders, age = random.geometric(0.2, n), random.integers(380, 1090, n).astype(float)
    away = np.where(
        random.random(n) < 0.4 + of("lapsed"), 181 + random.random(n) * 199, random.random(n) * 180
    )
    features = buyers(
        region=region,
        n_orders=orders,
        repeat_orders=orders - 1,
        age_days=age,
        recency_days=away.round(),
        spend=np.exp(random.normal(4, 0.8, n)) * of("level", 1.0) * orders,
    )
    likes = random.beta(2, 2, n)
    tables = []
    for month, shift in (("2023-06-01", 0.0), ("2024-06-01", 0.0), ("2025-06-01", of("online"))):
        made = random.poisson(2, n)
        online = random.binomial(made, np.clip(likes + shift, 0, 1))
        for channel, count in (("app", online), ("门店", made - online)):
            tables.append(
                features[["customer_id"]].assign(
                    month=pd.Timestamp(month), channel=channel, n_orders=count.astype(float), spend=1.0
                )
            )
    answers = np.clip(np.round(random.normal(3.8 + of("answer"), 1, n)), 1, 5)
    said = features[["customer_id"]].assign(
        satisfaction=answers, kind=np.where(random.random(n) < 0.1, "投诉", "问卷")
    )
    return features, pd.concat(tables, ignore_index=True), said[random.random(n) < 0.5]


SIZES = {"East": 800, "South": 700, "West": 700, "North": 600, "Central": 600}


class TestRegionContrasts:
    def test_a_value_is_a_quotient_of_sums_and_the_typical_one_their_median(self):
        features = buyers(
            region=["a"] * 5 + ["b"] * 5 + ["c"] * 5,
            n_orders=[1, 1, 1, 1, 6] * 3,
            spend=[10.0] * 4 + [60.0] + [20.0] * 4 + [120.0] + [90.0] * 4 + [540.0],
        )
        table = compare(features)
        found = [row(table, region, "avg_order_value") for region in "abc"]
        assert [one["value"] for one in found] == pytest.approx([10.0, 20.0, 90.0])
        assert [one["typical"] for one in found] == pytest.approx([20.0] * 3)
        assert [one["difference"] for one in found] == pytest.approx([-10.0, 0.0, 70.0])
        assert [one["relative"] for one in found] == pytest.approx([-0.5, 0.0, 3.5])
        assert found[0]["whole"] == pytest.approx((100 + 200 + 900) / 30)

    def test_the_interval_of_a_share_takes_the_larger_deviation(self):
        # 1 of 5 lapsed in a, none in b, 1 in 10 of all: a's own deviation is the larger, and b's that of all.
        features = buyers(region=["a"] * 5 + ["b"] * 5, recency_days=[300.0] + [10.0] * 9)
        table = compare(features)
        a, b = row(table, "a", "share_lapsed"), row(table, "b", "share_lapsed")
        error_a, error_b = math.sqrt(0.2 / 5), math.sqrt(0.1 / 5)
        student = 2.7764451
        assert (a["value"], a["value_high"]) == pytest.approx((0.2, 0.2 + student * error_a))
        assert (b["value"], b["value_high"]) == pytest.approx((0.0, student * error_b))
        assert a["value_low"] == 0.0  # a share ends there
        # The typical value lies half-way between the two: half the gap, with half of both errors.
        assert a["difference"] == pytest.approx(0.1)
        assert a["high"] - 0.1 == pytest.approx(student * math.hypot(error_a, error_b) / 2, rel=0.05)

    def test_what_a_few_all_did_is_no_certainty(self):
        features = buyers(
            region=["big"] * 200 + ["wide"] * 200 + ["few"] * 8, recency_days=[300.0, 10.0] * 200 + [10.0] * 8
        )
        assert row(compare(features), "few", "share_lapsed")["verdict"] == "par"

    def test_finds_what_is_planted_and_nothing_else(self):
        planted = {"level": {"North": 1.4}, "online": {"South": 0.15}, "lapsed": {"West": 0.15}}
        features, periods, feedback = market(3, SIZES, **planted, answer={"West": -0.5})
        table = compare(features, periods, feedback, rules=ContrastRules())
        west = {("West", "share_lapsed"), ("West", "recency_days"), ("West", "satisfaction")}
        south = {("South", "share_online"), ("South", "change_of_online")}
        assert claimed(table) == west | south | {("North", "avg_order_value")}
        kinds = contrasts.region_verdicts(features, table).set_index("region")["nature"].to_dict()
        assert kinds == {
            "Central": "none",
            "East": "none",
            "North": "level_only",
            "South": "behaviour",
            "West": "behaviour",
        }

    @pytest.mark.parametrize("sizes", [dict.fromkeys("abc", 60), {"a": 900, "b": 60, "c": 40, "d": 35}])
    def test_where_nothing_is_planted_nothing_is_claimed(self, sizes):
        # Of twenty worlds one may make a claim by chance.
        worlds = [compare(*market(seed, sizes), rules=ContrastRules()) for seed in range(20)]
        assert sum(bool(claimed(world)) for world in worlds) <= 1

    def test_a_difference_that_is_certain_but_small_is_par(self):
        features = buyers(region=["a"] * 50 + ["b"] * 50 + ["c"] * 50, spend=[100.0] * 100 + [105.0] * 50)
        found = row(compare(features), "c", "avg_order_value")
        assert found["p_adjusted"] < 0.001
        assert found["verdict"] == "par"

    def test_a_region_alone_is_compared_with_nobody(self):
        table = compare(buyers(region=["a"] * 40))
        assert set(table["verdict"]) == {"too_few"}
        assert table[["typical", "p", "p_adjusted"]].isna().all(axis=None)

    def test_a_small_region_has_values_and_no_verdict(self):
        table = compare(buyers(region=["a"] * 9 + ["b"] * 9 + ["one"], spend=[10.0] * 18 + [99.0]))
        found = row(table, "one", "avg_order_value")
        assert (found["value"], found["n"], found["verdict"]) == (pytest.approx(99.0), 1, "too_few")
        assert found["typical"] == pytest.approx(10.0)

    def test_all_equal_customers_are_par(self):
        table = compare(buyers(region=["a"] * 9 + ["b"] * 9))
        assert set(table["verdict"]) == {"par"}
        assert set(table["p"]) == {1.0}

    def test_a_region_gets_its_own_rows_of_the_whole_comparison(self):
        features, periods, feedback = market(1, dict.fromkeys("abc", 40))
        every, own = compare(features, periods, feedback), compare(features, periods, feedback, region="b")
        pd.testing.assert_frame_equal(own, every[every["region"] == "b"].reset_index(drop=True))

    def test_a_region_without_a_buyer_has_no_row(self):
        features = buyers(region=["a"] * 9 + ["b"] * 9 + ["empty"] * 3)
        features.loc[features["region"] == "empty", "status"] = "prospect"
        table = compare(features)
        assert "empty" not in set(table["region"])
        verdicts = contrasts.region_verdicts(features, table).set_index("region")
        assert verdicts.loc["empty", ["nature", "customers", "buyers"]].tolist() == ["too_few", 3, 0]

    def test_without_customers_there_is_a_table_without_rows(self):
        empty = compare(schema.empty("features"))
        pd.testing.assert_frame_equal(empty, schema.empty("region_contrasts"))

    def test_what_needs_more_than_orders_is_left_out_without_it(self):
        measures = set(compare(buyers(region=["a"] * 9 + ["b"] * 9))["measure"])
        assert not measures & {"satisfaction", "complaints_per_100_orders", "share_online", "share_refunded"}

    def test_strangers_and_words_that_nobody_knows_have_no_say(self):
        features = buyers(region=["a"] * 9 + ["b"] * 9)
        said = pd.DataFrame({"customer_id": ["stranger"], "satisfaction": [1.0], "kind": ["投诉"]})
        known = pd.DataFrame({"customer_id": ["c0001"], "satisfaction": [4.0], "kind": ["?"]})
        placed = pd.DataFrame(
            {"customer_id": ["c0001"], "month": pd.Timestamp("2025-12-01"), "channel": "?", "n_orders": 1.0}
        )
        table = compare(features, placed, pd.concat([said, known], ignore_index=True))
        assert row(table, "a", "satisfaction")["value"] == 4.0
        assert not {"share_online", "complaints_per_100_orders"} & set(table["measure"])

    def test_online_is_of_the_last_twelve_months_and_its_change_of_the_twelve_before(self):
        features = buyers(region=["a"] * 6)
        months = ["2025-01-01", "2025-12-01", "2024-01-01", "2024-12-01", "2023-12-01"]
        orders = pd.DataFrame({"month": pd.to_datetime(months), "n_orders": [3.0, 1.0, 1.0, 3.0, 50.0]})
        orders = orders.assign(customer_id="c0000", channel=["app", "store"] * 2 + ["app"])
        table = compare(features, orders)
        assert row(table, "a", "share_online")["value"] == 0.75
        assert row(table, "a", "change_of_online")["value"] == 0.5

    def test_complaints_are_counted_per_hundred_orders(self):
        features = buyers(region=["a"] * 8 + ["b"] * 8, n_orders=5)
        said = pd.DataFrame(
            {"customer_id": ["c0000", "c0000"], "satisfaction": [2.0, None], "kind": "complaint"}
        )
        assert row(compare(features, feedback=said), "a", "complaints_per_100_orders")["value"] == 5.0

    def test_feedback_need_not_tell_kinds_or_satisfaction(self):
        features = buyers(region=["a"] * 8 + ["b"] * 8, n_orders=5)
        whole = pd.DataFrame(
            {
                "customer_id": features["customer_id"],
                "kind": "complaint",
                "satisfaction": [4.0] * 8 + [2.0] * 8,
            }
        )
        told = compare(features, feedback=whole)
        for column, measure in (("kind", "complaints_per_100_orders"), ("satisfaction", "satisfaction")):
            left = compare(features, feedback=whole.drop(columns=column))
            assert set(told["measure"]) - set(left["measure"]) == {measure}

    def test_discounts_are_a_share_of_the_price_before_them(self):
        features = buyers(region=["a"] * 6 + ["b"] * 6, spend=9.0).assign(discount=1.0)
        assert row(compare(features), "a", "share_discounted")["value"] == pytest.approx(0.1)

    def test_money_below_zero_has_no_logarithm_and_no_verdict(self):
        features = buyers(region=["a"] * 9 + ["b"] * 9 + ["c"] * 9, spend=[10.0] * 18 + [-1.0] * 9)
        found = row(compare(features), "c", "avg_order_value")
        assert (found["value"], found["verdict"]) == (-1.0, "too_few")

    def test_the_order_of_rows_does_not_matter_and_the_input_is_left_alone(self):
        given = market(1, dict.fromkeys("abc", 40))
        before = [table.copy() for table in given]
        shuffled = [table.sample(frac=1, random_state=2) for table in given]
        pd.testing.assert_frame_equal(compare(*given), compare(*shuffled))
        for table, copy in zip(given, before, strict=True):
            pd.testing.assert_frame_equal(table, copy)

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="region"):
            compare(buyers(region=["a"]).drop(columns="region"))


class TestLeading:
    def test_the_most_certain_stands_first(self):
        features, periods, feedback = market(3, dict.fromkeys("abcd", 200), online={"b": 0.3})
        table = contrasts.leading(compare(features, periods, feedback), 3)
        assert len(table) == 3
        assert table.loc[0, ["region", "measure"]].tolist() == ["b", "share_online"]


class TestRules:
    @pytest.mark.parametrize(
        "given", [{"region_min_customers": 1}, {"region_level": 1.0}, {"region_min_relative": -1.0}]
    )
    def test_refuses_what_cannot_be(self, given):
        with pytest.raises(SettingsError, match=next(iter(given))):
            ContrastRules(**given)


def turned(seed: int = 0, premium: float = 1.2, mixed: bool = True) -> tuple[pd.DataFrame, ...]:
    """Two regions of 400: in the dear one few buy by app, in the cheap one most; by app each order is dearer."""
    random = np.random.default_rng(seed)
    region = np.repeat(["cheap", "dear"], 400)
    app = random.random(800) < (np.where(region == "cheap", 0.8, 0.2) if mixed else 0.5)
    level = np.where(region == "cheap", 50.0, 150.0) * np.where(app, premium, 1.0)
    features = buyers(
        region=region,
        spend=level * np.exp(random.normal(0, 0.2, 800)),
        main_channel=np.where(app, "app", "store"),
    )
    return features, features[["customer_id"]].assign(gender="f"), NO_FEEDBACK


class TestReversals:
    def test_both_differences_by_hand(self):
        # Inside a: 12 less 10, inside b: 22 less 20; a has 10 by app and 30 by store, b the reverse.
        app = [12.0] * 30 + [22.0] * 10
        store = [10.0] * 10 + [20.0] * 30
        features = buyers(
            region=["a"] * 30 + ["b"] * 10 + ["a"] * 10 + ["b"] * 30,
            spend=[*app, *store],
            main_channel=["app"] * 40 + ["store"] * 40,
        )
        found = reversals.reversals(features, features[["customer_id"]], NO_FEEDBACK)
        one = found[found["measure"] == "avg_order_value"].squeeze()
        assert (one["level_a"], one["level_b"]) == ("store", "app")
        assert one["pooled"] == pytest.approx((100 + 600) / 40 - (360 + 220) / 40)
        assert one["within"] == pytest.approx(-2.0)
        assert (one["regions"], one["regions_agree"], one["customers_a"]) == (2, 2, 40)

    def test_finds_a_planted_case(self):
        found = reversals.reversals(*turned()).set_index(["dimension", "measure"])
        one = found.loc[("main_channel", "avg_order_value")]
        assert one["verdict"] == "reversed"
        assert one["pooled"] > 0 > one["within"]
        assert one["within_high"] < 0 < one["pooled_low"]

    def test_sees_none_where_the_regions_are_mixed_alike_or_the_groups_are(self):
        assert "reversed" not in set(reversals.reversals(*turned(mixed=False))["verdict"])
        worlds = [reversals.reversals(*turned(seed, premium=1.0)) for seed in range(20)]
        assert sum((world["verdict"] == "reversed").any() for world in worlds) <= 1

    def test_online_stands_beside_channels_only_where_it_says_more(self):
        features, customers, feedback = turned()
        assert "online" not in set(reversals.reversals(features, customers, feedback)["dimension"])
        features.loc[features.index[::3], "main_channel"] = "web"
        assert "online" in set(reversals.reversals(features, customers, feedback)["dimension"])

    def test_a_region_with_few_of_a_group_is_left_out(self):
        features, customers, feedback = turned()
        few = buyers(region=["few"] * 12, main_channel=["app"] * 9 + ["store"] * 3)
        few["customer_id"] = [f"f{place}" for place in range(12)]
        both = pd.concat([features, few], ignore_index=True)
        found = reversals.reversals(both, pd.concat([customers, few[["customer_id"]]]), feedback)
        assert set(found["regions"]) == {2}

    def test_feedback_need_not_tell_satisfaction(self):
        features, customers, _ = turned()
        answers = features[["customer_id"]].assign(satisfaction=[2.0, 4.0] * (len(features) // 2))
        told = reversals.reversals(features, customers, answers)
        left = reversals.reversals(features, customers, answers[["customer_id"]])
        assert set(told["measure"]) - set(left["measure"]) == {"satisfaction"}

    def test_of_one_region_there_is_nothing_to_keep_apart(self):
        features, customers, feedback = turned()
        assert reversals.reversals(features, customers, feedback, region="dear").empty
        dear = features[features["region"] == "dear"]
        assert reversals.reversals(dear, customers, feedback).empty

    def test_without_customers_there_is_a_table_without_rows(self):
        empty = reversals.reversals(schema.empty("features"), schema.empty("customers"), NO_FEEDBACK)
        pd.testing.assert_frame_equal(empty, schema.empty("profile_reversals"))

    def test_the_order_of_rows_does_not_matter_and_the_input_is_left_alone(self):
        given = turned()
        before = [table.copy() for table in given]
        shuffled = [table.sample(frac=1, random_state=2) for table in given]
        pd.testing.assert_frame_equal(reversals.reversals(*given), reversals.reversals(*shuffled))
        for table, copy in zip(given, before, strict=True):
            pd.testing.assert_frame_equal(table, copy)

    def test_names_the_missing_column(self):
        features, customers, feedback = turned()
        with pytest.raises(TableError, match="main_channel"):
            reversals.reversals(features.drop(columns="main_channel"), customers, feedback)


def said(features, periods, feedback, region="all", rules=ContrastRules()) -> pd.DataFrame:
    """The sentences about these tables, after each was made anew from them."""
    table = compare(features, periods, feedback, region=region, rules=rules)
    own = features if region == "all" else features[features["region"] == region]
    tables = {
        "region_contrasts": table,
        "region_verdicts": contrasts.region_verdicts(own, table),
        "profile_reversals": reversals.reversals(
            features, features[["customer_id"]], feedback, region=region
        ),
    }
    made = list(contrast_sentences.sentences(tables, currency="CNY", rules=rules))
    frame = findings.frame("02", made)
    assert findings.recompute(frame, tables.get).empty
    return frame


@pytest.fixture(scope="module")
def planted() -> tuple[pd.DataFrame, ...]:
    """North spends more on an order, South moves online, West is less satisfied."""
    return market(3, SIZES, level={"North": 1.4}, online={"South": 0.15}, answer={"West": -0.5})


class TestSentences:
    def test_a_region_that_differs_is_named_and_then_each_difference(self, planted):
        keys = said(*planted)["key"].tolist()
        assert keys[:2] == ["region_level_only", "region_avg_order_value"]
        assert keys[2:5] == ["region_behaviour", "region_share_online", "region_change_of_online"]
        assert keys[5:7] == ["region_behaviour", "region_satisfaction"]
        assert keys[7:] == ["region_none"]

    def test_a_difference_is_told_with_both_values_its_side_and_its_unit(self, planted):
        text = said(*planted).set_index("key").loc["region_avg_order_value"]
        assert text["text_en"].startswith("North: spend per order is ")
        assert " CNY, above the typical " in text["text_en"]
        assert "高于典型水平" in text["text_zh"]

    def test_a_region_of_its_own_speaks_of_itself(self, planted):
        assert said(*planted, region="East")["key"].tolist() == ["region_own_none"]
        assert said(*planted, region="North")["key"].tolist()[0] == "region_level_only"

    def test_one_sentence_says_that_nothing_is_claimed(self):
        keys = said(*market(5, dict.fromkeys("abc", 60)))["key"].tolist()
        assert keys == ["region_none"]

    def test_says_what_would_switch_the_rest_on(self):
        keys = set(said(buyers(region=["a"] * 40 + ["b"] * 40), NO_PERIODS, NO_FEEDBACK)["key"])
        assert {"region_no_feedback", "region_no_channel"} <= keys

    def test_small_regions_are_counted_and_one_alone_is_told_so(self):
        few = buyers(region=["a"] * 40 + ["b"] * 40 + ["c"])
        assert "region_too_few" in set(said(few, NO_PERIODS, NO_FEEDBACK)["key"])
        own = said(few, NO_PERIODS, NO_FEEDBACK, region="c")["key"].tolist()
        assert own[0] == "region_own_too_few"
        assert said(few.head(40), NO_PERIODS, NO_FEEDBACK)["key"].tolist() == ["region_alone"]

    def test_nobody_is_not_spoken_of(self):
        assert said(schema.empty("features"), NO_PERIODS, NO_FEEDBACK).empty

    def test_a_reversal_is_explained_and_its_absence_told(self):
        features, _, feedback = turned()
        told = said(features, NO_PERIODS, feedback).set_index("key")
        assert "store stands above in spend per order" in told.loc["reversal", "text_en"].to_list()[0]
        alike, _, feedback = turned(premium=1.0, mixed=False)
        assert "no_reversal" in set(said(alike, NO_PERIODS, feedback)["key"])
