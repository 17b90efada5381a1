"""Ids, text, masks: what is kept letter for letter, what is cleaned, what is damaged."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit.ingest import ids, personal, values
from custkit.ingest.values import DAMAGED, MISSING, OK


class TestParseIds:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("007", "007"),  # fault 42
            ("1001.0", "1001"),  # fault 42
            ("1E5", "1E5"),  # fault 42
            ("TRUE", "TRUE"),  # fault 42
            ("\u00a0 C1\u3000", "C1"),  # fault 43
            ("\ufeffC\u200b1", "C1"),  # fault 43
            ("Ｃ０１", "C01"),  # fault 23
            ("c1", "c1"),  # fault 43: case is kept
            ("a b", "a b"),
        ],
    )
    def test_text_is_trimmed_and_made_half_width(self, text, expected):
        parsed = ids.parse_ids(pa.array([text]))
        assert (parsed.values.to_pylist(), parsed.codes.tolist()) == ([expected], [OK])

    @pytest.mark.parametrize(
        "text", ["", " ", "NA", "n/a", "null", "None", "-", "--", "无", "空", "#N/A", None]
    )
    def test_words_for_missing_are_missing(self, text):  # fault 24
        parsed = ids.parse_ids(pa.array([text], pa.string()))
        assert (parsed.values.to_pylist(), parsed.codes.tolist()) == ([None], [MISSING])

    @pytest.mark.parametrize("text", ["1.38E+10", "1.38e+10", "1E+10"])
    def test_a_number_shortened_by_a_spreadsheet_is_damaged(self, text):  # fault 42
        assert ids.parse_ids(pa.array([text])).codes.tolist() == [DAMAGED]

    def test_floats_lose_their_point_and_long_ones_are_damaged(self):  # fault 42
        parsed = ids.parse_ids(pa.array([17850.0, None, float("nan"), 1.2e17, 12.5]))
        assert parsed.values.to_pylist() == ["17850", None, None, None, "12.5"]
        assert parsed.codes.tolist() == [OK, MISSING, MISSING, DAMAGED, OK]

    def test_whole_numbers_of_18_digits_keep_them_all(self):  # fault 42
        assert ids.parse_ids(pa.array([123456789012345678])).values.to_pylist() == ["123456789012345678"]

    @given(st.text(st.characters(categories=["L", "Nd"], max_codepoint=0x2FFF), min_size=1, max_size=12))
    def test_reading_an_id_again_changes_nothing(self, text):
        once = ids.parse_ids(pa.array([text]))
        if once.codes[0] == OK:
            assert ids.parse_ids(once.values).values == once.values


class TestParseText:
    def test_words_for_missing_are_words(self):  # fault 25
        assert ids.parse_text(pa.array(["NA", " 上海 ", "", None])).values.to_pylist() == [
            "NA",
            "上海",
            None,
            None,
        ]


class TestAsText:
    def test_numbers_keep_their_digits(self):
        assert values.as_text(pa.array([1.0, 0.1, 1e-7, 2.5e16])).to_pylist() == [
            "1",
            "0.1",
            "0.0000001",
            "2.5E+16",
        ]

    def test_short_floats_are_read_as_they_were_meant(self):
        assert values.as_text(pa.array([0.1], pa.float32())).to_pylist() == ["0.1"]

    def test_leaves_its_input_alone(self):
        column = pa.array([True, None])
        assert values.as_text(column).to_pylist() == ["TRUE", None]
        assert column.to_pylist() == [True, None]


class TestMask:
    @pytest.mark.parametrize(
        ("how", "text", "expected"),
        [
            ("name", "王小明", "*明"),  # mission 3, fault 90
            ("name", "*明", "*明"),  # mission 3
            ("phone", "13812341234", "138****1234"),
            ("phone", "110", "****"),
            ("email", "ann@x.cn", "a***@x.cn"),
            ("email", "nothing", "***"),
            ("name", "", ""),
        ],
    )
    def test_hides_all_but_the_agreed_characters(self, how, text, expected):
        assert personal.mask(text, how) == expected


class TestMasks:
    def test_by_header_by_mapping_and_by_the_look_of_the_values(self):
        names = ["customer_id", "姓名*", "contact", "call me", "first_name"]
        sample = [["1", "王小明", "a@x.cn", "13812341234", "Ann"]]
        assert personal.masks(names, sample, {0: "customer_id"}) == {
            1: "name",
            2: "email",
            3: "phone",
            4: "name",
        }

    def test_an_id_is_left_alone_whatever_it_looks_like(self):
        assert personal.masks(["mobile"], [["13812341234"]], {0: "customer_id"}) == {}


class TestDigests:
    def test_tell_records_apart_that_are_masked_alike(self):
        one, two, none, same = personal.digests(
            [pa.array(["王明", "李明", None, "\u3000王明 "])], 4
        ).to_pylist()
        assert one == same
        assert one != two
        assert none is None
