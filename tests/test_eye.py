"""Tables as a notebook shows them."""

import pandas as pd
import pytest

from custkit.show import eye
from custkit.words import Words

EN, ZH = Words("en"), Words("zh")


def shown(words=EN, **columns):
    return eye.table(pd.DataFrame(columns), words)


def test_an_interval_is_one_column_and_its_ends_look_alike():
    table = shown(low=[0.354, 0.0002], high=[0.41, 0.5], share_low=[0.1, None], share_high=[0.2, None])
    assert list(table.columns) == ["interval", "95% interval"]
    assert list(table["interval"]) == ["0.35 to 0.41", "0.00 to 0.50"]
    assert list(table["95% interval"]) == ["10.0% to 20.0%", ""]
    assert list(shown(ZH, low=[1, 2], high=[3, 4]).iloc[0]) == ["1 至 3"]


def test_an_end_of_another_kind_is_no_interval():
    assert list(shown(low_end=["price"], high_end=["image"]).iloc[0]) == ["price", "image"]


def test_a_tiny_p_value_is_a_bound_and_no_zero():
    assert list(shown(p_adjusted=[1e-9, 0.0414, 1.0]).iloc[:, 0]) == ["< 0.001", "0.041", "1.000"]


def test_a_number_has_the_form_of_its_measure():
    table = shown(measure=["n_orders", "n_orders", "spend"], value=[3.0, 12.0, 1133.18])
    assert list(table["value"]) == ["3", "12", "1,133.18"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([12_345.678, 50.5], ["12,346", "50"]),
        ([12_345.678, 0.5], ["12,345.68", "0.50"]),
        ([0.0098, 0.0069], ["0.010", "0.007"]),
        ([-0.0001, 4.5], ["0.00", "4.50"]),
        ([float("inf"), 2.0], ["", "2"]),
        ([None, 2.0], ["", "2"]),
    ],
)
def test_a_column_has_as_many_decimals_as_a_reader_needs(values, texts):
    assert list(shown(other=values).iloc[:, 0]) == texts


def test_yes_and_no_are_words_of_the_language_or_of_their_column():
    assert list(shown(ZH, used=[True, False]).iloc[:, 0]) == ["是", "否"]
    assert list(shown(is_partial=[True, False]).iloc[:, 0]) == [
        "no",
        "yes",
    ]  # the header says: complete month


def test_months_and_days():
    days = pd.to_datetime(["2025-03-01", "2025-04-01"])
    table = shown(month=days, as_of=days)
    assert list(table.iloc[0]) == ["2025-03", "2025-03-01"]


def test_columns_without_a_value_and_row_numbers_are_left_out():
    table = eye.table(pd.DataFrame({"customers": [1, 2], "note": ["", ""], "p": [None, None]}), EN)
    assert list(table.columns) == ["customers"]
    assert list(table.index) == ["", ""]


def test_a_wide_single_row_stands_upright():
    wide = eye.table(pd.DataFrame({f"c{place}": [place] for place in range(10)}), EN)
    assert wide.shape == (10, 1)
    assert eye.table(pd.DataFrame({"customers": [1]}), EN).shape == (1, 1)


def test_a_table_without_rows_keeps_its_headers():
    assert list(shown(customers=[], low=[], high=[]).columns) == ["customers", "interval"]


def test_leaves_its_input_alone():
    frame = pd.DataFrame({"low": [1.5], "high": [2.5]}, index=[7])
    before = frame.copy()
    eye.table(frame, EN)
    pd.testing.assert_frame_equal(frame, before)
