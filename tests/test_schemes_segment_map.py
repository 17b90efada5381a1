"""The shipped map proven cell by cell, users' maps, and the audit of R's."""

import re

import pandas as pd
import pytest

from custkit import scores
from custkit.errors import SettingsError
from custkit.schemes import repair, segment_map
from custkit.words import Words

TWO_HALVES = pd.DataFrame(
    {
        "segment": ["recent", "rest"],
        **{bound: [1, 1] if bound.endswith("lower") else [5, 5] for bound in segment_map.BOUNDS},
    }
).assign(r_lower=[4, 1])


class TestShipped:
    """mission M2"""

    def test_names_every_cell_once_and_reaches_every_name(self):
        assert segment_map.check(segment_map.shipped()).empty

    def test_has_nine_to_eleven_names(self):
        assert 9 <= len(segment_map.names(segment_map.shipped())) <= 11

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_each_name_and_its_rule_stand_in_the_catalogue(self, lang):
        words = Words(lang)
        for name in segment_map.names(segment_map.shipped()):
            assert words(f"label.segment_map.{name}")
            assert words(f"rule.segment_map.{name}")

    def test_the_corners_are_what_they_are_called(self):
        named = segment_map.by_cell(segment_map.shipped())
        corners = {
            "555": "champions",
            "511": "starters",
            "155": "cannot_lose",
            "111": "lost",
            "515": "big_baskets",
        }
        assert named[list(corners)].to_dict() == corners

    def test_hands_out_a_copy(self):
        spoilt = segment_map.shipped()
        spoilt.loc[0, "segment"] = "spoilt"
        assert segment_map.shipped().loc[0, "segment"] == "champions"


class TestCheck:
    def test_audit_of_r(self):
        """mission M2: 10 of 125 cells have no name, 58 more than one."""
        report = segment_map.check(repair.of_r())
        assert report["problem"].value_counts().to_dict() == {"overlap": 58, "gap": 10}

    def test_names_both_owners_of_an_overlap_first_the_one_that_holds(self):
        overlaps = segment_map.check(TWO_HALVES)
        assert overlaps["problem"].unique().tolist() == ["overlap"]
        assert overlaps["cell"].tolist() == [cell for cell in scores.CELLS if cell[0] in "45"]
        assert overlaps["segments"].unique().tolist() == ["recent, rest"]

    def test_finds_a_name_that_is_never_reached(self):
        report = segment_map.check(TWO_HALVES[::-1])
        unreachable = report[report["problem"] == "unreachable"]
        assert unreachable[["cell", "segments"]].to_numpy().tolist() == [["", "recent"]]

    def test_two_rows_of_one_name_are_no_overlap(self):
        assert segment_map.check(TWO_HALVES.assign(segment="all")).empty

    def test_finds_gaps(self):
        report = segment_map.check(TWO_HALVES[:1])
        assert report["problem"].tolist() == ["gap"] * 75


class TestGiven:
    def test_takes_text_and_further_columns(self):
        table = TWO_HALVES.astype(str).assign(note="ours")
        pd.testing.assert_frame_equal(
            segment_map.given(table, "my.csv"),
            TWO_HALVES[["segment", *segment_map.BOUNDS]],
            check_dtype=False,
        )

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda t: t.drop(columns="f_upper"), "no column f_upper; it has segment, r_lower"),
            (lambda t: t[:0], "no row"),
            (lambda t: t.assign(segment=["recent", None]), "row 2: an empty name cannot be the name of a segment"),
            (lambda t: t.assign(segment=["recent", "prospect"]), "row 2: prospect cannot be the name of a segment"),
            (lambda t: t.assign(r_upper=["5", "six"]), "row 2: rest: r: expected whole numbers from 1 to 5 in order, found 1 to six"),
            (lambda t: t.assign(m_lower=[0, 1]), "row 1: recent: m: expected whole numbers from 1 to 5 in order, found 0 to 5"),
            (lambda t: t.assign(f_lower=[2.5, 1]), "row 1: recent: f: expected whole numbers from 1 to 5 in order, found 2.5 to 5"),
            (lambda t: t.assign(r_lower=[4, 3], r_upper=[5, 2]), "row 2: rest: r: expected whole numbers from 1 to 5 in order, found 3 to 2"),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong(self, change, told):
        with pytest.raises(SettingsError, match="^segment_map: my.csv: " + re.escape(told)):
            segment_map.given(change(TWO_HALVES), "my.csv")

    def test_leaves_its_input_alone(self):
        before = TWO_HALVES.copy(deep=True)
        segment_map.given(TWO_HALVES, "my.csv")
        pd.testing.assert_frame_equal(TWO_HALVES, before)


class TestAssign:
    def test_the_first_match_holds(self):
        cells = pd.Series(["555", "311"], index=[7, 3])
        assert segment_map.assign(cells, TWO_HALVES).to_dict() == {7: "recent", 3: "rest"}

    def test_a_hole_is_no_fault_while_nobody_falls_in(self):
        assert segment_map.assign(pd.Series(["411", "555"]), TWO_HALVES[:1]).tolist() == ["recent"] * 2

    def test_a_customer_in_a_hole_is_named_by_cell_and_count(self):
        cells = pd.Series(["555", "311", "311", "111"])
        told = "segment_map: no name for cell 111 (customers: 1), 311 (customers: 2)"
        with pytest.raises(SettingsError, match=re.escape(told)):
            segment_map.assign(cells, TWO_HALVES[:1])

    def test_nobody_needs_no_name(self):
        assert segment_map.assign(pd.Series([], dtype="str"), TWO_HALVES[:1]).empty
