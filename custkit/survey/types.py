"""What kind of customer each is: by what they say of themselves (psychology), and by what they do in public (social)."""

import datetime

import numpy as np
import pandas as pd

from custkit import schema, stats
from custkit.settings import SurveyRules

UNDECIDED = "undecided"
# Each stronger than the next: one event is enough. What else is in `activity` we did (campaign_sent), or is unknown.
ACTIVE = ("post", "comment", "like", "share")
CONSUMED = ("visit", "view", "search", "compare", "campaign_opened", "campaign_joined")
SOCIAL_TYPES = ("active", "consumer", "silent")
_CLEAR = 1.645  # standard errors: one chance in twenty that measurement error alone makes the difference


def survey_types(
    scores: pd.DataFrame, constructs: pd.DataFrame, rules: SurveyRules = SurveyRules()
) -> pd.DataFrame:
    """The construct in which each respondent stands highest, compared with all respondents.

    Parameters
    ----------
    scores : from ``scores``
        ``customer_id``, ``construct``, ``z``.
    constructs : from ``constructs``
        ``construct``, ``alpha``, ``reliable``.
    rules : SurveyRules

    Returns
    -------
    one row per respondent with a score in two constructs or more, sorted by id
        ``type``: the construct, or undecided where ``reason`` is close (``margin`` is below ``rules.min_type_margin``) or
        unreliable (the highest construct is not to be trusted); else ``reason`` is highest. ``highest``, ``next``: the two
        constructs (ties: by name); ``margin``: standard deviations between them. ``certainty``: clear where the margin is
        above 1.645 standard errors of a difference between the two scores, sqrt(2 - alpha - alpha); likely below; none
        for undecided.

    Source
    ------
    The standard error of a difference: Gulliksen (1950), *Theory of Mental Tests*, chapter 4.
    """
    schema.require(scores, ["customer_id", "construct", "z"], "survey_scores")
    ranked = scores.sort_values(["customer_id", "z", "construct"], ascending=[True, False, True])
    place = ranked.groupby("customer_id").cumcount()
    first, second = (ranked[place == turn].set_index("customer_id") for turn in (0, 1))
    followed = second[["construct", "z"]].add_suffix("_next")
    both = first[["construct", "z"]].join(followed, how="inner")
    known = constructs.set_index("construct")
    errors = 1 - known["alpha"].astype(float)
    margin = (both["z"] - both["z_next"]).round(6)
    needed = _CLEAR * np.sqrt(both["construct"].map(errors) + both["construct_next"].map(errors))
    reason = np.select(
        [margin < rules.min_type_margin, ~both["construct"].map(known["reliable"]).astype(bool)],
        ["close", "unreliable"],
        "highest",
    )
    decided = reason == "highest"
    table = pd.DataFrame(
        {
            "type": both["construct"].where(decided, UNDECIDED),
            "highest": both["construct"],
            "next": both["construct_next"],
            "margin": margin,
            "certainty": np.select([~decided, margin > needed], ["none", "clear"], "likely"),
            "reason": reason,
        }
    )
    return schema.frame("survey_types", table.rename_axis("customer_id").reset_index())


def social_types(
    activity: pd.DataFrame,
    features: pd.DataFrame,
    *,
    as_of: datetime.date | None,
    rules: SurveyRules = SurveyRules(),
) -> pd.DataFrame:
    """Who takes part, who looks on, and who is silent.

    Parameters
    ----------
    activity : one row per event
        ``customer_id``, ``date``, ``kind``. Events of the ``rules.social_days`` up to and including ``as_of`` count; all of
        them where there is no ``as_of``.
    features : one row per customer

    Returns
    -------
    one row per customer, sorted by id (no rows where no event counts: then nobody is known to be silent)
        ``type``: active (posted, commented, liked or shared at least once), consumer (only visited, viewed, searched,
        compared, or opened or joined a campaign), silent (none of it; a campaign sent to somebody is our doing).
        ``actions``, ``looks``: events of the two kinds.
    """
    schema.require(features, ["customer_id"], "features")
    schema.require(activity, ["customer_id", "date", "kind"], "activity")
    events = activity.assign(kind=activity["kind"].str.strip().str.lower())
    events = events[events["kind"].isin(ACTIVE + CONSUMED)]
    if as_of is not None:
        days = (pd.Timestamp(as_of) - events["date"].dt.normalize()).dt.days
        events = events[days.between(0, rules.social_days - 1)]
    events = events[events["customer_id"].isin(features["customer_id"])]
    if events.empty:
        return schema.frame("social_types", [])
    ids = features["customer_id"].sort_values()
    counted = {
        name: events[events["kind"].isin(kinds)].groupby("customer_id").size().reindex(ids, fill_value=0)
        for name, kinds in (("actions", ACTIVE), ("looks", CONSUMED))
    }
    table = pd.DataFrame(counted).rename_axis("customer_id").reset_index()
    table["type"] = np.select([table["actions"] > 0, table["looks"] > 0], SOCIAL_TYPES[:2], SOCIAL_TYPES[2])
    return schema.frame("social_types", table)


def type_shares(
    survey_types: pd.DataFrame, social_types: pd.DataFrame, features: pd.DataFrame
) -> pd.DataFrame:
    """How many customers are of each type, and what they spend.

    Returns
    -------
    one row per scheme (survey_type, social_type) and label, most customers first (ties: by name), undecided last
        ``scheme``, ``label``, ``customers``, ``share_of_customers`` of those whom the scheme knows with its 95 % Wilson
        interval ``share_low``, ``share_high``, ``clear`` (customers whose type measurement error does not explain; all,
        where a rule decides), ``buyers``, ``median_spend`` of the buyers (empty without any).
    """
    schema.require(features, ["customer_id", "status", "spend"], "features")
    rows = []
    for scheme, types in (("survey_type", survey_types), ("social_type", social_types)):
        people = types.merge(features[["customer_id", "status", "spend"]], on="customer_id")
        for label, own in people.groupby("type"):
            bought = own.loc[own["status"] == "buyer", "spend"]
            low, high = stats.wilson(len(own), len(people))
            rows.append(
                {
                    "scheme": scheme,
                    "label": label,
                    "customers": len(own),
                    "share_of_customers": len(own) / len(people),
                    "share_low": float(low),
                    "share_high": float(high),
                    "clear": int((own["certainty"] == "clear").sum()) if "certainty" in own else len(own),
                    "buyers": len(bought),
                    "median_spend": bought.median(),
                }
            )
    table = schema.frame("type_shares", rows)
    table["last"] = table["label"] == UNDECIDED
    order = ["scheme", "last", "customers", "label"]
    return table.sort_values(order, ascending=[False, True, False, True], ignore_index=True).drop(
        columns="last"
    )
