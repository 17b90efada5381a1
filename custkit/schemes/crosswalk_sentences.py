"""What 03 says of its schemes beside each other: how they agree, how sure they are, and who moved."""

import functools
from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit.schemes.migration import ALL, EFFECTS, NOBODY_YET
from custkit.settings import ScoreRules
from custkit.words import Words

_OF_PEOPLE = ("basic", "geography")  # that these tell nothing of what customers buy is no news
_NESTED = ("frequency", "frequency_once")  # the second only splits a name of the first: alike by make
_TOLD_WORDS = 3  # words that name different customers, those who share least first
_OF_TOTALS = ("tier3", "rfm8", "segment_map", "frequency", "frequency_once", "abc")
_MOVES = ("kept", "new", "returned", "lapsed")
_CENTS = 100  # amounts per order below this are told with decimals


def findings(
    tables: dict[str, pd.DataFrame],
    rules: ScoreRules = ScoreRules(),
    *,
    currency: str = "",
    scheme: str = "segment_map",
    split: str = "",
    windows: tuple[str, str] = ("", ""),
) -> list[dict]:
    """Rows for ``findings_03``.

    Parameters
    ----------
    tables : ``map_audit``, ``scheme_agreement``, ``crosswalk_words``, ``confidence_summary``, ``step_summary``, ``label_flows``,
        ``revenue_change``, by name, as they are written
    rules : ScoreRules; given cut points (a path) hang on no chance, and a sentence says so
    currency : of the run
    scheme : the one by whose labels moves are told
    split : the day between the two windows of ``label_flows``, as ISO text; empty where the history is too short
    windows : both windows by their days, of ``migration.windows``
    """
    say = functools.partial(_say, tables)
    money = {"currency": f" {currency}" if currency else ""}
    rows = [*_of_maps(tables, say), *_of_agreement(tables, say), *_of_words(tables, say, money)]
    rows += [*_of_confidence(tables, say, rules), *_of_steps(tables, say, money)]
    rows += [*_of_migration(tables, say, scheme, money | {"split": split}, windows)]
    return rows


def _say(tables: dict[str, pd.DataFrame], key: str, table: str, *where: tuple, **more) -> dict:
    return found.make(key, table, tables[table], where=list(where), **more)


def _only(*columns: str, **named: str) -> dict[str, tuple]:
    return {
        name: ("only", column) for name, column in (dict(zip(columns, columns, strict=True)) | named).items()
    }


def _of_maps(tables: dict, say) -> Iterator[dict]:
    for row in tables["map_audit"].itertuples():
        which = ("map", "==", row.map)
        name = {"map": ("word", "map", "label.map.")}
        faults = _only("gaps", "overlaps", "unreachable", "cells")
        if row.gaps + row.overlaps + row.unreachable == 0:
            yield say("crosswalk_map_sound", "map_audit", which, **name, **_only("names", "cells"))
        else:
            yield say("crosswalk_map_faults", "map_audit", which, **name, **faults)
            if row.customers:
                held = _only("customers", unnamed="customers_unnamed", contested="customers_contested")
                yield say("crosswalk_map_customers", "map_audit", which, **name, **held)


def _of_agreement(tables: dict, say) -> Iterator[dict]:
    pairs = tables["scheme_agreement"]
    of_buying = ~pairs["scheme_a"].isin(_OF_PEOPLE) & ~pairs["scheme_b"].isin(_OF_PEOPLE)
    nested = pairs["scheme_a"].isin(_NESTED) & pairs["scheme_b"].isin(_NESTED)
    known = pairs[pairs["adjusted_rand"].notna() & of_buying & ~nested]
    if known.empty:
        yield say("crosswalk_no_pair", "scheme_agreement")
        return
    most, least = (
        known.loc[place] for place in (known["adjusted_rand"].idxmax(), known["adjusted_rand"].idxmin())
    )
    told = {"crosswalk_alike": most} | ({"crosswalk_apart": least} if len(known) > 1 else {})
    for key, row in told.items():
        short = pd.isna(row["rand_low"]) or row["rand_low"] == row["rand_high"]
        more = {} if short else _only(low="rand_low", high="rand_high")
        yield say(
            key + ("_short" if short else ""),
            "scheme_agreement",
            *_pair(row),
            a=("word", "scheme_a", "label.scheme."),
            b=("word", "scheme_b", "label.scheme."),
            **_only("customers", v="adjusted_rand"),
            **more,
        )


def _pair(row: pd.Series) -> list[tuple]:
    return [(name, "==", row[name]) for name in ("scheme_a", "scheme_b")]


def _of_words(tables: dict, say, money: dict) -> Iterator[dict]:
    words = tables["crosswalk_words"]
    used = words[(words["customers_a"] > 0) & (words["customers_b"] > 0) & (words["overlap"] < 1)]
    worst = used.sort_values(["overlap", "word", "scheme_a", "scheme_b"]).drop_duplicates("word")
    for _, row in worst.head(_TOLD_WORDS).iterrows():
        names = {
            f"{kind}_{side}": (
                "word",
                f"{kind}_{side}",
                f"label.{row[f'scheme_{side}']}." if kind == "label" else "label.scheme.",
            )
            for side in "ab"
            for kind in ("scheme", "label")
        }
        where = [("word", "==", row["word"]), *_pair(row)]
        counts = _only("only_a", "only_b", *(["both", "overlap"] if row["both"] else []))
        none = "" if row["both"] else "_none"
        if pd.isna(row["measure"]):
            yield say(f"crosswalk_word{none}", "crosswalk_words", *where, **names, **counts)
        else:
            why = {"measure": ("word", "measure", "label.measure.")} | _only("median_a", "median_b")
            inside = not (row["only_a"] and row["only_b"])
            both = "crosswalk_word_part" if inside else f"crosswalk_word_why{none}"
            given = money if row["measure"] == "spend" else {"currency": ""}
            yield say(both, "crosswalk_words", *where, given=given, **names, **counts, **why)


