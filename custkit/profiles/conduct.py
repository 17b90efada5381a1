"""What customers do: buy online or in a shop, look and compare before they buy, and answer campaigns."""

import datetime

import numpy as np
import pandas as pd

from custkit import dictionary, schema, stats
from custkit.errors import SettingsError
from custkit.profiles import chance
from custkit.settings import ProfileRules

STAGES = {"look": ("search", "view"), "compare": ("compare",)}  # what is done in each stage before the order
BROWSING = ("visit", "view", "search", "compare")
_YEAR = 12  # months
_NO_CHANNEL = "(none)"  # through which a campaign was sent without saying
_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the row order


def half_years(
    periods: pd.DataFrame, *, first_day: datetime.date | None, last_day: datetime.date | None
) -> pd.DataFrame:
    """Orders and money online and offline, half-year by half-year.

    A channel counts as the dictionary has it (app, web: online; store: offline); orders through another one, or through
    none that is named, are counted and have no say in the shares. An order stands in its channel with most money;
    refunds are taken off the spend of their own month and channel.

    Returns
    -------
    one row per half-year with an order, in order; none where no channel is known
        ``half_year`` ("2024H1"), ``is_whole`` (the data cover all of it), ``customers`` with an order online or
        offline, ``online_orders``, ``offline_orders``, ``share_online``, ``online_spend``, ``offline_spend``,
        ``share_online_spend`` (empty where their sum is not above zero), ``other_orders``.
    """
    schema.require(periods, ["customer_id", "month", "channel", "n_orders", "spend"], "periods")
    placed = periods.assign(side=_sides(periods)).reset_index(drop=True)
    if placed["side"].isna().all():
        return schema.empty("profile_channel_shift")
    whole = chance.whole_months(first_day, last_day)
    half = placed["month"].dt.year.astype("str") + "H" + placed["month"].dt.month.gt(6).add(1).astype("str")
    rows = []
    for name, own in placed.groupby(half):
        sides = own.groupby("side")
        orders = sides["n_orders"].sum().reindex(["online", "offline"], fill_value=0)
        spend = sides["spend"].sum().reindex(["online", "offline"], fill_value=0.0).round(_MONEY_DECIMALS)
        if orders.sum() == 0:
            continue
        begin = pd.Timestamp(int(name[:4]), 1 if name.endswith("1") else 7, 1)
        rows.append(
            {
                "half_year": name,
                "is_whole": pd.date_range(begin, periods=6, freq="MS").isin(whole).all(),
                "customers": own.loc[own["side"].notna() & (own["n_orders"] > 0), "customer_id"].nunique(),
                "online_orders": orders["online"],
                "offline_orders": orders["offline"],
                "share_online": orders["online"] / orders.sum(),
                "online_spend": spend["online"],
                "offline_spend": spend["offline"],
                "share_online_spend": spend["online"] / spend.sum() if spend.sum() > 0 else np.nan,
                "other_orders": own.loc[own["side"].isna(), "n_orders"].sum(),
            }
        )
    return schema.frame("profile_channel_shift", rows)


def preference(periods: pd.DataFrame, threshold: float = 0.8) -> pd.DataFrame:
    """Where each customer orders: online, offline, or on both sides.

    Returns
    -------
    one row per customer with an order through a channel that the dictionary knows, sorted by ``customer_id``
        ``orders`` of known sides, ``share_online`` of them, ``preference``: online (a share of ``threshold`` or more),
        offline (of as much on the other side), else mixed.

    Raises
    ------
    SettingsError
        ``threshold`` is not above one half and at most 1: a customer could prefer both sides.
    """
    schema.require(periods, ["customer_id", "channel", "n_orders"], "periods")
    if not 0.5 < threshold <= 1:
        raise SettingsError(f"channel_share: expected above 0.5 and at most 1, got {threshold}")
    placed = periods.assign(side=_sides(periods))
    placed = placed[placed["side"].notna() & (placed["n_orders"] > 0)]
    orders = placed.groupby("customer_id")["n_orders"].sum()
    online = placed[placed["side"] == "online"].groupby("customer_id")["n_orders"].sum()
    table = pd.DataFrame({"orders": orders, "online": online.reindex(orders.index, fill_value=0)})
    # Whole orders are compared, so that 4 of 5 are 80 % whatever a float makes of it.
    most = np.ceil(np.round(threshold * table["orders"], 9))
    sides = [table["online"] >= most, table["orders"] - table["online"] >= most]
    table = table.assign(
        share_online=table["online"] / table["orders"],
        preference=np.select(sides, ["online", "offline"], "mixed"),
    )
    return table.drop(columns="online").reset_index().astype({"preference": "str"})


def sides(preferred: pd.DataFrame) -> pd.DataFrame:
    """How many customers prefer each side: ``preference``, ``customers``, ``share_of_customers``, most first.

    ``preferred`` is what ``preference`` gives.
    """
    counted = preferred["preference"].value_counts().rename_axis("preference").reset_index(name="customers")
    counted = counted.sort_values(["customers", "preference"], ascending=[False, True], ignore_index=True)
    return counted.assign(share_of_customers=counted["customers"] / len(preferred))


