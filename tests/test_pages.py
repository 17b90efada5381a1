"""Pages of a region and of a notebook: findings first, accounts that add up, nothing from outside, nothing of the data that runs."""

import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat import v4

from custkit import schema
from custkit.show import cells, chapters, emphasis, frames, pages, parts
from custkit.words import Words, catalogue

EVIL = "<script>alert(1)</script> {{ 7*7 }} \"' & [x](javascript:alert(2))"
OWN = "<b>own</b>"
HEIGHT = 200
FACTS = {"run": "shop", "versions": {"custkit": "0.1.0", "python": "3.11"}}
STEP = {
    "table": "orders",
    "step": "missing",
    "rows_in": 1000,
    "kept": 900,
    "quarantined": 60,
    "merged": 40,
    "rows_without_money": 0,
    "money_in": "9747.934",
    "money_kept": "8278.519",
    "money_quarantined": "1447.682",
    "money_merged": "21.733",
}
LEDGER = {
    "status": "ok",
    "refusal": None,
    "as_of": "2011-12-09",
    "currency": "GBP",
    "balanced": True,
    "files": [{"file": f"{EVIL}.csv", "sheet": None, "sha256": "ab" * 32, "table": "orders"}],
    "steps": [{**STEP, "step": "records", "kept": 1000, "quarantined": 0, "merged": 0}, STEP],
    "warnings": [
        {"code": "empty_region", "table": "orders", "file": "a.csv", "column": ""}
        | {"text": EVIL, "text_zh": f"中文 {EVIL}"}
    ],
}
STATED = {
    "01": [("rows_balance", "1,000 rows came in.", "共读入 1,000 行。")],
    "02": [
        ("profile_size", "30 customers, bring `orders`.", "30 位客户。"),
        ("profile_top_buyers", "The top 1% bring most.", "前 1% 最多。"),
        ("profile_top_buyers", f"{EVIL}: the top 20% bring £8,278.52, a lot.", "前 20% 占 60.9%。"),
    ],
    "03": [
        ("rfm_tier", "High value: 9.5%.", "高价值占 9.5%。"),
        ("rfm_tier", "Low value: 50%.", "低价值占 50%。"),
    ],
}


class Page(HTMLParser):
    """What a browser makes of a page: elements with their attributes, and the text that is shown."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if not self.elements or self.elements[-1][0] != "style":
            self.texts.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


def png() -> bytes:
    """A white line, as high as a chart."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, HEIGHT, 8, 0, 0, 0, 0]))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"IDAT", zlib.compress(b"\x00\xff" * HEIGHT))
        + chunk(b"IEND", b"")
    )


def entry(region: str, spend: float, status: str = "done", **more) -> dict:
    counts = {"customers": 30, "buyers": 29, "n_orders": 60, "n_refunds": 4}
    counts = dict.fromkeys(counts, 0) if status == "empty" else counts
    return (
        {"region": region, "slug": f"r{zlib.crc32(region.encode())}", "status": status, "spend": spend}
        | counts
        | more
    )


FAILED = {"notebook": "04_clustering.ipynb", "cell": 7, "cell_id": "stability", "cause": EVIL}
ROWS = [
    entry("West", 100.0),
    entry(EVIL, 900.0),
    entry("Atlantis", 0.0, "empty"),
    entry("North", 50.0, "failed", failed=FAILED),
    entry("all", 1050.0) | {"slug": "all"},
]


@pytest.fixture(params=["en", "zh"])
def words(request) -> Words:
    return Words(request.param)


@pytest.fixture
def out(tmp_path) -> Path:
    """A run of four regions: one whose name is an attack, one without customers, one that failed."""
    (tmp_path / "tables").mkdir()
    account = {"table": "orders", "region": "Atlantis", "step": "missing", "rule": "missing_customer_id"}
    account |= {
        "column": "customer_id",
        "fate": "quarantined",
        "rows": 288,
        "rows_without_money": 0,
        "money": 1.0,
    }
    pd.DataFrame([account]).to_parquet(tmp_path / "tables" / "accounts.parquet")
    for row in ROWS:
        folder = tmp_path / "regions" / row["slug"]
        for part in ("tables", "figures", "notebooks"):
            (folder / part).mkdir(parents=True)
        if row["status"] == "done":
            fill(folder)
    return tmp_path


