"""What pages are made of: findings, charts, tables, plans and accounts of a run, as plain values for templates."""

import base64
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd

from custkit import ledger, schema
from custkit.show import cells, colours, emphasis, numbers
from custkit.words import Words

WHOLE = "all"

# Findings that stand at the top of a page, by notebook, most important first; of sentences with one key, which of them.
# They also lead their section, where it has more than _MOST findings: the others are then folded away after _FIRST.
_MOST, _FIRST = 8, 6
HEADLINES: dict[str, dict[str, int]] = {
    "02": {
        "profile_giant": 0,
        "profile_top_buyers": -1,
        "profile_one_orders": 0,
    },  # the widest of the top shares
    "03": {"rfm_tier": 0, "rfm_cannot_lose": 0},  # the tier with most spend
    "04": {f"cluster_verdict_{verdict}": 0 for verdict in ("groups", "slices", "none", "given")},
    "05": {"brands_weakness": 0, "brands_strength": 0},
    "06": {"plan_first": 0, "plan_covers": 0},
}

# Tables of a region that its page shows, by notebook, with the columns that it shows of them.
_SHARES = ("customers", "share_of_customers", "spend", "share_of_spend")
_MEDIANS = ("median_recency_days", "median_n_orders", "median_avg_order_value")
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "03": {"segments": ("label", *_SHARES)},
    "04": {"cluster_profile": ("label", *_SHARES, *_MEDIANS)},
    "05": {
        "brand_gaps": ("attribute", "own", "mean_of_rivals", "verdict", "best", "best_brand", "importance")
    },
}
# A figure lower than this only says why there is no chart (plots.style.nothing): the page does without.
_ONE_LINE = 100  # pixels
# Of `segments`; a scheme that is not named stays in the notebook.
SCHEMES = ("tier3", "rfm8", "segment_map")


def region_name(name: str, words: Words) -> str:
    keys = {WHOLE: "page.whole", schema.NO_REGION: "page.no_region"}
    return words(keys[name]) if name in keys else name


def findings(folder: Path, words: Words) -> dict[str, list[dict]]:
    """Sentences of each notebook in its own order, each with its key."""
    read = {number: _read(folder, f"findings_{number}") for number in schema.NOTEBOOK_TABLES}
    return {number: _sentences(table, words) for number, table in read.items() if len(table)}


def headlines(stated: dict[str, list[dict]]) -> list[dict]:
    """The findings that someone who reads nothing else should read, each with its notebook."""
    return [
        {"number": number, "text": finding["text"]}
        for number in HEADLINES
        for finding in _leading(number, stated.get(number, []))
    ]


def section(folder: Path, number: str, stated: dict, words: Words, currency: str) -> dict:
    """All that a page shows of one notebook; ``shown`` is false when that is nothing."""
    first, rest = _folded(number, stated.get(number, []))
    contents = {
        "findings": [finding["text"] for finding in first],
        "further": [finding["text"] for finding in rest],
        "figures": _figures(folder, number, words),
        "tables": _tables(folder, number, words, currency),
        "plan": _plan(folder, words) if number == "06" else [],
    }
    return {"number": number, "shown": any(contents.values()), **contents}


def accounts(folder: Path, region: str, document: dict) -> tuple[str, list[dict]]:
    """Whose accounts a page can show, and their steps: the region's own, or, where 01 did not run, the whole's."""
    own = _read(folder, "ledger_steps")
    if own.empty or region == WHOLE:
        return "whole", document["steps"]
    decimals = max((len(step["money_in"].partition(".")[2]) for step in document["steps"]), default=2)
    money = [name for name in own.columns if name.startswith("money")]
    exact = own.assign(**{name: [f"{amount:.{decimals}f}" for amount in own[name]] for name in money})
    return "region", exact.to_dict("records")


def balances(steps: list[dict], words: Words) -> list[dict]:
    """Each table's accounts: the whole way from what came in to what is kept, and the steps that took something."""
    tables = dict.fromkeys(step["table"] for step in steps)
    return [_balance(table, [step for step in steps if step["table"] == table], words) for table in tables]


def warnings(document: dict, words: Words) -> list[str]:
    """What was noticed at reading and cleaning, over all regions, in the language of the page."""
    return ledger.texts(document["warnings"], words.lang)


