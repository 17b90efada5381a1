"""04, small groups that outgrow the others: worked by hand, planted, and on customers who all grow alike."""

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

from custkit import findings, niches, schema
from custkit.errors import SettingsError, TableError
from custkit.niches import growth
from custkit.niches.cells import buyers, members
from custkit.niches.choice import choose
from custkit.settings import NicheRules

AS_OF = datetime.date(2025, 12, 31)
AGES, TIERS = ("18-35", "36-55", "56-65"), ("tier 1", "tier 2", "tier 3")


def market(
    n: int = 3_000, *, seed: int = 0, older: float = 1.0, niche: float = 1.0, cost: float = 0.6
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facts and months of spend. Spend of the last year is multiplied by ``niche`` for 56-65 in tier 2, and by ``older``
    for all of 56-65; spend is skewed, and customers come and go."""
    rng = np.random.default_rng(seed)
    facts = pd.DataFrame({"customer_id": [f"c{place:05d}" for place in range(n)], "status": "buyer"})
    facts["age_band"] = rng.choice(AGES, n, p=[0.5, 0.4, 0.1])
    facts["city_tier"] = rng.choice(TIERS, n, p=[0.4, 0.3, 0.3])
    facts["gender"], facts["industry"] = rng.choice(["f", "m"], n), rng.choice(list("abcdefgh"), n)
    size = rng.lognormal(6, 1, n)
    before, last = (size * rng.lognormal(0, 0.5, n) * (rng.random(n) < 0.85) for _ in range(2))
    is_old = facts["age_band"] == "56-65"
    last = last * np.where(is_old, older, 1) * np.where(is_old & (facts["city_tier"] == "tier 2"), niche, 1)
    facts["spend"] = (before + last).round(2)
    facts["margin"] = facts["spend"] * (1 - cost)
    spent = {"2023-01-01": 0 * before + 1, "2024-05-01": before, "2025-05-01": last}
    months = [
        pd.DataFrame(
            {"customer_id": facts["customer_id"], "month": pd.Timestamp(day), "spend": money.round(2)}
        )
        for day, money in spent.items()
    ]
    return facts, pd.concat(months, ignore_index=True)


def found(facts, periods, rules: NicheRules = NicheRules(), as_of=AS_OF):
    spans = niches.spans(periods, as_of, rules)
    table = niches.find(facts, periods, spans, rules)
    return table, niches.summary(table, facts, periods, spans, rules)


def claimed(table: pd.DataFrame) -> list[tuple[str, str]]:
    rows = table[table["verdict"] == "niche"].sort_values("place")
    return list(zip(rows["level_1"], rows["level_2"], strict=True))


class TestSpans:
    def test_are_the_last_full_months(self):
        _, periods = market(10)
        for as_of, until in (
            ("2025-12-31", "2026-01-01"),
            ("2025-12-30", "2025-12-01"),
            ("2025-12-01", "2025-12-01"),
        ):
            (row,) = niches.spans(periods, datetime.date.fromisoformat(as_of)).to_dict("records")
            assert row["until"] == pd.Timestamp(until)
            assert row["last_from"] == pd.Timestamp(until) - pd.DateOffset(years=1)
            assert row["before_from"] == pd.Timestamp(until) - pd.DateOffset(years=2)

    def test_are_none_where_the_months_do_not_reach_back_or_no_day_is_known(self):
        _, periods = market(10)
        assert niches.spans(periods[periods["month"] > "2024-02-01"], AS_OF).empty
        assert niches.spans(periods, None).empty
        assert niches.spans(periods.head(0), AS_OF).empty


class TestGrowth:
    @pytest.fixture
    def people(self) -> pd.DataFrame:
        """Ann doubles, Bob stays, Cat is won, Dan is lost, Eve only sent something back."""
        ids = ["ann", "bob", "cat", "dan", "eve"]
        return pd.DataFrame(
            {"before": [10.0, 20.0, 0.0, 30.0, 0.0], "last": [20.0, 20.0, 10.0, 0.0, -5.0]}, index=ids
        )

    def test_swings_worked_by_hand(self, people):
        swings = growth.products(people)
        assert swings["swing"].tolist() == pytest.approx([1 / 3, 0, 1, -1, 0])
        assert swings["spenders"].tolist() == [1, 1, 1, 1, 0]

    def test_growth_and_ratio_worked_by_hand(self, people):
        sums = growth.products(people)
        one, two = sums.loc[["ann", "cat"]].sum(), sums.loc[["bob", "dan"]].sum()
        told = growth.compare(one.to_frame().T, two.to_frame().T)
        assert (told.growth[0], told.others[0], told.ratio[0]) == pytest.approx((3.0, 0.4, 7.5))
        # Swings 1/3, 1 and 0, -1: means 2/3 and -1/2; all four have a mean of 1/12.
        variance = (np.sum(np.square([1 / 3, 1, 0, -1])) / 4 - (1 / 12) ** 2) * 4 / 3
        assert told.z[0] == pytest.approx((2 / 3 + 1 / 2) / np.sqrt(variance * (1 / 2 + 1 / 2)))

    def test_a_giant_counts_once(self, people):
        richer = people.copy()
        richer.loc["ann"] *= 1_000
        assert growth.products(richer)["swing"].tolist() == growth.products(people)["swing"].tolist()

    def test_is_not_told_without_money_in_a_span_or_where_nobody_differs(self, people):
        sums = growth.products(people)
        won, others = sums.loc[["cat"]].reset_index(drop=True), sums.loc[["ann", "bob"]].sum().to_frame().T
        assert np.isnan(growth.compare(won, others).p[0])
        same = growth.products(pd.DataFrame({"before": [10.0] * 4, "last": [20.0] * 4})).sum().to_frame().T
        assert np.isnan(growth.compare(same, same).p[0])

    def test_margins_worked_by_hand(self):
        group = pd.DataFrame({"spend": [10.0, 30.0, 99.0], "margin": [4.0, 16.0, np.nan]})
        others = pd.DataFrame({"spend": [10.0, 10.0], "margin": [3.0, 3.0]})
        told = growth.margins(group, others)
        assert (told["margin_share"], told["others_margin_share"]) == (0.5, 0.3)
        # Residuals 4 - 5 and 16 - 15 over 40, squared, times 2 / 1.
        half = 1.959964 * np.sqrt(2 * (1 / 40) ** 2 * 2)
        assert told["margin_high"] - told["margin_low"] == pytest.approx(2 * half, abs=1e-6)
        assert np.isnan(growth.margins(group.head(1), others)["margin_share"])


class TestFind:
    def test_a_planted_niche_is_found_and_nothing_else(self):
        table, summary = found(*market(seed=1, niche=2.5))
        assert claimed(table) == [("56-65", "tier 2")]
        assert summary["state"].tolist() == ["found"]
        (row,) = table[table["place"] == 1].to_dict("records")
        facts, _ = market(seed=1)
        inside = (facts["age_band"] == "56-65") & (facts["city_tier"] == "tier 2")
        assert row["customers"] == inside.sum()
        assert row["ratio"] > 1.25
        assert row["low"] > 1

    def test_a_larger_group_is_not_listed_for_the_niche_inside_it(self):
        rules = NicheRules(max_niche_share=0.2)
        table, _ = found(*market(6_000, seed=3, niche=4.0), rules)
        assert claimed(table) == [("56-65", "tier 2")]
        older = table[(table["level_1"] == "56-65") & (table["attribute_2"] == "")]
        assert older["verdict"].tolist() == ["explained"]
        assert older["explained_by"].tolist() == ["age_band=56-65, city_tier=tier 2"]

    def test_a_pair_is_not_listed_for_the_larger_group_around_it(self):
        table, _ = found(*market(6_000, seed=2, older=2.5), NicheRules(max_niche_share=0.2))
        assert claimed(table) == [("56-65", "")]

    def test_a_part_of_a_growing_group_too_large_for_a_niche_is_none(self):
        table, summary = found(*market(6_000, seed=2, older=2.5), NicheRules(max_niche_share=0.06))
        assert claimed(table) == []
        assert summary["state"].tolist() == ["none"]
        assert set(table.loc[table["verdict"] == "explained", "explained_by"]) == {"age_band=56-65"}

    def test_where_all_grow_alike_hardly_any_is_claimed(self):
        rules = NicheRules(niche_attributes=("age_band", "city_tier", "industry"), max_niche_share=0.3)
        wrong = [len(claimed(found(*market(800, seed=seed), rules)[0])) > 0 for seed in range(40)]
        assert np.mean(wrong) <= 0.05

    def test_a_margin_below_the_others_is_no_niche(self):
        facts, periods = market(seed=1, niche=2.5)
        inside = (facts["age_band"] == "56-65") & (facts["city_tier"] == "tier 2")
        noise = np.random.default_rng(0).normal(0, 0.05, len(facts))
        facts["margin"] = facts["spend"] * (np.where(inside, 0.2, 0.4) + noise)
        table, summary = found(facts, periods)
        lower = table[table["verdict"] == "lower_margin"]
        assert ("56-65", "tier 2") in zip(lower["level_1"], lower["level_2"], strict=True)
        assert claimed(table) == []
        assert "niche_lower_margin" in set(niches.findings(table, summary, "CNY")["key"])

    def test_a_slight_lead_is_not_claimed(self):
        table, _ = found(*market(seed=1, niche=2.5), NicheRules(min_niche_growth=9.0))
        assert claimed(table) == []
        assert "slight" in set(table["verdict"])

    def test_too_small_and_too_large_groups_are_not_tried(self):
        table, _ = found(*market(), NicheRules(min_niche_buyers=40, max_niche_share=0.05))
        assert table["spenders"].min() >= 40
        assert table["share_of_buyers"].max() <= 0.05

    def test_the_order_of_rows_has_no_say(self):
        facts, periods = market(800, niche=3)
        once, again = found(facts, periods), found(facts.iloc[::-1], periods.iloc[::-1])
        assert once[0].equals(again[0])
        assert once[1].equals(again[1])

    def test_leaves_its_input_alone(self):
        facts, periods = market(300)
        before = facts.copy(), periods.copy()
        found(facts, periods)
        pd.testing.assert_frame_equal(facts, before[0])
        pd.testing.assert_frame_equal(periods, before[1])

    def test_names_the_missing_column(self):
        facts, periods = market(10)
        with pytest.raises(TableError, match="facts: no column status"):
            found(facts.drop(columns="status"), periods)

    @pytest.mark.parametrize("n", [0, 1, 20])
    def test_few_customers_make_no_niche(self, n):
        facts, periods = market(20)
        kept = facts.head(n)
        table, summary = found(kept, periods[periods["customer_id"].isin(kept["customer_id"])])
        assert table.empty
        assert summary["state"].tolist()[0] in ("no_orders", "no_attributes", "too_few")

    def test_says_why_there_was_nothing_to_try(self):
        facts, periods = market(400)
        bare = facts[["customer_id", "status", "spend"]]
        alike = bare.assign(gender="f")
        cases = {
            "no_orders": (facts, periods.head(0), AS_OF),
            "too_short": (facts, periods[periods["month"] > "2024-02-01"], AS_OF),
            "no_attributes": (alike, periods, AS_OF),
        }
        for state, (people, months, as_of) in cases.items():
            table, summary = found(people, months, as_of=as_of)
            assert summary["state"].tolist() == [state]
            stated = niches.findings(table, summary, "CNY")
            assert stated["key"].tolist() == [f"niche_{state}"]
            assert "`orders" in stated["text_en"].iloc[0]
        assert found(facts, periods, as_of=datetime.date(2031, 6, 30))[1]["state"].tolist() == ["too_short"]


class TestChoose:
    def test_settles_the_neighbours_of_a_niche(self):
        facts, periods = market(6_000, seed=1, niche=4.0)
        people = buyers(facts, periods, niches.spans(periods, AS_OF))
        niche = ("age_band", "56-65", "city_tier", "tier 2")
        neighbour = ("city_tier", "tier 2", "gender", "f")
        settled = choose(people, [niche, neighbour], NicheRules(max_niche_share=0.2))
        assert settled[niche] == (1, "")
        assert settled.get(neighbour, (0, "age_band=56-65, city_tier=tier 2")) == (
            0,
            "age_band=56-65, city_tier=tier 2",
        )

    def test_members_of_a_group_whose_attribute_is_not_known_are_none(self):
        people = pd.DataFrame({"gender": ["f", None, "m"]})
        assert members(people, ("gender", "f", "", "")).tolist() == [True, False, False]


class TestFindings:
    @pytest.mark.parametrize("cost", [0.6, np.nan], ids=["cost known", "no cost"])
    @pytest.mark.parametrize("niche", [1.0, 2.5], ids=["null", "planted"])
    def test_hold_when_they_are_recomputed(self, niche, cost):
        table, summary = found(*market(seed=1, niche=niche, cost=cost))
        stated = niches.findings(table, summary, "CNY")
        assert findings.recompute(stated, {"niches": table, "niche_summary": summary}.get).empty
        expected = (
            ["niche_found", "niche_pair" + ("" if cost == cost else "_no_cost")]
            if niche > 1
            else ["niche_none"]
        )
        assert stated["key"].tolist() == expected
        assert not stated["text_en"].str.contains("nan").any()

    def test_an_attribute_of_ones_own_stands_by_its_name(self):
        facts, periods = market(seed=1, niche=2.5)
        facts = facts.rename(columns={"age_band": "generation"})
        rules = NicheRules(niche_attributes=("generation", "city_tier"))
        stated = niches.findings(*found(facts, periods, rules), "")
        assert stated["text_zh"].str.contains("generation：56-65", regex=False).any()

    def test_tables_have_the_columns_that_the_schema_says(self):
        table, summary = found(*market(300))
        assert list(table) == list(schema.TABLES["niches"])
        assert list(summary) == list(schema.TABLES["niche_summary"])


@pytest.mark.parametrize(
    "wrong",
    [{"niche_attributes": ()}, {"max_niche_share": 1.0}, {"min_niche_buyers": 1}, {"min_niche_growth": 0.5}],
)
def test_rules_refuse_what_makes_no_sense(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        dataclasses.replace(NicheRules(), **wrong)
