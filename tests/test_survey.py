"""04, what customers say and do: items, constructs, types, and where they meet the groups."""

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

from custkit import findings, schema, survey
from custkit.errors import InputRefused, SettingsError, TableError
from custkit.settings import SurveyRules

FEW = SurveyRules(min_respondents=3)
AS_OF = datetime.date(2025, 12, 31)


@pytest.fixture
def given() -> pd.DataFrame:
    """Ann agrees with all, Bob with nothing, Cat ticks one box, Dan skips a question, Eve is no customer."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "dan", "eve"],
            "q1": [5.0, 1.0, 3.0, 4.0, 2.0],
            "q2": [5.0, 2.0, 3.0, np.nan, 1.0],
            "q3": [1.0, 5.0, 3.0, 2.0, 4.0],  # reversed: agrees who does not feel
            "q4": [4.0, 1.0, 3.0, 4.0, 2.0],
            "line": [2, 3, 4, 5, 6],
        }
    )


@pytest.fixture
def named() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": ["q1", "Q2 ", "q3", "q4", "q9"],
            "construct": ["rational", "rational", "emotional", "emotional", "emotional"],
            "reversed": ["no", "", "yes", "no", "no"],
            "text": ["a", "b", "c", "d", "e"],
        }
    )


@pytest.fixture
def features() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "dan", "fay"],
            "status": ["buyer"] * 4 + ["prospect"],
            "region": "East",
            "spend": [10.0, 20.0, 30.0, 40.0, 0.0],
        }
    )


def crowd(n: int, *, seed: int = 0, link: float = 0.0) -> pd.DataFrame:
    """Customers with groups 1 to 3 and four survey types; with probability ``link`` the type follows the group."""
    rng = np.random.default_rng(seed)
    group = rng.integers(1, 4, n)
    kinds = np.array(["emotional", "functional", "image", "rational"])
    kind = np.where(rng.random(n) < link, kinds[group], kinds[rng.integers(0, 4, n)])
    rows = {"customer_id": [f"c{place}" for place in range(n)], "cluster": group.astype(str), "slice": ""}
    return pd.DataFrame({**rows, "survey_type": kind, "social_type": rng.choice(["active", "silent"], n)})


class TestItems:
    def test_are_found_by_name_whatever_the_capitals_and_blanks(self, given, named):
        read = survey.items(given, named).set_index("item")
        assert read["read_as"].to_dict() == dict.fromkeys(["q1", "q2", "q3", "q4"], "item") | {
            "q9": "not_found"
        }
        assert read.loc["q3", "is_reversed"]
        assert read.loc["q2", ["answers", "missing", "lowest", "highest"]].tolist() == [4, 1, 1.0, 5.0]

    def test_without_survey_items_every_number_is_an_item_of_no_construct(self, given):
        read = survey.items(given.assign(remark="fine"), schema.empty("survey_items"))
        assert read["item"].tolist() == ["q1", "q2", "q3", "q4"]
        assert set(read["read_as"]) == {"no_construct"}

    def test_a_column_that_nobody_names_or_that_holds_text_is_set_aside(self, given, named):
        read = survey.items(given.assign(q9="often", age=30.0), named).set_index("item")
        assert read.loc[["q9", "age"], "read_as"].tolist() == ["no_number", "not_named"]

    def test_answers_outside_the_scale_that_is_set_do_not_count(self, given, named):
        given.loc[0, "q1"] = 99
        read = survey.items(given, named, SurveyRules(survey_scale=(1, 5))).set_index("item")
        assert read.loc["q1", ["answers", "outside", "highest"]].tolist() == [4, 1, 4.0]

    def test_an_item_named_twice_counts_once(self, given, named):
        twice = pd.concat([named, named.assign(construct="")])
        assert survey.items(given, twice).equals(survey.items(given, named))

    def test_refuses_a_word_that_is_neither_yes_nor_no(self, given, named):
        with pytest.raises(InputRefused, match="reversed: expected yes or no, got maybe"):
            survey.items(given, named.assign(reversed="maybe"))

    def test_names_the_missing_column(self, given, named):
        with pytest.raises(TableError, match="customer_id"):
            survey.items(given.drop(columns="customer_id"), named)

    def test_leaves_its_input_alone(self, given, named):
        before = given.copy(), named.copy()
        survey.items(given, named)
        pd.testing.assert_frame_equal(given, before[0])
        pd.testing.assert_frame_equal(named, before[1])


class TestAnswers:
    def test_a_customer_who_answered_twice_counts_once_with_the_mean(self, given, named):
        again = pd.concat([given, given[given["customer_id"] == "ann"].assign(q1=3.0)])
        told = survey.answers(again, survey.items(given, named))
        assert told.loc["ann", "q1"] == 4.0
        assert len(told) == 5

    def test_whoever_answered_nothing_is_left_out(self, given, named):
        given.loc[0, ["q1", "q2", "q3", "q4"]] = np.nan
        assert "ann" not in survey.answers(given, survey.items(given, named)).index

    def test_the_scale_is_that_of_all_items_together_unless_it_is_set(self, given, named):
        read = survey.items(given, named)
        assert survey.scale(read) == (1.0, 5.0)
        assert survey.scale(read, SurveyRules(survey_scale=(0, 6))) == (0, 6)


class TestOverview:
    def test_counts_customers_orphans_and_gaps(self, given, named, features):
        (row,) = survey.overview(given, survey.items(given, named), features).to_dict("records")
        assert (row["customers"], row["respondents"], row["orphans"]) == (5, 4, 1)
        assert (row["asked"], row["missing"], row["reversed_items"], row["set_aside"]) == (16, 1, 1, 1)
        assert row["straight_liners"] == 1  # Cat answered 3 to all four
        assert row["share_of_customers"] == 0.8

    def test_of_nothing_there_are_no_shares(self, features):
        empty = schema.empty("survey")
        read = survey.items(empty, schema.empty("survey_items"))
        (row,) = survey.overview(empty, read, features).to_dict("records")
        assert row["respondents"] == 0
        assert np.isnan(row["share_missing"])


class TestAlpha:
    def test_worked_by_hand(self):
        # Variances 1 and 1, of the sums (2, 5, 5) 3: 2 x (1 - 2/3).
        values = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 3.0, 2.0]})
        assert survey.alpha(values) == pytest.approx(2 / 3)

    def test_of_twins_is_one(self):
        values = pd.DataFrame({"a": [1.0, 2.0, 5.0], "b": [1.0, 2.0, 5.0]})
        assert survey.alpha(values) == pytest.approx(1)

    @pytest.mark.parametrize(
        "values",
        [{"a": [1.0, 2.0, 3.0]}, {"a": [1.0, 2.0], "b": [2.0, 1.0]}, {"a": [3.0] * 4, "b": [3.0] * 4}],
        ids=["one item", "two respondents", "all the same"],
    )
    def test_is_empty_where_it_cannot_be_told(self, values):
        assert np.isnan(survey.alpha(pd.DataFrame(values)))

    def test_an_item_of_one_value_only_lowers_it(self):
        values = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0], "c": [4.0] * 3})
        assert survey.alpha(values) == pytest.approx(3 / 2 * (1 - 2 / 4))


class TestConstructs:
    def test_reversed_items_are_turned_by_the_ends_of_the_scale(self, given, named, features):  # mission 37
        read = survey.items(given, named)
        scores = survey.scores(survey.answers(given, read), read, features).set_index(
            ["customer_id", "construct"]
        )
        assert scores.loc[("bob", "emotional"), "score"] == 1.0  # (6 - 5 + 1) / 2
        assert scores.loc[("ann", "rational"), "score"] == 5.0

    def test_scores_are_standardised_over_all_respondents_and_told_for_customers(
        self, given, named, features
    ):
        read = survey.items(given, named)
        told = survey.answers(given, read)
        scores = survey.scores(told, read, features)
        assert set(scores["customer_id"]) == {"ann", "bob", "cat", "dan"}
        rational = scores[scores["construct"] == "rational"].set_index("customer_id")
        everybody = np.array([5, 1.5, 3, 4, 1.5])  # Eve, who is no customer, is one of the respondents
        assert rational.loc["ann", "z"] == pytest.approx((5 - 3) / everybody.std(), abs=1e-5)
        one = survey.scores(told, read, features[features["customer_id"] == "ann"])
        assert one["z"].tolist() == scores.loc[scores["customer_id"] == "ann", "z"].tolist()

    def test_too_few_answers_give_no_score(self, given, named, features):
        read = survey.items(given, named)
        strict = SurveyRules(min_answered=1.0)
        scores = survey.scores(survey.answers(given, read), read, features, strict)
        assert scores[scores["customer_id"] == "dan"]["construct"].tolist() == ["emotional"]

    def test_an_item_that_was_never_turned_is_the_weakest(self, given, named):
        read = survey.items(given, named.assign(reversed="no"))
        table = survey.constructs(survey.answers(given, read), read, FEW).set_index("construct")
        assert table.loc["emotional", "item_rest"] < 0
        assert not table.loc["emotional", "reliable"]

    def test_few_respondents_prove_nothing(self, given, named):
        read = survey.items(given, named)
        told = survey.answers(given, read)
        assert not survey.constructs(told, read)["reliable"].any()
        assert survey.constructs(told, read, FEW).set_index("construct").loc["rational", "reliable"]

    def test_where_all_say_the_same_nobody_stands_out(self, given, named, features):
        same = given.assign(q1=3.0, q2=3.0, q3=3.0, q4=3.0)
        read = survey.items(same, named)
        told = survey.answers(same, read)
        assert set(survey.scores(told, read, features)["z"]) == {0.0}
        table = survey.constructs(told, read, FEW)
        assert table["alpha"].isna().all()
        assert set(survey.survey_types(survey.scores(told, read, features), table)["type"]) == {"undecided"}

    def test_the_order_of_rows_has_no_say(self, given, named, features):
        turned = given.iloc[::-1]
        read = survey.items(given, named)
        assert survey.items(turned, named.iloc[::-1]).equals(read)
        told, again = survey.answers(given, read), survey.answers(turned, read)
        assert survey.constructs(told, read).equals(survey.constructs(again, read))
        assert survey.scores(told, read, features).equals(survey.scores(again, read, features))

    @pytest.mark.parametrize("rows", [0, 1])
    def test_nobody_and_one_respondent(self, given, named, features, rows):
        few = given.head(rows)
        read = survey.items(few, named)
        told = survey.answers(few, read)
        table, scores = survey.constructs(told, read), survey.scores(told, read, features)
        assert len(survey.survey_types(scores, table)) == rows


class TestSurveyTypes:
    def scores(self, **z) -> pd.DataFrame:
        rows = [("ann", construct, 4, 3.0, value) for construct, value in z.items()]
        return pd.DataFrame(rows, columns=list(schema.TABLES["survey_scores"]))

    def known(self, alpha: float = 0.8, **unreliable) -> pd.DataFrame:
        names = ["rational", "emotional", "image"]
        return pd.DataFrame(
            {"construct": names, "alpha": alpha, "reliable": [unreliable.get(name, True) for name in names]}
        )

    def test_the_highest_counts_and_its_lead_is_told(self):
        (row,) = survey.survey_types(self.scores(rational=1.5, emotional=0.0), self.known()).to_dict(
            "records"
        )
        assert (row["type"], row["next"], row["margin"], row["reason"]) == (
            "rational",
            "emotional",
            1.5,
            "highest",
        )
        assert row["certainty"] == "clear"  # 1.645 x sqrt(0.2 + 0.2) = 1.04

    def test_a_lead_within_the_error_of_measurement_is_only_likely(self):
        (row,) = survey.survey_types(self.scores(rational=1.0, emotional=0.0), self.known()).to_dict(
            "records"
        )
        assert row["certainty"] == "likely"

    def test_a_tie_and_a_small_lead_are_undecided(self):
        for lead, expected in ((0.0, "undecided"), (0.19, "undecided"), (0.2, "rational")):
            (kind,) = survey.survey_types(self.scores(rational=lead, emotional=0.0), self.known())["type"]
            assert kind == expected

    def test_a_construct_that_is_not_reliable_names_nobody(self):
        scores = self.scores(rational=0.0, image=2.0)
        (row,) = survey.survey_types(scores, self.known(image=False)).to_dict("records")
        assert (row["type"], row["reason"], row["certainty"]) == ("undecided", "unreliable", "none")

    def test_one_construct_makes_no_type(self):
        assert survey.survey_types(self.scores(rational=2.0), self.known()).empty


class TestSocialTypes:
    @pytest.fixture
    def activity(self) -> pd.DataFrame:
        """Ann posts, Bob only looks, Cat only gets mail, Dan posted two years ago, Eve is no customer."""
        rows = [
            ("ann", "2025-12-31", "view"),
            ("ann", "2025-06-01", "Post"),
            ("bob", "2025-01-01", "search"),
            ("cat", "2025-03-01", "campaign_sent"),
            ("dan", "2023-03-01", "share"),
            ("eve", "2025-03-01", "like"),
        ]
        table = pd.DataFrame(rows, columns=["customer_id", "date", "kind"])
        return table.assign(date=pd.to_datetime(table["date"]))

    def test_one_act_is_enough_and_a_mail_that_we_sent_is_none(self, activity, features):
        types = survey.social_types(activity, features, as_of=AS_OF).set_index("customer_id")
        assert types["type"].to_dict() == {
            "ann": "active",
            "bob": "consumer",
            "cat": "silent",
            "dan": "silent",
            "fay": "silent",
        }
        assert types.loc["ann", ["actions", "looks"]].tolist() == [1, 1]

    def test_the_first_day_of_the_window_counts_and_the_one_before_does_not(self, activity, features):
        for days, expected in ((365, "consumer"), (364, "silent")):
            types = survey.social_types(activity, features, as_of=AS_OF, rules=SurveyRules(social_days=days))
            assert types.set_index("customer_id").loc["bob", "type"] == expected

    def test_without_a_day_all_events_count(self, activity, features):
        types = survey.social_types(activity, features, as_of=None).set_index("customer_id")
        assert types.loc["dan", "type"] == "active"

    def test_of_another_year_or_of_strangers_nobody_is_known_to_be_silent(self, activity, features):
        assert survey.social_types(activity, features, as_of=datetime.date(2020, 1, 1)).empty
        assert survey.social_types(activity.tail(1), features, as_of=AS_OF).empty
        assert survey.social_types(schema.empty("activity"), features, as_of=AS_OF).empty

    def test_shares_add_up_and_prospects_spend_nothing(self, activity, features):
        types = survey.social_types(activity, features, as_of=AS_OF)
        shares = survey.type_shares(survey.survey_types(*empty_survey()), types, features).set_index("label")
        assert shares["customers"].sum() == 5
        assert shares.loc["silent", ["customers", "buyers", "median_spend"]].tolist() == [3, 2, 35.0]
        assert shares["share_of_customers"].sum() == pytest.approx(1)


def empty_survey() -> tuple[pd.DataFrame, pd.DataFrame]:
    return schema.empty("survey_scores"), schema.empty("survey_constructs")


class TestCombine:
    def test_every_customer_has_one_row_and_what_is_not_known_is_empty(self, features):
        groups = pd.DataFrame({"customer_id": ["bob", "ann"], "cluster": [2, 0], "slice": [2, 1]})
        types = pd.DataFrame({"customer_id": ["ann"], "type": ["rational"]})
        made = survey.combine(features.assign(gender="f"), groups, types, types.iloc[:0]).set_index(
            "customer_id"
        )
        assert made.loc["ann", ["cluster", "slice", "survey_type", "gender"]].tolist() == [
            "",
            "1",
            "rational",
            "f",
        ]
        assert made.loc["bob", ["cluster", "slice", "survey_type", "age_band"]].tolist() == ["2", "", "", ""]
        assert len(made) == 5


class TestLinks:
    def test_a_planted_link_is_found_and_the_others_are_not(self):
        combined = crowd(900, link=0.4)
        links = survey.links(combined).set_index("crossing")
        assert links["verdict"].to_dict() == {
            "cluster_survey": "linked",
            "cluster_social": "not_linked",
            "survey_social": "not_linked",
        }
        cells = survey.crosstab(combined, links.reset_index())
        best = cells[cells["stands_out"]].sort_values("residual").iloc[-1]
        assert (best["row"], best["column"]) in {("1", "functional"), ("2", "image"), ("3", "rational")}
        assert cells.groupby("crossing")["customers"].sum().eq(900).all()

    def test_two_by_two_worked_by_hand(self):
        # 40 of 60 in the diagonal cells each way: chi-square = 120 x (40^2 - 20^2)^2 / 60^4 = 13.33
        pairs = (
            [("1", "image")] * 40
            + [("1", "rational")] * 20
            + [("2", "image")] * 20
            + [("2", "rational")] * 40
        )
        combined = pd.DataFrame(pairs, columns=["cluster", "survey_type"]).assign(slice="", social_type="")
        (row,) = survey.links(combined).to_dict("records")
        assert row["chi_square"] == pytest.approx(120 * (40 * 40 - 20 * 20) ** 2 / 60**4, abs=1e-5)
        smaller = 2 - 1 / 119
        assert row["cramers_v"] == pytest.approx(
            np.sqrt((row["chi_square"] / 120 - 1 / 119) / (smaller - 1)), abs=1e-5
        )
        cells = survey.crosstab(combined, survey.links(combined)).set_index(["row", "column"])
        assert cells.loc[("1", "image"), "expected"] == 30
        assert cells.loc[("1", "image"), "residual"] == pytest.approx(10 / np.sqrt(30 * 0.25), abs=1e-5)

    def test_a_link_beyond_chance_that_is_weak_is_not_claimed(self):
        combined = crowd(900, link=0.4)
        links = survey.links(combined, SurveyRules(min_link=0.9))
        assert "weak_link" in set(links["verdict"])
        assert not survey.crosstab(combined, links)["stands_out"].any()

    def test_without_links_hardly_any_is_claimed(self):
        rules = SurveyRules(link_permutations=199, min_link=0)
        claimed = [
            (survey.links(crowd(300, seed=seed), rules)["verdict"] == "linked").any() for seed in range(30)
        ]
        assert np.mean(claimed) <= 0.14  # 5 % are allowed; four of thirty come once in sixty

    def test_few_customers_one_group_and_undecided_ones_are_not_compared(self):
        few = survey.links(crowd(50, link=1))
        assert set(few["verdict"]) == {"few_known"}
        assert few["p_value"].isna().all()
        assert survey.crosstab(crowd(50, link=1), few).empty
        undecided = survey.links(crowd(300).assign(survey_type="undecided"))
        assert undecided["crossing"].tolist() == ["cluster_social"]
        alike = survey.links(crowd(300).assign(cluster="1"))
        assert alike.set_index("crossing").loc["cluster_survey", "verdict"] == "few_known"

    def test_nobody_and_one_customer(self):
        for rows in (0, 1):
            combined = crowd(300).head(rows)
            assert survey.crosstab(combined, survey.links(combined)).empty

    def test_is_the_same_in_any_order_of_rows(self):
        combined = crowd(200, link=0.3)
        links = survey.links(combined)
        turned = combined.iloc[::-1]
        assert links.equals(survey.links(turned))
        assert survey.crosstab(combined, links).equals(survey.crosstab(turned, links))


class TestFindings:
    def tables(self, given, named, features, activity, combined=None, rules=FEW) -> dict:
        read = survey.items(given, named)
        told = survey.answers(given, read)
        constructs = survey.constructs(told, read, rules)
        kinds = survey.survey_types(survey.scores(told, read, features, rules), constructs, rules)
        social = survey.social_types(activity, features, as_of=AS_OF, rules=rules)
        combined = crowd(0) if combined is None else combined
        links = survey.links(combined, rules)
        return {
            "survey_items_read": read,
            "survey_overview": survey.overview(given, read, features),
            "survey_constructs": constructs,
            "survey_types": kinds,
            "social_types": social,
            "type_shares": survey.type_shares(kinds, social, features),
            "type_links": links,
            "type_crosstab": survey.crosstab(combined, links, rules),
        }

    def test_of_absent_tables_say_in_one_sentence_each_what_switches_them_on(self, features):
        empty = [schema.empty(name) for name in ("survey", "survey_items", "activity")]
        stated = survey.findings(self.tables(empty[0], empty[1], features, empty[2]))
        assert stated["key"].tolist() == ["survey_absent", "social_absent"]
        assert stated["text_en"].str.contains("Bring a table `").all()

    def test_without_constructs_name_survey_items(self, given, features):
        nothing = schema.empty("survey_items"), schema.empty("activity")
        stated = survey.findings(self.tables(given, nothing[0], features, nothing[1]))
        assert stated["key"].tolist() == ["survey_no_constructs", "social_absent"]
        assert "survey_items" in stated["text_zh"].iloc[0]

    @pytest.mark.parametrize("link", [0.0, 0.5])
    def test_hold_when_they_are_recomputed_and_claim_a_link_only_where_there_is_one(
        self, given, named, features, link
    ):
        tables = self.tables(given, named, features, schema.empty("activity"), crowd(600, link=link))
        stated = survey.findings(tables, FEW)
        assert findings.recompute(stated, tables.get).empty
        assert ("type_linked" in set(stated["key"])) == (link > 0)
        assert ("type_no_link" in set(stated["key"])) == (link == 0)
        assert not stated["text_en"].str.contains("nan").any()

    def test_where_nothing_can_be_relied_on_say_so_once(self, given, named, features):
        noise = given.assign(q2=[1.0, 5.0, 3.0, 2.0, 3.0], q3=[5.0, 1.0, 3.0, 4.0, 3.0])
        tables = self.tables(noise, named, features, schema.empty("activity"))
        stated = survey.findings(tables, FEW)
        assert stated["key"].tolist().count("survey_unreliable_all") == 1
        assert "survey_types_none" in set(stated["key"])
        assert findings.recompute(stated, tables.get).empty

    def test_a_construct_of_ones_own_stands_by_its_name(self, given, named, features):
        own = named.assign(construct=named["construct"].replace("emotional", "环保意识"), reversed="no")
        stated = survey.findings(self.tables(given, own, features, schema.empty("activity")), FEW)
        (text,) = stated.loc[stated["key"] == "survey_unreliable", "text_en"]
        assert text.startswith("Not to be relied on: 环保意识.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"survey_scale": (5.0, 1.0)},
        {"min_answered": 0.0},
        {"link_level": 1.0},
        {"social_days": 0},
        {"min_alpha": 2.0},
    ],
)
def test_rules_refuse_what_makes_no_sense(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        dataclasses.replace(SurveyRules(), **wrong)
