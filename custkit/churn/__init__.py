"""The risk that a buyer does not come back: fitted on one window of the past, tried on the next, told with its reasons."""

import dataclasses
import datetime
from collections.abc import Callable

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custkit import schema
from custkit.churn import logit, trial
from custkit.churn.design import PROVEN, Days, days, left, measures, require_past, too_good
from custkit.churn.sentences import findings
from custkit.settings import ChurnRules

__all__ = [
    "PROVEN",
    "Churn",
    "Days",
    "days",
    "findings",
    "left",
    "measures",
    "model",
    "reason_counts",
    "require_past",
    "risks",
    "with_risk",
]

LINEAR, RECENCY, BOOSTED, CONSTANT = "linear", "recency", "boosted", "constant"
_LEAST_REASON = 0.1  # log odds: a measure that adds less is no reason
_REASONS = 3
_MOST_BOOSTED = 50_000  # customers; boosted trees are a comparison, and are to cost little


@dataclasses.dataclass(frozen=True)
class Churn:
    """What was found out about the past, and the model that is used today (None: no risk can be told)."""

    verdict: pd.DataFrame
    test: pd.DataFrame
    calibration: pd.DataFrame
    lift: pd.DataFrame
    drivers: pd.DataFrame
    fitted: logit.Fit | None

    def tables(self) -> dict[str, pd.DataFrame]:
        """What is written of it, by name."""
        names = ("verdict", "test", "calibration", "lift", "drivers")
        return {f"churn_{name}": getattr(self, name) for name in names}


def model(
    at: Callable[[datetime.date], pd.DataFrame],
    today: pd.DataFrame,
    as_of: datetime.date | None,
    rules: ChurnRules = ChurnRules(),
    *,
    holdout_days: int = 0,
) -> Churn:
    """Fit on an earlier window, test on the last one, and fit again on the last one for use today.

    A buyer of a day has left when no counting order follows within the window. Of each buyer only what was known on
    that day is used (``measures``). Where history is too short for two windows, or the earlier one has too few
    customers of either outcome, the test is by customer: each part (``churn_folds``) is foretold from the others. Beside the model stand
    recency alone, the share of all (``constant``) and, where it costs little, boosted trees. The linear model is used
    today only where it ranks clearly better than recency alone; else recency is used, and the verdict says so.

    Parameters
    ----------
    at : ``run.features``: features as they stood on a day
    today : features at ``as_of``
    as_of : None: nothing can be told
    rules : ChurnRules
    holdout_days : the setting of that name, the window where ``churn_days`` is 0 (``days``)

    Returns
    -------
    Churn
        ``verdict`` (one row): ``verdict`` ranks_better, ranks_alike, ranks_worse (than recency alone) or no_model;
        ``why_none``; ``model_used``; ``way`` (two_windows, by_customer); days and window; customers and leavers of each
        window; ``share_gone`` and ``share_told`` of the window tested. ``drivers`` names measures without a coefficient that
        were left out (``design.too_good``). The other tables are empty where there is no model.

    Raises
    ------
    TableError
        Features of a past day know what came after it (``require_past``).
    """
    span = days(today, as_of, rules, holdout_days)
    facts = {
        "train_day": span.train,
        "test_day": span.test,
        "today": span.today,
        "window_days": span.window,
    }
    buyers = today[today["status"] == "buyer"]
    if buyers.empty:
        return _none("nobody", facts)
    if buyers["first_order"].isna().all():  # customers came with their totals
        return _none("no_lines", facts)
    if span.test is None:
        return _none("no_history", facts)
    past = at(span.test)
    require_past(past, span.test, today, as_of, "features")
    known, came = measures(past), left(past, span.test, today)
    facts |= {"customers_test": len(came), "gone_test": int(came.sum())}
    if not _enough(came, rules):
        return _none("few", facts)
    suspect = set(too_good(known, came))
    earlier = _earlier(at, span, past)
    if earlier is not None and _enough(earlier[1], rules):
        suspect |= set(too_good(*earlier))
        used = known.drop(columns=suspect)
        facts |= {"customers_train": len(earlier[1]), "gone_train": int(earlier[1].sum())}
        told = _foretell(earlier[0][used.columns], earlier[1], used, rules)
        way = "two_windows"
    else:
        used = known.drop(columns=suspect)
        told, way = _by_customer(used, came, rules), "by_customer"
    return _judged(told, used, came, facts | {"way": way}, rules, sorted(suspect))


