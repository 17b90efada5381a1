"""What looks odd and was kept: listed for someone who knows the shop, never removed."""

import math
from collections.abc import Callable
from decimal import Decimal

from custkit.clean.accounts import AMOUNT, STAGED_DECIMALS
from custkit.clean.sql import columns, text
from custkit.ledger import warn
from custkit.settings import CleanRules
from custkit.words import Words

MOST_LISTED = 200  # records of one rule and column
MIN_AMOUNTS = 30  # with fewer, nothing is far from the others
# Of the usual amount. Where nearly all are equal, the next price is far out by any other measure.
LEAST_TIMES = 5
MOST_NAMED = 10  # customers that a message names

# A standard deviation, were the logarithms normal, from each robust measure of their spread (Iglewicz and Hoaglin, How to
# Detect and Handle Outliers, 1993): the quartiles of a normal distribution are 1.349 apart, 99 of 100 lie below 2.326.
_MAD, _MEAN_DEVIATION, _QUARTILES, _TAIL = 1.4826, 1.2533, 1.349, 2.326


def flag(connection, tables: list[str], rules: CleanRules) -> list[dict[str, str]]:
    """Add to the table ``review`` what looks odd among kept records; warnings tell how much of each there is.

    - ``extreme_amount``: amounts far above the others, those of refunds by their size and among themselves. Amounts are
      skewed, so their logarithms are looked at: an amount is extreme more than ``outlier_factor`` standard deviations above
      the median and above ``LEAST_TIMES`` times it. ``outliers`` says what the standard deviation is estimated from: mad
      (the median distance from the median; where that is zero, the mean distance), iqr (the quartiles) or quantile (the
      amount below which 99 of 100 lie). Of fewer than ``MIN_AMOUNTS`` amounts none is.
    - ``registered_after_order``: a registration later than the customer's first order. Of a month without a day the
      first day counts: nobody is accused who may have registered in time.
    - ``same_person``: rows of `customers` that share a phone, or a name and a birth date.

    What the analyst decided to keep (``decisions.mark``) is neither listed nor counted. Of more than ``MOST_LISTED``
    records of a kind those furthest out are listed, first of all the furthest.
    """
    found = []
    for table, amount in AMOUNT.items():
        if table in tables and amount in columns(connection, f"kept_{table}") and rules.outliers != "none":
            connection.execute(
                f"CREATE TABLE sizes_{table} AS SELECT {amount} AS units, count(*) AS n FROM kept_{table} WHERE {amount} <> 0 GROUP BY 1"
            )
            for sign in (1, -1) if table == "orders" else (1,):
                found += _extreme(connection, table, amount, sign, rules)
    if "customers" in tables:
        have = set(columns(connection, "kept_customers"))
        if "orders" in tables and "registered_on" in have:
            found += _registered_after_order(connection)
        for clue, keys in {"phone": ["_key_phone"], "name": ["_key_name", "birth_date"]}.items():
            if set(keys) <= have:
                found += _same_person(connection, clue, keys)
    return found


def list_differences(connection, column: str, supplied: str, computed: str) -> int:
    """Put supplied totals under review that the orders do not give: ``values_differ``, largest differences first.

    ``supplied`` and ``computed`` are SQL relations with customer_id and ``column``, a number or a day; the first has file,
    sheet and line. Returns the number of customers.
    """
    rows, _ = _list(
        connection,
        ("customer_values", column, "values_differ"),
        f"""SELECT v.file, v.sheet, v.line, CAST(v.{column} AS VARCHAR) AS value, CAST(f.{column} AS VARCHAR) AS made,
            abs(v.{column} - f.{column}) AS extent, CAST(v.line AS BIGINT) AS place
        FROM {supplied} v JOIN {computed} f USING (customer_id) WHERE abs(v.{column} - f.{column}) > 1e-9""",
        lambda words, record: words("review.values_differ", made=record["made"]),
    )
    return rows


def drop_decided(connection) -> None:
    """Take out of ``review`` what other rules than those of this module put there and the analyst has decided to keep."""
    connection.execute(
        """DELETE FROM review USING decided_keep k WHERE review."table" = k."table" AND review.file = k.file
        AND review.sheet = k.sheet AND review.line = k.line AND review."column" = k."column" AND review.rule = k.rule"""
    )


def _list(
    connection, kind: tuple[str, str, str], found: str, say: Callable[[Words, dict], str]
) -> tuple[int, int]:
    """How many records ``found`` gives that were not decided on, and how many of them were put under review.

    Parameters
    ----------
    kind : table, column, rule
    found : SQL with file, sheet, line, value (a text, or an amount in staged units), extent (the largest are listed first),
        place (decides between equal ones) and what ``say`` needs to make the message
    """
    names = dict(zip(('"table"', '"column"', "rule"), map(text, kind), strict=True))
    decided = " AND ".join(f"{name} = {value}" for name, value in names.items())
    cursor = connection.execute(
        f"""SELECT *, count(*) OVER () AS found FROM ({found})
        ANTI JOIN (SELECT file, sheet, line FROM decided_keep WHERE {decided}) USING (file, sheet, line)
        ORDER BY extent DESC, place LIMIT {MOST_LISTED}"""
    )
    fields = [field[0] for field in cursor.description]
    records = [dict(zip(fields, row, strict=True)) for row in cursor.fetchall()]
    if not records:
        return 0, 0
    words = Words("en")
    table, column, rule = kind
    connection.executemany(
        "INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                *(table, record["file"], record["sheet"], record["line"]),
                *(column, _said(record["value"]), rule, say(words, record)),
            ]
            for record in records
        ],
    )
    return records[0]["found"], len(records)


