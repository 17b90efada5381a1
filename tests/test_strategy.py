"""From labels to a plan: who gets what, what such customers did before, and what is promised."""

import datetime

import pandas as pd
import pytest

from custkit import findings, schema, strategy
from custkit.errors import TableError
from custkit.settings import StrategyRules
from custkit.strategy import holdouts, playbook
from custkit.words import Words

DAY, AS_OF = datetime.date(2024, 1, 1), datetime.date(2024, 3, 31)
FEW = StrategyRules(min_arm=2, held_out=0.5)
EN = Words("en")


def state(rows: dict[str, tuple]) -> pd.DataFrame:
    """Features of customers given as (status, days since the last order, orders, spend), as they stand at AS_OF."""
    columns = ["status", "recency_days", "n_orders", "spend"]
    table = (
        pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("customer_id").reset_index()
    )
    last_order = pd.Timestamp(AS_OF) - pd.to_timedelta(table["recency_days"], unit="D")
    return table.assign(last_order=last_order, tenure_days=400.0)


def labelled(groups: dict[str, str]) -> pd.DataFrame:
    """One label for each customer, given as scheme:label."""
    parts = [(customer, *group.split(":")) for customer, group in groups.items()]
    return pd.DataFrame(parts, columns=["customer_id", "scheme", "label"], dtype="str")


@pytest.fixture
def after() -> pd.DataFrame:
    """Two top customers, one of whom stayed away; four lapsed ones, one of whom came back; Eve has yet to order."""
    return state(
        {
            "ann": ("buyer", 5.0, 9, 900.0),
            "amy": ("buyer", 200.0, 4, 500.0),
            "bob": ("buyer", 30.0, 3, 80.0),
            "ben": ("buyer", 300.0, 1, 20.0),
            "bea": ("buyer", 310.0, 1, 20.0),
            "bud": ("buyer", 320.0, 1, 20.0),
            "eve": ("prospect", None, 0, 0.0),
        }
    )


@pytest.fixture
def before() -> pd.DataFrame:
    """The same at DAY: Ann had 7 orders, Bob one."""
    return state(
        {
            "ann": ("buyer", 5.0, 7, 600.0),
            "amy": ("buyer", 110.0, 4, 500.0),
            "bob": ("buyer", 200.0, 1, 20.0),
            "ben": ("buyer", 210.0, 1, 20.0),
            "bea": ("buyer", 220.0, 1, 20.0),
            "bud": ("buyer", 230.0, 1, 20.0),
            "eve": ("prospect", None, 0, 0.0),
        }
    )


@pytest.fixture
def labels() -> pd.DataFrame:
    lapsed = dict.fromkeys(["bob", "ben", "bea", "bud"], "rfm8:churn_risk")
    return labelled({"ann": "tier3:high", "amy": "tier3:high", **lapsed, "eve": "rfm8:prospect"})


@pytest.fixture
def assigned(labels, after) -> pd.DataFrame:
    return strategy.assign(labels, after)


@pytest.fixture
def chosen(assigned) -> pd.DataFrame:
    """Amy and Ben are left alone."""
    arms = assigned["customer_id"].isin(["amy", "ben"]).map({True: "held_out", False: "treated"})
    return assigned.assign(arm=arms)


@pytest.fixture
def clusters() -> pd.DataFrame:
    rows = [("ann", 2, "c2"), ("amy", 1, "c1"), ("bob", 1, "c1"), ("ben", 0, "none")]
    return pd.DataFrame(rows, columns=["customer_id", "cluster", "label"])


@pytest.fixture
def gaps() -> pd.DataFrame:
    """Price is a weakness, service the second, style a strength."""
    rows = [
        ("price", 4.0, 5.0, "weakness", 1),
        ("service", 4.5, 5.0, "weakness", 2),
        ("style", 7.0, 5.0, "strength", 1),
    ]
    return pd.DataFrame(rows, columns=["attribute", "own", "mean_of_rivals", "verdict", "place"]).assign(n=40)


