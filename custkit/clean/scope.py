"""Which order lines a run is about: a window of time, and categories. What is left out is counted, never lost."""

import calendar
import datetime
import difflib

from custkit.clean.sql import columns, text
from custkit.errors import SettingsError
from custkit.ledger import warn
from custkit.rules.data import SPAN
from custkit.settings import CleanRules

_MONTHS = {"m": 1, "q": 3, "y": 12}
_NAMED = 5  # categories that an error lists where none is near


def window(
    since: str, window: str, fiscal_start: int, as_of: datetime.date | None
) -> tuple[datetime.date, str]:
    """First day in scope, and the resolved dates as text.

    Parameters
    ----------
    since : an ISO day, itself in scope; or a span that ends with ``as_of``: 90d, 9m, 3q, 1y
    window : how a span is counted (days always one by one)
        ``rolling``: days later than ``as_of`` less the span, so that one day of the year stands in it once; where the
        month is too short for the day (31 May less 3 months), its last day counts. ``calendar``: the last months,
        quarters or years of the calendar, the one that ``as_of`` lies in being the last, whole or only begun.
        ``fiscal``: the same, with years that begin in the month ``fiscal_start`` and quarters counted from there.
    as_of : the last day of the run

    Three quarters back from 2024-11-09 begin on 2024-02-10 (rolling), on 2024-04-01 (calendar), and where the fiscal
    year begins in February on 2024-05-01 (fiscal).

    Raises
    ------
    SettingsError
        There is no ``as_of`` to count back from, or the window begins after it or before the year 1.
    """
    span = SPAN.fullmatch(since)
    if as_of is None:
        raise SettingsError(
            f"since: {since} needs the day to which it reaches, and no date was read; give it with as_of"
        )
    if span is None:
        first = datetime.date.fromisoformat(since)
    else:
        try:
            first = _first(int(span[1]), span[2], window, fiscal_start, as_of)
        except (ValueError, OverflowError):
            raise SettingsError(
                f"since: {since} reaches back to before the year 1 from {as_of}; give a shorter span"
            ) from None
    if first > as_of:
        raise SettingsError(f"since: {first} is later than as_of {as_of}; give an earlier day")
    return first, f"{first} – {as_of}"


def _first(count: int, unit: str, window: str, fiscal_start: int, as_of: datetime.date) -> datetime.date:
    if unit == "d":
        return as_of - datetime.timedelta(days=count - 1)
    length = _MONTHS[unit]
    month = 12 * as_of.year + as_of.month - 1
    if window == "rolling":
        year, place = divmod(month - count * length, 12)
        last = calendar.monthrange(year, place + 1)[1]
        return datetime.date(year, place + 1, min(as_of.day, last)) + datetime.timedelta(days=1)
    begun = (month - (fiscal_start - 1 if window == "fiscal" else 0)) % length  # months into the period
    year, place = divmod(month - begun - (count - 1) * length, 12)
    return datetime.date(year, place + 1, 1)


def asked(rules: CleanRules) -> list[str]:
    """The settings that leave order lines out; none: everything is in scope."""
    return [name for name in ("since", "categories") if getattr(rules, name)]


