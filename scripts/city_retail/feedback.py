"""What customers say: answers to surveys, complaints and suggestions, with what the firm did about them."""

import numpy as np
import pandas as pd

from scripts.city_retail import season, texts
from scripts.city_retail.parameters import CHANNELS, Model
from scripts.city_retail.streams import pick, stream

CAUSES = tuple(texts.COMPLAINTS)
OF_LATE = (
    0.80,
    0.06,
    0.08,
    0.02,
    0.04,
)  # shares of CAUSES, of complaints about an order that came late or damaged
OF_OTHERS = (0.20, 0.29, 0.24, 0.15, 0.12)
RECOMMEND = (0.4, 2.0)  # answer to "would you recommend us": intercept and slope on satisfaction
RECOMMEND_NOISE = 1.1  # points of 0 to 10
REMARKS = 0.25  # share of surveys with a remark
RATED = 0.70  # share of complaints with a satisfaction
ANSWERED, RESOLVED = 0.94, 0.88  # share of complaints answered; of these, resolved
ANSWER_HOURS, RESOLVE_HOURS = 9.0, 70.0  # mean
DESKS = ("phone", "app", "web", "store")
COLUMNS = ["customer_id", "date", "satisfaction", "recommend", "kind", "text", "channel", "responded_at", "resolved_at", "cause"]  # fmt: skip


def feedback(
    orders: pd.DataFrame, customer_ids: pd.Series, seed: int, block: int, model: Model, null: bool
) -> pd.DataFrame:
    """One row per answer or ticket, sorted by time; ``kind`` is survey, complaint or suggestion.

    ``cause`` is what a complaint is truly about: part of the key, not of the table. Where ``null``, who complains,
    what about and what they would recommend have nothing to do with how satisfied they are.
    """
    rng = stream(seed, "feedback", block)
    habits = model.habits
    odds = np.array(habits.complains)[orders["satisfaction"] - 1]
    late = orders["late"].to_numpy()
    if null and len(orders):
        odds, late = np.full(len(orders), odds.mean()), rng.permutation(late)
    said = orders.assign(late=late, customer_id=customer_ids.to_numpy()[orders["customer"]])
    answered, complained, suggested = (
        _after(rng, said[rng.random(len(said)) < chance])
        for chance in (habits.answers, odds, habits.suggests)
    )
    parts = [_surveys(rng, answered, null), _complaints(rng, complained), _suggestions(rng, suggested)]
    table = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    end = season.DAYS[-1].astype("datetime64[s]") + np.timedelta64(86400, "s")
    table = table[table["date"] < end]
    for column in ("responded_at", "resolved_at"):
        table[column] = table[column].where(table[column] < end)  # not yet, as far as the export knows
    return table.sort_values("date", kind="stable", ignore_index=True)


def _after(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """The orders with the ``date`` on which something is said of them: some days later, three weeks at most."""
    wait = (rng.exponential(2.0, len(orders)).clip(max=20) * 86400).astype(np.int64) + 3600
    return orders.assign(date=orders["at"] + wait.astype("timedelta64[s]")).reset_index(drop=True)


def _surveys(rng: np.random.Generator, orders: pd.DataFrame, null: bool) -> pd.DataFrame:
    points = orders["satisfaction"].to_numpy()
    mood = np.where(points >= 4, 0, np.where(points == 3, 1, 2))
    text = np.full(len(orders), np.nan, object)
    for place, patterns in enumerate((texts.PRAISE, texts.NEUTRAL, texts.GRUMBLES)):
        own = (mood == place) & (rng.random(len(orders)) < REMARKS)
        text[own] = texts.written(rng, patterns, int(own.sum()), texts.MOODS)
    recommend = RECOMMEND[0] + RECOMMEND[1] * points + rng.normal(0, RECOMMEND_NOISE, len(orders))
    recommend = np.clip(np.rint(recommend), 0, 10)
    return orders[["customer_id", "date"]].assign(
        kind="survey",
        satisfaction=points.astype(float),
        recommend=rng.permutation(recommend) if null else recommend,
        text=text,
        channel=np.array(CHANNELS)[orders["channel"]],
    )


def _complaints(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    chance = rng.random(len(orders))
    cause = np.where(orders["late"], pick(chance, OF_LATE), pick(chance, OF_OTHERS))
    text = np.empty(len(orders), object)
    for place, name in enumerate(CAUSES):
        text[cause == place] = texts.written(rng, texts.COMPLAINTS[name], int((cause == place).sum()))
    answered = orders["date"] + _hours(rng, ANSWER_HOURS, len(orders))
    answered = answered.where(rng.random(len(orders)) < ANSWERED)
    resolved = (answered + _hours(rng, RESOLVE_HOURS, len(orders))).where(rng.random(len(orders)) < RESOLVED)
    return orders[["customer_id", "date"]].assign(
        kind="complaint",
        satisfaction=orders["satisfaction"].astype(float).where(rng.random(len(orders)) < RATED),
        text=text,
        channel=np.array(DESKS)[pick(rng.random(len(orders)), (0.4, 0.3, 0.1, 0.2))],
        responded_at=answered,
        resolved_at=resolved,
        cause=np.array(CAUSES)[cause],
    )


def _suggestions(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    return orders[["customer_id", "date"]].assign(
        kind="suggestion",
        text=texts.written(rng, texts.SUGGESTIONS, len(orders), texts.MOODS),
        channel=np.array(DESKS)[pick(rng.random(len(orders)), (0.1, 0.5, 0.2, 0.2))],
    )


def _hours(rng: np.random.Generator, mean: float, count: int) -> np.ndarray:
    return (300 + rng.exponential(mean * 3600, count)).astype(np.int64).astype("timedelta64[s]")
