"""The sentences that sum a profile up, for the tables of profiles, people and spread."""

import functools
from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit.profiles import contrast_sentences, people_sentences, voice_sentences
from custkit.settings import ClusterRules, ContrastRules, ProfileRules

_SEASONS = 24  # complete months from which a season can be told from growth
_FEW = 20  # buyers; with fewer, a quantile or a share of buyers is about single customers
_TOP = 5  # buyers that a top share must hold to be stated
_PARETO = 0.2  # the largest top share that is stated, after the smallest
_TOLD = ("age_band", "city_tier", "income")  # largest groups stated; of none known, the first
_NO_LEVEL = "(none)"  # of lines that name no channel or category
_MOST_SPEND = 0.5  # without a name: then the largest of the named is not the largest of all
_FORTNIGHT = 14  # days; with fewer, a day of the week has not come twice


def findings(
    tables: dict[str, pd.DataFrame],
    *,
    currency: str,
    giant_share: float = ClusterRules.giant_share,
    contrast_rules: ContrastRules = ContrastRules(),
    rules: ProfileRules = ProfileRules(),
) -> pd.DataFrame:
    """What the profile says in sentences, each with the table and the rows that it comes from.

    Parameters
    ----------
    tables : all tables of 02, by the names under which they are written
    currency : code that follows an amount; empty: none
    giant_share : of the spend; a buyer who holds as much is spoken of, as in 04
    contrast_rules : by which ``region_contrasts`` was made, where it is among the tables
    rules : by which the tables on groups of customers were made, where they are among the tables
    """
    context = {"currency": f" {currency}" if currency else ""}
    say = functools.partial(_say, tables, context)
    people = functools.partial(_of_people, rules=rules)
    parts = (_of_size, _of_regions, _of_months, _of_week, _of_products, _of_levels, people, _of_buyers)
    rows = [row for part in parts for row in part(tables, say)]
    rows += _of_giant(tables, say, giant_share)
    if "profile_tried" in tables:
        rows += people_sentences.of_groups(tables, say, rules)
    if "region_contrasts" in tables:
        rows += contrast_sentences.sentences(tables, currency=currency, rules=contrast_rules)
    if "profile_tests" in tables:
        rows += voice_sentences.sentences(tables, currency=currency, rules=rules)
    return found.frame("02", rows)


def _say(
    tables: dict, context: dict, key: str, table: str, *where: tuple, given: dict | None = None, **recipes
) -> dict:
    known = {**context, **(given or {})}
    return found.make(f"profile_{key}", table, tables[table], where=list(where), given=known, **recipes)


def _only(*columns: str, **renamed: str) -> dict[str, tuple]:
    """Recipes that take values from the one row selected, under the columns' names or under others."""
    own = {column: ("only", column) for column in columns}
    return own | {name: ("only", column) for name, column in renamed.items()}


def _of_size(tables: dict, say) -> Iterator[dict]:
    size = tables["profile_overview"].iloc[0]
    if size["buyers"] == 0:
        yield say("no_buyers", "profile_overview", **_only("customers"))
    else:
        yield say("size", "profile_overview", **_only("customers", "buyers", "n_orders", "spend"))
    if pd.notna(size["first_order"]):
        yield say("days", "profile_overview", **_only("first_order", "last_order"))
    if size["n_refunds"] > 0 and size["gross_spend"] > 0:
        columns = ("n_refunds", "refunded", "share_refunded", "without_spend", "buyers_without_spend")
        yield say("refunds", "profile_overview", **_only(*columns))
    elif size["n_refunds"] > 0:
        yield say("refunds_alone", "profile_overview", **_only("n_refunds", "refunded"))


def _of_regions(tables: dict, say) -> Iterator[dict]:
    regions = tables["profile_regions"]
    if len(regions) > 1 and 0 < regions["share_of_spend"].iloc[0] <= 1:  # more, where others are below zero
        shares = {"spend_share": ("only", "share_of_spend"), "customer_share": ("only", "share_of_customers")}
        yield say("top_region", "profile_regions", ("rank", "==", 1), region=("only", "region"), **shares)


