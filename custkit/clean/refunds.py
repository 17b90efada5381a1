"""Which order a refund most likely takes back: information, on which no measure rests (design 5.2)."""

from custkit.clean.sql import columns


def refunds_of(connection, tables: list[str]) -> None:
    """Make the table ``refund_of``: ``_record`` of a refund line, and as ``refund_of`` the id of the order that it most likely takes back.

    A refund takes back a line of the same customer, product and absolute amount, the latest on or before its day that no
    other refund has taken back; refunds have their turn in the order of their days. One that names no product then takes any
    product's line of that amount that is left. Whoever sends back a part of a line, or two lines at once, is not
    matched. Between equal lines the time of day decides, then the order id; the order of rows in a file does not. Only kept
    lines are looked at, so an order out of scope is not found. Where no order id is mapped, the day of an order is its
    id, as in the run's table `orders`. A refund that found nothing is not in the table.
    """
    connection.execute("CREATE TABLE refund_of (_record BIGINT, refund_of VARCHAR, taken BIGINT)")
    if "orders" in tables:
        have = columns(connection, "kept_orders")
        said = {
            "product_id": "nullif(product_id, '')" if "product_id" in have else "NULL",
            "order_id": "order_id" if "order_id" in have else "CAST(order_date AS VARCHAR)",
            "order_time": "coalesce(order_time, '')" if "order_time" in have else "''",
        }
        further = ", ".join(f"{value} AS {column}" for column, value in said.items())
        chosen = f"_record, customer_id, {further}, order_date, amount, abs(amount) AS size"
        connection.execute(f"CREATE TABLE refund_lines AS SELECT {chosen} FROM kept_orders WHERE amount < 0")
        connection.execute(
            f"""INSERT INTO refund_lines SELECT {chosen} FROM kept_orders WHERE amount > 0
            AND (customer_id, amount) IN (SELECT (customer_id, size) FROM refund_lines)"""
        )
        has_product = "product_id IS NOT NULL"
        _match(connection, "customer_id, product_id, size", asking=has_product, offered=has_product)
        _match(connection, "customer_id, size", asking="product_id IS NULL", offered="true")
        connection.execute("DROP TABLE refund_lines")
    connection.execute("ALTER TABLE refund_of DROP COLUMN taken")


def _match(connection, key: str, *, asking: str, offered: str) -> None:
    """Match refunds that are ``asking`` with lines ``offered`` that nobody has taken back yet, among those of one ``key``.

    Each line that comes lies on top of those before it, and each refund takes the uppermost: so a line that lies at some
    height is taken back by the next refund that reaches down to that height. The height is a running sum of +1 and -1 less
    its own least value so far, which is below zero by the refunds that found nothing.
    """
    connection.execute(
        f"""INSERT INTO refund_of
        WITH lines AS (
            SELECT *, CASE WHEN amount > 0 THEN 1 ELSE -1 END AS step FROM refund_lines
            WHERE (amount < 0 AND {asking})
                OR (amount > 0 AND {offered} AND _record NOT IN (SELECT taken FROM refund_of))),
        placed AS (
            SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY order_date, step DESC, order_time, order_id, _record) AS place
            FROM lines),
        summed AS (SELECT *, sum(step) OVER (PARTITION BY {key} ORDER BY place) AS total FROM placed),
        lowest AS (
            SELECT *, least(0, coalesce(min(total) OVER (
                PARTITION BY {key} ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS least_before
            FROM summed),
        heights AS (
            SELECT *, total - least_before + CASE WHEN step < 0 THEN 1 ELSE 0 END AS height FROM lowest
            WHERE step > 0 OR total >= least_before),
        pairs AS (
            SELECT _record, step, lag(order_id) OVER below AS taken_id, lag(_record) OVER below AS taken FROM heights
            WINDOW below AS (PARTITION BY {key}, height ORDER BY place))
        SELECT _record, taken_id, taken FROM pairs WHERE step < 0"""
    )
