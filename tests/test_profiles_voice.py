"""What customers say, worked by hand, and that nothing is claimed of answers that mean nothing."""

import datetime

import numpy as np
import pandas as pd
import pytest

from custkit import findings, prepare, words
from custkit.errors import TableError
from custkit.profiles import bargains, chance, complaints, conduct, voice, voice_sentences
from custkit.settings import ProfileRules

AS_OF = datetime.date(2025, 12, 31)
FEW = ProfileRules(min_group=10)


@pytest.fixture
def features() -> pd.DataFrame:
    """Ann and Bob are buyers who answered, Cat is one who never did, Dan is a prospect who answered."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "dan"],
            "status": ["buyer", "buyer", "buyer", "prospect"],
            "spend": [100.0, 300.0, 50.0, 0.0],
            "main_channel": ["app", "store", "store", None],
            "first_order": pd.to_datetime(["2025-01-01", "2025-06-01", "2025-01-01", None]),
        }
    )


@pytest.fixture
def feedback() -> pd.DataFrame:
    """Ann was content, then was not; Bob answered 4.5 before his first order and twice on one day after it; Eve is no
    customer. Ann complained three times, Bob once."""
    rows = [
        ("ann", "2025-02-01", 5, 10, "survey", None, None, None),
        ("ann", "2025-03-01", 2, 6, "survey", None, None, None),
        ("bob", "2025-05-01", 4.5, 9, "survey", None, None, None),
        ("bob", "2025-07-01", 4, None, "survey", None, None, None),
        ("bob", "2025-07-01", 3, None, "survey", None, None, None),
        ("dan", "2025-02-01", 1, 7, "survey", None, None, None),
        ("eve", "2025-02-01", 1, 0, "投诉", "物流太慢", None, None),
        ("ann", "2025-02-10", None, None, "投诉", "物流太慢，快递态度差", "2025-02-11", "2025-02-13"),
        ("ann", "2025-03-10", None, None, "投诉", "late parcel", "2025-03-13", None),
        ("ann", "2025-04-10", None, None, "投诉", "……", "2025-04-09", None),
        ("bob", "2025-04-10", None, None, "Complaint", None, None, None),
    ]
    columns = [
        "customer_id",
        "date",
        "satisfaction",
        "recommend",
        "kind",
        "text",
        "responded_at",
        "resolved_at",
    ]
    table = pd.DataFrame(rows, columns=columns)
    for column in ("date", "responded_at", "resolved_at"):
        table[column] = pd.to_datetime(table[column])
    return table


@pytest.fixture
def periods() -> pd.DataFrame:
    """Ten orders before the first complaint's month and fifty from it on."""
    months = pd.to_datetime(["2025-01-01", "2025-02-01", "2025-06-01"])
    return pd.DataFrame({"customer_id": ["ann", "ann", "bob"], "month": months, "n_orders": [10, 20, 30]})


def no_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[:0]


def assert_untouched(function, *frames, **arguments) -> None:
    before = [frame.copy(deep=True) for frame in frames]
    function(*frames, **arguments)
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


class TestSatisfaction:
    # mission 18, 55
    def test_answers_as_they_are_and_customers_with_their_latest(self, feedback, features):
        table = voice.satisfaction(feedback, features).set_index("answer")
        assert table["answers"].to_dict() == {1: 1, 2: 1, 3: 1, 4: 1, 5: 2}  # 4.5 counts as 5
        assert table["customers"].to_dict() == {1: 1, 2: 1, 3: 1, 4: 0, 5: 0}  # of one day, Bob's lower one
        assert table["share_of_customers"].sum() == pytest.approx(1)
        assert (table["share_low"] <= table["share_of_customers"]).all()

    def test_a_missing_answer_is_not_a_low_one(self, feedback, features):  # T9
        silent = feedback.assign(satisfaction=np.nan)
        assert voice.satisfaction(silent, features).empty
        assert voice.answered(silent, features).empty

    def test_who_is_no_customer_has_no_say(self, feedback, features):
        assert voice.satisfaction(feedback[feedback["customer_id"] == "eve"], features).empty

    def test_the_order_of_rows_changes_nothing(self, feedback, features):
        shuffled = voice.satisfaction(feedback.sample(frac=1, random_state=3), features)
        pd.testing.assert_frame_equal(shuffled, voice.satisfaction(feedback, features))

    @pytest.mark.parametrize("columns", [["customer_id"], ["customer_id", "satisfaction"]])
    def test_columns_that_are_optional_may_be_absent(self, feedback, features, columns):
        assert len(voice.satisfaction(feedback[columns], features)) == 5 * (len(columns) - 1)

    def test_names_the_missing_column(self, feedback, features):
        with pytest.raises(TableError, match="feedback: no column customer_id"):
            voice.satisfaction(feedback.drop(columns="customer_id"), features)

    def test_leaves_its_input_alone(self, feedback, features):
        assert_untouched(voice.satisfaction, feedback, features)


