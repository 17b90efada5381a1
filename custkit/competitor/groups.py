"""Groups of respondents: where the own brand stands better or worse with them, what nobody gives them, who buys whom."""

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact
from scipy.stats import t as student

from custkit import schema, stats
from custkit.competitor.brands import answers, columns_read, require_known, single_ratings, text
from custkit.competitor.compare import error_of_gap
from custkit.competitor.market import purchases
from custkit.settings import CompetitorRules

EVERYONE = "respondents"

# Columns set aside that name a person, a row or a day, and no group of people.
_NO_GROUP = frozenset(["customer_id", "weight", "wave", "period", "date", "as_of"])
_MOST_LEVELS = 12


def dimensions(brand_ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()) -> list[str]:
    """Columns that part respondents into groups, sorted: ``rules.rating_groups``, or every column of text with 2 to
    12 different words that is neither brand nor attribute.

    Raises
    ------
    SettingsError
        ``rules.rating_groups`` names a column that is not there.
    """
    read = columns_read(brand_ratings, rules)
    aside = sorted(set(read.loc[read["read_as"] == "set_aside", "column"]) - _NO_GROUP)
    if len(read):
        require_known("rating_groups", rules.rating_groups, aside)
    elif rules.rating_groups:
        return []
    words = {
        name: set(text(brand_ratings, name)) - {""}
        for name in aside
        if not pd.api.types.is_datetime64_any_dtype(brand_ratings[name])
    }
    return sorted(rules.rating_groups) or [name for name in words if 2 <= len(words[name]) <= _MOST_LEVELS]


def groups(brand_ratings: pd.DataFrame, rules: CompetitorRules = CompetitorRules()) -> pd.DataFrame:
    """The groups of each respondent: respondent, dimension, level; sorted.

    Whoever gives two different words for one dimension belongs to none of it, and neither does one who gives none.
    """
    names = tuple(dimensions(brand_ratings, rules))
    if not names:
        return pd.DataFrame({"respondent": [], "dimension": [], "level": []}, dtype="str")
    sheet = answers(brand_ratings, rules, carry=names)
    told = sheet.melt("respondent", list(names), "dimension", "level")
    told = told[told["level"] != ""].drop_duplicates()
    alone = ~told.duplicated(["respondent", "dimension"], keep=False)
    return told[alone].sort_values(["dimension", "level", "respondent"], ignore_index=True)


def gaps_by_group(
    brand_ratings: pd.DataFrame, own: str, rules: CompetitorRules = CompetitorRules()
) -> pd.DataFrame:
    """The own brand's gap to the mean of its rivals in each group of respondents, beside the gap among all others.

    ``better_here`` or ``worse_here`` when the two gaps differ by at least ``rules.gap_threshold`` of the attribute's
    span and the p-value of the difference stays below 1 - ``rules.claim_level`` after Holm's correction over all
    groups and attributes; else ``alike``. Only brands with ``rules.min_ratings`` ratings on both sides count.

    Returns
    -------
    one row per dimension, level and attribute, sorted so, for groups large enough; none without own brand
        ``n`` the own brand's base in the group, ``share_of_respondents`` of those with a level of the dimension;
        ``gap_to_mean`` and ``elsewhere``, turned round where lower is better; ``difference`` between them; ``place``
        by its size in spans within the verdict.
    """
    ratings = single_ratings(brand_ratings, rules).dropna(subset="rating")
    span = ratings.groupby("attribute")["rating"].agg(np.ptp)
    rows = []
    for about, inside, outside in _sides(ratings, groups(brand_ratings, rules)):
        row = _two_gaps(inside, outside, own, rules.min_ratings)
        if row:
            turn = -1.0 if about["attribute"] in rules.lower_is_better else 1.0
            rows.append(
                about | row | {name: turn * row[name] for name in ("gap_to_mean", "elsewhere", "difference")}
            )
    if not rows:
        return schema.empty("brand_gaps_by_group")
    table = pd.DataFrame(rows)
    statistic = table["difference"].abs() / table["error"].where(table["error"] > 1e-12)
    certain = (table["difference"].abs() < 1e-12).astype("float64")
    p = pd.Series(2 * student.sf(statistic, table["freedom"]), index=table.index).fillna(certain)
    size = table["difference"].abs() / table["attribute"].map(span)
    table = table.assign(p_adjusted=stats.holm(p), size=size)
    clear = (table["p_adjusted"] < 1 - rules.claim_level) & (table["size"] >= rules.gap_threshold)
    table["verdict"] = np.select(
        [clear & (table["difference"] > 0), clear], ["better_here", "worse_here"], "alike"
    )
    return schema.frame("brand_gaps_by_group", _placed(table, "size"))


