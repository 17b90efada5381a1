"""What customers complain about: classes by words, whom and how much money they touch, and how soon someone answered."""

import datetime
import functools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from custkit import dictionary, schema
from custkit.profiles import chance
from custkit.settings import ProfileRules

WORDS = Path(__file__).parent / "complaints.yml"
UNCLASSIFIED, NO_TEXT = "unclassified", "no_text"

_MONEY_DECIMALS = 4  # the finest that money has: rounding to it frees a sum of floats from the row order
_YEAR = 12  # months
_FEWEST = 20  # complaints of a class in the two years; with fewer, its trend is not asked for
_DAY = pd.Timedelta(days=1)


def classify(texts: pd.Series) -> pd.Series:
    """The class of each text: the one of which it holds most words of ``complaints.yml``.

    Ties: the class whose word comes first. ``unclassified`` where no word is known, ``no_text`` where nothing is said.
    """
    found = {text: _class_of(text) for text in texts.dropna().unique()}
    return texts.map(found).astype("str").fillna(NO_TEXT)


def complaints(feedback: pd.DataFrame, features: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """What complaints are about, the most frequent class first; who complained, and what money hangs on them.

    Parameters
    ----------
    feedback : with ``kind`` (words of the dictionary) and ``text``; only complaints of customers count
    features : of the same customers
    periods : orders of each customer and month, to measure complaints by

    Returns
    -------
    one row per class that occurs, ranked by complaints (ties: customers, spend, name); unclassified ones and those
    without a text stand last
        ``rank``, ``topic``, ``complaints``, ``share_of_complaints``, ``share_so_far`` (with all rows above),
        ``customers``, their ``spend`` in all and its ``share_of_spend`` of all customers (0 without money),
        ``per_100_orders`` since the month of the first complaint that lies within the months of the orders (empty without
        such a complaint or order), and ``response_days``, ``resolve_days``: median days from the complaint to the first
        answer and to its end (empty where none is known).
    """
    told = _complaints(feedback, features)
    if told.empty:
        return schema.empty("profile_complaints")
    told["counts"], orders = _against(told["date"], periods)
    total = features["spend"].sum()
    spend = features.set_index("customer_id")["spend"]
    rows = []
    for topic, own in told.groupby("topic"):
        ids = own["customer_id"].drop_duplicates()
        money = round(float(spend.reindex(sorted(ids)).sum()), _MONEY_DECIMALS)
        rows.append(
            {
                "topic": topic,
                "complaints": len(own),
                "share_of_complaints": len(own) / len(told),
                "customers": len(ids),
                "spend": money,
                "share_of_spend": money / total if total > 0 else 0.0,
                "per_100_orders": 100 * own["counts"].sum() / orders if orders else np.nan,
                "response_days": own["response_days"].median(),
                "resolve_days": own["resolve_days"].median(),
            }
        )
    rows.sort(
        key=lambda r: (_is_rest(r["topic"]), -r["complaints"], -r["customers"], -r["spend"], r["topic"])
    )
    so_far = np.cumsum([row["complaints"] for row in rows]) / len(told)
    for rank, (row, share) in enumerate(zip(rows, so_far, strict=True), start=1):
        row |= {"rank": rank, "share_so_far": share}
    return schema.frame("profile_complaints", rows)


def rate(feedback: pd.DataFrame, features: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """All complaints in one row.

    Returns
    -------
    one row; none without a complaint
        ``complaints``, ``customers`` who complained, ``share_of_customers``, ``unclassified`` (with a text and no known
        word), ``n_orders`` since the month of the first complaint within the months of the orders, ``per_100_orders``,
        ``answered`` complaints with their median ``response_days``, ``resolved`` ones with their median
        ``resolve_days``. A time that lies before its complaint is none.
    """
    told = _complaints(feedback, features)
    if told.empty:
        return schema.empty("profile_complaint_rate")
    counts, orders = _against(told["date"], periods)
    customers = told["customer_id"].nunique()
    row = {
        "complaints": len(told),
        "customers": customers,
        "share_of_customers": customers / len(features),
        "unclassified": (told["topic"] == UNCLASSIFIED).sum(),
        "n_orders": orders,
        "per_100_orders": 100 * counts.sum() / orders if orders else np.nan,
        "answered": told["response_days"].notna().sum(),
        "response_days": told["response_days"].median(),
        "resolved": told["resolve_days"].notna().sum(),
        "resolve_days": told["resolve_days"].median(),
    }
    return schema.frame("profile_complaint_rate", [row])


def complainers(feedback: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Who complained of what: one row per customer and class, sorted; for 06, and for no page.

    ``customer_id``, ``topic``, ``complaints``, ``last_date`` (empty where no day is known).
    """
    told = _complaints(feedback, features).groupby(["customer_id", "topic"], as_index=False)
    return schema.frame(
        "profile_complainers", told.agg(complaints=("topic", "size"), last_date=("date", "max"))
    )


def trend_questions(
    feedback: pd.DataFrame,
    features: pd.DataFrame,
    periods: pd.DataFrame,
    *,
    first_day: datetime.date | None,
    last_day: datetime.date | None,
    rules: ProfileRules = ProfileRules(),
) -> list[dict]:
    """Did complaints of a class become more or fewer per 100 orders, the last twelve whole months against those before?

    Asked of every class with at least 20 complaints in the two years, where the orders and the feedback reach back so
    far; ``threshold`` is ``rules.min_ratio`` less 1, times the rate of the year before.
    """
    told = _complaints(feedback, features)
    days = feedback.reindex(columns=["date"])["date"]
    begin = (
        max(pd.Timestamp(first_day), days.min()) if days.notna().any() and not pd.isna(first_day) else pd.NaT
    )
    months = chance.whole_months(begin, last_day)
    if told.empty or len(months) < 2 * _YEAR:
        return []
    before, last = months[-2 * _YEAR : -_YEAR], months[-_YEAR:]
    month = told["date"].dt.to_period("M").dt.to_timestamp()
    orders = periods[periods["n_orders"] > 0]
    wholes = {
        f"{when}_whole": orders[orders["month"].isin(window)].groupby("customer_id")["n_orders"].sum()
        for when, window in (("first", before), ("last", last))
    }
    asked = []
    for topic in sorted(set(told["topic"]) - {UNCLASSIFIED, NO_TEXT}):
        parts = {
            f"{when}_part": told[month.isin(window) & (told["topic"] == topic)].groupby("customer_id").size()
            for when, window in (("first", before), ("last", last))
        }
        counts = pd.DataFrame({**wholes, **parts}).fillna(0.0).sort_index()
        if counts[["first_part", "last_part"]].to_numpy().sum() < _FEWEST:
            continue
        found = chance.ratio_change(counts)
        per_100 = {name: 100 * value for name, value in found.items() if name != "p"}
        years = {"a": (_name(before), per_100["first"]), "b": (_name(last), per_100["last"])}
        threshold = (rules.min_ratio - 1) * per_100["first"]
        found = {**per_100, **years, "p": found["p"]}
        asked.append(
            chance.question("complaints", topic, customers=len(counts), threshold=threshold, **found)
        )
    return asked


@functools.cache
def _rules() -> dict[str, list[re.Pattern]]:
    """Class to a pattern for each of its words, in the order of the file."""
    given = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {topic: [_pattern(dictionary.plain(word)) for word in words] for topic, words in given.items()}


def _pattern(word: str) -> re.Pattern:
    stem = re.escape(word.removesuffix("*"))
    if not word.isascii():  # Chinese puts no blanks between words
        return re.compile(stem)
    return re.compile(rf"(?<![a-z]){stem}" + ("" if word.endswith("*") else "(?![a-z])"))


def _class_of(text: str) -> str:
    said = dictionary.plain(text)
    if not said:
        return NO_TEXT
    places = {
        topic: [found.start() for pattern in patterns if (found := pattern.search(said))]
        for topic, patterns in _rules().items()
    }
    hit = [topic for topic in places if places[topic]]
    return max(hit, key=lambda topic: (len(places[topic]), -min(places[topic])), default=UNCLASSIFIED)


def _name(months: pd.DatetimeIndex) -> str:
    return chance.span(f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}")


def _is_rest(topic: str) -> bool:
    return topic in (UNCLASSIFIED, NO_TEXT)


def _complaints(feedback: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """customer_id, date, topic, response_days, resolve_days of the complaints of customers."""
    schema.require(feedback, ["customer_id"], "feedback")
    schema.require(features, ["customer_id", "spend"], "features")
    kinds = dictionary.canonical("feedback.kind", feedback.reindex(columns=["kind"])["kind"])
    told = feedback[(kinds == "complaint") & feedback["customer_id"].isin(features["customer_id"])]
    begin = _moment(told, "date")
    return pd.DataFrame(
        {
            "customer_id": told["customer_id"],
            "date": begin.dt.floor("D"),
            "topic": classify(told.reindex(columns=["text"])["text"]),
            "response_days": _days(told, begin, "responded_at"),
            "resolve_days": _days(told, begin, "resolved_at"),
        }
    )


def _days(told: pd.DataFrame, begin: pd.Series, column: str) -> pd.Series:
    """Days from the complaint to an event, in parts of a day where both have a time."""
    end = _moment(told, column)
    timed = told.reindex(columns=["date_time", f"{column}_time"]).notna().all(axis=1)
    days = (end - begin).where(timed, end.dt.floor("D") - begin.dt.floor("D")) / _DAY
    return days.where(days >= 0)


def _moment(told: pd.DataFrame, column: str) -> pd.Series:
    """Day and, where it is known, time of day."""
    day = pd.to_datetime(told.reindex(columns=[column])[column])
    time = pd.to_timedelta(told.reindex(columns=[f"{column}_time"])[f"{column}_time"]).fillna(pd.Timedelta(0))
    return day + time


def _against(days: pd.Series, periods: pd.DataFrame) -> tuple[pd.Series, int]:
    """Which complaints lie within the months of the orders, and how many orders there are since the first of these.

    Complaints of years of which the orders are not known have no orders to be measured by.
    """
    schema.require(periods, ["customer_id", "month", "n_orders"], "periods")
    ordered = periods.loc[periods["n_orders"] > 0, "month"]
    month = days.dt.to_period("M").dt.to_timestamp()
    inside = month.between(ordered.min(), ordered.max())
    return inside, int(periods.loc[periods["month"] >= month[inside].min(), "n_orders"].sum())
