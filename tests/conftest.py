"""Small data that several tests share; each is small enough to check by hand."""

import os
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")

import pandas as pd
import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"

ORDERS = """customer_id,order_id,order_date,amount,region,channel,category
ann,1,2024-01-05,100.00,East,online,books
ann,1,2024-01-05,50.00,East,online,toys
ann,2,2024-02-04,30.00,East,shop,books
ann,3,2024-03-05,-20.00,East,online,books
bob,4,2024-01-10,10.00,West,shop,toys
bob,5,2024-01-10,0.00,West,shop,toys
cat,6,2024-02-01,-5.00,West,shop,books
dan,7,2024-03-01,7.50,,online,
"""


def shared(path: str) -> Path:
    """A file of the shared real data, or a skip with the reason."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"larger real data are not on this machine: shared/data/{path}")
    return found


@pytest.fixture
def orders_folder(tmp_path) -> Path:
    """Ann buys on three days and sends something back; Bob bought once, and got one thing for nothing; Cat only sent
    something back; Dan has no region.
    """
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


@pytest.fixture
def features() -> pd.DataFrame:
    """Ann buys often, Bob has lapsed, Cat only ever sent things back, Eve has yet to order."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "cat", "eve"],
            "region": ["East", "West", "West", "East"],
            "recency_days": [3.0, 200.0, None, None],
            "n_orders": [9, 1, 0, 0],
            "spend": [900.0, 20.0, -5.0, 0.0],
            "status": ["buyer", "buyer", "refunds_only", "prospect"],
        }
    )
