"""The pages and the workbook that the default sample gives in Chinese: complete, true to the tables, and in one language."""

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from commands import custkit, tables

from custkit import findings, store
from custkit.show import chapters
from custkit.words import Words

pytestmark = pytest.mark.slow  # a whole run in Chinese

REGIONS = ["West"]
FORMS = {
    "客户基础信息与消费行为分析表": [
        "客户编号", "姓名*", "性别", "年龄", "地区", "行业", "注册时间", "累计消费金额(元)", "消费频次(次)", "最近消费日期", "偏好品类", "满意度评分(1-5分)",
    ],
    "客户群体分层与策略建议表": [
        "客户群体类型", "分析洞察(示例)", "策略内容", "执行部门", "负责人*", "计划执行时间", "预期效果", "实际效果(跟踪填写)",
    ],
}  # fmt: skip
INLINE = r"</?(?:a|b|bdi|code|em|i|span|strong)\b[^>]*>"
LATIN_WORDS = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[ ,]+[A-Za-z][A-Za-z'’-]*){2,}")


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("pages") / "city_retail"
    done = custkit("run", "--region", *REGIONS, "--lang", "zh", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def reports(run) -> dict[str, str]:
    return {region: page(run / "regions" / region / "report.html") for region in REGIONS}


def page(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return re.sub(r"<(style|script)\b.*?</\1>|data:image/png;base64,[^\"']*", "", text, flags=re.S)


def own_words(run: Path) -> list[str]:
    """Every text that the sample's own tables and files brought, the longest first."""
    found = set()
    for path in (run / "tables").glob("*.parquet"):
        table = store.read_table(path)
        for name in table.select_dtypes(include=["object", "str", "string", "category"]).columns:
            found.update(str(value) for value in table[name].dropna().unique())
    return sorted((text for text in found if " " in text), key=len, reverse=True)


def test_every_region_is_done(run):
    assert all(store.is_done(run / "regions" / region) for region in REGIONS)


# mission M7
@pytest.mark.parametrize("region", REGIONS)
def test_every_finding_is_recomputed_in_both_languages(run, region):
    written = tables(run / "regions" / region)
    stated = pd.concat([table for name, table in written.items() if name.startswith("findings_")])
    assert len(stated) > 80
    assert set(stated["notebook"]) == {"01", "02", "03", "04", "05", "06"}
    failed = findings.recompute(stated, written.__getitem__)
    assert failed.empty, failed.to_string()


def test_no_english_sentence_stands_in_the_chinese_pages(run, reports):
    own = re.compile("|".join(map(re.escape, own_words(run))))
    for name, text in {"index": page(run / "index.html"), **reports}.items():
        alternatives = " ".join(re.findall(r'(?:alt|aria-label)="([^"]*)"', text))
        shown = re.sub(r"<[^>]+>", "\n", re.sub(INLINE, "", text)) + alternatives
        assert re.search(r"[\u4e00-\u9fff]", shown)
        assert LATIN_WORDS.findall(own.sub("“", shown)) == [], name


def test_each_chapter_opens_with_its_question(reports):
    words = Words("zh")
    expected = {chapter.name: words(f"page.chapter.{chapter.name}") for chapter in chapters.CHAPTERS}
    assert all(question.endswith("？") for question in expected.values())
    for text in reports.values():
        asked = dict(
            re.findall(r'<section id="(\w+)">\s*<p class="eyebrow">.*?<h2>(.*?)</h2>', text, flags=re.S)
        )
        assert asked == expected


def test_headlines_are_few_and_none_is_said_twice(reports):
    for text in reports.values():
        (listed,) = re.findall(r'<section class="headlines".*?</section>', text, flags=re.S)
        said = re.findall(r"<p>(.*?)</p>", listed, flags=re.S)
        assert 5 <= len(said) <= chapters.MOST_HEADLINES
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("region", REGIONS)
def test_the_workbook_has_the_two_given_forms(run, region):
    book = openpyxl.load_workbook(run / "regions" / region / "workbook.xlsx", read_only=True)
    heads = {sheet.title: [cell.value for cell in next(sheet.iter_rows(max_row=1))] for sheet in book}
    assert {title: heads[title] for title in FORMS} == FORMS


def test_no_report_names_a_customer(run, reports):
    ids = set(store.read_table(run / "tables" / "features.parquet", ["customer_id"])["customer_id"])
    for region, text in reports.items():
        assert not set(re.findall(r"[A-Za-z0-9_-]{4,}", text)) & ids, region
