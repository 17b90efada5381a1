"""From files to the run's tables: what is kept, quarantined and merged, and what is refused."""

import csv
import datetime
import json
import os
import stat

import numpy as np
import pandas as pd
import pytest
from conftest import ORDERS
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import clean, prepare, store
from custkit.errors import InputRefused, SettingsError, UsageError


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def run(folder, out, **values):
    return prepare.prepare(str(folder), str(out), settings=values)


def totals(prepared, table="orders"):
    entries = [entry for entry in prepared.ledger["files"] if entry["table"] == table]
    return {key: sum(entry[key] for entry in entries) for key in ("rows_in", "kept", "quarantined", "merged")}


def quarantine(out):
    with open(out / "quarantine.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


class TestPrepare:
    def test_worked_by_hand(self, orders_folder, out):
        prepared = run(orders_folder, out)
        assert totals(prepared) == {"rows_in": 8, "kept": 8, "quarantined": 0, "merged": 0}
        assert prepared.ledger["files"][0]["money_kept"] == "172.50"
        assert prepared.as_of == datetime.date(2024, 3, 5)
        regions = {
            r["region"]: (r["customers"], r["buyers"], r["n_orders"], r["n_refunds"], r["spend"])
            for r in prepared.regions
        }
        assert regions == {
            "East": (1, 1, 2, 1, "160.00"), "West": (2, 1, 1, 1, "5.00"), "(none)": (1, 1, 1, 0, "7.50"),
        }  # fmt: skip
        assert {key: prepared.whole[key] for key in ("customers", "spend")} == {
            "customers": 4,
            "spend": "172.50",
        }

    def test_lines_keep_their_address_and_are_parted_by_sign(self, orders_folder, out):  # mission 38
        run(orders_folder, out)
        orders, refunds = (
            store.read_table(out / "tables" / f"{name}.parquet") for name in ("orders", "refunds")
        )
        assert (len(orders), len(refunds)) == (6, 2)
        assert refunds[["file", "line"]].to_numpy().tolist() == [["orders.csv", "5"], ["orders.csv", "8"]]
        assert (orders["amount"] >= 0).all()

    def test_is_done_once_for_the_same_content(self, orders_folder, out):
        first = run(orders_folder, out)
        stamp = os.stat(out / "tables").st_mtime_ns
        assert run(orders_folder, out).key == first.key
        assert os.stat(out / "tables").st_mtime_ns == stamp

    # fault 64
    def test_is_done_again_when_input_mapping_settings_or_day_change(self, orders_folder, out):
        keys = [run(orders_folder, out).key]
        keys.append(run(orders_folder, out, earliest="2024-01-06", max_quarantined_rows=1.0).key)
        keys.append(prepare.prepare(str(orders_folder), str(out), as_of="2024-02-10").key)
        (orders_folder / "mapping.yml").write_text("currency: GBP\n", encoding="utf-8")
        keys.append(run(orders_folder, out).key)
        with open(orders_folder / "orders.csv", "a", encoding="utf-8") as handle:
            handle.write("eve,8,2024-03-01,1.00,East,shop,toys\n")
        keys.append(run(orders_folder, out).key)
        assert len(set(keys)) == 5

    def test_settings_of_the_command_go_before_the_mapping(self, orders_folder, out):
        (orders_folder / "mapping.yml").write_text("currency: GBP\nmax_regions: 1\n", encoding="utf-8")
        with pytest.raises(SettingsError, match="max_regions"):
            run(orders_folder, out / "a")
        assert run(orders_folder, out / "b", max_regions=2).currency == "GBP"

    def test_a_day_of_ones_own_quarantines_what_is_later_without_counting_it(
        self, orders_folder, out
    ):  # mission 11
        prepared = prepare.prepare(str(orders_folder), str(out), as_of="2024-02-10")
        assert totals(prepared) == {"rows_in": 8, "kept": 6, "quarantined": 2, "merged": 0}
        assert {row["rule"] for row in quarantine(out)} == {"after_as_of"}
        assert prepared.exceeded == []

    # fault 31
    def test_earlier_than_the_earliest_is_quarantined_and_exceeds_the_threshold(self, orders_folder, out):
        prepared = run(orders_folder, out, earliest="2024-01-10")
        assert [row["rule"] for row in quarantine(out)] == ["before_earliest"] * 2
        assert [row["line"] for row in quarantine(out)] == ["2", "3"]
        assert len(prepared.exceeded) == 2
        assert "orders: 25.0% of the rows are quarantined" in prepared.exceeded[0]["text"]

    def test_a_last_day_that_stands_alone_is_not_guessed(self, tmp_path, out):
        days = [datetime.date(2023, 1, 1) + datetime.timedelta(n) for n in range(100)] + [
            datetime.date(2031, 1, 1)
        ]
        lines = "".join(f"c{n},{n},{day},5\n" for n, day in enumerate(days))
        (tmp_path / "orders.csv").write_text(
            "customer_id,order_id,order_date,amount\n" + lines, encoding="utf-8"
        )
        with pytest.raises(
            SettingsError, match=r"as_of: the last order day 2031-01-01 stands \d+ days after .* give the day"
        ):
            run(tmp_path / "orders.csv", out)
        assert prepare.prepare(
            str(tmp_path / "orders.csv"), str(out), as_of="2023-04-10"
        ).as_of == datetime.date(2023, 4, 10)


DRAFT = "currency: GBP\ntables: {orders: {columns: {amount: paid}}}\n"


class TestDraft:
    """Data whose amounts nobody would find without the draft that names their header."""

    @pytest.fixture(params=["folder", "file"])
    def source(self, request, orders_folder):
        path = orders_folder / "orders.csv"
        path.write_text(ORDERS.replace("amount", "paid"), encoding="utf-8")
        return orders_folder if request.param == "folder" else path

    def beside(self, source, kind="mapping.draft.yml"):
        return source / kind if source.is_dir() else source.with_name(f"orders.{kind}")

    def test_is_used_when_asked_for_and_said_so(self, source, out):
        self.beside(source).write_text(DRAFT, encoding="utf-8")
        prepared = prepare.prepare(str(source), str(out), draft=True)
        assert (prepared.currency, totals(prepared)["kept"]) == ("GBP", 8)
        (said,) = [w for w in prepared.ledger["warnings"] if w["code"] == "draft_mapping"]
        assert said["file"] == self.beside(source).name
        assert f"rename it to {self.beside(source, 'mapping.yml').name}" in said["text"]
        assert "更名为" in said["text_zh"]

    def test_is_not_used_unasked_even_after_a_check_with_it(self, source, out):
        self.beside(source).write_text(DRAFT, encoding="utf-8")
        prepare.prepare(str(source), str(out), draft=True)
        with pytest.raises(InputRefused, match="amount"):
            prepare.prepare(str(source), str(out))

    def test_a_mapping_goes_before_it(self, source, out):
        self.beside(source).write_text(DRAFT, encoding="utf-8")
        self.beside(source, "mapping.yml").write_text(DRAFT.replace("GBP", "EUR"), encoding="utf-8")
        prepared = prepare.prepare(str(source), str(out), draft=True)
        assert prepared.currency == "EUR"
        assert "draft_mapping" not in {w["code"] for w in prepared.warnings}

    def test_is_read_again_when_it_has_changed(self, source, out):
        keys = []
        for currency in ("GBP", "GBP", "EUR"):
            self.beside(source).write_text(DRAFT.replace("GBP", currency), encoding="utf-8")
            keys.append(prepare.prepare(str(source), str(out), draft=True).key)
        assert keys[0] == keys[1] != keys[2]

    def test_beside_a_single_file_it_counts_only_when_it_is_used(self, orders_folder, out):
        path = orders_folder / "orders.csv"
        before = run(path, out).key
        (orders_folder / "orders.mapping.draft.yml").write_text("currency: GBP\n", encoding="utf-8")
        assert run(path, out).key == before
        used = prepare.prepare(str(path), str(out), draft=True)
        assert [entry["file"] for entry in used.inputs] == ["orders.csv", "orders.mapping.draft.yml"]

    def test_a_file_with_points_in_its_name_has_its_mapping_beside_it(self, orders_folder, out):
        path = orders_folder / "orders.2024.csv"
        path.write_text(ORDERS, encoding="utf-8")
        before = run(path, out).key
        (orders_folder / "orders.2024.mapping.yml").write_text("currency: GBP\n", encoding="utf-8")
        after = run(path, out)
        assert after.currency == "GBP"
        assert after.key != before


class TestDuplicates:
    def with_lines(self, folder, extra):
        (folder / "orders.csv").write_text(ORDERS + extra, encoding="utf-8")

    # fault 38
    def test_an_equal_line_is_merged_and_named_with_the_one_that_stays(
        self, orders_folder, out
    ):  # mission 21
        self.with_lines(orders_folder, " ann ,1,2024/01/05,£100.00,East,online,books\n")
        prepared = run(orders_folder, out)
        assert totals(prepared)["merged"] == 1
        merged = store.read_table(out / "tables" / "merged.parquet")
        assert merged[["line", "kept_line"]].to_numpy().tolist() == [["10", "2"]]

    # fault 41
    def test_lines_of_one_order_that_differ_are_kept(self, orders_folder, out):
        self.with_lines(orders_folder, "ann,1,2024-01-05,100.00,East,online,toys\n")
        assert totals(run(orders_folder, out))["merged"] == 0

    def test_flag_keeps_them_for_review(self, orders_folder, out):
        self.with_lines(orders_folder, "ann,1,2024-01-05,100.00,East,online,books\n")
        assert totals(run(orders_folder, out, duplicates="flag")) == {
            "rows_in": 9,
            "kept": 9,
            "quarantined": 0,
            "merged": 0,
        }
        assert store.read_table(out / "tables" / "review.parquet")["line"].tolist() == ["10"]

    # fault 39
    def test_the_same_file_twice_is_merged_whatever_its_ids(self, tmp_path, out):
        folder = tmp_path / "twice"
        folder.mkdir()
        text = "customer_id,order_date,amount\nann,2024-01-01,5\nann,2024-01-01,5\nbob,2024-01-02,7\n"
        for name in ("orders_a.csv", "orders_b.csv"):
            (folder / name).write_text(text, encoding="utf-8")
        prepared = run(folder, out)
        assert totals(prepared) == {"rows_in": 6, "kept": 3, "quarantined": 0, "merged": 3}
        assert "same_file_twice" in {warning["code"] for warning in prepared.warnings}

    def test_conflicting_rows_of_one_customer_are_all_quarantined(self, orders_folder, out):  # mission 2
        (orders_folder / "customers.csv").write_text(
            "customer_id,city\nann,York\nann,Leeds\nbob,York\nbob,York\n", encoding="utf-8"
        )
        prepared = run(orders_folder, out, max_quarantined_rows=1.0)
        assert totals(prepared, "customers") == {"rows_in": 4, "kept": 1, "quarantined": 2, "merged": 1}
        assert [row["rule"] for row in quarantine(out)] == ["conflicting_id"] * 2


class TestCustomers:
    def test_region_of_the_customer_goes_before_that_of_the_orders(self, orders_folder, out):
        (orders_folder / "customers.csv").write_text(
            "customer_id,region\nann,North\ndan,\nzoe,East\n", encoding="utf-8"
        )
        run(orders_folder, out)
        customers = store.read_table(out / "tables" / "customers.parquet").set_index("customer_id")
        assert customers["region"].to_dict() == {
            "ann": "North",
            "bob": "West",
            "cat": "West",
            "dan": "(none)",
            "zoe": "East",
        }
        features = store.read_table(out / "tables" / "features.parquet").set_index("customer_id")
        assert features.loc["zoe", "status"] == "prospect"

    def test_customers_alone_are_a_run_without_a_day(self, tmp_path, out):
        (tmp_path / "customers.csv").write_text(
            "customer_id,region,age\nann,East,31\nbob,West,40\n", encoding="utf-8"
        )
        prepared = run(tmp_path / "customers.csv", out)
        assert (prepared.as_of, prepared.whole["customers"]) == (None, 2)
        features = store.read_table(out / "tables" / "features.parquet")
        assert features["status"].tolist() == ["prospect", "prospect"]

    def test_customer_values_alone(self, tmp_path, out):  # mission 91
        text = "customer_id,n_orders,spend,last_order\nann,3,30.5,2024-01-10\nbob,0,0,\n"
        (tmp_path / "customer_values.csv").write_text(text, encoding="utf-8")
        prepared = run(tmp_path / "customer_values.csv", out)
        features = store.read_table(out / "tables" / "features.parquet")
        assert prepared.as_of == datetime.date(2024, 1, 10)
        assert features[["n_orders", "spend", "status"]].to_numpy().tolist() == [
            [3, 30.5, "buyer"],
            [0, 0.0, "prospect"],
        ]

    # mission 91
    @pytest.mark.parametrize(
        ("header", "row", "said"),
        [
            ("n_orders,recency_days", "3,10", "need spend: not so for 1 of them, the first is ann"),
            ("n_orders,recency_days,spend", "3,10,", "need spend"),
            ("n_orders,spend", "3,9.5", "need last_order"),
            ("n_orders,spend,recency_days", "3,9.5,", "need last_order"),
            ("n_orders,spend,recency_days", "3,9.5,-17", "need .* not after the day of the run"),
        ],
    )
    def test_customer_values_without_a_measure_are_refused(self, tmp_path, out, header, row, said):
        text = f"customer_id,{header}\nann,{row}\n"
        (tmp_path / "customer_values.csv").write_text(text, encoding="utf-8")
        with pytest.raises(InputRefused, match=f"customer_values: customers with orders {said}"):
            run(tmp_path / "customer_values.csv", out)

    # mission 105
    def test_further_numbers_of_a_customer_stand_beside_the_features(self, orders_folder, out):
        text = "customer_id,n_orders,visits,note\nann,2,40,x\nbob,1,7,y\n"
        (orders_folder / "customer_values.csv").write_text(text, encoding="utf-8")
        run(orders_folder, out)
        features = store.read_table(out / "tables" / "features.parquet").set_index("customer_id")
        assert features["visits"].to_dict() == pytest.approx(
            {"ann": 40, "bob": 7, "cat": np.nan, "dan": np.nan}, nan_ok=True
        )
        assert "note" not in features
        assert features.loc["ann", "n_orders"] == 2

    def test_ids_of_other_tables_are_orphans_and_no_customers(self, orders_folder, out):
        (orders_folder / "feedback.csv").write_text(
            "customer_id,satisfaction\nann,4\nnobody,2\n", encoding="utf-8"
        )
        prepared = run(orders_folder, out)
        assert prepared.whole["customers"] == 4
        found = [(w["table"], w["column"]) for w in prepared.warnings if w["code"] == "orphan_keys"]
        assert found == [("feedback", "customer_id")]


class TestQuarantine:
    # fault 92
    def test_is_for_its_owners_eyes_and_cannot_be_run_by_a_spreadsheet(self, orders_folder, out):
        (orders_folder / "orders.csv").write_text(
            ORDERS + ",9,2024-03-01,1.00,=HYPERLINK(1),shop,-5\n", encoding="utf-8"
        )
        run(orders_folder, out, max_quarantined_rows=1.0)
        assert stat.S_IMODE(os.stat(out / "quarantine.csv").st_mode) == 0o600
        (row,) = quarantine(out)
        assert (row["line"], row["column"], row["rule"]) == ("10", "customer_id", "missing_customer_id")
        assert (row["region"], row["category"]) == ("'=HYPERLINK(1)", "-5")

    def test_one_line_a_record_with_further_faults_in_its_message(self, orders_folder, out):
        (orders_folder / "orders.csv").write_text(ORDERS + ",9,never,1.00,East,shop,toys\n", encoding="utf-8")
        run(orders_folder, out, max_quarantined_rows=1.0)
        (row,) = quarantine(out)
        assert row["rule"] == "missing_customer_id"
        assert "also:" in row["message"]


class TestReview:
    def test_what_is_flagged_waits_for_a_decision_in_a_file_for_its_owner(self, orders_folder, out):  # T14
        (orders_folder / "orders.csv").write_text(ORDERS + ORDERS.splitlines()[1] + "\n", encoding="utf-8")
        run(orders_folder, out, duplicates="flag")
        path = out / "review.csv"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with open(path, encoding="utf-8-sig", newline="") as handle:
            (row,) = csv.DictReader(handle)
        assert (row["table"], row["line"], row["rule"], row["decision"]) == ("orders", "10", "duplicate", "")


class TestRefusals:
    def test_a_path_that_is_not_there(self, tmp_path, out):
        with pytest.raises(InputRefused, match="no-such-folder: no such file or folder"):
            run("no-such-folder", out)
        assert not out.exists()

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("orders.csv", "", r"orders\.csv"),
            ("orders.csv", "customer_id,order_id,order_date\nann,1,2024-01-01\n", "amount"),
            ("notes.csv", "colour,weight\nred,3\n", r"notes\.csv: no column for customer_id"),
            ("orders.csv", "customer_id,order_id,order_date,amount\n,1,2024-01-01,5\n", "no usable row"),
        ],
    )
    def test_one_clear_sentence_and_only_the_ledger(self, tmp_path, out, name, text, said):
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        with pytest.raises(InputRefused, match=said):
            run(folder, out)
        assert [path.name for path in out.iterdir() if not path.name.startswith(".")] == ["ledger.json"]
        ledger = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
        assert ledger["status"] == "refused"
        assert "Traceback" not in ledger["refusal"]

    def test_a_region_cannot_have_the_name_of_the_whole(self, orders_folder, out):
        (orders_folder / "orders.csv").write_text(ORDERS.replace("West", "all"), encoding="utf-8")
        with pytest.raises(
            InputRefused, match="a region is named 'all', which is what custkit calls all regions together"
        ):
            run(orders_folder, out)

    def test_a_finished_run_is_left_alone(self, orders_folder, out):
        run(orders_folder, out)
        before = (out / "ledger.json").read_bytes()
        (orders_folder / "orders.csv").write_text("", encoding="utf-8")
        with pytest.raises(InputRefused):
            run(orders_folder, out)
        assert (out / "ledger.json").read_bytes() == before

    def test_a_file_that_grows_while_it_is_read(self, orders_folder, out, monkeypatch):  # fault 66
        cleaning = clean.clean

        def while_the_export_goes_on(*given, **options):
            with open(orders_folder / "orders.csv", "a", encoding="utf-8") as export:
                export.write("eve,8,2024-03-05,1.00,East,shop,toys\n")
            return cleaning(*given, **options)

        monkeypatch.setattr(clean, "clean", while_the_export_goes_on)
        with pytest.raises(InputRefused, match=r"orders\.csv: changed while the run was reading"):
            run(orders_folder, out)
        assert not (out / "tables").exists()

    def test_an_output_folder_that_is_the_data_is_refused_before_any_work(self, orders_folder):
        with pytest.raises(UsageError, match="is the folder of the data"):
            run(orders_folder, orders_folder)


