"""What looks odd and was kept: listed for someone who knows the shop, never removed."""

from custkit.clean.accounts import STAGED_DECIMALS
from custkit.clean.sql import columns
from custkit.ledger import warn
from custkit.settings import CleanRules

MOST_LISTED = 200  # records of one rule and table, the most extreme first
MIN_AMOUNTS = 30  # with fewer, nothing is far from the others

_AMOUNTS = {"orders": "amount", "customer_values": "spend"}
# Robust spreads of a normal distribution in terms of its standard deviation; the second where more than half of the
# values are equal and the first is zero (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
_MAD, _MEAN_DEVIATION = 1.4826, 1.253314


def flag(connection, tables: list[str], rules: CleanRules) -> list[dict[str, str]]:
    """Add to the table ``review`` what looks odd among kept records; warnings tell how much of each there is.

    - ``extreme_amount``: amounts far above the others (``outliers``, ``outlier_factor``), those of refunds by their size
      and among themselves. Amounts are skewed, so their logarithms are looked at. mad: more than so many robust standard
      deviations above the median. iqr: more than so many times the distance between the quartiles above the upper one.
      quantile: more than so many times the amount below which 99 of 100 lie. Fewer than ``MIN_AMOUNTS``: none.
    - ``registered_after_order``: a registration later than the customer's first order; of a month its first day counts.
    - ``same_person``: rows of `customers` that share a phone, or a name and a birth date.

    Of more than ``MOST_LISTED`` records of a kind the most extreme are listed.
    """
    found = []
    for table, amount in _AMOUNTS.items():
        if table in tables and amount in columns(connection, f"kept_{table}") and rules.outliers != "none":
            for sign in (1, -1) if table == "orders" else (1,):
                found += _extreme(connection, table, amount, sign, rules)
    if {"customers", "orders"} <= set(tables):
        found += _registered_after_order(connection)
    if "customers" in tables:
        found += _same_person(connection)
    return found


def list_differences(connection, column: str, supplied: str, computed: str) -> None:
    """Put supplied totals under review that the orders do not give: ``values_differ``, largest differences first.

    ``supplied`` and ``computed`` are SQL relations with customer_id and ``column``; the first has file, sheet and line.
    """
    connection.execute(
        f"""INSERT INTO review SELECT 'customer_values', file, sheet, line, '{column}', CAST(given AS VARCHAR), 'values_differ',
            'the orders give ' || CAST(made AS VARCHAR) || '; find out which of the two exports is incomplete'
        FROM (SELECT v.file, v.sheet, v.line, v.{column} AS given, f.{column} AS made FROM {supplied} v
            JOIN {computed} f USING (customer_id) WHERE abs(v.{column} - f.{column}) > 1e-9
            ORDER BY abs(v.{column} - f.{column}) DESC, v.customer_id LIMIT {MOST_LISTED})
        ORDER BY file, sheet, CAST(line AS BIGINT)"""
    )


def drop_decided(connection) -> None:
    """Take out of ``review`` what the analyst has decided to keep (``decisions.mark``)."""
    connection.execute(
        """DELETE FROM review USING decided_keep k WHERE review."table" = k."table" AND review.file = k.file
        AND review.sheet = k.sheet AND review.line = k.line AND review.rule = k.rule"""
    )


