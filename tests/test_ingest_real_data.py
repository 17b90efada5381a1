"""Real data read by their mapping, with the figures that a correct reading gives."""

from collections import Counter

import pyarrow.compute as pc
import pytest
from conftest import shared
from exports import column, faults, read_path
from pyarrow import parquet as pq


@pytest.fixture
def folders(tmp_path):
    """A data folder with links to shared files under the names given, and an empty staging folder."""

    def make(files: dict[str, str], mapping: str):
        data, staging = tmp_path / "data", tmp_path / "staging"
        data.mkdir()
        staging.mkdir()
        for name, path in files.items():
            (data / name).symlink_to(shared(path))
        (data / "mapping.yml").write_text(mapping, encoding="utf-8")
        return data, staging

    return make


def units(source) -> int:
    return pc.sum(pq.read_table(source.staged, columns=["amount"])["amount"]).as_py()


class TestOnlineRetail:
    def test_lines_money_and_customers(self, folders):
        data, staging = folders(
            {"online_retail.parquet": "online_retail/online_retail.parquet"},
            """
currency: GBP
tables:
  orders:
    columns: {customer_id: CustomerID, order_id: InvoiceNo, order_date: InvoiceDate, product_id: StockCode, product: Description,
              amount: quantity * unit_price, quantity: Quantity, unit_price: UnitPrice, region: Country}
""",
        )
        (source,) = read_path(data, staging).sources
        assert (source.rows, units(source), source.decimals) == (541_909, 97_477_479_340, 3)
        rules = pq.read_table(source.faults, columns=["rule"])["rule"].to_pylist()
        assert Counter(rules) == {"missing_customer_id": 135_080}
        table = pq.read_table(source.staged, columns=["customer_id", "order_date"])
        assert pc.count_distinct(table["customer_id"], mode="only_valid").as_py() == 4_372
        assert str(pc.max(table["order_date"]).as_py()) == "2011-12-09"


class TestCompleteJourney:
    def test_transactions_households_products_and_redemptions(self, folders):
        names = ("transactions", "demographics", "products", "coupon_redemptions", "campaigns", "coupons")
        data, staging = folders(
            {f"{name}.parquet": f"complete_journey/{name}.parquet" for name in names},
            """
tables:
  orders: {files: [transactions.parquet], columns: {customer_id: household_id, order_id: basket_id, order_date: transaction_timestamp,
           amount: sales_value}}
  customers: {files: [demographics.parquet], columns: {customer_id: household_id}}
  products: {files: [products.parquet], columns: {product: product_type, category: department}}
  activity: {files: [coupon_redemptions.parquet], columns: {customer_id: household_id, date: redemption_date, kind: "=campaign_joined"}}
""",
        )
        reading = read_path(data, staging)
        assert {source.table: source.rows for source in reading.sources} == {
            "activity": 2_102,
            "customers": 801,
            "orders": 1_469_307,
            "products": 92_331,
        }
        assert units(reading.of("orders")[0]) == 45_960_395_800
        assert set(column(reading, "activity", "kind")) == {"campaign_joined"}
        assert all(not faults(reading, source.table) for source in reading.sources)


class TestCdnow:
    def test_the_master_with_its_header(self, folders):
        mapping = """
tables:
  orders: {separator: spaces, columns: {order_date: date, quantity: number_of_cds, amount: dollar_value}}
"""
        data, staging = folders({"cdnow_master.txt.gz": "cdnow/cdnow_master.txt.gz"}, mapping)
        (source,) = read_path(data, staging).sources
        assert (source.rows, units(source)) == (69_659, 25_003_156_300)

    def test_the_sample_without_a_header(self, folders):
        mapping = "tables: {orders: {header: none, separator: spaces, columns: {customer_id: 2, order_date: 3, quantity: 4, amount: 5}}}"
        data, staging = folders({"cdnow_sample.txt": "cdnow/cdnow_sample.txt"}, mapping)
        reading = read_path(data, staging)
        assert (reading.sources[0].rows, len(set(column(reading, "orders", "customer_id")))) == (6_919, 2_357)


class TestOthers:
    def test_rfm_orders_have_no_ids_and_mask_their_mails(self, folders):
        data, staging = folders({"rfm_orders.csv": "rfm_orders/rfm_orders.csv"}, "currency: USD")
        reading = read_path(data, staging)
        assert (reading.sources[0].rows, len(set(column(reading, "orders", "customer_id")))) == (4_906, 995)
        assert all("***@" in mail for mail in column(reading, "orders", "raw.email"))

    def test_brand_ratings_keep_their_attributes(self, folders):
        files = {
            "brand_ratings.csv": "chapman_feit/brand_ratings.csv",
            "orders.csv": "rfm_orders/rfm_orders.csv",
        }
        data, staging = folders(files, "")
        reading = read_path(data, staging)
        means = {
            name: sum(column(reading, "brand_ratings", name)) / 1000
            for name in ("perform", "latest", "rebuy")
        }
        assert means == pytest.approx({"perform": 4.488, "latest": 6.195, "rebuy": 3.727})

    def test_wholesale_values_and_the_copy_without_ids(self, folders):
        files = {"a.csv": "wholesale/wholesale_customers.csv"}
        data, staging = folders(
            files, "tables: {customer_values: {files: [a.csv], columns: {customer_id: CustomerId}}}"
        )
        fresh = column(read_path(data, staging), "customer_values", "Fresh")
        assert sum(fresh) / len(fresh) == pytest.approx(12_000.30, abs=0.005)

    def test_the_corrupted_copy_is_numbered_by_line(self, folders):
        files = {"b.csv": "wholesale/altered_copy_500_rows.csv"}
        data, staging = folders(
            files, "tables: {customer_values: {files: [b.csv], columns: {customer_id: line}}}"
        )
        reading = read_path(data, staging)
        table = pq.read_table(reading.sources[0].staged)
        assert (table.num_rows, table["customer_id"].to_pylist()[-1]) == (500, "500")
        assert sum(table[name].null_count for name in reading.sources[0].further) == 27
        assert max(value for value in column(reading, "customer_values", "Frozen") if value) == 23_231_388

    def test_segments_are_customers(self, folders):
        data, staging = folders(
            {"segments.csv": "chapman_feit/segments.csv"},
            "tables: {customers: {columns: {customer_id: line}}}",
        )
        segments = column(read_path(data, staging), "customers", "raw.Segment")
        assert Counter(segments) == {"suburb_mix": 100, "travelers": 80, "moving_up": 70, "urban_hip": 50}
