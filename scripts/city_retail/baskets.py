"""What is in an order: products, list prices, discounts, lines that sum to the cent, and what comes back."""

import functools

import numpy as np
import pandas as pd

from scripts.city_retail import season
from scripts.city_retail.parameters import CHANNELS, Model
from scripts.city_retail.people import REFUND_ONLY
from scripts.city_retail.streams import pick, stream

PER_CATEGORY = 30
# Category: share of lines, lowest and highest list price in CNY, cost as a share of the price, words of its names.
CATEGORIES = {
    "Groceries": (0.28, 4, 180, 0.80, "Rice Tea Noodles Honey Oil Nuts Juice Coffee Cereal Biscuits"),
    "Home": (0.14, 15, 1500, 0.65, "Lamp Towel Pan Pillow Kettle Shelf Quilt Mug Curtain Basket"),
    "Beauty": (0.13, 20, 900, 0.55, "Cream Shampoo Mask Lipstick Serum Soap Lotion Perfume Powder Brush"),
    "Electronics": (
        0.10,
        60,
        6000,
        0.85,
        "Phone Speaker Charger Tablet Headset Camera Watch Router Monitor Printer",
    ),
    "Books": (0.09, 12, 200, 0.70, "Novel Atlas Cookbook Diary Poems Primer History Guide Comic Dictionary"),
    "Baby": (0.09, 20, 800, 0.70, "Nappies Bottle Stroller Toy Blanket Formula Bib Cot Rattle Carrier"),
    "Outdoor": (0.06, 40, 3000, 0.45, "Tent Backpack Jacket Boots Stove Poles Mat Flask Rope Lantern"),
    "Clothing": (0.11, 40, 1500, 0.55, "Shirt Coat Jeans Dress Sweater Scarf Socks Skirt Cap Gloves"),
}
PRODUCT_BRANDS = ["Yunfan", "Lanhe", "Beishan", "Qingmu", "Haitang", "Jinse"]
KINDS = ("Basic", "Plus", "Premium")
_DAY = np.timedelta64(86400, "s")