@pytest.fixture
def numbers(after, before, chosen, assigned, clusters, gaps) -> pd.DataFrame:
    followed = strategy.follow_up(before, after, DAY)
    return strategy.evidence(after, chosen, assigned, followed, clusters, gaps, FEW)


@pytest.fixture
def plan(numbers) -> pd.DataFrame:
    return strategy.plan(numbers, EN, AS_OF, FEW)


class TestAssign:
    def test_everybody_gets_one(self, assigned):
        assert assigned.set_index("customer_id")["strategy"].to_dict() == {
            "amy": "keep_best",
            "ann": "keep_best",
            "bea": "recall",
            "ben": "recall",
            "bob": "recall",
            "bud": "recall",
            "eve": "first_order",
        }

    def test_the_most_specific_wins(self, labels, after):
        more = pd.concat([labels, labelled({"bob": "tier3:high", "ann": "segment_map:cannot_lose"})])
        found = strategy.assign(more, after).set_index("customer_id")["strategy"]
        assert (found["bob"], found["ann"]) == ("recall", "rescue_best")

    def test_who_fits_no_play_gets_none(self, after):
        assert strategy.assign(labelled({"ann": "own:gold"}), after)["customer_id"].tolist() == ["eve"]

    def test_other_readings_of_the_cells_are_not_mistaken(self, labels, after):  # T1
        found = strategy.assign(labels, after, reading="days")
        assert set(found["strategy"]) == {"keep_best", "first_order"}

    def test_the_order_of_the_rows_has_no_say(self, labels, after, assigned):
        pd.testing.assert_frame_equal(strategy.assign(labels[::-1], after[::-1]), assigned)

    def test_no_customer(self, labels, after):
        assert strategy.assign(labels[:0], after[:0]).columns.tolist() == ["customer_id", "strategy"]

    def test_names_the_missing_column(self, labels, after):
        with pytest.raises(TableError, match="labels: no column scheme"):
            strategy.assign(labels.drop(columns="scheme"), after)


class TestUntil:
    def test_later_answers_were_not_known_yet(self):
        feedback = pd.DataFrame(
            {"customer_id": ["ann", "bob"], "date": pd.to_datetime(["2024-01-01", "2024-01-02"])}
        )
        assert strategy.until(feedback, DAY)["customer_id"].tolist() == ["ann"]

    def test_answers_without_a_date_were_not_known(self):
        assert strategy.until(pd.DataFrame({"customer_id": ["ann"]}), DAY).empty


class TestBaselineDay:
    def test_is_one_window_back(self):
        assert strategy.baseline_day(AS_OF, StrategyRules(plan_days=90)) == DAY

    def test_without_any_day_nothing_is_known(self, before, after):
        day = strategy.baseline_day(None)
        assert strategy.follow_up(before[:0], after, day).empty


class TestFollowUp:
    def test_worked_by_hand(self, before, after):
        found = strategy.follow_up(before, after, DAY).set_index("customer_id")
        assert found["ordered"].to_dict() == {c: c in ("ann", "bob") for c in found.index}
        assert found.loc[["ann", "amy", "bob"], "n_orders"].tolist() == [2, 0, 2]
        assert found.loc[["ann", "amy", "bob"], "spend"].tolist() == [300, 0, 60]
        assert (found["stayed_away"] == ~found["ordered"]).all()

    def test_an_old_order_cancelled_since_eats_up_no_new_one(self, before, after):
        before.loc[before["customer_id"] == "ann", "n_orders"] = 9
        assert strategy.follow_up(before, after, DAY).set_index("customer_id").loc["ann", "n_orders"] == 1

    def test_who_came_later_has_no_part_in_it(self, before, after):
        before.loc[before["customer_id"] == "eve", "tenure_days"] = -3.0
        assert "eve" not in set(strategy.follow_up(before, after, DAY)["customer_id"])

    def test_a_prospect_of_unknown_age_has_no_part_in_it(self, before, after):
        before.loc[before["customer_id"] == "eve", "tenure_days"] = None
        assert "eve" not in set(strategy.follow_up(before, after, DAY)["customer_id"])

    def test_leaves_its_input_alone(self, before, after):
        copies = before.copy(), after.copy()
        strategy.follow_up(before, after, DAY)
        pd.testing.assert_frame_equal(before, copies[0])
        pd.testing.assert_frame_equal(after, copies[1])


