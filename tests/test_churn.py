"""The risk that buyers do not come back: on made-up customers whose features of any day are known."""

import datetime
import functools

import numpy as np
import pandas as pd
import pytest
from churn_orders import END, START, features_at, orders
from conftest import shared

from custkit import churn, findings
from custkit.errors import TableError
from custkit.settings import ChurnRules

RULES = ChurnRules(churn_days=120, churn_draws=100, churn_boosting=False)
DAY = datetime.timedelta(days=1)


@functools.cache
def lines(customers: int = 800, by_pace: bool = True) -> pd.DataFrame:
    return orders(customers, by_pace=by_pace)


@functools.cache
def at(day: datetime.date) -> pd.DataFrame:
    return features_at(lines(), day)


@functools.cache
def made() -> churn.Churn:
    return churn.model(at, at(END), END, RULES)


def tables_of(found: churn.Churn, features: pd.DataFrame) -> dict[str, pd.DataFrame]:
    names = ("verdict", "test", "calibration", "lift", "drivers")
    reasons = churn.risks(found, features)
    counts = {"churn_reasons": reasons, "churn_reason_counts": churn.reason_counts(reasons)}
    return {f"churn_{name}": getattr(found, name) for name in names} | counts


class TestDays:
    def test_two_windows_of_a_third_of_the_history_end_today(self):
        span = churn.days(at(END), END)
        third = (at(END)["last_order"].max() - at(END)["first_order"].min()).days // 3
        assert (span.window, span.today) == (third, END)
        assert (span.test, span.train) == (END - third * DAY, END - 2 * third * DAY)

    def test_the_setting_goes_before_the_holdout_and_both_before_the_third(self):
        assert churn.days(at(END), END, ChurnRules(churn_days=90), 120).window == 90
        assert churn.days(at(END), END, ChurnRules(), 120).window == 120

    def test_a_day_without_a_month_of_orders_before_it_is_none(self):
        span = churn.days(at(END), END, ChurnRules(churn_days=400))
        assert span.train is None
        assert span.test == END - 400 * DAY
        assert churn.days(at(END), END, ChurnRules(churn_days=720)).test is None

    def test_nothing_is_said_without_a_day_or_an_order(self):
        assert churn.days(at(END), None).test is None
        assert churn.days(at(START - DAY), END).test is None


class TestLeft:
    def test_an_order_on_the_day_itself_is_none_and_one_a_day_later_counts(self):
        bought = pd.DataFrame(
            {
                "customer_id": ["ann", "ann", "bob", "cat"],
                "day": pd.to_datetime(["2024-01-01", "2024-02-02", "2024-02-01", "2024-03-01"]),
                "amount": [1.0, 2.0, 3.0, 4.0],
            }
        )
        day, later = datetime.date(2024, 2, 1), datetime.date(2024, 4, 1)
        gone = churn.left(features_at(bought, day), day, features_at(bought, later))
        assert gone.to_dict() == {"ann": False, "bob": True}  # cat is no buyer yet


class TestMeasures:
    def test_by_hand(self):
        bought = pd.DataFrame(
            {
                "customer_id": ["ann", "ann", "ann", "bob"],
                "day": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-31", "2024-02-05"]),
                "amount": [10.0, 20.0, 30.0, 5.0],
            }
        )
        known = churn.measures(features_at(bought, datetime.date(2024, 3, 1)))
        assert known.loc["ann"].to_dict() == {
            "recency_days": 30,
            "overdue": 2,  # 30 days, and 15 between orders
            "single_day": 0,
            "n_orders": 3,
            "days_per_order": 20,
            "avg_order_value": 20,
            "n_refunds": 0,
        }
        assert np.isnan(known.loc["bob", "overdue"])
        assert known.loc["bob", "single_day"] == 1


