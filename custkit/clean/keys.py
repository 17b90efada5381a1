"""Ids that meet where they should not, rows about nobody, and how far the tables know the same ids."""

from custkit.clean.sql import columns
from custkit.ledger import warn
from custkit.schema import CUSTOMER_TABLES
from custkit.settings import CleanRules


def key_warnings(connection, tables: list[str], rules: CleanRules) -> list[dict[str, str]]:
    """Ids that differ only in case, orders of two customers, cancellations with a plus, and rows about nobody."""
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
        found.append(warn("id_case", column="customer_id", ids=twins))
    if "orders" in tables and "order_id" in columns(connection, "staged_orders"):
        (shared,) = connection.execute(
            "SELECT count(*) FROM (SELECT order_id FROM kept_orders GROUP BY order_id HAVING count(DISTINCT customer_id) > 1)"
        ).fetchone()
        if shared:
            found.append(warn("order_conflict", table="orders", column="order_id", ids=shared))
        found += _cancellations_with_a_plus(connection, rules.cancellation_mark)
    for table in tables:
        if table in CUSTOMER_TABLES or "customer_id" not in columns(connection, f"staged_{table}"):
            continue
        (orphans,) = connection.execute(
            f"SELECT count(DISTINCT customer_id) FROM kept_{table} ANTI JOIN customer_ids USING (customer_id)"
        ).fetchone()
        if orphans:
            found.append(warn("orphan_keys", table=table, column="customer_id", ids=orphans))
    return found


def matches(connection, tables: list[str]) -> None:
    """Make the table ``key_matches``: how far the kept rows of each table meet the customers, and order lines the products.

    One row per table with ids: ``table``, ``key`` (customer_id, or product_id of orders), ``rows`` that have one, ``ids``
    among them, ``known_ids`` (those that `customer_ids`, or `products`, has), ``unknown_ids`` (the others), ``without_rows`` (customers,
    or products, of whom the table tells nothing). Needs ``customer_ids`` (``key_warnings``).
    """
    joins = [
        (table, "customer_id", "customer_ids")
        for table in tables
        if "customer_id" in columns(connection, f"staged_{table}")
    ]
    if {"orders", "products"} <= set(tables) and "product_id" in columns(connection, "staged_orders"):
        joins.append(("orders", "product_id", "kept_products"))
    parts = [
        f"""SELECT '{table}' AS "table", '{key}' AS "key", coalesce(sum(n), 0)::BIGINT AS rows, count(l.{key}) AS ids,
            count(l.{key}) FILTER (r.{key} IS NOT NULL) AS known_ids, count(l.{key}) FILTER (r.{key} IS NULL) AS unknown_ids,
            count(r.{key}) FILTER (l.{key} IS NULL) AS without_rows
        FROM (SELECT {key}, count(*) AS n FROM kept_{table} WHERE {key} IS NOT NULL GROUP BY 1) l
        FULL JOIN (SELECT DISTINCT {key} FROM {others}) r ON l.{key} = r.{key}"""
        for table, key, others in joins
    ]
    connection.execute(f"CREATE TABLE key_matches AS {' UNION ALL '.join(parts)}")


def _cancellations_with_a_plus(connection, mark: str) -> list[dict[str, str]]:
    """Marked orders keep their sign; one above zero counts as a purchase, and somebody should know."""
    if not mark:
        return []
    (lines,) = connection.execute(
        "SELECT count(*) FROM kept_orders WHERE starts_with(order_id, ?) AND amount > 0", [mark]
    ).fetchone()
    return (
        [warn("cancellation_sign", table="orders", column="order_id", rows=lines, mark=mark)] if lines else []
    )