def white_space(
    brand_ratings: pd.DataFrame, own: str, weights: pd.DataFrame, rules: CompetitorRules = CompetitorRules()
) -> pd.DataFrame:
    """Needs that no brand meets: attributes that matter, on which even the best brand is rated low in a group.

    Looked for are attributes whose importance is at least the mean of all, where it is known from an outcome, among
    everyone and in each group. Low is below ``rules.white_space_level`` of the way from the lowest to the highest
    rating given. ``unmet`` when each brand with ``rules.min_ratings`` ratings is below that line by more than chance
    (the largest of their one-sided p-values, below 1 - ``rules.claim_level`` after Holm's correction over all that
    was looked at); else ``unclear``.

    Returns
    -------
    one row per dimension, level and attribute where own and best rival are both below the line; place 1 the one
    with most importance x distance x share of respondents
        ``own``, ``best`` and ``line`` as rated, not turned where lower is better.
    """
    ratings = single_ratings(brand_ratings, rules).dropna(subset="rating")
    needed = weights[weights["derived"] & (weights["importance"] > 0)]
    needed = needed[needed["importance"] >= 1 / max(weights["importance"].notna().sum(), 1)]
    ends = ratings.groupby("attribute")["rating"].agg(["min", "max"])
    everyone = [
        ({"dimension": EVERYONE, "level": "", "share_of_respondents": 1.0, "attribute": attribute}, part)
        for attribute, part in ratings.groupby("attribute")
    ]
    by_group = [(about, inside) for about, inside, _ in _sides(ratings, groups(brand_ratings, rules))]
    rows = []
    for about, part in [*everyone, *by_group]:
        attribute = about["attribute"]
        if attribute in set(needed["attribute"]) and own:
            low, high = ends.loc[attribute]
            turn = -1.0 if attribute in rules.lower_is_better else 1.0
            line = (low if turn > 0 else high) + turn * rules.white_space_level * (high - low)
            row = _below(part, own, line, turn, rules.min_ratings)
            rows += [about | row | {"line": line, "span": high - low}] if row else []
    if not rows:
        return schema.empty("white_space")
    table = pd.DataFrame(rows).merge(needed[["attribute", "importance"]], on="attribute")
    table = table.assign(
        p_adjusted=stats.holm(table["p"]), distance=(table["line"] - table["best"]).abs() / table["span"]
    )
    table = table[table["is_below"]]
    table["weight"] = table["importance"] * table["distance"] * table["share_of_respondents"]
    table["verdict"] = np.where(table["p_adjusted"] < 1 - rules.claim_level, "unmet", "unclear")
    placed = _placed(table, "weight")
    return schema.frame("white_space", placed.sort_values(["verdict", "place"]))


def users(
    brand_ratings: pd.DataFrame, brand_use: pd.DataFrame, own: str, rules: CompetitorRules = CompetitorRules()
) -> pd.DataFrame:
    """Who buys mainly from the own brand and who from a rival, by group of respondents.

    A respondent's main brand has the largest part of the purchases; on a tie there is none. The verdict is
    ``better_here`` or ``worse_here`` when the own brand's share among the respondents of a group differs from that
    among all others by ``rules.group_threshold`` or more and by more than chance (Fisher's exact test, below
    1 - ``rules.claim_level`` after Holm's correction over all groups); else ``alike``. Groups need
    ``rules.min_ratings`` respondents on both sides.

    Returns
    -------
    one row per dimension and level, sorted so; none without own brand or groups
        ``own_users`` and ``rival_users`` respondents; ``share_for_own`` in the group, ``share_for_own_elsewhere``;
        ``share_of_own`` and ``share_of_rivals`` the group's part among the users of either; ``overlap`` of the two
        mixes over the levels of the dimension (1: the same people); ``preferred`` the rival with most of the group.
    """
    split = purchases(brand_use)
    main = split[split["share"] == split.groupby("respondent")["share"].transform("max")]
    main = main[~main.duplicated("respondent", keep=False)]
    told = groups(brand_ratings, rules).merge(main[["respondent", "brand"]], on="respondent")
    if told.empty or not own or not (told["brand"] == own).any():
        return schema.empty("brand_users")
    told = told.assign(is_own=told["brand"] == own)
    made = told.groupby(["dimension", "level"], as_index=False).agg(
        respondents=("is_own", "size"), own_users=("is_own", "sum")
    )
    made["rival_users"] = made["respondents"] - made["own_users"]
    totals = made.groupby("dimension")[["respondents", "own_users", "rival_users"]].transform("sum")
    rest = totals - made[["respondents", "own_users", "rival_users"]]
    made = made.assign(
        share_for_own=made["own_users"] / made["respondents"],
        share_for_own_elsewhere=rest["own_users"] / rest["respondents"].where(rest["respondents"] > 0),
        share_of_own=made["own_users"] / totals["own_users"].where(totals["own_users"] > 0),
        share_of_rivals=made["rival_users"] / totals["rival_users"].where(totals["rival_users"] > 0),
    )
    shared = made[["share_of_own", "share_of_rivals"]].min(axis=1, skipna=False)
    made["overlap"] = shared.groupby(made["dimension"]).transform(lambda part: part.sum(min_count=len(part)))
    liked = told[~told["is_own"]].groupby(["dimension", "level", "brand"], as_index=False).size()
    liked = liked.sort_values(["size", "brand"], ascending=[False, True]).drop_duplicates(
        ["dimension", "level"]
    )
    made = made.merge(liked.rename(columns={"brand": "preferred"}), on=["dimension", "level"], how="left")
    made = made.assign(
        preferred=made["preferred"].fillna(""),
        share_for_preferred=made["size"].fillna(0) / made["respondents"],
    )
    tested = (made["respondents"] >= rules.min_ratings) & (rest["respondents"] >= rules.min_ratings)
    p = [
        fisher_exact([[row.own_users, row.rival_users], [other.own_users, other.rival_users]]).pvalue
        for row, other in zip(made.itertuples(), rest.itertuples(), strict=True)
    ]
    made["p_adjusted"] = np.nan
    made.loc[tested, "p_adjusted"] = stats.holm(np.array(p)[tested])
    difference = made["share_for_own"] - made["share_for_own_elsewhere"]
    clear = (made["p_adjusted"] < 1 - rules.claim_level) & (difference.abs() >= rules.group_threshold)
    verdict = np.select(
        [~tested, clear & (difference > 0), clear], ["untested", "better_here", "worse_here"], "alike"
    )
    made = made.assign(verdict=verdict, difference=difference, distance=difference.abs())
    return schema.frame("brand_users", _placed(made, "distance"))


