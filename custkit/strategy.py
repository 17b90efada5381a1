"""The plan: who gets which strategy, what such customers did before, what is aimed for, and whom to leave alone."""

import datetime
import hashlib

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import findings as sentences
from custkit import schema, stats
from custkit.errors import SettingsError
from custkit.playbook import (
    BEHAVIOUR,
    CLOSE_GAP,
    CURES,
    KPIS,
    PLAYBOOK,
    RATERS,
    SIDES,
    WEAK_SIDES,
    Play,
)
from custkit.settings import StrategyRules
from custkit.words import Words

ELEMENTS = ("target_group", "content", "resources", "expected_effect")
KINDS = ("level", "points", "relative", "count")

_TEXT, _INT, _FLOAT, _BOOL = "str", "int64", "float64", "bool"
COLUMNS = {
    "plan_targets": {"customer_id": _TEXT, "strategy": _TEXT, "arm": _TEXT},
    "plan_evidence": {
        "strategy": _TEXT,
        "target_group": _TEXT,
        "customers": _INT,
        "share_of_customers": _FLOAT,
        "spend": _FLOAT,
        "share_of_spend": _FLOAT,
        "median_recency_days": _FLOAT,
        "median_n_orders": _FLOAT,
        "main_cluster": _TEXT,
        "share_in_main_cluster": _FLOAT,
        "n_treated": _INT,
        "n_held_out": _INT,
        "kpi": _TEXT,
        "n_baseline": _INT,
        "baseline": _FLOAT,
        "baseline_low": _FLOAT,
        "baseline_high": _FLOAT,
        "target": _FLOAT,
        "kind": _TEXT,
        "direction": _TEXT,
        "target_level": _FLOAT,
        "visible_level": _FLOAT,
        "can_be_seen": _BOOL,
        "worth": _FLOAT,
        "source": _TEXT,
    },
    "plan_problems": {"strategy": _TEXT, "target_group": _TEXT, "trap": _TEXT, "problem": _TEXT},
}


def assign(labels: pd.DataFrame, features: pd.DataFrame, *, reading: str = "intended") -> pd.DataFrame:
    """One strategy for each customer: the first play of the playbook that fits.

    Parameters
    ----------
    labels : customer_id, scheme, label, as 03 writes them
    features : customer_id, status: prospects have no orders to be labelled by
    reading : how ``rfm8`` read recency. The playbook means the intended reading; by any other, the names of the 8
        cells stand for other customers, and its plays for them are left out.

    Returns
    -------
    one row per customer whom a play fits, sorted by ``customer_id``: ``customer_id``, ``strategy``
    """
    schema.require(labels, ["customer_id", "scheme", "label"], "labels")
    schema.require(features, ["customer_id", "status"], "features")
    if reading != "intended":
        labels = labels[labels["scheme"] != "rfm8"]
    groups = pd.concat(
        [
            labels[["customer_id"]].assign(group=labels["scheme"] + ":" + labels["label"]),
            features[["customer_id"]].assign(group="status:" + features["status"]),
        ]
    )
    places = {play.target_group: place for place, play in enumerate(PLAYBOOK)}
    place = groups["group"].map(places).dropna().astype(int)
    first = place.groupby(groups["customer_id"].loc[groups["group"].isin(places)]).min() if len(place) else place
    return first