@functools.cache
def products(seed: int) -> pd.DataFrame:
    """One row per product, sorted by id: ``price`` is the list price, ``cost`` that of one piece. Not to be changed."""
    rng = stream(seed, "products")
    parts = []
    for number, (category, (_, low, high, cost, words)) in enumerate(CATEGORIES.items()):
        steps = np.linspace(0, 1, PER_CATEGORY) + rng.uniform(-0.01, 0.01, PER_CATEGORY)
        price = np.maximum(np.round(low * (high / low) ** np.sort(steps.clip(0, 1))), low) - 0.10
        names = np.resize(words.split(), PER_CATEGORY)
        sizes = np.array(KINDS)[np.arange(PER_CATEGORY) * len(KINDS) // PER_CATEGORY]
        parts.append(
            pd.DataFrame(
                {
                    "product_id": [f"P{number + 1}{place + 1:02d}" for place in range(PER_CATEGORY)],
                    "product": [f"{name} {size}" for name, size in zip(names, sizes, strict=True)],
                    "category": category,
                    "brand": np.array(PRODUCT_BRANDS)[rng.integers(0, len(PRODUCT_BRANDS), PER_CATEGORY)],
                    "cost": np.round(price * (cost + rng.uniform(-0.04, 0.04, PER_CATEGORY)), 2),
                    "price": np.round(price, 2),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def lines(
    orders: pd.DataFrame,
    latent: pd.DataFrame,
    order_ids: pd.Series,
    customer_ids: pd.Series,
    seed: int,
    block: int,
    model: Model,
) -> pd.DataFrame:
    """Order lines, refunds among them, sorted by time: the table ``orders`` of a block.

    ``amount`` is ``quantity`` times ``unit_price``, ``discount`` what the same quantity would cost more at list price.
    The money of an order is shared out at random; each share buys as many pieces of a product as fit. A refund takes
    a whole line back.
    """
    rng = stream(seed, "lines", block)
    habits = model.habits
    count = 1 + pick(rng.random(len(orders)), habits.lines)
    order = np.repeat(np.arange(len(orders)), count)
    part = rng.gamma(2.0, 1.0, len(order))
    money = orders["value"].to_numpy()[order] * part / np.bincount(order, part)[order]
    likes = latent["likes_niche"].to_numpy()[orders["customer"].to_numpy()[order]]
    known = products(seed)
    product = _products(rng, order, money, likes, known, model)
    listed = np.rint(known["price"].to_numpy() * 100).astype(np.int64)[product]
    quantity = np.rint(money * 100 / listed).clip(1, 40).astype(np.int64)
    step = np.rint(np.array(habits.discount_steps) * 100).astype(np.int64)[
        rng.integers(0, len(habits.discount_steps), len(order))
    ]
    step = np.where(orders["discounted"].to_numpy()[order], step, 0)
    price = (listed * (100 - step) + 50) // 100
    table = pd.DataFrame(
        {
            "order_id": order_ids.to_numpy()[order],
            "customer_id": customer_ids.to_numpy()[orders["customer"].to_numpy()[order]],
            "order_date": orders["at"].to_numpy()[order],
            "product_id": known["product_id"].to_numpy()[product],
            "quantity": quantity,
            "unit_price": price / 100,
            "amount": quantity * price / 100,
            "discount": quantity * (listed - price) / 100,
            "channel": np.array(CHANNELS)[orders["channel"].to_numpy()[order]],
            "campaign": orders["campaign"].to_numpy()[order],
        }
    )
    table = pd.concat([table, _refunds(rng, table, model)], ignore_index=True)
    return table.astype({"campaign": "str"}).sort_values("order_date", kind="stable", ignore_index=True)


def _products(rng: np.random.Generator, order, money, likes, known: pd.DataFrame, model: Model) -> np.ndarray:
    """Positions of products whose price fits the money of each line, no product twice in an order."""
    low = np.array([row[1] for row in CATEGORIES.values()])
    high = np.array([row[2] for row in CATEGORIES.values()])
    fits = (low <= 1.3 * money[:, None]) & (money[:, None] <= 12 * high)
    weights = np.where(fits, [row[0] for row in CATEGORIES.values()], 0.0)
    weights[~fits.any(axis=1), 0] = 1.0  # the smallest sums buy groceries
    place = list(CATEGORIES).index(model.niche.category)
    others = weights.sum(axis=1) - weights[:, place]
    share = model.niche.share_of_lines
    weights[:, place] = np.where(
        likes & fits[:, place], others.clip(1e-9) * share / (1 - share), weights[:, place]
    )
    ends = weights.cumsum(axis=1)
    category = (
        (rng.random(len(money))[:, None] * ends[:, -1:] >= ends).sum(axis=1).clip(max=len(CATEGORIES) - 1)
    )
    pieces = 1 + pick(rng.random(len(money)), (0.62, 0.24, 0.09, 0.05))
    wanted = np.log(money / pieces)
    place = (wanted - np.log(low[category])) / np.log(high[category] / low[category]) * (PER_CATEGORY - 1)
    place = np.rint(place + rng.normal(0, 1.2, len(money))).clip(0, PER_CATEGORY - 1).astype(np.int64)
    product = category * PER_CATEGORY + place
    while True:
        by_order = np.lexsort((product, order))
        again = np.zeros(len(product), bool)
        again[by_order[1:]] = (np.diff(order[by_order]) == 0) & (np.diff(product[by_order]) == 0)
        if not again.any():
            return product
        product[again] = (product[again] // PER_CATEGORY) * PER_CATEGORY + (product[again] + 7) % PER_CATEGORY


def _refunds(rng: np.random.Generator, lines: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Lines sent back, some under the order's own id, some under a new one; none after the last day."""
    habits = model.habits
    back = lines[rng.random(len(lines)) < habits.refunded].copy()
    wait = 1 + rng.exponential(habits.refund_days, len(back))
    back["order_date"] = back["order_date"].to_numpy() + (wait * 86400).astype(np.int64).astype(
        "timedelta64[s]"
    )
    own_id = rng.random(len(back)) < habits.refund_own_id
    back["order_id"] = back["order_id"].where(~own_id, "R" + back["order_id"])
    back[["quantity", "amount"]] = -back[["quantity", "amount"]]
    back[["discount", "campaign"]] = [0.0, np.nan]
    return back[back["order_date"] < season.DAYS[-1].astype("datetime64[s]") + _DAY]


def old_refunds(kinds: np.ndarray, customer_ids: pd.Series, seed: int, block: int) -> pd.DataFrame:
    """One refund each, of a purchase from before the first day, for customers of whom nothing else is known."""
    rng = stream(seed, "old refunds", block)
    who = np.flatnonzero(kinds == REFUND_ONLY)
    known = products(seed)
    chosen = known.iloc[rng.integers(0, len(known), len(who))]
    day = rng.integers(0, 40, len(who))
    at = season.times(rng, day, np.zeros(len(who), int), CHANNELS, False)
    number = customer_ids.str.slice(1).iloc[who]
    table = pd.DataFrame(
        {
            "order_id": "R"
            + pd.Series(season.STAMPS[day], dtype="str")
            + "-"
            + number.reset_index(drop=True),
            "customer_id": customer_ids.to_numpy()[who],
            "order_date": at,
            "product_id": chosen["product_id"].to_numpy(),
            "quantity": -1,
            "unit_price": chosen["price"].to_numpy(),
            "amount": -chosen["price"].to_numpy(),
            "discount": 0.0,
            "channel": CHANNELS[0],
        }
    )
    return table.assign(campaign=pd.Series(np.nan, table.index, dtype="str"))