def _of_months(tables: dict, say) -> Iterator[dict]:
    months = tables["profile_months"]
    if months.empty:
        yield say("no_months", "profile_months", months=("count",))
    complete = months[~months["is_partial"]]
    if len(complete) > 1 and complete["spend"].max() > 0:
        yield say("best_month", "profile_months", ("rank", "==", 1), **_only("month", "spend", "n_orders"))
    partial = months[months["is_partial"]].sort_values("spend", kind="stable").tail(1)
    if len(complete) and (partial["spend"] > complete["spend"].max()).any():
        row = ("month", "==", partial["month"].item().date().isoformat())
        names = _only("month", "spend", "n_orders", days="days_covered")
        yield say("best_so_far", "profile_months", row, **names)
    for month in months.loc[months["is_partial"] & (months["days_covered"] > 0), "month"]:
        row = ("month", "==", month.date().isoformat())
        yield say(
            "partial_month", "profile_months", row, month=("only", "month"), days=("only", "days_covered")
        )
    if 0 < len(complete) < _SEASONS:
        yield say("short_history", "profile_months", ("is_partial", "==", False), months=("count",))
    if len(complete) > 1 and complete["buyers"].iloc[-1] > 0:
        row = ("month", "==", complete["month"].iloc[-1].date().isoformat())
        begin = {"begin": months["month"].iloc[0].date().isoformat()}
        names = _only("month", "buyers", returning="returning_buyers", new="new_buyers")
        yield say("returning", "profile_months", row, given=begin, **names)


def _of_week(tables: dict, say) -> Iterator[dict]:
    week, hours = tables["profile_weekdays"], tables["profile_hours"]
    if hours.empty and len(week):
        yield say("no_hours", "profile_hours", lines=("count",))
    short = tables["profile_months"]["days_covered"].sum() < _FORTNIGHT
    if week.empty or short or tables["profile_overview"]["buyers"].iloc[0] < _FEW:
        return
    day = ("word", "weekday", "label.weekday.")
    yield say("busiest_day", "profile_weekdays", ("rank", "==", 1), day=day, share=("only", "share_of_lines"))
    quiet = int((week["lines"] == 0).sum())
    if quiet == 1:
        yield say("quiet_day", "profile_weekdays", ("lines", "==", 0), day=day)
    elif quiet:
        yield say("quiet_days", "profile_weekdays", ("lines", "==", 0), days=("count",))
    if len(hours):
        yield say("busiest_hour", "profile_hours", ("rank", "==", 1), day=day, **_only("hour", "lines"))


def _of_products(tables: dict, say) -> Iterator[dict]:
    by_spend = ("ranking", "==", "spend")
    listed = tables["profile_products"]["ranking"] == "spend"
    if not listed.any():
        yield say("no_products", "profile_products", by_spend, products=("count",))
        return
    names = _only("product", "spend", "customers", share="share_of_products")
    yield say("top_product", "profile_products", by_spend, ("rank", "==", 1), **names)
    if 1 < listed.sum() < tables["profile_overview"]["n_products"].iloc[0]:
        recipes = {"products": ("count",), "share": ("sum", "share_of_products")}
        yield say("top_products", "profile_products", by_spend, **recipes)


def _of_levels(tables: dict, say) -> Iterator[dict]:
    levels = tables["profile_levels"]
    for dimension in ("channel", "category"):
        own = ("dimension", "==", dimension)
        named = levels[levels["dimension"] == dimension]
        if named.empty:
            yield say(f"no_{dimension}", "profile_levels", own, levels=("count",))
        elif 0 < named["share_of_spend"].iloc[0] <= 1:
            word = ("word", "dimension", "label.dimension.")
            names = _only("level", "customers", share="share_of_spend")
            unnamed = named.loc[named["level"] == _NO_LEVEL, "share_of_spend"].sum()
            key = "top_level.few_named" if unnamed > _MOST_SPEND else "top_level"
            yield say(key, "profile_levels", own, ("rank", "==", 1), dimension=word, **names)


