"""Text that an earlier tool damaged: what is repaired, what is told, what is left alone."""

import pyarrow as pa
import pytest
from exports import column, read, rows

from custkit.errors import SettingsError
from custkit.ingest import garbled

HEAD = "customer_id,order_id,order_date,amount,category\n"


class TestRepaired:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("按行業(yè)、地域", "按行業、地域"),  # the samples of document 001
            ("促進產(chǎn)品創(chuàng)新", "促進產品創新"),
            ("為(wèi)", "為"),
        ],
    )
    def test_sounds_behind_characters_go(self, text, meant):  # T25
        assert garbled.repaired(text) == meant

    @pytest.mark.parametrize("text", ["T恤(men)", "书(第二版)", "café (crème)", "手机(iPhone)", "(yè)", ""])
    def test_other_brackets_stay(self, text):
        assert garbled.repaired(text) == text


class TestIsDamaged:
    @pytest.mark.parametrize(
        "text", ["??蛻羧后w重要性", "华\ufffd", "锟斤拷", "鍗庝笢", "BÃ¼cher", "#REF!", "客户??"]
    )
    def test_holes_and_wrong_encodings(self, text):  # T25
        assert garbled.is_damaged(text)

    @pytest.mark.parametrize(
        "text",
        ["华东", "联通", "图书与家电", "Île-de-France", "São Paulo", "礼盒🎁", "why??", "東京", "", "=1+1"],
    )
    def test_sound_text_is_not(self, text):
        assert not garbled.is_damaged(text)


class TestFound:
    def test_parts_what_is_repaired_from_what_is_damaged(self):
        texts = pa.array(["產(chǎn)品", "??蛻羧", "图书", None, "T恤(men)"])
        assert garbled.found(texts, is_free=False) == (["產(chǎn)品"], ["??蛻羧"])

    def test_of_free_text_only_a_lost_character_tells(self):
        texts = pa.array(["太差??了", "產(chǎn)品", "坏\ufffd"])
        assert garbled.found(texts, is_free=True) == ([], ["坏\ufffd"])

    def test_leaves_its_input_alone(self):
        texts = pa.array(["產(chǎn)品"])
        garbled.found(texts, is_free=False)
        assert texts.to_pylist() == ["產(chǎn)品"]


class TestThroughReading:
    def test_is_told_with_file_column_and_first_line(self, tmp_path):  # T25
        reading = read(
            tmp_path,
            {
                "orders.csv": HEAD
                + "a,1,2024-01-05,5,图书\na,2,2024-01-05,5,產(chǎn)品\nb,3,2024-01-05,5,??蛻羧\n"
            },
        )
        assert column(reading, "orders", "category") == ["图书", "產品", "??蛻羧"]
        told = {warning["code"]: warning for warning in reading.warnings}
        assert (told["repaired_text"]["file"], told["repaired_text"]["column"]) == ("orders.csv", "category")
        assert "first in line 3" in told["repaired_text"]["text"]
        assert "first in line 4" in told["damaged_text"]["text"]

    def test_free_text_is_nobodys_label(self, tmp_path):
        files = {
            "orders.csv": HEAD + "a,1,2024-01-05,5,x\n",
            "feedback.csv": "customer_id,date,text\na,2024-01-05,產(chǎn)品??好\n",
        }
        reading = read(tmp_path, files)
        assert column(reading, "feedback", "text") == ["產(chǎn)品??好"]

    def test_an_error_of_a_spreadsheet_is_no_label(self, tmp_path):  # fault 17
        reading = read(tmp_path, {"orders.csv": HEAD + "a,1,2024-01-05,5,#REF!\n"})
        assert column(reading, "orders", "category") == [None]
        assert {warning["code"] for warning in reading.warnings} == {"damaged_text"}


class TestColumnOfCurrencies:
    LINES = "customer_id,order_id,order_date,amount,currency\na,1,2024-01-05,5,CNY\nb,2,2024-01-05,6,USD\n"

    def test_two_are_refused_where_none_is_set(self, tmp_path):  # fault 34
        with pytest.raises(SettingsError, match="CNY and USD"):
            read(tmp_path, {"orders.csv": self.LINES})

    def test_the_other_one_is_foreign_where_one_is_set(self, tmp_path):  # fault 34
        reading = read(tmp_path, {"orders.csv": self.LINES}, currency="CNY")
        assert [row["amount"] for row in rows(reading, "orders")] == [50_000, None]

    def test_one_alone_is_the_currency_of_the_run(self, tmp_path):
        reading = read(tmp_path, {"orders.csv": self.LINES.replace("CNY", "USD")})
        assert reading.of("orders")[0].marks == ["USD"]
