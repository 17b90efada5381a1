"""Rows and money by file, by step and by region, and the thresholds that they must keep."""

from custkit.clean.sql import columns, text
from custkit.ledger import Count, Ledger, warn
from custkit.reading import SourceRead
from custkit.schema import NO_REGION
from custkit.settings import CleanRules

# In the order in which the rules run; the place of a step is the rank of its faults.
STEPS = ("records", "totals", "missing", "values", "currency", "dates", "duplicates", "conflicts")
STAGED_DECIMALS = 4
_AMOUNT = {"orders": "amount", "customer_values": "spend"}


def decimals(connection, tables: list[str]) -> int:
    """Most decimals that any readable amount needs, from 2 to 4."""
    most = 2
    for table in tables:
        column = _AMOUNT.get(table)
        if column in columns(connection, f"staged_{table}"):
            query = f"SELECT max(CASE WHEN {column} % 10 <> 0 THEN 4 WHEN {column} % 100 <> 0 THEN 3 ELSE 2 END) FROM staged_{table}"
            most = max(most, connection.execute(query).fetchone()[0] or 2)
    return most


def account(connection, sources: list[SourceRead], table: str, ledger: Ledger) -> None:
    """Rows and money of each file (its final fate) and of each step (what it took in and what it did)."""
    amount = _AMOUNT.get(table)
    money = (
        f"CAST(s.{amount} AS HUGEINT)"
        if amount in columns(connection, f"staged_{table}")
        else "NULL::HUGEINT"
    )
    connection.execute(
        f"""CREATE TABLE accounts_{table} AS
        SELECT f._source, CASE WHEN f.rule IS NOT NULL THEN f.fault_rank WHEN f.twin_of IS NOT NULL THEN 7 END AS step,
            f.rule IS NOT NULL AS is_quarantined, count(*) AS n, count(*) - count({money}) AS without_money,
            coalesce(sum({money}), 0) AS money, coalesce(sum(abs({money})), 0) AS size,
            count(*) FILTER (f.rule = 'after_as_of') AS n_later,
            coalesce(sum(abs({money})) FILTER (f.rule = 'after_as_of'), 0) AS size_later
        FROM staged_{table} s JOIN fate_{table} f USING (_record) GROUP BY ALL"""
    )
    shrink = 10 ** (STAGED_DECIMALS - ledger.decimals)
    for number, source in enumerate(sources):
        ledger.add_file(
            _count(connection, table, f"_source = {number}", "true", shrink),
            file=source.file,
            sheet=source.sheet,
            sha256=source.sha256,
            encoding=source.encoding,
            table=table,
        )
    for place, step in enumerate(STEPS, start=1):
        ledger.add_step(
            table,
            step,
            _count(connection, table, f"(step IS NULL OR step >= {place})", f"step = {place}", shrink),
        )


def _count(connection, table: str, taken: str, done: str, shrink: int) -> Count:
    """The counts of the records ``taken`` in, of which those that the rule is ``done`` with leave."""
    row = connection.execute(
        f"""SELECT sum(n), sum(n) FILTER (step IS NOT NULL AND {done} AND is_quarantined),
            sum(n) FILTER (step IS NOT NULL AND {done} AND NOT is_quarantined), sum(without_money), sum(money),
            sum(money) FILTER (step IS NOT NULL AND {done} AND is_quarantined),
            sum(money) FILTER (step IS NOT NULL AND {done} AND NOT is_quarantined),
            sum(n) FILTER (step IS NULL OR NOT ({done})), sum(money) FILTER (step IS NULL OR NOT ({done}))
        FROM accounts_{table} WHERE {taken}"""
    ).fetchone()
    rows, quarantined, merged, without, money, money_q, money_m, kept, money_kept = (int(v or 0) for v in row)
    return Count(
        rows_in=rows,
        kept=kept,
        quarantined=quarantined,
        merged=merged,
        rows_without_money=without,
        money_in=money // shrink,
        money_kept=money_kept // shrink,
        money_quarantined=money_q // shrink,
        money_merged=money_m // shrink,
    )


def thresholds(
    connection, tables: list[str], rules: CleanRules, *, given_day: bool
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """A warning for every table that lost a row, and one for every threshold that was exceeded."""
    warnings, exceeded = [], []
    for table in tables:
        rows, lost, later, size, size_lost, size_later = connection.execute(
            f"""SELECT sum(n), sum(n) FILTER (is_quarantined), sum(n_later), sum(size), sum(size) FILTER (is_quarantined),
                sum(size_later) FROM accounts_{table}"""
        ).fetchone()
        counted = int(lost or 0) - (int(later or 0) if given_day else 0)
        if lost:
            warnings.append(warn("quarantined", table=table, lost=int(lost), rows=int(rows)))
        share, limit = counted / rows if rows else 0.0, rules.max_quarantined_rows
        if share > limit:
            exceeded.append(warn("too_much_quarantined", key="rows", table=table, share=share, limit=limit))
        share = (
            (int(size_lost or 0) - (int(size_later or 0) if given_day else 0)) / int(size) if size else 0.0
        )
        limit = rules.max_quarantined_money
        if table == "orders" and share > limit:
            exceeded.append(warn("too_much_quarantined", key="money", table=table, share=share, limit=limit))
    return warnings, exceeded


def by_region(connection, tables: list[str], customers: str) -> str:
    """SQL for the accounts of each region: table, region, step, rule, column, fate, rows, rows_without_money, money.

    A line counts for its customer's region when the customer is known, else for the region that it names itself, so
    that the lines kept in a region are the lines that its notebooks work on. ``customers`` is the table's file.
    ``step`` is empty for what was kept; ``money`` is in the run's currency.
    """
    parts = []
    for table in tables:
        have = columns(connection, f"staged_{table}")
        own = "s.region" if "region" in have and table in ("orders", "customers") else "NULL"
        joined = (
            f"LEFT JOIN read_parquet({text(customers)}) c ON c.customer_id = s.customer_id"
            if "customer_id" in have
            else ""
        )
        known = "c.region, " if joined else ""
        amount = _AMOUNT.get(table)
        money = f"s.{amount}" if amount in have else "NULL::BIGINT"
        parts.append(
            f"""SELECT '{table}' AS "table", coalesce({known}{own}, '{NO_REGION}') AS region,
                CASE WHEN f.rule IS NOT NULL THEN f.fault_rank WHEN f.twin_of IS NOT NULL THEN 7 END AS place,
                coalesce(f.rule, '') AS rule, coalesce(f."column", '') AS "column",
                CASE WHEN f.rule IS NOT NULL THEN 'quarantined' WHEN f.twin_of IS NOT NULL THEN 'merged' ELSE 'kept' END AS fate,
                count(*) AS rows, count(*) - count({money}) AS rows_without_money,
                CAST(coalesce(sum({money}), 0) AS DOUBLE) / 1e{STAGED_DECIMALS} AS money
            FROM staged_{table} s JOIN fate_{table} f USING (_record) {joined} GROUP BY ALL"""
        )
    names = ", ".join(f"'{step}'" for step in STEPS)
    return f"""SELECT "table", region, coalesce([{names}][place], '') AS step, rule, "column", fate, rows, rows_without_money, money
        FROM ({" UNION ALL ".join(parts)}) ORDER BY "table", region, place NULLS LAST, rule, 5"""