def _enough(came: pd.Series, rules: ChurnRules) -> bool:
    return min(int(came.sum()), int((~came).sum())) >= rules.churn_events


def _earlier(at: Callable, span: Days, past: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series] | None:
    """Measures and outcomes of the window before the last one."""
    if span.train is None:
        return None
    before = at(span.train)
    require_past(before, span.train, past, span.test, "features")
    known, came = measures(before), left(before, span.train, past)
    return known, came


def _foretell(
    known: pd.DataFrame, came: pd.Series, unseen: pd.DataFrame, rules: ChurnRules
) -> dict[str, pd.Series]:
    """The risk of each unseen customer by each model."""
    told = {
        LINEAR: logit.risk(logit.fit(known, came), unseen),
        RECENCY: logit.risk(logit.fit(known[["recency_days"]], came), unseen),
        CONSTANT: pd.Series(came.mean(), index=unseen.index),
    }
    if rules.churn_boosting and len(known) <= _MOST_BOOSTED:
        told[BOOSTED] = _boosted(known, came, unseen, rules)
    return told


def _boosted(known: pd.DataFrame, came: pd.Series, unseen: pd.DataFrame, rules: ChurnRules) -> pd.Series:
    # Here, since it is heavy and a run may do without.
    from sklearn.ensemble import HistGradientBoostingClassifier

    trees = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, early_stopping=False, random_state=rules.churn_seed
    )
    # One thread: several waiting for each other cost ten times the fit on data of this size.
    with threadpool_limits(1):
        trees.fit(known.to_numpy(dtype=float), came.to_numpy())
        risk = trees.predict_proba(unseen.to_numpy(dtype=float))[:, 1]
    return pd.Series(risk, index=unseen.index)


def _by_customer(known: pd.DataFrame, came: pd.Series, rules: ChurnRules) -> dict[str, pd.Series]:
    """Each part of the customers foretold by a fit on the others; both outcomes are spread over the parts.

    Without boosted trees: a fit for each part would cost more than the comparison is worth.
    """
    rules = dataclasses.replace(rules, churn_boosting=False)
    rng = np.random.default_rng(rules.churn_seed)
    shuffled = rng.permutation(len(came))
    ordered = shuffled[np.argsort(came.to_numpy()[shuffled], kind="stable")]
    part = np.empty(len(came), dtype=int)
    part[ordered] = np.arange(len(came)) % rules.churn_folds
    parts = [
        _foretell(known[part != fold], came[part != fold], known[part == fold], rules)
        for fold in range(rules.churn_folds)
    ]
    return {name: pd.concat([one[name] for one in parts]).reindex(came.index) for name in parts[0]}


def _judged(
    told: dict[str, pd.Series],
    known: pd.DataFrame,
    came: pd.Series,
    facts: dict,
    rules: ChurnRules,
    left_out: list[str],
) -> Churn:
    tried = trial.tried(told, came, against=RECENCY, draws=rules.churn_draws, seed=rules.churn_seed)
    gain = tried.set_index(["model", "metric"]).loc[(LINEAR, "auc_gain")]
    verdict = "ranks_better" if gain["low"] > 0 else "ranks_worse" if gain["high"] < 0 else "ranks_alike"
    used = LINEAR if verdict == "ranks_better" else RECENCY
    fitted = logit.fit(known if used == LINEAR else known[["recency_days"]], came)
    row = facts | {"verdict": verdict, "why_none": "", "model_used": used}
    row |= {"share_gone": came.mean(), "share_told": round(told[used].mean(), 9)}
    drivers = pd.concat(
        [logit.drivers(fitted, known), pd.DataFrame({"measure": left_out, "is_clear": False})]
    )
    shown = [name for name in (LINEAR, RECENCY) if name in told]
    return Churn(
        verdict=_verdict(row),
        test=schema.frame("churn_test", tried.round(12)),
        calibration=trial.calibration(used, told[used], came),
        lift=trial.lift({name: told[name] for name in shown}, came),
        drivers=schema.frame("churn_drivers", drivers.assign(model=used).round(12)),
        fitted=fitted,
    )