class TestAnswered:
    def test_coverage_is_of_buyers(self, feedback, features):
        row = voice.answered(feedback, features).iloc[0]
        assert (row["answers"], row["customers"], row["mean"], row["top_two"]) == (6, 3, 2.0, 0)
        assert (row["buyers"], row["buyers_answered"]) == (3, 2)
        assert (row["median_spend_answered"], row["median_spend_silent"]) == (200.0, 50.0)

    def test_one_customer_who_answered_leaves_no_silent_median(self, feedback, features):
        row = voice.answered(feedback, features[features["customer_id"] == "ann"]).iloc[0]
        assert row["share_answered"] == 1
        assert np.isnan(row["median_spend_silent"])

    def test_too_few_are_not_compared(self, feedback, features):
        assert voice.answered_question(feedback, features, FEW) == []

    def test_the_difference_is_the_chance_of_having_spent_more(self):
        people = pd.DataFrame(
            {"customer_id": [f"c{i:02d}" for i in range(20)], "status": "buyer", "spend": range(20)}
        )
        said = pd.DataFrame({"customer_id": people["customer_id"][10:], "satisfaction": 3})
        (row,) = voice.answered_question(said, people, FEW)
        assert row["difference"] == 0.5
        assert (row["value_a"], row["value_b"]) == (4.5, 14.5)

    def test_leaves_its_input_alone(self, feedback, features):
        assert_untouched(voice.answered, feedback, features)


class TestAsked:
    def test_the_last_answer_that_could_be_followed_by_a_return(self, feedback, features):
        asked = voice.asked(feedback, features, as_of=datetime.date(2025, 8, 1), rules=ProfileRules())
        assert asked["customer_id"].tolist() == [
            "ann"
        ]  # Bob's is too late, or before he bought; Dan never bought
        assert str(asked["date"].item())[:10] == "2025-03-01"

    def test_the_last_day_that_counts_counts(self, feedback, features):
        days = [
            voice.asked(feedback, features, as_of=AS_OF, rules=ProfileRules(return_days=n))
            for n in (183, 184)
        ]
        assert [len(table) for table in days] == [2, 1]

    def test_without_a_day_nobody_is_asked(self, feedback, features):
        assert voice.asked(feedback, features, as_of=None).empty

    def test_leaves_its_input_alone(self, feedback, features):
        assert_untouched(voice.asked, feedback, features, as_of=AS_OF)