def _sides(ratings: pd.DataFrame, told: pd.DataFrame):
    """For each group and attribute: what it is, the ratings of the group, and those of all others who have a group."""
    respondents = told.groupby("dimension")["respondent"].nunique()
    by_attribute = list(ratings.groupby("attribute"))
    for dimension, levels in told.groupby("dimension"):
        level_of = levels.set_index("respondent")["level"]
        for attribute, part in by_attribute:
            level = part["respondent"].map(level_of)
            for name, people in levels.groupby("level"):
                about = {"dimension": dimension, "level": name, "attribute": attribute}
                about["share_of_respondents"] = len(people) / respondents[dimension]
                yield about, part[level == name], part[level.notna() & (level != name)]


def _cells(ratings: pd.DataFrame, least: int) -> pd.DataFrame:
    by_brand = ratings.groupby("brand")["rating"].agg(mean_score="mean", n="size", error="sem").reset_index()
    return by_brand[by_brand["n"] >= least]


def _two_gaps(inside: pd.DataFrame, outside: pd.DataFrame, own: str, least: int) -> dict:
    """Own brand against the mean of its rivals here and elsewhere; empty where one of them cannot be told."""
    sides = [_cells(part, least) for part in (inside, outside)]
    both = set(sides[0]["brand"]) & set(sides[1]["brand"])
    if own not in both or len(both) < 2:
        return {}
    gaps = []
    for part, cells in zip((inside, outside), sides, strict=True):
        cells = cells[cells["brand"].isin(both)]
        is_own = cells["brand"] == own
        mine, rivals = cells.loc[is_own, "mean_score"].iloc[0], cells.loc[~is_own, "mean_score"].mean()
        gaps.append(
            (
                mine,
                rivals,
                error_of_gap(part, own, cells),
                cells["n"].min() - 1,
                cells.loc[is_own, "n"].iloc[0],
            )
        )
    (mine, rivals, error, freedom, n), (mine_out, rivals_out, error_out, freedom_out, _) = gaps
    return {
        "n": n,
        "own": mine,
        "mean_of_rivals": rivals,
        "gap_to_mean": mine - rivals,
        "elsewhere": mine_out - rivals_out,
        "difference": (mine - rivals) - (mine_out - rivals_out),
        "error": np.hypot(error, error_out),
        "freedom": min(freedom, freedom_out),
    }


def _below(ratings: pd.DataFrame, own: str, line: float, turn: float, least: int) -> dict:
    """Own and best rival beside the line, and the p-value of some brand reaching it; empty without own or a rival."""
    cells = _cells(ratings, least)
    if own not in set(cells["brand"]) or len(cells) < 2:
        return {}
    short = turn * (line - cells["mean_score"])
    error = cells["error"].where(cells["error"] > 1e-12)
    p = pd.Series(student.sf(short / error, cells["n"] - 1), index=cells.index).fillna(
        (short <= 0).astype("float64")
    )
    is_own = cells["brand"] == own
    best = cells[~is_own].assign(short=short).sort_values(["short", "brand"]).iloc[0]
    mine = cells[is_own].iloc[0]
    return {
        "n": mine["n"],
        "own": mine["mean_score"],
        "best": best["mean_score"],
        "best_brand": best["brand"],
        "is_below": bool((short > 0).all()),
        "p": p.max(),
    }


def _placed(table: pd.DataFrame, size: str) -> pd.DataFrame:
    """With ``place`` within the verdict, the largest first; ties by name."""
    names = [name for name in ("dimension", "level", "attribute") if name in table]
    by_size = table.sort_values([size, *names], ascending=[False, *[True] * len(names)])
    return table.assign(place=by_size.groupby("verdict").cumcount() + 1)
