"""The survey: sixteen items on four constructs, answered by some buyers, with four types of people behind it."""

import numpy as np
import pandas as pd

from scripts.city_retail.parameters import CONSTRUCTS, Model
from scripts.city_retail.streams import stream

# Construct, reversed, what was asked; q01 to q16.
ITEMS = (
    ("rational", "no", "I compare prices before I buy"),
    ("emotional", "no", "Shopping lifts my mood"),
    ("functional", "no", "I buy what does its job"),
    ("image", "no", "I like to own what others notice"),
    ("rational", "yes", "I rarely look at what things cost"),
    ("emotional", "no", "I buy things because I fall in love with them"),
    ("functional", "no", "Durability matters more to me than looks"),
    ("image", "no", "The brand I wear says who I am"),
    ("rational", "no", "I plan my purchases"),
    ("emotional", "yes", "Presents leave me cold"),
    ("functional", "no", "I read how a product is made"),
    ("image", "yes", "I do not care what others think of my things"),
    ("rational", "no", "I keep an eye on my budget"),
    ("emotional", "no", "A friendly shop makes me come back"),
    ("functional", "yes", "I put up with things that work badly if they please me"),
    ("image", "no", "I like to be the first to have something new"),
)
MISSING = 0.01  # share of answers left out


def answers(
    people: pd.DataFrame, buyers: pd.Series, seed: int, null: bool, model: Model
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers of 1 to 5, one row per respondent sorted by id; and the items.

    ``people`` has ``customer_id`` and ``psychographic`` (position of the type), ``buyers`` are the ids who may be asked.
    """
    rng = stream(seed, "survey")
    rules = model.survey
    pool = people[people["customer_id"].isin(buyers)]
    count = min(int(rules.respondents * len(people)), len(pool))
    asked = pool.iloc[np.sort(rng.choice(len(pool), count, replace=False))]
    profile = np.array([[getattr(one, name) for name in CONSTRUCTS] for one in model.psychographics])
    scores = profile[asked["psychographic"]] + rng.normal(0, rules.within, (count, len(CONSTRUCTS)))
    table = {"customer_id": asked["customer_id"].to_numpy()}
    for number, (construct, is_reversed, _) in enumerate(ITEMS):
        sign = -1 if is_reversed == "yes" else 1
        points = (
            3
            + sign * rules.loading * scores[:, CONSTRUCTS.index(construct)]
            + rng.normal(0, rules.noise, count)
        )
        points = np.clip(np.rint(points), 1, 5)
        if null:
            points = rng.permutation(points)
        points[rng.random(count) < MISSING] = np.nan
        table[f"q{number + 1:02d}"] = points
    items = pd.DataFrame(ITEMS, columns=["construct", "reversed", "text"])
    items.insert(0, "item", [f"q{number + 1:02d}" for number in range(len(ITEMS))])
    return pd.DataFrame(table), items
