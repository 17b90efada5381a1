"""Which order a refund most likely takes back: information for the analyst, without a say in any figure."""

from custkit.clean.sql import columns


def match(connection) -> None:
    """Make the table ``refund_of``: ``_record`` of a kept refund line and the ``order_id`` of the line that it takes back.

    That is a line of the same customer, the same product (where products have codes) and the same amount, on or before
    the day of the refund: the latest that no other refund has taken back. Refunds without such a line are not in it, nor
    those of an amount of their own (a part of a line, several lines at once).

    Lines and refunds of one kind are opening and closing brackets in the order of their days: a refund closes the last
    bracket that is still open. Depths are running sums, so that no pair is looked at twice.
    """
    have = columns(connection, "kept_orders")
    product = "coalesce(product_id, '')" if "product_id" in have else "''"
    order_id = "order_id" if "order_id" in have else "CAST(order_date AS VARCHAR)"
    connection.execute(
        f"""CREATE TABLE refund_of AS
        WITH lines AS (
            SELECT _record, customer_id, {product} AS product, abs(amount) AS size, order_date, amount < 0 AS is_refund,
                {order_id} AS order_id
            FROM kept_orders WHERE amount <> 0),
        likely AS (
            SELECT * FROM lines SEMI JOIN (SELECT customer_id, product, size FROM lines WHERE is_refund)
            USING (customer_id, product, size)),
        placed AS (
            SELECT *, row_number() OVER kind AS place, sum(CASE WHEN is_refund THEN -1 ELSE 1 END) OVER kind AS depth
            FROM likely WINDOW kind AS (PARTITION BY customer_id, product, size ORDER BY order_date, is_refund, _record)),
        closed AS (
            SELECT *, min(depth) OVER (PARTITION BY customer_id, product, size ORDER BY place
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lowest
            FROM placed)
        SELECT r._record, o.order_id FROM (
            SELECT * FROM closed WHERE is_refund AND depth >= coalesce(least(lowest, 0), 0)) r
        ASOF JOIN (SELECT * FROM placed WHERE NOT is_refund) o
        ON r.customer_id = o.customer_id AND r.product = o.product AND r.size = o.size AND o.depth = r.depth + 1
            AND o.place < r.place"""
    )
