"""Order lines to one row per customer, per month and per habit: the only code that touches order-sized data.

Everything is an Ibis expression over typed tables, so that the same lines run in DuckDB and on a cluster. Money is
summed as whole units of 10^-decimals and becomes currency units at the very end.
"""

import datetime

import ibis
import ibis.expr.types as ir
from ibis import _

NO_LEVEL = "(none)"


def lines(
    orders: ir.Table, refunds: ir.Table, *, decimals: int, until: datetime.date | None = None
) -> ir.Table:
    """Order lines and refunds in one table, with ``money`` in whole units; lines after ``until`` left out."""
    both = orders.union(refunds.select(*orders.columns))  # which order a refund takes back has no say
    both = both.mutate(money=(both.amount * 10**decimals).round().cast("int64"))
    return both if until is None else both.filter(both.order_date <= until)


def sql(expression: ir.Table) -> str:
    """What DuckDB is asked."""
    return str(ibis.to_sql(expression, dialect="duckdb"))


def regions(all_lines: ir.Table) -> ir.Table:
    """The region in which each customer spends most (net); ties: latest order, then name. customer_id, region."""
    return _top(all_lines, "region")


def features(
    all_lines: ir.Table,
    customers: ir.Table,
    *,
    as_of: datetime.date,
    decimals: int,
    non_products: tuple[str, ...] = (),
) -> ir.Table:
    """One row per customer with the measures of the design, at the day ``as_of``.

    Parameters
    ----------
    all_lines : from ``lines``, none after ``as_of``
    customers : customer_id (every customer once), region, and registered_on where known
    non_products : product codes (``*`` at the end) without a say in ``top_category``

    Returns
    -------
    sorted by customer_id. ``recency_days``, ``tenure_days`` and the days are empty without a counting order;
    ``status`` is buyer, refunds_only (refunds and no counting order) or prospect (neither). Where the lines have a
    ``cost``, ``margin`` is spend less cost, empty for a customer with a line whose cost is not known. Where they have a
    ``discount``, it is summed over lines at or above zero (an empty one is none, its sign does not matter), and
    ``discounted_share`` is the share of their money that stands on lines with a discount: at prices before discount
    (``gross_spend`` + ``discount``), so that a discount does not make its own line weigh less.
    """
    unit = 10.0**decimals
    by_order = _counting_orders(all_lines)
    counting = by_order.group_by("customer_id").agg(
        first_order=_.day.min(), last_order=_.day.max(), n_orders=_.count()
    )
    costed, discounted = "cost" in all_lines.columns, "discount" in all_lines.columns
    sums = all_lines.group_by("customer_id").agg(
        spend=_.money.sum(),
        gross_spend=_.money.sum(where=_.money > 0),
        n_refunds=_.count(where=_.money < 0),
        **(
            {"cost": _cost(all_lines, unit), "lines_without_cost": _.count(where=_.cost.isnull())}
            if costed
            else {}
        ),
        **(_discounts(all_lines, unit) if discounted else {}),
    )
    purchase_days = (
        all_lines.filter(_.money >= 0).group_by("customer_id", "order_date").agg(money=_.money.sum())
    )
    repeats = purchase_days.group_by("customer_id").agg(
        days=_.count(),
        first_day=_.order_date.min(),
        last_day=_.order_date.max(),
        money=_.money.sum(),
        first_money=_.money.argmin(_.order_date),
    )
    joined = customers.select(
        "customer_id", "region", registered_on=_optional(customers, "registered_on", "date")
    )
    parts = [counting, sums, repeats, _gaps(by_order)]
    parts.append(_named(all_lines, "category", "top_category", non_products))
    parts.append(_named(all_lines, "channel", "main_channel"))
    for part in parts:
        joined = joined.left_join(part, "customer_id").drop("customer_id_right")
    today = ibis.literal(as_of)
    # Who registers later was not registered on that day.
    registered_on = ibis.cases((joined.registered_on.cast("date") <= today, joined.registered_on))
    n_orders = joined.n_orders.fill_null(0)
    n_refunds = joined.n_refunds.fill_null(0)
    repeat_orders = (joined.days - 1).fill_null(0)
    return joined.select(
        "customer_id",
        "region",
        "first_order",
        "last_order",
        recency_days=today.delta(joined.last_order, unit="day"),
        n_orders=n_orders,
        spend=joined.spend.fill_null(0) / unit,
        gross_spend=joined.gross_spend.fill_null(0) / unit,
        n_refunds=n_refunds,
        tenure_days=today.delta(registered_on.coalesce(joined.first_order), unit="day"),
        avg_order_value=joined.spend / unit / joined.n_orders,
        median_gap_days=joined.median_gap_days,
        top_category=joined.top_category,
        main_channel=joined.main_channel,
        repeat_orders=repeat_orders,
        age_days=today.delta(joined.first_day, unit="day"),
        active_days=joined.last_day.delta(joined.first_day, unit="day"),
        mean_repeat_spend=ibis.cases(
            (repeat_orders > 0, (joined.money - joined.first_money) / unit / repeat_orders)
        ),
        status=ibis.cases((n_orders > 0, "buyer"), (n_refunds > 0, "refunds_only"), else_="prospect"),
        **(
            {"margin": ibis.cases((joined.lines_without_cost == 0, (joined.spend - joined.cost) / unit))}
            if costed
            else {}
        ),
        **(
            {
                "discount": joined.discount.fill_null(0) / unit,
                "discounted_share": joined.discounted / joined.before_discount.nullif(0),
            }
            if discounted
            else {}
        ),
    ).order_by("customer_id")


