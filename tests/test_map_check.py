"""``custkit map``, then ``custkit check``: a draft that works as it stands, and questions whose answers work word for word."""

import json
import re

import openpyxl
import pytest
from commands import custkit

from custkit import prepare
from custkit.errors import InputRefused, SettingsError
from custkit.ingest import load_mapping, write_draft

SIMPLIFIED = (
    "订单编号,会员卡号,下单时间,实付金额(元),商品数量,所在地区,联系电话\n"
    "A1,C1,2024-01-05 10:00,￥1,001.50,1,上海,13812345678\n".replace("￥1,001.50", '"￥1,001.50"')
    + "A2,C2,2024-01-06 11:30,2,1,广州,13912345678\n"
)
TRADITIONAL = (
    "訂單編號,會員編號,下單日期,實付金額(元),數量,所在地區,行業\n"
    "A1,C1,2024-01-05,1.50,1,臺北,教育\nA2,C2,2024-01-06,2,1,廣州,製造\n"
)
ENGLISH = "Order No.,Customer ID,Order Date,Total Amount (USD),Region\nB1,C1,2024-02-05,10,East\n"

PEOPLE = ("王小明", "13812345678", "xiaoming.wang@example.com", "Brion Stark")


def check(data, out, *further):
    return custkit("check", "--data", data, "--out", out, *further)


def mapped(data):
    done = custkit("map", data)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept(out) -> dict[str, int]:
    files = json.loads((out / "ledger.json").read_text(encoding="utf-8"))["files"]
    return {f"{one['file']}{one['sheet'] and ':' + one['sheet']}": one["kept"] for one in files}


def folder(tmp_path, files: dict[str, bytes | str]):
    data = tmp_path / "data"
    for name, content in files.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return data


def refusal(data, out) -> list[str]:
    """The lines of a refusal, as the library raises them: the same that the command prints."""
    with pytest.raises((InputRefused, SettingsError)) as raised:
        prepare.prepare(str(data), str(out))
    return str(raised.value).split("\n")


def answer(text: str) -> str:
    """The line of YAML that a refusal says to write."""
    return re.search(r"for example: (.+?)(?: \(custkit map| under tables|, each column|$)", text)[1] + "\n"


class TestWithoutEditing:
    def test_simplified_headers_in_gb18030(self, tmp_path):  # mission 1, fault 2
        data, out = folder(tmp_path, {"导出.csv": SIMPLIFIED.encode("gb18030")}), tmp_path / "out"
        assert "amount: 实付金额(元)  # ￥1,001.50, 2" in mapped(data)
        done = check(data, out)
        assert (done.returncode, kept(out)) == (0, {"导出.csv": 2})
        assert "mapping.draft.yml was used" in done.stdout

    def test_traditional_headers_in_big5(self, tmp_path):  # fault 3
        data, out = folder(tmp_path, {"匯出.csv": TRADITIONAL.encode("big5")}), tmp_path / "out"
        mapped(data / "匯出.csv")
        assert check(data / "匯出.csv", out).returncode == 0
        file = json.loads((out / "ledger.json").read_text(encoding="utf-8"))["files"][0]
        assert (file["encoding"], file["kept"], file["money_in"]) == ("cp950", 2, "3.50")

    @pytest.mark.parametrize("is_folder", [True, False])
    def test_a_workbook_with_three_sheets(self, tmp_path, is_folder):  # fault 16
        book = openpyxl.Workbook()
        sheets = {
            "订单": [["订单号", "客户编号", "日期", "金额"], ["1", "C1", "2024-01-05", 5]],
            "客户": [["客户编号", "姓名*", "性别"], ["C1", "王小明", "男"]],
            "说明": [["项目", "备注"], ["导出", "财务部"]],
        }
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        del book["Sheet"]
        data, out = tmp_path / "data", tmp_path / "out"
        data.mkdir()
        book.save(data / "shop.xlsx")
        data = data if is_folder else data / "shop.xlsx"
        text = mapped(data)
        assert "王小明" not in text
        done = check(data, out)
        assert (done.returncode, kept(out)) == (0, {"shop.xlsx:客户": 1, "shop.xlsx:订单": 1}), done.stderr
        assert "说明" in done.stdout

    def test_a_folder_with_parts_whose_headers_differ(self, tmp_path):  # fault 21
        files = {"orders/part-1.csv": SIMPLIFIED, "orders/part-2.csv": ENGLISH}
        data, out = folder(tmp_path, files), tmp_path / "out"
        assert "amount: [实付金额(元), Total Amount (USD)]" in mapped(data)
        assert check(data, out, "--set", "currency=USD").returncode in (0, 5)
        assert sum(kept(out).values()) >= 2