class TestEvidence:
    def test_has_its_columns_and_kinds(self, numbers):
        assert {column: str(kind) for column, kind in numbers.dtypes.items()} == schema.TABLES[
            "plan_evidence"
        ]

    def test_most_money_first_then_the_weaknesses(self, numbers):
        assert numbers["strategy"].tolist() == [
            "keep_best",
            "recall",
            "first_order",
            "close_gap:price",
            "close_gap:service",
        ]

    def test_the_group(self, numbers):
        best = numbers.iloc[0]
        assert (best["customers"], best["spend"], best["median_n_orders"]) == (2, 1400, 6.5)
        assert best["share_of_spend"] == pytest.approx(1400 / 1540)
        assert best["share_of_customers"] == pytest.approx(2 / 7)

    def test_the_main_cluster_leaves_out_who_is_in_none(self, numbers):
        # Ann and Amy are one each: more spend decides. Of the four lapsed, only Bob is in a group.
        assert numbers["main_cluster"].tolist()[:2] == ["c2", "c1"]
        assert numbers["share_in_main_cluster"].tolist()[:2] == [0.5, 0.25]

    def test_baselines_are_what_such_customers_did(self, numbers):  # T21
        found = numbers.set_index("strategy")
        assert found.loc["keep_best", ["baseline", "n_baseline"]].tolist() == [0.5, 2]
        assert found.loc["recall", ["baseline", "n_baseline"]].tolist() == [0.25, 4]
        assert found.loc["recall", "baseline_low"] < 0.25 < found.loc["recall", "baseline_high"]

    def test_targets_go_the_right_way(self, numbers):  # T12
        found = numbers.set_index("strategy")
        assert found.loc["keep_best", "target_level"] == pytest.approx(0.5 * 0.85)
        assert found.loc["recall", "target_level"] == pytest.approx(0.25 * 1.20)

    @pytest.mark.parametrize(("came_back", "target"), [(9, 1 / 18), (10, None), (0, None), (2, 0.2)])
    def test_no_aim_goes_beyond_half_of_what_is_left(self, came_back, target):
        people = {f"c{i}": ("buyer", 5.0 if i < came_back else 200.0, 2, 10.0) for i in range(10)}
        after = state(people)
        assigned = strategy.assign(labelled(dict.fromkeys(people, "rfm8:churn_risk")), after)
        followed, drawn = strategy.follow_up(after, after, DAY), holdouts.draw(assigned, AS_OF, FEW)
        none = schema.empty("clusters"), schema.empty("brand_gaps")
        found = strategy.evidence(after, drawn, assigned, followed, *none, FEW)
        assert found["target"].tolist() == [pytest.approx(target or float("nan"), nan_ok=True)]
        lines = strategy.plan(found, EN, AS_OF, FEW)
        assert playbook.check(lines, EN).empty
        assert ("set one by hand" in lines["expected_effect"].iloc[0]) == (target is None)
        stated = strategy.findings(lines, found, DAY, FEW)
        assert ("plan_no_room" in set(stated["key"])) == (target is None)
        assert "nan" not in " ".join(stated["text_en"])

    def test_what_reaching_the_target_is_worth(self, numbers):
        # 5 points more of 3 treated come back; the one who did spent 60.
        assert numbers.set_index("strategy").loc["recall", "worth"] == pytest.approx(0.05 * 3 * 60)

    def test_too_few_to_go_by_is_not_known(self, numbers):
        assert (
            numbers.set_index("strategy")
            .loc["first_order", ["baseline", "target_level", "worth"]]
            .isna()
            .all()
        )

    def test_an_aim_within_chance_says_how_many_it_would_take(self, numbers):
        recall = numbers.set_index("strategy").loc["recall"]
        assert not recall["can_be_seen"]
        assert recall["customers_needed"] >= 4 * (recall["smallest_change"] / recall["target"]) ** 2

    def test_a_large_group_can_show_its_aim(self):
        people = {f"c{i:05d}": ("buyer", 5.0 if i % 2 else 200.0, 2, 10.0) for i in range(20_000)}
        after, before = state(people), state(people)
        assigned = strategy.assign(labelled(dict.fromkeys(people, "rfm8:churn_risk")), after)
        followed, none = strategy.follow_up(before, after, DAY), schema.empty("clusters")
        drawn = holdouts.draw(assigned, AS_OF)
        found = strategy.evidence(after, drawn, assigned, followed, none, schema.empty("brand_gaps"))
        assert found["baseline"].tolist() == [0.5]
        assert found["can_be_seen"].tolist() == [True]
        assert (found["customers_needed"] < found["customers"]).all()

    def test_a_weakness_is_to_be_half_closed_and_holds_nobody_out(self, numbers):
        price = numbers.set_index("strategy").loc["close_gap:price"]
        assert price[["baseline", "target", "kind", "direction"]].tolist() == [4.0, 4.5, "level", "up"]
        assert price[["customers", "n_treated", "n_held_out"]].tolist() == [0, 0, 0]

    def test_only_the_most_important_weaknesses_become_strategies(
        self, after, before, chosen, assigned, clusters, gaps
    ):
        followed = strategy.follow_up(before, after, DAY)
        rules = StrategyRules(max_weaknesses=1)
        found = strategy.evidence(after, chosen, assigned, followed, clusters, gaps, rules)
        assert found["strategy"].str.startswith(playbook.CLOSE_GAP).sum() == 1

    def test_the_order_of_the_rows_has_no_say(self, numbers, after, before, chosen, assigned, clusters, gaps):
        followed = strategy.follow_up(before[::-1], after[::-1], DAY)[::-1]
        turned = [table[::-1] for table in (after, chosen, assigned, followed, clusters, gaps)]
        pd.testing.assert_frame_equal(strategy.evidence(*turned, FEW), numbers)

    def test_leaves_its_input_alone(self, after, before, chosen, assigned, clusters, gaps):
        given = [after, chosen, assigned, strategy.follow_up(before, after, DAY), clusters, gaps]
        copies = [table.copy() for table in given]
        strategy.evidence(*given, FEW)
        for table, copy in zip(given, copies, strict=True):
            pd.testing.assert_frame_equal(table, copy)


