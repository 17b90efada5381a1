"""Published data, each with the mapping by which custkit reads it as it is."""

from pathlib import Path

from conftest import shared

from custkit import prepare

ONLINE_RETAIL = """
currency: GBP
cancellation_mark: C
duplicates: flag
max_quarantined_rows: 0.30
max_quarantined_money: 0.20
tables:
  orders:
    columns: {customer_id: CustomerID, order_id: InvoiceNo, order_date: InvoiceDate, product_id: StockCode, product: Description,
              amount: quantity * unit_price, quantity: Quantity, unit_price: UnitPrice, region: Country}
"""

COMPLETE_JOURNEY = """
currency: USD
tables:
  orders: {files: [transactions.parquet], columns: {customer_id: household_id, order_id: basket_id, amount: sales_value,
           order_date: transaction_timestamp}}
  customers: {files: [demographics.parquet], columns: {customer_id: household_id}}
  products: {files: [products.parquet], columns: {category: product_category, product: product_type}}
  activity: {files: [coupon_redemptions.parquet], columns: {customer_id: household_id, date: redemption_date, kind: "=campaign_joined",
             topic: campaign_id}}
"""

CDNOW = """
currency: USD
earliest: 1997-01-01
tables:
  orders: {separator: spaces, columns: {order_date: date, quantity: number_of_cds, amount: dollar_value}}
"""

CDNOW_SAMPLE = """
currency: USD
earliest: 1997-01-01
tables:
  orders: {header: none, separator: spaces, columns: {customer_id: 2, order_date: 3, quantity: 4, amount: 5}}
"""


def read(folder: Path, files: dict[str, str], mapping: str) -> prepare.Prepared:
    """Prepare shared files under the names given, by a mapping and nothing else."""
    data = folder / "data"
    data.mkdir()
    for name, path in files.items():
        (data / name).symlink_to(shared(path))
    (data / "mapping.yml").write_text(mapping, encoding="utf-8")
    return prepare.prepare(str(data), str(folder / "out"))