class TestReturned:
    @pytest.fixture
    def asked(self) -> pd.DataFrame:
        """Forty answers of 1 of whom a quarter came back, forty of 5 of whom three quarters did, on the last day."""
        ids = [f"c{i:02d}" for i in range(80)]
        return pd.DataFrame(
            {"customer_id": ids, "date": pd.Timestamp("2025-01-01"), "satisfaction": [1] * 40 + [5] * 40}
        )

    @pytest.fixture
    def orders(self, asked) -> pd.DataFrame:
        gaps = [90] * 10 + [91] * 30 + [90] * 30 + [None] * 10
        return asked[["customer_id", "date"]].assign(next_order=asked["date"] + pd.to_timedelta(gaps, "D"))

    # mission 58
    def test_who_came_within_the_days_by_band(self, asked, orders):
        table = voice.returned(asked, orders)
        assert table[["band", "customers", "returned"]].to_numpy().tolist() == [
            ["1-2", 40, 10],
            ["5", 40, 30],
        ]

    def test_who_has_no_order_line_did_not_return(self, asked, orders):
        assert voice.returned(asked, no_rows(orders))["returned"].sum() == 0

    def test_a_link_is_claimed(self, asked, orders):
        tests = chance.judge(voice.returned_question(asked, orders))
        row = tests.iloc[0]
        assert row["is_claimed"]
        assert (row["group_a"], row["value_a"], row["group_b"], row["value_b"]) == ("1-2", 0.25, "5", 0.75)
        assert 0.25 < row["low"] < row["difference"] < row["high"] < 0.75

    def test_a_link_smaller_than_the_threshold_is_not(self, asked, orders):
        (row,) = voice.returned_question(asked, orders)
        assert not chance.judge([{**row, "threshold": 0.6}])["is_claimed"].item()

    def test_bands_between_do_not_claim_a_difference_of_the_ends(self):
        """Those who answered 4 come back more often than those who answered 3; the two ends, 40 customers each, do not
        differ. By ranks alone the ends were said to differ, with an interval that covered none.
        """
        bands = [(2, 40, 0.425), (3, 400, 0.375), (4, 400, 0.575), (5, 40, 0.5)]
        said = [answer for answer, n, _ in bands for _ in range(n)]
        came = [place < share * n for _, n, share in bands for place in range(n)]
        ids = [f"c{i:03d}" for i in range(len(said))]
        asked = pd.DataFrame({"customer_id": ids, "date": pd.Timestamp("2025-01-01"), "satisfaction": said})
        days = asked["date"] + pd.to_timedelta(np.where(came, 30, 200), "D")
        (row,) = voice.returned_question(asked, asked[["customer_id", "date"]].assign(next_order=days))
        assert row["low"] < 0 < row["difference"]
        assert chance.rank_link(asked["satisfaction"], pd.Series(came).astype(int))[1] < 0.001
        assert not chance.judge([row])["is_claimed"].item()

    def test_all_alike_is_no_question(self, asked, orders):
        tests = chance.judge(voice.returned_question(asked.assign(satisfaction=3), orders))
        assert tests.empty

    def test_too_few_or_none_is_no_question(self, asked, orders):
        assert voice.returned_question(asked.iloc[20:50], orders) == []
        assert voice.returned_question(no_rows(asked), orders) == []
        assert voice.returned(no_rows(asked), orders).empty

    def test_names_the_missing_column(self, asked, orders):
        with pytest.raises(TableError, match="next_orders: no column next_order"):
            voice.returned(asked, orders.drop(columns="next_order"))

    def test_leaves_its_input_alone(self, asked, orders):
        assert_untouched(voice.returned, asked, orders)


