"""Work on a million customers, beside the plainest way to it: scores, schemes, lifetime models (``bench.py``)."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from side_by_side import AS_OF, Rows, forked, row, take_turns

from custkit import schemes, scores
from custkit.value import models
from custkit.words import Words

CUSTOMERS = 1_000_000
SCORED = 10_000_000
SEED = 2026


def measured(random: np.random.Generator, n: int) -> pd.DataFrame:
    """The columns of ``features`` that scores look at."""
    ids = pd.Series(np.arange(n), dtype="str").str.zfill(9)
    made = pd.DataFrame({"customer_id": ids, "status": pd.Series("buyer", index=ids.index, dtype="str")})
    made["recency_days"] = random.integers(0, 730, n).astype(float)
    made["n_orders"] = random.geometric(0.3, n)
    made["spend"] = random.lognormal(4, 1.2, n).round(2)
    return made


def people() -> tuple[pd.DataFrame, dict]:
    """The columns of ``features`` that schemes look at, and all that they can be told beside them."""
    random = np.random.default_rng(SEED)
    made = measured(random, CUSTOMERS)
    ids = made["customer_id"]
    made["last_order"] = pd.Timestamp(AS_OF) - pd.to_timedelta(made["recency_days"], unit="D")
    made["tenure_days"] = made["recency_days"] + random.integers(0, 730, CUSTOMERS)
    made["median_gap_days"] = random.integers(1, 200, CUSTOMERS).astype(float)
    customers = pd.DataFrame({"customer_id": ids})
    for column, levels in (("gender", ["female", "male"]), ("city_tier", ["tier 1", "tier 2", "tier 3"])):
        customers[column] = (
            pd.Series(levels, dtype="str").take(random.integers(0, len(levels), CUSTOMERS)).to_numpy()
        )
    customers["age"] = pd.Series(random.integers(18, 80, CUSTOMERS)).astype("str")
    customers["registered_on"] = pd.Timestamp(AS_OF) - pd.to_timedelta(made["tenure_days"], unit="D")
    answers = {
        "satisfaction": random.integers(1, 6, CUSTOMERS // 3),
        "recommend": random.integers(0, 11, CUSTOMERS // 3),
    }
    feedback = pd.DataFrame({"customer_id": ids[: CUSTOMERS // 3], **answers})
    value = pd.DataFrame({"customer_id": ids, "clv": random.lognormal(4, 1, CUSTOMERS), "p_alive": 0.7})
    return made, {"customers": customers, "feedback": feedback, "value": value, "as_of": AS_OF}


def three_scores(made: pd.DataFrame) -> None:
    cuts = scores.cut_points(made)
    for measure in scores.MEASURES:
        scores.score(made[measure], cuts, measure)


def ranked() -> Rows:
    made = forked(partial(measured, np.random.default_rng(SEED), SCORED))
    by_rank = partial(made[list(scores.MEASURES)].rank, method="first")
    ours, rank = take_turns(partial(three_scores, made), by_rank)
    how = f"{SCORED:,} customers, cut points included"
    yield row("scores of three measures / pandas rank", ours, rank, 0.5, how)


def customers(_folder: Path) -> Rows:
    (made, known), words = forked(people), Words("en")
    cuts = schemes.with_cuts(scores.cut_points(made), made, value=known["value"])
    scored = scores.rfm(made, cuts)

    def by_schemes(reasons: bool) -> pd.DataFrame:
        return schemes.label(schemes.case(made, scored, cuts, words=words, **known), reasons=reasons)

    yield from ranked()
    labelled, explained = partial(by_schemes, reasons=False), partial(by_schemes, reasons=True)
    rfm, labels, reasons = take_turns(lambda: scores.rfm(made, scores.cut_points(made)), labelled, explained)
    how = f"{CUSTOMERS:,} customers"
    yield row("all 14 schemes / table of scores", labels, rfm, 5, f"{how}, labels alone")
    yield row(
        "the same with a reason for each", reasons, rfm, 5, f"{how}, about 2.1 million distinct reasons"
    )


def histories() -> pd.DataFrame:
    """Repeat orders of a million customers over three years, as the model itself would have them."""
    random = np.random.default_rng(SEED)
    age = random.integers(28, 1095, CUSTOMERS)
    repeats = random.poisson(random.gamma(0.25, 1 / 4.4, CUSTOMERS) * age / 7)
    active = np.where(repeats > 0, (age * random.beta(2, 1, CUSTOMERS)).astype(int), 0)
    days = {
        "status": "buyer",
        "repeat_orders": repeats,
        "active_days": active.astype(float),
        "age_days": age.astype(float),
    }
    return pd.DataFrame(days)


def lifetimes(_folder: Path) -> Rows:
    made = forked(histories)
    distinct = models.histories(made)
    whole, fit = take_turns(lambda: models.fit(models.histories(made)), partial(models.fit, distinct))
    how = f"{CUSTOMERS:,} customers, {len(distinct):,} distinct"
    yield row("BG/NBD / the fit of distinct rows", whole, fit, 10, how)
