"""The world around the retailer: how brands are rated and used, what the market sells, how many people there are."""

import numpy as np
import pandas as pd

from scripts.city_retail import people as customers
from scripts.city_retail.parameters import BRANDS, FIRST_DAY, LAST_DAY, OWN, Model
from scripts.city_retail.streams import pick, stream

# Scorecard attributes that nobody was asked about: scores of 1 to 10 on the two days, brands as in BRANDS.
SCORES = {
    "delivery": ((6.2, 5.6), (6.8, 7.6), (7.0, 7.1), (5.0, 5.2), (6.1, 6.0)),
    "digital": ((6.0, 6.4), (6.5, 7.8), (6.2, 6.6), (4.2, 4.5), (5.5, 5.6)),
    "innovation": ((5.8, 5.9), (6.0, 7.0), (7.8, 7.9), (4.0, 4.1), (5.2, 5.4)),
    "stores": ((7.6, 7.5), (6.0, 6.6), (4.8, 4.9), (7.0, 7.2), (8.0, 7.9)),
}
SCORED_ON = ("2024-12-31", "2025-12-31")
SCORE_SOURCE = "mystery shopping"
PRICE_LEVELS = ("mid", "mid", "high", "low", "low")
TIERS_SERVED = ("tier 1, tier 2", "tier 1, tier 2", "tier 1", "tier 2, tier 3", "tier 2, tier 3")
STRATEGY_TYPES = ("broad range", "service", "premium", "low price", "wide choice")
MARKETING = (0.030, 0.055, 0.045, 0.020, 0.025)  # of a brand's sales
AGE_SHARES = {"18-24": 0.14, "25-35": 0.30, "36-45": 0.25, "46-55": 0.17, "56-65": 0.10, "66+": 0.04}
KNOWS = 0.97  # share of brands that a respondent rates


def tables(regions: pd.Series, seed: int, null: bool, model: Model) -> dict[str, pd.DataFrame]:
    """The five tables; ``regions`` are those of the customers, so that there are as many people as they are drawn from."""
    rng = stream(seed, "respondents")
    count = model.brands.respondents
    who = pd.DataFrame(
        {
            "respondent_id": [f"N{number:04d}" for number in range(1, count + 1)],
            "age_band": np.array(list(AGE_SHARES))[pick(rng.random(count), list(AGE_SHARES.values()))],
            "gender": np.where(rng.random(count) < 0.53, "female", "male"),
        }
    )
    return {
        "brands": _scorecard(null),
        "brand_ratings": _ratings(who, seed, null, model),
        "brand_use": _use(who, seed, null, model),
        "market": _market(seed, null, model),
        "population": _population(regions, seed, null, model),
    }


def _scorecard(null: bool) -> pd.DataFrame:
    """What the firm's own testers wrote down, without noise; where null, the mean of all for every brand and day."""
    scores = {name: np.array(points) for name, points in SCORES.items()}
    if null:
        scores = {name: np.full_like(points, points.mean().round(1)) for name, points in scores.items()}
    rows = [
        {
            "brand": brand,
            "is_own": "yes" if brand == OWN else "no",
            "attribute": attribute,
            "score": float(points[place, turn]),
            "source": SCORE_SOURCE,
            "as_of": pd.Timestamp(day),
            "price_level": PRICE_LEVELS[place],
            "tier_served": TIERS_SERVED[place],
            "strategy_type": STRATEGY_TYPES[place],
        }
        for turn, day in enumerate(SCORED_ON)
        for place, brand in enumerate(BRANDS)
        for attribute, points in scores.items()
    ]
    return pd.DataFrame(rows).astype({"as_of": "datetime64[s]"})


def _ratings(who: pd.DataFrame, seed: int, null: bool, model: Model) -> pd.DataFrame:
    """Ratings of 1 to 10; ``overall`` is made of the others by their importance. Shuffled column by column where null."""
    rng = stream(seed, "brand ratings")
    rules = model.brands
    person, brand = np.divmod(np.arange(len(who) * len(BRANDS)), len(BRANDS))
    kind = rng.normal(0, rules.respondent, len(who))[person]
    true = np.array(rules.positions)[brand] + kind[:, None]
    felt = np.clip(true + rng.normal(0, rules.noise, true.shape), 1, 10)
    overall = felt @ np.array(rules.importance) + rng.normal(0, rules.overall_noise, len(person))
    points = np.clip(np.rint(np.column_stack([felt, overall])), 1, 10)
    if null:
        points = rng.permuted(points, axis=0)
    table = who.iloc[person].reset_index(drop=True).assign(brand=np.array(BRANDS)[brand])
    table[[*rules.attributes, "overall"]] = points.astype(int)
    return table[rng.random(len(table)) < KNOWS].reset_index(drop=True)