# mission 94, mission 106
class TestModel:
    def test_learns_from_the_earlier_window_and_is_tested_on_the_later(self):
        row = made().verdict.iloc[0]
        assert row["way"] == "two_windows"
        gone = churn.left(at(row["test_day"].date()), row["test_day"].date(), at(END))
        assert (row["customers_test"], row["gone_test"]) == (len(gone), gone.sum())
        assert row["share_gone"] == pytest.approx(gone.mean())

    def test_knows_more_than_recency_where_customers_differ_in_pace(self):
        assert made().verdict["verdict"].item() == "ranks_better"
        gain = made().test.set_index(["model", "metric"]).loc[("linear", "auc_gain")]
        assert 0 < gain["low"] < gain["value"] < gain["high"]

    def test_says_so_where_recency_is_all_there_is_to_know(self):
        same = functools.partial(features_at, lines(800, by_pace=False))
        found = churn.model(same, same(END), END, RULES)
        assert found.verdict["verdict"].item() in ("ranks_alike", "ranks_worse")
        assert found.verdict["model_used"].item() == "recency"
        assert set(found.drivers["measure"]) == {"recency_days"}
        said = findings.frame("03", churn.findings(tables_of(found, same(END))))
        assert said["key"].isin(["churn_ranks_alike", "churn_ranks_worse"]).sum() == 1

    def test_is_tested_by_customer_where_history_holds_one_window(self):
        found = churn.model(at, at(END), END, ChurnRules(churn_days=400, churn_draws=100))
        row = found.verdict.iloc[0]
        assert (row["way"], row["customers_train"]) == ("by_customer", 0)
        assert pd.isna(row["train_day"])
        assert "churn_by_customer" in [row["key"] for row in churn.findings(tables_of(found, at(END)))]

    def test_boosted_trees_stand_beside_it_where_they_are_asked_for(self):
        asked = churn.model(at, at(END), END, ChurnRules(churn_days=120, churn_draws=100))
        assert set(asked.test["model"]) - set(made().test["model"]) == {"boosted"}
        keys = [row["key"] for row in churn.findings(tables_of(asked, at(END)))]
        assert len({"churn_boosted", "churn_boosted_alike"} & set(keys)) == 1

    def test_boosted_trees_rank_better_only_beyond_chance_and_no_width_is_no_interval(self):
        tables = tables_of(made(), at(END))
        gain = (tables["churn_test"]["model"] == "linear") & (tables["churn_test"]["metric"] == "auc_gain")
        ours, auc = tables["churn_test"][gain], tables["churn_test"].query("metric == 'auc'")
        for low, key in ((ours["high"].item() + 0.01, "boosted"), (0.0001, "boosted_alike")):
            trees = ours.assign(model="boosted", value=low, low=low, high=low)
            sure = auc.assign(value=1.0, low=1.0, high=1.0)
            tried = [tables["churn_test"].query("metric != 'auc'"), sure, trees]
            told = tables | {"churn_test": pd.concat(tried, ignore_index=True)}
            said = findings.frame("03", churn.findings(told))
            assert {f"churn_{key}", "churn_auc_exact", "churn_ranks_better"} <= set(said["key"])
            assert findings.recompute(said, told.__getitem__).empty

    def test_on_real_purchases_recency_alone_ranks_as_well(self):
        # CDNOW, first buyers of 1997: what many measures add to the last purchase is within chance.
        path = shared("cdnow/cdnow_sample.txt")
        read = pd.read_csv(path, sep=r"\s+", header=None, usecols=[1, 2, 4], dtype={1: str, 2: str})
        bought = read.set_axis(["customer_id", "day", "amount"], axis="columns").query("amount > 0")
        bought = bought.assign(day=pd.to_datetime(bought["day"]).astype("datetime64[ms]"))
        day = datetime.date(1998, 6, 30)
        cdnow = functools.partial(features_at, bought)
        found = churn.model(cdnow, cdnow(day), day, ChurnRules(churn_boosting=False))
        row = found.verdict.iloc[0]
        assert row[["verdict", "window_days"]].tolist() == ["ranks_alike", 181]
        by_hand = bought[bought["day"] <= row["test_day"]]["customer_id"].nunique()
        back = set(bought.loc[bought["day"] > row["test_day"], "customer_id"])
        back &= set(bought.loc[bought["day"] <= row["test_day"], "customer_id"])
        assert row[["customers_test", "gone_test"]].tolist() == [by_hand, by_hand - len(back)]

    def test_the_order_of_rows_changes_nothing(self):
        turned = churn.model(lambda day: at(day)[::-1], at(END).sample(frac=1, random_state=1), END, RULES)
        for name, table in tables_of(made(), at(END)).items():
            pd.testing.assert_frame_equal(table, tables_of(turned, at(END)[::-1])[name])

    def test_leaves_its_input_alone(self):
        before = at(END).copy()
        churn.risks(churn.model(at, at(END), END, RULES), at(END))
        pd.testing.assert_frame_equal(at(END), before)

    @pytest.mark.parametrize(
        ("customers", "as_of", "why"),
        [(30, END, "few"), (800, START + 20 * DAY, "no_history"), (800, START - DAY, "nobody")],
    )
    def test_no_model_and_a_sentence_where_data_are_too_few(self, customers, as_of, why):
        bought = lines(customers)
        found = churn.model(functools.partial(features_at, bought), features_at(bought, as_of), as_of, RULES)
        assert found.verdict["why_none"].item() == why
        reasons = churn.risks(found, features_at(bought, as_of))
        assert reasons.empty
        (row,) = churn.findings(tables_of(found, features_at(bought, as_of)))
        assert row["key"] == f"churn_none_{why}"
        value = churn.with_risk(pd.DataFrame({"customer_id": ["c00001"]}), reasons)
        assert value["churn_risk"].isna().all()

    def test_no_model_without_order_lines(self):
        totals = at(END).assign(first_order=pd.NaT, age_days=np.nan)
        found = churn.model(at, totals, END, RULES)
        assert found.verdict["why_none"].item() == "no_lines"

    def test_no_model_without_a_day(self):
        assert churn.model(at, at(END), None, RULES).verdict["why_none"].item() == "no_history"


