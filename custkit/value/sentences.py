"""The sentences of notebook 03 about lifetime value and about the past against the present."""

import functools
from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit.settings import LifetimeRules

_LINKED = 0.1  # correlation from which number and size of orders are said to hang together
_SCHEME = "label.scheme."


def findings(
    tables: dict[str, pd.DataFrame], currency: str = "", rules: LifetimeRules = LifetimeRules()
) -> list[dict]:
    """What 03 says about value, from the tables that it writes.

    Parameters
    ----------
    tables : ``value``, ``value_bases``, ``value_models``, ``value_concentration``, ``holdout_summary``, ``holdout_models``,
        ``holdout_ranking``, by name
    currency : code that follows an amount; empty: none
    rules : LifetimeRules

    Returns
    -------
    rows for ``findings.frame``
    """
    say = functools.partial(_say, tables)
    if not (tables["value_bases"]["status"] == "buyer").any():
        return [say("nobody", "value", customers=("count",))]
    money = {"currency": f" {currency}" if currency else ""}
    parts = (_of_value, _of_models, _of_concentration, _of_holdout, _of_ranking)
    return [row for part in parts for row in part(tables, say, money, rules)]


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
    if tables["value"]["p_alive"].notna().any():
        counts = {"customers": ("count",), "share": ("share",)}
        yield say("alive", "value", ("p_alive", "<", 0.5), of=[("p_alive", ">=", 0)], **counts)


def _of_models(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    models = tables["value_models"]
    first = models.iloc[0]
    count = {"customers": ("only", "customers")}
    if first["parameter"] == "none":
        yield say(f"historic_{first['model_note']}", "value_models", *_row(first["model"], "none"), **count)
    elif first["model"] == "bg_nbd":
        yield say("once_alive", "value_models", *_row("bg_nbd", "r"), **count)
    for model, parameter in ((first["model"], "r"), ("gamma_gamma", "p")):
        at = _row(model, parameter)
        if len(models.query("model == @model and parameter == @parameter and model_note == 'at_limit'")):
            name = {"model": ("word", "model", "label.model.")}
            yield say("at_limit", "value_models", *at, **name, **count)
    if (models.query("model == 'gamma_gamma' and parameter == 'q'")["value"] <= 1).any():
        yield say("heavy_tail", "value_models", *_row("gamma_gamma", "q"), q=("only", "value"), **count)
    if first["parameter"] == "none":
        return  # money of orders to come is asked for only where orders are forecast
    numbers = models[models["model"] == "money"].set_index("parameter")["value"]
    if (models.query("model == 'gamma_gamma'")["parameter"] == "none").any():
        reason = {"reason": ("word", "model_note", "label.model_note.")}
        yield say("plain_money", "value_models", *_row("gamma_gamma", "none"), **reason, **count)
    elif pd.notna(numbers["correlation"]):
        clear = numbers["p_value"] < 0.05 and abs(numbers["correlation"]) >= _LINKED
        key = ("linked_high" if numbers["correlation"] > 0 else "linked_low") if clear else "not_linked"
        correlation = {"correlation": ("only", "value"), **count}
        yield say(key, "value_models", *_row("money", "correlation"), **correlation)
    margin = models.query("parameter == 'margin_share'")
    if margin["model_note"].item() == "from_costs" or margin["value"].item() < 1:
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


def _of_holdout(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    summary = tables["holdout_summary"].iloc[0]
    customers = {"customers": ("only", "customers")}
    if summary["why_none"] == "no_split":
        yield say("no_split", "value_bases", ("status", "==", "buyer"), customers=("sum", "customers"))
        return
    day = {"day": ("only", "split_day")}
    if summary["why_none"] == "no_model":
        yield say("no_past_model", "holdout_summary", **day, **customers)
    elif summary["customers"]:
        told = {name: ("only", name) for name in ("expected", "actual", "days")}
        yield say("predicted", "holdout_summary", **day, **customers, **told)
        repeaters = ("repeat_orders", ">=", 1)
        if (tables["holdout_models"]["repeat_orders"] >= 1).any():
            sums = {name: ("sum", name) for name in ("customers", "same_pace", "expected", "actual")}
            yield say("same_pace", "holdout_models", repeaters, **sums)
    if summary["customers"]:
        returned = {"returned": ("only", "returned"), "share": ("only", "share_returned")}
        spent = {"money": ("only", "spend_after"), "given": money}
        yield say("returned", "holdout_summary", **day, **customers, **returned, **spent)
    if summary["newcomers"] and pd.notna(summary["share_new"]):
        new = {"newcomers": ("only", "newcomers"), "share": ("only", "share_new")}
        yield say("newcomers", "holdout_summary", **day, **new)


def _of_ranking(tables: dict, say, money: dict, rules: LifetimeRules) -> Iterator[dict]:
    table = tables["holdout_ranking"]
    if table.empty:
        return
    best = table["best_plain"].iloc[0]
    name, plain = ("word", "scheme", _SCHEME), ("word", "best_plain", _SCHEME)
    numbers = {"gini": ("only", "gini")}
    held = {"share": ("only", "share_top_fifth"), "possible": ("only", "gini_possible")}
    yield say("plain_best", "holdout_ranking", ("scheme", "==", best), ranking=name, **numbers, **held)
    tried = table[table["verdict"] != "plain"]
    if (tried["verdict"] == "few_after").any():
        yield say("few_after", "holdout_ranking", ("scheme", "==", best), ranking=name)
        return
    if tried.empty:
        return
    compared = ("verdict", "!=", "plain")
    if (tried["verdict"] == "worse_than_plain").any():
        counts = {"worse": ("count",), "share": ("share",)}
        worse = ("verdict", "==", "worse_than_plain")
        yield say("worse", "holdout_ranking", worse, of=[compared], **counts)
    else:
        yield say("none_worse", "holdout_ranking", compared, tried=("count",))
    if "by_lifetime" in set(tried["scheme"]):
        told = {"verdict": ("word", "verdict", "label.verdict."), "plain": plain, **numbers}
        told |= {"plain_gini": ("only", "gini_plain")}
        yield say("lifetime_ranked", "holdout_ranking", ("scheme", "==", "by_lifetime"), **told)
    named = tried[tried["scheme"] != "by_lifetime"]
    if len(named):
        same = {"same": ("only", "gini_same_groups"), "plain": plain, **numbers}
        first = ("scheme", "==", named["scheme"].iloc[0])
        yield say("scheme_best", "holdout_ranking", first, ranking=name, **same)
