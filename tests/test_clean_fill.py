"""Missing values: filled only where asked, marked, and told with what they do to the mean."""

import pytest
from customers_in import engine, frame, shown
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit.clean import fill, people
from custkit.errors import SettingsError
from custkit.settings import CleanRules


def filled(*asked: str, **columns: list):
    rows = [
        {"customer_id": str(place), **dict(zip(columns, values, strict=True))}
        for place, values in enumerate(zip(*columns.values(), strict=True))
    ]
    connection = engine(rows)
    return connection, people.people(connection, CleanRules(fill=asked))


class TestFill:
    def test_nothing_is_filled_unless_asked(self):  # mission 22
        connection, warnings = filled(age=["20", None], industry=[None, "零售"])
        assert shown(connection, "age") == {"0": "20", "1": None}
        assert not any(name.endswith("_imputed") for name in frame(connection))
        assert warnings == []

    def test_median_mode_and_unknown_by_hand_each_marked(self):  # mission 22
        connection, _ = filled(
            "age=median", "education=mode", "city_tier=unknown",
            age=["20", "21", "61", None], education=["本科", "本科", None, "硕士"], city_tier=["一线", None, None, "二线"],
        )  # fmt: skip
        assert list(shown(connection, "age").values()) == ["20", "21", "61", "21"]
        assert list(shown(connection, "age_imputed").values()) == [False, False, False, True]
        assert list(shown(connection, "education").values()) == ["bachelor", "bachelor", "bachelor", "master"]
        assert list(shown(connection, "city_tier").values()) == ["tier 1", "unknown", "unknown", "tier 2"]
        assert list(shown(connection, "city_tier_imputed").values()) == [False, True, True, False]

    def test_says_how_the_mean_moves(self):  # T13
        _, (median,) = filled("income=median", income=["1", "2", "96", None])
        assert "filled with 2 (median) where it was missing (rows: 1 of 4)" in median["text"]
        assert "its mean goes from 33.00 to 25.25" in median["text"]
        _, (mean,) = filled("income=mean", income=["1", "2", "96", None])
        assert "filled with 33 (mean)" in mean["text"]
        assert "from 33.00 to 33.00" in mean["text"]

    def test_words_have_no_mean_to_move(self):
        _, (said,) = filled("gender=mode", gender=["女", "女", "M", None])
        assert "filled with “female” (mode)" in said["text"]
        assert "mean" not in said["text"]

    def test_ties_of_a_mode_go_by_text_whatever_the_order(self):
        for order in (["b", "a", None], ["a", "b", None]):
            connection, _ = filled("occupation=mode", occupation=order)
            assert shown(connection, "occupation")["2"] == "a"

    def test_nothing_missing_changes_nothing(self):
        connection, (said,) = filled("age=mean", age=["20", "30"])
        assert set(shown(connection, "age_imputed").values()) == {False}
        assert "(rows: 0 of 2)" in said["text"]

    @settings(max_examples=20, deadline=None)
    @given(
        st.lists(st.none() | st.integers(0, 120), min_size=1, max_size=12).filter(
            lambda ages: any(a is not None for a in ages)
        )
    )
    def test_given_values_never_change_and_the_marks_are_the_missing_ones(self, ages):
        connection, _ = filled("age=median", age=[None if age is None else str(age) for age in ages])
        known, marks = shown(connection, "age"), shown(connection, "age_imputed")
        assert [marks[str(place)] for place in range(len(ages))] == [age is None for age in ages]
        assert all(known[str(place)] == str(age) for place, age in enumerate(ages) if age is not None)
        assert all(value is not None for value in known.values())


class TestRefused:
    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ("customer_id=mode", "fill: customer_id is never filled"),
            ("registered_on=mode", "fill: registered_on is never filled"),
            ("birth_date=unknown", "fill: birth_date is never filled"),
            ("consent=mode", "fill: consent is never filled"),
            ("name=unknown", "fill: name is never filled"),
            ("amount=mean", "fill: amount is a column of orders; only columns of customers are filled"),
            ("spend=median", "fill: spend is a column of customer_values"),
            ("colour=mode", "fill: colour is a column that custkit does not know"),
            ("age", "fill: expected column=method, the method one of mean, median, mode, unknown, got 'age'"),
            ("age=guess", "got 'age=guess'"),
            (
                "gender=mean",
                "fill: gender holds words, which have no mean; use gender=mode or gender=unknown",
            ),
        ],
    )
    def test_what_is_no_guess_of_ours(self, asked, told):  # mission 22, T13
        with pytest.raises(SettingsError) as refused:
            fill.wanted((asked,))
        assert told in str(refused.value)

    def test_a_column_twice(self):
        with pytest.raises(SettingsError, match="fill: age is named twice"):
            fill.wanted(("age=mean", "age=mode"))

    def test_a_column_that_the_data_do_not_have(self):
        with pytest.raises(SettingsError, match="fill: the data have no column income among the customers"):
            filled("income=mode", age=["20"])

    def test_bands_have_no_median(self):
        with pytest.raises(
            SettingsError, match="fill: age has 1 of 2 values that are no number, and so no median"
        ):
            filled("age=median", age=["25-34", "20", None])

    @pytest.mark.parametrize(
        ("asked", "found"), [("age=mean", "no value"), ("gender=mode", "no value at all")]
    )
    def test_an_empty_column_has_nothing_to_fill_from(self, asked, found):
        with pytest.raises(SettingsError, match=f"has {found}"):
            filled(asked, age=[None], gender=[None])

    def test_a_fact_of_persons_where_customers_are_firms(self):  # T27
        connection = engine([{"customer_id": "a", "age": "20"}])
        with pytest.raises(SettingsError, match="no column age"):
            people.people(connection, CleanRules(fill=("age=mean",), business=True))
