"""custkit map: a draft that an analyst can check, and that reads the data as it stands."""

import pytest
from exports import read_path

from custkit.errors import InputRefused, UsageError
from custkit.ingest import load_mapping, read_tables, write_draft
from custkit.settings import CleanRules

SIMPLIFIED = "订单编号,客户编号,下单日期,金额(元),手机\nA1,C1,2024-01-05,1.50,13812345678\nA2,C2,2024-01-06,2,13912345678\n"
TRADITIONAL = "訂單編號,客戶編號,下單日期,金額,地區\nA1,C1,2024-01-05,1.50,臺北\nA2,C2,2024-01-06,2,廣州\n"


class TestWriteDraft:
    @pytest.mark.parametrize(("text", "encoding"), [(SIMPLIFIED, "gb18030"), (TRADITIONAL, "big5")])
    def test_the_draft_reads_the_data_without_a_change(self, tmp_path, text, encoding):
        data, staging = tmp_path / "data", tmp_path / "staging"
        for folder in (data, staging):
            folder.mkdir()
        (data / "export.csv").write_bytes(text.encode(encoding))
        path, _ = write_draft(data)
        found = load_mapping(data, draft=True)
        assert (path.name, found.is_draft, found.tables["orders"].files) == (
            "mapping.draft.yml",
            True,
            ("export.csv",),
        )
        assert read_tables(data, staging, found, CleanRules()).sources[0].rows == 2

    def test_shows_values_but_no_phone(self, tmp_path):
        (tmp_path / "orders.csv").write_text(SIMPLIFIED, encoding="utf-8")
        text = write_draft(tmp_path)[1]
        assert "amount: 金额(元)  # 1.50, 2" in text
        assert "138****5678" in text
        assert "13812345678" not in text

    def test_never_overwrites(self, tmp_path):
        (tmp_path / "orders.csv").write_text(SIMPLIFIED, encoding="utf-8")
        write_draft(tmp_path)
        with pytest.raises(UsageError, match=r"mapping\.draft\.yml is already there"):
            write_draft(tmp_path)

    def test_stands_beside_a_single_file(self, tmp_path):
        (tmp_path / "shop.csv").write_text(SIMPLIFIED, encoding="utf-8")
        path, text = write_draft(tmp_path / "shop.csv")
        assert path == tmp_path / "shop.mapping.draft.yml"
        assert "files:" not in text

    def test_asks_where_it_does_not_know(self, tmp_path):
        (tmp_path / "orders.csv").write_text(
            "customer_id,下单日期,金额,实付金额\na,2024-01-05,1,2\n", encoding="utf-8"
        )
        text = write_draft(tmp_path)[1]
        assert "# amount could be more than one column: take the # off the right line" in text
        assert "      # amount: 金额  # 1\n      # amount: 实付金额  # 2\n" in text
        assert "      # order_id: line\n" in text

    def test_names_files_that_cannot_be_read(self, tmp_path):
        (tmp_path / "orders.csv").write_text(SIMPLIFIED, encoding="utf-8")
        (tmp_path / "b.xls").write_bytes(b"<html>")
        assert "# not read: b.xls: this is a web page" in write_draft(tmp_path)[1]

    def test_a_header_that_is_a_word_of_the_mapping_is_given_by_its_position(self, tmp_path):
        (tmp_path / "staging").mkdir()
        data = tmp_path / "orders.csv"
        data.write_text("customer_id,order_date,amount,=region\na,2024-01-05,1,x\n", encoding="utf-8")
        assert "region: 4" in write_draft(data)[1]
        (tmp_path / "orders.mapping.draft.yml").rename(tmp_path / "orders.mapping.yml")
        assert read_path(data, tmp_path / "staging").sources[0].columns["region"] == "=region"

    def test_refuses_a_folder_without_a_table(self, tmp_path):
        (tmp_path / "x.csv").write_text("a,b\n1,2\n")
        with pytest.raises(InputRefused, match="no table in it"):
            write_draft(tmp_path)

    def test_items_of_a_survey_are_kept_under_their_own_names(self, tmp_path):
        (tmp_path / "survey.csv").write_text("customer_id,q01,q02\na,1,5\nb,2,4\n", encoding="utf-8")
        text = write_draft(tmp_path)[1]
        assert "# kept under its own name: q01  # 1, 2" in text
        assert "not used" not in text
