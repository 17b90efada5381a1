"""The audit of maps, and repairs that mend what is broken and nothing else."""

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import scores
from custkit.errors import TableError
from custkit.schemes import repair, segment_map


def box(name: str, bounds: str) -> list:
    return [name, *map(int, bounds.replace(" ", ""))]


def a_map(*rows: list) -> pd.DataFrame:
    return segment_map.given(pd.DataFrame(rows, columns=["segment", *segment_map.BOUNDS]), "map.csv")


# The middle of recency has no name; a box of 4 is claimed twice; "never" comes after "old", which holds all of it.
BROKEN = a_map(
    box("new", "45 15 15"), box("top", "45 55 55"), box("old", "12 15 15"), box("never", "11 11 11")
)


@pytest.fixture
def rfm() -> pd.DataFrame:
    """Two customers in the gap, one in the overlap, one in a sound cell."""
    return pd.DataFrame({"cell": ["311", "355", "555", "511"]})


class TestOfR:
    def test_hands_out_a_copy(self):
        spoilt = repair.of_r()
        spoilt.loc[0, "segment"] = "spoilt"
        assert repair.of_r().loc[0, "segment"] == "Champions"


class TestAudit:
    def test_of_r(self, rfm):  # mission M2
        row = repair.audit({"r_rfm": repair.of_r()}, rfm).iloc[0]
        assert row[["names", "cells", "gaps", "overlaps", "unreachable"]].tolist() == [10, 125, 10, 58, 0]

    def test_counts_the_customers_concerned(self, rfm):
        table = repair.audit({"shipped": segment_map.shipped(), "own": BROKEN}, rfm).set_index("map")
        assert table.loc["own"].tolist() == [4, 125, 25, 3, 2, 4, 2, 1]
        assert table.loc["shipped", ["gaps", "overlaps", "customers_unnamed"]].tolist() == [0, 0, 0]

    def test_nobody_scored_still_counts_the_faults(self, rfm):
        row = repair.audit({"own": BROKEN}, rfm[:0]).iloc[0]
        assert (row["gaps"], row["customers"], row["customers_unnamed"]) == (25, 0, 0)

    def test_names_the_missing_column(self):
        with pytest.raises(TableError, match=r"rfm.*cell"):
            repair.audit({}, pd.DataFrame({"score": [1]}))


class TestRepair:
    def test_by_hand(self):
        table = repair.repair(BROKEN)
        gaps = table[table["problem"] == "gap"]
        # From 3 it is one step to "new" (4) and one to "old" (2): the first of the map.
        assert set(gaps["cell"]) == {cell for cell in scores.CELLS if cell[0] == "3"}
        assert gaps[["was", "proposed", "distance", "why"]].drop_duplicates().to_numpy().tolist() == [
            ["", "new", 1, "nearest"]
        ]
        overlaps = table[table["problem"] == "overlap"]
        assert overlaps[["cell", "was", "proposed", "why"]].to_numpy().tolist() == [
            ["111", "old, never", "old", "first_match"],
            ["455", "new, top", "new", "first_match"],
            ["555", "new, top", "new", "first_match"],
        ]
        lost = table[table["problem"] == "unreachable"]
        assert lost[["cell", "was", "why"]].to_numpy().tolist() == [
            ["", "top", "out_of_reach"],
            ["", "never", "out_of_reach"],
        ]
        assert lost["proposed"].isna().all()

    def test_far_from_any_name_the_steps_are_counted(self):
        table = repair.repair(a_map(box("corner", "11 11 11"))).set_index("cell")
        assert table.loc["555", "distance"] == 12
        assert table.loc["112", "distance"] == 1

    def test_a_sound_map_needs_none(self):
        assert repair.repair(segment_map.shipped()).empty

    def test_leaves_its_input_alone(self):
        before = BROKEN.copy(deep=True)
        repair.repair(BROKEN)
        repair.repaired(BROKEN)
        pd.testing.assert_frame_equal(BROKEN, before)


_ENDS = st.tuples(st.integers(1, 5), st.integers(1, 5)).map(sorted)
_ROWS = st.tuples(st.sampled_from("abcd"), _ENDS, _ENDS, _ENDS).map(
    lambda row: [row[0], *itertools.chain(*row[1:])]
)


class TestRepaired:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(_ROWS, min_size=1, max_size=7))
    def test_any_map_becomes_sound_and_no_named_cell_is_renamed(self, rows):  # mission M2
        broken = a_map(*rows)
        mended = repair.repaired(broken)
        assert segment_map.check(mended).empty
        before, after = segment_map.by_cell(broken), segment_map.by_cell(mended)
        assert (after[before.notna()] == before.dropna()).all()
        proposed = repair.repair(broken).query("problem == 'gap'").set_index("cell")["proposed"]
        assert (after[proposed.index] == proposed).all()

    def test_the_order_of_its_rows_no_longer_matters(self):
        mended = repair.repaired(repair.of_r())
        pd.testing.assert_series_equal(segment_map.by_cell(mended[::-1]), segment_map.by_cell(mended))

    def test_goes_through_csv_as_a_users_map(self):
        mended = repair.repaired(repair.of_r())
        read = pd.read_csv(io.StringIO(mended.to_csv(index=False)), dtype=str)
        pd.testing.assert_frame_equal(segment_map.given(read, "mended.csv"), mended)

    def test_a_sound_map_keeps_every_cell_and_needs_no_more_rows(self):
        mended = repair.repaired(segment_map.shipped())
        same = segment_map.by_cell(mended) == segment_map.by_cell(segment_map.shipped())
        assert same.all()
        assert len(mended) <= len(segment_map.shipped()) + 1

    def test_every_customer_gets_a_name_with_it(self):
        cells = pd.Series(np.array(scores.CELLS))
        assert segment_map.assign(cells, repair.repaired(repair.of_r())).notna().all()