def fill(folder: Path) -> None:
    """Tables, one chart and one notebook, as notebooks 01 to 06 leave them."""
    for number in schema.NOTEBOOK_TABLES:
        said = [
            {
                "notebook": number,
                "key": key,
                "table": "t",
                "filter": "{}",
                "n": 1,
                "values": "{}",
                "recipes": "{}",
            }
            | {"text_en": en, "text_zh": zh}
            for key, en, zh in STATED.get(number, [])
        ]
        table = pd.DataFrame(said) if said else schema.empty(f"findings_{number}")
        table.to_parquet(folder / "tables" / f"findings_{number}.parquet")
    steps = pd.DataFrame([{**STEP, "rows_in": 12, "kept": 9, "quarantined": 2, "merged": 1}])
    steps = steps.astype({name: float for name in steps if name.startswith("money")})
    steps.to_parquet(folder / "tables" / "ledger_steps.parquet")
    segments(folder)
    strategy = {
        "strategy": "close_gap:<i>taste</i>",
        "target_group": "tier3:high",
        "content": EVIL,
        "resources": "two people",
        "expected_effect": "more",
        "start": pd.Timestamp("2011-12-10"),
        "end": pd.NaT,
        "kpi": "recall_rate",
        "baseline": 0.11,
        "target": 0.2,
        "kind": "relative",
        "direction": "up",
        "n_treated": 1160,
        "n_held_out": 0,
        "assumption": True,
    }
    pd.DataFrame([strategy]).to_parquet(folder / "tables" / "plan.parquet")
    (folder / "figures" / "01_ledger_waterfall.png").write_bytes(png())
    nbformat.write(v4.new_notebook(), folder / "notebooks" / "03_rfm.ipynb")


def segments(folder: Path) -> None:
    labels = [("tier3", "low", 0.9, 0.2), ("tier3", "high", 0.1, 0.8), ("segment_map", OWN, 1.0, 1.0)]
    table = pd.DataFrame(
        {
            "scheme": [scheme for scheme, *_ in labels],
            "label": [label for _, label, *_ in labels],
            "is_scored": True,
            "customers": 10,
            "share_of_customers": [share for *_, share, _ in labels],
            "spend": 1234.5,
            "share_of_spend": [share for *_, share in labels],
        }
    )
    table.to_parquet(folder / "tables" / "segments.parquet")


@pytest.fixture
def report(out, words) -> str:
    row = ROWS[1]
    return pages.region(out / "regions" / row["slug"], row=row, words=words, ledger=LEDGER, facts=FACTS)


@pytest.fixture
def notebook(tmp_path, words) -> str:
    """Text, a table of pandas whose header is an attack, pictures with and without alt text, scripts of every kind."""
    table = pd.DataFrame({EVIL: [1], "spend": [3.5]})
    picture = {"image/png": "iVBORw0KGgo=", "text/plain": "<Image>"}
    outputs = [
        v4.new_output("execute_result", {"text/html": table._repr_html_()}, execution_count=1),
        v4.new_output("display_data", picture, metadata={"image/png": {"alt": 'a "chart" <x>'}}),
        v4.new_output("display_data", picture),
        v4.new_output(
            "display_data", {"text/html": f"<img src=x onerror=alert(3)><ul><li>said</li></ul>{EVIL}"}
        ),
        v4.new_output("display_data", {"application/javascript": "alert(4)", "text/markdown": EVIL}),
        v4.new_output("stream", name="stdout", text=EVIL),
    ]
    document = v4.new_notebook(
        cells=[
            v4.new_markdown_cell(
                f"# 3. Scores\nWho?\n\n{EVIL}\n\n![x](https://example.org/x.png) [y](//example.org)"
            ),
            v4.new_code_cell("a = '<script>'", outputs=outputs, execution_count=1),
        ]
    )
    nbformat.write(document, tmp_path / "03_rfm.ipynb")
    return pages.notebook(tmp_path / "03_rfm.ipynb", words=words)


@pytest.fixture(params=["report", "notebook"])
def page(request, out, words) -> str:
    return request.getfixturevalue(request.param)


