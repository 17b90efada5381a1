"""The sentences of notebook 04."""

from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit.settings import ClusterRules
from custkit.words import Words


def findings(
    tables: dict[str, pd.DataFrame], currency: str, rules: ClusterRules = ClusterRules()
) -> pd.DataFrame:
    """What 04 says, from the tables that it writes.

    Parameters
    ----------
    tables : ``cluster_measures``, ``cluster_summary``, ``cluster_profile``, ``cluster_rules``, by name
    currency : code that follows an amount; empty: none
    rules : ClusterRules
        A customer who holds ``giant_share`` of the spend or more is spoken of.
    """
    parts = (_of_measures, _of_verdict, _of_evidence, _of_slices, _of_giant)
    return found.frame("04", [row for part in parts for row in part(tables, currency, rules)])


def _of_measures(tables: dict, currency: str, rules: ClusterRules) -> Iterator[dict]:
    table = tables["cluster_measures"]
    if tables["cluster_summary"]["customers"].iloc[0] == 0:
        return  # of nobody every measure is the same
    for row in table.itertuples():
        where = [("measure", "==", row.measure)]
        # A measure of a user's own has no words in the catalogue: its name stands as it is.
        known = Words("en").has(f"label.measure.{row.measure}")
        name = (
            {"measure": ("word", "measure", "label.measure.")}
            if known
            else {"given": {"measure": row.measure}}
        )
        if not row.used:
            yield found.make(
                f"cluster_left_out_{row.left_out}", "cluster_measures", table, where=where, **name
            )
        elif row.below_zero:
            below = {"customers": ("only", "below_zero"), **name}
            yield found.make("cluster_below_zero", "cluster_measures", table, where=where, **below)


def _of_verdict(tables: dict, currency: str, rules: ClusterRules) -> Iterator[dict]:
    table = tables["cluster_summary"]
    verdict = table["verdict"].iloc[0]
    given = {"least": rules.min_cluster_customers, "asked": rules.n_clusters}
    counts = {name: ("only", name) for name in ("customers", "k", "slices")}
    yield found.make(f"cluster_verdict_{verdict}", "cluster_summary", table, given=given, **counts)
    wanted = max(rules.max_clusters, rules.n_clusters)
    if verdict not in ("too_few", "alike") and table["max_k"].iloc[0] < wanted:
        given = {"wanted": wanted, "least": rules.min_group_customers}
        yield found.make("cluster_k_lowered", "cluster_summary", table, given=given, max_k=("only", "max_k"))


def _of_evidence(tables: dict, currency: str, rules: ClusterRules) -> Iterator[dict]:
    table = tables["cluster_summary"]
    if table["explained"].isna().all():
        return
    again = {name: ("only", name) for name in ("shown_k", "stability")}
    given = {"asked": rules.min_stability}
    yield found.make("cluster_again", "cluster_summary", table, given=given, **again)
    shares = {name: ("only", name) for name in ("shown_k", "explained", "explained_box", "explained_twin")}
    yield found.make("cluster_explained", "cluster_summary", table, **shares)
    alone = {name: ("only", f"best_{name}") for name in ("silhouette", "calinski_harabasz", "davies_bouldin")}
    yield found.make("cluster_alone", "cluster_summary", table, **alone)


def _of_slices(tables: dict, currency: str, rules: ClusterRules) -> Iterator[dict]:
    table = tables["cluster_profile"]
    kind = "group" if tables["cluster_summary"]["k"].iloc[0] > 1 else "slice"
    known = table[(table["slice"] > 0) & table["share_of_spend"].notna()]
    for number in known["slice"]:
        values = {
            "number": ("only", "slice"),
            "customers": ("only", "customers"),
            "share": ("only", "share_of_customers"),
            "money": ("only", "share_of_spend"),
            "days": ("only", "median_recency_days"),
            "orders": ("only", "median_n_orders"),
            "spend": ("only", "median_spend"),
            **{
                level: ("word", level, f"label.{level}.")
                for level in ("recency_level", "orders_level", "spend_level")
            },
        }
        where, given = [("slice", "==", number)], {"currency": f" {currency}" if currency else ""}
        yield found.make(f"cluster_{kind}", "cluster_profile", table, where=where, given=given, **values)
    told = tables["cluster_rules"]
    if len(told):
        sums = {"rules": ("count",), "right": ("sum", "told"), "customers": ("sum", "customers")}
        yield found.make("cluster_told", "cluster_rules", told, **sums)


def _of_giant(tables: dict, currency: str, rules: ClusterRules) -> Iterator[dict]:
    table = tables["cluster_summary"]
    if not table["largest_share"].iloc[0] >= rules.giant_share:  # an empty share is no giant either
        return
    share = {"share": ("only", "largest_share")}
    yield found.make("cluster_giant", "cluster_summary", table, **share)
    if table["without_largest"].notna().all():
        values = {**share, "agreement": ("only", "without_largest")}
        yield found.make("cluster_without_giant", "cluster_summary", table, **values)
