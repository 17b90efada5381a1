"""workbook.xlsx: the given forms, what stands in each sheet, and what a cell can hold."""

import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from commands import custkit

from custkit import schema, store
from custkit.show import sheets, workbook
from custkit.words import Words

LEDGER = {
    "as_of": "2024-03-31",
    "currency": "CNY",
    "steps": [
        {"table": "orders", "step": "read", "rows_in": 3, "kept": 3, "quarantined": 0, "merged": 0}
        | {f"money_{name}": "30.00" for name in ("in", "kept")}
        | {f"money_{name}": "0.00" for name in ("quarantined", "merged")}
    ],
}
FACTS = {"run": "shop"}


@pytest.fixture
def folder(tmp_path):
    """Two regions: Ann and Bob in East, Cat in West. Ann's name begins like a formula, Bob has no industry."""
    run = tmp_path / "run"
    features = pd.DataFrame(
        {
            "customer_id": ["bob", "ann", "cat"],
            "region": ["East", "East", "West"],
            "last_order": pd.to_datetime(["2024-01-20", "2024-03-15", None]),
            "n_orders": [12, 25, 0],
            "spend": [8000.5, 15000.0, 0.0],
            "top_category": ["图书", "=1+1", None],
            "status": ["buyer", "buyer", "prospect"],
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat"],
            "region": ["East", "East", "West"],
            "name": ["=*明", "*芳", "*静"],
            "phone": ["138****1234", "139****9999", None],
            "email": ["a***@x.cn", None, None],
            "gender": ["female", "不愿透露", None],
            "age": ["28", "25-34", None],
            "birth_date": pd.to_datetime([None, None, "1990-04-01"]),
            "industry": ["互联网", None, "教育"],
            "registered_on": pd.to_datetime(["2023-01-01", "2023-05-17", None]),
        }
    )
    feedback = pd.DataFrame(
        {"customer_id": ["ann", "ann", "bob", "cat"], "satisfaction": [4.0, 4.5, None, 3.0]}
    )
    for name, table in {"features": features, "customers": customers, "feedback": feedback}.items():
        store.write_table(run / "tables" / f"{name}.parquet", table)
    region = run / "regions" / "East"
    plan = schema.frame(
        "plan",
        [
            {
                "strategy": "keep_best",
                "target_group": "tier3:high",
                "content": "@care",
                "department": "市场部",
                "owner": "会员负责人",
                "expected_effect": "更少流失",
                "start": pd.Timestamp("2024-04-01"),
                "end": pd.Timestamp("2024-06-29"),
                "channel": "app",
                "window_days": 90,
                "n_treated": 1,
                "n_held_out": 1,
                "assumption": True,
            }
        ],
    )
    arms = {"customer_id": ["ann", "bob"], "strategy": "keep_best", "arm": ["treated", "held_out"]}
    labels = pd.DataFrame(
        {"customer_id": ["ann", "bob"], "scheme": "tier3", "label": ["high", "low"], "reason": ""}
    )
    said = {"notebook": "06", "key": "k", "table": "plan_evidence", "n": 1, "values": "{}", "recipes": "{}"}
    said |= {
        "filter": '{"where": [["strategy", "==", "keep_best"]], "of": []}',
        "text_en": "Half.",
        "text_zh": "一半。",
    }
    tables = {
        "plan": plan,
        "plan_targets": pd.DataFrame(arms),
        "labels": labels,
        "findings_06": pd.DataFrame([said]),
    }
    for name, table in tables.items():
        store.write_table(region / "tables" / f"{name}.parquet", table)
    return region


def made(folder, lang: str = "en", region: str = "East") -> bytes:
    row = {"region": region, "customers": 2}
    return workbook.region(
        folder, row=row, words=Words(lang), ledger=LEDGER, facts=FACTS, scratch=folder.parent
    )


def book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def rows(content: bytes, place: int) -> list[tuple]:
    return list(book(content).worksheets[place].iter_rows(values_only=True))


def one(table: pd.DataFrame, tmp_path, lang: str = "en", **more) -> bytes:
    sheet = sheets.Sheet("s", table, "", **more)
    return workbook.write([sheet], Words(lang), created=None, scratch=tmp_path)