LINE = st.tuples(
    st.sampled_from(["ann", "bob", "", " cat"]),
    st.integers(1, 4),
    st.sampled_from(["2024-01-05", "2024-02-30", "", "1990-01-01"]),
    st.sampled_from(["10", "-3.5", "abc", "", "1e400", "0"]),
)


class TestLedgerBalances:
    # Few, each through the whole of prepare; test_ledger_properties.py tries many against an oracle.
    @given(st.lists(LINE, min_size=1, max_size=25))
    @settings(max_examples=8, deadline=None)
    def test_for_any_mix_of_dirt(self, tmp_path_factory, lines):
        folder = tmp_path_factory.mktemp("dirt")
        good = ("zoe", 99, "2024-01-01", "1")
        text = "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in [good, *lines])
        (folder / "orders.csv").write_text(
            "customer_id,order_id,order_date,amount\n" + text, encoding="utf-8"
        )
        prepared = run(folder, folder / "out")
        counts = totals(prepared)
        assert (
            counts["rows_in"] == len(lines) + 1 == counts["kept"] + counts["quarantined"] + counts["merged"]
        )
        assert len(quarantine(folder / "out")) == counts["quarantined"]
        accounts = store.read_table(folder / "out" / "tables" / "accounts.parquet")
        assert accounts["rows"].sum() == counts["rows_in"]


