"""Customers made from three lists, for the tests of 03."""

import numpy as np
import pandas as pd

from custkit import schemes, scores
from custkit.schemes.case import Case
from custkit.settings import SchemeRules
from custkit.words import Words


def people(recency, orders, spend) -> pd.DataFrame:
    """Buyers c000, c001, ... with these days since the last order, orders and spend."""
    return pd.DataFrame(
        {
            "customer_id": pd.Series([f"c{place:03d}" for place in range(len(recency))], dtype="str"),
            "status": pd.Series(["buyer"] * len(recency), dtype="str"),
            "recency_days": pd.array(recency, dtype="Int64"),
            "n_orders": np.array(orders, dtype="int64"),
            "spend": np.array(spend, dtype=float),
        }
    )


def crowd(n: int, seed: int = 5) -> pd.DataFrame:
    """Buyers whose figures are spread as those of a shop are."""
    rng = np.random.default_rng(seed)
    return people(
        rng.integers(0, 400, n).tolist(), rng.geometric(0.3, n), np.round(rng.lognormal(4, 1, n), 2)
    )


def apart(customer_id: str, status: str, spend: float = 0.0) -> pd.DataFrame:
    """One customer who is not scored."""
    one = people([0], [0], [spend]).assign(customer_id=customer_id, status=status)
    return one.assign(recency_days=pd.array([pd.NA], dtype="Int64"))


def case_of(features: pd.DataFrame, rules: SchemeRules = SchemeRules(), lang: str = "en", **facts) -> Case:
    """What the rules look at, with cuts and scores of these customers themselves."""
    cuts = schemes.with_cuts(scores.cut_points(features), features, rules, value=facts.get("value"))
    return schemes.case(features, scores.rfm(features, cuts), cuts, rules, words=Words(lang), **facts)


def labelled(
    features: pd.DataFrame, scheme: str, rules: SchemeRules = SchemeRules(), **facts
) -> dict[str, str]:
    """Customer to label of one scheme."""
    labels = schemes.label(case_of(features, rules, **facts)).query("scheme == @scheme")
    return dict(zip(labels["customer_id"], labels["label"], strict=True))
