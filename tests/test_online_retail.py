"""Whole runs of the real sample, Online Retail, through the command line: the ledger, the tables, the pages, and what is published."""

import json
import os
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from commands import custkit, tables
from conftest import ROOT

from custkit import findings, schema, schemes, store

SAMPLE = ROOT / "data/sample/online_retail"
REGIONS = ["all", "Germany", "Iceland", "Hong Kong"]  # full, full, short page, no customer
LABEL_SCHEMES = {*schemes.SCHEMES} - {"basic", "rules002"}  # nothing is known of people but their country


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "online_retail"
    done = custkit("run", "--data", SAMPLE, "--out", out, "--region", *REGIONS)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def whole(run) -> dict[str, pd.DataFrame]:
    return tables(run / "regions" / "all")


@pytest.fixture(scope="module")
def features(run) -> pd.DataFrame:
    return store.read_table(run / "tables" / "features.parquet")


class TestLedger:
    def test_rows_and_money_to_the_unit(self, run):
        ledger = json.loads((run / "ledger.json").read_text(encoding="utf-8"))
        (file,) = ledger["files"]
        assert (ledger["status"], ledger["balanced"], ledger["as_of"], ledger["currency"]) == (
            "ok",
            True,
            "2011-12-09",
            "GBP",
        )
        assert [file[key] for key in ("rows_in", "kept", "quarantined", "merged")] == [
            541_909,
            401_604,
            135_080,
            5_225,
        ]
        money = [file[key] for key in ("money_in", "money_kept", "money_quarantined", "money_merged")]
        assert money == ["9747747.934", "8278519.424", "1447682.120", "21546.390"]
        assert file["sha256"] == store.sha256(SAMPLE / "online_retail.parquet")

    def test_every_quarantined_row_stands_in_the_file_with_its_line(self, run):
        rows = pd.read_csv(run / "quarantine.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        assert len(rows) == 135_080
        assert list(rows.columns[:8]) == [
            "table",
            "file",
            "sheet",
            "line",
            "column",
            "value",
            "rule",
            "message",
        ]
        assert set(rows["rule"]) == {"missing_customer_id"}
        assert rows["line"].str.fullmatch(r"\d+").all()

    def test_without_the_samples_thresholds_the_run_ends_with_5(self, tmp_path):
        done = custkit(
            "check",
            "--data",
            SAMPLE,
            "--out",
            tmp_path / "out",
            "--set",
            "max_quarantined_rows=0.05",
            "max_quarantined_money=0.01",
        )
        assert done.returncode == 5, done.stderr
        assert "24.9%" in done.stdout + done.stderr


class TestPublished:
    """../shared/data/README.md, and Chen, Sain & Guo (2012)."""

    def test_customers_orders_and_refunds(self, features):
        buyers = features[features["status"] == "buyer"]
        assert (len(features), len(buyers)) == (4_372, 4_338)
        assert (features["n_orders"].sum(), features["n_refunds"].sum()) == (18_532, 8_872)
        assert ((features["spend"] <= 0).sum(), (buyers["spend"] <= 0).sum()) == (55, 21)

    def test_recency_orders_and_money(self, features):
        buyers = features[features["status"] == "buyer"]
        assert (round(buyers["recency_days"].mean(), 2), buyers["recency_days"].median()) == (92.06, 50)
        assert (
            round(buyers["n_orders"].mean(), 2),
            buyers["n_orders"].median(),
            buyers["n_orders"].max(),
        ) == (4.27, 2, 209)
        gross = buyers.set_index("customer_id")["gross_spend"]
        assert (round(gross.mean(), 2), round(gross.median(), 2)) == (2048.69, 668.57)
        assert (gross.idxmax(), gross.max()) == ("14646", 280_206.02)

    def test_the_customer_who_cancelled_everything(self, features):
        customer = features.set_index("customer_id").loc["12346"]
        assert (customer["gross_spend"], customer["spend"], customer["status"]) == (77_183.60, 0.0, "buyer")

    def test_the_united_kingdom(self, run, features):
        orders = store.read_table(
            run / "tables" / "orders.parquet", ["customer_id", "region", "amount", "order_id"]
        )
        british = orders[(orders["region"] == "United Kingdom") & (orders["amount"] > 0)]
        assert british["customer_id"].nunique() == 3_920
        assert round(british["amount"].sum(), 3) == 7_285_024.644


class TestTables:
    def test_every_table_of_the_design_is_there_with_its_columns(self, run):
        for region in ("all", "Germany", "Iceland"):
            written = tables(run / "regions" / region)
            for name in (name for names in schema.NOTEBOOK_TABLES.values() for name in names):
                assert list(written[name].columns)[: len(schema.TABLES[name])] == list(schema.TABLES[name]), (
                    f"{region}: {name}"
                )

    def test_a_region_without_a_customer_has_a_page_and_no_table(self, run):  # fault 51
        folder = run / "regions" / "Hong_Kong"
        assert sorted(path.name for path in folder.iterdir()) == ["DONE", "report.html"]

    def test_everyone_has_one_label_of_each_scheme(self, whole, features):
        labels = whole["labels"]
        assert set(labels["scheme"]) == LABEL_SCHEMES
        assert (labels.groupby("scheme")["customer_id"].nunique() == len(features)).all()
        assert len(labels) == len(LABEL_SCHEMES) * len(features)
        assert labels["label"].notna().all()

    def test_a_regions_labels_are_those_of_the_whole(self, run, whole):
        for region in ("Germany", "Iceland"):
            own = tables(run / "regions" / region)["labels"]
            both = own.merge(
                whole["labels"], on=["customer_id", "scheme"], suffixes=("", "_whole"), validate="1:1"
            )
            assert len(both) == len(own)
            assert (both["label"] == both["label_whole"]).all()

    def test_counts_of_all_regions_sum_to_the_whole(self, run, features):
        prepared = json.loads((run / "tables" / "prepared.json").read_text(encoding="utf-8"))
        regions = pd.DataFrame(prepared["regions"])
        assert len(regions) == 38
        sums = regions[["customers", "buyers", "n_orders", "n_refunds"]].sum().tolist()
        assert sums == [4_372, 4_338, 18_532, 8_872]
        assert round(regions["spend"].astype(float).sum(), 3) == 8_278_519.424
        assert regions.loc[regions["region"] == "Hong Kong", "customers"].tolist() == [0]

    def test_short_pages_leave_the_other_tables_empty(self, run):
        short = tables(run / "regions" / "Iceland")
        assert short["clusters"].empty
        assert short["plan"].empty
        assert len(short["rfm"]) == 1

    # mission M7
    def test_every_finding_is_recomputed_from_the_table_it_names(self, run):
        for region in ("all", "Germany", "Iceland"):
            written = tables(run / "regions" / region)
            stated = pd.concat([table for name, table in written.items() if name.startswith("findings_")])
            assert len(stated) > 5
            failed = findings.recompute(stated, written.__getitem__)
            assert failed.empty, failed.to_string()


class TestOutputs:
    def test_the_files_of_the_design(self, run):
        assert {"index.html", "manifest.json", "ledger.json", "quarantine.csv", "tables", "regions"} <= {
            p.name for p in run.iterdir()
        }
        germany = run / "regions" / "Germany"
        assert {"tables", "figures", "notebooks", "report.html", "DONE"} <= {
            p.name for p in germany.iterdir()
        }
        figures = {path.stem for path in (germany / "figures").glob("*.png")}
        assert figures == {
            f"{number}_{name}" for number, names in schema.NOTEBOOK_FIGURES.items() for name in names
        }
        assert store.is_done(germany)

    def test_executed_notebooks_hold_no_path_no_error_and_no_customer(self, run, features):
        products = store.read_table(run / "tables" / "product_totals.parquet", ["product_id"])
        ids = set(features["customer_id"]) - set(products["product_id"])
        for path in (run / "regions").glob("*/notebooks/*.ipynb"):
            text = path.read_text(encoding="utf-8")
            assert str(ROOT) not in text, path
            assert str(run) not in text, path
            assert os.path.expanduser("~") + "/" not in text, path
            for cell in nbformat.reads(text, as_version=4).cells:
                for output in cell.get("outputs", []):
                    assert output.output_type != "error", f"{path}: {cell.id}"
                    shown = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
                    assert not set(re.findall(r"\b1[2-8]\d{3}\b", shown)) & ids, f"{path}: {cell.id}"

    # fault 67, 68
    def test_no_chart_lacks_a_glyph_and_no_notebook_warns(self, run):
        for path in (run / "regions").glob("*/notebooks/*.ipynb"):
            for cell in nbformat.read(path, as_version=4).cells:
                for output in cell.get("outputs", []):
                    assert output.get("name") != "stderr", f"{path}: {cell.id}: {output['text']}"

    def test_pages_are_self_contained(self, run):
        pages = [
            run / "index.html",
            *(run / "regions").glob("*/report.html"),
            *(run / "regions").glob("*/notebooks/*.html"),
        ]
        assert len(pages) > 10
        for path in pages:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", text), path
            assert text.count("<script") == (path.name == "index.html"), path  # it sorts the table
            assert all(
                'alt="' in image and 'alt=""' not in image for image in re.findall(r"<img[^>]*>", text)
            ), path

    def test_reports_name_no_customer(self, run, features):
        for path in (run / "regions").glob("*/report.html"):
            text = re.sub(r"data:image/png;base64,[^\"']*", "", path.read_text(encoding="utf-8"))
            assert not set(re.findall(r"(?<![\d,.#])\d{5}(?![\d,.])", text)) & set(features["customer_id"]), (
                path
            )

    def test_the_manifest_tells_what_the_run_stands_on(self, run):
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
        text = json.dumps(manifest)
        assert store.sha256(SAMPLE / "online_retail.parquet") in text
        assert str(ROOT) not in text

    def test_a_second_run_does_nothing_again(self, run):
        before = (run / "regions" / "Germany" / "DONE").stat().st_mtime_ns
        done = custkit("run", "--data", SAMPLE, "--out", run, "--region", *REGIONS)
        assert done.returncode == 0, done.stderr
        assert (run / "regions" / "Germany" / "DONE").stat().st_mtime_ns == before


@pytest.mark.slow
class TestChinese:
    def test_a_region_speaks_chinese_throughout(self, run, tmp_path):
        done = custkit(
            "run", "--data", SAMPLE, "--out", tmp_path / "out", "--region", "France", "--lang", "zh"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        text = (tmp_path / "out" / "regions" / "France" / "report.html").read_text(encoding="utf-8")
        assert '<html lang="zh' in text
        body = re.sub(r"<style.*?</style>|data:image/png;base64,[^\"']*|<[^>]+>", " ", text, flags=re.S)
        # Products, file names and codes are the data's own words; a sentence has small words in a row.
        sentences = re.findall(r"\b(?:the|of|is|are|and|with|for|from|they|have)\b(?:\s+[a-z]+){2,}", body)
        assert sentences == []


class TestBadUse:
    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["run", "--region", "Grmany"], 2, "Germany"),
            (["run", "--data", "no-such-folder"], 3, "no-such-folder: no such file or folder"),
            (["run", "--set", "max_cluster=3"], 2, "max_clusters"),
            (["run", "--set", "max_clusters=three"], 2, "max_clusters: expected a whole number"),
            (["run", "--notebooks", "09"], 2, "09"),
            (["run", "--as-of", "yesterday"], 2, "as_of: expected an ISO day"),
        ],
    )
    def test_one_sentence_and_the_code_of_the_design(self, run, tmp_path, arguments, code, said):
        # An unknown region is known only once the data are prepared, as they are for the run above.
        # Of options given twice the last counts.
        command, *options = arguments
        out = run if "--region" in arguments else tmp_path / "out"
        done = custkit(command, "--data", SAMPLE, "--out", out, *options)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