def _use(who: pd.DataFrame, seed: int, null: bool, model: Model) -> pd.DataFrame:
    """Which brands each respondent buys, in shares of purchases, and from which brand the main one was taken up."""
    rng = stream(seed, "brand use")
    rules = model.brands
    flows = np.array(rules.main_before)[:, None] * np.array(rules.switching)
    if null:  # as many stay, and as many go from one brand to another as the other way round
        stays, size = np.trace(flows), flows.sum(axis=0)
        flows = np.outer(size, size)
        np.fill_diagonal(flows, 0)
        flows = flows / flows.sum() * (1 - stays) + np.diag(size * stays)
    before, now = np.divmod(pick(rng.random(len(who)), flows.ravel()), len(BRANDS))
    rows = []
    for place, respondent in enumerate(who["respondent_id"]):
        others = rng.permutation([b for b in range(len(BRANDS)) if b != now[place]])[: rng.integers(0, 3)]
        if before[place] != now[place] and before[place] not in others and rng.random() < 0.5:
            others = np.append(others, before[place])
        main = rng.uniform(0.5, 0.85) if len(others) else 1.0
        rest = np.round((1 - main) * rng.dirichlet(np.ones(len(others))), 2) if len(others) else np.array([])
        shares = {now[place]: round(1 - float(rest.sum()), 2), **dict(zip(others, rest, strict=True))}
        for brand, share in sorted(shares.items()):
            moved = brand == now[place] != before[place]
            rows.append((respondent, BRANDS[brand], share, BRANDS[before[place]] if moved else np.nan))
    use = pd.DataFrame(rows, columns=["respondent_id", "brand", "share_of_purchases", "switched_from"])
    return use[use["share_of_purchases"] > 0].reset_index(drop=True)


def _market(seed: int, null: bool, model: Model) -> pd.DataFrame:
    """Sales and marketing by quarter, region and brand. The own brand's are of the order of its orders, no more."""
    rng = stream(seed, "market")
    rules = model.brands
    quarters = pd.period_range(FIRST_DAY, LAST_DAY, freq="Q")
    first, last = np.array(rules.share_first), np.array(rules.share_last)
    slots = np.array([region.slots for region in model.regions]) / sum(
        region.slots for region in model.regions
    )
    rows = []
    for turn, quarter in enumerate(quarters):
        along = 0.5 if null else turn / (len(quarters) - 1)
        shares = first + (last - first) * along
        total = rules.market_sales * (1 + 0.01 * turn) * (1, 0.97, 0.98, 1.12)[quarter.quarter - 1]
        for region, weight in zip(model.regions, slots, strict=True):
            noise = np.exp(rng.normal(0, rules.market_noise, len(BRANDS)))
            sales = np.round(total * weight * shares * noise, -2)
            spent = np.round(sales * np.array(MARKETING) * np.exp(rng.normal(0, 0.05, len(BRANDS))), -2)
            rows += [
                (str(quarter), b, s, m, region.name) for b, s, m in zip(BRANDS, sales, spent, strict=True)
            ]
    return pd.DataFrame(rows, columns=["period", "brand", "sales", "marketing", "region"])


def _population(regions: pd.Series, seed: int, null: bool, model: Model) -> pd.DataFrame:
    """People by region, age band, gender and city tier: as many as the customers would be drawn from, counted to ten."""
    rng = stream(seed, "population")
    places = model.places
    shares = np.outer(places.age_shares, places.tier_shares)
    heads = (shares * customers.penetration(places, null)).sum()  # customers per head of all ages and tiers
    rows = []
    for region, count in regions.value_counts().sort_index().items():
        for gender, share in (("female", places.female), ("male", 1 - places.female)):
            people = count / heads * share * shares * np.exp(rng.normal(0, places.people_noise, shares.shape))
            for (age, tier), number in np.ndenumerate(people):
                row = (region, places.age_bands[age], gender, places.tiers[tier], int(round(number, -1)))
                rows.append(row)
    return pd.DataFrame(rows, columns=["region", "age_band", "gender", "city_tier", "people"])
