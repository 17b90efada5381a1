"""What a run of the sample found, beside what was planted: ``python -m scripts.city_retail.against OUT``."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import procrustes
from sklearn.metrics import adjusted_rand_score

from scripts.city_retail.parameters import OWN

ROOT = Path(__file__).parent.parent.parent
WHOLE = "all"
# Tables that may claim something, and the column that says whether they do.
VERDICTS = {
    "profile_tests": "is_claimed",
    "region_verdicts": "nature",
    "type_crosstab": "stands_out",
    "brand_importance": "derived",
    "plan_channels": "is_best",
    **dict.fromkeys(
        (
            "profile_best",
            "profile_categories",
            "profile_claims",
            "profile_core",
            "profile_gender",
            "profile_links",
            "profile_penetration",
            "profile_power",
            "profile_reversals",
            "region_contrasts",
            "cluster_summary",
            "type_links",
            "niches",
            "brand_gaps",
            "brand_gaps_by_group",
            "brand_net_flows",
            "brand_trends",
            "brand_users",
            "white_space",
            "plan_past",
        ),
        "verdict",
    ),
}
# What they say where they claim nothing. Any other word is a claim.
NOTHING = {
    "False",
    "none",
    "par",
    "too_few",
    "untested",
    "open",
    "same",
    "steady",
    "alike",
    "slices",
    "as_others",
}
NOTHING |= {
    "balanced",
    "no_link",
    "weak_link",
    "no_effect",
    "cannot_tell",
    "not_supported",
    "by_construction",
}
NOTHING |= {"not_shown", "explained", "part", "lower_margin", "not_linked", "few_known", "unclear", "even"}
# Tables that give the interval of what they claim: its two ends, and where it would stand if there were nothing.
INTERVALS = {
    **dict.fromkeys(
        ("profile_claims", "profile_links", "profile_tests", "region_contrasts", "brand_gaps", "plan_past"),
        ("low", "high", 0.0),
    ),
    **dict.fromkeys(("profile_penetration", "niches"), ("low", "high", 1.0)),
    "profile_gender": ("share_low", "share_high", "reference"),
    "profile_best": ("share_low", "share_high", "share_of_others"),
    "brand_net_flows": ("low", "high", 0.5),
}


def read(out: Path, table: str, region: str = WHOLE) -> pd.DataFrame:
    return pd.read_parquet(out / "regions" / region / "tables" / f"{table}.parquet")


def claimed(out: Path, table: str, region: str = WHOLE) -> pd.DataFrame:
    """The rows of a table that claim something."""
    found = read(out, table, region)
    return found[~found[VERDICTS[table]].astype("str").isin(NOTHING)]


def regions(out: Path) -> list[str]:
    """Folders of all that was run: the whole and each region."""
    return sorted(folder.name for folder in (out / "regions").iterdir())


def without_ground(out: Path, table: str, region: str = WHOLE) -> pd.DataFrame:
    """The rows that claim what their own interval does not rule out; a scorecard has no sample and no interval."""
    found = claimed(out, table, region)
    if table == "brand_gaps":
        found = found[found["basis"] == "ratings"]
    low, high, at = INTERVALS[table]
    at = found[at] if isinstance(at, str) else at
    return found[~((found[low] > at) | (found[high] < at))]


def claims(out: Path) -> pd.DataFrame:
    """How many rows of each table claim something, in each region: of a copy without relations, all of them false."""
    counts = [
        (table, region, len(claimed(out, table, region))) for table in VERDICTS for region in regions(out)
    ]
    table = pd.DataFrame(counts, columns=["table", "region", "rows"])
    return table[table["rows"] > 0].reset_index(drop=True)


def comparison(out: Path, truth: Path) -> pd.DataFrame:
    """One row for each thing that was planted: ``what``, ``planted``, ``found`` (as text), ``agrees``.

    ``out`` is a run of all regions and the whole; ``truth`` the folder of the key.
    """
    key = json.loads((truth / "truth.json").read_text(encoding="utf-8"))
    parts: tuple[Callable[[Path, Path, dict], list[tuple]], ...] = (
        _types,
        _brands,
        _chances,
        _regions,
        _conduct,
        _campaigns,
    )
    rows = [row for part in parts for row in part(out, truth, key)]
    return pd.DataFrame(rows, columns=["what", "planted", "found", "agrees"])


def markdown(table: pd.DataFrame) -> str:
    lines = ["| what | planted | found | |", "|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.planted} | {row.found} | {'yes' if row.agrees else 'no'} |"
        for row in table.itertuples()
    ]
    return "\n".join(lines)


def _types(out: Path, truth: Path, key: dict) -> list[tuple]:
    people = pd.read_csv(truth / "customers.csv", dtype=str).rename(columns={"type": "behaviour_type"})
    clusters = read(out, "clusters").merge(people, on="customer_id")
    summary = read(out, "cluster_summary").iloc[0]
    rand = adjusted_rand_score(clusters["behaviour_type"], clusters["cluster"])
    named = f"{summary['k']} ({summary['verdict']})"
    survey = read(out, "survey_types").merge(people, on="customer_id")
    decided = survey[survey["type"] != "undecided"]
    by_survey = adjusted_rand_score(decided["psychographic_type"], decided["type"])
    return [
        ("groups of customers", len(key["types"]), named, summary["k"] == len(key["types"])),
        ("adjusted Rand index, groups and behaviour types", "1 at best", f"{rand:.2f}", rand >= 0.6),
        (
            "adjusted Rand index, survey and psychographic types",
            "1 at best",
            f"{by_survey:.2f}",
            by_survey >= 0.6,
        ),
    ]


def _brands(out: Path, truth: Path, key: dict) -> list[tuple]:
    true = pd.read_csv(truth / "brand_positions.csv", index_col="brand").sort_index()
    standard = (true - true.mean()) / true.std(ddof=0)
    left, size, _ = np.linalg.svd(standard.to_numpy(), full_matrices=False)
    placed = read(out, "brand_positions").pivot(index="brand", columns="axis", values="score").sort_index()
    _, _, disparity = procrustes(left[:, :2] * size[:2], placed.to_numpy())
    likeness = float(np.sqrt(1 - disparity))
    importance = pd.read_csv(truth / "brand_importance.csv", index_col="attribute")["importance"]
    weights = read(out, "brand_importance").set_index("attribute")["importance"].reindex(importance.index)
    first, second = importance.nlargest(2).index
    ours, theirs = weights.nlargest(2).index
    trends = claimed(out, "brand_trends").query("region == ''").set_index("brand")["verdict"].to_dict()
    market = key["market"]
    moved = {market["loses"]: "falling", market["gains"]: "rising"}
    losing = claimed(out, "brand_net_flows").query("verdict == 'losing'")["rival"].tolist()
    leave = max(market["leave_the_own_brand"], key=market["leave_the_own_brand"].get)
    return [
        ("brand positions, Procrustes correlation", "1 at best", f"{likeness:.3f}", likeness > 0.95),
        ("what matters most", f"{first}, {second}", f"{ours}, {theirs}", {first, second} == {ours, theirs}),
        (
            "importance, largest error",
            "0 at best",
            f"{(weights - importance).abs().max():.2f}",
            (weights - importance).abs().max() < 0.06,
        ),
        ("brands whose share moves", _list(moved), _list(trends), trends == moved),
        (f"rival to whom {OWN} loses most", leave, ", ".join(losing) or "none", losing == [leave]),
    ]


def _chances(out: Path, truth: Path, key: dict) -> list[tuple]:
    asked = (
        ("niche that grows", "niches", "niche"),
        ("under-served group", "profile_penetration", "under_served"),
    )
    rows = []
    for what, table, name in asked:
        planted = {key[name]["age_band"], key[name]["city_tier"]}
        told = {region: _groups(out, table, region) for region in regions(out)}
        whole = told.pop(WHOLE)
        right = sum(groups.count(planted) for groups in told.values())
        told_in_all = sum(map(len, told.values()))
        places = [region["name"] for region in key["regions"]["parameters"]]
        recall = f"in {sum(planted in told[place] for place in places)} of {len(places)}"
        rows += [
            (what, _all(planted), "; ".join(map(_all, whole)) or "none", whole == [planted]),
            (
                f"{what}, region by region",
                "nothing else",
                f"{recall}; {told_in_all - right} others",
                told_in_all == right,
            ),
        ]
    return rows


def _groups(out: Path, table: str, region: str) -> list[set[str]]:
    return [{row.level_1, row.level_2} - {""} for row in claimed(out, table, region).itertuples()]


def _regions(out: Path, truth: Path, key: dict) -> list[tuple]:
    nature = read(out, "region_verdicts").set_index("region")["nature"]
    said = {"behaviour": "behaviour", "level": "level_only", "typical": "none"}
    rows = [
        (
            f"regions that are {kind}" if kind == "typical" else f"regions that differ in {kind}",
            ", ".join(sorted(key["regions"][kind])),
            ", ".join(sorted(nature[nature == name].index)) or "none",
            sorted(key["regions"][kind]) == sorted(nature[nature == name].index),
        )
        for kind, name in said.items()
    ]
    turned = claimed(out, "profile_reversals").query("measure == 'avg_order_value'")
    found = ", ".join(f"{row.measure} by {row.dimension}" for row in turned.itertuples()) or "none"
    return [
        *rows,
        ("difference that turns round (Simpson)", "avg_order_value by channel", found, len(turned) > 0),
    ]


def _conduct(out: Path, truth: Path, key: dict) -> list[tuple]:
    moved = key["channel_shift"]["region"]
    regions = [region["name"] for region in key["regions"]["parameters"]]
    online = [
        region for region in regions if (claimed(out, "profile_tests", region)["question"] == "channel").any()
    ]
    tests = claimed(out, "profile_tests").set_index("question")
    returns = tests.loc["return"] if "return" in tests.index else None
    text = f"{returns['value_a']:.0%} to {returns['value_b']:.0%}" if returns is not None else "none"
    topic = read(out, "profile_complaints").sort_values("rank")["topic"].iloc[0]
    return [
        ("regions that move online", moved, ", ".join(online) or "none", online == [moved]),
        (
            "satisfaction and coming back",
            "the satisfied stay longer",
            text,
            returns is not None and returns["difference"] > 0,
        ),
        (
            "most frequent complaint",
            key["complaints"]["most_frequent"],
            topic,
            topic == key["complaints"]["most_frequent"],
        ),
    ]


def _campaigns(out: Path, truth: Path, key: dict) -> list[tuple]:
    past = read(out, "plan_past").set_index("strategy")
    return [
        (
            f"campaign {campaign['name']}",
            "works" if campaign["works"] else "does nothing",
            f"{past.loc[campaign['name'], 'verdict']}, {past.loc[campaign['name'], 'uplift_points']:+.1f} points",
            (past.loc[campaign["name"], "verdict"] == "worked") == campaign["works"],
        )
        for campaign in key["campaigns"]
    ]


def _list(verdicts: dict[str, str]) -> str:
    return ", ".join(f"{name} {verdicts[name]}" for name in sorted(verdicts)) or "none"


def _all(levels: set[str]) -> str:
    return " and ".join(sorted(levels))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.city_retail.against", description=__doc__)
    parser.add_argument("out", type=Path, help="a run of all regions and the whole")
    parser.add_argument("--truth", type=Path, default=ROOT / "data/truth/city_retail")
    parser.add_argument(
        "--null", action="store_true", help="a run of a copy without relations: print what it claims"
    )
    given = parser.parse_args()
    print(claims(given.out).to_string() if given.null else markdown(comparison(given.out, given.truth)))


if __name__ == "__main__":
    main()
