"""The playbook, the four elements, and the contradictions that a plan may hold."""

import pandas as pd
import pytest

from custkit import schemes
from custkit.errors import SettingsError, TableError
from custkit.schemes import segment_map
from custkit.strategy import kpis, playbook
from custkit.words import LANGUAGES, Words

EN = Words("en")


@pytest.fixture
def document_002() -> pd.DataFrame:
    """Document 002's own lines: the three of its step 3 and 4, and the third of its table 2."""
    rows = [
        (
            "专属会员日",
            "rfm8:high_value",
            "retention",
            "reorder_rate",
            0.15,
            "relative",
            "up",
            "",
            "membership, service",
        ),
        (
            "激活消费频次",
            "rfm8:potential",
            "frequency",
            "orders_per_customer",
            0.15,
            "relative",
            "up",
            "",
            "offer",
        ),
        (
            "关怀优惠券",
            "rfm8:churn_risk",
            "recency",
            "recall_rate",
            0.20,
            "level",
            "up",
            "slow_service",
            "offer, contact",
        ),
        (
            "首单立减50元",
            "rule:three_orders",
            "first_order",
            "first_order_rate",
            0.25,
            "relative",
            "up",
            "",
            "offer",
        ),
    ]
    columns = ["strategy", "target_group", "lever", "kpi", "target", "kind", "direction", "cause", "means"]
    return pd.DataFrame(rows, columns=columns).assign(baseline=0.3)


class TestPlaybook:
    def test_every_group_is_one_that_03_names(self):
        known = {f"{s.id}:{label}" for s in schemes.SCHEMES.values() for label in s.labels}
        known |= {f"segment_map:{name}" for name in segment_map.names(segment_map.shipped())}
        known.add("status:prospect")
        assert {play.target_group for play in playbook.PLAYBOOK} <= known
        assert set(playbook.WEAK_SIDES) <= known

    def test_weak_sides_of_the_eight_cells_are_the_low_ones(self):
        cells = {name: cell for cell, name in schemes.READINGS["intended"].items()}
        for name, cell in cells.items():
            low = [side for side, level in zip(playbook.SIDES, cell, strict=True) if level == "L"]
            assert list(playbook.WEAK_SIDES[f"rfm8:{name}"]) == low

    def test_every_word_of_a_play_stands_in_the_catalogue(self):
        for play in playbook.PLAYBOOK:
            for lang in LANGUAGES:
                words = Words(lang)
                assert all(
                    words.has(f"label.{s}.{k}")
                    for s, k in [
                        ("strategy", play.strategy),
                        ("lever", play.lever),
                        ("kpi", play.kpi),
                        ("cause", play.cause),
                    ]
                )
                assert all(
                    words.has(f"plan.{play.strategy}.{part}")
                    for part in ("content", "resources", "department", "owner", "channel")
                )
                assert words.has(f"plan.denominator.{play.kpi}")

    def test_no_play_contradicts_itself(self):
        rows = [
            {
                "strategy": play.strategy,
                "target_group": play.target_group,
                "lever": play.lever,
                "kpi": play.kpi,
                "baseline": 0.5,
                "target": play.change,
                "kind": "relative",
                "direction": kpis.KPIS[play.kpi].direction,
            }
            for play in playbook.PLAYBOOK
        ]
        assert playbook.check(pd.DataFrame(rows), EN).empty


class TestRequireElements:  # mission 120
    @pytest.fixture
    def plan(self) -> pd.DataFrame:
        elements = dict.fromkeys(playbook.ELEMENTS, "said")
        return pd.DataFrame([{"strategy": "recall", **elements}, {"strategy": "win_back", **elements}])

    def test_four_elements_are_enough(self, plan):
        playbook.require_elements(plan)

    @pytest.mark.parametrize("element", playbook.ELEMENTS)
    @pytest.mark.parametrize("nothing", [None, "", "  "])
    def test_names_strategy_and_element(self, plan, element, nothing):
        plan.loc[1, element] = nothing
        with pytest.raises(SettingsError, match=f"plan: strategy 'win_back' has no {element}"):
            playbook.require_elements(plan)

    @pytest.mark.parametrize("element", playbook.ELEMENTS)
    def test_names_a_missing_column(self, plan, element):
        with pytest.raises(SettingsError, match=f"plan: no column {element}"):
            playbook.require_elements(plan.drop(columns=element))


class TestCheck:  # M3
    def test_document_002_against_itself(self, document_002):
        found = playbook.check(document_002, EN)
        assert dict(zip(found["strategy"], found["trap"], strict=True)) == {
            "激活消费频次": "T2",
            "关怀优惠券": "T31",
            "首单立减50元": "T4",
        }

    def test_the_problem_is_told_in_the_language_of_the_run(self, document_002):
        problem = playbook.check(document_002, EN).set_index("trap")["problem"]["T31"]
        assert problem == "The cause is “slow service”, and nothing in the strategy answers it."
        assert "服务响应慢" in playbook.check(document_002, Words("zh")).set_index("trap")["problem"]["T31"]

    def test_a_coupon_may_answer_another_cause(self, document_002):
        assert playbook.check(document_002.iloc[[2]].assign(cause="no_recent_order"), EN).empty

    def test_who_has_stopped_cannot_be_kept(self, document_002):  # T2
        kept = document_002.iloc[[1]].assign(lever="retention")
        assert playbook.check(kept, EN)["trap"].tolist() == ["T2"]

    def test_prospects_cannot_order_again(self, document_002):  # T4, T5
        line = document_002.iloc[[3]].assign(target_group="status:prospect")
        assert playbook.check(line, EN).empty
        assert playbook.check(line.assign(kpi="reorder_rate"), EN)["trap"].tolist() == ["T4"]

    def test_up_15_percent_must_say_of_what(self, document_002):  # T11
        assert playbook.check(document_002.iloc[[0]].assign(kind=""), EN)["trap"].tolist() == ["T11"]

    def test_no_share_goes_beyond_all(self, document_002):  # T11
        line = document_002.iloc[[0]].assign(baseline=0.95)
        found = playbook.check(line, EN)
        assert found["trap"].tolist() == ["T11"]
        assert "109%" in found["problem"].iloc[0]

    def test_more_complaints_are_no_aim(self, document_002):  # T12
        line = document_002.iloc[[0]].assign(kpi="complaint_rate", lever="service")
        assert playbook.check(line, EN)["trap"].tolist() == ["T12"]
        assert playbook.check(line.assign(direction="down"), EN).empty

    def test_what_the_playbook_does_not_know_is_not_judged(self, document_002):
        line = document_002.iloc[[1]].assign(target_group="own:gold", kpi="own_kpi")
        assert playbook.check(line, EN).empty

    def test_leaves_its_input_alone(self, document_002):
        before = document_002.copy()
        playbook.check(document_002, EN)
        pd.testing.assert_frame_equal(document_002, before)

    def test_names_the_missing_column(self, document_002):
        with pytest.raises(TableError, match="plan: no column lever"):
            playbook.check(document_002.drop(columns="lever"), EN)
