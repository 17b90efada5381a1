"""Bytes to text: the encoding is right, or the file is refused; nothing is decoded into rubbish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit.errors import InputRefused
from custkit.ingest import decode

SIMPLIFIED = "订单编号,客户,地区\nA1,王小明,上海\nA2,李芳,广州\nA3,陈静,数码产品\n"
TRADITIONAL = "訂單編號,客戶,地區\nA1,陳靜,臺北\nA2,劉芳,廣州\nA3,黃磊,數碼產品\n"
LATIN = "id;Stadt;Käufer\n1;München;Müller\n2;Köln;Café Noël\n"


def text_of(path, name="x.csv") -> tuple[str, str]:
    encoding = decode.detect(path, name)
    return encoding.name, b"".join(decode.blocks(path, encoding)).decode("utf-8")


class TestDetect:
    @pytest.mark.parametrize(
        ("text", "written", "found"),
        [
            (SIMPLIFIED, "utf-8", "utf-8"),  # fault 1
            (SIMPLIFIED, "utf-8-sig", "utf-8"),  # fault 1
            (SIMPLIFIED, "gbk", "gb18030"),  # fault 2
            (SIMPLIFIED + "A4,王堃瑄龘,𠮷林\n", "gb18030", "gb18030"),  # fault 2: rare characters
            (TRADITIONAL, "big5", "cp950"),  # fault 3
            (TRADITIONAL, "gb18030", "gb18030"),
            (LATIN, "latin-1", "cp1252"),  # fault 3
            (SIMPLIFIED, "utf-16", "utf-16-le"),  # fault 4
        ],
    )
    def test_reads_what_was_written(self, tmp_path, text, written, found):
        path = tmp_path / "x.csv"
        path.write_bytes(text.encode(written))
        assert text_of(path) == (found, text)

    def test_reads_utf_16_of_the_other_byte_order(self, tmp_path):  # fault 4
        path = tmp_path / "x.csv"
        path.write_bytes(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be"))
        assert text_of(path) == ("utf-16-be", SIMPLIFIED)

    def test_refuses_two_encodings_in_one_file_and_names_the_lines(self, tmp_path):  # fault 5
        path = tmp_path / "x.csv"
        path.write_bytes(SIMPLIFIED.encode("utf-8") + "A9,赵六,深圳\n".encode("gbk"))
        with pytest.raises(InputRefused, match=r"x\.csv: encoding: line 1 is UTF-8 and line 5 is not"):
            decode.detect(path, "x.csv")

    def test_a_file_cut_inside_a_character_says_so(self, tmp_path):  # fault 6
        path = tmp_path / "x.csv"
        path.write_bytes(SIMPLIFIED.encode("utf-8")[:-2])
        encoding = decode.detect(path, "x.csv")
        assert (encoding.name, encoding.truncated) == ("utf-8", True)
        assert "\ufffd" not in text_of(path)[1]

    @pytest.mark.parametrize("raw", [b"\x00\x01\x02" * 40, SIMPLIFIED.encode("utf-16-le")])
    def test_refuses_bytes_that_are_no_text(self, tmp_path, raw):  # fault 7
        path = tmp_path / "x.csv"
        path.write_bytes(raw)
        with pytest.raises(InputRefused, match=r"x\.csv: format"):
            decode.detect(path, "x.csv")

    def test_refuses_random_bytes(self, tmp_path):  # fault 7
        path = tmp_path / "x.csv"
        path.write_bytes(bytes((7 * n * n + 13 * n) % 255 + 1 for n in range(4000)))
        with pytest.raises(InputRefused, match="encoding"):
            decode.detect(path, "x.csv")

    @given(st.text(st.characters(codec="gb2312", exclude_characters="\r\n\x00"), min_size=1, max_size=40))
    def test_any_gb2312_text_with_a_chinese_header_comes_back(self, tmp_path_factory, text):
        path = tmp_path_factory.mktemp("gb") / "x.csv"
        whole = f"{SIMPLIFIED}{text}\n"
        path.write_bytes(whole.encode("utf-8"))
        assert text_of(path)[1] == whole


class TestBlocks:
    def test_lines_end_in_one_way_and_blocks_at_a_line(self, tmp_path):  # fault 9
        path = tmp_path / "x.csv"
        path.write_bytes(b"a,b\r\n1,2\r\n3,4")
        encoding = decode.detect(path, "x.csv")
        blocks = list(decode.blocks(path, encoding, 4))
        assert b"".join(blocks) == b"a,b\n1,2\n3,4\n"
        assert all(block.endswith(b"\n") for block in blocks)

    def test_cr_alone_ends_lines_where_there_is_no_lf(self, tmp_path):  # fault 9
        path = tmp_path / "x.csv"
        path.write_bytes(b"a,b\r1,2\r3,4")
        assert text_of(path)[1] == "a,b\n1,2\n3,4\n"

    def test_a_lone_cr_beside_lf_stays_in_its_field(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_bytes(b"a,b\n1,x\ry\n")
        assert text_of(path)[1] == "a,b\n1,x\ry\n"


class TestNaturalness:
    def test_plain_text_is_natural(self):
        assert decode.naturalness(["abc", ""]) == 1.0

    def test_chinese_read_as_latin_is_not(self):
        assert decode.naturalness(["数码产品".encode("gbk").decode("cp1252")]) < 0.3

    def test_an_accent_in_a_word_is(self):
        assert decode.naturalness(["Müller"]) == 1.0
