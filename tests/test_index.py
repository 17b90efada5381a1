"""index.html: what differs between regions, a panel and a line of each, one script and no other."""

import base64
import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest
from test_pages import EVIL, FACTS, FAILED, LEDGER, Page, entry, fill

from custkit import schema
from custkit.show import index_parts, pages
from custkit.words import Words

ROWS = [
    entry("West", 100.0),
    entry(EVIL, 900.0),
    entry("Atlantis", 0.0, "empty"),
    entry("North", 50.0, "failed", failed=FAILED),
    entry("few", 1.0, "short"),
    entry("all", 1051.0) | {"slug": "all"},
]
MONTHS = pd.date_range("2011-01-01", periods=4, freq="MS")


def contrast(region: str, measure: str, value: float, verdict: str = "par") -> dict:
    numbers = {"value": value, "value_low": value - 0.1, "value_high": value + 0.1, "whole": 12.5}
    return {"region": region, "measure": measure, "typical": 4.0, "n": 20, "verdict": verdict, **numbers}


CONTRASTS = [
    contrast("West", "avg_order_value", 15.0),
    contrast("West", "satisfaction", 3.0, "lower"),
    contrast(EVIL, "avg_order_value", 9.5),
]


def write(folder: Path, **tables: list[dict]) -> None:
    for name, rows in tables.items():
        schema.frame(name, [{**dict.fromkeys(schema.TABLES[name]), **row} for row in rows]).to_parquet(
            folder / "tables" / f"{name}.parquet"
        )


def say(folder: Path, *said: tuple[str, str]) -> None:
    """Findings of 02: key and sentence, the same in both languages."""
    rows = [
        {"notebook": "02", "key": key, "table": "t", "filter": "{}", "n": 1, "values": "{}", "recipes": "{}"}
        | {"text_en": text, "text_zh": text}
        for key, text in said
    ]
    write(folder, findings_02=rows)


def run(out: Path, rows: list[dict]) -> Path:
    """A run on disk: West has months, and differs in satisfaction; the other regions have what `fill` gives them."""
    for row in rows:
        folder = out / "regions" / row["slug"]
        for part in ("tables", "figures", "notebooks"):
            (folder / part).mkdir(parents=True)
        if row["status"] in ("done", "short"):
            fill(folder)
        if row["region"] == "West":
            spend = zip(MONTHS, [100.0, 50.0, 0.0, 900.0], [False, False, False, True], strict=True)
            write(
                folder,
                profile_months=[{"month": m, "spend": s, "is_partial": p} | COUNTS for m, s, p in spend],
            )
        if row["region"] in ("West", "all"):
            own = [one for one in CONTRASTS if row["region"] in ("all", one["region"])]
            verdicts = [{"region": "West", "nature": "behaviour", "n_measures": 2, "n_different": 1}]
            verdicts += [{"region": "few", "nature": "too_few", "n_measures": 0, "n_different": 0}]
            write(folder, region_contrasts=own)
            write(folder, region_verdicts=[one | {"customers": 30, "buyers": 29} for one in verdicts])
            said = [("profile_size", "not about regions"), ("region_behaviour", f"West {EVIL}")]
            said += [
                ("region_satisfaction", "West: 3.0"),
                ("region_none", "Others: 1"),
                ("reversal", "Beware"),
            ]
            say(folder, *said)
    return out


COUNTS = dict.fromkeys(("days_covered", "buyers", "new_buyers", "returning_buyers", "n_orders", "rank"), 1)


@pytest.fixture(params=["en", "zh"])
def words(request) -> Words:
    return Words(request.param)


@pytest.fixture
def out(tmp_path) -> Path:
    return run(tmp_path, ROWS)


@pytest.fixture
def page(out, words) -> str:
    return pages.index(out, rows=ROWS, words=words, ledger=LEDGER, facts=FACTS)


def table(page: str) -> str:
    return page[
        page.index('<table class="regions') : page.index("</table>", page.index('<table class="regions'))
    ]


