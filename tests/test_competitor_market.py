"""Shares of brands, where they are going, and how loud each brand is."""

import numpy as np
import pandas as pd
import pytest

from custkit import competitor, schema
from custkit.competitor import periods
from custkit.errors import TableError
from custkit.settings import CompetitorRules

NO_USE = schema.empty("brand_use")


def quarters(n: int) -> list[str]:
    return [f"{2023 + place // 4}Q{place % 4 + 1}" for place in range(n)]


def market_of(names: list[str], **sales: list[float]) -> pd.DataFrame:
    """One row per period and brand."""
    rows = [
        (period, brand, value)
        for brand, values in sales.items()
        for period, value in zip(names, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["period", "brand", "sales"])


@pytest.fixture
def moving() -> pd.DataFrame:
    """Ours falls from 40 to 29 of 100 over twelve quarters, Rival gains what we lose, Third stays."""
    fall = list(range(40, 28, -1))
    return market_of(quarters(12), Ours=fall, Rival=[70 - share for share in fall], Third=[30] * 12)


class TestOrdered:
    @pytest.mark.parametrize(
        ("written", "kind", "name"),
        [
            ("2023", "year", "2023"),
            ("2023.0", "year", "2023"),
            ("2023年", "year", "2023"),
            ("2023Q4", "quarter", "2023Q4"),
            ("2023-q4", "quarter", "2023Q4"),
            ("Q4 2023", "quarter", "2023Q4"),
            ("2023年第四季度", "quarter", "2023Q4"),
            ("２０２３Ｑ４", "quarter", "2023Q4"),
            ("2023H2", "half", "2023H2"),
            ("2023年下半年", "half", "2023H2"),
            ("2023-11", "month", "2023-11"),
            ("2023年11月", "month", "2023-11"),
            ("202311", "month", "2023-11"),
            ("2023-11-30", "month", "2023-11"),
        ],
    )
    def test_reads_what_firms_write(self, written, kind, name):
        read = periods.ordered(pd.Series([written])).iloc[0]
        assert (read["kind"], read["period"], read["number"]) == (kind, name, 1)

    def test_counts_over_the_end_of_the_year_and_over_holes(self):
        assert periods.ordered(pd.Series(["2023Q4", "2024Q1", "2024Q3"]))["number"].tolist() == [1, 2, 4]

    @pytest.mark.parametrize(
        "written", [["2023", "2023Q1"], ["2023Q1", "spring"], ["", "2023"], ["2023Q5"], ["2023-13"]]
    )
    def test_mixed_or_unreadable_periods_have_no_order(self, written):
        read = periods.ordered(pd.Series(written))
        assert read["number"].tolist() == [0] * len(written)
        assert read["period"].tolist() == written

    def test_no_periods(self):
        assert periods.ordered(pd.Series([], dtype="str")).empty


class TestBrandShares:
    @pytest.fixture
    def market(self) -> pd.DataFrame:
        sales = {
            "period": ["2024", "2024", "2025", "2025"],
            "brand": ["Ours", "Rival"] * 2,
            "sales": [20.0, 80, 30, 70],
        }
        return pd.DataFrame(sales)

    def test_market_share_and_its_change(self, market):  # T23
        shares = competitor.brand_shares(schema.empty("brand_use"), market).set_index(["period", "brand"])
        assert shares.loc[("2025", "Ours"), ["share", "share_change"]].tolist() == pytest.approx([0.3, 0.1])
        assert pd.isna(shares.loc[("2024", "Ours"), "share_change"])

    def test_no_market_no_share(self):
        assert competitor.brand_shares(schema.empty("brand_use"), schema.empty("market")).empty

    def test_a_period_without_sales_has_no_share(self, market):  # fault 53
        shares = competitor.brand_shares(schema.empty("brand_use"), market.assign(sales=0.0))
        assert shares["share"].isna().all()

    def test_each_respondent_counts_once(self):
        """r1 splits 3 to 1, r2 names both without a share, r3 buys Rival only."""
        use = pd.DataFrame(
            {
                "respondent_id": ["r1", "r1", "r2", "r2", "r3"],
                "brand": ["Ours", "Rival", "Ours", "Rival", "Rival"],
                "share_of_purchases": [0.75, 0.25, np.nan, np.nan, 1.0],
            }
        )
        shares = competitor.brand_shares(use, schema.empty("market")).set_index("brand")
        assert shares["value"].to_dict() == {"Ours": 1.25, "Rival": 1.75}
        assert shares["share"].sum() == pytest.approx(1)

    def test_leaves_its_input_alone(self, market):
        before = market.copy()
        competitor.brand_shares(schema.empty("brand_use"), market)
        pd.testing.assert_frame_equal(market, before)

    def test_one_brand_alone_has_no_share(self, market):  # T23
        shares = competitor.brand_shares(NO_USE, market[market["brand"] == "Ours"])
        assert shares["share"].isna().all()

    def test_one_period_written_in_two_ways_is_one(self, market):
        odd = market.assign(period=["2024Q1", "2024 q1", "2024Q2", "Q2 2024"])
        shares = competitor.brand_shares(NO_USE, odd)
        assert shares["period"].tolist() == ["2024Q1"] * 2 + ["2024Q2"] * 2
        assert shares["share"].tolist() == pytest.approx([0.2, 0.8, 0.3, 0.7])

    def test_time_goes_before_the_alphabet(self):
        shares = competitor.brand_shares(NO_USE, market_of(["Q1 2025", "Q4 2024"], A=[1, 2], B=[3, 2]))
        assert shares["period"].tolist() == ["2024Q4"] * 2 + ["2025Q1"] * 2
        assert shares["share_change"].tolist()[2:] == pytest.approx([-0.25, 0.25])

    def test_a_change_takes_the_period_right_before(self):
        shares = competitor.brand_shares(NO_USE, market_of(["2024Q1", "2024Q3"], A=[1, 2], B=[3, 2]))
        assert shares["share_change"].isna().all()

    def test_regions_are_added_up(self, market):
        halves = pd.concat([market.assign(region="East", sales=market["sales"] / 2)] * 2)
        halves["region"] = ["East"] * 4 + ["West"] * 4
        pd.testing.assert_frame_equal(
            competitor.brand_shares(NO_USE, halves), competitor.brand_shares(NO_USE, market)
        )


class TestTrends:
    def test_a_loss_and_who_gains_it(self, moving):
        made = competitor.trends(moving, "Ours").set_index("brand")
        assert made["verdict"].to_dict() == {"Ours": "falling", "Rival": "rising", "Third": "steady"}
        ours = made.loc["Ours"]
        assert (ours["share_first"], ours["share_last"]) == pytest.approx(
            (0.385, 0.305)
        )  # 40+39+38+37 of 400
        assert ours["share_slope"] == pytest.approx(-0.01)
        assert ours["share_change_short"] == pytest.approx(-0.04)
        assert (ours["first_period"], ours["last_period"], ours["n_periods"]) == ("2023Q1", "2025Q4", 12)

    def test_the_p_value_is_exact_and_corrected(self, moving):
        """Twelve in falling order: 2 of 12! orders are as clear; the first of three brands."""
        p = competitor.trends(moving, "Ours").set_index("brand")["p_adjusted"]
        assert p["Ours"] == pytest.approx(3 * 2 / 479001600)
        assert p["Third"] == 1.0

    def test_a_short_series_claims_nothing(self):
        made = competitor.trends(market_of(quarters(4), Ours=[4, 3, 2, 1], Rival=[1, 2, 3, 4]), "Ours")
        assert made["verdict"].tolist() == ["steady", "steady"]
        assert (made["share_first"].tolist()[0], made["share_last"].tolist()[0]) == (
            0.8,
            0.2,
        )  # first and last period

    def test_a_trifle_is_steady_however_sure(self):
        slow = [1000 - place for place in range(12)]
        made = competitor.trends(market_of(quarters(12), Ours=slow, Rival=[1000] * 12), "Ours")
        assert made["p_adjusted"].max() < 0.001
        assert made["verdict"].tolist() == ["steady", "steady"]

    def test_seasons_that_all_brands_share_are_no_trend(self):
        season = [1, 2, 3, 8] * 3
        made = competitor.trends(market_of(quarters(12), Ours=season, Rival=season), "Ours")
        assert made["verdict"].tolist() == ["steady", "steady"]
        assert made["p_adjusted"].tolist() == [1.0, 1.0]

    def test_a_hole_makes_all_untested(self, moving):
        assert competitor.trends(moving.iloc[1:], "Ours")["verdict"].eq("untested").all()

    def test_a_hole_in_one_region_counts_too(self, moving):
        two = pd.concat([moving.assign(region="East"), moving.assign(region="West")], ignore_index=True)
        assert (
            competitor.trends(two.drop(index=30), "Ours")
            .query("region == ''")["verdict"]
            .eq("untested")
            .all()
        )

    def test_a_zero_is_no_hole(self, moving):
        late = moving.assign(sales=moving["sales"].where(moving["brand"] != "Third", [0] * 36))
        assert not competitor.trends(late, "Ours")["verdict"].eq("untested").any()

    def test_the_own_brand_by_region(self, moving):
        steady = moving.assign(sales=30.0, region="West")
        made = competitor.trends(pd.concat([moving.assign(region="East"), steady]), "Ours")
        by_region = made[made["region"] != ""].set_index("region")
        assert by_region["verdict"].to_dict() == {"East": "falling", "West": "steady"}
        assert set(by_region["brand"]) == {"Ours"}

    @pytest.mark.parametrize(
        "market",
        [
            schema.empty("market"),
            market_of(quarters(12), Ours=[1] * 12),
            market_of(["2023", "2023Q2"], Ours=[1, 2], Rival=[2, 1]),
        ],
        ids=["absent", "one brand", "no order"],
    )
    def test_without_a_market_to_follow_no_rows(self, market):
        made = competitor.trends(market, "Ours")
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_trends"]

    def test_one_period_and_no_sales_are_untested(self):
        for market in (
            market_of(["2023"], A=[1], B=[2]),
            market_of(["2023", "2024", "2025"], A=[0] * 3, B=[0] * 3),
        ):
            assert competitor.trends(market, "A")["verdict"].eq("untested").all()

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="market: no column brand"):
            competitor.trends(pd.DataFrame({"period": ["2023"]}), "Ours")

    def test_shuffled_rows_change_no_bit(self, moving):
        odd = moving.assign(sales=moving["sales"] / 3, region="East")
        both = pd.concat([odd, odd.assign(sales=odd["sales"] / 7, region="West")])
        one, other = (
            competitor.trends(table, "Ours") for table in (both, both.sample(frac=1, random_state=2))
        )
        pd.testing.assert_frame_equal(one, other, check_exact=True)

    def test_leaves_its_input_alone(self, moving):
        before = moving.copy()
        competitor.trends(moving, "Ours")
        pd.testing.assert_frame_equal(moving, before)

    @pytest.mark.slow
    def test_where_shares_only_waver_few_markets_show_a_trend(self):
        random = np.random.default_rng(2026)
        rules = CompetitorRules(share_threshold=0.0)
        found = 0
        for _ in range(300):
            wavering = {name: random.normal(100, 5, 12).tolist() for name in "ABCDE"}
            found += (
                competitor.trends(market_of(quarters(12), **wavering), "A", rules)["verdict"]
                .ne("steady")
                .any()
            )
        assert found / 300 < 0.03  # 0.01 and three standard errors