class TestAsking:
    def test_two_columns_of_money(self, tmp_path):  # fault 19
        text = SIMPLIFIED.replace("商品数量", "订单金额")
        data, out = folder(tmp_path, {"a.csv": text, "b.csv": ENGLISH}), tmp_path / "out"
        (said,) = refusal(data, out)
        assert said == (
            "a.csv: amount could be 实付金额(元) or 订单金额. Say which in mapping.yml, "
            "for example: tables: {orders: {columns: {amount: [实付金额(元), Total Amount (USD)]}}}"
        )
        (data / "mapping.yml").write_text(answer(said), encoding="utf-8")
        prepared = prepare.prepare(str(data), str(out), settings={"max_quarantined_money": 1.0})
        assert [file["kept"] for file in prepared.ledger["files"]] == [2, 1]

    def test_two_columns_of_days_are_reported(self, tmp_path):  # fault 19
        text = SIMPLIFIED.replace("联系电话", "付款时间").replace("13812345678", "2024-01-07")
        text = text.replace("13912345678", "2024-01-08")
        data = folder(tmp_path, {"a.csv": text})
        prepared = prepare.prepare(str(data), str(tmp_path / "out"))
        warning = next(one for one in prepared.warnings if one["code"] == "date_column_choice")
        assert "order_date was read from 下单时间, though 付款时间" in warning["text"]

    def test_a_required_column_is_missing(self, tmp_path):  # fault 20
        data, out = folder(tmp_path, {"a.csv": ENGLISH.replace("Customer ID", "Sold")}), tmp_path / "out"
        (said,) = refusal(data, out)
        assert "a.csv: no column for customer_id; it has Order No., Sold, Order Date" in said
        assert answer(said) == "tables: {orders: {columns: {customer_id: Sold}}}\n"
        (data / "mapping.yml").write_text(answer(said), encoding="utf-8")
        assert prepare.prepare(str(data), str(out)).ledger["files"][0]["kept"] == 1

    def test_no_header_at_all(self, tmp_path):  # fault 20
        text = "".join(line + "\n" for line in ["C1,2024-01-05,10.00", "C2,2024-01-06,5.00"])
        data, out = folder(tmp_path, {"orders.csv": text}), tmp_path / "out"
        (said,) = refusal(data, out)
        (data / "mapping.yml").write_text(answer(said), encoding="utf-8")
        assert prepare.prepare(str(data), str(out)).ledger["files"][0]["kept"] == 2

    def test_two_tables_fit_alike(self, tmp_path):
        data = folder(tmp_path, {"orders.csv": ENGLISH, "x.csv": "客户编号,性别,评分\nC1,男,5\n"})
        out = tmp_path / "out"
        (said,) = refusal(data, out)
        assert said.startswith(
            "x.csv: its headers fit the tables customers and feedback alike. Say which in mapping.yml"
        )
        (data / "mapping.yml").write_text(answer(said), encoding="utf-8")
        files = prepare.prepare(str(data), str(out)).ledger["files"]
        assert {file["file"]: file["table"] for file in files} == {
            "orders.csv": "orders",
            "x.csv": "customers",
        }

    def test_a_single_file_is_told_the_name_of_its_own_mapping(self, tmp_path):
        data = folder(tmp_path, {"shop.csv": SIMPLIFIED.replace("商品数量", "订单金额")}) / "shop.csv"
        (said,) = refusal(data, tmp_path / "out")
        assert "Say which in shop.mapping.yml" in said
        (data.parent / "shop.mapping.yml").write_text(answer(said), encoding="utf-8")
        assert prepare.prepare(str(data), str(tmp_path / "out")).ledger["files"][0]["kept"] == 2

    def test_the_draft_holds_the_question_and_taking_the_mark_off_answers_it(self, tmp_path):
        data, out = folder(tmp_path, {"a.csv": SIMPLIFIED.replace("商品数量", "订单金额")}), tmp_path / "out"
        mapped(data)
        draft = data / "mapping.draft.yml"
        text = draft.read_text(encoding="utf-8")
        assert "# amount could be more than one column: take the # off the right line" in text
        done = check(data, out)
        assert done.returncode == 3
        assert (
            "Say which in mapping.draft.yml, for example: amount: 实付金额(元) under tables: orders: columns"
            in done.stderr
        )
        draft.write_text(text.replace("# amount: 实付金额(元)", "amount: 实付金额(元)"), encoding="utf-8")
        assert check(data, out).returncode == 0

    def test_every_bad_file_is_told_at_once(self, tmp_path):  # issue 4: one bad file does not hide the others
        files = {
            "orders_1.csv": ENGLISH,
            "orders_2.csv": ENGLISH.replace("Total Amount (USD)", "Paid"),
            "orders_3.xls": b"<html><table></table></html>",
            "orders_4.csv": SIMPLIFIED.replace("商品数量", "订单金额"),
            "orders_5.csv": "1,2024-01-05,3\n2,2024-01-06,4\n",
            "customers.csv": "客户编号,姓名\nC1,王小明\n",
        }
        lines = refusal(folder(tmp_path, files), tmp_path / "out")
        assert [line.split(":")[0] for line in lines] == [
            f"orders_{n}.{'xls' if n == 3 else 'csv'}" for n in (2, 3, 4, 5)
        ]
        ledger = json.loads((tmp_path / "out" / "ledger.json").read_text(encoding="utf-8"))
        assert (ledger["status"], ledger["refusal"].split("\n")) == ("refused", lines)

    def test_a_mistake_in_the_mapping_does_not_hide_a_bad_file(self, tmp_path):  # fault 22
        mapping = "tables: {orders: {files: ['o*'], columns: {amount: Betrag}}, feedback: {files: [f.csv]}}"
        files = {"o1.csv": ENGLISH, "o2.csv": b"<html></html>", "mapping.yml": mapping}
        lines = refusal(folder(tmp_path, files), tmp_path / "out")
        assert "no file fits f.csv" in lines[0]
        assert "orders: amount: o1.csv has no column 'Betrag'" in lines[1]
        assert lines[2].startswith("o2.csv: this is a web page")