class TestPlan:
    def test_has_the_columns_of_the_design(self, plan):
        assert {column: str(kind) for column, kind in plan.dtypes.items()} == schema.TABLES["plan"]

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_every_line_has_its_four_elements(self, numbers, lang):  # mission 120
        playbook.require_elements(strategy.plan(numbers, Words(lang), AS_OF, FEW))

    def test_contradicts_itself_nowhere(self, plan):
        assert playbook.check(plan, EN).empty

    def test_starts_the_day_after_and_lasts_as_long_as_the_setting_says(self, numbers):
        lines = strategy.plan(numbers, EN, AS_OF, StrategyRules(plan_days=30))
        assert set(lines["start"]) == {pd.Timestamp("2024-04-01")}
        assert set(lines["end"]) == {pd.Timestamp("2024-04-30")}
        assert set(lines["window_days"]) == {30}

    def test_without_a_day_it_has_no_dates(self, numbers):
        assert strategy.plan(numbers, EN, None)[["start", "end"]].isna().all(axis=None)

    def test_arms_are_counted(self, plan):
        found = plan.set_index("strategy")
        assert found.loc["keep_best", ["n_treated", "n_held_out"]].tolist() == [1, 1]
        assert found.loc["recall", ["n_treated", "n_held_out"]].tolist() == [3, 1]

    def test_the_promise_is_in_the_words_of_the_run(self, numbers):
        line = strategy.plan(numbers, Words("zh"), AS_OF, FEW).set_index("strategy").loc["recall"]
        assert line["expected_effect"].startswith("90天内召回率由25.0%变为30.0%（较基线+20%，假设值）。")
        assert line["department"] == "客服部"

    def test_without_a_comparison_group_it_says_so(self, plan):
        effect = plan.set_index("strategy")["expected_effect"]
        assert (
            "Too few customers for a comparison group: the effect cannot be measured."
            in effect["first_order"]
        )
        assert "not known yet" in effect["first_order"]

    def test_targets_are_assumptions_until_somebody_sets_them(
        self, plan, after, before, chosen, assigned, clusters, gaps
    ):
        assert plan["assumption"].all()
        rules = StrategyRules(min_arm=2, target_change=0.1)
        followed = strategy.follow_up(before, after, DAY)
        lines = strategy.plan(
            strategy.evidence(after, chosen, assigned, followed, clusters, gaps, rules), EN, AS_OF, rules
        )
        own = lines[~lines["strategy"].str.startswith(playbook.CLOSE_GAP)]
        assert not own["assumption"].any()
        assert set(own["target"]) == {0.1}
        assert "a target that was set" in own["expected_effect"].iloc[0]

    def test_a_weakness_names_its_attribute(self, plan):
        content = plan.set_index("strategy").loc["close_gap:price", "content"]
        assert "“price”" in content

    def test_no_customer_gives_no_line(self, numbers):
        empty = strategy.plan(numbers[:0], EN, AS_OF)
        assert empty.dtypes.astype(str).to_dict() == schema.TABLES["plan"]
        assert empty.empty


