"""Who may be contacted, and on which channel customers answer."""

import itertools

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import dictionary, schema, stats
from custkit.settings import StrategyRules

LEVEL = 0.05  # of the tests, corrected over all pairs of channels of all strategies
FEWEST = 30  # customers on a channel: a comparison of fewer rests on too little
EVERYBODY = "all"  # all customers of the region, in the place of a strategy


def consent(
    features: pd.DataFrame, customers: pd.DataFrame, rules: StrategyRules = StrategyRules()
) -> pd.DataFrame:
    """What each customer said when asked whether they may be contacted.

    Parameters
    ----------
    features : customer_id: every customer of the region
    customers : customer_id, consent (may be missing)
    rules : ``contact_unknown``

    Returns
    -------
    one row per customer, sorted by ``customer_id``: ``customer_id``, ``consent`` (yes, no, unknown: no answer, or one
    that says neither; not_asked: nobody's answer is known here), ``may_contact``
        Silence is no consent: where any customer's answer is known, who has not said yes may not be contacted, unless
        ``contact_unknown`` says so. A no always counts.
    """
    schema.require(features, ["customer_id"], "features")
    people = features[["customer_id"]].sort_values("customer_id", ignore_index=True)
    if "consent" in customers.columns:
        told = customers.drop_duplicates("customer_id").set_index("customer_id")["consent"]
        said = dictionary.canonical("yes_no", people["customer_id"].map(told))
    else:
        said = pd.Series(np.nan, people.index, dtype="str")
    said = said.fillna("unknown" if said.notna().any() else "not_asked").astype("str")
    allowed = {"yes", "not_asked", *(["unknown"] if rules.contact_unknown else [])}
    return people.assign(consent=said, may_contact=said.isin(allowed))


def consent_counts(asked: pd.DataFrame) -> pd.DataFrame:
    """How many customers gave each answer (``plan_consent``), from ``consent``."""
    counts = asked.groupby(["consent", "may_contact"], as_index=False).agg(customers=("customer_id", "size"))
    return schema.frame("plan_consent", counts)


def responses(
    activity: pd.DataFrame, assigned: pd.DataFrame, rules: StrategyRules = StrategyRules()
) -> pd.DataFrame:
    """How customers answered earlier mailings on each channel, for each strategy's group and for everybody (137).

    Parameters
    ----------
    activity : customer_id, kind (campaign_sent, campaign_opened, campaign_joined), channel, topic. An answer belongs to
        the mailing of the same customer, channel and topic; further events of the same kind count once.
    assigned : customer_id, strategy
    rules : ``min_response_gain``

    Returns
    -------
    one row per strategy and channel, ``all`` first, then by name (``plan_channels``)
        ``customers`` who were sent anything, ``sent`` mailings, ``opened`` and ``joined`` as shares of them, with the
        95 % interval ``joined_low`` to ``joined_high``, customers being the unit that varies. ``gain``: points by
        which it beats the next best (below zero: it does not lead); ``p_adjusted`` of the leading channel: the largest
        over the others (Holm over all pairs of channels of all strategies). ``is_best``: the one channel that beats every other beyond chance and by at least
        ``min_response_gain``; channels with fewer than 30 customers have no part in it.

    Source
    ------
    Ratio estimates with customers as clusters (Cochran 1977, *Sampling Techniques*, chapter 6), so that one customer's
    many mailings count as one person's.
    """
    schema.require(assigned, ["customer_id", "strategy"], "plan_targets")
    if not {"customer_id", "kind", "channel"} <= set(activity.columns):
        return schema.empty("plan_channels")
    mailings = _mailings(activity)
    own = mailings.merge(assigned[["customer_id", "strategy"]], on="customer_id")
    groups = [(EVERYBODY, mailings), *own.groupby("strategy")]
    rows, pairs = [], []
    for strategy, group in groups:
        influence = {}
        for channel, part in group.groupby("channel"):
            row, influence[channel] = _channel(strategy, channel, part)
            rows.append(row)
        known = {row["channel"]: row for row in rows if row["strategy"] == strategy}
        able = [name for name, row in known.items() if row["customers"] >= FEWEST]
        for first, second in itertools.combinations(able, 2):
            difference = known[first]["joined"] - known[second]["joined"]
            p = _p(difference, influence[first], influence[second])
            pairs.append((strategy, first, second, difference, p))
    return _with_best(schema.frame("plan_channels", rows), pairs, rules)


