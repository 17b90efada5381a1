"""Cards of brands, changes of scorecards, and what to mend first."""

import numpy as np
import pandas as pd
import pytest
from brand_tables import made_of

from custkit import competitor, schema
from custkit.settings import CompetitorRules

NONE = schema.empty("brands")


@pytest.fixture
def card() -> pd.DataFrame:
    """Ours and Rival on two days; Ours moves down in price level, and its service falls from 8 to 6."""
    rows = [
        ("Ours", "yes", "service", 8, "test", "2024-12-31", "high"),
        ("Ours", "yes", "service", 6, "test", "2025-12-31", "mid"),
        ("Ours", "yes", "range", 5, "test", "2024-12-31", "high"),
        ("Ours", "yes", "range", 5, "press", "2025-12-31", "mid"),
        ("Rival", "no", "service", 7, "test", "2024-12-31", "low"),
        ("Rival", "no", "service", 9, "test", "2025-12-31", "low"),
        ("Rival", "no", "range", 5, "", "2025-12-31", "low"),
    ]
    columns = ["brand", "is_own", "attribute", "score", "source", "as_of", "price_level"]
    table = pd.DataFrame(rows, columns=columns).assign(tier_served="tier 1", strategy_type="service")
    return table.assign(as_of=pd.to_datetime(table["as_of"]), score=table["score"].astype("float64"))


def cards_of(card: pd.DataFrame, rules: CompetitorRules = CompetitorRules(), **given) -> pd.DataFrame:
    tables, _ = made_of(rules, brands=card, **given)
    return tables["brand_cards"].set_index("brand")