def _of_confidence(tables: dict, say, rules: ScoreRules) -> Iterator[dict]:
    summary = tables["confidence_summary"]
    if summary.empty:
        if rules.cut_points not in ("whole", "region"):
            yield say("confidence_given", "confidence_summary")
        return
    name = {"scheme": ("word", "scheme", "label.scheme.")}
    for scheme, rows in summary.groupby("scheme", sort=False):
        of = ("scheme", "==", scheme)
        yield say(
            "confidence_sure",
            "confidence_summary",
            of,
            ("label", "==", ALL),
            **name,
            **_only("customers", "sure", share="share_sure"),
        )
        parts = rows[rows["label"] != ALL].sort_values(["share_sure", "label"])
        worst = parts.iloc[0]
        # A user's own names have no entry in the catalogue: they are said as they are.
        known = Words().has(f"label.{scheme}.{worst['label']}")
        label = ("word", "label", f"label.{scheme}.") if known else ("only", "label")
        if len(parts) > 1 and worst["share_sure"] < 1:
            where = (of, ("label", "==", worst["label"]))
            values = _only("customers", share="share_sure")
            yield say("confidence_least", "confidence_summary", *where, label=label, **name, **values)


def _of_steps(tables: dict, say, money: dict) -> Iterator[dict]:
    name = {"scheme": ("word", "scheme", "label.scheme."), "measure": ("word", "measure", "label.measure.")}
    for row in tables["step_summary"].itertuples():
        of = ("scheme", "==", row.scheme)
        yield say(
            "confidence_steps",
            "step_summary",
            of,
            **name,
            **_only(
                "customers", next="by_next_order", any="by_any_order", one="by_one_order", spend="by_spend"
            ),
        )
        if row.by_large_order:
            values = _only(large="by_large_order", money="median_next_spend")
            yield say(
                "confidence_money",
                "step_summary",
                of,
                given={"currency": money["currency"]},
                **name,
                **values,
            )


def _of_migration(tables: dict, say, scheme: str, given: dict, windows: tuple[str, str]) -> Iterator[dict]:
    flows = tables["label_flows"]
    of = ("scheme", "==", scheme)
    if flows.empty:
        yield say("migration_short", "label_flows")
        return
    rows = flows[flows["scheme"] == scheme]
    moved = rows.groupby("move")["customers"].sum()
    for move in _MOVES:
        if moved.get(move, 0):
            values = {"customers": ("sum", "customers")}
            values |= {"before": ("sum", "spend_before"), "after": ("sum", "spend_after")}
            yield say(f"migration_{move}", "label_flows", of, ("move", "==", move), given=given, **values)
    # A name that nobody had then, some could not have had: the history was shorter than its border.
    possible = rows["label_after"].isin(set(rows["label_before"]) - set(NOBODY_YET))
    named = ~rows["label_before"].isin(NOBODY_YET)
    changed = rows[possible & named & (rows["label_before"] != rows["label_after"])]
    if len(changed):
        top = changed.sort_values(
            ["customers", "label_before", "label_after"], ascending=[False, True, True]
        ).iloc[0]
        keys = [(name, "==", top[name]) for name in ("label_before", "label_after", "move")]
        names = {
            side: ("word", f"label_{side}", f"label.{scheme}.")
            if Words().has(f"label.{scheme}.{top[f'label_{side}']}")
            else ("only", f"label_{side}")
            for side in ("before", "after")
        }
        move = {"move": ("word", "move", "label.move.")}
        yield say(
            "migration_move",
            "label_flows",
            of,
            *keys,
            given={"split": given["split"]},
            **names,
            **move,
            **_only("customers"),
        )
    change = tables["revenue_change"]
    for row in change[(change["scheme"] == scheme) & (change["label"] == ALL)].to_dict("records"):
        values = {name: ("only", f"by_{name}") for name in (*EFFECTS, "refunds")}
        values |= _only("change", "customers_before", "customers_after")
        values |= _only(before="spend_before", after="spend_after")
        values |= {"scheme": ("word", "scheme", "label.scheme.")}
        told = {"currency": given["currency"], "first": windows[0], "second": windows[1]} | _rates(row)
        yield say("migration_revenue", "revenue_change", of, ("label", "==", ALL), given=told, **values)
        if scheme in _OF_TOTALS:
            yield say("migration_totals", "revenue_change", of)


def _rates(row: dict) -> dict[str, str]:
    """Orders per customer and net money per order of both windows; findings have no recipe for a ratio."""
    told = {}
    for side in ("before", "after"):
        customers, orders, spend = (row[f"{name}_{side}"] for name in ("customers", "orders", "spend"))
        per_order = spend / orders if orders else 0.0
        told[f"each_{side}"] = f"{orders / customers:,.2f}" if customers else "–"
        decimals = 0 if abs(per_order) >= _CENTS else 2
        told[f"order_{side}"] = f"{per_order:z,.{decimals}f}" if orders else "–"
    return told
