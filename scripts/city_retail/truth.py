"""The key to the sample: what is planted, as files that no notebook reads."""

import dataclasses

import numpy as np
import pandas as pd

from scripts.city_retail.parameters import BRANDS, CHANNELS, OWN, Model, Region
from scripts.city_retail.people import age_bands

_LEVEL = {"name", "slots", "order_value"}  # of a region: what is no behaviour
_DECIMALS = 4


def key(
    people: pd.DataFrame,
    arms: pd.DataFrame,
    causes: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    null: bool,
    model: Model,
) -> dict[str, pd.DataFrame | dict]:
    """File name to content.

    ``truth.json`` holds the parameters as they are set and, under ``in_the_sample``, what came out of them before any
    dirt. Of a copy without relations there are no types, positions, importances and flows, and it says no more than that.
    """
    files = {
        "campaigns.csv": arms[["customer_id", "campaign", "arm"]],
        "complaints.csv": causes,
    }
    if null:
        return {**files, "truth.json": {"null": True}}
    brands = model.brands
    types = np.array([one.name for one in model.types])[people["type"]]
    psychographics = np.array([one.name for one in model.psychographics])[people["psychographic"]]
    positions = pd.DataFrame(brands.positions, columns=list(brands.attributes))
    positions.insert(0, "brand", list(BRANDS))
    switching = pd.DataFrame(brands.switching, columns=list(BRANDS))
    switching.insert(0, "from", list(BRANDS))
    return {
        "customers.csv": pd.DataFrame(
            {"customer_id": people["customer_id"], "type": types, "psychographic_type": psychographics}
        ),
        **files,
        "brand_positions.csv": positions,
        "brand_importance.csv": pd.DataFrame(
            {"attribute": list(brands.attributes), "importance": list(brands.importance)}
        ),
        "switching.csv": switching,
        "truth.json": _planted(people, tables, model),
    }


def _planted(people: pd.DataFrame, tables: dict[str, pd.DataFrame], model: Model) -> dict:
    orders = _lines(tables, model)
    moves = next(region for region in model.regions if region.online_last > region.online_first)
    return {
        "null": False,
        "types": [dataclasses.asdict(one) for one in model.types],
        "psychographic_types": [dataclasses.asdict(one) for one in model.psychographics],
        "regions": {
            "typical": [region.name for region in model.regions if not _differs(region)],
            "behaviour": [region.name for region in model.regions if _differs(region) - _LEVEL],
            "level": [region.name for region in model.regions if _differs(region) == {"order_value"}],
            "parameters": [dataclasses.asdict(region) for region in model.regions],
        },
        "channel_shift": {
            "region": moves.name,
            "share_of_customers_online": [moves.online_first, moves.online_last],
            "in_the_sample": _online(orders),
        },
        "satisfaction": {
            "dropout_slope": model.habits.dropout_slope,
            "late_costs": model.habits.late_costs,
            "in_the_sample": _returns(tables),
        },
        "simpson": {
            "measure": "avg_order_value",
            "groups": ["app or web", "store"],
            "by": "main_channel of a customer",
            "order_online_over_store": model.habits.online_value,
            "in_the_sample": _simpson(orders),
        },
        "niche": {**dataclasses.asdict(model.niche), "in_the_sample": _niche(orders, model)},
        "under_served": {
            "age_band": model.places.under_served_age,
            "city_tier": model.places.under_served_tier,
            "penetration_over_others": model.places.under_served,
            "in_the_sample": _penetration(tables, model),
        },
        "price_sensitive": {
            "type": max(model.types, key=lambda one: one.discounted).name,
            "in_the_sample": _discounts(orders, people, model),
        },
        "complaints": {
            "most_frequent": "delivery",
            "rising_in": [region.name for region in model.regions if region.late_last > region.late_first],
        },
        "market": _market(model),
        "campaigns": _campaigns(tables["actuals"], model),
    }


def _differs(region: Region) -> set[str]:
    """In what a region is not typical."""
    typical = Region(region.name, region.slots)
    names = (field.name for field in dataclasses.fields(Region))
    return {name for name in names if getattr(region, name) != getattr(typical, name)}


def _lines(tables: dict[str, pd.DataFrame], model: Model) -> pd.DataFrame:
    """Order lines with what is known of product and customer, ``year``, ``is_online`` and ``cents``."""
    customers = tables["customers"]
    known = customers[["customer_id", "region", "city_tier"]].assign(
        age_band=age_bands(customers, model.places)
    )
    orders = (
        tables["orders"]
        .merge(known, on="customer_id")
        .merge(tables["products"][["product_id", "cost"]], on="product_id")
    )
    return orders.assign(
        year=orders["order_date"].dt.year,
        is_online=orders["channel"] != CHANNELS[0],
        cents=np.rint(orders["amount"] * 100).astype(np.int64),
    )


def _online(orders: pd.DataFrame) -> dict:
    """Share of orders placed online, by region, first and last year."""
    placed = orders[orders["amount"] > 0].drop_duplicates("order_id")
    shares = placed.groupby(["region", "year"])["is_online"].mean().unstack()
    return {region: [_round(row.iloc[0]), _round(row.iloc[-1])] for region, row in shares.iterrows()}


