"""Who the customers are: what the firm knows of them, and the latent attributes that drive what they do."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from scripts.city_retail import season
from scripts.city_retail.parameters import BLOCK, LAST_DAY, Model, Places
from scripts.city_retail.streams import even, pick, stream

SURNAMES = ["Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu", "Xu", "Sun", "Hu", "Zhu", "Gao", "Lin", "He", "Guo", "Ma", "Luo", "Liang", "Song", "Zheng", "Xie"]  # fmt: skip
GIVEN = ["Wei", "Fang", "Na", "Min", "Jing", "Lei", "Jun", "Yong", "Yan", "Jie", "Juan", "Tao", "Ming", "Chao", "Xiulan", "Xia", "Ping", "Gang", "Hui", "Lan", "Ting", "Bo", "Hao"]  # fmt: skip
CITIES = {
    "East": (("Shanghai",), ("Hangzhou", "Nanjing", "Suzhou"), ("Jiaxing", "Zhenjiang")),
    "South": (("Guangzhou", "Shenzhen"), ("Foshan", "Dongguan", "Xiamen"), ("Zhuhai", "Shantou")),
    "Central": (("Wuhan",), ("Changsha", "Zhengzhou", "Hefei"), ("Yichang", "Yueyang")),
    "North": (("Beijing", "Tianjin"), ("Jinan", "Shijiazhuang", "Taiyuan"), ("Baoding", "Weifang")),
    "West": (("Chengdu", "Chongqing"), ("Xi'an", "Kunming", "Guiyang"), ("Mianyang", "Baoji")),
}
RURAL = (0.03, 0.12, 0.30)  # share of customers in the country, by city tier
INDUSTRIES = ["manufacturing", "finance", "education", "healthcare", "IT", "government", "logistics", "hospitality"]  # fmt: skip
OCCUPATIONS = ("office worker", "professional", "worker", "self-employed", "manager", "homemaker")
EDUCATIONS = {"high school": 0.30, "college": 0.30, "bachelor": 0.32, "master": 0.08}
INCOMES = {"under 60k": 0.24, "60-120k": 0.38, "120-240k": 0.28, "over 240k": 0.10}
SOURCES = {"store": 0.38, "app": 0.27, "referral": 0.17, "advert": 0.13, "event": 0.05}
CONSENT = 0.82  # share of customers who may be written to
# The club began half a year before the first order that the firm still has. Share of customers, even within a year.
CLUB_FROM = "2022-07-01"
REGISTERED = {2022: 0.36, 2023: 0.40, 2024: 0.18, 2025: 0.06}

BUYS, PROSPECT, REFUND_ONLY = range(3)
# What is dealt anew, each by itself, in a copy without relations.
DEALT = ["rate", "dropout", "mean_value", "order_shape", "discounted", "is_online", "uses_app", "liking", "likes_niche"]  # fmt: skip


def penetration(places: Places, null: bool) -> np.ndarray:
    """Customers per head, by age band and city tier."""
    table = np.full((len(places.age_bands), len(places.tiers)), places.penetration)
    if not null:
        row = places.age_bands.index(places.under_served_age)
        table[row, places.tiers.index(places.under_served_tier)] *= places.under_served
    return table


def known(seed: int, block: int, model: Model, null: bool) -> pd.DataFrame:
    """One row per customer of a block, as the firm knows them: nothing here goes with behaviour by itself."""
    rng = stream(seed, "people", block)
    region = rng.permutation(
        np.repeat(np.arange(len(model.regions)), [r.slots * BLOCK // _slots(model) for r in model.regions])
    )
    places = model.places
    people = np.outer(places.age_shares, places.tier_shares)
    cell = pick(even(rng, region), (people * penetration(places, null)).ravel())
    age, tier = np.divmod(cell, len(places.tiers))
    names = np.array([r.name for r in model.regions])[region]
    registered = _registered(rng)
    born, years = _born(rng, np.array(places.age_bands)[age])
    education = pick(rng.random(BLOCK), list(EDUCATIONS.values()))
    income = pick(rng.random(BLOCK), list(INCOMES.values()))
    surname, given = rng.integers(0, len(SURNAMES), BLOCK), rng.integers(0, len(GIVEN), BLOCK)
    return pd.DataFrame(
        {
            "customer_id": ids(block * BLOCK + np.arange(BLOCK)),
            "name": np.array(SURNAMES)[surname].astype(object) + " " + np.array(GIVEN)[given].astype(object),
            "phone": "1990" + pd.Series(rng.integers(0, 10**7, BLOCK)).astype("str").str.zfill(7),
            "gender": np.where(rng.random(BLOCK) < places.female, "female", "male"),
            "birth_date": born,
            "region": names,
            "city": _cities(rng, names, tier),
            "city_tier": np.array(places.tiers)[tier],
            "area": np.where(rng.random(BLOCK) < np.array(RURAL)[tier], "rural", "urban"),
            "industry": np.array(INDUSTRIES)[rng.integers(0, len(INDUSTRIES), BLOCK)],
            "occupation": _occupations(rng, years),
            "income": np.array(list(INCOMES))[income],
            "education": np.array(list(EDUCATIONS))[education],
            "registered_on": registered,
            "source": np.array(list(SOURCES))[pick(rng.random(BLOCK), list(SOURCES.values()))],
            "consent": np.where(rng.random(BLOCK) < CONSENT, "yes", "no"),
        }
    )


def latent(customers: pd.DataFrame, seed: int, block: int, model: Model, null: bool) -> pd.DataFrame:
    """One row per customer, in the same order: what no export holds.

    Returns
    -------
    ``type``, ``psychographic`` (positions in the model's lists); ``kind`` (buys, prospect, refund only); ``first_day``
    of the first order; ``rate`` orders per day while alive; ``dropout`` logit of the chance to leave after a purchase of
    average satisfaction; ``mean_value`` of an order in CNY; ``order_shape``; ``discounted`` share of orders; ``is_online``
    on the first day, ``moves_on`` day from which on they are (inf: never); ``uses_app``; ``liking`` satisfaction with a
    delivery in time; ``late_first``, ``late_last`` shares of late deliveries; ``grows`` and ``likes_niche`` (the niche).
    """
    habits, size = model.habits, len(customers)
    places = {region.name: number for number, region in enumerate(model.regions)}
    region = customers["region"].map(places).to_numpy()
    of_region = pd.DataFrame([vars(r) for r in model.regions]).iloc[region].reset_index(drop=True)
    rng = stream(seed, "types", block)
    kind = pick(
        even(rng, region),
        (1 - habits.never_order - habits.refunds_only, habits.never_order, habits.refunds_only),
    )
    kind_of_type = pick(even(rng, region * 3 + kind), [one.share for one in model.types])
    of_type = pd.DataFrame([vars(one) for one in model.types]).iloc[kind_of_type].reset_index(drop=True)
    rate = rng.gamma(of_type["rate_shape"]) / of_type["rate_shape"] * of_type["orders_per_year"] / 365.25
    rate = (rate * of_region["rate"]).to_numpy()
    chance = rng.beta(
        of_type["dropout"] * of_type["dropout_size"], (1 - of_type["dropout"]) * of_type["dropout_size"]
    )
    inverse = (of_type["value_shape"] - 1) / rng.gamma(of_type["value_shape"])
    online = even(rng, region * 10 + kind_of_type)
    moves = (online - of_region["online_first"]) / (of_region["online_last"] - of_region["online_first"])
    moves = (moves * len(season.DAYS)).where(
        (online >= of_region["online_first"]) & (online < of_region["online_last"])
    )
    is_niche = _is_niche(customers, model)
    table = pd.DataFrame(
        {
            "type": kind_of_type,
            "psychographic": _psychographic(rng, kind_of_type, model, null),
            "kind": kind,
            "first_day": _first_day(rng, customers, rate, model),
            "rate": rate,
            "dropout": np.log(chance / (1 - chance)) + of_region["dropout"],
            "mean_value": inverse * of_type["order_value"] * of_region["order_value"],
            "order_shape": of_type["order_shape"],
            "discounted": of_type["discounted"],
            "is_online": online < of_region["online_first"],
            "moves_on": moves.fillna(np.inf),
            "uses_app": rng.random(size) < habits.app_of_online,
            "liking": habits.satisfaction
            + of_type["satisfaction"]
            + of_region["satisfaction"]
            + ndtri(even(rng, region)) * habits.satisfaction_customer,
            "late_first": of_region["late_first"],
            "late_last": of_region["late_last"],
            "grows": is_niche,
            "likes_niche": is_niche,
        }
    )
    return (
        _dealt(table, online < of_region[["online_first", "online_last"]].mean(axis=1), seed, block)
        if null
        else table
    )


def ids(numbers: np.ndarray) -> pd.Series:
    """Customer numbers, from 0, as ids: C000001 and on."""
    return "C" + pd.Series(np.asarray(numbers) + 1).astype("str").str.zfill(6)


def age_bands(customers: pd.DataFrame, places: Places) -> np.ndarray:
    """The band of each customer on the last day, which ends a year: all birthdays are over."""
    years = int(LAST_DAY[:4]) - customers["birth_date"].dt.year
    starts = [int(band[:2]) for band in places.age_bands]
    return np.array(places.age_bands)[np.searchsorted(starts, years, side="right") - 1]


def _slots(model: Model) -> int:
    return sum(region.slots for region in model.regions)


def _registered(rng: np.random.Generator) -> np.ndarray:
    year = np.array(list(REGISTERED))[pick(rng.random(BLOCK), list(REGISTERED.values()))]
    first = np.maximum(
        (year - 1970).astype("datetime64[Y]").astype("datetime64[D]"), np.datetime64(CLUB_FROM)
    )
    days = ((year - 1969).astype("datetime64[Y]").astype("datetime64[D]") - first).astype(int)
    return (first + (rng.random(BLOCK) * days).astype(int)).astype("datetime64[s]")


def _born(rng: np.random.Generator, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Birth dates that put each customer into the band on the last day, and the age in years."""
    low = np.array([int(band[:2]) for band in bands])
    high = np.array([int(band[3:]) if "-" in band else 84 for band in bands])
    years = rng.integers(low, high + 1)
    last = np.datetime64(LAST_DAY)
    newest = (
        (last.astype("datetime64[Y]").astype(int) - years).astype("datetime64[Y]").astype("datetime64[D]")
    )
    return (newest + rng.integers(0, 365, len(bands))).astype("datetime64[s]"), years


def _occupations(rng: np.random.Generator, years: np.ndarray) -> np.ndarray:
    jobs = np.array(OCCUPATIONS)[rng.integers(0, len(OCCUPATIONS), len(years))].astype(object)
    chance = rng.random(len(years))
    jobs[(years <= 24) & (chance < 0.5)] = "student"
    jobs[(years >= 56) & (chance < 0.5)] = "retired"
    jobs[years >= 66] = "retired"
    return jobs


def _cities(rng: np.random.Generator, regions: np.ndarray, tiers: np.ndarray) -> np.ndarray:
    place = rng.random(len(regions))
    cities = np.empty(len(regions), object)
    for region, by_tier in CITIES.items():
        for tier, names in enumerate(by_tier):
            here = (regions == region) & (tiers == tier)
            cities[here] = np.array(names)[(place[here] * len(names)).astype(int)]
    return cities


def _is_niche(customers: pd.DataFrame, model: Model) -> np.ndarray:
    in_band = age_bands(customers, model.places) == model.niche.age_band
    return in_band & (customers["city_tier"] == model.niche.city_tier).to_numpy()


def _psychographic(rng: np.random.Generator, types: np.ndarray, model: Model, null: bool) -> np.ndarray:
    """A type by chance, or for some the one at the same place as the behaviour type: a mild link between the two."""
    found = pick(rng.random(len(types)), [one.share for one in model.psychographics])
    linked = rng.random(len(types)) < model.survey.likes_type
    return found if null else np.where(linked, types % len(model.psychographics), found)


def _first_day(
    rng: np.random.Generator, customers: pd.DataFrame, rate: np.ndarray, model: Model
) -> np.ndarray:
    """Days from the first day to the first order that the firm still has, as a fraction.

    Who joined before 2023 is in the middle of buying then: the next order comes at the customer's own rate.
    """
    registered = (customers["registered_on"].to_numpy() - season.DAYS[0].astype("datetime64[s]")).astype(
        int
    ) / 86400
    wait = np.where(registered < 0, 1 / rate, model.habits.first_order_days)
    return np.maximum(registered, 0) + rng.exponential(1, len(customers)) * wait


def _dealt(table: pd.DataFrame, online: pd.Series, seed: int, block: int) -> pd.DataFrame:
    """Every attribute dealt anew by itself; nothing that moves in time."""
    rng = stream(seed, "dealt", block)
    late = table[["late_first", "late_last"]].mean(axis=None)
    table = table.assign(is_online=online, moves_on=np.inf, grows=False, late_first=late, late_last=late)
    return table.assign(**{name: rng.permutation(table[name].to_numpy()) for name in DEALT})