class TestOpenRun:
    def test_a_region_has_its_customers_with_all_their_orders(self, orders_folder, out):
        opened = prepare.open_run(str(orders_folder), str(out), region="West")
        assert opened.read("features")["customer_id"].tolist() == ["bob", "cat"]
        assert set(opened.read("periods")["customer_id"]) == {"bob", "cat"}
        assert (opened.rows("orders"), opened.rows("refunds")) == (2, 1)

    def test_an_unknown_region_lists_the_regions(self, orders_folder, out):
        with pytest.raises(UsageError, match=r"no region 'Est' in shop; there are: East, .*all"):
            prepare.open_run(str(orders_folder), str(out), region="Est")

    def test_a_parameter_at_its_default_leaves_the_word_to_the_mapping(self, orders_folder, out):
        (orders_folder / "mapping.yml").write_text("max_clusters: 5\nseed: 3\n", encoding="utf-8")
        rules = prepare.open_run(str(orders_folder), str(out), max_clusters=8, seed=9).settings.clusters
        assert (rules.max_clusters, rules.seed) == (5, 9)

    def test_what_the_command_set_goes_before_both(self, orders_folder, out, monkeypatch):
        monkeypatch.setenv("CUSTKIT_SETTINGS", '{"seed": 1}')
        assert prepare.open_run(str(orders_folder), str(out), seed=9).settings.clusters.seed == 1

    @pytest.mark.parametrize(
        ("lang", "said"),
        [("en", "orders.csv: no column is order_id"), ("zh", "orders.csv：没有 order_id 列")],
    )
    def test_warnings_are_in_the_language_of_the_run(self, tmp_path, out, lang, said):
        (tmp_path / "orders.csv").write_text(
            "customer_id,order_date,amount\nann,2024-01-05,5\n", encoding="utf-8"
        )
        warnings = prepare.open_run(str(tmp_path / "orders.csv"), str(out), lang=lang).warnings()
        assert list(warnings) == ["code", "table", "file", "column", "text"]
        assert warnings["code"].tolist() == ["derived_orders"]
        assert warnings["text"].iloc[0].startswith(said)

    def test_without_a_warning_there_is_a_table_without_rows(self, orders_folder, out):
        warnings = prepare.open_run(str(orders_folder), str(out)).warnings()
        assert (list(warnings), len(warnings)) == (["code", "table", "file", "column", "text"], 0)

    def test_a_misspelt_parameter_is_refused(self, orders_folder, out):
        with pytest.raises(SettingsError, match="parameters: no setting 'max_cluster'"):
            prepare.open_run(str(orders_folder), str(out), max_cluster=3)

    def test_a_table_of_another_notebook_names_that_notebook(self, orders_folder, out):
        opened = prepare.open_run(str(orders_folder), str(out), region="West")
        with pytest.raises(
            UsageError,
            match="no table labels, clusters in West; run first, for this region: 03_rfm, 04_clustering",
        ):
            opened.require("labels", "clusters")

    def test_an_absent_input_table_has_its_columns_and_no_rows(self, orders_folder, out):
        feedback = prepare.open_run(str(orders_folder), str(out)).read("feedback")
        assert feedback.empty
        assert "satisfaction" in feedback

    def test_writing_takes_the_mark_of_a_finished_region_away(self, orders_folder, out):
        opened = prepare.open_run(str(orders_folder), str(out), region="West")
        opened.write(rfm=pd.DataFrame({"customer_id": ["bob"]}))
        store.write_text(opened.folder / "DONE", store.done_lines(opened.folder))
        opened.write(rfm=pd.DataFrame({"customer_id": ["bob"]}))
        assert not (opened.folder / "DONE").exists()

    def test_features_at_an_earlier_day(self, orders_folder, out):
        opened = prepare.open_run(str(orders_folder), str(out), region="East")
        early = opened.features(datetime.date(2024, 1, 31))
        assert early[["customer_id", "n_orders", "recency_days"]].to_numpy().tolist() == [["ann", 1, 26]]
