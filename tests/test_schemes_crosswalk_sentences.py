"""Sentences about schemes beside each other: each holds against its table, and says why where nothing can be claimed."""

import re

import pandas as pd
import pytest
from customers import case_of, people

from custkit import findings as found
from custkit import schema, schemes
from custkit.schemes import (
    confidence,
    crosswalk,
    crosswalk_sentences,
    migration,
    repair,
    segment_map,
    states,
    upgrades,
)
from custkit.settings import ScoreRules
from custkit.words import Words

ORDERS = {"tier3": ("high", "potential", "low"), "segment_map": segment_map.names(segment_map.shipped())}


def tables_of(
    features: pd.DataFrame, segments: pd.DataFrame | None = None, cut_points: str = "whole"
) -> dict:
    """Every table that the sentences read; a year ago everyone had one order and half the spend less, and has ordered since."""
    known = case_of(features, segments=segments)
    labels = schemes.label(known)
    rules = states.namers(known)
    sure = confidence.label_confidence(
        known, features, rules, score_rules=ScoreRules(cut_points=cut_points), draws=20
    )
    steps = upgrades.steps(known, rules, ORDERS)
    start = features.assign(n_orders=0, spend=0.0, status="prospect", last_order=pd.NaT)
    split = features.assign(n_orders=features["n_orders"].clip(upper=1), spend=features["spend"] / 2)
    split["last_order"] = pd.Timestamp("2024-12-31") - pd.to_timedelta(split["recency_days"].astype(int), "D")
    end = features.assign(last_order=pd.Timestamp("2025-12-31"), recency_days=0)
    names = [schemes.label(case_of(day, segments=segments)) for day in (start, split)]
    maps = {"shipped": segment_map.shipped(), "r_rfm": repair.of_r()}
    return {
        "map_audit": repair.audit(maps, known.rfm),
        "scheme_agreement": crosswalk.agreement(crosswalk.crosswalk(features, labels), ORDERS),
        "crosswalk_words": crosswalk.words(features, labels),
        "confidence_summary": confidence.summary(sure),
        "step_summary": upgrades.summary(steps),
        "label_flows": migration.flows(start, split, end, names[1], labels),
        "revenue_change": migration.revenue_change(start, split, end, *names),
    }


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    """60 buyers, ten of each of six kinds."""
    recency, orders, spend = [1, 5, 30, 80, 200, 400] * 10, [9, 2, 4, 1, 6, 1] * 10, range(100, 6100, 100)
    return people(recency, orders, list(spend))


@pytest.fixture(scope="module")
def tables(features) -> dict:
    return tables_of(features)


def keys(rows: list[dict]) -> set[str]:
    return {row["key"] for row in rows}