class TestTable1:  # mission 61
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_has_the_headers_of_document_002(self, folder, lang):
        content = made(folder, lang)
        assert book(content).sheetnames[0] == "客户基础信息与消费行为分析表"
        assert " · ".join(rows(content, 0)[0]) == (
            "客户编号 · 姓名* · 性别 · 年龄 · 地区 · 行业 · 注册时间 · 累计消费金额(元) · 消费频次(次) · 最近消费日期"
            " · 偏好品类 · 满意度评分(1-5分)"
        )

    def test_one_row_per_customer_empty_where_nothing_is_known(self, folder):
        ann, bob = rows(made(folder), 0)[1:]
        assert ann[:9] == ("ann", "=*明", "female", 28, "East", "互联网", "2023-01", 15000, 25)
        assert ann[9].date().isoformat() == "2024-03-15"
        assert ann[10:] == ("=1+1", 4.3)  # of 4 and 4.5, a half upwards
        assert bob[2:7] == ("不愿透露", "25-34", "East", None, "2023-05")
        assert bob[7:9] == (8000.5, 12)
        assert bob[11] is None

    def test_words_follow_the_language_and_headers_do_not(self, folder):
        assert rows(made(folder, "zh"), 0)[1][2] == "女"

    def test_an_age_comes_from_the_birth_date_where_none_is_given(self, folder):
        cat = rows(made(folder, region="West"), 0)[1]
        assert (cat[0], cat[3], cat[9], cat[11]) == ("cat", 33, None, 3)  # 34 on the day after

    def test_all_regions_together(self, folder):
        assert [row[0] for row in rows(made(folder, region="all"), 0)[1:]] == ["ann", "bob", "cat"]

    def test_values_of_customers_answer_where_there_is_no_feedback(self, folder):
        tables = folder.parents[1] / "tables"
        (tables / "feedback.parquet").unlink()
        values = pd.DataFrame({"customer_id": ["ann", "bob"], "satisfaction": [4.5, 3.8]})
        store.write_table(tables / "customer_values.parquet", values)
        assert [row[11] for row in rows(made(folder), 0)[1:]] == [4.5, 3.8]


class TestTable2:  # mission 127
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_has_the_headers_of_document_002(self, folder, lang):
        content = made(folder, lang)
        assert book(content).sheetnames[1] == "客户群体分层与策略建议表"
        assert " · ".join(rows(content, 1)[0]) == (
            "客户群体类型 · 分析洞察(示例) · 策略内容 · 执行部门 · 负责人* · 计划执行时间 · 预期效果 · 实际效果(跟踪填写)"
        )

    def test_a_row_for_each_strategy(self, folder):
        assert rows(made(folder, "zh"), 1)[1:] == [
            ("三级分层：高价值客户", "一半。", "高价值客户维护：@care", "市场部", "会员负责人", "2024-04-01 至 2024-06-29", "更少流失", "待跟踪")
        ]  # fmt: skip

    def test_without_a_plan_the_form_stays_empty(self, folder):
        for name in ("plan", "plan_targets"):
            (folder / "tables" / f"{name}.parquet").unlink()
        content = made(folder)
        assert len(rows(content, 1)) == 1
        assert "Contact lists" not in book(content).sheetnames