def mark(
    connection, tables: list[str], rules: CleanRules, as_of: datetime.date | None
) -> list[dict[str, str]]:
    """Take order lines out of ``kept_orders`` that are earlier than ``since`` or of other ``categories``.

    They stay good lines: in ``fate_orders`` they are ``is_beyond``, and the ledger counts them in step "scope". A line
    without a category is of none that could be asked for; where `products` knows the category of a line that has
    none itself, that one counts. Only order lines have a scope. Whoever has no order left in it remains a customer
    (design 5.1: an id in orders that cleaning kept), a prospect, of the region where the lines left out say it was:
    ``regions_beyond`` holds these customers with their regions.

    Returns
    -------
    warnings with the resolved dates and with what was left out, as ``ledger.warn`` makes them

    Raises
    ------
    SettingsError
        There are no orders to choose from, no line is of a category that is asked for (near names are told), no line
        is left, or what ``window`` raises.
    """
    limits = asked(rules)
    if not limits:
        return []
    if "orders" not in tables:
        raise SettingsError(
            f"{limits[0]}: chooses order lines, and these data have none; take the setting away"
        )
    connection.execute(
        """CREATE VIEW good_orders AS SELECT s.* FROM staged_orders s SEMI JOIN
        (SELECT _record FROM fate_orders WHERE rule IS NULL AND twin_of IS NULL) USING (_record)"""
    )
    warnings = []
    if rules.since:
        first, dates = window(rules.since, rules.window, rules.fiscal_start, as_of)
        rows = _leave_out(connection, "kept_orders", f"order_date < DATE '{first}'")
        is_span = SPAN.fullmatch(rules.since) is not None
        key = ("rolling" if rules.since.endswith("d") else rules.window) if is_span else "day"
        warnings.append(warn("scope", key=key, table="orders", since=rules.since, dates=dates, rows=rows))
    if rules.categories:
        _require_known(connection, _with_category(connection, tables, "good_orders"), rules.categories)
        chosen = ", ".join(map(text, rules.categories))
        source = _with_category(connection, tables, "kept_orders")
        rows = _leave_out(connection, source, f"coalesce(category NOT IN ({chosen}), true)")
        named = list(rules.categories)
        warnings.append(
            warn("scope", key="categories", table="orders", column="category", rows=rows, categories=named)
        )
    if not connection.execute("SELECT 1 FROM kept_orders LIMIT 1").fetchone():
        raise SettingsError(f"{' and '.join(limits)}: no order line is in this scope; widen it")
    return warnings + _without_orders(connection)


def _leave_out(connection, source: str, condition: str) -> int:
    """Mark lines of ``source``, a relation of kept order lines; how many."""
    connection.execute(
        f"""UPDATE fate_orders SET is_beyond = true
        WHERE _record IN (SELECT _record FROM {source} WHERE {condition})"""
    )
    return connection.fetchone()[0]


def _with_category(connection, tables: list[str], orders: str) -> str:
    """The lines of a relation of orders, each with the category that the run's table `orders` will give it."""
    have = columns(connection, orders)
    own = "nullif(o.category, '')" if "category" in have else "NULL"
    is_listed = (
        "products" in tables and "product_id" in have and "category" in columns(connection, "kept_products")
    )
    if own == "NULL" and not is_listed:
        raise SettingsError(
            "categories: chooses order lines by their category, and neither orders nor products have a column category; "
            "name it in mapping.yml"
        )
    listed, joined = (
        ("nullif(p.category, '')", "LEFT JOIN kept_products p USING (product_id)")
        if is_listed
        else ("NULL", "")
    )
    return f"(SELECT o._record, coalesce({own}, {listed}) AS category FROM {orders} o {joined})"


def _require_known(connection, lines: str, categories: tuple[str, ...]) -> None:
    """Refuse a category of which there is no line, whenever that line was: its name is probably written otherwise."""
    rows = connection.execute(
        f"SELECT category, count(*) FROM {lines} WHERE category IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    known = [name for name, _ in rows]
    for category in categories:
        if category not in known:
            near = difflib.get_close_matches(category, known, n=3) or known[:_NAMED]
            raise SettingsError(
                f"categories: no order line is of {category!r}; of {len(known):,} categories the nearest are "
                f"{', '.join(near) or 'none'}"
            )


def _without_orders(connection) -> list[dict[str, str]]:
    """``regions_beyond``, and a warning that counts the customers in it."""
    connection.execute(
        """CREATE TABLE regions_beyond AS
        SELECT customer_id, NULL::VARCHAR AS region FROM good_orders GROUP BY customer_id"""
        if "region" not in columns(connection, "good_orders")
        else """CREATE TABLE regions_beyond AS
        SELECT customer_id, region FROM (
            SELECT customer_id, nullif(region, '') AS region, sum(amount) AS spend, max(order_date) AS latest
            FROM good_orders GROUP BY ALL)
        QUALIFY row_number() OVER (
            PARTITION BY customer_id ORDER BY region IS NULL, spend DESC, latest DESC, region) = 1"""
    )
    connection.execute(
        """DELETE FROM regions_beyond
        WHERE customer_id IN (SELECT customer_id FROM kept_orders)"""
    )
    (customers,) = connection.execute("SELECT count(*) FROM regions_beyond").fetchone()
    return [warn("scope", key="prospects", table="orders", customers=customers)] if customers else []
