"""Rows and money by file, by step and by region, and the thresholds that they must keep."""

from custkit.clean.sql import columns, text
from custkit.ledger import Count, Ledger, warn
from custkit.reading import SourceRead
from custkit.schema import NO_REGION
from custkit.settings import CleanRules

# In the order in which the rules run; the place of a step is the rank of its faults.
STEPS = (
    "records",
    "totals",
    "missing",
    "values",
    "currency",
    "dates",
    "duplicates",
    "conflicts",
    "decisions",
    "scope",
)
STAGED_DECIMALS = 4
AMOUNT = {"orders": "amount", "customer_values": "spend"}

# Place of the step that decided, and what became of a record: SQL over fate_<table> f.
_PLACE = f"""CASE WHEN f.rule IS NOT NULL THEN f.fault_rank WHEN f.twin_of IS NOT NULL THEN {STEPS.index("duplicates") + 1}
    WHEN f.is_beyond THEN {STEPS.index("scope") + 1} END"""
_FATE = """CASE WHEN f.rule IS NOT NULL THEN 'quarantined' WHEN f.twin_of IS NOT NULL THEN 'merged'
    WHEN f.is_beyond THEN 'out_of_scope' ELSE 'kept' END"""
_ASKED = "f.rule IN ('after_as_of', 'left_out')"  # set aside because somebody asked for it


def decimals(connection, tables: list[str]) -> int:
    """Most decimals that any readable amount needs, from 2 to 4."""
    most = 2
    for table in tables:
        column = AMOUNT.get(table)
        if column in columns(connection, f"staged_{table}"):
            query = f"SELECT max(CASE WHEN {column} % 10 <> 0 THEN 4 WHEN {column} % 100 <> 0 THEN 3 ELSE 2 END) FROM staged_{table}"
            most = max(most, connection.execute(query).fetchone()[0] or 2)
    return most


def account(
    connection, sources: list[SourceRead], table: str, ledger: Ledger, *, is_scoped: bool = False
) -> None:
    """Rows and money of each file (its fate in cleaning) and of each step (what it took in and what it did).

    What is out of scope is good all the same: files count it as kept, and only the last step takes it away. That step
    stands in the accounts where the table ``is_scoped``.
    """
    amount = AMOUNT.get(table)
    money = (
        f"CAST(s.{amount} AS HUGEINT)"
        if amount in columns(connection, f"staged_{table}")
        else "NULL::HUGEINT"
    )
    connection.execute(
        f"""CREATE TABLE accounts_{table} AS
        SELECT f._source, {_PLACE} AS step, {_FATE} AS fate, count(*) AS n, count(*) - count({money}) AS without_money,
            coalesce(sum({money}), 0) AS money, coalesce(sum(abs({money})), 0) AS size,
            count(*) FILTER ({_ASKED}) AS n_asked, coalesce(sum(abs({money})) FILTER ({_ASKED}), 0) AS size_asked
        FROM staged_{table} s JOIN fate_{table} f USING (_record) GROUP BY ALL"""
    )
    shrink = 10 ** (STAGED_DECIMALS - ledger.decimals)
    for number, source in enumerate(sources):
        ledger.add_file(
            _count(connection, table, f"_source = {number}", "fate <> 'out_of_scope'", shrink),
            file=source.file,
            sheet=source.sheet,
            sha256=source.sha256,
            encoding=source.encoding,
            table=table,
        )
    for place, step in enumerate(STEPS if is_scoped else STEPS[:-1], start=1):
        ledger.add_step(
            table,
            step,
            _count(connection, table, f"(step IS NULL OR step >= {place})", f"step = {place}", shrink),
        )


