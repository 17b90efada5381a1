"""The sentences about groups of customers: gaps in the market, the best customers, the portrait, purchasing power."""

from collections.abc import Callable, Iterator

import pandas as pd

from custkit.settings import ProfileRules

_MOST = {"gaps": 3, "categories": 2, "best": 3, "core": 2}  # sentences of each kind
_DIMENSION = ("word", "dimension", "label.dimension.")


def of_groups(tables: dict[str, pd.DataFrame], say: Callable, rules: ProfileRules) -> Iterator[dict]:
    """What is claimed of groups, the heaviest first, and one sentence on all that was tried and is not claimed.

    ``tables`` are those of 02 by the names under which they are written; ``say`` makes a sentence from one of them.
    """
    yield from _of_gaps(tables, say)
    yield from _of_categories(tables, say)
    yield from _of_best(tables, say, rules)
    yield from _of_core(tables, say)
    yield from _of_power(tables, say)
    yield from _of_gender(tables, say)
    tried = tables["profile_tried"]
    if tried.loc[tried["claimed"] == 0, "tried"].sum():
        yield say("nothing_claimed", "profile_tried", ("claimed", "==", 0), tried=("sum", "tried"))


def _of_gaps(tables: dict, say: Callable) -> Iterator[dict]:
    matching = tables["profile_matching"]
    if matching.empty:
        yield say("no_population", "profile_matching", dimensions=("count",))
    for dimension in matching.loc[matching["verdict"] == "unlike", "dimension"]:
        key = "unlike_ages" if dimension == "age_band" else "unlike_levels"
        names = _only("known", share="share_matched")
        yield say(key, "profile_matching", ("dimension", "==", dimension), dimension=_DIMENSION, **names)
    found = tables["profile_penetration"].query("verdict == 'gap'").head(_MOST["gaps"])
    for row in found.itertuples():
        names = _only("per_1000", "ratio", "low", "high", "lacking", others="others_per_1000")
        where = ("group", "==", row.group), ("dimension_1", "==", row.dimension_1)
        key = f"underserved_{row.n_dimensions}"
        yield say(key, "profile_penetration", *where, **_levels(row), **names)


def _of_categories(tables: dict, say: Callable) -> Iterator[dict]:
    for row in tables["profile_categories"].query("verdict == 'low'").head(_MOST["categories"]).itertuples():
        names = _only("category", "customers", share="share_of_spend", elsewhere="share_elsewhere")
        names["level"] = ("level", "level", row.dimension)
        where = ("level", "==", row.level), ("category", "==", row.category)
        yield say("low_category", "profile_categories", *where, dimension=_DIMENSION, **names)


def _of_best(tables: dict, say: Callable, rules: ProfileRules) -> Iterator[dict]:
    asked = {"asked": rules.best_share}
    over = tables["profile_best"].query("verdict == 'more'").drop_duplicates("dimension")
    for row in over.head(_MOST["best"]).itertuples():
        where = ("dimension", "==", row.dimension), ("level", "==", row.level)
        names = _only("known_best", share="share_of_best", others="share_of_others")
        names["level"] = ("level", "level", row.dimension)
        names |= _only(low="share_low", high="share_high")
        yield say("best", "profile_best", *where, given=asked, dimension=_DIMENSION, **names)
    claim, verdict = ("word", "claim", "label.claim."), ("word", "verdict", "label.verdict.")
    for row in tables["profile_claims"].query("verdict != 'too_few'").itertuples():
        names = _only("known_best", best="share_of_best", others="share_of_others")
        names |= {end: ("points", end) for end in ("low", "high")}
        where = ("claim", "==", row.claim)
        key = "claim.price" if row.claim == "price" else "claim"
        yield say(key, "profile_claims", where, given=asked, claim=claim, verdict=verdict, **names)


def _of_core(tables: dict, say: Callable) -> Iterator[dict]:
    for row in tables["profile_core"].head(_MOST["core"]).itertuples():
        names = _only("customers", "known", share="share_of_customers", low="share_low", high="share_high")
        key = f"core_{row.n_dimensions}"
        if row.verdict in ("more", "less"):
            key += ".spend"
            names |= _only(median="median_spend", overall="overall_median_spend")
        where = ("rank", "==", row.rank)
        yield say(key, "profile_core", where, **_levels(row), **names)


def _of_power(tables: dict, say: Callable) -> Iterator[dict]:
    measure = ("word", "measure", "label.measure.")
    for row in tables["profile_links"].query("verdict in ('rises', 'falls')").itertuples():
        names = _only("n", "low", "high", correlation="rank_correlation")
        yield say(
            f"link_{row.verdict}", "profile_links", ("measure", "==", row.measure), measure=measure, **names
        )
    jobs = tables["profile_power"].query("dimension == 'occupation' and verdict == 'more'")
    for row in jobs.head(1).itertuples():
        where = ("dimension", "==", row.dimension), ("level", "==", row.level)
        names = _only("buyers", "ratio", "low", "high", median="median_spend")
        names["level"] = ("level", "level", row.dimension)
        yield say("occupation", "profile_power", *where, **names)


def _of_gender(tables: dict, say: Callable) -> Iterator[dict]:
    for row in tables["profile_gender"].query("verdict != 'too_few'").itertuples():
        names = _only("known", "reference", share="share_of_customers", low="share_low", high="share_high")
        names["level"] = ("level", "level", "gender")
        yield say(f"gender_{row.verdict}.{row.basis}", "profile_gender", p=("only", "p_value"), **names)


def _levels(row) -> dict[str, tuple]:
    """Recipes for the names and the levels of the dimensions of a row."""
    dimensions = {n: getattr(row, f"dimension_{n}") for n in range(1, row.n_dimensions + 1)}
    words = {f"dimension_{n}": ("word", f"dimension_{n}", "label.dimension.") for n in dimensions}
    return words | {f"level_{n}": ("level", f"level_{n}", name) for n, name in dimensions.items()}


def _only(*columns: str, **renamed: str) -> dict[str, tuple]:
    """Recipes that take values from the one row selected, under the columns' names or under others."""
    own = {column: ("only", column) for column in columns}
    return own | {name: ("only", column) for name, column in renamed.items()}