def known_by(customers: ir.Table, all_lines: ir.Table, day: datetime.date) -> ir.Table:
    """Those of ``customers`` who were known on a day: registered by then, or it is not known when, or with a line by then."""
    if "registered_on" not in customers.columns:
        return customers
    came_later = customers.filter(_.registered_on.cast("date") > ibis.literal(day))
    strangers = came_later.anti_join(all_lines.filter(_.order_date <= ibis.literal(day)), "customer_id")
    return customers.anti_join(strangers, "customer_id")


def features_of_values(values: ir.Table, customers: ir.Table, *, as_of: datetime.date | None) -> ir.Table:
    """The same columns from customer-level input where no order lines are given; what it cannot tell stays empty."""
    joined = customers.select(
        "customer_id", "region", registered_on=_optional(customers, "registered_on", "date")
    )
    values = values.select(
        "customer_id",
        last_order=_optional(values, "last_order", "date"),
        given_recency=_optional(values, "recency_days", "int64"),
        n_orders=_optional(values, "n_orders", "int64"),
        spend=_optional(values, "spend", "float64"),
        top_category=_optional(values, "top_category", "string"),
    )
    joined = joined.left_join(values, "customer_id").drop("customer_id_right")
    n_orders = joined.n_orders.fill_null(0)
    # Of a buyer, unknown is not nothing.
    spend = ibis.cases((n_orders > 0, joined.spend), else_=joined.spend.fill_null(0.0))
    day = "date"
    if as_of is None:
        recency, tenure = joined.given_recency, ibis.null("int64")
    else:
        today = ibis.literal(as_of)
        recency = today.delta(joined.last_order, unit="day").coalesce(joined.given_recency)
        registered_on = ibis.cases((joined.registered_on.cast("date") <= today, joined.registered_on))
        tenure = today.delta(registered_on, unit="day")
    return joined.select(
        "customer_id",
        "region",
        first_order=ibis.null(day),
        last_order=joined.last_order,
        recency_days=recency,
        n_orders=n_orders,
        spend=spend,
        gross_spend=spend,
        n_refunds=ibis.literal(0, "int64"),
        tenure_days=tenure,
        avg_order_value=spend / n_orders.nullif(0),
        median_gap_days=ibis.null("float64"),
        top_category=joined.top_category,
        main_channel=ibis.null("string"),
        repeat_orders=ibis.literal(0, "int64"),
        age_days=ibis.null("int64"),
        active_days=ibis.null("int64"),
        mean_repeat_spend=ibis.null("float64"),
        status=ibis.ifelse(n_orders > 0, "buyer", "prospect"),
    ).order_by("customer_id")


