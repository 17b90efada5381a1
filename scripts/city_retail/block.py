"""A block of customers with all they do: what the sample and the streamed copies are made of."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from scripts.city_retail import baskets, behaviour, campaigns, events, feedback, people
from scripts.city_retail.parameters import BLOCK, Model

# How the tables of several blocks are put in one order.
SORTED_BY = {
    "orders": ["order_date", "order_id"],
    "customers": ["customer_id"],
    "feedback": ["date", "customer_id"],
    "activity": ["date", "customer_id"],
}


@dataclass(frozen=True)
class Block:
    """Some customers in a row.

    ``tables``: orders, customers, feedback, activity. ``people``: customer_id, region and the latent attributes.
    ``arms``: one row per campaign and customer on its list.
    """

    tables: dict[str, pd.DataFrame]
    people: pd.DataFrame
    arms: pd.DataFrame


def blocks(seed: int, customers: int, null: bool, model: Model, activity: bool = True) -> Iterator[Block]:
    """Block after block until there are enough customers; of the last one, those that are still wanted."""
    for number in range(-(-customers // BLOCK)):
        yield make(seed, number, min(BLOCK, customers - number * BLOCK), null, model, activity)


def make(seed: int, number: int, size: int, null: bool, model: Model, activity: bool = True) -> Block:
    """The first ``size`` customers of a block, which are the same whatever the size."""
    customers = people.known(seed, number, model, null)
    latent = people.latent(customers, seed, number, model, null)
    own_ids = customers["customer_id"]
    orders, left = behaviour.purchases(latent, seed, number, model, null)
    orders, arms = campaigns.run(orders, left, customers, latent, seed, number, model, null)
    orders = behaviour.placed(orders, latent, seed, number, model, null)
    lines = baskets.lines(orders, latent, behaviour.order_ids(orders, own_ids), own_ids, seed, number, model)
    old = baskets.old_refunds(latent["kind"].to_numpy(), own_ids, seed, number)
    tables = {
        "orders": pd.concat([lines, old], ignore_index=True),
        "customers": customers,
        "feedback": feedback.feedback(orders, own_ids, seed, number, model, null),
    }
    if activity:
        tables["activity"] = events.activity(orders, left, customers, latent, arms, seed, number, model, null)
    arms = arms.assign(customer_id=own_ids.to_numpy()[arms["customer"]]).drop(columns="customer")
    latent = pd.concat([customers[["customer_id", "region"]], latent.assign(left=left)], axis=1)
    tables = {
        name: _of(table, own_ids[:size]).sort_values(SORTED_BY[name], kind="stable", ignore_index=True)
        for name, table in tables.items()
    }
    return Block(tables, _of(latent, own_ids[:size]), _of(arms, own_ids[:size]))


def _of(table: pd.DataFrame, wanted: pd.Series) -> pd.DataFrame:
    """The rows of these customers; all of them where the whole block is wanted."""
    if len(wanted) == BLOCK:
        return table
    return table[table["customer_id"].isin(wanted)].reset_index(drop=True)