def _count(connection, table: str, taken: str, done: str, shrink: int) -> Count:
    """The counts of the records ``taken`` in, of which those that the rule is ``done`` with leave."""
    leaves = f"step IS NOT NULL AND {done}"
    row = connection.execute(
        f"""SELECT sum(n), sum(n) FILTER (step IS NULL OR NOT ({done})), sum(n) FILTER ({leaves} AND fate = 'quarantined'),
            sum(n) FILTER ({leaves} AND fate = 'merged'), sum(without_money),
            sum(money), sum(money) FILTER (step IS NULL OR NOT ({done})),
            sum(money) FILTER ({leaves} AND fate = 'quarantined'), sum(money) FILTER ({leaves} AND fate = 'merged'),
            sum(n) FILTER ({leaves} AND fate = 'out_of_scope'), sum(money) FILTER ({leaves} AND fate = 'out_of_scope')
        FROM accounts_{table} WHERE {taken}"""
    ).fetchone()
    rows, kept, quarantined, merged, without, *money, beyond, money_beyond = (int(v or 0) for v in row)
    came_in, stays, set_aside, united = (units // shrink for units in money)
    return Count(
        rows_in=rows,
        kept=kept,
        quarantined=quarantined,
        merged=merged,
        rows_without_money=without,
        money_in=came_in,
        money_kept=stays,
        money_quarantined=set_aside,
        money_merged=united,
        out_of_scope=beyond,
        money_out_of_scope=money_beyond // shrink,
    )


def thresholds(
    connection, tables: list[str], rules: CleanRules
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """A warning for every table that lost a row, and one for every threshold that was exceeded.

    What the analyst asked for (a day of their own, a decision) says nothing of the quality of the data and does not count.
    """
    warnings, exceeded = [], []
    for table in tables:
        rows, lost, asked, size, size_lost, size_asked = map(
            int,
            connection.execute(
                f"""SELECT sum(n), coalesce(sum(n) FILTER (fate = 'quarantined'), 0), sum(n_asked), sum(size),
                    coalesce(sum(size) FILTER (fate = 'quarantined'), 0), sum(size_asked) FROM accounts_{table}"""
            ).fetchone(),
        )
        if lost:
            warnings.append(warn("quarantined", table=table, lost=lost, rows=rows))
        share, limit = (lost - asked) / rows, rules.max_quarantined_rows
        if share > limit:
            exceeded.append(warn("too_much_quarantined", key="rows", table=table, share=share, limit=limit))
        share, limit = (size_lost - size_asked) / size if size else 0.0, rules.max_quarantined_money
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
        region, joined = _region(connection, table, customers)
        have = columns(connection, f"staged_{table}")
        amount = AMOUNT.get(table)
        money = f"s.{amount}" if amount in have else "NULL::BIGINT"
        parts.append(
            f"""SELECT '{table}' AS "table", {region} AS region,
                {_PLACE} AS place,
                coalesce(f.rule, '') AS rule, coalesce(f."column", '') AS "column",
                {_FATE} AS fate,
                count(*) AS rows, count(*) - count({money}) AS rows_without_money,
                CAST(coalesce(sum({money}), 0) AS DOUBLE) / 1e{STAGED_DECIMALS} AS money
            FROM staged_{table} s JOIN fate_{table} f USING (_record) {joined} GROUP BY ALL"""
        )
    names = ", ".join(f"'{step}'" for step in STEPS)
    return f"""SELECT "table", region, coalesce([{names}][place], '') AS step, rule, "column", fate, rows, rows_without_money, money
        FROM ({" UNION ALL ".join(parts)}) ORDER BY "table", region, place NULLS LAST, rule, 5"""


def quarantined(connection, tables: list[str], customers: str) -> str:
    """SQL for the address of every quarantined record: table, file, sheet, line, column, rule, and region as in ``by_region``."""
    parts = []
    for table in tables:
        region, joined = _region(connection, table, customers)
        parts.append(
            f"""SELECT '{table}' AS "table", s._file AS file, s._sheet AS sheet, s._line AS line, f."column", f.rule,
                {region} AS region, s._record
            FROM staged_{table} s JOIN fate_{table} f USING (_record) {joined} WHERE f.rule IS NOT NULL"""
        )
    return f"""SELECT "table", file, sheet, line, "column", rule, region FROM ({" UNION ALL ".join(parts)})
        ORDER BY "table", _record"""


def _region(connection, table: str, customers: str) -> tuple[str, str]:
    """SQL for the region of a staged record, and the join that it needs."""
    have = columns(connection, f"staged_{table}")
    own = ["s.region"] if "region" in have and table in ("orders", "customers") else []
    if "customer_id" not in have:
        return f"coalesce({', '.join([*own, repr(NO_REGION)])})", ""
    join = f"LEFT JOIN read_parquet({text(customers)}) c ON c.customer_id = s.customer_id"
    return f"coalesce({', '.join(['c.region', *own, repr(NO_REGION)])})", join