class TestDraft:
    def test_stands_and_is_not_written_over(self, tmp_path):
        data = folder(tmp_path, {"a.csv": ENGLISH})
        mapped(data)
        (data / "mapping.draft.yml").write_text("# mine\n", encoding="utf-8")
        done = custkit("map", data)
        assert (done.returncode, (data / "mapping.draft.yml").read_text(encoding="utf-8")) == (2, "# mine\n")
        assert "already there" in done.stderr

    def test_a_quarantine_among_the_data_is_no_table(self, tmp_path):
        eight = "table,file,sheet,line,column,value,rule,message,customer_id,order_date,amount\n"
        quarantine = eight + "orders,a.csv,,2,amount,x,unreadable_value,m,C1,2024-01-05,x\n"
        data = folder(tmp_path, {"a.csv": ENGLISH, "orders_fixed.csv": quarantine})
        assert "orders_fixed" not in mapped(data)
        prepared = prepare.prepare(str(data), str(tmp_path / "out"), draft=True)
        assert [file["file"] for file in prepared.ledger["files"]] == ["a.csv"]
        mapping = data / "mapping.yml"
        mapping.write_text("tables: {orders: {files: ['*.csv']}}", encoding="utf-8")
        (said,) = refusal(data, tmp_path / "out")
        assert said.startswith("orders_fixed.csv: not read, because it is a quarantine that custkit wrote")
        assert "--fixed" in said

    @pytest.mark.parametrize(
        "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!python/object:os.x"]
    )
    def test_a_mapping_is_data_and_never_runs(self, tmp_path, tag):  # fault 22, fault 79
        canary = tmp_path / "canary"
        data = folder(tmp_path, {"a.csv": ENGLISH, "mapping.yml": f"tables: {tag} ['touch {canary}']\n"})
        done = check(data, tmp_path / "out")
        assert (done.returncode, canary.exists()) == (2, False)
        assert "mapping.yml, line 1: no plain YAML" in done.stderr

    def test_a_name_that_stands_twice_is_no_mapping(self, tmp_path):
        text = "tables:\n  orders: {files: [a.csv]}\n  orders: {files: [b.csv]}\n"
        data = folder(tmp_path, {"a.csv": ENGLISH, "mapping.yml": text})
        with pytest.raises(SettingsError, match=r"mapping\.yml, line 3: no plain YAML \(orders stands twice"):
            load_mapping(data)


