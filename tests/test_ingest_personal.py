"""Names, phones and mails: masked in columns, in texts, and where a first record stands in the place of headers."""

import pyarrow as pa
import pytest

from custkit.ingest import personal


class TestLooks:
    @pytest.mark.parametrize(
        ("text", "how"),
        [
            ("13812345678", "phone"),
            ("+86 138-1234-5678", "phone"),
            ("0912-345-678", "phone"),
            ("+49 170 1234567", "phone"),
            ("310101199001011234", "phone"),  # an identity number
            ("wang@example.com", "email"),
            ("1704067200", ""),  # seconds since 1970
            ("310101209913011234", ""),  # an order number of 18 digits: no such month
            ("13812345678.5", ""),
            ("王小明", ""),
            ("", ""),
        ],
    )
    def test_of_a_whole_value(self, text, how):
        assert personal.looks(text) == how


class TestHidden:
    def test_inside_a_text(self):  # fault 90
        text = "电13812345678。wang@example.com，单号ID113812345678"
        assert personal.hidden(text) == "电138****5678。w***@example.com，单号ID113812345678"

    def test_a_column_keeps_its_length_and_its_gaps(self):
        texts = pa.array(["wang@example.com", None, "5"])
        assert personal.hidden_values(texts).to_pylist() == ["w***@example.com", None, "5"]
        assert texts.to_pylist()[0] == "wang@example.com"


class TestHeadersShown:
    @pytest.mark.parametrize(
        ("names", "sample", "shown"),
        [
            (["客户编号", "金额"], [], ["客户编号", "金额"]),
            (["1", "2"], [["王小明", "5"]], ["1", "2"]),  # positions
            (["王小明", "a@b.cn"], [], ["text", "email"]),
            (["王小明", "上海"], [["李四", "上海"]], ["text", "text"]),  # stands below again
            (["王小明", "28"], [], ["text", "number"]),
            (["Betrag", "Kunde"], [["5", "a"]], ["Betrag", "Kunde"]),  # unknown words are still headers
            (["订单号", "2024"], [["1", "2"]], ["订单号", "2024"]),  # a known header: no record
        ],
    )
    def test_a_record_shows_its_looks_alone(self, names, sample, shown):  # fault 90
        assert personal.headers_shown(names, sample) == shown


class TestMasks:
    def test_by_header_by_look_and_by_what_it_is_mapped_to(self):  # mission 3
        names = ["客户编号", "收货人", "x", "y", "金额", "生日", "备注"]
        sample = [["13812345678", "王小明", "a@b.cn", "13812345678", "13812345678", "13912345678", "好"]]
        mapped = {0: "customer_id", 4: "amount", 5: "birth_date"}
        assert personal.masks(names, sample, mapped) == {1: "name", 2: "email", 3: "phone", 5: "phone"}

    def test_ids_numbers_and_peoples_own_words_are_left(self):
        names, sample = ["a", "b", "c"], [["13812345678"] * 3]
        assert personal.masks(names, sample, {0: "customer_id", 1: "spend", 2: "text"}) == {}
