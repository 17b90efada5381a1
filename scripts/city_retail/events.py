"""What customers do between orders in the last year: visits, searches, campaigns, words with others."""

import numpy as np
import pandas as pd

from scripts.city_retail import behaviour, season
from scripts.city_retail.parameters import CHANNELS, LAST_DAY, Model
from scripts.city_retail.people import PROSPECT
from scripts.city_retail.streams import pick, stream

YEAR = LAST_DAY[:4]
BROWSES = (0.15, 0.70, 0.70)  # share of orders with a session before it: store, app, web
IDLE_SESSIONS = 1.6  # a year and customer who has not left, without an order
SOCIAL = {"post": 0.05, "comment": 0.12, "like": 0.45, "share": 0.10}  # events a year and customer
TOPICS = ("new arrivals", "recipes", "home tips", "reviews", "holidays")
SECONDS = {"visit": 150.0, "view": 45.0, "search": 20.0, "compare": 60.0}  # mean
COLUMNS = ["customer_id", "date", "kind", "seconds", "channel", "topic"]
_START = np.datetime64(f"{YEAR}-01-01", "s")
_END = np.datetime64(LAST_DAY, "s") + np.timedelta64(1, "D")


def activity(
    orders: pd.DataFrame,
    left: np.ndarray,
    customers: pd.DataFrame,
    latent: pd.DataFrame,
    arms: pd.DataFrame,
    seed: int,
    block: int,
    model: Model,
    null: bool,
) -> pd.DataFrame:
    """One row per event of the last year, sorted by time, no two rows alike.

    In a copy without relations all events but those of campaigns are dealt to customers anew.
    """
    rng = stream(seed, "activity", block)
    online = (latent["is_online"] | np.isfinite(latent["moves_on"])).to_numpy()
    of_own = pd.concat(
        [
            _sessions(rng, *_before_orders(rng, orders)),
            _sessions(rng, *_idle(rng, left, customers, latent)),
            _social(rng, online),
        ]
    )
    if null:
        of_own["customer"] = rng.permutation(len(latent))[of_own["customer"]]
    sent = [_campaign(rng, arms[arms["campaign"] == campaign.name], campaign) for campaign in model.campaigns]
    table = pd.concat([of_own, *sent], ignore_index=True)
    table = table[(table["date"] >= _START) & (table["date"] < _END)]
    table = table.assign(customer_id=customers["customer_id"].to_numpy()[table["customer"]])
    return table[COLUMNS].drop_duplicates().sort_values("date", kind="stable", ignore_index=True)


def _before_orders(rng: np.random.Generator, orders: pd.DataFrame):
    """Customer, time and channel of the sessions that end in an order."""
    of_year = orders[orders["at"] >= _START]
    of_year = of_year[rng.random(len(of_year)) < np.array(BROWSES)[of_year["channel"]]]
    start = of_year["at"].to_numpy() - rng.integers(300, 3000, len(of_year)).astype("timedelta64[s]")
    channel = np.where(of_year["channel"] == behaviour.STORE, behaviour.APP, of_year["channel"])
    return of_year["customer"].to_numpy(), start, channel


def _idle(rng: np.random.Generator, left: np.ndarray, customers: pd.DataFrame, latent: pd.DataFrame):
    """Sessions without an order, of those who have not left by the year, prospects among them."""
    first = season.number(f"{YEAR}-01-01")
    stays = (left > first) & (customers["registered_on"] < _START).to_numpy()
    share = np.where(latent["kind"] == PROSPECT, 0.4, 1.0)
    who = np.repeat(np.arange(len(left)), rng.poisson(np.where(stays, IDLE_SESSIONS * share, 0.0)))
    days = rng.integers(first, len(season.DAYS), len(who))
    channel = np.where(latent["uses_app"].to_numpy()[who], behaviour.APP, behaviour.WEB)
    return who, season.times(rng, days, channel, CHANNELS, False), channel


def _sessions(rng: np.random.Generator, who, start, channel) -> pd.DataFrame:
    """A visit each, and what is looked at, looked for and compared within it."""
    counts = {
        "visit": np.ones(len(who), int),
        "view": rng.poisson(1.1, len(who)),
        "search": (rng.random(len(who)) < 0.30).astype(int),
        "compare": (rng.random(len(who)) < 0.15).astype(int),
    }
    parts = []
    for kind, count in counts.items():
        session = np.repeat(np.arange(len(who)), count)
        later = rng.integers(5, 280, len(session)) if kind != "visit" else np.zeros(len(session), int)
        parts.append(
            pd.DataFrame(
                {
                    "customer": who[session],
                    "date": start[session] + later.astype("timedelta64[s]"),
                    "kind": kind,
                    "seconds": np.ceil(rng.exponential(SECONDS[kind], len(session))),
                    "channel": np.array(CHANNELS)[channel[session]],
                    "topic": np.nan,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype({"topic": "str"})


def _campaign(rng: np.random.Generator, listed: pd.DataFrame, campaign) -> pd.DataFrame:
    """Sent, opened and joined, by the treated alone."""
    treated = listed[listed["arm"] == "treated"]
    sent = np.datetime64(campaign.start, "s") + rng.integers(9 * 3600, 11 * 3600, len(treated)).astype(
        "timedelta64[s]"
    )
    opened = sent + rng.integers(60, 30 * 3600, len(treated)).astype("timedelta64[s]")
    joined = opened + rng.integers(20, 900, len(treated)).astype("timedelta64[s]")
    channel = np.where(treated["is_online"], np.where(rng.random(len(treated)) < 0.7, "app", "email"), "sms")
    parts = []
    for kind, at, does in (
        ("sent", sent, True),
        ("opened", opened, treated["opened"]),
        ("joined", joined, treated["joined"]),
    ):
        frame = pd.DataFrame(
            {"customer": treated["customer"].to_numpy(), "date": at, "kind": f"campaign_{kind}"}
        )
        frame = frame.assign(seconds=np.nan, channel=channel, topic=campaign.name)
        parts.append(frame[np.broadcast_to(does, len(frame))])
    return pd.concat(parts, ignore_index=True)


def _social(rng: np.random.Generator, online: np.ndarray) -> pd.DataFrame:
    """Posts, comments, likes and shares; people who buy online do more of it."""
    parts = []
    for kind, mean in SOCIAL.items():
        who = np.repeat(np.arange(len(online)), rng.poisson(np.where(online, 1.5 * mean, 0.7 * mean)))
        days = rng.integers(season.number(f"{YEAR}-01-01"), len(season.DAYS), len(who))
        at = season.times(rng, days, np.full(len(who), behaviour.APP), CHANNELS, False)
        topic = np.array(TOPICS)[pick(rng.random(len(who)), (0.3, 0.2, 0.2, 0.2, 0.1))]
        parts.append(
            pd.DataFrame(
                {
                    "customer": who,
                    "date": at,
                    "kind": kind,
                    "seconds": np.nan,
                    "channel": "social",
                    "topic": topic,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
