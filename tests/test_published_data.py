"""Published data read by mapping files alone, through the whole of prepare, with the figures that their sources give."""

import json
from decimal import Decimal

import duckdb
import pandas as pd
import pytest
from conftest import shared
from published import CDNOW, CDNOW_SAMPLE, COMPLETE_JOURNEY, ONLINE_RETAIL, read

from custkit import prepare, store


def query(prepared: prepare.Prepared, text: str) -> tuple:
    """The one row of a query; ``{name}`` stands for a table of the run, ``{lines}`` for all kept order lines."""
    tables = {path.stem: f"'{path}'" for path in (prepared.out / "tables").glob("*.parquet")}
    tables["lines"] = (
        f"(FROM {tables['orders']} UNION ALL BY NAME FROM {tables['refunds']})" if "orders" in tables else ""
    )
    with duckdb.connect() as connection:
        return connection.execute(text.format(**tables)).fetchone()


def fate(prepared: prepare.Prepared, file: str) -> list:
    """Rows in, kept, quarantined and merged of a file, and its money in and kept."""
    (entry,) = [entry for entry in prepared.ledger["files"] if entry["file"] == file]
    counts = [entry[name] for name in ("rows_in", "kept", "quarantined", "merged")]
    return [*counts, Decimal(entry["money_in"]), Decimal(entry["money_kept"])]


def quarantine(prepared: prepare.Prepared) -> pd.DataFrame:
    path = prepared.out / "quarantine.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def money(units: object) -> Decimal:
    return Decimal(str(units)).quantize(Decimal("0.001"))


class TestOnlineRetail:  # issue 4, done 4
    @pytest.fixture(scope="class")
    def run(self, tmp_path_factory):
        files = {"online_retail.parquet": "online_retail/online_retail.parquet"}
        return read(tmp_path_factory.mktemp("online_retail"), files, ONLINE_RETAIL)

    @pytest.fixture(scope="class")
    def rejected(self, run):
        return quarantine(run)

    def test_every_line_and_penny_is_accounted_for(self, run):
        counts = fate(run, "online_retail.parquet")
        assert counts[:5] == [541_909, 406_829, 135_080, 0, Decimal("9747747.934")]
        assert (run.ledger["balanced"], run.as_of.isoformat()) == (True, "2011-12-09")

    def test_lines_without_a_customer_are_the_only_ones_rejected(self, rejected):
        assert rejected["rule"].value_counts().to_dict() == {"missing_customer_id": 135_080}
        assert rejected["line"].str.fullmatch(r"\d+").all()

    def test_dirt_of_the_original_over_kept_and_rejected_lines(self, run, rejected):
        kept = query(
            run,
            """SELECT count(*) FILTER (order_id LIKE 'C%'), count(*) FILTER (order_id LIKE 'A%'), count(*) FILTER (quantity < 0),
                      count(*) FILTER (quantity < 0 AND order_id NOT LIKE 'C%'), count(*) FILTER (unit_price <= 0),
                      count(*) FILTER (product IS NULL) FROM {lines}""",
        )
        quantity, price = rejected["Quantity"].astype(float), rejected["UnitPrice"].astype(float)
        is_cancelled = rejected["InvoiceNo"].str.startswith("C")
        lost = (
            is_cancelled.sum(),
            rejected["InvoiceNo"].str.startswith("A").sum(),
            (quantity < 0).sum(),
            ((quantity < 0) & ~is_cancelled).sum(),
            (price <= 0).sum(),
            (rejected["Description"] == "").sum(),
        )
        assert [one + other for one, other in zip(kept, lost, strict=True)] == [
            9_288,
            3,
            10_624,
            1_336,
            2_517,
            1_454,
        ]

    def test_exact_duplicates_are_flagged_where_the_mapping_asks(self, run, rejected):
        flagged = (
            pd.read_csv(run.out / "review.csv", dtype=str, encoding="utf-8-sig")["rule"] == "duplicate"
        ).sum()
        own = [name for name in rejected.columns[8:] if not name.startswith("_")]
        assert flagged + rejected.duplicated(own).sum() == 5_268

    def test_the_subset_of_the_published_analyses(self, run):
        bought = query(
            run,
            """SELECT count(*), count(DISTINCT customer_id), count(DISTINCT order_id), sum(amount::DECIMAL(18, 3))
               FROM {lines} WHERE order_id NOT LIKE 'C%' AND unit_price > 0""",
        )
        assert (*bought[:3], money(bought[3])) == (397_884, 4_338, 18_532, Decimal("8911407.904"))

    def test_the_same_without_exact_duplicates_and_for_one_country(self, run):
        distinct = """SELECT count(*), sum(amount) FROM (SELECT DISTINCT order_id, product_id, product, quantity, order_time, order_date,
            unit_price, amount::DECIMAL(18, 3) AS amount, customer_id, region FROM {lines}
            WHERE order_id NOT LIKE 'C%' AND unit_price > 0)"""
        lines, total = query(run, distinct)
        assert (lines, money(total)) == (392_692, Decimal("8887208.894"))
        customers, gross = query(
            run,
            """SELECT count(DISTINCT customer_id), sum(amount::DECIMAL(18, 3)) FROM {lines}
               WHERE order_id NOT LIKE 'C%' AND unit_price > 0 AND region = 'United Kingdom'""",
        )
        assert (customers, money(gross)) == (3_920, Decimal("7308391.554"))

    def test_eight_customers_have_two_countries(self, run):
        two = """SELECT count(*) FROM (SELECT customer_id FROM {lines} GROUP BY 1 HAVING count(DISTINCT region) > 1)"""
        assert query(run, two) == (8,)

    def test_who_bought_for_77183_and_cancelled_all_of_it(self, run):
        text = """SELECT sum(amount::DECIMAL(18, 3)) FILTER (amount > 0), sum(amount::DECIMAL(18, 3)) FROM {lines} WHERE customer_id = '12346'"""
        assert query(run, text) == (Decimal("77183.600"), Decimal("0.000"))


