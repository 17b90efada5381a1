"""Who holds what: counts, shares and the sentences of 03."""

import numpy as np
import pandas as pd
import pytest
from customers import apart, case_of, people

from custkit import findings, proof, schemes, scores
from custkit.errors import TableError
from custkit.schemes import segments
from custkit.settings import ScoreRules
from custkit.words import Words

EN = Words("en")


@pytest.fixture
def features() -> pd.DataFrame:
    """Four buyers spend 100, 60, 40 and -50; a prospect; one who only sent back for 30."""
    some = people([1, 50, 2, 200], [5, 4, 1, 1], [100.0, 60.0, 40.0, -50.0])
    return pd.concat([some, apart("pro", "prospect"), apart("ret", "refunds_only", -30.0)], ignore_index=True)


def tables_of(features: pd.DataFrame, **more) -> dict[str, pd.DataFrame]:
    cuts = schemes.with_cuts(scores.cut_points(features), features)
    rfm = scores.rfm(features, cuts)
    labels = schemes.label(schemes.case(features, rfm, cuts, words=EN, **more))
    parts = schemes.tier_parts(schemes.case(features, rfm, cuts, feedback=more.get("feedback"), words=EN))
    return {
        "rfm": schemes.with_segment(rfm, labels),
        "score_counts": scores.score_counts(rfm, cuts),
        "score_proof": proof.prove(features, cuts),
        "tier_basis": schemes.tier_basis(parts, schemes.contribution_measure(features, cuts)),
        "rfm8_readings": schemes.readings(rfm),
        "segments": segments.segments(features, labels),
    }


class TestSegments:
    def test_counts_and_money_add_up_to_all_customers(self, features):
        table = tables_of(features)["segments"]
        sums = table.groupby("scheme")[["customers", "n_orders", "spend"]].sum()
        assert (sums == [6, 11, 120.0]).all(axis=None)

    def test_shares_are_of_those_who_are_scored(self, features):  # mission 87
        table = tables_of(features)["segments"]
        scored = table[table["is_scored"]].groupby("scheme")[["share_of_customers", "share_of_spend"]].sum()
        assert scored.to_numpy() == pytest.approx(1)
        assert table.loc[~table["is_scored"], ["share_of_customers", "share_of_spend"]].isna().all(axis=None)

    def test_worked_by_hand(self):
        labels = pd.DataFrame(
            {"customer_id": ["a", "b", "c"], "scheme": "s", "label": ["x", "x", "y"], "reason": "given"}
        )
        features = people([1, 3, 9], [1, 2, 7], [10.0, 20.0, 70.0]).assign(customer_id=["a", "b", "c"])
        table = segments.segments(features, labels).set_index("label")
        assert table.index.tolist() == ["y", "x"]
        assert table.loc["x", ["customers", "n_orders", "spend"]].tolist() == [2, 3, 30.0]
        assert table.loc["x", ["share_of_customers", "share_of_spend"]].tolist() == pytest.approx(
            [2 / 3, 0.3]
        )
        assert table.loc["x", ["median_recency_days", "median_orders", "median_spend"]].tolist() == [
            2,
            1.5,
            15,
        ]

    def test_labels_of_other_customers_are_refused(self, features):
        labels = schemes.label(case_of(features))
        with pytest.raises(
            TableError, match="labels: tier3: expected each of 5 customers once, found 6 rows"
        ):
            segments.segments(features[:5], labels)

    def test_no_share_of_a_spend_that_is_not_above_zero(self):
        features = people([1, 2], [1, 1], [-5.0, 5.0])
        table = tables_of(features)["segments"]
        assert table["share_of_spend"].isna().all()
        assert (table.groupby("scheme")["share_of_customers"].sum() == 1).all()

    def test_row_order_changes_nothing(self, features):
        pd.testing.assert_frame_equal(tables_of(features[::-1])["segments"], tables_of(features)["segments"])

    def test_none_gives_no_rows(self):
        table = tables_of(people([], [], []))["segments"]
        assert table.empty
        assert table["is_scored"].dtype == bool


