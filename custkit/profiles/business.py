"""What the data hold: how much, where, when, and which products."""

import datetime

import pandas as pd

from custkit import schema
from custkit.settings import ProfileRules

_NO_LEVEL = "(none)"  # what mix calls a line without a channel or a category

_MONEY_DECIMALS = 4  # the finest that money has: rounding to it makes a sum of floats free of the row order


def overview(features: pd.DataFrame, product_totals: pd.DataFrame) -> pd.DataFrame:
    """The size of it all, in one row.

    Parameters
    ----------
    features : one row per customer
    product_totals : one row per product and region; may be empty

    Returns
    -------
    one row
        ``customers`` = ``buyers`` + ``refunds_only`` + ``prospects``; ``n_orders`` counting orders; ``n_refunds``
        refund lines; ``spend`` = ``gross_spend`` - ``refunded``, in the run's currency; ``without_spend`` customers with
        an order (of no money too) or a refund whose spend is at or below zero, ``buyers_without_spend`` the buyers among them;
        ``share_refunded`` of ``gross_spend`` (0 without any); ``n_products`` products without non-product codes; ``first_order``, ``last_order`` empty without a buyer.
    """
    columns = [
        "status",
        "n_orders",
        "n_refunds",
        "spend",
        "gross_spend",
        "first_order",
        "last_order",
        "age_days",
    ]
    schema.require(features, columns, "features")
    schema.require(product_totals, ["product_id"], "product_totals")
    status = features["status"]
    # Whoever only got goods for nothing has no counting order, but has a first day, and so an age.
    active = (status != "prospect") | features["age_days"].notna()
    unspent = (features["spend"] <= 0) & active
    spend, gross = _money(features["spend"].sum()), _money(features["gross_spend"].sum())
    return pd.DataFrame(
        {
            "customers": [len(features)],
            "buyers": (status == "buyer").sum(),
            "refunds_only": (status == "refunds_only").sum(),
            "prospects": (status == "prospect").sum(),
            "n_orders": features["n_orders"].sum(),
            "n_refunds": features["n_refunds"].sum(),
            "gross_spend": gross,
            "refunded": _money(gross - spend),
            "share_refunded": (gross - spend) / gross if gross > 0 else 0.0,
            "spend": spend,
            "without_spend": unspent.sum(),
            "buyers_without_spend": (unspent & (status == "buyer")).sum(),
            "n_products": product_totals["product_id"].nunique(),
            "first_order": features["first_order"].min(),
            "last_order": features["last_order"].max(),
        }
    )


def by_region(features: pd.DataFrame) -> pd.DataFrame:
    """Customers, orders and money of each region, most spend first (ties: latest order, then name).

    Returns
    -------
    one row per region with a customer
        ``rank``, ``region``, ``customers``, ``share_of_customers``, ``buyers``, ``n_orders``, ``spend``,
        ``share_of_spend`` (0 where the whole spend is not above zero) and ``median_spend`` per buyer (0 without a buyer).
    """
    schema.require(features, ["region", "status", "n_orders", "spend", "last_order"], "features")
    buyers = features["status"] == "buyer"
    regions = (
        features.assign(is_buyer=buyers, bought=features["spend"].where(buyers))
        .groupby("region")
        .agg(
            customers=("status", "size"),
            buyers=("is_buyer", "sum"),
            n_orders=("n_orders", "sum"),
            spend=("spend", "sum"),
            median_spend=("bought", "median"),
            latest=("last_order", "max"),
        )
        .reset_index()
    )
    regions["spend"] = _money(regions["spend"])
    regions["share_of_spend"] = _share(regions["spend"], regions["spend"].sum())
    regions["share_of_customers"] = _share(regions["customers"], regions["customers"].sum())
    regions["median_spend"] = regions["median_spend"].fillna(0.0)
    regions = _ranked(regions, ["spend", "latest", "region"], [False, False, True])
    counts = ["customers", "share_of_customers", "buyers", "n_orders"]
    return regions[["rank", "region", *counts, "spend", "share_of_spend", "median_spend"]]