def _said(value: str | int) -> str:
    """An amount as a person writes it: with two decimals, or as many as it has."""
    if isinstance(value, str):
        return value
    return f"{Decimal(value).scaleb(-STAGED_DECIMALS):f}".removesuffix("0").removesuffix("0")


def _extreme(connection, table: str, amount: str, sign: int, rules: CleanRules) -> list[dict[str, str]]:
    usual, limit = _limit(connection, f"(SELECT units * {sign} AS size, n FROM sizes_{table})", rules)
    if limit is None:
        return []
    key = "refunds" if sign < 0 else "amounts"
    rows, listed = _list(
        connection,
        (table, amount, "extreme_amount"),
        f"""SELECT _file AS file, _sheet AS sheet, _line AS line, {amount} AS value, {amount} * {sign} AS extent, _record AS place
        FROM kept_{table} WHERE {amount} * {sign} > {limit}""",
        lambda words, record: words(
            f"review.extreme_amount.{key}",
            times=record["extent"] / usual,
            limit=limit / 10**STAGED_DECIMALS,
            usual=_said(usual),
        ),
    )
    if not rows:
        return []
    counts = {"rows": rows, "listed": listed, "method": rules.outliers, "usual": usual / 10**STAGED_DECIMALS}
    return [warn("extreme_amount", key=key, table=table, column=amount, **counts)]


def _limit(connection, sizes: str, rules: CleanRules) -> tuple[int, int | None]:
    """The usual size, and the one above which others are extreme: none where that cannot be told, or none is.

    Sizes come counted (``size``, ``n``): there are far fewer than records, and quantiles of them need little memory.
    """
    n, most, usual, lower, upper, tail = connection.execute(
        f"SELECT sum(n), max(x), {', '.join(map(_quantile, (50, 25, 75, 99)))} FROM {_ranked(sizes, 'size', 'size > 0')}"
    ).fetchone()
    if n is None or n < MIN_AMOUNTS:
        return 0, None
    if rules.outliers == "mad":
        mad, mean = connection.execute(
            f"SELECT {_quantile(50)}, sum(CAST(x * 1e9 AS HUGEINT) * n) / 1e9 / sum(n) FROM {_ranked(sizes, f'abs(ln(size / {usual}))', 'size > 0')}"
        ).fetchone()
        spread = _MAD * mad or _MEAN_DEVIATION * mean
    elif rules.outliers == "iqr":
        spread = math.log(upper / lower) / _QUARTILES
    else:
        spread = math.log(tail / usual) / _TAIL
    times = max(LEAST_TIMES, math.exp(min(rules.outlier_factor * spread, math.log(most))))
    limit = math.floor(usual * times)
    return usual, limit if limit < most else None


def _ranked(sizes: str, value: str, condition: str) -> str:
    """SQL for ``x``, a value of each size, with the number of records up to it and of all."""
    return f"""(SELECT x, n, sum(n) OVER (ORDER BY x) AS upto, sum(n) OVER () AS total
        FROM (SELECT {value} AS x, n FROM {sizes} WHERE {condition}))"""


def _quantile(percent: int) -> str:
    """SQL for the least value up to which at least so many of 100 records lie."""
    return f"min(x) FILTER (100 * upto >= {percent} * total)"


def _registered_after_order(connection) -> list[dict[str, str]]:
    rows, listed = _list(
        connection,
        ("customers", "registered_on", "registered_after_order"),
        """SELECT _file AS file, _sheet AS sheet, _line AS line, CAST(registered_on AS VARCHAR) AS value,
            first_order, registered_on - first_order AS extent, _record AS place
        FROM kept_customers JOIN (SELECT customer_id, min(order_date) AS first_order FROM kept_orders GROUP BY 1) USING (customer_id)
        WHERE registered_on > first_order""",
        lambda words, record: words(
            "review.registered_after_order", days=record["extent"], first_order=record["first_order"]
        ),
    )
    counts = {"rows": rows, "listed": listed}
    return (
        [warn("registered_after_order", table="customers", column="registered_on", **counts)] if rows else []
    )


def _same_person(connection, clue: str, keys: list[str]) -> list[dict[str, str]]:
    """Rows that share ``keys``; pairs before crowds, for a phone of many customers is rather that of a shop."""
    by = ", ".join(keys)
    filled = " AND ".join(f"{key} IS NOT NULL" for key in keys)

    def say(words: Words, record: dict) -> str:
        others = [customer for customer in record["ids"] if customer != record["customer_id"]][:MOST_NAMED]
        more = record["n"] - 1 - len(others)
        key = f"review.same_person.{clue}" + (".crowd" if more else "")
        return words(key, others=words("list.comma").join(others), more=more)

    found = f"""SELECT _file AS file, _sheet AS sheet, _line AS line, '' AS value, customer_id, n, ids,
            -n AS extent, row(ids, _record) AS place
        FROM kept_customers
        JOIN (SELECT {by}, count(*) AS n, min(customer_id, {MOST_NAMED + 1}) AS ids FROM kept_customers WHERE {filled}
            GROUP BY ALL HAVING n > 1) USING ({by})"""
    rows, listed = _list(connection, ("customers", clue, "same_person"), found, say)
    if not rows:
        return []
    (people,) = connection.execute(
        f"SELECT count(*) FROM (SELECT {by} FROM kept_customers WHERE {filled} GROUP BY ALL HAVING count(*) > 1)"
    ).fetchone()
    counts = {"rows": rows, "people": people, "listed": listed}
    return [warn("same_person", key=clue, table="customers", column=clue, **counts)]
