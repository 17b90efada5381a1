"""The sentences of notebook 03 about lifetime value and about the past against the present."""

import functools
import math
from collections.abc import Iterator

import pandas as pd
from scipy import stats as distributions

from custkit import findings as found
from custkit.settings import LifetimeRules

_LINKED = 0.1  # correlation from which number and size of orders are said to hang together
_LITTLE = 0.2  # correlation within which, with all of its interval, they are said to have little to do with each other
_SURE = 1.959963984540054
_SCHEME = "label.scheme."
_PLAIN = "label.plain."
_OF_PEOPLE = (
    "basic",
    "geography",
)  # made to tell who and where customers are, so that they foresee little is no news


def findings(
    tables: dict[str, pd.DataFrame],
    currency: str = "",
    rules: LifetimeRules = LifetimeRules(),
    *,
    split: str = "",
) -> list[dict]:
    """What 03 says about value, from the tables that it writes.

    Parameters
    ----------
    tables : ``value``, ``value_bases``, ``value_models``, ``value_concentration``, ``holdout_summary``, ``holdout_models``,
        ``holdout_ranking``, by name
    currency : code that follows an amount; empty: none
    rules : LifetimeRules
    split : the day of ``holdout.split`` as ISO text, empty where there is none: whether history is too short for a split or
        nobody here had ordered by that day is not told by the tables

    Returns
    -------
    rows for ``findings.frame``
    """
    say = functools.partial(_say, tables)
    if not (tables["value_bases"]["status"] == "buyer").any():
        return [say("nobody", "value", customers=("count",))]
    money = {"currency": f" {currency}" if currency else ""}
    parts = (_of_value, _of_alive, _of_models, _of_link, _of_margin, _of_concentration)
    rows = [row for part in parts for row in part(tables, say, money, rules)]
    return [*rows, *_of_holdout(tables, say, money, split), *_of_ranking(tables, say)]


def _say(tables: dict[str, pd.DataFrame], key: str, table: str, *where: tuple, **more) -> dict:
    return found.make(f"value_{key}", table, tables[table], where=list(where), **more)


