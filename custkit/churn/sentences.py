"""What 03 says about the risk that buyers do not come back."""

import functools
from collections.abc import Iterator

import pandas as pd

from custkit import findings as found

_DAY_FACTS = {"test_day": ("only", "test_day"), "today": ("only", "today"), "window": ("only", "window_days")}
_MEASURED = {"value": ("points", "value")}
_INTERVAL = {"low": ("points", "low"), "high": ("points", "high")}


def findings(tables: dict[str, pd.DataFrame], *, of_whole: bool = False) -> list[dict]:
    """The sentences, for ``findings.frame``: one that says why where there is no model.

    Parameters
    ----------
    tables : ``churn_verdict``, ``churn_test``, ``churn_lift``, ``churn_drivers``, ``churn_reasons``,
        ``churn_reason_counts``, by name, as they are written
    of_whole : the model was fitted and tested on all regions together, and ``churn_reasons`` is of one of them
    """
    say = functools.partial(_say, tables)
    verdict = tables["churn_verdict"].iloc[0]
    if verdict["verdict"] == "no_model":
        return [*_without(say, verdict["why_none"])]
    parts = [_tested(say, verdict, of_whole), _ranked(say, tables, verdict), _today(say, tables)]
    return [row for part in parts for row in part]


def _say(tables: dict[str, pd.DataFrame], key: str, table: str, *where: tuple, **more) -> dict:
    return found.make(f"churn_{key}", table, tables[table], where=list(where), **more)


def _without(say, why: str) -> Iterator[dict]:
    known = ("customers_test", "gone_test", "test_day") if why == "few" else ()
    yield say(f"none_{why}", "churn_verdict", **{name: ("only", name) for name in known})


def _tested(say, verdict: pd.Series, of_whole: bool) -> Iterator[dict]:
    if of_whole:
        yield say("of_whole", "churn_verdict", customers=("only", "customers_test"))
    counts = {
        "customers": ("only", "customers_test"),
        "gone": ("only", "gone_test"),
        "share": ("only", "share_gone"),
    }
    yield say("tested", "churn_verdict", **counts, **_DAY_FACTS)
    if verdict["way"] == "two_windows":
        train = {
            "train_day": ("only", "train_day"),
            "test_day": ("only", "test_day"),
            "customers": ("only", "customers_train"),
        }
        yield say("two_windows", "churn_verdict", **train)
    else:
        yield say("by_customer", "churn_verdict", window=("only", "window_days"))
    told = {
        "told": ("only", "share_told"),
        "share": ("only", "share_gone"),
        "customers": ("only", "customers_test"),
    }
    yield say("expected", "churn_verdict", **told, **_DAY_FACTS)


def _ranked(say, tables: dict, verdict: pd.Series) -> Iterator[dict]:
    tried = tables["churn_test"].set_index(["model", "metric"])
    gain = ("metric", "==", "auc_gain")
    yield _with_interval(say, verdict["verdict"], tried.loc[("linear", "auc_gain")], ("linear", "auc_gain"))
    for measure in tables["churn_drivers"].query("coefficient.isna()")["measure"]:
        named = {"measure": ("word", "measure", "label.measure.")}
        yield say("left_out", "churn_drivers", ("measure", "==", measure), **named)
    used = verdict["model_used"]
    name = {"model": ("word", "model", "label.model.")}
    yield _with_interval(say, "auc", tried.loc[(used, "auc")], (used, "auc"), **name)
    if "boosted" in set(tables["churn_test"]["model"]):
        # Beyond chance: their interval lies above that of the model in use; recency gains nothing on itself.
        rival = tried.loc[("linear", "auc_gain"), "high"] if used == "linear" else 0.0
        better = tried.loc[("boosted", "auc_gain"), "low"] > rival
        key = "boosted" if better else "boosted_alike"
        yield say(key, "churn_test", ("model", "==", "boosted"), gain, **_MEASURED)
    top = {"share": ("only", "share_gone"), "reached": ("only", "reached")}
    given = {"day": str(verdict["test_day"].date())}
    for model in dict.fromkeys([used, "recency"]):
        at = (("model", "==", model), ("tenth", "==", 1))
        yield say("lift", "churn_lift", *at, given=given, **name, **top)


def _with_interval(say, key: str, row: pd.Series, at: tuple[str, str], **more) -> dict:
    """A measure with its interval; without where resampling gave the same number each time: no width is no certainty."""
    exact = row["low"] == row["high"]
    where = [(column, "==", value) for column, value in zip(("model", "metric"), at, strict=True)]
    values = _MEASURED if exact else _MEASURED | _INTERVAL
    return say(key + ("_exact" if exact else ""), "churn_test", *where, **more, **values)


def _today(say, tables: dict) -> Iterator[dict]:
    if tables["churn_reasons"].empty:
        yield say("nobody", "churn_reasons", customers=("count",))
        return
    window = int(tables["churn_verdict"]["window_days"].iloc[0])
    totals = {"customers": ("count",), "gone": ("sum", "risk"), "risk": ("mean", "risk")}
    yield say("today", "churn_reasons", **totals, given={"window": window})
    reasons = tables["churn_reason_counts"].query("churn_reason != 'none'")
    if len(reasons):
        row = ("churn_reason", "==", reasons["churn_reason"].iloc[0])
        reason = {"reason": ("word", "churn_reason", "label.churn_reason.")}
        counts = {"customers": ("only", "customers"), "share": ("only", "share")}
        yield say("reason", "churn_reason_counts", row, **reason, **counts)
    drivers = tables["churn_drivers"].query("is_clear and value_few < value_many")
    if len(drivers):
        row = ("measure", "==", drivers["measure"].iloc[0])
        ends = {name: ("only", name) for name in ("value_few", "value_many", "risk_few", "risk_many")}
        yield say("driver", "churn_drivers", row, measure=("word", "measure", "label.measure."), **ends)