class TestVoice:
    @pytest.fixture
    def loud(self) -> pd.DataFrame:
        """In 2025 Ours pays 10 of 40 for 30 of 60 in sales; the year before is not looked at."""
        last = market_of(quarters(12)[8:], Ours=[7, 8, 7, 8], Rival=[7, 8, 7, 8]).assign(
            marketing=[1, 2, 3, 4, 6, 7, 8, 9]
        )
        return pd.concat([market_of(quarters(8), Ours=[1] * 8, Rival=[99] * 8).assign(marketing=50), last])

    def test_shares_of_the_last_year_by_hand(self, loud):
        ours = competitor.voice(loud, "Ours").set_index("brand").loc["Ours"]
        assert (ours["share_of_voice"], ours["share_of_market"], ours["share_ahead"]) == (0.25, 0.5, -0.25)
        assert (ours["first_period"], ours["last_period"], ours["sales_per_marketing"]) == (
            "2025Q1",
            "2025Q4",
            3.0,
        )
        assert ours["is_own"]

    def test_a_brand_that_pays_nothing_has_no_voice_but_counts(self, loud):
        quiet = loud.assign(marketing=loud["marketing"].where(loud["brand"] == "Ours", 0))
        rival = competitor.voice(quiet, "Ours").set_index("brand").loc["Rival"]
        assert rival["share_of_voice"] == 0
        assert pd.isna(rival["sales_per_marketing"])

    @pytest.mark.parametrize(
        "change",
        [
            {"marketing": np.nan},
            {"marketing": 0.0},
            {"brand": "Ours"},
            {"period": "spring"},
            {"sales": 0.0},
        ],
        ids=["unknown", "nobody pays", "one brand", "no order", "no sales"],
    )
    def test_what_is_not_known_of_all_is_stated_of_none(self, loud, change):
        assert competitor.voice(loud.assign(**change), "Ours").empty

    def test_no_market(self):
        made = competitor.voice(schema.empty("market"))
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_voice"]

    def test_leaves_its_input_alone(self, loud):
        before = loud.copy()
        competitor.voice(loud, "Ours")
        pd.testing.assert_frame_equal(loud, before)