def best_channels(answered: pd.DataFrame, strategies: list[str]) -> dict[str, str]:
    """The channel that each strategy's group answers best, else everybody's; no entry where neither is known."""
    best = answered[answered["is_best"]].set_index("strategy")["channel"].to_dict()
    chosen = {strategy: best.get(strategy, best.get(EVERYBODY)) for strategy in strategies}
    return {strategy: channel for strategy, channel in chosen.items() if channel}


def _mailings(activity: pd.DataFrame) -> pd.DataFrame:
    """One row per customer, channel and topic that was sent: whether it was opened, and joined."""
    topic = activity["topic"].fillna("") if "topic" in activity.columns else ""
    kind = dictionary.canonical("activity.kind", activity["kind"])
    events = activity[["customer_id", "channel"]].assign(kind=kind, topic=topic).dropna()
    keys = ["customer_id", "channel", "topic"]
    kinds = {
        kind: events.loc[events["kind"] == f"campaign_{kind}", keys] for kind in ("sent", "opened", "joined")
    }
    mailings = kinds["sent"].drop_duplicates().sort_values(keys, ignore_index=True)
    for kind in ("opened", "joined"):
        answers = kinds[kind].drop_duplicates().assign(**{kind: True})
        mailings = mailings.merge(answers, on=keys, how="left")
        mailings[kind] = mailings[kind].eq(True)
    return mailings


def _channel(strategy: str, channel: str, part: pd.DataFrame) -> tuple[dict, pd.Series]:
    """A row, and how far each customer moves the share who joined."""
    share = float(part["joined"].mean())
    influence = (part["joined"] - share).groupby(part["customer_id"]).sum() / len(part)
    people = len(influence)
    # As many independent mailings as would vary so much (Korn & Graubard 1998): for a Wilson interval.
    variance = float((influence**2).sum())
    effective = min(len(part), share * (1 - share) / variance) if variance else people
    low, high = stats.wilson(share * effective, effective)
    row = {"strategy": strategy, "channel": channel, "customers": people, "sent": len(part), "joined": share}
    row |= {"opened": float(part["opened"].mean()), "joined_low": float(low), "joined_high": float(high)}
    return row, influence


def _p(difference: float, first: pd.Series, second: pd.Series) -> float:
    """That two shares differ by chance; a customer who was sent both moves both."""
    spread = float(np.sqrt((first.sub(second, fill_value=0.0) ** 2).sum()))
    if spread == 0:
        return 1.0  # all or nobody answered: nothing varies that could be judged
    return float(2 * distributions.norm.sf(abs(difference) / spread))


def _with_best(table: pd.DataFrame, pairs: list[tuple], rules: StrategyRules) -> pd.DataFrame:
    table["is_best"] = False
    if not pairs:
        return table
    tested = pd.DataFrame(pairs, columns=["strategy", "first", "second", "difference", "p"])
    tested["p"] = stats.holm(tested["p"])
    mirrored = tested.rename(columns={"first": "second", "second": "first"}).eval("difference = -difference")
    both = pd.concat([tested, mirrored])
    led = both.groupby(["strategy", "first"], as_index=False).agg(gain=("difference", "min"), p=("p", "max"))
    best = led[(led["gain"] >= rules.min_response_gain) & (led["gain"] > 0) & (led["p"] < LEVEL)]
    led = led.rename(columns={"first": "channel", "p": "p_adjusted"})
    best = set(zip(best["strategy"], best["first"], strict=True))
    led["p_adjusted"] = led["p_adjusted"].where(led["gain"] > 0)
    table = table.drop(columns=["gain", "p_adjusted"]).merge(led, on=["strategy", "channel"], how="left")
    table["is_best"] = [key in best for key in zip(table["strategy"], table["channel"], strict=True)]
    return schema.frame("plan_channels", table)
