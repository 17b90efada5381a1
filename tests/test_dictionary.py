"""Words of exports as custkit's names: known in both languages, never guessed."""

import pandas as pd
import pytest

from custkit import dictionary


@pytest.fixture
def channels() -> pd.Series:
    """Three ways of writing a channel, a word that nobody knows twice, and nothing."""
    return pd.Series(
        ["APP", "门店", "mini-Program", "carrier pigeon", "carrier pigeon", None], name="channel"
    )


class TestDictionary:
    @pytest.mark.parametrize("column", dictionary.dictionary())
    def test_every_name_stands_for_itself(self, column):
        assert all(dictionary.dictionary()[column][dictionary.fold(name)] == name for name in names(column))

    def test_columns_have_the_names_that_the_design_gives(self):
        assert names("feedback.kind") == {"survey", "complaint", "suggestion"}
        assert names("orders.channel") == {"online", "offline"}
        assert names("actuals.arm") == {"treated", "held_out"}
        assert len(names("activity.kind")) == 11

    def test_refuses_a_word_under_two_names(self, tmp_path, monkeypatch):
        (tmp_path / "twice.yml").write_text("x: {a: [one], b: [One]}", encoding="utf-8")
        monkeypatch.setattr(dictionary, "WORDS", tmp_path / "twice.yml")
        with pytest.raises(ValueError, match=r"twice\.yml: x: One stands for a and b"):
            dictionary.dictionary.__wrapped__()

    def test_names_stand_in_the_order_of_the_file(self):  # mission 32
        assert dictionary.names("customers.education")[:3] == [
            "primary school",
            "junior high school",
            "vocational school",
        ]
        with pytest.raises(KeyError, match=r"no entry 'customers\.colour'"):
            dictionary.names("customers.colour")


class TestFold:
    @pytest.mark.parametrize(
        "written", ["campaign sent", "Campaign_Sent", "ＣＡＭＰＡＩＧＮ－ｓｅｎｔ ", "campaign-sent"]
    )
    def test_case_width_and_joints_do_not_matter(self, written):
        assert dictionary.fold(written) == "campaignsent"


class TestCanonical:
    def test_known_words_get_their_name_and_others_stay_empty(self, channels):
        made = dictionary.canonical("orders.channel", channels)
        assert made.dropna().tolist() == ["online", "offline", "online"]
        assert made.isna().tolist() == [False, False, False, True, True, True]
        assert (made.name, str(made.dtype)) == ("channel", "str")

    @pytest.mark.parametrize(
        ("column", "word", "name"),
        [
            ("feedback.kind", "问卷", "survey"),
            ("feedback.kind", "客诉", "complaint"),
            ("activity.kind", "campaign_joined", "campaign_joined"),
            ("customers.gender", "女士", "female"),
            ("customers.area", "農村", "rural"),
            ("actuals.arm", "对照组", "held_out"),
            ("yes_no", True, "yes"),
            ("yes_no", "否", "no"),
        ],
    )
    def test_words_of_each_column(self, column, word, name):
        assert dictionary.canonical(column, pd.Series([word])).item() == name

    def test_a_code_of_digits_is_not_guessed(self):
        assert dictionary.canonical("customers.gender", pd.Series([1, 0])).isna().all()

    def test_no_value_gives_no_word(self):
        assert dictionary.canonical("yes_no", pd.Series([None, None], dtype=object)).isna().all()
        assert dictionary.canonical("yes_no", pd.Series([], dtype="str")).empty

    def test_a_column_that_is_not_there_is_named(self):
        with pytest.raises(KeyError, match=r"no entry 'orders\.colour'; it has feedback\.kind"):
            dictionary.canonical("orders.colour", pd.Series(["red"]))

    def test_leaves_its_input_alone(self, channels):
        before = channels.copy()
        dictionary.canonical("orders.channel", channels)
        pd.testing.assert_series_equal(channels, before)


class TestUnknown:
    def test_lists_what_was_left_empty_with_its_rows(self, channels):
        strange = dictionary.unknown("orders.channel", channels)
        assert strange.to_numpy().tolist() == [["carrier pigeon", 2]]

    def test_of_equal_counts_the_text_decides(self):
        assert dictionary.unknown("yes_no", pd.Series(["b", "a", "yes"]))["value"].tolist() == ["a", "b"]

    def test_nothing_strange_gives_no_row(self):
        assert dictionary.unknown("yes_no", pd.Series(["yes", None])).empty


def names(column: str) -> set[str]:
    return set(dictionary.dictionary()[column].values())