class TestFindings:
    def said(self, tables, rules=ScoreRules()) -> dict[str, str]:
        rows = findings.frame("03", segments.findings(tables, rules))
        assert findings.recompute(rows, tables.__getitem__).empty
        assert (rows["notebook"] == "03").all()
        return dict(zip(rows["key"], rows["text_en"], strict=True))

    def test_say_who_is_scored_and_who_is_not(self, features):
        said = self.said(tables_of(features))
        assert said["rfm_scored"].startswith("Customers scored: 4; their orders that count: 11;")
        assert said["rfm_apart"].startswith("Customers kept apart and not scored: 2,")

    def test_a_changed_table_is_found_out(self, features):
        tables = tables_of(features)
        rows = findings.frame("03", segments.findings(tables))
        tables["segments"] = tables["segments"].assign(customers=tables["segments"]["customers"] + 1)
        assert {"rfm_apart"} <= set(findings.recompute(rows, tables.__getitem__)["key"])

    def test_say_when_a_region_was_too_small(self, features):
        rules = ScoreRules(cut_points="region")
        assert "fewer than 50" in self.said(tables_of(features), rules)["rfm_whole_cuts"]
        assert "rfm_whole_cuts" not in self.said(tables_of(features))

    def test_say_which_file_brought_the_cut_points(self, features):
        said = self.said(tables_of(features), ScoreRules(cut_points="folder/of/mine/cuts_2024.csv"))
        assert "given in cuts_2024.csv;" in said["rfm_own_cuts"]

    def test_say_which_measure_cannot_fill_its_scores(self):
        said = self.said(tables_of(people(range(10), [1] * 7 + [2, 3, 4], range(1, 11))))
        assert said["rfm_few_values"].startswith("Of the 5 scores of orders, 3 can occur")

    def test_say_which_measure_tells_nobody_apart(self):
        said = self.said(tables_of(people(range(10), [2] * 10, range(1, 11))))
        assert (
            said["rfm_one_score"]
            == "By orders, everyone who is scored here gets 1 of 5: it tells nobody apart."
        )
        assert "rfm_few_values" not in said

    def test_say_whether_satisfaction_is_known(self, features):
        feedback = pd.DataFrame({"customer_id": ["c000"], "satisfaction": [5.0]})
        assert (
            "25.0% of scored customers (1)"
            in self.said(tables_of(features, feedback=feedback))["rfm_satisfaction"]
        )
        assert "rfm_no_satisfaction" in self.said(tables_of(features))

    def test_a_failed_proof_is_said(self, features):
        tables = tables_of(features)
        tables["score_proof"] = tables["score_proof"].assign(counterexamples=[0, 0, 3, 0, 0, 0, 0])
        assert "Do not use them" in self.said(tables)["rfm_disproved"]

    def test_a_users_map_is_called_as_they_call_it(self, features):
        own = pd.DataFrame([["Stammkunden", 1, 5, 1, 5, 1, 5]], columns=["segment", "r_lower", "r_upper", "f_lower", "f_upper", "m_lower", "m_upper"])  # fmt: skip
        assert (
            "“Stammkunden” with most spend: 100.0%"
            in self.said(tables_of(features, segments=own))["rfm_top_segment"]
        )

    def test_tell_all_who_went_quiet_though_worth_more_than_the_average(self, features):
        tables = tables_of(features)
        rows = [
            ("champions", 10, 0.2, 0.3, 5.0),
            ("at_risk", 20, 0.1, 0.2, 300.0),
            ("cannot_lose", 5, 0.05, 0.1, 400.0),
            ("lost", 65, 0.65, 0.4, 500.0),
        ]
        columns = ["label", "customers", "share_of_customers", "share_of_spend", "median_recency_days"]
        map_rows = pd.DataFrame(rows, columns=columns)
        map_rows = map_rows.assign(
            spend=map_rows["share_of_spend"] * 100, scheme="segment_map", is_scored=True
        )
        others = tables["segments"].query("scheme != 'segment_map'")
        tables["segments"] = pd.concat([others, map_rows], ignore_index=True)
        said = findings.frame("03", segments.findings(tables))
        assert findings.recompute(said, tables.__getitem__).empty
        texts = said.groupby("key")["text_en"].agg(list)
        assert (
            "together 25.0% of scored customers (25) and 30.0% of their spend" in texts["rfm_cannot_lose"][0]
        )
        assert len(texts["rfm_quiet_segment"]) == 2
        assert "“At risk”" in texts["rfm_quiet_segment"][0]
        alone = map_rows["label"] != "cannot_lose"
        tables["segments"] = pd.concat([others, map_rows[alone]], ignore_index=True)
        assert {"rfm_quiet_segment"} == {key for key in self.said(tables) if "lose" in key or "quiet" in key}

    @pytest.mark.parametrize("n", [1, 30])
    def test_hold_for_one_and_for_equal_customers(self, n):
        said = self.said(tables_of(people([5] * n, [1] * n, [10.0] * n)))
        assert said["rfm_tier"]

    def test_hold_for_spend_that_sums_to_zero(self):
        assert "rfm_tier" not in self.said(tables_of(people([5, 6], [1, 1], [-10.0, 10.0])))

    def test_nobody_scored_is_one_sentence(self, features):
        nobody = features[features["status"] != "buyer"]
        assert list(self.said(tables_of(nobody))) == ["rfm_nobody"]
        assert list(self.said(tables_of(nobody[:0]))) == ["rfm_nobody"]

    def test_leave_their_input_alone(self, features):
        tables = tables_of(features)
        before = {name: table.copy(deep=True) for name, table in tables.items()}
        segments.findings(tables)
        for name, table in tables.items():
            pd.testing.assert_frame_equal(table, before[name])
        assert np.isfinite(tables["rfm"]["spend"]).all()
