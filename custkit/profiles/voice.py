"""What customers say: satisfaction, who answers at all, whether the satisfied come back, and recommendation of groups."""

import datetime

import numpy as np
import pandas as pd

from custkit import schema, stats
from custkit.profiles import chance
from custkit.settings import ProfileRules

BANDS = ("1-2", "3", "4", "5")  # of satisfaction, lowest first
_TOP_TWO = 4  # the lowest of the two best answers on the scale of 1 to 5
_PROMOTER, _DETRACTOR = 9, 6  # of 0 to 10: from here on, up to here


def satisfaction(feedback: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """How satisfied customers say they are: every answer as it is, and each customer once, with the latest.

    A customer without an answer is in no row: a missing answer is not a low one. An answer between two whole ones
    (3.5) counts as the upper. Of two answers on one day the lower is the latest. Answers of ids that are no customers
    are left out, here and below.

    Returns
    -------
    five rows; none without an answer
        ``answer`` 1 to 5, ``answers``, ``share_of_answers``, ``customers`` whose latest it is, ``share_of_customers`` who
        answered, with its 95 % Wilson interval ``share_low``, ``share_high``.
    """
    every = _answers(feedback, features, "satisfaction")
    if every.empty:
        return schema.empty("profile_satisfaction")
    scale = range(1, 6)
    said, latest = (
        _whole(table["satisfaction"]).value_counts().reindex(scale, fill_value=0)
        for table in (every, _latest(every, "satisfaction"))
    )
    low, high = stats.wilson(latest, latest.sum())
    made = {
        "answer": list(scale),
        "answers": said.to_numpy(),
        "share_of_answers": said.to_numpy() / said.sum(),
        "customers": latest.to_numpy(),
        "share_of_customers": latest.to_numpy() / latest.sum(),
        "share_low": low,
        "share_high": high,
    }
    return schema.frame("profile_satisfaction", made)


def answered(feedback: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """The answers in one row, and how far they stand for everyone.

    Returns
    -------
    one row; none without an answer
        ``answers``, ``customers`` who gave them; over each one's latest: ``mean``, and ``top_two`` (4 or 5) with
        ``share_top_two`` and its 95 % Wilson interval ``share_low``, ``share_high``; ``buyers``, ``buyers_answered``,
        ``share_answered`` of buyers, and the median spend of the buyers who did and did not (empty where none).
    """
    every = _answers(feedback, features, "satisfaction")
    if every.empty:
        return schema.empty("profile_answered")
    latest = _latest(every, "satisfaction")["satisfaction"]
    top_two = int((latest >= _TOP_TWO).sum())
    low, high = stats.wilson(top_two, len(latest))
    spoke, silent = _buyers_by_answer(every, features)
    buyers = len(spoke) + len(silent)
    row = {
        "answers": len(every),
        "customers": len(latest),
        "mean": latest.mean(),
        "top_two": top_two,
        "share_top_two": top_two / len(latest),
        "share_low": low,
        "share_high": high,
        "buyers": buyers,
        "buyers_answered": len(spoke),
        "share_answered": len(spoke) / buyers if buyers else 0.0,
        "median_spend_answered": spoke.median(),
        "median_spend_silent": silent.median(),
    }
    return schema.frame("profile_answered", [row])


def answered_question(
    feedback: pd.DataFrame, features: pd.DataFrame, rules: ProfileRules = ProfileRules()
) -> list[dict]:
    """Do buyers who answered spend otherwise than those who never did?

    ``difference`` is ``chance.lead``: the chance that one who answered has spent more than one who did not, less a
    half; the values are median spend, of the silent first. Whom the answers stand for is asked, and not why: where
    every order is followed by a question, those who order more answer more, and the answers are theirs.
    """
    spoke, silent = _buyers_by_answer(_answers(feedback, features, "satisfaction"), features)
    if min(len(spoke), len(silent)) < rules.min_group:
        return []
    found = {**chance.lead(spoke, silent), "a": ("", silent.median()), "b": ("", spoke.median())}
    customers = len(spoke) + len(silent)
    return [chance.question("answered", customers=customers, threshold=rules.min_share_gap, **found)]


def asked(
    feedback: pd.DataFrame,
    features: pd.DataFrame,
    *,
    as_of: datetime.date | None,
    rules: ProfileRules = ProfileRules(),
) -> pd.DataFrame:
    """Of each buyer, the last answer after which a return could have been seen.

    Answers on or after the first order and at least ``rules.return_days`` before ``as_of`` count. One answer a customer,
    so that customers are the units.

    Returns
    -------
    one row per such customer, sorted: ``customer_id``, ``date``, ``satisfaction``
    """
    schema.require(features, ["customer_id", "first_order"], "features")
    every = _answers(feedback, features, "satisfaction")
    first = every["customer_id"].map(features.set_index("customer_id")["first_order"])
    day = pd.to_datetime(every["date"])
    last = pd.NaT if as_of is None else pd.Timestamp(as_of) - pd.Timedelta(days=rules.return_days)
    return _latest(every[(day >= first) & (day <= last)], "satisfaction")


def returned(
    answers: pd.DataFrame, next_orders: pd.DataFrame, rules: ProfileRules = ProfileRules()
) -> pd.DataFrame:
    """Did those who were satisfied order again? Within ``rules.return_days`` of the answer, by what they answered.

    Parameters
    ----------
    answers : from ``asked``
    next_orders : ``customer_id``, ``date``, ``next_order``: the first order day after each answer; no row: none

    Returns
    -------
    one row per band of satisfaction that has a customer, lowest first
        ``band``, ``customers``, ``returned``, ``share_returned`` with its 95 % Wilson interval ``share_low``,
        ``share_high``.
    """
    came = _with_return(answers, next_orders, rules)
    counts = came.groupby("band")["returned"].agg(["size", "sum"]).reindex(BANDS).dropna().astype("int64")
    low, high = stats.wilson(counts["sum"], counts["size"])
    made = {
        "band": counts.index,
        "customers": counts["size"].to_numpy(),
        "returned": counts["sum"].to_numpy(),
        "share_returned": counts["sum"].to_numpy() / counts["size"].to_numpy(),
        "share_low": low,
        "share_high": high,
    }
    return schema.frame("profile_return", made)


def returned_question(
    answers: pd.DataFrame, next_orders: pd.DataFrame, rules: ProfileRules = ProfileRules()
) -> list[dict]:
    """Does satisfaction go with coming back? All bands and the two ends must say so.

    ``difference`` is the share returned of the highest band less that of the lowest, of those with
    ``rules.min_group`` customers. ``p`` is the larger of two: that of Spearman's rank correlation over all customers,
    and that of this difference; 1 where the two point in opposite directions.
    """
    came = _with_return(answers, next_orders, rules)
    counts = came.groupby("band")["returned"].agg(["size", "sum"]).reindex(BANDS).dropna()
    large = counts[counts["size"] >= rules.min_group]
    if len(large) < 2:
        return []
    gap = chance.share_gap(*large.iloc[-1][["sum", "size"]], *large.iloc[0][["sum", "size"]])
    shares = (large["sum"] / large["size"]).items()
    (lowest, *_, highest) = shares
    correlation, p = chance.rank_link(came["satisfaction"], came["returned"])
    gap["p"] = 1.0 if gap["difference"] * correlation < 0 else max(p, gap["p"])
    return [
        chance.question(
            "return", customers=len(came), threshold=rules.min_share_gap, a=lowest, b=highest, **gap
        )
    ]


def recommend(
    feedback: pd.DataFrame, features: pd.DataFrame, rules: ProfileRules = ProfileRules()
) -> pd.DataFrame:
    """Net promoter score of everyone together and of the buyers of each main channel; never of a person.

    Each customer's latest answer on 0 to 10: promoters from 9, detractors up to 6. A group with fewer than
    ``rules.min_group`` answers is not shown.

    Returns
    -------
    ``dimension`` (``everyone``, ``channel``), ``level``, ``customers``, ``promoters``, ``passives``, ``detractors``,
    ``nps`` from -100 to 100 with its 95 % interval ``low``, ``high``; channels by customers (ties: name).

    Source
    ------
    Reichheld (2003), *Harvard Business Review* 81, 46-54; interval: adjusted Wald with three answers added, Rocks (2016),
    *The American Statistician* 70, 365-372.
    """
    schema.require(features, ["customer_id", "main_channel"], "features")
    latest = _latest(_answers(feedback, features, "recommend"), "recommend")
    channel = latest["customer_id"].map(features.set_index("customer_id")["main_channel"])
    groups = [("everyone", "", latest)]
    groups += [("channel", level, latest[channel == level]) for level in sorted(channel.dropna().unique())]
    rows = [
        {"dimension": dimension, "level": level, **_score(own["recommend"])}
        for dimension, level, own in groups
        if len(own) >= rules.min_group
    ]
    rows[1:] = sorted(rows[1:], key=lambda row: -row["customers"])
    return schema.frame("profile_recommend", rows)


def _score(answers: pd.Series) -> dict[str, float]:
    n, promoters, detractors = len(answers), (answers >= _PROMOTER).sum(), (answers <= _DETRACTOR).sum()
    score = (promoters - detractors) / n
    # Three made-up answers, half of them passive: an interval that is right even where all agree.
    up, down = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    reach = 1.96 * np.sqrt((up + down - (up - down) ** 2) / (n + 3))
    low, high = min(up - down - reach, score), max(up - down + reach, score)
    counts = {"customers": n, "promoters": promoters, "passives": n - promoters - detractors}
    ends = {"nps": 100 * score, "low": 100 * max(low, -1), "high": 100 * min(high, 1)}
    return {**counts, "detractors": detractors, **ends}


def _answers(feedback: pd.DataFrame, features: pd.DataFrame, column: str) -> pd.DataFrame:
    """customer_id, date and the answer of customers, where there is one."""
    schema.require(feedback, ["customer_id"], "feedback")
    schema.require(features, ["customer_id", "status", "spend"], "features")
    table = feedback.reindex(columns=["customer_id", "date", column])
    return table[table[column].notna() & table["customer_id"].isin(features["customer_id"])]


def _latest(answers: pd.DataFrame, column: str) -> pd.DataFrame:
    """Each customer's latest answer, sorted by customer; of one day the lower, without a day before all others."""
    order = answers.sort_values(
        ["customer_id", "date", column], ascending=[True, True, False], na_position="first"
    )
    return order.drop_duplicates("customer_id", keep="last", ignore_index=True)


def _whole(answers: pd.Series) -> pd.Series:
    return np.floor(answers.astype(float) + 0.5).astype("int64")


def _buyers_by_answer(every: pd.DataFrame, features: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Spend of the buyers who ever answered, and of those who never did."""
    buyers = features[features["status"] == "buyer"]
    spoke = buyers["customer_id"].isin(every["customer_id"])
    return buyers.loc[spoke, "spend"], buyers.loc[~spoke, "spend"]


def _with_return(answers: pd.DataFrame, next_orders: pd.DataFrame, rules: ProfileRules) -> pd.DataFrame:
    schema.require(answers, ["customer_id", "date", "satisfaction"], "answers")
    schema.require(next_orders, ["customer_id", "date", "next_order"], "next_orders")
    days = answers[["customer_id", "date"]].assign(
        date=pd.to_datetime(answers["date"]).astype("datetime64[ms]")
    )
    later = next_orders.assign(date=pd.to_datetime(next_orders["date"]).astype("datetime64[ms]"))
    found = days.merge(later, on=["customer_id", "date"], how="left", validate="one_to_one")
    gap = (pd.to_datetime(found["next_order"]) - found["date"]).dt.days
    whole = _whole(answers["satisfaction"]).clip(lower=2)
    return answers.assign(
        band=whole.map(dict(zip(range(2, 6), BANDS, strict=True))).to_numpy(),
        returned=(gap <= rules.return_days).astype("int64").to_numpy(),
    )