class TestEveryPage:
    def test_runs_nothing_and_loads_nothing(self, page):
        seen = Page(page)
        kinds = {tag for tag, _ in seen.elements}
        assert not kinds & {"script", "iframe", "object", "embed", "link", "form", "base"}
        assert all(attributes["src"].startswith("data:image/png;base64,") for attributes in seen.all("img"))
        assert not [name for _, attributes in seen.elements for name in attributes if name.startswith("on")]

    def test_links_only_to_its_neighbours(self, page):
        targets = [attributes["href"] for attributes in Page(page).all("a") if "href" in attributes]
        assert targets
        assert not [target for target in targets if re.match(r"[a-z]+:|//|/", target, re.IGNORECASE)]
        assert not re.search(r"url\(|@import", page)

    def test_forbids_the_browser_what_it_does_not_need(self, page):
        policy = [
            meta for meta in Page(page).all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
        ]
        assert [meta["content"] for meta in policy] == [pages.POLICY]
        assert "default-src 'none'" in pages.POLICY
        assert "script-src" not in pages.POLICY

    def test_shows_text_of_the_data_as_text(self, page):
        assert "<script>alert(1)</script> {{ 7*7 }}" in Page(page).text

    def test_has_alt_text_on_every_picture(self, page):
        assert all(attributes.get("alt", "").strip() for attributes in Page(page).all("img"))

    def test_names_its_language(self, page, words):
        assert Page(page).all("html")[0]["lang"] == {"en": "en", "zh": "zh-Hans"}[words.lang]

    def test_is_the_same_when_made_again(self, report, out, words):
        row = ROWS[1]
        again = pages.region(out / "regions" / row["slug"], row=row, words=words, ledger=LEDGER, facts=FACTS)
        assert again == report


class TestLanguage:
    @pytest.mark.parametrize(
        "name", ["region.html", "index.html", "notebook.html", "parts.html", "base.html"]
    )
    def test_templates_hold_no_words_of_their_own(self, name):
        source = (Path(pages.__file__).parent / name).read_text(encoding="utf-8")
        shown = Page(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)).text
        assert set(re.findall(r"[A-Za-z一-鿿]{2,}", shown)) <= {"custkit", "sha", "ipynb"}

    def test_the_chinese_page_has_no_english_words_of_ours(self, out):
        row = ROWS[0]
        folder = out / "regions" / row["slug"]
        shown = Page(pages.region(folder, row=row, words=Words("zh"), ledger=LEDGER, facts=FACTS)).text
        english = {texts["en"] for key, texts in catalogue().items() if key.startswith("page.")}
        assert not [text for text in english if len(text) > 4 and "{" not in text and text in shown]