def _none(why: str, facts: dict) -> Churn:
    empty = [schema.empty(f"churn_{name}") for name in ("test", "calibration", "lift", "drivers")]
    row = facts | {"verdict": "no_model", "why_none": why, "model_used": "", "way": ""}
    return Churn(_verdict(row), *empty, fitted=None)


def _verdict(row: dict) -> pd.DataFrame:
    counts = dict.fromkeys(("customers_train", "gone_train", "customers_test", "gone_test"), 0)
    row = {name: pd.NaT if value is None else value for name, value in (counts | row).items()}
    return schema.frame("churn_verdict", pd.DataFrame([row]))


def risks(churn: Churn, features: pd.DataFrame) -> pd.DataFrame:
    """The risk of each buyer today, and what raises it most.

    A reason is a measure that adds at
    least 0.1 to the log odds of the average buyer, the largest first: ``recency_days_high`` says that the customer's
    recency is above average, and that this raises the risk. Measures hang together, so reasons describe; they are no
    causes.

    Returns
    -------
    one row per buyer, sorted by ``customer_id``; no rows without a model
        ``risk``, ``reason_1``, ``reason_2``, ``reason_3`` (empty: none left), ``model``.
    """
    if churn.fitted is None:
        return schema.empty("churn_reasons")
    known = measures(features)
    fitted = churn.fitted
    distance = logit.standardised(fitted, known)
    added = distance * fitted.coefficients
    keys = np.array([[f"{name}_low", f"{name}_high"] for name in fitted.names], dtype=object)
    table = pd.DataFrame({"customer_id": known.index, "risk": logit.risk(fitted, known).to_numpy()})
    # Rounded, so that equal contributions are equal whatever the machine; ties go to the measure named first.
    order = np.argsort(-added.round(9), axis=1, kind="stable")[:, :_REASONS]
    rows = np.arange(len(known))
    for place in range(_REASONS):
        table[f"reason_{place + 1}"] = ""
        if place < order.shape[1]:
            column = order[:, place]
            named = keys[column, (distance[rows, column] > 0).astype(int)]
            table[f"reason_{place + 1}"] = np.where(added[rows, column] >= _LEAST_REASON, named, "")
    table = table.assign(risk=table["risk"].round(12), model=churn.verdict["model_used"].item())
    return schema.frame("churn_reasons", table)


def reason_counts(reasons: pd.DataFrame) -> pd.DataFrame:
    """How often each reason stands first among the buyers whose risk is above the mean of all buyers.

    Returns
    -------
    one row per reason, most customers first; ``none`` where nothing stands out
        ``churn_reason``, ``customers``, ``share`` (of the buyers above the mean), ``mean_risk``.
    """
    schema.require(reasons, ["risk", "reason_1"], "churn_reasons")
    above = reasons[reasons["risk"] > reasons["risk"].mean()]
    first = above["reason_1"].where(above["reason_1"] != "", "none")
    counted = above.groupby(first)["risk"].agg(["size", "mean"]).reset_index()
    counted.columns = ["churn_reason", "customers", "mean_risk"]
    counted = counted.assign(
        share=counted["customers"] / max(len(above), 1), mean_risk=counted["mean_risk"].round(9)
    )
    counted = counted.sort_values(["customers", "churn_reason"], ascending=[False, True])
    return schema.frame("churn_reason_counts", counted)


def with_risk(value: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """``value`` with ``churn_risk`` filled in; empty for whoever is no buyer, and for all without a model."""
    schema.require(value, ["customer_id"], "value")
    known = reasons.set_index("customer_id")["risk"]
    return value.assign(churn_risk=value["customer_id"].map(known).astype("float64"))