def leading_regions(regions: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """The largest regions of ``by_region``, and the others as one row where they are more than one.

    Returns
    -------
    up to ``rules.top_levels`` rows and the rest
        ``region`` (empty for the rest), ``regions`` that the row stands for, ``buyers``, ``spend``, ``share_of_spend``.
    """
    schema.require(regions, ["region", "buyers", "spend", "share_of_spend"], "regions")
    ones = regions[["region", "buyers", "spend", "share_of_spend"]].assign(regions=1)
    if len(ones) <= rules.top_levels + 1:
        return ones
    top, rest = ones.iloc[: rules.top_levels], ones.iloc[rules.top_levels :]
    together = rest[["buyers", "spend", "share_of_spend", "regions"]].sum().to_frame().T.assign(region="")
    return pd.concat([top, together.astype(dict(ones.dtypes))[list(ones)]], ignore_index=True)


def monthly(
    periods: pd.DataFrame,
    features: pd.DataFrame,
    *,
    first_day: datetime.date | pd.Timestamp | None,
    last_day: datetime.date | pd.Timestamp | None,
) -> pd.DataFrame:
    """Orders, money and buyers of each month; months without an order are there too.

    Parameters
    ----------
    periods : one row per customer, month and channel
    features : of the same customers, for the month of their first order
    first_day, last_day : between which the whole run's data lie; a month that they cut is partial. Without a first
        order (refunds only) the data begin with the month of the first line.

    Returns
    -------
    one row per month, in order; none without a last day or a period
        ``month`` (its first day), ``days_covered``, ``is_partial``, ``buyers`` with a counting order in it,
        ``new_buyers`` whose first known order it was, ``returning_buyers``, ``n_orders``, ``spend`` (a refund in its
        own month), and ``rank`` of the complete months by spend (ties: latest), 0 for a partial one.
    """
    schema.require(periods, ["customer_id", "month", "n_orders", "spend"], "periods")
    schema.require(features, ["customer_id", "first_order"], "features")
    if periods.empty or pd.isna(last_day):
        return _no_months()
    sums = periods.groupby("month").agg(n_orders=("n_orders", "sum"), spend=("spend", "sum"))
    ordered = periods.loc[periods["n_orders"] > 0, ["customer_id", "month"]].drop_duplicates()
    first_month = features["first_order"].dropna().dt.to_period("M").dt.to_timestamp()
    first_day = sums.index.min() if pd.isna(first_day) else pd.Timestamp(first_day)
    last_day = pd.Timestamp(last_day)
    begin = min(sums.index.min(), first_day.replace(day=1))
    end = max(sums.index.max(), last_day.replace(day=1))
    months = pd.DataFrame({"month": pd.date_range(begin, end, freq="MS", unit="us")})
    stop = months["month"] + pd.offsets.MonthEnd(0)
    covered = (stop.clip(upper=last_day) - months["month"].clip(lower=first_day)).dt.days + 1
    months = months.assign(
        days_covered=covered.clip(lower=0),
        is_partial=covered < months["month"].dt.days_in_month,
        buyers=_counted(months["month"], ordered["month"]),
        new_buyers=_counted(months["month"], first_month),
        n_orders=months["month"].map(sums["n_orders"]).fillna(0).astype("int64"),
        spend=_money(months["month"].map(sums["spend"]).fillna(0.0)),
    )
    months["returning_buyers"] = months["buyers"] - months["new_buyers"]
    complete = months[~months["is_partial"]].sort_values(["spend", "month"], ascending=False)
    months["rank"] = pd.Series(range(1, len(complete) + 1), index=complete.index).reindex(
        months.index, fill_value=0
    )
    return months[list(_no_months())]


def weekdays(mix: pd.DataFrame) -> pd.DataFrame:
    """Order lines of each day of the week; a line is an item on an order, refunds are not counted.

    Returns
    -------
    seven rows, Monday (1) first; none without a line
        ``weekday``, ``lines``, ``share_of_lines``, ``rank`` by lines (ties: the earlier day).
    """
    schema.require(mix, ["dimension", "level", "lines"], "mix")
    placed = mix[(mix["dimension"] == "weekday_hour") & (mix["lines"] > 0)]
    if placed.empty:
        return _typed(weekday="int64", lines="int64", share_of_lines="float64", rank="int64")
    lines = (
        placed.groupby(placed["level"].str[0].astype("int64"))["lines"]
        .sum()
        .reindex(range(1, 8), fill_value=0)
    )
    week = pd.DataFrame({"weekday": range(1, 8), "lines": lines.to_numpy()})
    week["share_of_lines"] = _share(week["lines"], week["lines"].sum())
    return _ranked(week, ["lines", "weekday"], [False, True]).sort_values("weekday", ignore_index=True)[
        ["weekday", "lines", "share_of_lines", "rank"]
    ]


def rhythm(mix: pd.DataFrame) -> pd.DataFrame:
    """Order lines in each hour of the week that has one; lines without a time of day have no place here.

    Returns
    -------
    one row per weekday and hour with a line, in order; none where no line has a time
        ``weekday`` (1 Monday), ``hour`` 0 to 23, ``customers``, ``lines``, ``rank`` by lines (ties: the earlier).
    """
    schema.require(mix, ["customer_id", "dimension", "level", "lines"], "mix")
    placed = mix[(mix["dimension"] == "weekday_hour") & (mix["lines"] > 0) & (mix["level"].str.len() == 4)]
    hours = (
        placed.assign(
            weekday=placed["level"].str[0].astype("int64"), hour=placed["level"].str[2:].astype("int64")
        )
        .groupby(["weekday", "hour"])
        .agg(customers=("customer_id", "nunique"), lines=("lines", "sum"))
        .reset_index()
    )
    ranked = _ranked(hours, ["lines", "weekday", "hour"], [False, True, True])
    return ranked.sort_values(["weekday", "hour"], ignore_index=True)[
        ["weekday", "hour", "customers", "lines", "rank"]
    ]


def products(product_totals: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """The products that bring most money, and those that go out in most units, refunds taken off.

    Only products above zero are listed (ties: the other measure, then name, then code). Shipping and other
    non-product codes are not in ``product_totals``.

    Returns
    -------
    up to ``rules.top_products`` rows per ``ranking`` (``spend``, ``quantity``)
        ``ranking``, ``rank``, ``product_id``, ``product`` (the code where it has no name), ``customers``, ``n_orders``,
        ``quantity``, ``spend``, ``share_of_products`` of all products above zero by this ranking.
    """
    columns = ["product_id", "product", "region", "customers", "n_orders", "quantity", "spend"]
    schema.require(product_totals, columns, "product_totals")
    sold = (
        product_totals.sort_values(["product_id", "spend", "region"], ascending=[True, False, True])
        .groupby("product_id")
        .agg(
            product=("product", "first"),
            customers=("customers", "sum"),
            n_orders=("n_orders", "sum"),
            quantity=("quantity", "sum"),
            spend=("spend", "sum"),
        )
        .reset_index()
    )
    sold = sold.assign(
        product=sold["product"].fillna(sold["product_id"]),
        quantity=_money(sold["quantity"]),
        spend=_money(sold["spend"]),
    )
    lists = []
    for ranking, other in (("spend", "quantity"), ("quantity", "spend")):
        above = sold[sold[ranking] > 0]
        above = above.assign(ranking=ranking, share_of_products=_share(above[ranking], above[ranking].sum()))
        order = _ranked(above, [ranking, other, "product", "product_id"], [False, False, True, True])
        lists.append(order.head(rules.top_products))
    kept = ["customers", "n_orders", "quantity", "spend", "share_of_products"]
    return pd.concat(lists, ignore_index=True)[["ranking", "rank", "product_id", "product", *kept]]


def levels(mix: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> pd.DataFrame:
    """Money by sales channel and by product category, the largest first (ties: more lines, then name).

    A dimension that no line names is left out. Lines without a name stand last, as ``(none)``.

    Returns
    -------
    up to ``rules.top_levels`` rows per ``dimension`` (``channel``, ``category``)
        ``dimension``, ``rank``, ``level``, ``customers``, ``lines``, ``spend``, ``share_of_spend`` of the dimension
        (0 where its spend is not above zero).
    """
    schema.require(mix, ["customer_id", "dimension", "level", "lines", "spend"], "mix")
    lists = []
    for dimension in ("channel", "category"):
        own = mix[mix["dimension"] == dimension]
        if (own["level"] == _NO_LEVEL).all():
            own = own.iloc[:0]
        found = (
            own.groupby("level")
            .agg(customers=("customer_id", "nunique"), lines=("lines", "sum"), spend=("spend", "sum"))
            .reset_index()
        )
        found["spend"] = _money(found["spend"])
        found = found.assign(
            dimension=dimension,
            share_of_spend=_share(found["spend"], found["spend"].sum()),
            is_unnamed=found["level"] == _NO_LEVEL,
        )
        by = ["is_unnamed", "spend", "lines", "level"]
        lists.append(_ranked(found, by, [True, False, False, True]).head(rules.top_levels))
    return pd.concat(lists, ignore_index=True)[
        ["dimension", "rank", "level", "customers", "lines", "spend", "share_of_spend"]
    ]


def _no_months() -> pd.DataFrame:
    counts = dict.fromkeys(("buyers", "new_buyers", "returning_buyers", "n_orders"), "int64")
    days = {"month": "datetime64[us]", "days_covered": "int64", "is_partial": "bool"}
    return _typed(**days, **counts, spend="float64", rank="int64")


def _typed(**kinds: str) -> pd.DataFrame:
    """A table of these columns without rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _counted(months: pd.Series, events: pd.Series) -> pd.Series:
    return months.map(events.value_counts()).fillna(0).astype("int64")


def _ranked(table: pd.DataFrame, by: list[str], ascending: list[bool]) -> pd.DataFrame:
    ordered = table.sort_values(by, ascending=ascending, ignore_index=True)
    return ordered.assign(rank=range(1, len(ordered) + 1))


def _money(amount):
    return amount.round(_MONEY_DECIMALS)


def _share(part: pd.Series, total: float) -> pd.Series:
    return part / total if total > 0 else part * 0.0