class TestNobodyIsNamed:
    """No message of a refusal, a warning, a quarantine or a draft holds a name, a phone or a mail."""

    def said(self, data, out) -> str:
        """All that map and check say, on both streams, in the ledger and in the quarantine's messages."""
        texts = [custkit("map", data), check(data, out), check(data, out, "--lang", "zh")]
        for place in (out / "ledger.json", data / "mapping.draft.yml"):
            if place.is_file():
                texts.append(place.read_text(encoding="utf-8"))
        return "\n".join(text if isinstance(text, str) else text.stdout + text.stderr for text in texts)

    @pytest.mark.parametrize(
        "files",
        [
            pytest.param(
                {"people.csv": "C1,王小明,13812345678,xiaoming.wang@example.com\n" * 2}, id="no header"
            ),
            pytest.param(
                {"people.csv": "王小明,xiaoming.wang@example.com,上海\n李四,li@example.com,广州\n"},
                id="only text",
            ),
            pytest.param(
                {"orders.csv": "王小明,13812345678,2024-01-05,5\n李四,13912345678,2024-01-06,6\n"},
                id="orders",
            ),
            pytest.param(
                {
                    "orders.csv": ENGLISH,
                    "mapping.yml": "tables: {customers: {files: [c.csv], header: 2, columns: {name: 姓名}}}",
                    "c.csv": "客户编号,姓名,邮箱\nC1,王小明,xiaoming.wang@example.com\nC2,李四,li@example.com\n",
                },
                id="the wrong line as header",
            ),
            pytest.param(
                {
                    "orders.csv": "Order No,Customer ID,Order Date,Amount\n1,C1,2024-01-05,xiaoming.wang@example.com\n"
                    "2,C2,13812345678,5\n",
                    "customers.csv": "客户编号,生日,姓名,手机,邮箱\nC1,13812345678,13812345678,王小明,王小明\n",
                },
                id="wrong columns",
            ),
            pytest.param(
                {
                    "orders.csv": ENGLISH,
                    "customers.csv": '客户编号,姓名,手机,邮箱\nC1,王小明,13812345678\nC2,"王小明,13812345678,xiaoming.wang@example.com\n',
                },
                id="broken records",
            ),
            pytest.param(
                {
                    "orders.csv": "customer_id,order_date,amount\nBrion Stark,2024-01-05,3\nEthyl Botsford,2024-01-06,4\n"
                },
                id="names as ids",
            ),
        ],
    )
    def test_in_what_is_said(self, tmp_path, files):  # mission 3, fault 90
        said = self.said(folder(tmp_path, files), tmp_path / "out")
        assert said.strip()
        assert [person for person in PEOPLE if person in said] == []

    def test_in_the_draft_values_are_masked(self, tmp_path):  # mission 3
        text = "客户编号,姓名*,手机号码,电子邮箱,收货地址,备注\nC1,王小明,13812345678,xiaoming.wang@example.com,徐汇路1号,电13812345678\n"
        _, draft = write_draft(folder(tmp_path, {"members.csv": text}))
        shown = (
            "name: 姓名*  # *明",
            "phone: 手机号码  # 138****5678",
            "email: 电子邮箱  # x***@example.com",
        )
        assert all(line in draft for line in shown)
        assert [person for person in (*PEOPLE, "徐汇路") if person in draft] == []