def next_orders(all_lines: ir.Table, events: ir.Table) -> ir.Table:
    """The day of the first counting order after the day of each event; empty where none came.

    Parameters
    ----------
    all_lines : from ``lines``
    events : customer_id, date; each pair once

    Returns
    -------
    the pairs, sorted, with ``next_order``. An order on the day itself is not after it.
    """
    asked = events.select("customer_id", "date")
    orders = _counting_orders(all_lines.semi_join(asked, "customer_id")).select(who="customer_id", day="day")
    later = asked.left_join(orders, [asked.customer_id == orders.who, asked.date < orders.day])
    return later.group_by("customer_id", "date").agg(next_order=_.day.min()).order_by("customer_id", "date")


def periods(all_lines: ir.Table, *, decimals: int) -> ir.Table:
    """Counting orders and net money of each customer, month and channel; a refund counts in its own month.

    An order stands in the month of its first line and in the channel that has most of its money.
    """
    by_order = all_lines.group_by("customer_id", "order_id").agg(day=_.order_date.min(), net=_.money.sum())
    if "channel" in all_lines.columns:
        order_channel = _top(all_lines, "channel", "order_id")
        by_order = by_order.left_join(order_channel, ["customer_id", "order_id"]).select(
            "customer_id", "day", "net", "channel"
        )
        spend_channel = all_lines.channel
    else:
        by_order = by_order.mutate(channel=ibis.null("string"))
        spend_channel = ibis.null("string")
    counted = by_order.filter(_.net > 0).select(
        "customer_id",
        "channel",
        month=_.day.truncate("M"),
        n_orders=ibis.literal(1, "int64"),
        money=ibis.literal(0, "int64"),
    )
    spent = all_lines.select(
        "customer_id",
        channel=spend_channel,
        month=_.order_date.truncate("M"),
        n_orders=ibis.literal(0, "int64"),
        money=_.money,
    )
    return (
        counted.union(spent)
        .group_by("customer_id", "month", "channel")
        .agg(n_orders=_.n_orders.sum().cast("int64"), spend=_.money.sum() / 10.0**decimals)
        .order_by("customer_id", "month", "channel")
    )


def mix(all_lines: ir.Table, *, decimals: int, non_products: tuple[str, ...] = ()) -> ir.Table:
    """Order lines and net money of each customer by category, by channel and by hour of the week.

    ``level`` of ``weekday_hour`` is "1-09": ISO weekday, then the hour ("1-" without a time). Categories leave out
    ``non_products``. ``lines`` counts lines at or above zero; refunds are taken off ``spend``.
    """
    weekday = (all_lines.order_date.day_of_week.index() + 1).cast("string")
    hour = (
        all_lines.order_time.substr(0, 2).fill_null("")
        if "order_time" in all_lines.columns
        else ibis.literal("")
    )
    parts = [_levels(all_lines.mutate(level=weekday + "-" + hour), "weekday_hour")]
    if "category" in all_lines.columns:
        products = _without(all_lines, non_products)
        parts.append(_levels(products.mutate(level=products.category.fill_null(NO_LEVEL)), "category"))
    if "channel" in all_lines.columns:
        parts.append(_levels(all_lines.mutate(level=all_lines.channel.fill_null(NO_LEVEL)), "channel"))
    table = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return table.mutate(spend=table.spend / 10.0**decimals).order_by("customer_id", "dimension", "level")


def product_totals(
    all_lines: ir.Table, customers: ir.Table, *, decimals: int, non_products: tuple[str, ...] = ()
) -> ir.Table | None:
    """What each product sold in each region (of the customer), refunds taken off; None without a product column.

    A product that goes by several names is shown under the one with most money (ties: latest, then name).
    ``customers`` and ``n_orders`` count lines at or above zero.
    """
    if "product_id" not in all_lines.columns and "product" not in all_lines.columns:
        return None
    key = "product_id" if "product_id" in all_lines.columns else "product"
    sold = _without(all_lines.mutate(product_id=all_lines[key]), non_products).filter(_.product_id.notnull())
    sold = sold.mutate(quantity=_optional(sold, "quantity", "float64"))
    sold = sold.drop(*({"region"} & set(sold.columns))).inner_join(
        customers.select("customer_id", "region"), "customer_id"
    )
    sold = sold.mutate(order=sold.customer_id + "\u001f" + sold.order_id)
    totals = sold.group_by("product_id", "region").agg(
        customers=_.customer_id.nunique(where=_.money >= 0),
        n_orders=_.order.nunique(where=_.money >= 0),
        quantity=_.quantity.sum().fill_null(0.0),
        spend=_.money.sum() / 10.0**decimals,
    )
    for column in ("product", "category"):
        if column in all_lines.columns:
            names = _top(sold, column, by="product_id")
        else:
            names = totals.select("product_id").distinct().mutate(**{column: ibis.null("string")})
        totals = totals.left_join(names, "product_id").drop("product_id_right")
    return totals.select(
        "product_id", "product", "category", "region", "customers", "n_orders", "quantity", "spend"
    ).order_by("product_id", "region")


