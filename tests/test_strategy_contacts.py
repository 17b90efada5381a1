"""Who may be contacted, and on which channel customers answer."""

import numpy as np
import pandas as pd
import pytest

from custkit import findings, schema
from custkit.errors import TableError
from custkit.settings import StrategyRules
from custkit.strategy import contacts, lessons


def people(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(names)})


def said(**answers: str | None) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(answers), "consent": list(answers.values())}, dtype="str")


class TestConsent:  # mission 34, 160
    def test_who_did_not_say_yes_may_not_be_contacted(self):
        found = contacts.consent(people("dan", "cat", "bob", "ann"), said(ann="yes", bob="否", cat=None))
        assert found["consent"].tolist() == ["yes", "no", "unknown", "unknown"]
        assert found["may_contact"].tolist() == [True, False, False, False]

    def test_silence_may_be_taken_for_consent_by_a_setting_and_a_no_never(self):
        rules = StrategyRules(contact_unknown=True)
        found = contacts.consent(people("ann", "bob", "cat"), said(ann="yes", bob="no"), rules)
        assert found["may_contact"].tolist() == [True, False, True]

    @pytest.mark.parametrize("customers", [people("ann"), said(ann=None)])
    def test_where_nobody_was_asked_all_may(self, customers):
        found = contacts.consent(people("ann", "bob"), customers)
        assert set(found["consent"]) == {"not_asked"}
        assert found["may_contact"].all()

    def test_counts_and_no_customer(self):
        found = contacts.consent(people("ann", "bob", "cat"), said(ann="yes", bob="yes", cat="no"))
        counted = contacts.consent_counts(found)
        assert counted.to_numpy().tolist() == [["no", False, 1], ["yes", True, 2]]
        assert contacts.consent_counts(contacts.consent(people(), said())).empty

    def test_leaves_its_input_alone(self):
        features, customers = people("bob", "ann"), said(ann="yes")
        copies = features.copy(), customers.copy()
        contacts.consent(features, customers)
        pd.testing.assert_frame_equal(features, copies[0])
        pd.testing.assert_frame_equal(customers, copies[1])

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match="features: no column customer_id"):
            contacts.consent(pd.DataFrame({"id": ["ann"]}), said())


def mailed(channel: str, n: int, joined: int, *, first: int = 0) -> pd.DataFrame:
    """``n`` customers who were sent one mailing on a channel, of whom the first ``joined`` opened and joined it."""
    names = [f"c{first + i:04d}" for i in range(n)]
    kinds = [("campaign_sent", n), ("campaign_opened", joined), ("campaign_joined", joined)]
    parts = [pd.DataFrame({"customer_id": names[:count], "kind": kind}) for kind, count in kinds]
    return pd.concat(parts).assign(channel=channel, topic="spring")


@pytest.fixture
def activity() -> pd.DataFrame:
    """Of 100 by mail 40 join, of 100 by text 10, of 5 by app all: too few to have a part in it."""
    return pd.concat(
        [mailed("email", 100, 40), mailed("sms", 100, 10, first=200), mailed("app", 5, 5, first=400)]
    )


@pytest.fixture
def assigned() -> pd.DataFrame:
    names = [f"c{i:04d}" for i in range(410)]
    return pd.DataFrame({"customer_id": names, "strategy": "recall"})


