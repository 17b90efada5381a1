"""Supplied measures of customers who come without order lines: each buyer needs all that scores are made of."""

from dataclasses import dataclass

from custkit.clean.accounts import STEPS
from custkit.clean.sql import columns, text
from custkit.errors import InputRefused

_RANKS = {"no_measure": STEPS.index("missing") + 1, "impossible_value": STEPS.index("values") + 1}
_MEASURES = ("n_orders", "spend", "last_order", "recency_days")


@dataclass(frozen=True)
class _Need:
    """What is wrong with whom, in SQL over the four measures, and what is expected instead."""

    column: str
    rule: str
    whom: str
    fault: str
    expected: str


_NEEDS = (
    _Need("n_orders", "no_measure", "true", "n_orders IS NULL", "n_orders"),
    _Need("n_orders", "impossible_value", "true", "n_orders < 0", "n_orders of 0 or more"),
    _Need("spend", "no_measure", "n_orders > 0", "spend IS NULL", "spend"),
    _Need(
        "last_order",
        "no_measure",
        "n_orders > 0",
        "last_order IS NULL AND recency_days IS NULL",
        "last_order (or recency_days)",
    ),
    _Need(
        "recency_days",
        "impossible_value",
        "recency_days IS NOT NULL",
        "recency_days < 0",
        "last_order or recency_days not after the day of the run",
    ),
)
# A row may tell of orders without their number.
_WITH_ORDERS = "n_orders <> 0 OR (n_orders IS NULL AND (spend <> 0 OR last_order IS NOT NULL OR recency_days IS NOT NULL))"


def mark(connection, tables: list[str]) -> None:
    """Faults of buyers in `customer_values` of whom a measure is not known or not possible: unknown is not low.

    Beside `orders` these measures are only compared, and nothing is marked.

    Raises
    ------
    InputRefused
        No buyer has the measure: the column is missing, or not the one that was meant.
    """
    if "customer_values" not in tables or "orders" in tables:
        return
    present = columns(connection, "staged_customer_values")
    known = ", ".join(column if column in present else f"NULL AS {column}" for column in _MEASURES)
    connection.execute(
        f"""CREATE TEMP TABLE with_orders AS SELECT * FROM (
            SELECT _record, customer_id, {known} FROM staged_customer_values ANTI JOIN faults_customer_values USING (_record))
        WHERE {_WITH_ORDERS}"""
    )
    for need in _NEEDS:
        asked, wrong, first = connection.execute(
            f"""SELECT count(*), count(*) FILTER ({need.fault}), min(customer_id) FILTER ({need.fault})
            FROM with_orders WHERE {need.whom}"""
        ).fetchone()
        if wrong and wrong == asked:
            raise InputRefused(
                f"customer_values: customers with orders need {need.expected}: not so for {wrong:,} of them, the first is {first}; "
                "fill it in, or leave those rows out"
            )
        message = (
            f"{need.column}: a customer with orders needs {need.expected}; fill it in, or leave the line out"
        )
        connection.execute(
            f"""INSERT INTO faults_customer_values
            SELECT _record, {_RANKS[need.rule]}, '{need.rule}', '{need.column}', coalesce(CAST({need.column} AS VARCHAR), ''),
                {text(message)}
            FROM with_orders WHERE {need.whom} AND {need.fault}"""
        )
    connection.execute("DROP TABLE with_orders")