class TestRecommend:
    def people(self, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        ids = [f"c{i:02d}" for i in range(n)]
        features = pd.DataFrame({"customer_id": ids, "status": "buyer", "spend": 1.0, "main_channel": "app"})
        features.loc[n // 2 :, "main_channel"] = "store"
        return pd.DataFrame(
            {"customer_id": ids, "recommend": [10.0, 9, 8, 7, 6, 0, 9, 9] * (n // 8)}
        ), features

    # mission 20
    def test_promoters_less_detractors_of_groups(self):
        table = voice.recommend(*self.people(80))
        row = table.iloc[0]
        assert (row["promoters"], row["passives"], row["detractors"], row["nps"]) == (40, 20, 20, 25.0)
        assert row["low"] < 25 < row["high"]
        assert table[["dimension", "level"]].to_numpy().tolist() == [
            ["everyone", ""],
            ["channel", "app"],
            ["channel", "store"],
        ]

    def test_no_row_is_about_a_person_or_a_few(self):  # T15
        table = voice.recommend(*self.people(40))
        assert table["dimension"].tolist() == ["everyone"]
        assert "customer_id" not in table
        assert voice.recommend(*self.people(24)).empty

    def test_the_interval_holds_where_all_agree(self):
        said, features = self.people(80)
        row = voice.recommend(said.assign(recommend=10.0), features).iloc[0]
        assert row["nps"] == row["high"] == 100
        assert 85 < row["low"] < 100

    def test_leaves_its_input_alone(self):
        assert_untouched(voice.recommend, *self.people(40))


class TestClassify:
    # mission 56
    @pytest.mark.parametrize(
        ("text", "topic"),
        [
            ("物流太慢", "delivery"),
            ("快遞的包裝破損", "packaging"),  # two words of packaging, one of delivery
            ("客服不回复", "service"),
            ("退款一直没到账", "returns"),
            ("价格太贵，快递慢", "price"),
            ("LATE again, courier rude", "delivery"),
            ("I will come back later", "unclassified"),  # "late" is no part of it
            ("ｑｕａｌｉｔｙ is poor", "quality"),
            ("……", "unclassified"),
            ("  ", "no_text"),
            (None, "no_text"),
        ],
    )
    def test_words_decide(self, text, topic):
        assert complaints.classify(pd.Series([text], dtype="str")).item() == topic

    def test_every_class_has_a_name_in_both_languages(self):
        shown = words.Words("zh")
        assert all(
            shown.has(f"label.topic.{topic}") for topic in [*complaints._rules(), "unclassified", "no_text"]
        )

    def test_no_text_at_all(self):
        assert complaints.classify(pd.Series([], dtype="str")).empty


class TestComplaints:
    # mission 19, 31, 57
    def test_the_most_frequent_first_and_the_unclassed_last(self, feedback, features, periods):
        table = complaints.complaints(feedback, features, periods).set_index("topic")
        assert table.index.tolist() == ["delivery", "no_text", "unclassified"]
        row = table.loc["delivery"]
        assert (row["complaints"], row["customers"], row["spend"]) == (2, 1, 100.0)
        assert (row["share_of_complaints"], row["share_of_spend"]) == (0.5, pytest.approx(100 / 450))
        assert row["per_100_orders"] == 100 * 2 / 50  # orders from February on
        assert table["share_so_far"].tolist() == [0.5, 0.75, 1.0]

    # mission 36
    def test_times_before_the_complaint_are_none(self, feedback, features, periods):
        row = complaints.rate(feedback, features, periods).iloc[0]
        assert (row["complaints"], row["customers"], row["share_of_customers"]) == (4, 2, 0.5)
        assert (row["answered"], row["response_days"], row["resolved"], row["resolve_days"]) == (
            2,
            2.0,
            1,
            3.0,
        )
        assert (row["unclassified"], row["n_orders"], row["per_100_orders"]) == (1, 50, 8.0)

    def test_times_of_day_count_where_both_are_known(self, feedback, features, periods):
        timed = feedback.assign(date_time="12:00:00", responded_at_time=None)
        timed.loc[7, "responded_at_time"] = "18:00:00"
        row = complaints.rate(timed, features, periods).iloc[0]
        assert row["response_days"] == (1.25 + 3) / 2

    def test_no_complaint_no_kind_and_no_order(self, feedback, features, periods):
        assert complaints.complaints(feedback.drop(columns="kind"), features, periods).empty
        assert complaints.rate(no_rows(feedback), features, periods).empty
        alone = complaints.complaints(feedback, features, no_rows(periods))
        assert alone["per_100_orders"].isna().all()

    def test_complaints_of_years_without_orders_are_measured_by_none(self, feedback, features, periods):
        old = feedback.assign(date=feedback["date"] - pd.DateOffset(years=6))
        assert complaints.complaints(old, features, periods)["per_100_orders"].isna().all()
        row = complaints.rate(old, features, periods).iloc[0]
        assert (row["n_orders"], pd.isna(row["per_100_orders"])) == (0, True)
        both = complaints.rate(pd.concat([old, feedback]), features, periods).iloc[0]
        now = complaints.rate(feedback, features, periods).iloc[0]
        assert both["complaints"] == 2 * now["complaints"]
        assert both["per_100_orders"] == now["per_100_orders"]

    def test_leaves_its_input_alone(self, feedback, features, periods):
        assert_untouched(complaints.complaints, feedback, features, periods)
        assert_untouched(complaints.rate, feedback, features, periods)


class TestComplainers:
    def test_one_row_per_customer_and_class(self, feedback, features):
        table = complaints.complainers(feedback, features)
        assert table[["customer_id", "topic", "complaints"]].to_numpy().tolist() == [
            ["ann", "delivery", 2],
            ["ann", "unclassified", 1],
            ["bob", "no_text", 1],
        ]
        assert table["last_date"].tolist() == [
            pd.Timestamp(f"2025-{day}") for day in ("03-10", "04-10", "04-10")
        ]

    def test_who_is_no_customer_is_not_listed(self, feedback, features):
        assert "eve" not in set(complaints.complainers(feedback, features)["customer_id"])

    def test_a_complaint_without_a_day_counts(self, feedback, features):
        undated = feedback.assign(date=pd.NaT)
        table = complaints.complainers(undated, features)
        assert table["complaints"].sum() == 4
        assert table["last_date"].isna().all()

    def test_no_complaint_gives_no_row(self, feedback, features):
        assert complaints.complainers(no_rows(feedback), features).empty
        assert complaints.complainers(feedback.drop(columns="kind"), features).empty

    def test_the_order_of_rows_changes_nothing(self, feedback, features):
        shuffled = complaints.complainers(feedback[::-1], features[::-1])
        pd.testing.assert_frame_equal(shuffled, complaints.complainers(feedback, features))

    def test_names_the_missing_column(self, feedback, features):
        with pytest.raises(TableError, match="feedback: no column customer_id"):
            complaints.complainers(feedback.drop(columns="customer_id"), features)

    def test_leaves_its_input_alone(self, feedback, features):
        assert_untouched(complaints.complainers, feedback, features)


class TestTrend:
    def shop(self, before: int, last: int):
        """Two hundred customers with an order a month for two years, and so many complaints of delivery in each year."""
        ids = [f"c{i:03d}" for i in range(200)]
        months = pd.date_range("2024-01-01", periods=24, freq="MS")
        periods = pd.DataFrame(
            {"customer_id": np.repeat(ids, 24), "month": list(months) * 200, "n_orders": 1}
        )
        features = pd.DataFrame({"customer_id": ids, "status": "buyer", "spend": 1.0})
        days = [pd.Timestamp("2024-01-03")] * before + [pd.Timestamp("2025-12-30")] * last
        who = [ids[i % 200] for i in range(before)] + [ids[i % 200] for i in range(last)]
        told = pd.DataFrame({"customer_id": who, "date": days, "kind": "投诉", "text": "物流太慢"})
        return told, features, periods

    def ask(self, before: int, last: int, first_day: str = "2024-01-02"):
        days = {"first_day": pd.Timestamp(first_day), "last_day": AS_OF}
        return complaints.trend_questions(*self.shop(before, last), **days)

    def test_a_rise_is_claimed_with_its_rates(self):
        row = chance.judge(self.ask(24, 72)).iloc[0]
        assert (row["topic"], row["value_a"], row["value_b"]) == ("delivery", 1.0, 3.0)
        assert (row["group_a"], row["group_b"]) == ("2024", "2025")
        assert row["is_claimed"]

    def test_the_same_number_is_not(self):
        assert not chance.judge(self.ask(48, 48))["is_claimed"].item()

    def test_few_complaints_or_a_short_history_are_not_asked_about(self):
        assert self.ask(9, 10) == []
        assert self.ask(24, 72, "2024-02-01") == []


# Customers at random: 300 with answers, channels, complaints and discounts that have nothing to do with one another.
def made_up(seed: int, effect: float) -> tuple:
    rng = np.random.default_rng(seed)
    n, months = 300, pd.date_range("2024-01-01", periods=24, freq="MS")
    ids = np.array([f"c{i:03d}" for i in range(n)])
    orders = rng.poisson(rng.gamma(1, 0.5, n)[:, None], (n, 24))
    online = rng.binomial(orders, np.clip(rng.beta(2, 2, n)[:, None] + effect * np.arange(24) / 60, 0, 1))
    who, when = np.nonzero(orders)
    both = {"app": online[who, when], "store": (orders - online)[who, when]}
    periods = pd.concat(
        pd.DataFrame(
            {"customer_id": ids[who], "month": months[when], "channel": name, "n_orders": k, "spend": 9.0 * k}
        )
        for name, k in both.items()
    )
    features = pd.DataFrame(
        {"customer_id": ids, "status": "buyer", "spend": rng.lognormal(3, 1, n), "main_channel": "app"}
    )
    rank = features["spend"].rank(pct=True) - 0.5
    share = np.clip(rng.beta(1, 3, n) + 0.4 * effect * rank, 0, 1)
    features = features.assign(
        gross_spend=features["spend"], discount=1.0, discounted_share=share, last_order=months[-1]
    )
    said = rng.integers(1, 6, n)
    asked = pd.DataFrame({"customer_id": ids, "date": pd.Timestamp("2025-01-01"), "satisfaction": said})
    came = rng.random(n) < 0.4 + 0.1 * effect * (said - 3)
    later = asked["date"] + pd.to_timedelta(np.where(came, 30, 200), "D")
    told = pd.DataFrame(
        {
            "customer_id": rng.choice(ids, 150),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 730, 150), "D"),
            "kind": "投诉",
            "text": rng.choice(["物流太慢", "质量太差"], 150),
            "satisfaction": np.nan,
        }
    )
    told.loc[0, "date"] = pd.Timestamp("2024-01-01")
    return periods, features, told, asked, asked[["customer_id", "date"]].assign(next_order=later)


def judged(seed: int, effect: float) -> pd.DataFrame:
    periods, features, told, asked, orders = made_up(seed, effect)
    days = {"first_day": pd.Timestamp("2024-01-01"), "last_day": AS_OF}
    rows = voice.returned_question(asked, orders)
    rows += complaints.trend_questions(told, features, periods, **days)
    rows += conduct.channel_question(conduct.channel_change(periods, **days))
    return chance.judge(rows + bargains.discount_question(features))


class TestClaims:
    def test_nothing_is_claimed_of_what_has_no_relation(self):
        claimed = sum(judged(seed, 0)["is_claimed"].any() for seed in range(40))
        assert claimed <= 2

    @pytest.mark.parametrize("question", ["return", "channel", "discount"])
    def test_what_is_there_is_found(self, question):
        found = [judged(seed, 1).set_index("question").loc[question, "is_claimed"] for seed in range(8)]
        assert sum(found) >= 7


class TestSentences:
    def tables(self, *, rows: bool, seed: int = 1, effect: float = 1.0) -> dict[str, pd.DataFrame]:
        periods, features, told, asked, orders = made_up(seed, effect)
        feedback = pd.concat([told, asked.assign(recommend=9.0)])
        activity = pd.DataFrame(
            {
                "customer_id": np.repeat(asked["customer_id"], 3),
                "date": pd.Timestamp("2025-02-01"),
                "kind": ["view", "compare", "campaign_sent"] * len(asked),
                "seconds": 60.0,
            }
        )
        if not rows:
            feedback, activity, asked = no_rows(feedback), no_rows(activity), no_rows(asked)
            periods, features = periods.assign(channel=None), features.drop(columns="discounted_share")
        days = {"first_day": pd.Timestamp("2024-01-01"), "last_day": AS_OF}
        change = conduct.channel_change(periods, **days)
        questions = voice.returned_question(asked, orders) + conduct.channel_question(change)
        questions += complaints.trend_questions(feedback, features, periods, **days)
        made = {
            "satisfaction": voice.satisfaction(feedback, features),
            "answered": voice.answered(feedback, features),
            "return": voice.returned(asked, orders),
            "recommend": voice.recommend(feedback, features),
            "complaints": complaints.complaints(feedback, features, periods),
            "complaint_rate": complaints.rate(feedback, features, periods),
            "channel_shift": conduct.half_years(periods, **days),
            "channel_change": change,
            "funnel": conduct.funnel(activity, features),
            "participation": conduct.participation(activity, features),
            "engagement": conduct.engagement(activity, features),
            "discount": bargains.discounts(features),
            "tests": chance.judge(questions + bargains.discount_question(features)),
        }
        return {f"profile_{name}": table for name, table in made.items()}

    def said(self, made: dict) -> pd.DataFrame:
        rows = voice_sentences.sentences(made, currency="CNY", rules=ProfileRules())
        return findings.frame("02", list(rows))

    @pytest.mark.parametrize("rows", [True, False])
    def test_each_can_be_computed_again(self, rows):
        made = self.tables(rows=rows)
        stated = self.said(made)
        assert findings.recompute(stated, made.__getitem__).empty
        assert 3 <= len(stated) <= 14

    def test_claims_are_told_and_the_rest_in_one_sentence(self):
        keys = self.said(self.tables(rows=True))["key"].tolist()
        assert {"voice_return_more", "conduct_online", "conduct_who_moved", "conduct_discount_more"} <= set(
            keys
        )
        assert keys.count("conduct_unclaimed") == 1
        assert len(keys) == len(set(keys))

    def test_without_a_relation_only_the_one_sentence_speaks_of_differences(self):
        keys = set(self.said(self.tables(rows=True, effect=0.0, seed=2))["key"])
        assert "conduct_unclaimed" in keys
        assert not keys & {
            "voice_return_more",
            "voice_return_less",
            "conduct_online",
            "conduct_discount_less",
        }

    def test_absent_tables_are_named_once(self):
        stated = self.said(self.tables(rows=False))
        assert stated["key"].tolist() == ["voice_no_feedback", "conduct_no_activity", "conduct_no_discount"]
        assert "`feedback`" in stated["text_en"].iloc[0]


class TestNextOrders:
    """`Run.next_orders`: what links an answer to the order that followed."""

    def test_reads_the_first_counting_order_after_an_answer(self, orders_folder):
        run = prepare.open_run(str(orders_folder), str(orders_folder.parent / "out"))
        events = pd.DataFrame(
            {"customer_id": ["ann", "cat"], "date": pd.to_datetime(["2024-01-05", "2024-01-01"])}
        )
        made = run.next_orders(events)
        # Ann's refund of March is no order; Cat only ever sent something back.
        assert [str(day)[:10] for day in made["next_order"]] == ["2024-02-04", "NaT"]
        assert run.next_orders(events.iloc[:0]).empty
        assert len(voice.returned(events.assign(satisfaction=3.0), made)) == 1