@pytest.mark.slow
class TestCompleteJourney:  # issue 4, done 4
    @pytest.fixture(scope="class")
    def run(self, tmp_path_factory):
        names = (
            "transactions",
            "demographics",
            "products",
            "coupon_redemptions",
            "campaigns",
            "coupons",
            "campaign_descriptions",
        )
        files = {f"{name}.parquet": f"complete_journey/{name}.parquet" for name in names}
        return read(tmp_path_factory.mktemp("complete_journey"), files, COMPLETE_JOURNEY)

    def test_sales_to_the_cent(self, run):
        assert fate(run, "transactions.parquet")[:4] == [1_469_307, 1_469_307, 0, 0]
        assert fate(run, "transactions.parquet")[4:] == [Decimal("4596039.58")] * 2

    def test_baskets_households_and_lines_of_nothing(self, run):
        # The source counts 11,226 lines of exactly 0; twenty more hold float noise such as 5.6e-17, which is no money.
        counts = query(
            run,
            """SELECT count(DISTINCT order_id), count(DISTINCT customer_id), count(*) FILTER (quantity = 0),
                      count(*) FILTER (amount = 0), min(order_date)::TEXT, max(order_date)::TEXT FROM {lines}""",
        )
        assert counts == (155_848, 2_469, 8_869, 11_226 + 20, "2017-01-01", "2018-01-01")

    def test_households_products_and_coupons(self, run):
        assert {entry["table"]: (entry["rows_in"], entry["kept"]) for entry in run.ledger["files"]} == {
            "orders": (1_469_307, 1_469_307),
            "customers": (801, 801),
            "products": (92_331, 92_331),
            "activity": (2_102, 2_102),
        }
        assert query(run, "SELECT count(*), min(kind), max(kind) FROM {activity}") == (
            2_102,
            *["campaign_joined"] * 2,
        )

    def test_files_that_the_mapping_leaves_out_are_named(self, run):
        named = [warning["file"] for warning in run.warnings if warning["code"] == "unused_file"]
        assert named == ["campaign_descriptions.parquet", "campaigns.parquet", "coupons.parquet"]