def _returns(tables: dict[str, pd.DataFrame]) -> dict:
    """Share of customers who buy within 180 days of their first answer, by the satisfaction they gave."""
    said = tables["feedback"]
    last = tables["orders"]["order_date"].max() - np.timedelta64(180, "D")
    said = said[(said["kind"] == "survey") & (said["date"] < last)].drop_duplicates("customer_id")
    bought = tables["orders"].loc[tables["orders"]["amount"] > 0, ["customer_id", "order_date"]]
    after = said.merge(bought, on="customer_id")
    wait = after["order_date"] - after["date"]
    again = after.loc[(wait > np.timedelta64(0, "s")) & (wait <= np.timedelta64(180, "D")), "customer_id"]
    shares = said["customer_id"].isin(again).groupby(said["satisfaction"]).agg(["mean", "size"])
    return {
        f"{points:.0f}": {"customers": int(row["size"]), "return": _round(row["mean"])}
        for points, row in shares.iterrows()
    }


def _simpson(orders: pd.DataFrame) -> dict:
    """Geometric mean of the average order value of customers of either kind, all and within each region."""
    orders = orders.assign(order=orders["order_id"].where(orders["amount"] > 0))
    money = orders.groupby(["customer_id", "is_online"])["cents"].sum().unstack()
    money = money.reindex(columns=[False, True]).fillna(0)
    per = orders.groupby("customer_id").agg(
        cents=("cents", "sum"), n=("order", "nunique"), region=("region", "first")
    )
    per = per.assign(is_online=money[True] > money[False])[(per["cents"] > 0) & (per["n"] > 0)]
    per["log"] = np.log(per["cents"] / 100 / per["n"])
    means = per.groupby("is_online")["log"].mean().reindex([False, True])
    within = per.groupby(["region", "is_online"])["log"].mean().unstack().reindex(columns=[False, True])
    return {
        "online_over_store": _round(np.exp(means[True] - means[False])),
        "online_over_store_within": {
            region: _round(np.exp(row[True] - row[False])) for region, row in within.iterrows()
        },
    }


def _niche(orders: pd.DataFrame, model: Model) -> dict:
    niche = model.niche
    is_niche = (orders["age_band"] == niche.age_band) & (orders["city_tier"] == niche.city_tier)
    spend = orders.groupby([is_niche, "year"])["cents"].sum().unstack()
    spend = spend.reindex(index=[False, True], columns=[niche.year - 1, niche.year])
    cost = (orders["cost"] * orders["quantity"]).groupby(is_niche).sum().reindex([False, True])
    total = orders.groupby(is_niche)["amount"].sum().reindex([False, True])
    buyers = orders[orders["amount"] > 0].groupby(is_niche)["customer_id"].nunique().reindex([False, True])
    growth = spend[niche.year] / spend[niche.year - 1] - 1
    margin = 1 - cost / total
    return {
        "share_of_buyers": _round(buyers[True] / buyers.sum()),
        "growth_of_spend": _round(growth[True]),
        "growth_of_others": _round(growth[False]),
        "margin": _round(margin[True]),
        "margin_of_others": _round(margin[False]),
    }


def _penetration(tables: dict[str, pd.DataFrame], model: Model) -> dict:
    """Customers per thousand people, of the group and of all others."""
    places = model.places
    customers, population = tables["customers"], tables["population"]
    ours = (age_bands(customers, places) == places.under_served_age) & (
        customers["city_tier"] == places.under_served_tier
    )
    there = (population["age_band"] == places.under_served_age) & (
        population["city_tier"] == places.under_served_tier
    )
    people = population["people"]
    return {
        "customers_per_1000": _round(1000 * ours.sum() / people[there].sum()),
        "customers_per_1000_of_others": _round(1000 * (~ours).sum() / people[~there].sum()),
    }


def _discounts(orders: pd.DataFrame, people: pd.DataFrame, model: Model) -> dict:
    """Discount as a share of the list price, by type."""
    bought = orders[orders["amount"] > 0].merge(people[["customer_id", "type"]], on="customer_id")
    sums = bought.groupby("type")[["amount", "discount"]].sum()
    return {model.types[place].name: _round(row["discount"] / row.sum()) for place, row in sums.iterrows()}


def _market(model: Model) -> dict:
    brands = model.brands
    shares = zip(BRANDS, brands.share_first, brands.share_last, strict=True)
    switching = np.array(brands.switching)[BRANDS.index(OWN)]
    change = {brand: round(last - first, _DECIMALS) for brand, first, last in shares}
    return {
        "share_first": dict(zip(BRANDS, brands.share_first, strict=True)),
        "share_last": dict(zip(BRANDS, brands.share_last, strict=True)),
        "loses": min(change, key=change.get),
        "gains": max(change, key=change.get),
        "leave_the_own_brand": {b: float(p) for b, p in zip(BRANDS, switching, strict=True) if b != OWN},
    }


def _campaigns(actuals: pd.DataFrame, model: Model) -> list[dict]:
    arms = actuals.pivot(index="strategy", columns="arm", values="value").reindex(
        index=[campaign.name for campaign in model.campaigns], columns=["treated", "held_out"]
    )
    return [
        {
            **dataclasses.asdict(campaign),
            "works": campaign.extra_order > 0,
            "in_the_sample": _round(arms.loc[campaign.name, "treated"] - arms.loc[campaign.name, "held_out"]),
        }
        for campaign in model.campaigns
    ]


def _round(value: float) -> float | None:
    """Rounded for reading; None where too few customers leave nothing to reckon with."""
    return round(float(value), _DECIMALS) if np.isfinite(value) else None
