"""Lines of what was set aside."""

import pandas as pd
import pytest

from custkit.clean.addresses import addresses

COLUMNS = ["table", "file", "sheet", "line", "column", "rule"]


@pytest.fixture
def found():
    lines = ["12", "9", "101", "30", "31", "33"]
    rows = [("orders", "b.csv", "", line, "amount", "unreadable_value") for line in lines]
    rows += [
        ("orders", "a.xlsx", "May", "7", "", "totals_line"),
        ("orders", "a.xlsx", "June", "7", "", "totals_line"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_worked_by_hand(found):
    table = addresses(found, most=5)
    assert table[["rule", "sheet", "rows", "first_lines"]].to_numpy().tolist() == [
        ["unreadable_value", "", 6, "9, 12, 30, 31, 33, …"],
        ["totals_line", "June", 1, "7"],
        ["totals_line", "May", 1, "7"],
    ]


def test_all_lines_are_named_where_they_are_few(found):
    assert addresses(found, most=6)["first_lines"][0] == "9, 12, 30, 31, 33, 101"


def test_nothing_found_has_its_columns():
    table = addresses(pd.DataFrame(columns=COLUMNS, dtype="str"))
    assert (len(table), list(table.columns)) == (
        0,
        ["table", "rule", "column", "file", "sheet", "rows", "first_lines"],
    )


def test_leaves_its_input_alone(found):
    before = found.copy()
    addresses(found)
    pd.testing.assert_frame_equal(found, before)