# mission 94: a planted leak from after the split is refused
class TestLeak:
    @pytest.mark.parametrize(
        ("fault", "leak"),
        [
            ("nothing tells that next_spend", lambda f, now: f.assign(next_spend=now["spend"])),
            ("last_order lies after it", lambda f, now: f.assign(last_order=now["last_order"])),
            ("recency_days is not", lambda f, now: f.assign(recency_days=now["recency_days"])),
            ("n_orders holds orders", lambda f, now: _with_orders(f, now["n_orders"])),
            ("n_orders holds orders", lambda f, now: _with_orders(f, now["n_orders"] + 1)),
            ("gross_spend holds money", lambda f, now: f.assign(gross_spend=now["gross_spend"])),
            ("gross_spend is larger", lambda f, now: f.assign(gross_spend=now["gross_spend"] + 1)),
            ("repeat_orders is larger", lambda f, now: f.assign(repeat_orders=now["repeat_orders"] + 1)),
            ("age_days does not grow", lambda f, now: f.assign(age_days=now["age_days"])),
            ("avg_order_value is not", lambda f, now: f.assign(avg_order_value=now["avg_order_value"])),
            ("spend differs", lambda f, now: _poorer(f, now)),
            ("n_refunds is larger", lambda f, now: f.assign(n_refunds=1)),
            (
                "nothing tells that discounted_share",
                lambda f, now: f.assign(discounted_share=_oracle(f, now)),
            ),
        ],
    )
    def test_is_refused_by_name(self, fault, leak):
        test_day = churn.days(at(END), END, RULES).test

        def leaking(day):
            return leak(at(day), at(END)) if day == test_day else at(day)

        with pytest.raises(TableError, match=f"came after that day: {fault}"):
            churn.model(leaking, at(END), END, RULES)

    def test_what_parts_all_may_be_honest_and_is_left_out_with_a_sentence(self):
        """As with a tariff that ended: no error, and no model that rests on it."""
        days = churn.days(at(END), END, RULES)

        def honest(day):
            return at(day).assign(
                discounted_share=_oracle(at(day), at(END if day == days.test else days.test))
            )

        now = at(END).assign(discounted_share=0.0)
        found = churn.model(honest, now, END, RULES)
        without = churn.model(at, at(END), END, RULES)
        pd.testing.assert_frame_equal(found.test, without.test)
        left_out = found.drivers[found.drivers["coefficient"].isna()]
        assert left_out["measure"].tolist() == ["discounted_share"]
        assert not left_out["is_clear"].any()
        reasons = churn.risks(found, now)
        told = {"churn_reasons": reasons, "churn_reason_counts": churn.reason_counts(reasons)}
        said = [row["text_en"] for row in churn.findings(found.tables() | told)]
        assert any(text.startswith("Left out of the model: share bought at a discount.") for text in said)

    def test_is_refused_in_the_earlier_window_too(self):
        train = churn.days(at(END), END, RULES).train

        def leaking(day):
            return at(END) if day == train else at(day)

        with pytest.raises(TableError, match=train.isoformat()):
            churn.model(leaking, at(END), END, RULES)

    def test_a_customer_from_nowhere_is_refused(self):
        span = churn.days(at(END), END, RULES)
        with pytest.raises(TableError, match="not among those of the later day"):
            churn.require_past(at(span.test), span.test, at(END)[5:], END, "features")

    def test_an_order_taken_back_later_is_no_leak(self):
        span = churn.days(at(END), END, RULES)
        past, now = at(span.test), at(END).copy()
        who = now.index[(past["n_orders"] == now["n_orders"]) & (past["status"] == "buyer")][0]
        now.loc[who, ["n_orders", "n_refunds"]] = [now.loc[who, "n_orders"] - 1, 1]
        now.loc[who, "spend"] -= 5
        churn.require_past(past, span.test, now, END, "features")

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="no column gross_spend"):
            churn.model(lambda day: at(day).drop(columns="gross_spend"), at(END), END, RULES)


