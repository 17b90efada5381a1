"""What pages are made of: findings, charts, tables, plans and accounts of a run, as plain values for templates."""

import base64
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd

from custkit import ledger, schema
from custkit.show import cells, chapters, colours, emphasis, numbers
from custkit.show.chapters import Chapter
from custkit.words import Words

WHOLE = "all"

# A chapter with more than _MOST findings folds them away after _FIRST.
_MOST, _FIRST = 7, 5
# A figure lower than this only says why there is no chart (plots.style.nothing): the page does without.
_ONE_LINE = 100  # pixels
_MEANS = ("mean_rating", "orders_per_customer")  # KPIs that are small numbers with decimals
# Of `segments`; a scheme that is not named stays in the notebook.
SCHEMES = ("tier3", "rfm8", "segment_map")


def region_name(name: str, words: Words) -> str:
    keys = {WHOLE: "page.whole", schema.NO_REGION: "page.no_region"}
    return words(keys[name]) if name in keys else name


def findings(folder: Path, words: Words) -> list[dict]:
    """Sentences of all notebooks in their own order, each with its key and the name of its chapter."""
    tables = [_read(folder, f"findings_{number}") for number in schema.NOTEBOOK_TABLES]
    return [finding for table in tables if len(table) for finding in _sentences(table, words)]


def headlines(stated: list[dict]) -> list[dict]:
    """The findings that someone who reads nothing else should read: the most important ones, in the report's order."""
    chosen = [
        finding
        for key, which in chapters.HEADLINES.items()
        for finding in [finding for finding in stated if finding["key"] == key][which]
    ]
    order = [chapter.name for chapter in chapters.CHAPTERS]
    return sorted(chosen[: chapters.MOST_HEADLINES], key=lambda finding: order.index(finding["chapter"]))


def chapter(which: Chapter, folder: Path, stated: list[dict], words: Words, currency: str) -> dict:
    """All that a page shows of one chapter; ``shown`` is false when that is nothing."""
    own = [finding for finding in stated if finding["chapter"] == which.name]
    leading = [finding for key in which.first for finding in own if finding["key"] == key]
    ordered = leading + [finding for finding in own if finding not in leading]
    fold = _FIRST if len(ordered) > _MOST else len(ordered)
    contents = {
        "findings": [finding["text"] for finding in ordered[:fold]],
        "further": [finding["text"] for finding in ordered[fold:]],
        "figures": _figures(folder, which.figures, words),
        "folded": _figures(folder, which.folded, words),
        "tables": _tables(folder, which.shown, words, currency),
        "plan": _plan(folder, words, currency) if which.name == "plan" else [],
    }
    (path, *_) = [*sorted((folder / "notebooks").glob(f"{which.notebook}_*.ipynb")), None]
    notebook = path and {"name": path.stem, "page": f"notebooks/{path.stem}.html"}
    return {"name": which.name, "notebook": notebook, "shown": any(contents.values()), **contents}


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


def first_balances(balances: list[dict]) -> list[dict]:
    """For the top of a page only the accounts that money goes through; all of them stand further down."""
    return [balance for balance in balances if len(balance["measures"]) > 1] or balances[:1]


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


def _read(folder: Path, name: str) -> pd.DataFrame:
    """A table of a region or of the run; without rows when nobody wrote it: what needs it is then left out."""
    path = folder / "tables" / f"{name}.parquet"
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def _sentences(table: pd.DataFrame, words: Words) -> list[dict]:
    """Each finding's key, its chapter, and its sentence with what was computed standing out."""
    names = ("notebook", "key", "table", f"text_{words.lang}", "values", "recipes")
    return [
        {
            "key": key,
            "chapter": chapters.of_finding(key, about, notebook).name,
            "text": emphasis.emphasise(text, key, json.loads(values), json.loads(recipes), words),
        }
        for notebook, key, about, text, values, recipes in zip(*(table[name] for name in names), strict=True)
    ]


def _figures(folder: Path, names: tuple[str, ...], words: Words) -> list[dict]:
    # A chart is named for the notebook that drew it; a chapter may hold charts of two.
    paths = {name: next((folder / "figures").glob(f"[0-9][0-9]_{name}.png"), None) for name in names}
    pictures = {name: path.read_bytes() for name, path in paths.items() if path}
    return [
        {"data": base64.b64encode(png).decode("ascii"), "alt": words(f"figure.{name}.alt")}
        for name, png in pictures.items()
        if int.from_bytes(png[20:24], "big") > _ONE_LINE  # the height stands there in the head of every PNG
    ]


def _tables(
    folder: Path, shown: dict[str, tuple[str, ...]], words: Words, currency: str
) -> list[cells.Table]:
    return [
        cells.table(part[list(columns)], words, currency=currency, caption=caption, scheme=scheme)
        for name, columns in shown.items()
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


def _plan(folder: Path, words: Words, currency: str) -> list[dict]:
    """Strategies as cards: for whom, the elements, and what will tell whether it worked."""
    return [_strategy(row, words, currency) for row in _read(folder, "plan").to_dict("records")]


def _strategy(row: dict, words: Words, currency: str) -> dict:
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
    facts |= {"budget": numbers.amount(known["budget"], currency)} if "budget" in known else {}
    assumed = "page.plan.assumption.tested" if "n_held_out" in known else "page.plan.assumption"
    return {
        "name": words.label("strategy", row["strategy"])
        if words.has(f"label.strategy.{row['strategy']}")
        else words.label("strategy", strategy) + (f" · {subject}" if subject else ""),
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
    if row["kpi"].endswith("_rate"):
        return numbers.share(value)
    return numbers.plain(value, 2) if row["kpi"] in _MEANS else numbers.short(value, words.lang)


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