class TestResponses:  # mission 137
    def test_worked_by_hand(self, activity, assigned):
        found = contacts.responses(activity, assigned)
        everybody = found[found["strategy"] == "all"].set_index("channel")
        assert everybody["sent"].to_dict() == {"app": 5, "email": 100, "sms": 100}
        assert everybody["joined"].to_dict() == {"app": 1.0, "email": 0.4, "sms": 0.1}
        assert everybody["is_best"].to_dict() == {"app": False, "email": True, "sms": False}
        assert everybody.loc["email", "gain"] == pytest.approx(0.3)
        # Each customer was sent one: the interval is Wilson's of 40 in 100.
        assert everybody.loc["email", ["joined_low", "joined_high"]].tolist() == pytest.approx(
            [0.3094, 0.4980], abs=1e-4
        )

    def test_one_customers_many_mailings_are_one_persons(self, assigned):
        many = pd.concat([mailed("email", 20, 8).assign(topic=f"t{i}") for i in range(50)])
        sms = pd.concat([mailed("sms", 20, 5, first=200).assign(topic=f"t{i}") for i in range(50)])
        found = contacts.responses(pd.concat([many, sms]), assigned)
        # 400 of 1,000 against 250 of 1,000 would be far beyond chance; 8 of 20 against 5 of 20 are not.
        assert found["sent"].tolist() == [1000] * 4
        assert not found["is_best"].any()
        assert (found["joined_high"] - found["joined_low"] > 0.3).all()

    def test_channels_that_are_answered_alike_have_no_best(self, assigned):
        found = contacts.responses(
            pd.concat([mailed("email", 100, 20), mailed("sms", 100, 18, first=200)]), assigned
        )
        assert not found["is_best"].any()
        assert contacts.best_channels(found, ["recall"]) == {}

    def test_a_lead_too_small_to_matter_is_none(self, activity, assigned):
        assert not contacts.responses(activity, assigned, StrategyRules(min_response_gain=0.5))[
            "is_best"
        ].any()

    def test_an_answer_belongs_to_the_mailing_of_its_topic_and_channel(self, assigned):
        sent = mailed("email", 30, 0)
        stray = mailed("sms", 30, 30)[lambda t: t["kind"] != "campaign_sent"]
        assert contacts.responses(pd.concat([sent, stray]), assigned)["joined"].tolist() == [0, 0]

    def test_a_group_without_a_best_takes_everybodys(self, activity, assigned):
        found = contacts.responses(activity, assigned.iloc[:30])
        assert contacts.best_channels(found, ["recall", "keep_best"]) == {
            "recall": "email",
            "keep_best": "email",
        }

    def test_the_order_of_the_rows_has_no_say_and_the_input_is_left_alone(self, activity, assigned):
        copy = activity.copy()
        pd.testing.assert_frame_equal(
            contacts.responses(activity[::-1], assigned[::-1]), contacts.responses(activity, assigned)
        )
        pd.testing.assert_frame_equal(activity, copy)

    @pytest.mark.parametrize("rows", [schema.empty("activity"), mailed("email", 1, 0).assign(kind="visit")])
    def test_nobody_was_sent_anything(self, rows, assigned):
        found = contacts.responses(rows, assigned)
        assert found.dtypes.astype(str).to_dict() == schema.TABLES["plan_channels"]
        assert found.empty

    def test_without_channels_nothing_is_known(self, activity, assigned):
        assert contacts.responses(activity.drop(columns="channel"), assigned).empty

    def test_names_the_missing_column(self, activity, assigned):
        with pytest.raises(TableError, match="plan_targets: no column strategy"):
            contacts.responses(activity, assigned.drop(columns="strategy"))

    @pytest.mark.slow
    def test_of_channels_that_are_alike_few_are_said_to_be_best(self, assigned):
        rng = np.random.default_rng(1)
        claimed = 0
        for _ in range(200):
            k = rng.binomial(100, 0.25, size=3)
            sent = [mailed(name, 100, k[i], first=100 * i) for i, name in enumerate(("email", "sms", "app"))]
            claimed += contacts.responses(pd.concat(sent), assigned)["is_best"].any()
        assert claimed <= 200 * 0.05 + 3 * (200 * 0.05 * 0.95) ** 0.5


class TestSentences:
    def test_all_hold(self, activity, assigned):
        asked = contacts.consent(people("ann", "bob"), said(ann="yes"))
        tables = {
            "plan_channels": contacts.responses(activity, assigned),
            "plan_consent": contacts.consent_counts(asked),
        }
        rows = lessons.of_consent(tables["plan_consent"]) + lessons.of_channels(tables["plan_channels"])
        stated = findings.frame("06", rows)
        assert stated["key"].tolist() == ["plan_consent", "plan_channel_best", "plan_channel_group"]
        assert findings.recompute(stated, tables.__getitem__).empty

    def test_nobody_asked_is_said(self):
        counts = contacts.consent_counts(contacts.consent(people("ann"), people("ann")))
        (row,) = lessons.of_consent(counts)
        assert row["key"] == "plan_consent_unasked"

    def test_no_best_channel_is_said_once(self, assigned):
        found = contacts.responses(
            pd.concat([mailed("email", 50, 10), mailed("sms", 50, 9, first=200)]), assigned
        )
        assert [row["key"] for row in lessons.of_channels(found)] == ["plan_channel_none"]