class TestFindings:
    def test_all_hold(self, plan, numbers):
        stated = strategy.findings(plan, numbers, DAY, FEW)
        failed = findings.recompute(stated, {"plan": plan, "plan_evidence": numbers}.__getitem__)
        assert failed.empty

    def test_a_changed_number_is_caught(self, plan, numbers):  # M7
        stated = strategy.findings(plan, numbers, DAY, FEW)
        changed = numbers.assign(baseline=numbers["baseline"] + 0.01)
        assert not findings.recompute(stated, {"plan": plan, "plan_evidence": changed}.__getitem__).empty

    def test_the_headline_is_where_most_money_is(self, plan, numbers):
        headline = strategy.findings(plan, numbers, DAY, FEW)["text_en"].iloc[0]
        assert headline == "Most money is at stake with “Keep the best”: 91% of spend so far (customers: 2)."

    def test_what_such_customers_did_is_said(self, plan, numbers):
        texts = strategy.findings(plan, numbers, DAY, FEW)["text_en"]
        assert texts.str.startswith(
            "Recall the lapsed: of 4 such customers on 2024-01-01, 25.0% ordered within 90 days"
        ).any()

    def test_what_is_not_known_is_said_once(self, plan, numbers):
        stated = strategy.findings(plan, numbers, DAY, FEW).set_index("key")
        assert stated.loc["plan_unknown", "text_en"].startswith(
            "What such customers do by themselves is not known for 1 of the strategies (customers: 1)"
        )

    def test_no_customer_is_said_in_a_sentence(self, plan, numbers):
        stated = strategy.findings(plan[:0], numbers[:0], DAY)
        assert stated["key"].tolist() == ["plan_empty"]

    def test_spend_at_or_below_zero_has_no_share(self, after, before, chosen, assigned, clusters, gaps):
        broke = after.assign(spend=-1.0)
        found = strategy.evidence(
            broke, chosen, assigned, strategy.follow_up(before, broke, DAY), clusters, gaps, FEW
        )
        stated = strategy.findings(strategy.plan(found, EN, AS_OF, FEW), found, DAY, FEW)
        assert stated["key"].iloc[0] == "plan_first.no_spend"