class TestRegion:
    def test_headlines_are_those_that_the_page_chose(self, report, words):
        text = re.sub(r"\s", "", Page(report).text)
        top = text[: text.index(re.sub(r"\s", "", words("page.chapter.data")))]
        said = {key: [] for rows in STATED.values() for key, *_ in rows}
        for rows in STATED.values():
            for key, *texts in rows:
                said[key].append(re.sub(r"\s|`", "", texts[words.lang == "zh"]) in top)
        assert said == {
            "rows_balance": [False],
            "profile_size": [False],
            "profile_top_buyers": [False, True],
            "rfm_tier": [True, False],
        }

    def test_every_headline_stands_in_the_catalogue(self):
        first = {key for chapter in chapters.CHAPTERS for key in chapter.first}
        keys = {f"finding.{key}" for key in first | set(chapters.HEADLINES)}
        assert not keys - set(catalogue())

    def test_every_finding_stands_in_its_chapter(self, report, words):
        text = re.sub(r"\s", "", Page(report).text)
        said = [texts[words.lang == "zh"] for rows in STATED.values() for _, *texts in rows]
        assert not [sentence for sentence in said if re.sub(r"\s|`", "", sentence) not in text]

    def test_a_long_chapter_folds_the_rest_away(self, out, words):
        row = ROWS[0]
        folder = out / "regions" / row["slug"]
        said = pd.read_parquet(folder / "tables" / "findings_02.parquet").iloc[[0] * 9 + [2]]
        said.assign(
            text_en=[f"said {n}" for n in range(10)], text_zh=[f"said {n}" for n in range(10)]
        ).to_parquet(folder / "tables" / "findings_02.parquet")
        page = pages.region(folder, row=row, words=words, ledger=LEDGER, facts=FACTS)
        section = page[page.index('id="business"') :]
        shown, folded = section[: section.index("<details>")], section[section.index("<details>") :]
        assert re.findall("said [0-9]", shown) == [f"said {n}" for n in range(5)]
        assert re.findall("said [0-9]", folded) == [f"said {n}" for n in range(5, 10)]
        assert words("page.findings.further", count=5) in folded

    def test_a_figure_that_only_says_why_there_is_none_is_left_out(self, out, words):
        row = ROWS[0]
        folder = out / "regions" / row["slug"]
        low = png()[:20] + (40).to_bytes(4, "big") + png()[24:]
        (folder / "figures" / "01_quarantine_reasons.png").write_bytes(low)
        page = pages.region(folder, row=row, words=words, ledger=LEDGER, facts=FACTS)
        assert [picture["alt"] for picture in Page(page).all("img")] == [words("figure.ledger_waterfall.alt")]

    def test_a_chapter_without_anything_is_left_out(self, report, words):
        assert words("page.chapter.brands") not in report

    def test_shows_warnings_in_its_language(self, report, words):
        assert (f"中文 {EVIL}" in Page(report).text) == (words.lang == "zh")
        assert EVIL in Page(report).text

    def test_shows_the_accounts_of_the_region(self, report, words):
        text = Page(report).text
        assert words("page.ledger.lead.region") in text
        assert "£9,747.934" in text
        assert "£1,447.682" in text

    def test_lists_segments_best_first_with_their_words(self, report, words):
        text = Page(report).text
        assert text.index(words("label.tier3.high")) < text.index(words("label.tier3.low"))
        assert OWN in text

    def test_shows_a_plan_with_its_elements(self, report, words):
        text = Page(report).text
        assert {"two people", "2011-12-10", "11.0%", "+20%", "1,160"} <= set(
            re.findall(r"two people|[-+\d.,%]+", text)
        )
        assert "<i>taste</i>" in text

    def test_links_the_executed_notebooks(self, report):
        targets = {attributes.get("href") for attributes in Page(report).all("a")}
        assert {"notebooks/03_rfm.html", "notebooks/03_rfm.ipynb", "../../index.html"} <= targets

    def test_links_lead_to_something_on_the_page(self, report):
        seen = Page(report)
        inside = {
            attributes["href"][1:] for attributes in seen.all("a") if attributes["href"].startswith("#")
        }
        assert inside <= {attributes.get("id") for _, attributes in seen.elements}

    def test_an_empty_region_says_why(self, out, words):
        row = ROWS[2]
        text = Page(
            pages.region(out / "regions" / row["slug"], row=row, words=words, ledger=LEDGER, facts=FACTS)
        ).text
        assert words("page.status.empty.text") in text
        assert words("label.rule.missing_customer_id") in text
        assert "288" in text
        assert words("page.ledger.lead.whole") in text

    def test_a_short_page_says_why_there_is_no_more(self, out, words):
        row = ROWS[0] | {"status": "short", "customers": 7}
        page = pages.region(out / "regions" / row["slug"], row=row, words=words, ledger=LEDGER, facts=FACTS)
        assert words("page.status.short.text", customers=7) in Page(page).text
        assert words("page.headlines") not in page

    def test_the_whole_and_no_region_have_names(self, words):
        assert parts.region_name("all", words) == words("page.whole")
        assert parts.region_name("(none)", words) == words("page.no_region")
        assert parts.region_name("West", words) == "West"

    def test_holds_without_a_currency(self, out, words):
        row, ledger = ROWS[0], {**LEDGER, "currency": None, "as_of": None}
        page = pages.region(out / "regions" / row["slug"], row=row, words=words, ledger=ledger, facts=FACTS)
        assert "None" not in Page(page).text


class TestNotebook:
    def test_shows_text_code_tables_and_words(self, notebook):
        kinds = {tag for tag, _ in Page(notebook).elements}
        assert {"h1", "p", "pre", "table", "thead", "th", "td", "ul", "li"} <= kinds

    def test_keeps_the_alt_text_and_gives_one_where_there_is_none(self, notebook, words):
        alts = [attributes["alt"] for attributes in Page(notebook).all("img")]
        assert alts == ['a "chart" <x>', words("page.notebook.picture")]

    def test_leaves_out_the_styles_that_pandas_writes(self, notebook):
        assert "dataframe tbody tr th" not in notebook

    def test_carries_the_title_of_the_notebook(self, notebook):
        assert "<title>3. Scores · custkit</title>" in notebook


