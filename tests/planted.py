"""Made-up buyers for the tests of 04: groups that are known, or none."""

import numpy as np
import pandas as pd

# Median days since the last order, orders and spend of each group.
FOUR_GROUPS = ((6, 30, 9_000.0), (12, 2, 150.0), (250, 3, 3_000.0), (150, 14, 400.0))


def buyers(recency, orders, spend) -> pd.DataFrame:
    """Buyers c0000, c0001, ... with these days since the last order, orders and spend."""
    orders, spend = np.asarray(orders, "int64"), np.asarray(spend, float)
    return pd.DataFrame(
        {
            "customer_id": pd.Series([f"c{place:04d}" for place in range(len(orders))], dtype="str"),
            "status": pd.Series(["buyer"] * len(orders), dtype="str"),
            "recency_days": np.asarray(recency, float),
            "n_orders": orders,
            "spend": spend,
            "avg_order_value": spend / orders,
        }
    )


def groups(centres=FOUR_GROUPS, each: int = 60, *, seed: int = 0, deviation: float = 0.2) -> pd.DataFrame:
    """``each`` buyers round every centre, lognormal; ``group`` is the number of the centre."""
    rng = np.random.default_rng(seed)
    logs = np.repeat(np.log(np.asarray(centres, float) + 1), each, axis=0)
    recency, orders, spend = np.expm1(logs + rng.normal(0, deviation, logs.shape)).T
    made = buyers(recency.round(), np.maximum(orders.round(), 1), spend.round(2))
    return made.assign(group=np.repeat(np.arange(len(centres)), each))


def evenly(n: int = 200, *, seed: int = 0) -> pd.DataFrame:
    """Days, orders and spend each even over their range, and independent."""
    rng = np.random.default_rng(seed)
    return buyers(rng.integers(0, 366, n), rng.integers(1, 31, n), rng.uniform(1, 5_000, n).round(2))


def one_crowd(n: int = 200, *, seed: int = 0) -> pd.DataFrame:
    """Lognormal orders and spend that grow together, recency that falls with them: skewed, correlated, one mode."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=n)
    noise = rng.normal(size=(3, n))
    recency = np.exp(4 - 0.8 * size + noise[0])
    orders = np.exp(1 + 0.7 * size + 0.3 * noise[1])
    return buyers(recency.round(), np.maximum(orders.round(), 1), np.exp(6 + size + 0.4 * noise[2]).round(2))
