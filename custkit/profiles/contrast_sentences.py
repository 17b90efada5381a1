"""The sentences on how regions differ, and on what turns round when they are kept apart."""

from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit.settings import ContrastRules

_MONEY = ("avg_order_value", "spend")  # measures of profile_reversals in currency
_OUTSIDE = {
    "satisfaction": "no_feedback",
    "share_online": "no_channel",
}  # measures that need more than orders
_POINTS = ("change_of_online",)  # a change of a share


def sentences(tables: dict[str, pd.DataFrame], *, currency: str, rules: ContrastRules) -> Iterator[dict]:
    """What ``region_contrasts``, ``region_verdicts`` and ``profile_reversals`` say, as rows for ``findings.frame``.

    A difference is stated only where its verdict says that it is one; whatever is not, is told in one sentence.
    """
    yield from _of_regions(tables["region_verdicts"], tables["region_contrasts"], currency, rules)
    yield from _of_reversals(tables["profile_reversals"], currency)


def _of_regions(
    verdicts: pd.DataFrame, contrasts: pd.DataFrame, currency: str, rules: ContrastRules
) -> Iterator[dict]:
    given = {"least": rules.region_min_customers}
    if contrasts["typical"].isna().all():
        if len(verdicts):
            yield _say("region_alone", "region_verdicts", verdicts, given=given, regions=("count",))
        return
    for row in verdicts[verdicts["nature"].isin(["behaviour", "level_only"])].itertuples():
        names = {"region": ("only", "region")}
        names |= {"measures": ("only", "n_measures"), "different": ("only", "n_different")}
        where = ("region", "==", row.region)
        yield _say(f"region_{row.nature}", "region_verdicts", verdicts, where, **names)
        yield from _of_measures(contrasts[contrasts["region"] == row.region], contrasts, currency, rules)
    own = "own_" if len(verdicts) == 1 else ""
    for nature in ("none", "too_few"):
        if (verdicts["nature"] == nature).any():
            counts = {"regions": ("count",), "measures": ("max", "n_measures")}
            where = ("nature", "==", nature)
            yield _say(f"region_{own}{nature}", "region_verdicts", verdicts, where, given=given, **counts)
    for measure, key in _OUTSIDE.items():
        if measure not in set(contrasts["measure"]):
            where = ("measure", "==", measure)
            yield _say(f"region_{key}", "region_contrasts", contrasts, where, regions=("count",))


def _of_measures(
    own: pd.DataFrame, contrasts: pd.DataFrame, currency: str, rules: ContrastRules
) -> Iterator[dict]:
    """Every difference of a region that is beyond chance."""
    given = {"level": rules.region_level, "days": rules.lapsed_days}
    given["currency"] = f" {currency}" if currency else ""
    for row in own[own["verdict"].isin(["higher", "lower"])].itertuples():
        where = ("region", "==", row.region), ("measure", "==", row.measure)
        form = "points" if row.measure in _POINTS else "only"
        ends = {"low": "value_low", "high": "value_high"}
        values = {
            name: (form, column) for name, column in {"value": "value", "typical": "typical", **ends}.items()
        }
        values |= {"region": ("only", "region"), "side": ("word", "verdict", "label.verdict.")}
        yield _say(f"region_{row.measure}", "region_contrasts", contrasts, *where, given=given, **values)


def _of_reversals(table: pd.DataFrame, currency: str) -> Iterator[dict]:
    for row in table[table["verdict"] == "reversed"].itertuples():
        where = ("dimension", "==", row.dimension), ("measure", "==", row.measure)
        values = {name: ("only", name) for name in ("pooled", "within", "regions", "regions_agree")}
        values |= {name: ("level", name, row.dimension) for name in ("level_a", "level_b")}
        values |= {
            "what": ("word", "measure", "label.measure."),
            "by": ("word", "dimension", "label.dimension."),
        }
        given = {"currency": f" {currency}" if currency and row.measure in _MONEY else ""}
        yield _say("reversal", "profile_reversals", table, *where, given=given, **values)
    if len(table) and not (table["verdict"] == "reversed").any():
        yield _say("no_reversal", "profile_reversals", table, pairs=("count",))


def _say(
    key: str, name: str, table: pd.DataFrame, *where: tuple, given: dict | None = None, **recipes
) -> dict:
    return found.make(key, name, table, where=list(where), given=given, **recipes)
