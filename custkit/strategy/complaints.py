"""What customers complain about, as a cause: whom it drives, and what is to be mended for everybody (T31)."""

import datetime

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import schema, stats
from custkit.settings import StrategyRules
from custkit.strategy import kpis, playbook

LEVEL = 0.05  # of the tests, corrected over all groups and topics
FEWEST = 5  # customers who complain; fewer carry neither a test nor a strategy
_NO_TOPIC = ("other", "unclassified", "no_text")


def causes(
    complainers: pd.DataFrame,
    assigned: pd.DataFrame,
    features: pd.DataFrame,
    rules: StrategyRules = StrategyRules(),
) -> pd.DataFrame:
    """Which group complains about what more than the other customers do, order for order.

    A complaint is cited as the cause of a strategy only when it is the group's own: everybody waits for parcels, and who
    orders more has more to complain of.

    Parameters
    ----------
    complainers : customer_id, topic, complaints
    assigned : customer_id, strategy
    features : customer_id, n_orders: customers without an order have no say

    Returns
    -------
    one row per strategy and topic, sorted by both (``plan_causes``)
        ``n`` customers of the group, ``customers`` of them complained; ``per_100_orders`` complaints with their 95 %
        interval ``low`` to ``high``, beside those of all ``others``. ``p_adjusted``: one-sided test of the ratio of the
        two rates, by Holm over all groups and topics. ``is_cited``: more than the others, beyond chance and by at least
        ``min_complaint_ratio``. Groups under ``min_arm`` customers, or with fewer than five complaining, have no test.

    Source
    ------
    Ratio estimates with customers as clusters (Cochran 1977, *Sampling Techniques*, chapter 6), on the log scale.
    """
    schema.require(complainers, ["customer_id", "topic", "complaints"], "profile_complainers")
    schema.require(assigned, ["customer_id", "strategy"], "plan_targets")
    schema.require(features, ["customer_id", "n_orders"], "features")
    ordered = features.loc[features["n_orders"] > 0, ["customer_id", "n_orders"]].sort_values("customer_id")
    group = ordered["customer_id"].map(assigned.set_index("customer_id")["strategy"])
    told = complainers[~complainers["topic"].isin(_NO_TOPIC)]
    counts = told.pivot_table(index="customer_id", columns="topic", values="complaints", aggfunc="sum")
    counts = counts.reindex(ordered["customer_id"]).fillna(0)
    rows = []
    size = group.value_counts()
    for strategy in sorted(size.index[size >= rules.min_arm]):
        own = (group == strategy).to_numpy()
        for topic in counts.columns:
            inside, outside = (
                _rate(counts[topic].to_numpy()[who], ordered["n_orders"].to_numpy()[who])
                for who in (own, ~own)
            )
            complaining = int((counts[topic].to_numpy()[own] > 0).sum())
            rows.append({"strategy": strategy, "topic": topic, "n": int(own.sum()), "customers": complaining})
            rows[-1] |= _compared(inside, outside, complaining)
    table = schema.frame("plan_causes", rows)
    tested = table["p_adjusted"].notna()
    table.loc[tested, "p_adjusted"] = stats.holm(table.loc[tested, "p_adjusted"])
    enough = table["per_100_orders"] >= rules.min_complaint_ratio * table["others"]
    return table.assign(is_cited=(table["p_adjusted"] < LEVEL) & enough)


def _rate(complaints: np.ndarray, n_orders: np.ndarray) -> tuple[float, float]:
    """Complaints per order, and its standard error over customers."""
    if not n_orders.sum():
        return np.nan, np.nan
    rate = complaints.sum() / n_orders.sum()
    return float(rate), float(np.sqrt(((complaints - rate * n_orders) ** 2).sum()) / n_orders.sum())


def _compared(inside: tuple[float, float], outside: tuple[float, float], complaining: int) -> dict:
    rate, error = inside
    others, others_error = outside
    reach = distributions.norm.ppf(0.975) * error
    row = {"per_100_orders": 100 * rate, "low": 100 * max(rate - reach, 0.0), "high": 100 * (rate + reach)}
    row |= {"others": 100 * others, "p_adjusted": np.nan, "is_cited": False}
    if complaining >= FEWEST and others > 0:
        spread = np.hypot(error / rate, others_error / others)
        row["p_adjusted"] = float(distributions.norm.sf(np.log(rate / others) / spread))
    return row


def leading(cited: pd.DataFrame) -> dict[str, str]:
    """For each strategy with a cited complaint, the one with the largest excess per order (ties: by name)."""
    own = cited[cited["is_cited"]]
    own = own.assign(gain=own["per_100_orders"] - own["others"])
    first = own.sort_values(["gain", "topic"], ascending=[False, True]).drop_duplicates("strategy")
    return dict(zip(first["strategy"], first["topic"], strict=True))


def mending(
    complainers: pd.DataFrame,
    features: pd.DataFrame,
    day: datetime.date,
    rules: StrategyRules = StrategyRules(),
) -> list[dict]:
    """The line of ``plan_evidence`` for the complaint that most customers have had; none where too few did of late.

    Its KPI is the share of customers who complained of it after ``day``, less is better (T12). What reaches everyone
    leaves nobody to hold out.

    Parameters
    ----------
    complainers : customer_id, topic, last_date
    features : every customer of the region
    day : one window before today
    """
    schema.require(complainers, ["customer_id", "topic", "last_date"], "profile_complainers")
    told = complainers[complainers["customer_id"].isin(features["customer_id"])]
    told = told[~told["topic"].isin(_NO_TOPIC)].assign(is_recent=told["last_date"] > pd.Timestamp(day))
    counts = told.groupby("topic").agg(customers=("customer_id", "nunique"), recent=("is_recent", "sum"))
    counts = counts.reset_index().sort_values(["customers", "topic"], ascending=[False, True])
    if counts.empty or counts["recent"].iloc[0] < FEWEST:
        return []
    name, _, complained = counts.iloc[0]
    low, high = stats.wilson(complained, len(features))
    baseline = complained / len(features)
    target = rules.target_change or playbook.MEND_CHANGE
    return [
        {
            "strategy": f"{playbook.MEND}:{name}",
            "target_group": playbook.COMPLAINERS,
            **dict.fromkeys(("customers", "n_treated", "n_held_out", "no_consent", "not_funded"), 0),
            "spend": 0.0,
            "main_cluster": "",
            "kpi": "complaint_rate",
            "n_baseline": len(features),
            "baseline": baseline,
            "baseline_low": float(low),
            "baseline_high": float(high),
            "target": target,
            "kind": "relative",
            "direction": kpis.KPIS["complaint_rate"].direction,
            "target_level": kpis.target_level(baseline, target, "relative", "down"),
            "can_be_seen": False,
            "source": "profile_complainers",
            "subject": name,
        }
    ]