def filled(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as the table of that name; columns that the case is not about hold nothing."""
    nothing = {"int64": 0, "str": "", "bool": True, "float64": np.nan}
    others = {column: nothing[kind] for column, kind in schema.TABLES[name].items() if column not in rows}
    return schema.frame(name, rows.assign(**others))


class TestCards:
    def test_the_latest_word_stands(self, card):
        made = cards_of(card)
        assert made["price_level"].to_dict() == {"Ours": "mid", "Rival": "low"}
        assert made["is_own"].to_dict() == {"Ours": True, "Rival": False}
        assert made.loc["Ours", "sources"] == "press; test"
        assert made.loc["Ours", "as_of"] == pd.Timestamp("2025-12-31")

    def test_words_without_source_come_after_the_others(self, card):
        unsourced = card.iloc[[1]].assign(source="", as_of=pd.Timestamp("2026-06-30"), price_level="hearsay")
        assert cards_of(pd.concat([card, unsourced]))["price_level"]["Ours"] == "mid"
        alone = cards_of(card.assign(source=""))
        assert alone["price_level"]["Ours"] in ("mid", "high")
        assert alone["sources"].eq("").all()
        assert alone["as_of"].isna().all()

    def test_the_two_scores_and_whether_they_count(self, card):  # T22
        rules = CompetitorRules(quality_attribute="service", price_attribute="range")
        made = cards_of(card, rules)
        assert made.loc["Ours", ["quality_score", "price_score", "ranked"]].tolist() == [6, 5, True]
        assert made.loc["Rival", ["quality_score", "price_score", "ranked"]].tolist() == [9, 5, False]

    def test_attributes_that_are_not_there_leave_holes(self, card):
        made = cards_of(card)
        assert made[["quality_score", "price_score"]].isna().all(axis=None)
        assert not made["ranked"].any()

    def test_standing_is_the_weighted_mean_of_standard_scores(self):
        rows = [("A", "x", 1), ("B", "x", 3), ("A", "y", 6), ("B", "y", 2), ("C", "x", 2)]
        card = pd.DataFrame(rows, columns=["brand", "attribute", "score"]).assign(
            source="test", as_of=pd.Timestamp("2025-01-01")
        )
        made = cards_of(card)["standing"]
        x = (1 - 2) / np.std([1, 2, 3])
        assert made["A"] == pytest.approx((x + 1) / 2)
        assert pd.isna(made["C"])  # nobody scored its y

    def test_the_market_says_what_the_way_brought(self, card):
        market = pd.DataFrame(
            {
                "period": ["2024", "2024", "2025", "2025"],
                "brand": ["Ours", "Rival"] * 2,
                "sales": [40.0, 60, 30, 70],
            }
        )
        made = cards_of(card, market=market)
        assert made.index.tolist() == ["Ours", "Rival"]
        assert made.loc["Ours", ["share_of_market", "share_change"]].tolist() == pytest.approx([0.3, -0.1])
        assert pd.isna(made.loc["Ours", "share_change_short"])  # four periods ago there was nothing

    def test_ratings_alone_give_cards_too(self):
        told = pd.DataFrame({"brand": ["A", "B"] * 30, "quality": [5, 7] * 30, "price": [6, 4] * 30})
        made = cards_of(NONE, brand_ratings=told)
        assert made["quality_score"].to_dict() == {"A": 5, "B": 7}
        assert made["ranked"].all()

    def test_absent_tables_give_columns_and_no_rows(self):
        made = made_of()[0]["brand_cards"]
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_cards"]

    def test_leaves_its_input_alone(self, card):
        before = card.copy()
        made_of(brands=card)
        pd.testing.assert_frame_equal(card, before)


class TestChanges:
    def test_latest_day_against_the_one_before(self, card):
        made = competitor.changes(card, "Ours").set_index(["brand", "attribute"])
        assert made["change"].to_dict() == {
            ("Ours", "service"): -2,
            ("Ours", "range"): 0,
            ("Rival", "service"): 2,
        }
        assert made.loc[("Ours", "service"), ["before", "score", "place"]].tolist() == [8, 6, 1]
        assert made["same_source"].to_dict() == {
            ("Ours", "service"): True,
            ("Ours", "range"): False,
            ("Rival", "service"): True,
        }

    def test_a_third_day_moves_the_pair_on(self, card):
        later = card.iloc[[1]].assign(score=7.0, as_of=pd.Timestamp("2026-12-31"))
        made = competitor.changes(pd.concat([card, later]), "Ours").set_index(["brand", "attribute"])
        assert made.loc[("Ours", "service"), ["before", "score"]].tolist() == [6, 7]

    def test_several_scores_of_one_day_are_averaged(self, card):
        twice = pd.concat([card, card.iloc[[1]].assign(score=7.0)])
        assert (
            competitor.changes(twice).set_index(["brand", "attribute"]).loc[("Ours", "service"), "score"]
            == 6.5
        )

    @pytest.mark.parametrize("rows", [0, 1, 2], ids=["absent", "one row", "one day"])
    def test_nothing_to_compare(self, card, rows):
        made = competitor.changes(card.iloc[[0, 2]].iloc[:rows])
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_changes"]

    def test_leaves_its_input_alone(self, card):
        before = card.copy()
        competitor.changes(card, "Ours")
        pd.testing.assert_frame_equal(card, before)


class TestSuggestions:
    @pytest.fixture
    def parts(self) -> dict[str, pd.DataFrame]:
        """A weakness that weighs 0.03, one group of a quarter that is a point worse, a need nobody meets, a rival."""
        gaps = pd.DataFrame(
            {
                "attribute": ["care", "fame"], "gap_to_mean": [-1.0, 1.0], "importance": [0.3, 0.2], "span": 10.0,
                "priority": [0.03, 0.02], "verdict": ["weakness", "strength"], "place": 1, "basis": "ratings",
            }
        )  # fmt: skip
        group = {
            "dimension": "age_band", "level": "56-65", "attribute": "care", "gap_to_mean": -2.0, "elsewhere": -1.0,
            "share_of_respondents": 0.25, "verdict": "worse_here", "place": 1,
        }  # fmt: skip
        space = {
            "dimension": "respondents", "level": "", "attribute": "fun", "importance": 0.4, "best": 4.0, "line": 5.0,
            "share_of_respondents": 1.0, "weight": 0.04, "verdict": "unmet", "place": 1,
        }  # fmt: skip
        flows = pd.DataFrame({"rival": ["B", "C"], "net_gain": [-20, -3], "verdict": ["losing", "untested"]})
        weights = pd.DataFrame({"attribute": ["care", "fun", "fame"], "importance": [0.3, 0.4, 0.2]})
        rows = {"brand_gaps": gaps, "brand_net_flows": flows, "brand_importance": weights}
        rows |= {"brand_gaps_by_group": pd.DataFrame([group]), "white_space": pd.DataFrame([space])}
        return {name: filled(name, table) for name, table in rows.items()}

    def suggested(self, parts) -> pd.DataFrame:
        names = ("brand_gaps", "brand_gaps_by_group", "white_space", "brand_importance", "brand_net_flows")
        return competitor.suggestions(*(parts[name] for name in names))

    def test_the_weightiest_first_with_its_evidence(self, parts):
        made = self.suggested(parts)
        assert made["suggestion"].tolist() == ["fill", "mend", "mend_for", "win_back"]
        assert made["weight"].tolist()[:3] == pytest.approx([0.04, 0.03, 0.3 * 1 / 10 * 0.25])
        assert made["evidence_row"].tolist() == [
            "respondents, attribute fun",
            "attribute care",
            "age_band 56-65, attribute care",
            "rival B",
        ]
        assert made["place"].tolist() == [1, 2, 3, 4]

    def test_every_row_it_names_is_there(self, parts):
        for row in self.suggested(parts).itertuples():
            column = "rival" if row.suggestion == "win_back" else "attribute"
            assert row.subject in set(parts[row.evidence][column])

    def test_an_outcome_cannot_be_mended_and_a_scorecard_comes_last(self, parts):
        gaps = parts["brand_gaps"].assign(
            verdict="weakness", importance=np.nan, priority=np.nan, basis=["ratings", "scorecard"]
        )
        made = self.suggested(parts | {"brand_gaps": gaps})
        assert made[made["suggestion"] == "mend"]["subject"].tolist() == ["fame"]
        assert made["subject"].tolist()[-1] == "fame"

    def test_nothing_proven_nothing_suggested(self, parts):
        made = self.suggested({name: table.iloc[:0] for name, table in parts.items()})
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_suggestions"]

    def test_leaves_its_input_alone(self, parts):
        before = {name: table.copy() for name, table in parts.items()}
        self.suggested(parts)
        for name, table in parts.items():
            pd.testing.assert_frame_equal(table, before[name])