def _of_value(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    bases = tables["value_bases"].query("status == 'buyer'")
    only = {name: ("only", name) for name in ("customers", "clv")}
    for basis in bases["basis"]:
        row = [("basis", "==", basis), ("status", "==", "buyer")]
        if basis == "insufficient":
            days = {"days": rules.lifetime_age_days}
            # Without any age of a customer nobody is too young; then a model had nothing to go by.
            yield say("insufficient", "value_bases", *row, given=days, customers=("only", "customers"))
        elif basis == "historic":
            yield say("brought", "value_bases", *row, given=money, **only)
        else:
            given = {"days": rules.horizon_days, **money}
            yield say(
                "expected", "value_bases", *row, given=given, orders=("only", "expected_orders"), **only
            )
            # Were all customers' errors one and the same, they would add up so; they are not, so the sum is surer than told.
            ends = {"low": ("sum", "clv_low"), "high": ("sum", "clv_high")}
            yield say("interval", "value", ("basis", "==", basis), given=money, **ends)


def _of_alive(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    alive = tables["value"]["p_alive"].dropna()
    if alive.empty:
        return
    counts = {"customers": ("count",), "share": ("share",)}
    gone, known = ("p_alive", "<", 0.5), ("p_alive", ">=", 0)
    if tables["value_models"]["model"].iloc[0] != "bg_nbd":
        yield say("alive_any", "value", gone, of=[known], **counts)
        return
    # BG/NBD gives exactly 1 to those who ordered on one day only, and less to everyone else.
    if (alive < 1).any():
        yield say("alive", "value", gone, of=[known, ("p_alive", "<", 1)], **counts)
    if (alive == 1).any():
        yield say("once_alive", "value", ("p_alive", "==", 1), of=[known], **counts)


def _of_models(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    models = tables["value_models"]
    first = models.iloc[0]
    count = {"customers": ("only", "customers")}
    if first["parameter"] == "none":
        yield say(f"historic_{first['model_note']}", "value_models", *_row(first["model"], "none"), **count)
    for model, parameter in ((first["model"], "r"), ("gamma_gamma", "p")):
        at = _row(model, parameter)
        if len(models.query("model == @model and parameter == @parameter and model_note == 'at_limit'")):
            name = {"model": ("word", "model", "label.model.")}
            yield say("at_limit", "value_models", *at, **name, **count)
    if (models.query("model == 'gamma_gamma' and parameter == 'q'")["value"] <= 1).any():
        yield say("heavy_tail", "value_models", *_row("gamma_gamma", "q"), q=("only", "value"), **count)


def _of_link(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    models = tables["value_models"]
    if models.iloc[0]["parameter"] == "none":
        return  # money of orders to come is asked for only where orders are forecast
    numbers = models[models["model"] == "money"].set_index("parameter")["value"]
    if (models.query("model == 'gamma_gamma'")["parameter"] == "none").any():
        reason = {"reason": ("word", "model_note", "label.model_note."), "customers": ("only", "customers")}
        yield say("plain_money", "value_models", *_row("gamma_gamma", "none"), **reason)
        return
    linked, p_value = numbers["correlation"], numbers["p_value"]
    if pd.isna(linked):
        return
    at = _row("money", "correlation")
    told = {"correlation": ("only", "value"), "customers": ("only", "customers")}
    if p_value < 0.05 and abs(linked) >= _LINKED:
        yield say("linked_high" if linked > 0 else "linked_low", "value_models", *at, **told)
        return
    customers = models.query("parameter == 'correlation'")["customers"].item()
    low, high = _interval(linked, p_value, customers)
    key = "not_linked" if low >= -_LITTLE and high <= _LITTLE else "link_unknown"
    yield say(key, "value_models", *at, given={"low": low, "high": high}, **told)


def _interval(correlation: float, p_value: float, customers: int) -> tuple[float, float]:
    """The 95 % interval of a correlation that belongs to its test, at least as wide as independence makes it.

    A test that does not reject says little where customers are few; its own error is then too small as well.
    """
    error = 1 / math.sqrt(max(customers - 1, 1))
    distance = distributions.norm.isf(p_value / 2)
    if 0 < distance < math.inf:
        error = max(error, abs(correlation) / distance)
    reach = _SURE * error
    return max(correlation - reach, -1.0), min(correlation + reach, 1.0)


def _of_margin(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    models = tables["value_models"]
    margin = models.query("parameter == 'margin_share'")
    forecast = models.iloc[0]["parameter"] != "none"
    if forecast and (margin["model_note"].item() == "from_costs" or margin["value"].item() < 1):
        key = f"earned_{margin['model_note'].item()}"
        yield say(key, "value_models", *_row("money", "margin_share"), earned=("only", "value"))


def _row(model: str, parameter: str) -> list[tuple]:
    return [("model", "==", model), ("parameter", "==", parameter)]


def _of_concentration(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    values = {"top": "share_top_fifth", "few": "share_for_most", "gini": "gini", "customers": "customers"}
    recipes = {name: ("only", column) for name, column in values.items()}
    for measure in tables["value_concentration"]["measure"]:
        where = ("measure", "==", measure)
        name = ("word", "measure", "label.measure.")
        yield say("top", "value_concentration", where, measure=name, **recipes)


def _of_holdout(tables: dict, say, money: dict, split: str) -> Iterator[dict]:
    summary = tables["holdout_summary"].iloc[0]
    customers = {"customers": ("only", "customers")}
    if summary["why_none"] == "no_split":
        key, given = ("nobody_then", {"day": split}) if split else ("no_split", {})
        sums = {"customers": ("sum", "customers")}
        yield say(key, "value_bases", ("status", "==", "buyer"), given=given, **sums)
        return
    day = {"day": ("only", "split_day")}
    if summary["why_none"] == "no_model":
        yield say("no_past_model", "holdout_summary", **day, **customers)
    elif summary["customers"]:
        told = {name: ("only", name) for name in ("expected", "actual", "days")}
        yield say("predicted", "holdout_summary", **day, **customers, **told)
        yield from _of_pace(tables["holdout_models"], say, str(summary["split_day"].date()))
    if summary["customers"]:
        returned = {"returned": ("only", "returned"), "share": ("only", "share_returned")}
        spent = {"money": ("only", "spend_after"), "given": money}
        yield say("returned", "holdout_summary", **day, **customers, **returned, **spent)
    if summary["newcomers"] and pd.notna(summary["share_new"]):
        new = {"newcomers": ("only", "newcomers"), "share": ("only", "share_new")}
        yield say("newcomers", "holdout_summary", **day, **new)


def _of_pace(models: pd.DataFrame, say, day: str) -> Iterator[dict]:
    """Which of the model and everyone's pace so far came nearer, in all and among those who have a pace."""
    given = {"day": day}
    groups = {"all": models, "repeat": models[models["repeat_orders"] >= 1]}
    conditions = {"all": (), "repeat": (("repeat_orders", ">=", 1),)}
    for who, rows in groups.items():
        if rows.empty:
            continue
        away = {name: abs(rows[name].sum() - rows["actual"].sum()) for name in ("expected", "same_pace")}
        nearer = "model" if away["expected"] <= away["same_pace"] else "pace"
        sums = {name: ("sum", name) for name in ("customers", "same_pace", "expected", "actual")}
        yield say(f"nearer_{nearer}_{who}", "holdout_models", *conditions[who], given=given, **sums)
    if (models["repeat_orders"] == 0).any():
        told = {name: ("only", name) for name in ("customers", "expected", "actual")}
        yield say("of_once", "holdout_models", ("repeat_orders", "==", 0), given=given, **told)


def _of_ranking(tables: dict, say) -> Iterator[dict]:
    table = tables["holdout_ranking"]
    if table.empty:
        return
    best, day = table["best_plain"].iloc[0], str(tables["holdout_summary"]["split_day"].iloc[0].date())
    say = functools.partial(say, given={"day": day})
    name, plain = ("word", "scheme", _SCHEME), ("word", "best_plain", _PLAIN)
    numbers = {"gini": ("only", "gini")}
    held = {"share": ("only", "share_top_fifth"), "possible": ("only", "gini_possible")}
    first = ("scheme", "==", best)
    yield say("plain_best", "holdout_ranking", first, ranking=("word", "scheme", _PLAIN), **numbers, **held)
    tried = table[table["verdict"] != "plain"]
    if (tried["verdict"] == "few_after").any():
        yield say("few_after", "holdout_ranking", first, ranking=("word", "scheme", _PLAIN))
        return
    of_buying = tried[~tried["scheme"].isin(_OF_PEOPLE)]
    if of_buying.empty:
        return
    compared = [("verdict", "!=", "plain"), *(("scheme", "!=", scheme) for scheme in _OF_PEOPLE)]
    if (of_buying["verdict"] == "worse_than_plain").any():
        counts = {"worse": ("count",), "share": ("share",)}
        worse = ("verdict", "==", "worse_than_plain")
        yield say(f"worse_{best}", "holdout_ranking", *compared, worse, of=compared, **counts)
    else:
        yield say(f"none_worse_{best}", "holdout_ranking", *compared, tried=("count",))
    alike = True
    for side in ("worse", "better"):
        if (of_buying["verdict_same_groups"] == f"{side}_than_plain").any():
            alike, sure = False, ("verdict_same_groups", "==", f"{side}_than_plain")
            counts = {"n": ("count",), "share": ("share",)}
            yield say(f"same_groups_{side}", "holdout_ranking", *compared, sure, of=compared, **counts)
    if alike:
        yield say("same_groups_alike", "holdout_ranking", *compared, tried=("count",))
    if "by_lifetime" in set(tried["scheme"]):
        told = {"verdict": ("word", "verdict", "label.verdict."), "plain": plain, **numbers}
        told |= {"plain_gini": ("only", "gini_plain")}
        yield say("lifetime_ranked", "holdout_ranking", ("scheme", "==", "by_lifetime"), **told)
    named = of_buying[of_buying["scheme"] != "by_lifetime"]
    if len(named):
        same = {"same": ("only", "gini_same_groups"), "plain": plain, **numbers}
        row = ("scheme", "==", named["scheme"].iloc[0])
        yield say("scheme_best", "holdout_ranking", row, ranking=name, **same)