class TestCdnow:  # issue 4, done 4
    def test_the_master(self, tmp_path):
        run = read(tmp_path, {"cdnow_master.txt.gz": "cdnow/cdnow_master.txt.gz"}, CDNOW)
        counts = fate(run, "cdnow_master.txt.gz")
        assert counts == [69_659, 69_659, 0, 0, *[Decimal("2500315.63")] * 2]
        counted = query(
            run,
            """SELECT count(DISTINCT customer_id), count(*) FILTER (amount = 0), min(order_date)::TEXT, max(order_date)::TEXT FROM {lines}""",
        )
        assert counted == (23_570, 80, "1997-01-01", "1998-06-30")
        review = pd.read_csv(run.out / "review.csv", dtype=str, encoding="utf-8-sig")
        assert (
            review["rule"] == "duplicate"
        ).sum() == 255  # no order ids: equal lines are flagged, not merged
        assert "derived_orders" in {warning["code"] for warning in run.warnings}

    def test_the_sample_without_a_header(self, tmp_path):
        run = read(tmp_path, {"cdnow_sample.txt": "cdnow/cdnow_sample.txt"}, CDNOW_SAMPLE)
        assert fate(run, "cdnow_sample.txt")[:4] == [6_919, 6_919, 0, 0]
        assert query(run, "SELECT count(DISTINCT customer_id) FROM {lines}") == (2_357,)


class TestRfmOrders:  # issue 4, done 4
    def test_orders_without_ids_and_no_mail_in_any_output(self, tmp_path):
        run = read(tmp_path, {"rfm_orders.csv": "rfm_orders/rfm_orders.csv"}, "currency: USD\n")
        assert fate(run, "rfm_orders.csv")[:4] == [4_906, 4_906, 0, 0]
        assert query(run, "SELECT count(DISTINCT customer_id) FROM {lines}") == (995,)
        mails = pd.read_csv(shared("rfm_orders/rfm_orders.csv"))["email"].unique()
        names = {mail.split("@")[0].encode() for mail in mails}
        for path in (path for path in run.out.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content = store.read_table(path).to_csv().encode()
            assert not [name for name in names if name + b"@" in content], path.name


class TestWholesale:  # issue 4, done 4
    MEANS = pd.Series(
        {
            "Fresh": 12_000.30,
            "Milk": 5_796.27,
            "Grocery": 7_951.28,
            "Frozen": 3_071.93,
            "Detergents_Paper": 2_881.49,
            "Delicassen": 1_524.87,
        }
    )

    def test_values_of_customers(self, tmp_path):
        mapping = "tables: {customer_values: {columns: {customer_id: CustomerId}}}"
        run = read(tmp_path, {"wholesale.csv": "wholesale/wholesale_customers.csv"}, mapping)
        assert fate(run, "wholesale.csv")[:4] == [440, 440, 0, 0]
        values = store.read_table(run.out / "tables" / "customer_values.parquet")
        assert (values[self.MEANS.index].mean() - self.MEANS).abs().max() < 0.006
        assert values["Channel"].value_counts().to_dict() == {1: 298, 2: 142}
        assert values["Region"].value_counts().to_dict() == {1: 77, 2: 47, 3: 316}

    def test_the_corrupted_copy(self, tmp_path):
        mapping = "tables: {customer_values: {columns: {customer_id: line}}}"
        run = read(tmp_path, {"copy.csv": "wholesale/altered_copy_500_rows.csv"}, mapping)
        values = store.read_table(run.out / "tables" / "customer_values.parquet")
        own = [name for name in ("Channel", "Region", *self.MEANS.index) if name in values]
        assert (len(own), fate(run, "copy.csv")[0]) == (8, 500)
        assert (values[own].isna().sum(axis=1) == 1).sum() == 27
        assert values[own].isna().sum().sum() == 27
        assert values.duplicated(own).sum() == 4  # each line is a customer: equal lines are no duplicates
        assert ((values[own] < 0).any(axis=None), values["Frozen"].max()) == (True, 23_231_388)


class TestSegments:  # issue 4, done 4
    def test_answers_without_ids_are_customers_by_line(self, tmp_path):
        mapping = "tables: {customers: {columns: {customer_id: line}}}"
        run = read(tmp_path, {"segments.csv": "chapman_feit/segments.csv"}, mapping)
        assert fate(run, "segments.csv")[:4] == [300, 300, 0, 0]
        customers = store.read_table(run.out / "tables" / "customers.parquet")
        assert customers["customer_id"].is_unique
        counted = customers["gender"].str.lower().value_counts()
        assert counted.sum() == 300
        assert json.dumps(run.warnings).count("derived_orders") == 0
