import json

import pandas as pd
import pytest

from custkit import findings, words
from custkit.errors import TableError


@pytest.fixture
def segments() -> pd.DataFrame:
    """Two groups: 2 customers hold 90 of 100, 3 customers hold 10."""
    return pd.DataFrame({"label": ["high", "low"], "customers": [2, 3], "spend": [90.0, 10.0]})


@pytest.fixture(autouse=True)
def sentence(monkeypatch):
    texts = {
        "en": "{label}: {share:.0%} of {total:.0f} {currency}",
        "zh": "{label}：{total:.0f} {currency} 的 {share:.0%}",
    }
    entries = {**words.catalogue(), "finding.test_share": texts}
    monkeypatch.setattr(words, "catalogue", lambda: entries)


def share(table: pd.DataFrame) -> dict:
    return findings.make(
        "test_share",
        "segments",
        table,
        where=[("label", "==", "high")],
        given={"currency": "GBP"},
        label=("word", "label", "label.tier3."),
        share=("share", "spend"),
        total=("sum", "spend"),
    )


class TestMake:
    def test_a_sentence_in_both_languages_with_its_values(self, segments):
        made = share(segments)
        assert made["text_en"] == f"{words.Words('en')('label.tier3.high')}: 90% of 90 GBP"
        assert made["text_zh"].endswith("90 GBP 的 90%")
        assert made["n"] == 1
        assert json.loads(made["values"]) == {"label": "high", "share": 0.9, "total": 90.0, "currency": "GBP"}

    def test_a_share_of_no_rows_is_no_number(self, segments):
        with pytest.raises(TableError, match="segments: expected one row for label, found 0"):
            share(segments.iloc[1:])

    def test_names_the_missing_column(self, segments):
        with pytest.raises(TableError, match="segments: no column spend; it has label, customers"):
            share(segments.drop(columns="spend"))

    def test_leaves_its_input_alone(self, segments):
        before = segments.copy()
        share(segments)
        pd.testing.assert_frame_equal(segments, before)

    def test_a_level_is_told_in_words_and_holds_as_a_name(self, segments):  # mission 4
        table = segments.assign(label=["female", "other people"])
        recipes = {
            "share": ("share", "spend"),
            "total": ("sum", "spend"),
            "label": ("level", "label", "gender"),
        }
        for name, told in (("female", "女"), ("other people", "other people")):
            where = [("label", "==", name)]
            made = findings.make(
                "test_share", "segments", table, where=where, given={"currency": ""}, **recipes
            )
            assert made["text_zh"].startswith(f"{told}：")
            assert json.loads(made["values"])["label"] == name
            assert findings.recompute(findings.frame("01", [made]), lambda _: table).empty


class TestRecompute:
    def test_holds_against_the_table_it_names(self, segments):
        table = findings.frame("03", [share(segments)])
        assert findings.recompute(table, {"segments": segments}.get).empty

    # mission M7
    def test_a_changed_number_is_caught(self, segments):
        table = findings.frame("03", [share(segments)])
        changed = segments.assign(spend=[80.0, 20.0])
        failed = findings.recompute(table, {"segments": changed}.get)
        assert failed["key"].tolist() == ["test_share"]

    def test_a_changed_sentence_is_caught(self, segments):
        table = findings.frame("03", [share(segments)]).assign(text_en="High value: 95% of 90 GBP")
        assert len(findings.recompute(table, {"segments": segments}.get)) == 1

    def test_a_missing_row_is_caught(self, segments):
        table = findings.frame("03", [share(segments)])
        assert len(findings.recompute(table, {"segments": segments.iloc[1:]}.get)) == 1


class TestFrame:
    def test_no_findings_give_the_columns_and_no_rows(self):
        assert list(findings.frame("03", []).columns)[:3] == ["notebook", "key", "table"]


def test_a_share_of_one_row_can_be_said_in_points(monkeypatch):
    texts = {"en": "{change:+.1f} points", "zh": "{change:+.1f} 个百分点"}
    monkeypatch.setattr(words, "catalogue", lambda: {"finding.test_points": texts})
    table = pd.DataFrame({"share": [-0.0655]})
    made = findings.make("test_points", "shares", table, change=("points", "share"))
    assert (made["text_en"], made["text_zh"]) == ("-6.6 points", "-6.6 个百分点")
    with pytest.raises(TableError, match="expected one row for share, found 2"):
        findings.make("test_points", "shares", pd.concat([table, table]), change=("points", "share"))


@pytest.mark.parametrize(
    ("recipe", "value"),
    [
        (("count",), 2), (("share",), 1.0), (("mean", "spend"), 50.0), (("median", "spend"), 50.0), (("min", "spend"), 10.0),
        (("max", "spend"), 90.0), (("quantile", "spend", 0.25), 30.0), (("nunique", "label"), 2), (("share", "spend"), 1.0),
    ],
)  # fmt: skip
def test_every_recipe_computes_what_it_says(segments, monkeypatch, recipe, value):
    texts = {"en": "{x}", "zh": "{x}"}
    entries = {**words.catalogue(), "finding.test_one": texts}
    monkeypatch.setattr(words, "catalogue", lambda: entries)
    assert json.loads(findings.make("test_one", "segments", segments, x=recipe)["values"])["x"] == value
