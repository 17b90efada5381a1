"""Orders of made-up customers and features of any day from them."""

import datetime

import numpy as np
import pandas as pd

START = datetime.date(2023, 1, 1)
END = datetime.date(2024, 12, 31)


def orders(customers: int, seed: int = 5, *, by_pace: bool = True) -> pd.DataFrame:
    """customer_id, day, amount. With ``by_pace`` customers differ in pace and stay; else all keep one pace, and leave.

    So in the first case many orders tell more than the last one, in the second the last one tells all.
    """
    rng = np.random.default_rng(seed)
    days = (END - START).days
    gap = np.exp(rng.normal(4.5, 1.0, customers)) if by_pace else np.full(customers, 45.0)
    begin = rng.integers(0, days - 60, customers)
    life = np.full(customers, np.inf) if by_pace else rng.exponential(400, customers)
    most = 90
    steps = rng.exponential(1, (customers, most)) * gap[:, None]
    steps[:, 0] = 0
    when = begin[:, None] + np.cumsum(steps, axis=1)
    kept = (when <= days) & (when <= (begin + life)[:, None])
    who, _ = np.nonzero(kept)
    return pd.DataFrame(
        {
            "customer_id": pd.Series([f"c{place:05d}" for place in who], dtype="str"),
            "day": pd.Timestamp(START) + pd.to_timedelta(when[kept].astype(int), unit="D"),
            "amount": rng.integers(500, 9000, kept.sum()) / 100,
        }
    ).astype({"day": "datetime64[ms]"})


def features_at(lines: pd.DataFrame, day: datetime.date) -> pd.DataFrame:
    """What features.py makes of these orders on that day: every customer once, each line an order, no refunds."""
    ids = pd.Index(sorted(lines["customer_id"].unique()), name="customer_id")
    known = lines[lines["day"] <= pd.Timestamp(day)].sort_values(["customer_id", "day"])
    by = known.groupby("customer_id")
    table = by.agg(
        first_order=("day", "min"),
        last_order=("day", "max"),
        n_orders=("day", "size"),
        spend=("amount", "sum"),
        days=("day", "nunique"),
    ).reindex(ids)
    distinct = known.drop_duplicates(["customer_id", "day"])
    gaps = distinct["day"].diff().dt.days.where(distinct["customer_id"].eq(distinct["customer_id"].shift()))
    today = pd.Timestamp(day)
    spend = table["spend"].fillna(0.0).round(2)
    return (
        table.assign(
            region="East",
            recency_days=(today - table["last_order"]).dt.days,
            n_orders=table["n_orders"].fillna(0).astype("int64"),
            spend=spend,
            gross_spend=spend,
            n_refunds=0,
            avg_order_value=spend / table["n_orders"],
            median_gap_days=gaps.groupby(distinct["customer_id"]).median().reindex(ids),
            repeat_orders=(table["days"] - 1).fillna(0).astype("int64"),
            age_days=(today - table["first_order"]).dt.days,
            active_days=(table["last_order"] - table["first_order"]).dt.days,
            status=np.where(table["n_orders"].isna(), "prospect", "buyer"),
        )
        .drop(columns="days")
        .reset_index()
    )