class TestTable:
    def test_kinds_go_by_name_and_type(self, words):
        frame = pd.DataFrame(
            {
                "product": ["<a>"],
                "customers": [1234],
                "spend": [1234.5],
                "avg_order_value": [12.5],
                "share_of_spend": [0.655],
                "own": [0.5],
                "last_order": [pd.Timestamp("2011-12-09")],
                "best": [float("nan")],
            }
        )
        table = cells.table(frame, words, currency="GBP")
        texts = [cell.text for cell in table.rows[0].cells]
        assert texts == ["<a>", "1,234", "£1,234", "£12.50", "65.5%", "0.5", "2011-12-09", "–"]
        assert table.numeric == [False, True, True, True, True, True, False, True]

    def test_bars_of_a_row_are_on_one_scale(self, words):
        frame = pd.DataFrame({"share_of_customers": [0.1, 0.4], "share_of_spend": [0.8, -0.1]})
        table = cells.table(frame, words, currency="")
        assert [[cell.bar for cell in row.cells] for row in table.rows] == [[0.125, 1.0], [0.5, 0.0]]

    def test_leaves_its_input_alone(self, words):
        frame = pd.DataFrame({"label": ["low", "high"], "customers": [1, 2]})
        before = frame.copy()
        cells.table(frame, words, currency="", scheme="tier3")
        pd.testing.assert_frame_equal(frame, before)


class TestEmphasise:
    @pytest.fixture
    def values(self) -> dict:
        """Of "The top {asked:.0%} of buyers ({buyers:,}) bring {share:.1%} ..."; asked and currency were given."""
        return {"asked": 0.2, "buyers": 868, "share": 0.7364, "least": 2004.3, "currency": " GBP"}

    def bold(self, text: str, key: str, values: dict, words: Words) -> list[str]:
        recipes = {name: ("only", "x") for name in values if name not in ("asked", "currency")}
        return re.findall(r"<b>(.*?)</b>", emphasis.emphasise(text, key, values, recipes, words))

    def test_computed_numbers_stand_out_and_given_ones_do_not(self, values, words):
        text = words("finding.profile_top_buyers", **values)
        assert set(self.bold(text, "profile_top_buyers", values, words)) == {"868", "73.6%", "2,004"}

    def test_only_whole_numbers_do(self, values, words):
        text = "1,868 and 868.5, B868, 868% but 868."
        assert self.bold(text, "profile_top_buyers", values, words) == ["868"]

    def test_days_do_and_names_do_not(self, words):
        values = {"first_order": "2010-12-01", "last_order": "2011-12-09"}
        text = words("finding.profile_days", **values, currency="")
        assert self.bold(text, "profile_days", values, words) == ["2010-12-01", "2011-12-09"]
        assert self.bold("868", "profile_top_product", {"product": "868"}, words) == []

    def test_names_of_tables_are_code_and_text_stays_text(self, words):
        html = emphasis.emphasise("bring `orders` <b>", "profile_days", {}, {}, words)
        assert html == "bring <code>orders</code> &lt;b&gt;"


class TestFrames:
    def test_numbers_and_their_header_stand_to_the_right(self):
        frame = pd.DataFrame({"name": ["a", "1"], "spend": ["-1,234.50", ""], "day": ["2011-12-09", "12:30"]})
        html = frames.aligned(frame.to_html())
        assert re.findall(r"<th( class=\"n\")?>(\w*)</th>", html)[:4] == [
            ("", ""),
            ("", "name"),
            (' class="n"', "spend"),
            (' class="n"', "day"),
        ]
        assert re.findall(r"<td( class=\"n\")?>", html) == ["", ' class="n"', ' class="n"'] * 2

    def test_a_table_without_rows_and_other_output_stay_whole(self):
        html = "<p>1</p>" + pd.DataFrame(columns=["a"]).to_html()
        assert re.sub(' class="n"', "", frames.aligned(html)) == html