def _oracle(past: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    """A share that knows who will come back."""
    return (now["last_order"] > past["last_order"]).astype(float).where(past["status"] == "buyer")


def _with_orders(past: pd.DataFrame, n_orders: pd.Series) -> pd.DataFrame:
    return past.assign(n_orders=n_orders, avg_order_value=past["spend"] / n_orders)


def _poorer(past: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Those who will not come back have spent half of what they spent."""
    gone = ~(now["last_order"] > past["last_order"])
    spend = past["spend"].where(~gone, past["spend"] / 2)
    return past.assign(spend=spend, avg_order_value=spend / past["n_orders"].where(past["n_orders"] > 0))


class TestRisks:
    def test_every_buyer_has_one_and_nobody_else(self):
        early = at(START + 300 * DAY)
        reasons = churn.risks(made(), early)
        assert reasons["customer_id"].tolist() == sorted(early.loc[early["status"] == "buyer", "customer_id"])
        assert reasons["risk"].between(0, 1).all()

    def test_equal_customers_have_equal_risks_and_reasons(self):
        twins = pd.concat([at(END), at(END).assign(customer_id="x" + at(END)["customer_id"])])
        reasons = churn.risks(made(), twins).drop(columns="customer_id")
        half = len(reasons) // 2
        pd.testing.assert_frame_equal(reasons[:half], reasons[half:].reset_index(drop=True))

    def test_a_longer_silence_raises_it(self):
        now = at(END)
        later = now.assign(recency_days=now["recency_days"] + 30)
        assert (churn.risks(made(), later)["risk"] > churn.risks(made(), now)["risk"]).all()

    def test_a_reason_is_true_of_the_customer(self):
        reasons, known = churn.risks(made(), at(END)), churn.measures(at(END))
        silent = reasons.loc[reasons["reason_1"] == "n_orders_low", "customer_id"]
        logs = np.log1p(churn.measures(at(churn.days(at(END), END, RULES).test))["n_orders"])
        assert len(silent)
        assert (np.log1p(known.loc[silent, "n_orders"]) <= logs.mean()).all()

    def test_an_empty_region_has_none(self):
        assert churn.risks(made(), at(END)[:0]).empty


class TestReasonCounts:
    def test_counts_buyers_above_the_mean(self):
        reasons = pd.DataFrame(
            {"risk": [0.1, 0.8, 0.9, 0.7], "reason_1": ["a_high", "b_low", "b_low", ""]}
        )  # mean 0.625
        counts = churn.reason_counts(reasons)
        assert counts["churn_reason"].tolist() == ["b_low", "none"]
        assert counts["customers"].tolist() == [2, 1]
        assert counts["share"].tolist() == pytest.approx([2 / 3, 1 / 3])
        assert counts["mean_risk"].tolist() == pytest.approx([0.85, 0.7])


class TestWithRisk:
    def test_fills_buyers_and_leaves_its_input_alone(self):
        value = pd.DataFrame({"customer_id": ["ann", "bob"], "churn_risk": [np.nan, np.nan]})
        reasons = pd.DataFrame({"customer_id": ["ann"], "risk": [0.25]})
        assert churn.with_risk(value, reasons)["churn_risk"].tolist()[0] == 0.25
        assert churn.with_risk(value, reasons)["churn_risk"].isna().tolist() == [False, True]
        assert value["churn_risk"].isna().all()


# mission 122
class TestFindings:
    @pytest.mark.parametrize("of_whole", [False, True])
    def test_each_can_be_computed_again(self, of_whole):
        tables = tables_of(made(), at(END))
        said = findings.frame("03", churn.findings(tables, of_whole=of_whole))
        assert findings.recompute(said, tables.__getitem__).empty
        assert ("churn_of_whole" in set(said["key"])) is of_whole
        assert {"churn_tested", "churn_ranks_better", "churn_auc", "churn_lift", "churn_today"} <= set(
            said["key"]
        )

    def test_a_region_without_buyers_says_so(self):
        tables = tables_of(made(), at(END)[:0])
        assert "churn_nobody" in [row["key"] for row in churn.findings(tables, of_whole=True)]

    def test_every_reason_has_a_word(self):
        from custkit.words import Words

        names = [*churn.measures(at(END).assign(discounted_share=0.5))]
        words = Words("zh")
        assert all(words.has(f"label.churn_reason.{name}_{end}") for name in names for end in ("low", "high"))
        assert all(words.has(f"label.measure.{name}") for name in names)