class TestSafety:
    def test_the_one_script_is_the_one_that_the_policy_names(self, page):
        (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
        (policy,) = (meta["content"] for meta in Page(page).all("meta") if meta.get("http-equiv"))
        assert f"script-src 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy.partition("script-src")[2]
        assert script == (Path(pages.__file__).parent / "index.js").read_text(encoding="utf-8")

    def test_nothing_of_the_data_runs_or_loads(self, page):
        seen = Page(page)
        assert [tag for tag, _ in seen.elements].count("script") == 1
        assert not {tag for tag, _ in seen.elements} & {
            "iframe",
            "object",
            "embed",
            "link",
            "form",
            "base",
            "img",
        }
        assert not [name for _, attributes in seen.elements for name in attributes if name.startswith("on")]
        assert not re.search(r"url\(|@import", page)
        targets = [attributes["href"] for attributes in seen.all("a")]
        assert not [target for target in targets if re.match(r"[a-z]+:|//|/", target, re.IGNORECASE)]

    def test_shows_text_of_the_data_as_text(self, page):
        assert "<script>alert(1)</script> {{ 7*7 }}" in Page(page).text

    def test_is_the_same_when_made_again(self, page, out, words):
        assert pages.index(out, rows=ROWS, words=words, ledger=LEDGER, facts=FACTS) == page

    def test_no_other_page_may_run_a_script(self):
        assert "script-src" not in pages.POLICY


class TestDifferences:
    def test_details_stand_under_the_region_that_they_are_about(self, out, words):
        groups = index_parts.differences(out, ROWS, words)
        leads = [group["lead"] for group in groups]
        assert [len(group["details"]) for group in groups] == [1, 0, 0]
        assert leads[1:] == ["Others: 1", "Beware"]
        assert not [lead for lead in leads if "not about regions" in lead]

    def test_without_the_whole_each_region_speaks_for_itself(self, out, words):
        say(
            out / "regions" / ROWS[1]["slug"],
            ("region_own_none", "nothing here"),
            ("region_no_channel", "bring"),
        )
        groups = index_parts.differences(out, ROWS[:2], words)
        assert len(groups) == 3  # of West; the other says only that it does not differ
        assert "nothing here" not in str(groups)

    def test_a_run_of_the_first_notebook_alone_has_no_such_section(self, tmp_path, words):
        rows = [entry("West", 1.0)]
        (tmp_path / "regions" / rows[0]["slug"] / "tables").mkdir(parents=True)
        page = pages.index(tmp_path, rows=rows, words=words, ledger=LEDGER, facts=FACTS)
        assert 'id="differences"' not in page
        assert "<svg" not in page


class TestPanels:
    def test_only_regions_that_were_done_have_one(self, page):
        names = re.findall(r'<article class="panel">\s*<h3><bdi><a href="regions/(\w+)/', page)
        assert names == [ROWS[1]["slug"], ROWS[0]["slug"]]

    def test_bars_are_in_units_of_the_average_complete_month(self, out, words):
        found = index_parts.read(out, ROWS)
        (west,) = [
            one for one in index_parts.panels(ROWS, found, words, "GBP") if one["slug"] == ROWS[0]["slug"]
        ]
        bars = west["months"]["bars"]
        # 100, 50 and 0 are 50 on average; 900, of a partial month, is 18 of them and is cut at 4.
        heights = [bar["height"] / index_parts.HEIGHT for bar in bars]
        assert heights == pytest.approx([0.5, 0.25, 0.0, 1.0])
        assert [bar["cut"] for bar in bars] == [False, False, False, True]
        assert [bar["partial"] for bar in bars] == [False, False, False, True]
        assert west["months"]["average"] == pytest.approx(index_parts.HEIGHT * 0.75)
        assert bars[0]["title"] == "2011-01: £100.00"

    def test_all_are_drawn_on_the_months_of_all(self, out, words):
        late = [{"month": MONTHS[3] + pd.DateOffset(months=4), "spend": 5.0, "is_partial": False} | COUNTS]
        write(out / "regions" / ROWS[1]["slug"], profile_months=late)
        panels = index_parts.panels(ROWS, index_parts.read(out, ROWS), words, "")
        assert {panel["months"]["last"] for panel in panels} == {"2011-08"}
        assert panels[1]["months"]["bars"][0]["x"] == index_parts.WIDTH * 7 / 8

    def test_satisfaction_stands_on_its_scale(self, out, words):
        found = index_parts.read(out, ROWS)
        west, other = index_parts.panels(ROWS, found, words, "")[:2]
        assert west["satisfaction"]["at"] == {
            "value": 50,
            "value_low": 47.5,
            "value_high": 52.5,
            "typical": 75,
        }
        assert other["satisfaction"] is None

    def test_a_region_without_money_has_no_bars(self, out, words):
        nothing = [{"month": month, "spend": -1.0, "is_partial": False} | COUNTS for month in MONTHS]
        write(out / "regions" / ROWS[0]["slug"], profile_months=nothing)
        assert index_parts.panels(ROWS, index_parts.read(out, ROWS), words, "")[0]["months"] is None

    def test_pictures_can_be_read_without_seeing_them(self, page, words):
        labels = [
            attributes["aria-label"]
            for _, attributes in Page(page).elements
            if attributes.get("role") == "img"
        ]
        assert f"{words('label.tier3.high')} 10% {words('label.tier3.low')} 90%" == labels[0].strip()
        assert any("3.00" in label and "4.00" in label for label in labels)

    def test_many_regions_are_folded(self, tmp_path, words):
        rows = [entry(f"region {place}", 100.0 - place) for place in range(40)]
        page = pages.index(run(tmp_path, rows), rows=rows, words=words, ledger=LEDGER, facts=FACTS)
        shown, folded = page[: page.index("<details>")], page[page.index("<details>") :]
        assert shown.count('class="panel"') == index_parts.PANELS
        assert folded.count('class="panel"') == 40 - index_parts.PANELS
        assert words("page.index.further", count=40 - index_parts.PANELS) in folded


class TestTable:
    def test_lists_regions_by_spend_then_those_without_customers_then_the_whole(self, page, words):
        names = ["alert(1)", "West", "North", "few", "Atlantis", words("page.whole")]
        places = [table(page).index(name) for name in names]
        assert places == sorted(places)
        assert table(page).index("</tbody>") < places[-1]  # the totals are not sorted with the regions

    def test_shares_are_of_the_whole(self, page):
        assert {"85.6%", "9.5%", "4.8%", "0.0%", "100.0%"} <= set(re.findall(r"[\d.]+%", table(page)))

    def test_without_the_whole_there_are_no_shares_of_it(self, out, words):
        page = pages.index(out, rows=ROWS[:2], words=words, ledger=LEDGER, facts=FACTS)
        assert "90.0%" not in table(page)
        assert "<tfoot>" not in page

    def test_numbers_stand_to_the_right_and_carry_what_they_are_sorted_by(self, page):
        cells = re.findall(r'<td class="n"( data-sort="[^"]*")?>', table(page))
        assert len(cells) == table(page).count("<td") == 8 * len(ROWS)
        west = table(page)[table(page).index('data-sort="West"') :]
        assert re.findall(r'data-sort="([^"]*)"', west)[1:7] == [
            "30.0",
            "29.0",
            "100.0",
            str(100 / 1051),
            "15.0",
            "0.1",
        ]

    def test_a_value_that_is_missing_has_nothing_to_sort_by(self, page):
        empty = table(page)[table(page).index('data-sort="Atlantis"') :]
        assert re.findall(r'<td class="n"( data-sort="[^"]*")?>', empty)[4:8] == [""] * 4
        assert "–" in empty

    def test_says_how_it_is_sorted_and_what_may_be_sorted(self, page):
        heads = [attributes for attributes in Page(table(page)).all("th") if attributes.get("scope") == "col"]
        assert [head.get("aria-sort") for head in heads] == [None, None, None, "descending", *[None] * 5]
        assert [head.get("data-kind") for head in heads] == ["text", *[None] * 8]

    def test_the_hint_waits_for_the_script(self, page, words):
        assert re.search(rf'id="sortable" hidden>{re.escape(words("page.index.sortable"))}', page)

    def test_a_measure_that_no_region_has_is_no_column(self, out, page, words):
        assert words("page.index.column.share_online") not in table(page)
        assert words("page.index.column.satisfaction") in table(page)

    def test_the_whole_has_the_value_of_all_customers(self, page):
        assert "£12.50" in table(page)[table(page).index("<tfoot>") :]

    def test_differences_are_counted_where_there_was_something_to_compare(self, out, words):
        found = index_parts.read(out, ROWS)
        lines = {row["region"]: index_parts.line(row, ROWS, found, words, "") for row in ROWS}
        assert lines["West"].cells[-1].text == "1"
        assert lines["few"].cells[-1].sort is None

    def test_links_every_page_that_there_is(self, page):
        targets = {attributes.get("href") for attributes in Page(page).all("a")}
        made = {f"regions/{row['slug']}/report.html" for row in ROWS if row["status"] != "failed"}
        assert made <= targets
        assert f"regions/{ROWS[3]['slug']}/report.html" not in targets

    def test_slugs_of_any_script_are_linked(self, out, words):
        row = entry("West", 1.0) | {"slug": "华东 #1?", "status": "empty"}
        page = pages.index(out, rows=[row], words=words, ledger=LEDGER, facts=FACTS)
        assert 'href="regions/%E5%8D%8E%E4%B8%9C%20%231%3F/report.html"' in page

    def test_names_what_is_not_complete_what_failed_and_why(self, page, words):
        for status in ("short", "empty", "failed"):
            assert words(f"page.status.{status}") in table(page)
        assert words("page.status.done") not in table(page)
        said = words("page.failed", notebook="04_clustering.ipynb", cell=7, name="stability")
        assert f"{said} {EVIL}" in Page(page).text


def test_the_template_holds_no_words_of_its_own():
    source = (Path(pages.__file__).parent / "index.html").read_text(encoding="utf-8")
    shown = Page(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)).text
    assert set(re.findall(r"[A-Za-z一-鿿]{2,}", shown)) <= {"custkit"}