def _counting_orders(all_lines: ir.Table) -> ir.Table:
    """customer_id, order_id, the day of its first line, and its net money, above zero."""
    by_order = all_lines.group_by("customer_id", "order_id")
    return by_order.agg(day=_.order_date.min(), net=_.money.sum()).filter(_.net > 0)


def _discounts(all_lines: ir.Table, unit: float) -> dict[str, ir.Value]:
    discount = (all_lines.discount.abs() * unit).round().cast("int64").fill_null(0)
    charged, before = all_lines.money >= 0, all_lines.money + discount
    return {
        "discount": discount.sum(where=charged),
        "before_discount": before.sum(where=charged),
        "discounted": before.sum(where=charged & (discount > 0)).fill_null(0),
    }


def _cost(all_lines: ir.Table, unit: float) -> ir.Value:
    return (all_lines.cost * unit).round().cast("int64").sum()


def _levels(table: ir.Table, dimension: str) -> ir.Table:
    return (
        table.group_by("customer_id", "level")
        .agg(lines=_.count(where=_.money >= 0), spend=_.money.sum())
        .select("customer_id", "level", "lines", "spend", dimension=ibis.literal(dimension))[
            ["customer_id", "dimension", "level", "lines", "spend"]
        ]
    )


def _top(all_lines: ir.Table, column: str, within: str = "", *, by: str = "customer_id") -> ir.Table:
    """The value of ``column`` with most net money for each ``by`` (and ``within``); ties: latest, then name."""
    keys = [by, within] if within else [by]
    totals = (
        all_lines.filter(all_lines[column].notnull())
        .group_by(*keys, column)
        .agg(money=_.money.sum(), latest=_.order_date.max())
    )
    ranked = totals.mutate(
        place=ibis.row_number().over(
            group_by=keys, order_by=[ibis.desc("money"), ibis.desc("latest"), ibis.asc(column)]
        )
    )
    return ranked.filter(_.place == 0).select(*keys, column)


def _named(all_lines: ir.Table, column: str, name: str, non_products: tuple[str, ...] = ()) -> ir.Table:
    if column not in all_lines.columns:
        return all_lines.select("customer_id").distinct().mutate(**{name: ibis.null("string")})
    return _top(_without(all_lines, non_products), column).rename({name: column})


def _gaps(by_order: ir.Table) -> ir.Table:
    """Median days between a customer's distinct days of counting orders; no row with fewer than two."""
    days = by_order.select("customer_id", "day").distinct()
    before = days.day.lag().over(group_by="customer_id", order_by="day")
    gaps = days.mutate(gap=days.day.delta(before, unit="day")).filter(_.gap.notnull())
    return gaps.group_by("customer_id").agg(median_gap_days=_.gap.median().cast("float64"))


def _without(table: ir.Table, codes: tuple[str, ...]) -> ir.Table:
    """Lines whose product code is none of ``codes``; a code that ends in * stands for all that begin so."""
    if "product_id" not in table.columns or not codes:
        return table
    whole = [code for code in codes if not code.endswith("*")]
    is_code = table.product_id.isin(whole)
    for code in codes:
        if code.endswith("*"):
            is_code |= table.product_id.startswith(code[:-1])
    return table.filter(~is_code.fill_null(False))


def _optional(table: ir.Table, column: str, kind: str) -> ir.Value:
    return table[column].cast(kind) if column in table.columns else ibis.null(kind)
