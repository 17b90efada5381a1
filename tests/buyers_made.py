"""Buyers made by the very story that the lifetime models tell, with parameters that are known, and CDNOW's as published."""

import numpy as np
import pandas as pd
from conftest import shared

BG = (0.5, 6.0, 0.8, 2.5)  # r, alpha (weeks), a, b
MONEY = (6.0, 4.0, 15.0)  # p, q, v


def histories(n: int, parameters=BG, *, first: int = 0, days: int = 364, seed: int = 0) -> pd.DataFrame:
    """Features of ``n`` buyers who began in the first half of ``days``; ``first`` is 1 where they may leave at once."""
    draw = np.random.default_rng(seed)
    r, alpha, a, b = parameters
    pace, leaves = draw.gamma(r, 1 / alpha, n) / 7, draw.beta(a, b, n)
    age = draw.integers(days // 2, days, n)
    last, orders = np.zeros(n), np.zeros(n, dtype="int64")
    here = draw.random(n) >= leaves if first else np.ones(n, dtype=bool)
    while here.any():
        coming = last + draw.exponential(1 / np.maximum(pace, 1e-12))
        here &= coming <= age
        last, orders = np.where(here, coming, last), orders + here
        here &= draw.random(n) >= leaves
    return _features(orders, last.astype("int64"), age, draw)


def _features(orders, active, age, draw) -> pd.DataFrame:
    p, q, v = MONEY
    n = len(orders)
    scale = draw.gamma(q, 1 / v, n)
    each = draw.gamma(p * np.maximum(orders, 1), 1 / scale) / np.maximum(orders, 1)
    mean = np.where(orders > 0, each, np.nan).round(2)
    spend = np.where(orders > 0, each * (orders + 1), 20.0).round(2)
    return pd.DataFrame(
        {
            "customer_id": pd.Series([f"c{place:06d}" for place in range(n)], dtype="str"),
            "status": pd.Series(["buyer"] * n, dtype="str"),
            "repeat_orders": orders,
            "active_days": pd.array(active, dtype="Int64"),
            "age_days": pd.array(age, dtype="Int64"),
            "recency_days": pd.array(age - active, dtype="Int64"),
            "n_orders": orders + 1,
            "spend": spend,
            "gross_spend": spend,
            "mean_repeat_spend": mean,
        }
    )


def apart(customer_id: str = "pro", status: str = "prospect") -> pd.DataFrame:
    """One customer who is no buyer."""
    one = histories(1).assign(customer_id=customer_id, status=status, repeat_orders=0, n_orders=0, spend=0.0)
    empty = pd.array([pd.NA], dtype="Int64")
    return one.assign(active_days=empty, age_days=empty, recency_days=empty, mean_repeat_spend=np.nan)


def cdnow() -> tuple[pd.DataFrame, pd.Series]:
    """CDNOW's sample at the end of week 39 (1997-09-30), and how many days with an order each customer had after it."""
    lines = pd.read_csv(
        shared("cdnow/cdnow_sample.txt"),
        sep=r"\s+",
        header=None,
        names=["master", "customer_id", "day", "quantity", "amount"],
        dtype=str,
    )
    lines = lines.assign(day=pd.to_datetime(lines["day"]), amount=lines["amount"].astype(float))
    days = lines.groupby(["customer_id", "day"], as_index=False)["amount"].sum()
    end = pd.Timestamp("1997-09-30")
    past = days[days["day"] <= end].assign(first=lambda of: of.groupby("customer_id")["day"].transform("min"))
    by_customer = past.groupby("customer_id")
    first, last = by_customer["day"].min(), by_customer["day"].max()
    repeats = past[past["day"] > past["first"]].groupby("customer_id")["amount"].mean()
    spend = by_customer["amount"].sum()
    features = pd.DataFrame(
        {
            "status": "buyer",
            "repeat_orders": by_customer.size() - 1,
            "active_days": (last - first).dt.days,
            "age_days": (end - first).dt.days,
            "recency_days": (end - last).dt.days,
            "n_orders": by_customer.size(),
            "spend": spend,
            "gross_spend": spend,
            "mean_repeat_spend": repeats.reindex(first.index),
        }
    ).reset_index()
    after = days[days["day"] > end].groupby("customer_id").size()
    return features, after.reindex(features["customer_id"], fill_value=0).reset_index(drop=True)
