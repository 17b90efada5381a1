"""The whole sample as typed frames: the customers of all blocks, and the tables around them."""

from dataclasses import dataclass

import pandas as pd

from scripts.city_retail import baskets, block, campaigns, market, survey, truth
from scripts.city_retail.parameters import MODEL, Model


@dataclass(frozen=True)
class World:
    """Clean tables, and what is true of them.

    ``tables``: name of the table (as in ``custkit.schema.INPUTS``) to a frame with canonical column names. Money
    and prices are floats rounded to two decimals, and ``amount`` is ``quantity`` times ``unit_price`` to the cent;
    days and times are ``datetime64[s]`` (NaT: empty), ``order_date`` and what happens by the hour with a time, other days
    at midnight; answers on scales are floats where some are missing; ``feedback.kind`` is survey, complaint or
    suggestion. Rows are sorted as a firm's export would be: what happens by time, people by number.
    ``truth``: name of a file under the truth folder to a frame (CSV) or a dictionary (JSON).
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame | dict]


def make(seed: int, customers: int = 6000, null: bool = False, model: Model = MODEL) -> World:
    """The sample of one seed.

    Parameters
    ----------
    seed, customers
        Customers are made in blocks; the first n are the same however many there are.
    null : a copy without relations
        Every latent attribute is dealt to customers anew and independently, nothing moves in time but the season,
        satisfaction does not make anyone leave, campaigns do nothing, survey items and ratings are shuffled. Kept:
        the number of customers, about the mean and spread of each measure by itself, the season, refunds, and what
        follows from counting alone (who registered late has fewer orders, a price decides what fits into a basket).
    """
    parts = list(block.blocks(seed, customers, null, model))
    people = pd.concat([part.people for part in parts], ignore_index=True)
    arms = pd.concat([part.arms for part in parts], ignore_index=True)
    tables = {
        name: pd.concat([part.tables[name] for part in parts], ignore_index=True).sort_values(
            keys, kind="stable", ignore_index=True
        )
        for name, keys in block.SORTED_BY.items()
    }
    orders = tables["orders"]
    causes = tables["feedback"][["customer_id", "date", "cause"]].dropna(ignore_index=True)
    tables["feedback"] = tables["feedback"].drop(columns="cause")
    tables["products"] = baskets.products(seed).drop(columns="price")
    tables["actuals"] = campaigns.actuals(arms, orders, model)
    buyers = orders.loc[orders["amount"] > 0, "customer_id"].drop_duplicates()
    tables["survey"], tables["survey_items"] = survey.answers(people, buyers, seed, null, model)
    tables |= market.tables(people["region"], seed, null, model)
    return World(tables, truth.key(people, arms, causes, tables, null, model))