class TestFurtherSheets:
    def test_the_treated_have_a_channel_and_a_day_and_the_others_none(self, folder):
        ann, bob = rows(made(folder), 2)[1:]
        assert ann[:4] == ("ann", "Keep the best", "treated", "app")
        assert ann[4].date().isoformat() == "2024-04-01"
        assert bob == ("bob", "Keep the best", "left alone", None, None)

    def test_labels_are_wide(self, folder):
        assert rows(made(folder), 3) == [
            ("customer", "three tiers"),
            ("ann", "High value"),
            ("bob", "Low value"),
        ]

    def test_findings_name_their_table(self, folder):
        assert rows(made(folder), 4)[1] == ("06", "Half.", "plan_evidence", 1)

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_about_explains_every_sheet_and_names_day_and_currency(self, folder, lang):
        content = made(folder, lang)
        *others, about = book(content).sheetnames
        told = rows(content, len(others))
        assert set(others) <= {row[0] for row in told}
        assert {"2024-03-31", "CNY", "shop"} <= {row[2] for row in told}
        assert all(row[2] for row in told)
        assert about == Words(lang)("workbook.sheet.about")

    @pytest.mark.parametrize(
        ("lang", "name", "told"),
        [
            ("en", "Worth and risk", ["Champions", 0.25, "orders more: 2", "Churn risk"]),
            ("zh", "价值与风险", ["重要价值客户", 0.25, "再下 2 单", "流失风险客户"]),
        ],
    )
    def test_each_scored_customer_has_worth_reasons_and_a_step_up(self, folder, lang, name, told):
        ids = {"customer_id": ["ann"]}
        scored = {"recency_days": 5, "n_orders": 2, "spend": 150.5, "r_score": 5, "f_score": 4, "m_score": 3}
        given = {
            "rfm": ids | scored | {"cell": "543", "segment": "champions"},
            "value": ids | {"p_alive": 0.9, "clv": 40.0},
            "churn_reasons": ids | {"risk": 0.25, "reason_1": "n_orders_low"},
            "reading_changes": ids | {"reading_intended": "churn_risk"},
            "label_steps": {
                "customer_id": ["ann", "ann"],
                "scheme": ["rfm8", "segment_map"],
                "to_move_up": ["", told[2]],
            },
        }
        for table, columns in given.items():
            frame = pd.DataFrame(columns).reindex(columns=list(schema.TABLES[table]))
            store.write_table(folder / "tables" / f"{table}.parquet", frame)
        sheet = book(made(folder, lang))[name]
        header, row = sheet.iter_rows(values_only=True)
        assert len(header) == len(set(header))
        words = Words(lang)
        found = dict(zip(header, row, strict=True))
        assert [
            found[words.column(column)] for column in ("segment", "risk", "to_move_up", "reading_intended")
        ] == [words.label("segment_map", "champions"), 0.25, told[2], words.label("rfm8", "churn_risk")]

    def test_no_mail_and_no_phone_is_anywhere(self, folder):  # fault 90
        assert not re.search(r"138\*|139\*|@x\.cn", str(text(made(folder))))


