"""The sentences of notebook 04 about niches."""

import pandas as pd

from custkit import findings as found
from custkit.settings import NicheRules
from custkit.words import Words

_DIMENSION = "label.dimension."
# What a sentence says of a niche, and the column that holds it.
_TOLD = {
    "share": "share_of_buyers",
    "before": "spend_before",
    "money": "spend_last",
    "others": "others_growth",
}
_TOLD |= {name: name for name in ("place", "customers", "growth", "ratio", "low", "high")}
_MARGINS = {"margin": "margin_share", "others_margin": "others_margin_share"}


def findings(
    niches: pd.DataFrame, summary: pd.DataFrame, currency: str, rules: NicheRules = NicheRules()
) -> pd.DataFrame:
    """What 04 says of niches: each of them, or in one sentence that none is claimed, or why none could be looked for.

    Parameters
    ----------
    niches, summary : from ``find`` and ``summary``
    currency : code that follows an amount; empty: none
    """
    state = summary["state"].iloc[0]
    given = {"least": rules.min_niche_buyers, "most": rules.max_niche_share, "asked": rules.min_niche_growth}
    given["months"] = rules.niche_months
    if state not in ("found", "none"):
        reason = found.make(
            f"niche_{state}", "niche_summary", summary, given=given, buyers=("only", "buyers")
        )
        return found.frame("04", [reason])
    counts = {name: ("only", name) for name in ("buyers", "tried", "growth")}
    rows = [found.make(f"niche_{state}", "niche_summary", summary, given=given, **counts)]
    for row in niches[niches["verdict"] == "niche"].itertuples():
        costed = pd.notna(row.margin_share)
        key = ("niche_pair" if row.attribute_2 else "niche_single") + ("" if costed else "_no_cost")
        given = {"currency": f" {currency}" if currency else "", "level": rules.niche_level}
        recipes = {name: ("only", column) for name, column in (_TOLD | (_MARGINS if costed else {})).items()}
        for place in (1, 2) if row.attribute_2 else (1,):
            column, attribute = f"attribute_{place}", getattr(row, f"attribute_{place}")
            recipes[f"level_{place}"] = ("level", f"level_{place}", attribute)
            # An attribute that a user names in the settings has no words in the catalogue.
            known = Words("en").has(_DIMENSION + attribute)
            (recipes if known else given)[column] = ("word", column, _DIMENSION) if known else attribute
        where = [("place", "==", row.place)]
        rows.append(found.make(key, "niches", niches, where=where, given=given, **recipes))
    lower = [("verdict", "==", "lower_margin")]
    if (niches["verdict"] == "lower_margin").any():
        rows.append(found.make("niche_lower_margin", "niches", niches, where=lower, groups=("count",)))
    return found.frame("04", rows)