class TestFindings:
    def test_each_holds_against_the_table_it_names(self, tables):  # mission M7
        stated = found.frame("03", crosswalk_sentences.findings(tables, currency="GBP", split="2024-12-31"))
        assert found.recompute(stated, lambda name: tables[name]).empty

    def test_what_is_said(self, tables):
        rows = crosswalk_sentences.findings(tables, currency="GBP", split="2024-12-31")
        assert {
            "crosswalk_map_sound",
            "crosswalk_map_faults",
            "crosswalk_alike",
            "crosswalk_apart",
            "confidence_sure",
            "confidence_steps",
            "migration_kept",
            "migration_revenue",
            "migration_totals",
        } <= keys(rows)
        text = next(row["text_en"] for row in rows if row["key"] == "crosswalk_map_faults")
        assert "of 125 cells, 10 have no name and 58 more than one" in text  # mission M2

    def test_plain_facts_come_before_the_split_and_both_name_windows_and_scheme(self, tables):
        windows = ("2024-01-01 – 2024-12-30", "2024-12-31 – 2025-12-30")
        rows = crosswalk_sentences.findings(tables, currency="GBP", split="2024-12-30", windows=windows)
        (told,) = (row for row in rows if row["key"] == "migration_revenue")
        for lang, facts in (("en", "orders per customer: from 1.00 to "), ("zh", "人均订单数由 1.00 变为 ")):
            text = told[f"text_{lang}"]
            assert text.index(facts) < text.index(Words(lang).label("scheme", "segment_map"))
            assert all(window in text for window in windows)

    def test_small_amounts_per_order_keep_their_cents_and_nothing_by_nobody_is_no_ratio(self, tables):
        change = tables["revenue_change"].assign(
            spend_before=12.5, orders_before=5, orders_after=0, customers_after=0
        )
        rows = crosswalk_sentences.findings(tables | {"revenue_change": change})
        text = next(row["text_en"] for row in rows if row["key"] == "migration_revenue")
        assert "net spend per order: from 2.50 to –" in text
        assert " to –; net spend" in text

    @pytest.mark.parametrize(("after", "told"), [("lost", "cooling"), ("dormant", "dormant")])
    def test_a_change_into_a_name_that_nobody_had_is_not_told(self, tables, after, told):
        """Nobody could be lost before: the history was shorter than the border."""
        flows = pd.DataFrame(
            [
                ("dormant", "dormant", "away", 9),
                ("not_registered", "dormant", "new", 8),
                ("cooling", after, "lapsed", 7),
                ("prospect", "cooling", "new", 6),
                ("dormant", "cooling", "returned", 3),
            ],
            columns=["label_before", "label_after", "move", "customers"],
        )
        flows = schema.frame(
            "label_flows", flows.assign(scheme="segment_map", spend_before=0.0, spend_after=0.0)
        )
        rows = crosswalk_sentences.findings(tables | {"label_flows": flows}, split="2024-12-30")
        text = next(row["text_en"] for row in rows if row["key"] == "migration_move")
        assert f"to {Words().label('segment_map', told)} (" in text

    def test_the_word_that_names_different_customers_is_told(self, tables):  # mission T3
        told = [
            row["text_en"]
            for row in crosswalk_sentences.findings(tables)
            if row["key"].startswith("crosswalk_word")
        ]
        assert 0 < len(told) <= 3
        assert all("sound alike" in text for text in told)

    def test_nobody(self, features, tables):
        empty = {name: table[:0] for name, table in tables.items()}
        rows = crosswalk_sentences.findings(empty)
        assert keys(rows) == {"crosswalk_no_pair", "migration_short"}

    @pytest.mark.parametrize("n", [1, 3, 10])
    def test_a_handful_gives_sentences_that_hold(self, features, n):
        tables = tables_of(features[:n])
        stated = found.frame("03", crosswalk_sentences.findings(tables, split="2024-12-31"))
        assert found.recompute(stated, lambda name: tables[name]).empty
        assert "crosswalk_alike" not in set(
            stated["key"]
        )  # too few for an interval, and the sentence says so

    def test_given_cut_points_are_said(self, features):
        rows = crosswalk_sentences.findings(
            tables_of(features[:10], cut_points="march.csv"), ScoreRules(cut_points="march.csv")
        )
        assert "confidence_given" in keys(rows)
        assert "confidence_sure" not in keys(rows)

    def test_names_of_a_users_map_are_said_as_they_are(self, features):
        own = segment_map.shipped()
        own["segment"] = "My " + own["segment"]
        rows = crosswalk_sentences.findings(tables_of(features, own), split="2024-12-31")
        told = " ".join(row["text_zh"] for row in rows)
        assert "My " in told

    def test_leaves_its_input_alone(self, tables):
        before = {name: table.copy(deep=True) for name, table in tables.items()}
        crosswalk_sentences.findings(tables)
        for name, table in before.items():
            pd.testing.assert_frame_equal(tables[name], table)


def test_no_key_and_no_header_is_left_without_chinese(tables):
    """But for what the data brought: numbers, names of cells, and the column in which nothing stands."""
    for name, table in tables.items():
        shown = Words("zh").table(table)
        assert not [column for column in shown if column in table.columns], name
        for _, column in shown.select_dtypes("str").items():
            known = [value for value in column.dropna() if re.fullmatch(r"[a-z_0-9]+", value)]
            assert not known, (name, column.name, known[:3])


def test_every_table_has_the_columns_of_its_schema(tables):
    for name, table in tables.items():
        assert {column: str(kind) for column, kind in table.dtypes.items()} == schema.TABLES[name], name