def rejections(out: Path, region: str, words: Words) -> list[tuple[str, int]]:
    """Why a region's rows were set aside: the words of each rule and its rows, most first."""
    all_regions = _read(out, "accounts")
    if all_regions.empty:
        return []
    rejected = ledger.rejections(all_regions[all_regions["region"] == region])
    by_rule = rejected.groupby("rule", sort=False)["rows"].sum().sort_values(ascending=False, kind="stable")
    return [(words.label("rule", rule), rows) for rule, rows in by_rule.items()]


def notebooks(folder: Path) -> list[dict]:
    """Executed notebooks of a region: the page to read, and the file for JupyterLab."""
    return [
        {"name": path.stem, "page": f"notebooks/{path.stem}.html", "file": f"notebooks/{path.name}"}
        for path in sorted((folder / "notebooks").glob("*.ipynb"))
    ]


def line(out: Path, row: dict, whole: dict | None, rows: list[dict], words: Words) -> dict:
    """A region as a line of the index: its share of the whole, a bar to the largest region, its tiers."""
    largest = max((other["spend"] for other in rows if other["region"] != WHOLE), default=0)
    segments = _read(out / "regions" / row["slug"], "segments")
    tiers = segments[(segments["scheme"] == "tier3") & segments["is_scored"]] if len(segments) else segments
    by_label = dict(zip(tiers["label"], tiers["share_of_customers"], strict=True)) if len(tiers) else {}
    return {
        **row,
        "name": region_name(row["region"], words),
        "share": row["spend"] / whole["spend"] if whole and whole["spend"] else None,
        "bar": max(0.0, row["spend"] / largest) if largest > 0 and row["region"] != WHOLE else None,
        "tiers": [
            {
                "name": words.label("tier3", label),
                "share": by_label[label],
                "colour": colours.colour("tier3", label),
            }
            for label in colours.order("tier3", by_label)
        ],
    }


def _read(folder: Path, name: str) -> pd.DataFrame:
    """A table of a region or of the run; without rows when nobody wrote it: what needs it is then left out."""
    path = folder / "tables" / f"{name}.parquet"
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def _sentences(table: pd.DataFrame, words: Words) -> list[dict]:
    """Each finding's key, and its sentence with what was computed standing out."""
    columns = [table[name] for name in ("key", f"text_{words.lang}", "values", "recipes")]
    return [
        {"key": key, "text": emphasis.emphasise(text, key, json.loads(values), json.loads(recipes), words)}
        for key, text, values, recipes in zip(*columns, strict=True)
    ]


def _leading(number: str, findings: list[dict]) -> list[dict]:
    by_key = {
        key: [finding for finding in findings if finding["key"] == key] for key in HEADLINES.get(number, {})
    }
    return [found[HEADLINES[number][key]] for key, found in by_key.items() if found]


def _folded(number: str, findings: list[dict]) -> tuple[list[dict], list[dict]]:
    """Findings that a section shows, and those that it folds away."""
    if len(findings) <= _MOST:
        return findings, []
    leading = _leading(number, findings)
    ordered = leading + [finding for finding in findings if finding not in leading]
    return ordered[:_FIRST], ordered[_FIRST:]


def _figures(folder: Path, number: str, words: Words) -> list[dict]:
    names = schema.NOTEBOOK_FIGURES.get(number, ())
    paths = {name: folder / "figures" / f"{number}_{name}.png" for name in names}
    pictures = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    return [
        {"data": base64.b64encode(png).decode("ascii"), "alt": words(f"figure.{name}.alt")}
        for name, png in pictures.items()
        if int.from_bytes(png[20:24], "big") > _ONE_LINE  # the height stands there in the head of every PNG
    ]


def _tables(folder: Path, number: str, words: Words, currency: str) -> list[cells.Table]:
    return [
        cells.table(part[list(columns)], words, currency=currency, caption=caption, scheme=scheme)
        for name, columns in TABLES.get(number, {}).items()
        for caption, part, scheme in _divided(name, _read(folder, name), words)
        if len(part)
    ]