def channel_change(
    periods: pd.DataFrame, *, first_day: datetime.date | None, last_day: datetime.date | None
) -> pd.DataFrame:
    """How the share of orders made online moved from the first twelve whole months to the last twelve.

    Two whole years, so that a season is not taken for a shift. The change has two parts, which sum to it:
    that of the ``same_customers``, who ordered in both years, and ``who_buys``: that others came or went.

    Returns
    -------
    one row; none with fewer than 24 whole months, or where a year has no order of a known channel
        ``first_from``, ``first_to``, ``last_from``, ``last_to`` (months), ``customers``, ``customers_both``,
        ``first_orders``, ``last_orders``, ``share_online_first``, ``share_online_last``, ``difference`` with its 95 % interval ``low``,
        ``high`` (customers as units), ``p``, ``same_customers``, ``who_buys``.
    """
    counts, months = _two_years(periods, first_day, last_day)
    found = chance.ratio_change(counts)
    if np.isnan(found["difference"]):
        return schema.empty("profile_channel_change")
    both = counts[(counts["first_whole"] > 0) & (counts["last_whole"] > 0)]
    within = chance.ratio_change(both)["difference"] if len(both) else 0.0
    ends = {"first_from": 0, "first_to": _YEAR - 1, "last_from": -_YEAR, "last_to": -1}
    row = {
        **{name: f"{months[place]:%Y-%m}" for name, place in ends.items()},
        "customers": len(counts),
        "customers_both": len(both),
        "first_orders": counts["first_whole"].sum(),
        "last_orders": counts["last_whole"].sum(),
        "share_online_first": found["first"],
        "share_online_last": found["last"],
        "same_customers": within,
        "who_buys": found["difference"] - within,
        **{name: found[name] for name in ("difference", "low", "high", "p")},
    }
    return schema.frame("profile_channel_change", [row])


def channel_question(change: pd.DataFrame, rules: ProfileRules = ProfileRules()) -> list[dict]:
    """Did orders move online or offline? From ``channel_change``, where enough customers stand behind it."""
    schema.require(change, ["customers", "difference", "low", "high", "p"], "profile_channel_change")
    asked = []
    for row in change[change["customers"] >= rules.min_group].to_dict("records"):
        years = {
            "a": (chance.span(row["first_from"], row["first_to"]), row["share_online_first"]),
            "b": (chance.span(row["last_from"], row["last_to"]), row["share_online_last"]),
        }
        found = {name: row[name] for name in ("customers", "difference", "low", "high", "p")}
        asked.append(chance.question("channel", threshold=rules.min_share_gap, **years, **found))
    return asked


