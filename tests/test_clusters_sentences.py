"""The sentences of 04: recomputed, in both languages, for every verdict."""

import dataclasses

import pandas as pd
import planted
import pytest

from custkit import clusters, findings
from custkit.settings import ClusterRules

RULES = ClusterRules(max_clusters=4, n_bootstrap=6)
CASES = {
    "groups": (planted.groups(each=20), RULES),
    "slices": (planted.one_crowd(400), dataclasses.replace(RULES, min_stability=0.5)),
    "none": (planted.evenly(100), RULES),
    "given": (planted.evenly(60), dataclasses.replace(RULES, n_clusters=3)),
    "too_few": (planted.evenly(7), RULES),
    "alike": (planted.buyers([3] * 40, [1] * 40, [9.0] * 40), RULES),
}


def tables(features: pd.DataFrame, rules: ClusterRules) -> dict[str, pd.DataFrame]:
    measures = clusters.measures(features, rules)
    points = clusters.matrix(features, measures)
    quality = clusters.quality(points, rules)
    verdict = clusters.verdict(points, quality, rules)
    groups = clusters.groups(features, points, verdict, rules)
    return {
        "cluster_measures": measures,
        "cluster_summary": clusters.summary(features, points, quality, groups, verdict, rules),
        "cluster_profile": clusters.profile(features, groups, rules),
        "cluster_rules": clusters.rules_of_groups(features, groups, rules),
    }


@pytest.fixture(scope="module", params=CASES)
def case(request):
    made, rules = CASES[request.param]
    written = tables(made, rules)
    return request.param, written, clusters.findings(written, "GBP", rules)


class TestFindings:
    def test_state_the_verdict_once(self, case):
        name, _, stated = case
        assert stated["key"].str.startswith("cluster_verdict_").sum() == 1
        assert f"cluster_verdict_{name}" in stated["key"].tolist()

    def test_hold_when_they_are_recomputed(self, case):
        _, written, stated = case
        assert findings.recompute(stated, written.get).empty

    def test_say_no_missing_number(self, case):
        _, _, stated = case
        text = " ".join([*stated["text_en"], *stated["text_zh"]])
        assert "nan" not in text
        assert "NA" not in text

    def test_tell_of_each_group_or_slice(self, case):
        name, written, stated = case
        key = "cluster_slice" if name == "slices" else "cluster_group"
        described = (written["cluster_profile"]["slice"] > 0).sum()
        assert stated["key"].tolist().count(key) == described
        assert (described > 0) == (name in ("groups", "slices", "given"))


def test_what_is_left_out_is_named():
    # fault 49
    features = planted.groups(each=15).assign(n_orders=1)
    stated = clusters.findings(tables(features, RULES), "", RULES)
    (text,) = stated.loc[stated["key"] == "cluster_left_out_constant", "text_en"]
    assert text.startswith("Left out: orders.")


def test_a_measure_of_ones_own_is_named_as_it_is():
    features = planted.groups(each=15).assign(minutes=30)
    rules = dataclasses.replace(RULES, cluster_features=("n_orders", "spend", "minutes"))
    stated = clusters.findings(tables(features, rules), "", rules)
    (text,) = stated.loc[stated["key"] == "cluster_left_out_constant", "text_zh"]
    assert "minutes" in text


def test_a_giant_is_named_with_the_division_without():
    # fault 52
    features = planted.groups(each=20)
    features.loc[3, "spend"] = 4 * features["spend"].sum()
    stated = clusters.findings(tables(features, RULES), "", RULES).set_index("key")
    assert "One customer holds" in stated.loc["cluster_giant", "text_en"]
    assert "adjusted Rand index" in stated.loc["cluster_without_giant", "text_en"]
    assert not stated["text_en"].str.contains("c0003").any()


def test_fewer_groups_than_asked_for_are_said():
    # fault 50
    stated = clusters.findings(tables(planted.evenly(30), RULES), "", RULES)
    assert "cluster_k_lowered" in stated["key"].tolist()


def test_nobody_is_said_to_be_too_few():
    stated = clusters.findings(tables(planted.evenly(5).iloc[:0], RULES), "", RULES)
    assert stated["key"].tolist() == ["cluster_verdict_too_few"]
