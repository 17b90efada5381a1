"""Two campaigns with customers held back at random: who was on the list, what it changed, and the true figures."""

import numpy as np
import pandas as pd

from scripts.city_retail import season
from scripts.city_retail.parameters import LISTED_DAYS, Model
from scripts.city_retail.streams import even, stream


def run(
    orders: pd.DataFrame,
    left: np.ndarray,
    customers: pd.DataFrame,
    latent: pd.DataFrame,
    seed: int,
    block: int,
    model: Model,
    null: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The orders with ``campaign`` (name, or missing) and those that a campaign brought; and the lists.

    Returns
    -------
    orders : as ``behaviour.purchases`` has them, with ``campaign``
    arms : one row per campaign and customer on its list
        ``customer`` (position), ``campaign``, ``arm`` (treated, held_out), ``is_online``, ``opened``, ``joined``.
    """
    orders = orders.assign(campaign=pd.Series(np.nan, orders.index, dtype="str"))
    lists = []
    for campaign in model.campaigns:
        rng = stream(seed, f"campaign {campaign.name}", block)
        start = season.number(campaign.start)
        before = orders[orders["day"].between(start - LISTED_DAYS, start - 1)]
        bought = np.bincount(before["customer"], minlength=len(latent))
        latest = np.zeros(len(latent), int)
        np.maximum.at(latest, before["customer"].to_numpy(), before["day"].to_numpy())
        listed = np.flatnonzero((bought > 0) & (customers["consent"] == "yes"))
        is_online = (latent["is_online"] | (latent["moves_on"] <= start)).to_numpy()[listed]
        opens = np.where(is_online, *campaign.opened) if not null else np.mean(campaign.opened)
        alike = bought[listed] * 2 + (latest[listed] >= start - campaign.window_days)
        treated = even(rng, alike) >= campaign.held_out  # within those who bought as often, and lately or not
        opened = treated & (rng.random(len(listed)) < opens)
        joined = opened & (left[listed] > start) & (rng.random(len(listed)) < campaign.joined)
        extra = joined & (rng.random(len(listed)) < (0.0 if null else campaign.extra_order))
        felt = latent["liking"].to_numpy()[listed] + rng.normal(
            0, model.habits.satisfaction_order, len(listed)
        )
        more = pd.DataFrame(
            {
                "customer": listed,
                "day": start + rng.integers(1, campaign.window_days, len(listed)),
                "satisfaction": np.clip(np.rint(felt), 1, 5).astype(int),
                "late": False,
                "campaign": campaign.name,
            }
        )
        in_window = orders["day"].between(start, start + campaign.window_days - 1) & orders["customer"].isin(
            listed[joined]
        )
        tagged = in_window & (rng.random(len(orders)) < campaign.tagged)
        orders["campaign"] = orders["campaign"].mask(tagged, campaign.name)
        orders = pd.concat([orders, more[extra]], ignore_index=True)
        orders = orders.sort_values(["customer", "day"], kind="stable", ignore_index=True)
        lists.append(
            pd.DataFrame(
                {
                    "customer": listed,
                    "campaign": campaign.name,
                    "arm": np.where(treated, "treated", "held_out"),
                    "is_online": is_online,
                    "opened": opened,
                    "joined": joined,
                }
            )
        )
    return orders, pd.concat(lists, ignore_index=True)


def actuals(arms: pd.DataFrame, orders: pd.DataFrame, model: Model) -> pd.DataFrame:
    """What each arm that has anybody did: ``value`` is the share of its ``n`` customers with an order within the campaign's window."""
    rows = []
    for campaign in model.campaigns:
        start = np.datetime64(campaign.start, "s")
        end = start + np.timedelta64(campaign.window_days, "D")
        bought = orders[
            (orders["order_date"] >= start) & (orders["order_date"] < end) & (orders["amount"] > 0)
        ]
        listed = arms[arms["campaign"] == campaign.name]
        again = listed["customer_id"].isin(bought["customer_id"])
        last = end - np.timedelta64(1, "D")
        for arm in ("treated", "held_out"):
            own = again[listed["arm"] == arm]
            period = f"{campaign.start}/{last.astype('datetime64[D]')}"
            if len(own):
                rows.append(
                    (campaign.name, "reorder_rate", period, arm, len(own), round(float(own.mean()), 4))
                )
    return pd.DataFrame(rows, columns=["strategy", "kpi", "period", "arm", "n", "value"])