def _divided(name: str, table: pd.DataFrame, words: Words) -> list[tuple[str, pd.DataFrame, str]]:
    """Caption, rows and scheme of each table that is shown for one that is stored."""
    if table.empty:
        return []
    if name == "segments":
        return [
            (words.label("scheme", scheme), table[table["scheme"] == scheme], scheme) for scheme in SCHEMES
        ]
    caption = words(f"page.table.{name}")
    if name == "cluster_profile":  # slice 0 stands for all buyers, where nothing parts them
        return [(caption, table[table["slice"] > 0].rename(columns={"slice": "label"}), "cluster")]
    return [(caption, table, "")]


def _plan(folder: Path, words: Words) -> list[dict]:
    """Strategies as cards: for whom, the elements, and what will tell whether it worked."""
    return [_strategy(row, words) for row in _read(folder, "plan").to_dict("records")]


def _strategy(row: dict, words: Words) -> dict:
    # A strategy for one attribute of a brand is named "close_gap:quality".
    strategy, _, subject = row["strategy"].partition(":")
    scheme, _, label = row["target_group"].partition(":")
    known = {name: value for name, value in row.items() if not pd.isna(value) and value not in ("", 0)}
    days = [known[name].date().isoformat() for name in ("start", "end") if name in known]
    facts = {name: known[name] for name in ("department", "owner", "channel") if name in known}
    facts |= {"window": " – ".join(days)} if days else {}
    facts |= {"kpi": words.label("kpi", row["kpi"])} if "kpi" in known else {}
    facts |= {"baseline": _level(row, known["baseline"], words)} if "baseline" in known else {}
    facts |= {"target": _target(row, words)} if "target" in known else {}
    facts |= {name: numbers.count(known[name]) for name in ("n_treated", "n_held_out") if name in known}
    assumed = "page.plan.assumption.tested" if "n_held_out" in known else "page.plan.assumption"
    return {
        "name": words.label("strategy", strategy) + (f" · {subject}" if subject else ""),
        "group": words(
            "page.plan.for", label=words.label(scheme, label), scheme=words.label("scheme", scheme)
        ),
        "colour": colours.colour(scheme, label),
        "elements": [
            (words.column(name), known[name])
            for name in ("content", "resources", "expected_effect")
            if name in known
        ],
        "facts": [
            (words("page.plan.window") if name == "window" else words.column(name), text)
            for name, text in facts.items()
        ],
        "note": words(assumed) if row["assumption"] else "",
    }


def _level(row: dict, value: float, words: Words) -> str:
    return numbers.share(value) if row["kpi"].endswith("_rate") else numbers.short(value, words.lang)


def _target(row: dict, words: Words) -> str:
    """A change with its sign and of what it is one, or the level to reach."""
    if row["kind"] in ("relative", "points"):
        sign = "+" if row["direction"] == "up" else numbers.MINUS
        change = sign + numbers.plain(
            100 * row["target"], 0 if round(row["target"], 2) == row["target"] else 1
        )
        return words(f"page.plan.{row['kind']}", change=change)
    return _level(row, row["target"], words)


def _balance(table: str, steps: list[dict], words: Words) -> dict:
    first, last = steps[0], steps[-1]
    total = {key: first[key] for key in ("rows_in", "money_in")} | {
        key: last[key] for key in ("kept", "money_kept")
    }
    for fate in ("quarantined", "merged", "out_of_scope"):
        total[fate] = sum(step.get(fate, 0) for step in steps)
        total[f"money_{fate}"] = str(sum(Decimal(step.get(f"money_{fate}", "0")) for step in steps))
    fates = ["kept", "quarantined", "merged", *(["out_of_scope"] if total["out_of_scope"] else [])]
    taking = [step for step in steps if step["kept"] != step["rows_in"]]
    has_money = any(Decimal(step["money_in"]) for step in steps)
    return {
        "table": words.label("table", table),
        "fates": [
            {"key": fate, "name": words.label("fate", fate), "colour": colours.colour("fate", fate)}
            for fate in fates
        ],
        "steps": [{**step, "step": words.label("step", step["step"])} for step in taking],
        "total": total,
        "measures": [
            {"prefix": prefix, "in": came_in, "whole": float(total[came_in])}
            for prefix, came_in in (("", "rows_in"), ("money_", "money_in"))
            if has_money or not prefix
        ],
    }