def _extreme(connection, table: str, amount: str, sign: int, rules: CleanRules) -> list[dict[str, str]]:
    sized = f"SELECT _record, {amount} * {sign} AS size, ln({amount} * {sign}) AS x FROM kept_{table} WHERE {amount} * {sign} > 0"
    n, centre, q1, q3, q99 = connection.execute(
        f"SELECT count(*), median(x), quantile_cont(x, .25), quantile_cont(x, .75), quantile_cont(x, .99) FROM ({sized})"
    ).fetchone()
    if n < MIN_AMOUNTS:
        return []
    if rules.outliers == "mad":
        mad, mean = connection.execute(
            f"SELECT median(abs(x - ?)), avg(abs(x - ?)) FROM ({sized})", [centre, centre]
        ).fetchone()
        least = centre + rules.outlier_factor * (_MAD * mad or _MEAN_DEVIATION * mean)
    elif rules.outliers == "iqr":
        least = q3 + rules.outlier_factor * (q3 - q1)
    else:
        (least,) = connection.execute("SELECT ? + ln(?)", [q99, rules.outlier_factor]).fetchone()
    # A spread of nothing would make everything extreme that is not the same.
    (rows,) = connection.execute(
        f"SELECT count(*) FROM ({sized}) WHERE x > ? AND ? > ?", [least, q99, q1]
    ).fetchone()
    if not rows:
        return []
    (usual,) = connection.execute("SELECT exp(?) / ?", [centre, 10**STAGED_DECIMALS]).fetchone()
    message = f"' times the usual amount ({usual:,.2f}); kept, decide whether it is right'"
    connection.execute(
        f"""INSERT INTO review SELECT '{table}', _file, _sheet, _line, '{amount}',
            CAST(CAST({amount} AS DECIMAL(38, 0)) / {10**STAGED_DECIMALS} AS VARCHAR), 'extreme_amount',
            format('{{:,.0f}}', exp(x - {centre})) || {message}
        FROM (SELECT * FROM ({sized}) WHERE x > {least} ORDER BY size DESC, _record LIMIT {MOST_LISTED})
        JOIN (SELECT _record, _file, _sheet, _line, {amount} FROM kept_{table}) USING (_record) ORDER BY _record"""
    )
    key = "refunds" if sign < 0 else "amounts"
    counts = {"rows": rows, "listed": min(rows, MOST_LISTED), "method": rules.outliers, "usual": usual}
    return [warn("extreme_amount", key=key, table=table, column=amount, **counts)]


def _registered_after_order(connection) -> list[dict[str, str]]:
    if "registered_on" not in columns(connection, "kept_customers"):
        return []
    late = """SELECT c._record, c._file, c._sheet, c._line, c.registered_on, o.first, c.registered_on - o.first AS days
        FROM kept_customers c JOIN (SELECT customer_id, min(order_date) AS first FROM kept_orders GROUP BY 1) o USING (customer_id)
        WHERE c.registered_on > o.first"""
    connection.execute(
        f"""INSERT INTO review SELECT 'customers', _file, _sheet, _line, 'registered_on', CAST(registered_on AS VARCHAR),
            'registered_after_order', days || ' days after the first order of ' || first || '; correct the one that is wrong'
        FROM (SELECT * FROM ({late}) ORDER BY days DESC, _record LIMIT {MOST_LISTED}) ORDER BY _record"""
    )
    (rows,) = connection.execute(f"SELECT count(*) FROM ({late})").fetchone()
    counts = {"rows": rows, "listed": min(rows, MOST_LISTED)}
    return (
        [warn("registered_after_order", table="customers", column="registered_on", **counts)] if rows else []
    )


def _same_person(connection) -> list[dict[str, str]]:
    have = columns(connection, "kept_customers")
    clues = {"phone": ["_key_phone"], "name and birth date": ["_key_name", "birth_date"]}
    found = []
    for said, keys in clues.items():
        if not set(keys) <= set(have):
            continue
        by = ", ".join(keys)
        filled = " AND ".join(f"{key} IS NOT NULL" for key in keys)
        twins = f"""SELECT *, count(*) OVER (PARTITION BY {by}) AS n, min(_record) OVER (PARTITION BY {by}) AS first
            FROM kept_customers WHERE {filled}"""
        column = "phone" if said == "phone" else "name"
        connection.execute(
            f"""INSERT INTO review SELECT 'customers', t._file, t._sheet, t._line, '{column}', '', 'same_person',
                'the same {said} as customer ' || o.others || '; if it is one person, merge the ids in the export'
            FROM (SELECT * FROM ({twins}) WHERE n > 1 ORDER BY first, _record LIMIT {MOST_LISTED}) t
            JOIN (SELECT a._record, string_agg(b.customer_id, ', ' ORDER BY b._record) AS others FROM ({twins}) a
                JOIN ({twins}) b ON a.first = b.first AND a._record <> b._record WHERE a.n BETWEEN 2 AND 20 GROUP BY 1
                UNION ALL SELECT _record, (n - 1) || ' others' FROM ({twins}) WHERE n > 20) o USING (_record)
            ORDER BY t.first, t._record"""
        )
        rows, people = connection.execute(
            f"SELECT count(*), count(DISTINCT first) FROM ({twins}) WHERE n > 1"
        ).fetchone()
        if rows:
            counts = {"rows": rows, "people": people, "listed": min(rows, MOST_LISTED)}
            found.append(warn("same_person", key=column, table="customers", column=column, **counts))
    return found
