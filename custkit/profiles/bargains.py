"""What customers buy at a discount: a proxy of how much the price weighs with those who buy little and much."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from custkit import schema
from custkit.profiles import chance
from custkit.settings import ProfileRules

_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the row order
_Z = 1.96  # of a 95 % interval


def discounts(features: pd.DataFrame) -> pd.DataFrame:
    """What share buyers buy at a discount, by quarters of what they buy: a proxy of how much the price weighs.

    Both at prices before discount: else a discount would itself make a buyer smaller. Who buys more at a discount may
    also have been offered more.

    Returns
    -------
    all buyers (``quarter`` 0), then the quarters, lowest first; none where no buyer bought at a discount
        ``buyers``, ``bought`` at prices before discount, ``discount`` given, ``share_discounted`` (mean over buyers of
        each one's own share) with its 95 % interval ``share_low``, ``share_high``. Equal buyers stand in one quarter.
    """
    buyers = _bargains(features)
    if buyers.empty or not (buyers["discounted_share"] > 0).any():
        return schema.empty("profile_discount")
    groups = [(0, buyers)] + [(quarter, own) for quarter, own in buyers.groupby("quarter")]
    rows = []
    for quarter, own in groups:
        mean, error = own["discounted_share"].mean(), own["discounted_share"].sem()
        reach = _Z * error  # of one buyer: NaN
        rows.append(
            {
                "quarter": quarter,
                "buyers": len(own),
                "bought": round(own["bought"].sum(), _MONEY_DECIMALS),
                "discount": round(own["discount"].sum(), _MONEY_DECIMALS),
                "share_discounted": mean,
                "share_low": max(mean - reach, 0.0),
                "share_high": min(mean + reach, 1.0),
            }
        )
    return schema.frame("profile_discount", rows)


def discount_question(features: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> list[dict]:
    """Do those who buy much buy more, or less, of it at a discount? The documents claim both (trap T30).

    ``difference`` is the mean share of the top quarter less that of the lowest, and Welch's test of it decides. Ranks
    would not do: the share of a customer with one order is all or nothing, so that its ranks go with the number of orders
    even where its mean does not.
    """
    buyers = _bargains(features)
    ends = [buyers.loc[buyers["quarter"] == quarter, "discounted_share"] for quarter in (4, 1)]
    if min(map(len, ends)) < rules.min_group:
        return []
    difference = ends[0].mean() - ends[1].mean()
    error = float(np.hypot(ends[0].sem(), ends[1].sem()))
    p = float(2 * norm.sf(abs(difference) / error)) if error else float(difference == 0)
    found = {
        "difference": difference,
        "low": difference - _Z * error,
        "high": difference + _Z * error,
        "p": p,
    }
    found |= {"a": ("1", ends[1].mean()), "b": ("4", ends[0].mean())}
    return [chance.question("discount", customers=len(buyers), threshold=rules.min_share_gap, **found)]


def _bargains(features: pd.DataFrame) -> pd.DataFrame:
    """Buyers with what they bought before discount, the quarter that it puts them in, and the share at a discount."""
    schema.require(features, ["customer_id", "status", "gross_spend"], "features")
    columns = ["customer_id", "gross_spend", "discount", "discounted_share"]
    buyers = features[features["status"] == "buyer"].sort_values("customer_id").reindex(columns=columns)
    buyers = buyers[buyers["discounted_share"].notna()]
    bought = (buyers["gross_spend"] + buyers["discount"]).astype(float).round(_MONEY_DECIMALS)
    cuts = np.quantile(bought, [0.25, 0.5, 0.75]) if len(bought) else []
    return buyers.assign(bought=bought, quarter=np.searchsorted(cuts, bought, side="left") + 1)
