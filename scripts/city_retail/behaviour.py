"""What customers do: when they buy, how satisfied they are, when they leave, through which channel."""

import numpy as np
import pandas as pd

from scripts.city_retail import season
from scripts.city_retail.parameters import CHANNELS, Model
from scripts.city_retail.people import BUYS
from scripts.city_retail.streams import stream

STORE, APP, WEB = range(len(CHANNELS))
_WEEKEND, _WEEKDAY = 0.75, 1.1  # times the odds of buying online


def purchases(
    latent: pd.DataFrame, seed: int, block: int, model: Model, null: bool
) -> tuple[pd.DataFrame, np.ndarray]:
    """Orders of the customers of a block, and the day on which each customer left.

    The first order comes soon after registration. From then on orders are a Poisson process at the customer's rate, in
    the season's own time, until the customer leaves; the chance to leave after an order is the customer's own, shifted
    on the logit by how satisfied the order left them. With a slope of zero that is the model behind BG/NBD, with a
    chance to leave after the first order too.

    Returns
    -------
    orders, sorted by customer and day
        ``customer`` (position), ``day`` (position), ``satisfaction`` 1 to 5, ``late``.
    left : day of leaving by customer, inf where they have not left by the last day

    Source
    ------
    Fader, Hardie & Lee (2005), *Marketing Science* 24, 275-284; Batislam, Denizel & Filiztekin (2007), *International
    Journal of Research in Marketing* 24, 201-209.
    """
    rng = stream(seed, "purchases", block)
    habits = model.habits
    fields = {
        name: latent[name].to_numpy() for name in ("rate", "dropout", "liking", "late_first", "late_last")
    }
    clock = season.Clock(latent["grows"].to_numpy(), model.niche.growth, model.niche.year)
    end = len(season.DAYS)
    left = np.full(len(latent), np.inf)
    who = np.flatnonzero((latent["kind"] == BUYS) & (latent["first_day"] < end))
    day = latent["first_day"].to_numpy()[who]
    middle = habits.satisfaction - habits.late_costs * np.mean([r.late_first for r in model.regions])
    slope = 0.0 if null else habits.dropout_slope
    made = []
    while len(who):
        # Drawn for everybody, also for those who have left: what one customer is like moves nobody else's chances.
        chance_late, chance_leave = rng.random((2, len(latent)))
        noise, wait = rng.normal(0, habits.satisfaction_order, len(latent)), rng.exponential(1, len(latent))
        first, last = fields["late_first"][who], fields["late_last"][who]
        late = chance_late[who] < first + (last - first) * day / end
        points = np.clip(np.rint(fields["liking"][who] - habits.late_costs * late + noise[who]), 1, 5)
        made.append(
            pd.DataFrame({"customer": who, "day": day.astype(int), "satisfaction": points, "late": late})
        )
        odds = np.exp(fields["dropout"][who] + slope * (points - middle))
        leaves = chance_leave[who] < odds / (1 + odds)
        left[who[leaves]] = day[leaves]
        day = clock.days(clock.ticks(day, who) + wait[who] / fields["rate"][who], who)
        goes_on = ~leaves & (day < end)
        who, day = who[goes_on], day[goes_on]
    orders = pd.concat(made, ignore_index=True).astype({"satisfaction": int})
    return orders.sort_values(["customer", "day"], kind="stable", ignore_index=True), left


def placed(
    orders: pd.DataFrame, latent: pd.DataFrame, seed: int, block: int, model: Model, null: bool
) -> pd.DataFrame:
    """The orders with ``channel`` (position), ``at`` (time), ``value`` in CNY and ``discounted``, sorted by time.

    Values are gamma around the customer's mean, whose own spread over customers is an inverse gamma (gamma-gamma).

    Source
    ------
    Fader, Hardie & Lee (2005), *Journal of Marketing Research* 42, 415-430.
    """
    rng = stream(seed, "orders", block)
    habits = model.habits
    own = latent.iloc[orders["customer"]].reset_index(drop=True)
    day = orders["day"].to_numpy()
    online = np.where(
        own["is_online"] | (day >= own["moves_on"]), habits.online_if_online, habits.online_if_store
    )
    if not null:
        is_weekend = (season.DAYS[day].astype(int) + 3) % 7 >= 5
        odds = online / (1 - online) * np.where(is_weekend, _WEEKEND, _WEEKDAY)
        online = odds / (1 + odds)
    is_online = rng.random(len(orders)) < online
    app = np.where(
        rng.random(len(orders)) < 0.9, own["uses_app"], ~own["uses_app"]
    )  # one in ten takes the other way
    channel = np.where(is_online, np.where(app, APP, WEB), STORE)
    value = own["mean_value"] * rng.gamma(own["order_shape"]) / own["order_shape"]
    if not null:
        value *= np.where(is_online, habits.online_value, 1.0)
    return orders.assign(
        channel=channel,
        at=season.times(rng, day, channel, CHANNELS, null),
        value=value,
        discounted=rng.random(len(orders)) < own["discounted"],
    ).sort_values(["customer", "at"], kind="stable", ignore_index=True)


def order_ids(orders: pd.DataFrame, customer_ids: pd.Series) -> pd.Series:
    """Ids as a till prints them: the day, the customer's number, and which order of that day it is."""
    turn = orders.groupby(["customer", "day"]).cumcount() + 1
    day = pd.Series(season.STAMPS[orders["day"]], dtype="str")
    number = customer_ids.str.slice(1).iloc[orders["customer"]].reset_index(drop=True)
    return day + "-" + number + "-" + turn.astype("str")