class TestWholeJob:
    """The main job as a user runs it, twice; minutes long."""

    @pytest.fixture(scope="class")
    def runs(self, tmp_path_factory) -> list[Path]:
        outs = [tmp_path_factory.mktemp("twice") / "online_retail" for _ in range(2)]
        # The second sees the rows in another order.
        shuffled = tmp_path_factory.mktemp("data") / "online_retail"
        shuffled.mkdir()
        rows = pd.read_parquet(SAMPLE / "online_retail.parquet").sample(frac=1, random_state=1)
        rows.to_parquet(shuffled / "online_retail.parquet", index=False)
        (shuffled / "mapping.yml").write_bytes((SAMPLE / "mapping.yml").read_bytes())
        for out, data in zip(outs, (SAMPLE, shuffled), strict=True):
            done = custkit("run", "--data", data, "--out", out)
            assert done.returncode == 0, done.stdout + done.stderr
        return outs

    def test_every_region_is_done(self, runs):
        folders = list((runs[0] / "regions").iterdir())
        assert len(folders) == 39
        assert all(store.is_done(folder) for folder in folders)

    def test_labels_and_counts_sum_over_the_regions_to_the_whole(self, runs):
        parts, whole = {}, None
        for folder in (runs[0] / "regions").iterdir():
            if not (folder / "tables").is_dir():
                continue
            counts = tables(folder)["labels"].groupby(["scheme", "label"]).size()
            if folder.name == "all":
                whole = counts
            else:
                parts[folder.name] = counts
        sums = pd.concat(parts.values()).groupby(level=[0, 1]).sum()
        pd.testing.assert_series_equal(sums.sort_index(), whole.sort_index(), check_names=False)

    # fault 84, 86
    def test_shuffled_rows_change_no_table_but_the_addresses(self, runs):
        addressed = {"orders", "refunds", "merged", "quarantined", "review"}
        for path in sorted((runs[0]).glob("**/tables/*.parquet")):
            other = runs[1] / path.relative_to(runs[0])
            if path.stem not in addressed:
                assert path.read_bytes() == other.read_bytes(), path.relative_to(runs[0])

    def test_a_second_run_of_the_same_gives_the_same_bytes(self, runs, tmp_path):
        done = custkit("run", "--data", SAMPLE, "--out", tmp_path / "again", "--region", "all", "France")
        assert done.returncode == 0, done.stderr
        again = tmp_path / "again"
        for path in sorted(
            [
                *again.glob("tables/*.parquet"),
                *again.glob("regions/*/tables/*.parquet"),
                *again.glob("regions/*/figures/*.png"),
            ]
        ):
            assert path.read_bytes() == (runs[0] / path.relative_to(again)).read_bytes(), path.relative_to(
                again
            )