def _of_people(tables: dict, say, rules: ProfileRules) -> Iterator[dict]:
    people = tables["profile_people"]
    if people.empty:
        yield say("no_people", "profile_people", dimensions=("nunique", "dimension"))
    elif "age_band" not in set(people["dimension"]):
        yield say("no_age", "profile_people", ("dimension", "==", "age_band"), ages=("count",))
    known = list(people["dimension"].unique())
    few = ("rank", "==", 1), ("known", "<", rules.min_cell)
    if ((people["rank"] == 1) & (people["known"] < rules.min_cell)).any():
        given = {"least": rules.min_cell}
        yield say("few_known", "profile_people", *few, given=given, dimensions=("count",))
        told = people[people["known"] >= rules.min_cell]
        known = list(told["dimension"].unique())
    for dimension in [name for name in known if name in _TOLD] or known[:1]:
        rows = ("dimension", "==", dimension), ("rank", "==", 1)
        word = ("word", "dimension", "label.dimension.")
        names = _only("known", share="share_of_customers", low="share_low", high="share_high")
        names["level"] = ("level", "level", dimension)
        yield say("people", "profile_people", *rows, dimension=word, **names)


def _of_buyers(tables: dict, say) -> Iterator[dict]:
    buyers = tables["profile_overview"]["buyers"].iloc[0]
    if 0 < buyers < _FEW:
        yield say("few_buyers", "profile_overview", **_only("buyers"))
    if buyers < _FEW:
        return
    columns = {
        "avg_order_value": ("order_value", ("buyers", "median", "q95")),
        "spend": ("spend", ("buyers", "median", "mean", "q95")),
        "median_gap_days": ("gap", ("buyers", "median")),
    }
    for row in tables["profile_amounts"].itertuples():
        if row.measure not in columns or row.buyers < _FEW:
            continue
        key, names = columns[row.measure]
        word = {}
        if key != "gap" and row.q05 == row.q95:
            key, names, word = (
                "alike",
                ("buyers", "median"),
                {"measure": ("word", "measure", "label.measure.")},
            )
        yield say(key, "profile_amounts", ("measure", "==", row.measure), **_only(*names), **word)
    groups = tables["profile_repeat"].set_index("order_group")
    money = {"spend_share": ("only", "share_of_spend")} if groups["spend"].sum() > 0 else {}
    for group in groups.index[groups["buyers"] > 0].intersection(["one", "three_plus"]):
        shares = _only("buyers", share="share_of_buyers", low="share_low", high="share_high") | money
        key = f"{group}_orders" if money else f"{group}_orders.no_spend"
        yield say(key, "profile_repeat", ("order_group", "==", group), **shares)
    top = tables["profile_concentration"]
    stated = top.loc[(top["buyers"] >= _TOP) & (top["top_share"] <= _PARETO), "top_share"]
    for share in dict.fromkeys([*stated.head(1), *stated.tail(1)]):
        names = _only("buyers", asked="top_share", share="share_of_spend", least="least_spend")
        yield say("top_buyers", "profile_concentration", ("top_share", "==", share), **names)
    for row in tables["profile_inequality"].itertuples():
        key = "gini_floored" if row.zero_buyers + row.negative_buyers else "gini"
        names = _only("buyers", "gini", "negative_spend", zero="zero_buyers", negative="negative_buyers")
        yield say(key, "profile_inequality", **names)


def _of_giant(tables: dict, say, giant_share: float) -> Iterator[dict]:
    spread = tables["profile_inequality"]
    if (
        tables["profile_overview"]["buyers"].iloc[0] < _FEW
        or not (spread["largest_share"] >= giant_share).any()
    ):
        return
    names = _only(share="largest_share", mean="mean_without_largest", gini="gini_without_largest")
    yield say("giant", "profile_inequality", **names)