def funnel(activity: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """From looking to comparing to ordering: how many customers get how far, each stage not before the one above.

    The days are those of ``activity``; an order counts from the day of the first comparison on. A stage whose kind of
    event the data do not hold is left out, and the next follows on the one before it.

    Returns
    -------
    one row per stage; none where nobody looked
        ``place``, ``stage`` (``look``: searched or viewed, ``compare``, ``order``), ``customers``, ``share_of_first``,
        ``share_of_previous`` with its 95 % Wilson interval ``share_low``, ``share_high`` (empty for the first stage).
    """
    schema.require(features, ["customer_id", "last_order"], "features")
    events = _events(activity, features)
    reached = events[events["kind"].isin(STAGES["look"])].groupby("customer_id")["date"].min()
    steps = [("look", len(reached))]
    if reached.empty:
        return schema.empty("profile_funnel")
    if (events["kind"] == "compare").any():
        later = events[events["kind"] == "compare"]
        later = later[later["date"] >= later["customer_id"].map(reached)]
        reached = later.groupby("customer_id")["date"].min()
        steps.append(("compare", len(reached)))
    last = features.set_index("customer_id")["last_order"].reindex(reached.index)
    steps.append(("order", int((last >= reached).sum())))
    counts = pd.Series(dict(steps))
    before = counts.shift()
    low, high = stats.wilson(counts, before.fillna(0))
    made = {
        "place": range(1, len(counts) + 1),
        "stage": counts.index,
        "customers": counts.to_numpy(),
        "share_of_first": (counts / counts.iloc[0]).to_numpy(),
        "share_of_previous": (counts / before.where(before > 0)).to_numpy(),
        "share_low": np.where(before > 0, low, np.nan),
        "share_high": np.where(before > 0, high, np.nan),
    }
    return schema.frame("profile_funnel", made)


def participation(activity: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Campaigns sent, opened and joined, by the channel through which they were sent.

    The same campaign (``topic``) sent to one customer through one channel counts once; it is opened or joined where the
    customer did so, on whatever channel. Joining without having been sent anything is left out.

    Returns
    -------
    one row per channel, most customers first (ties: name); none where nothing was sent
        ``channel`` ("(none)" where it is not named), ``customers`` reached, ``sent``, ``times_opened``, ``times_joined``,
        ``share_opened`` and ``share_joined`` of what was sent, each with a 95 % Wilson interval that counts customers,
        not messages (``share_opened_low`` and so on).
    """
    sent = _campaigns(activity, features)
    rows = [_taken_up(own) | {"channel": channel} for channel, own in sent.groupby("channel")]
    rows.sort(key=lambda row: (-row["customers"], row["channel"]))
    return schema.frame("profile_participation", rows)


def engagement(
    activity: pd.DataFrame, features: pd.DataFrame, rules: ProfileRules = ProfileRules()
) -> pd.DataFrame:
    """Activity in one row: its days, how much of what was sent was joined, and how long customers browse.

    Returns
    -------
    one row; none without an event of a customer
        ``first_day``, ``last_day``, ``events``, ``customers``, ``unknown_events`` (of a kind that the dictionary does not
        know), ``customers_sent``, ``sent``, ``times_joined``, ``share_joined`` with ``share_joined_low``, ``share_joined_high``
        (empty, not 0, where nothing was sent), ``browsers`` (customers with a timed visit, view, search or comparison),
        ``sessions``, ``idle_sessions`` cut at ``rules.idle_seconds``, and ``median_minutes`` of browsing per browser.
    """
    events = _events(activity, features)
    if events.empty:
        return schema.empty("profile_engagement")
    taken = _taken_up(_campaigns(activity, features))
    timed = events[events["kind"].isin(BROWSING) & (events["seconds"] > 0)]
    seconds = timed["seconds"].clip(upper=rules.idle_seconds).groupby(timed["customer_id"]).sum()
    row = {
        "first_day": events["date"].min(),
        "last_day": events["date"].max(),
        "events": len(events),
        "customers": events["customer_id"].nunique(),
        "unknown_events": events["kind"].isna().sum(),
        "customers_sent": taken["customers"],
        **{
            name: taken[name]
            for name in ("sent", "times_joined", "share_joined", "share_joined_low", "share_joined_high")
        },
        "browsers": len(seconds),
        "sessions": len(timed),
        "idle_sessions": (timed["seconds"] > rules.idle_seconds).sum(),
        "median_minutes": seconds.median() / 60,
    }
    return schema.frame("profile_engagement", [row])


def _sides(periods: pd.DataFrame) -> pd.Series:
    return dictionary.canonical("orders.channel", periods["channel"])


def _two_years(periods: pd.DataFrame, first_day, last_day) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Orders online and orders of a known channel of each customer, in the first and the last twelve whole months."""
    schema.require(periods, ["customer_id", "month", "channel", "n_orders"], "periods")
    months = chance.whole_months(first_day, last_day)
    placed = periods.assign(side=_sides(periods))
    placed = placed[placed["side"].notna() & (placed["n_orders"] > 0)]
    windows = {"first": months[:_YEAR], "last": months[-_YEAR:]} if len(months) >= 2 * _YEAR else {}
    columns = {}
    for when in ("first", "last"):
        own = placed[placed["month"].isin(windows.get(when, []))]
        columns[f"{when}_part"] = own[own["side"] == "online"].groupby("customer_id")["n_orders"].sum()
        columns[f"{when}_whole"] = own.groupby("customer_id")["n_orders"].sum()
    return pd.DataFrame(columns).fillna(0.0).sort_index(), months


def _events(activity: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Events of customers with their kind as the dictionary has it."""
    schema.require(activity, ["customer_id", "date", "kind"], "activity")
    schema.require(features, ["customer_id"], "features")
    own = activity[activity["customer_id"].isin(features["customer_id"])]
    columns = own.reindex(columns=["customer_id", "date", "seconds", "channel", "topic"])
    return columns.assign(
        date=pd.to_datetime(columns["date"]), kind=dictionary.canonical("activity.kind", own["kind"])
    )


def _campaigns(activity: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Each campaign sent to a customer through a channel, and whether it was opened and joined."""
    named = {"topic": "str", "channel": "str"}  # a column without any value is no text yet
    events = _events(activity, features).astype(named).fillna({"topic": "", "channel": _NO_CHANNEL})
    keys = ["customer_id", "topic"]
    sent = events.loc[events["kind"] == "campaign_sent", [*keys, "channel"]].drop_duplicates()
    for name in ("opened", "joined"):
        done = events.loc[events["kind"] == f"campaign_{name}", keys].drop_duplicates()
        sent = sent.merge(done.assign(**{name: True}), on=keys, how="left")
        sent[name] = sent[name].notna()
    return sent


def _taken_up(sent: pd.DataFrame) -> dict[str, float]:
    """Counts and shares of campaigns sent; the interval of a share is that of so many customers, not messages."""
    customers = sent["customer_id"].nunique()
    row = {"customers": customers, "sent": len(sent)}
    for name in ("opened", "joined"):
        share = sent[name].mean() if len(sent) else np.nan
        low, high = stats.wilson(share * customers, customers) if len(sent) else (np.nan, np.nan)
        row |= {f"times_{name}": sent[name].sum(), f"share_{name}": share}
        row |= {f"share_{name}_low": float(low), f"share_{name}_high": float(high)}
    return row
