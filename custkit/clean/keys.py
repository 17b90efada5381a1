"""Ids that meet where they should not, and rows about nobody."""

from custkit.clean.sql import columns
from custkit.schema import CUSTOMER_TABLES


def key_warnings(connection, tables: list[str]) -> list[dict[str, str]]:
    """Ids that differ only in case, orders of two customers, and rows of other tables about nobody."""
    found = []
    known = " UNION ".join(
        f"SELECT customer_id FROM kept_{table}" for table in CUSTOMER_TABLES if table in tables
    )
    connection.execute(
        f"CREATE TABLE customer_ids AS SELECT DISTINCT customer_id FROM ({known}) WHERE customer_id IS NOT NULL"
    )
    (twins,) = connection.execute(
        "SELECT count(*) FROM (SELECT lower(customer_id) FROM customer_ids GROUP BY 1 HAVING count(*) > 1)"
    ).fetchone()
    if twins:
        found.append(
            _warning(
                "id_case",
                "",
                "customer_id",
                f"{twins:,} customer ids differ from another only in upper and lower case; they are kept apart",
            )
        )
    if "orders" in tables and "order_id" in columns(connection, "staged_orders"):
        (shared,) = connection.execute(
            "SELECT count(*) FROM (SELECT order_id FROM kept_orders GROUP BY order_id HAVING count(DISTINCT customer_id) > 1)"
        ).fetchone()
        if shared:
            found.append(
                _warning(
                    "order_conflict",
                    "orders",
                    "order_id",
                    f"orders: {shared:,} order ids stand with two or more customers; each counts as an order of each",
                )
            )
    for table in tables:
        if table in CUSTOMER_TABLES or "customer_id" not in columns(connection, f"staged_{table}"):
            continue
        (orphans,) = connection.execute(
            f"SELECT count(DISTINCT customer_id) FROM kept_{table} ANTI JOIN customer_ids USING (customer_id)"
        ).fetchone()
        if orphans:
            found.append(
                _warning(
                    "orphan_keys",
                    table,
                    "customer_id",
                    f"{table}: {orphans:,} customer ids stand in no table of customers or orders; they count for nobody",
                )
            )
    return found


def _warning(code: str, table: str, column: str, text: str) -> dict[str, str]:
    return {"code": code, "table": table, "file": "", "column": column, "text": text}