def text(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return [parts.read(name).decode("utf-8") for name in parts.namelist()]


class TestFile:
    def test_equal_tables_give_equal_bytes(self, folder):  # fault 88
        assert made(folder) == made(folder)

    def test_text_stays_text(self, folder):  # fault 69
        assert not [part for part in text(made(folder)) if "<f>" in part or "<f " in part]

    def test_nothing_runs_and_nothing_points_outside(self, folder):  # fault 75
        with zipfile.ZipFile(io.BytesIO(made(folder))) as parts:
            assert not [name for name in parts.namelist() if "vba" in name or "externalLink" in name]
        assert not [part for part in text(made(folder)) if "<hyperlink " in part]

    def test_the_top_row_stays_and_can_be_filtered(self, folder):
        for sheet in book(made(folder)).worksheets:
            assert sheet.freeze_panes == "B2"
            assert sheet.auto_filter.ref.startswith("A1:")

    def test_numbers_and_days_have_their_form(self, folder):
        sheet = book(made(folder)).worksheets[0]
        assert [sheet[cell].number_format for cell in ("H2", "I2", "J2", "L2")] == [
            "#,##0.00",
            "#,##0",
            "yyyy-mm-dd",
            "0.0",
        ]


class TestCells:
    def test_letters_that_no_workbook_holds_are_left_out(self, tmp_path):  # fault 26
        table = pd.DataFrame({"a": ["bell\x07 \u2028 \U0001f600 \u200fمرحبا \ufffe"]})
        assert rows(one(table, tmp_path), 0)[1] == ("bell \u2028 \U0001f600 \u200fمرحبا ",)

    @pytest.mark.parametrize("letter", ["x", "好", "\U0001f600"])
    def test_a_long_text_is_cut_and_says_so(self, tmp_path, letter):  # fault 27
        ((cell,),) = rows(one(pd.DataFrame({"a": [letter * 40_000]}), tmp_path), 0)[1:]
        assert cell.endswith(" … (cut: a cell holds no more)")
        assert cell.startswith(letter * 100)
        assert 32_765 <= len(cell.encode("utf-16-le")) // 2 <= 32_767

    def test_a_text_that_just_fits_is_whole(self, tmp_path):
        ((cell,),) = rows(one(pd.DataFrame({"a": ["x" * 32_767]}), tmp_path), 0)[1:]
        assert cell == "x" * 32_767

    def test_links_and_numbers_in_text_stay_text(self, tmp_path):
        table = pd.DataFrame({"a": ["http://x.cn", "007", "=SUM(A1)", "＝1", "-1", "@x"]})
        found = one(table, tmp_path)
        assert [row[0] for row in rows(found, 0)[1:]] == [
            "http://x.cn",
            "007",
            "=SUM(A1)",
            "＝1",
            "-1",
            "@x",
        ]
        assert {cell.data_type for (cell,) in book(found).worksheets[0].iter_rows(min_row=2, max_row=7)} == {
            "s"
        }

    def test_what_is_no_number_is_empty(self, tmp_path):
        table = pd.DataFrame(
            {"a": [float("inf"), float("nan"), 1.5], "b": [pd.NaT, pd.Timestamp("2024-01-01"), pd.NaT]}
        )
        found = rows(one(table, tmp_path), 0)[1:]
        assert [row[0] for row in found] == [None, None, 1.5]
        assert found[1][1].date().isoformat() == "2024-01-01"

    def test_what_does_not_fit_a_sheet_is_said_in_about_alone(self, folder, monkeypatch):
        monkeypatch.setattr(workbook, "MOST_ROWS", 60)
        path = folder.parents[1] / "tables" / "features.parquet"
        many = pd.concat([store.read_table(path)] * 40).assign(customer_id=[f"c{i:03d}" for i in range(120)])
        store.write_table(path, many)
        content = made(folder)
        assert len(rows(content, 0)) == 61
        cut = "Cut: a sheet holds 60 rows, and there are 80. The whole table stands in the folder tables."
        about = len(book(content).sheetnames) - 1
        assert (sheets.TABLE_1, None, cut) in rows(content, about)
        assert not [row for place in range(about) for row in rows(content, place) if "Cut:" in str(row)]

    def test_a_table_without_rows_or_columns(self, tmp_path):
        assert rows(one(pd.DataFrame({"a": []}), tmp_path), 0) == [("a",)]
        assert book(one(pd.DataFrame(), tmp_path)).sheetnames == ["s"]

    def test_leaves_its_input_alone(self, tmp_path):
        table = pd.DataFrame({"a": ["=1"], "b": [1.0]})
        copy = table.copy()
        one(table, tmp_path)
        pd.testing.assert_frame_equal(table, copy)


class TestRun:
    def test_the_two_rows_of_document_002_come_back_equal(self, tmp_path):  # mission 61, trap T29
        given = [
            (
                "C001",
                "*明",
                "",
                "28",
                "上海",
                "互联网",
                "2023-01",
                "15000",
                "25",
                "2024-03-15",
                "数码产品",
                "4.5",
            ),
            ("C002", "*芳", "", "35", "广州", "教育", "2023-05", "8000", "12", "2024-01-20", "图书", "3.8"),
        ]
        lines = [",".join(row) for row in (sheets.HEADERS_1, *given)]
        (tmp_path / "客户.csv").write_text("\n".join(lines), encoding="utf-8")
        out = tmp_path / "out"
        done = custkit(
            "run", "--data", tmp_path / "客户.csv", "--out", out, "--region", "all", "--lang", "zh"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        place = out / "regions" / "all"
        found = rows((place / "workbook.xlsx").read_bytes(), 0)
        assert found[0] == sheets.HEADERS_1
        assert [tuple(plain(value) for value in row) for row in found[1:]] == given
        assert "  workbook.xlsx\n" in (place / "DONE").read_text(encoding="utf-8")
        assert 'href="workbook.xlsx"' in (place / "report.html").read_text(encoding="utf-8")


def plain(value: object) -> str:
    """A cell as the document prints it."""
    return "" if value is None else value.date().isoformat() if hasattr(value, "date") else str(value)
