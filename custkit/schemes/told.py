"""What is told of schemes: the rule of each name in words, examples from the data, and the table of all schemes."""

import dataclasses
from collections.abc import Collection

import pandas as pd

from custkit import schema, scores
from custkit.schemes import people, scored, segment_map
from custkit.schemes.case import UNSCORED, Case
from custkit.schemes.registry import SCHEMES, lacking
from custkit.settings import SchemeRules
from custkit.words import Words

_SHARED_OUT = {"abc": (scores.ABC, "spend"), "value3": (scores.VALUE3, "clv")}


def explained(labels: pd.DataFrame, wanted: Collection[str], words: Words, *told: object) -> pd.DataFrame:
    """The names of several schemes that customers have, with the rule of each and the reason of one of them as an example.

    ``labels`` with reasons; ``told``: further parameters of ``definitions``. One row per label that somebody has:
    ``scheme``, ``label``, ``definition``, ``example``; schemes without a label are left out.
    """
    firsts = labels.drop_duplicates(["scheme", "label"])[["scheme", "label", "reason"]].astype("str")
    defined = [definitions(scheme, words, *told) for scheme in wanted]
    return pd.concat(defined).merge(firsts.rename(columns={"reason": "example"}), on=["scheme", "label"])


def definitions(
    scheme: str,
    words: Words,
    rules: SchemeRules = SchemeRules(),
    segments: pd.DataFrame | None = None,
    cuts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The names of a scheme and the rule of each, in the language of ``words``, most valuable first.

    With ``cuts``, borders are told as they stand there, wherever they come from; without, by the rules that would find them.
    One row per label: ``scheme``, ``label``, ``definition``.
    """
    if scheme == "segment_map":
        told = _map_told(segment_map.shipped() if segments is None else segments, words)
    elif scheme == "rfm8":
        told = {
            name: scored.rfm8_told(cell, words) for cell, name in scored.READINGS[rules.r_reading].items()
        }
    elif scheme == "basic":
        told = {name: words.label("basic", name) for name in people.basic_labels(rules)}
    elif scheme == "geography":
        told = {}  # places are the data's own
    else:
        given = dataclasses.asdict(rules) | _said(rules, words, cuts)
        told = {name: words(f"rule.{scheme}.{name}", **given) for name in SCHEMES[scheme].labels}
        told |= _borders_told(scheme, words, cuts)
    if SCHEMES[scheme].of_everyone:
        return _defined(scheme, told)
    told |= {status: words(f"reason.{status}") for status in UNSCORED}
    return _defined(scheme, told)


def _defined(scheme: str, told: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"scheme": scheme, "label": told.keys(), "definition": told.values()}, dtype="str")


def _borders_told(scheme: str, words: Words, cuts: pd.DataFrame | None) -> dict[str, str]:
    """Of a scheme that parts customers at two borders of one measure: the borders in use."""
    cut, measure = _SHARED_OUT.get(scheme, ("", ""))
    borders = scores.edges(cuts, cut, 3) if cut and cuts is not None else []
    if len(borders) != 2:
        return {}
    low, high = borders
    said = {"measure": words.label("measure", measure), "low": low, "high": high}
    places = ("above", "between", "below")
    return {
        label: words(f"rule.border.{place}", **said)
        for label, place in zip(SCHEMES[scheme].labels, places, strict=False)
    }


def _left_told(rules: SchemeRules, words: Words, cuts: pd.DataFrame | None) -> str:
    border = scores.edges(cuts, scores.LAPSE, 2) if cuts is not None and rules.lapse_by != "p_alive" else []
    if len(border):
        return words("rule.left.border", days=round(border[0], 1))
    return words(f"rule.left.{rules.lapse_by}", days=rules.lapse_days, share=rules.lapse_quantile)


def _said(rules: SchemeRules, words: Words, cuts: pd.DataFrame | None) -> dict[str, object]:
    """Rules that words must spell out before a sentence can hold them."""
    length, unit = rules.window()
    lower, middle = rules.abc_shares
    return {
        "window": words(f"rule.window.{unit}", length=length),
        "join": words(f"rule.join.{rules.rules_join}"),
        "youngest": rules.rules_ages[0],
        "oldest": rules.rules_ages[1],
        "share_a": lower,
        "share_b": middle,
        "many": words(
            "rule.many.given" if rules.frequent_orders else "rule.many.score",
            orders=rules.frequent_orders,
            score=rules.high_score,
        ),
        "left": _left_told(rules, words, cuts),
        "cut": words(f"rule.value3.{rules.value3_by}"),
    }


def _map_told(segments: pd.DataFrame, words: Words) -> dict[str, str]:
    """Our own names have their rule in words; those of a user's map are told by their bounds."""
    shipped = segments.equals(segment_map.shipped())
    told: dict[str, list[str]] = {}
    for row in segments.to_dict("records"):
        bounds = {
            score: words("rule.bounds", lower=row[f"{score}_lower"], upper=row[f"{score}_upper"])
            for score in "rfm"
        }
        told.setdefault(row["segment"], []).append(words("reason.cell", **bounds))
    return {
        name: words(f"rule.segment_map.{name}") if shipped else "; ".join(boxes)
        for name, boxes in told.items()
    }


def registry_table(known: Case) -> pd.DataFrame:
    """What schemes there are, and which of them the data allow.

    One row per scheme: ``scheme``, ``definition``, ``source``, ``needs``, ``settings``, ``is_computed``, ``unmet`` (what
    would switch it on; empty where nothing is missing).
    """
    words = known.words
    rows = [
        (
            scheme.id,
            words(f"scheme.{scheme.id}.rule"),
            words(f"scheme.{scheme.id}.source"),
            ", ".join(scheme.needs),
            ", ".join(scheme.settings),
            not missing,
            ", ".join(missing),
        )
        for scheme, missing in ((scheme, lacking(scheme, known)) for scheme in SCHEMES.values())
    ]
    return schema.frame("scheme_registry", rows)
