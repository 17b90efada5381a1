"""What pages are made of: findings, charts, tables, plans and accounts of a run, as plain values for templates."""

import base64
from decimal import Decimal
from pathlib import Path

import pandas as pd

from custkit import schema
from custkit.show import cells, colours, numbers
from custkit.words import Words

WHOLE = "all"
NO_REGION = "(none)"

# Notebooks whose first finding stands at the top of a page: 01 is about the data, not about the customers.
HEADLINES = ("02", "03", "04", "05", "06")

# Tables of a region that its page shows, by notebook, with the columns that it shows of them.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "03": {"segments": ("label", "customers", "share_of_customers", "spend", "share_of_spend")},
}
SCHEMES = ("tier3", "rfm8", "segment_map")  # of `segments`: the others stay in the notebook

# What each element of a strategy is called in `plan`, in the order in which a card lists them.
PLAN_ELEMENTS = ("content", "resources", "expected_effect")


def region_name(name: str, words: Words) -> str:
    return (
        words({WHOLE: "page.whole", NO_REGION: "page.no_region"}[name])
        if name in (WHOLE, NO_REGION)
        else name
    )


def _read(folder: Path, name: str) -> pd.DataFrame:
    """A table of a region; without rows when no notebook wrote it, so that its section is left out."""
    path = folder / "tables" / f"{name}.parquet"
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def findings(folder: Path, words: Words) -> dict[str, list[dict]]:
    """Sentences of each notebook in its own order, each with how many rows it speaks of."""
    read = {number: _read(folder, f"findings_{number}") for number in schema.NOTEBOOK_TABLES}
    return {
        number: [
            {"text": text, "n": n} for text, n in zip(table[f"text_{words.lang}"], table["n"], strict=True)
        ]
        for number, table in read.items()
        if len(table)
    }


def headlines(findings: dict[str, list[dict]]) -> list[dict]:
    """The first finding of each notebook that has one about at least one row."""
    first = (
        (number, next((one for one in findings.get(number, []) if one["n"]), None)) for number in HEADLINES
    )
    return [{"number": number, "text": finding["text"]} for number, finding in first if finding]


def section(folder: Path, number: str, findings: dict, words: Words, currency: str) -> dict:
    figures, tables = _figures(folder, number, words), _tables(folder, number, words, currency)
    plan = _plan(folder, words) if number == "06" else []
    return {
        "number": number,
        "findings": [finding["text"] for finding in findings.get(number, [])],
        "figures": figures,
        "tables": tables,
        "plan": plan,
        "shown": bool(findings.get(number) or figures or tables or plan),
    }


def _figures(folder: Path, number: str, words: Words) -> list[dict]:
    paths = [folder / "figures" / f"{number}_{name}.png" for name in schema.NOTEBOOK_FIGURES.get(number, ())]
    return [
        {
            "data": base64.b64encode(path.read_bytes()).decode("ascii"),
            "alt": words(f"figure.{path.stem.partition('_')[2]}.alt"),
        }
        for path in paths
        if path.is_file()
    ]


def _tables(folder: Path, number: str, words: Words, currency: str) -> list[cells.Table]:
    shown = []
    for name, columns in TABLES.get(number, {}).items():
        frame = _read(folder, name)
        if frame.empty:
            continue
        if name == "segments":
            present = [scheme for scheme in SCHEMES if (frame["scheme"] == scheme).any()]
            parts = [
                (scheme, words.label("scheme", scheme), frame[frame["scheme"] == scheme])
                for scheme in present
            ]
        else:
            parts = [("", words(f"page.table.{name}"), frame)]
        shown += [
            cells.table(part[list(columns)], words, currency=currency, caption=caption, scheme=scheme)
            for scheme, caption, part in parts
        ]
    return shown


def _plan(folder: Path, words: Words) -> list[dict]:
    """Strategies as cards: for whom, the elements, and what will tell whether it worked."""
    return [_strategy(row, words) for row in _read(folder, "plan").to_dict("records")]


def _strategy(row: dict, words: Words) -> dict:
    scheme, _, label = row["target_group"].partition(":")
    known = {name: value for name, value in row.items() if not pd.isna(value) and value != ""}
    days = [known[name].date().isoformat() for name in ("start", "end") if name in known]
    facts = {name: known[name] for name in ("department", "owner", "channel") if name in known}
    facts |= {"period": " – ".join(days)} if days else {}
    facts |= {"kpi": words.label("kpi", row["kpi"])} if "kpi" in known else {}
    facts |= {
        name: _kpi_value(row["kpi"], known[name], words) for name in ("baseline", "target") if name in known
    }
    facts |= {name: numbers.count(known[name]) for name in ("n_treated", "n_held_out") if name in known}
    return {
        "name": words.label("strategy", row["strategy"]),
        "group": words.label(scheme, label),
        "colour": colours.colour(scheme, label),
        "elements": [(words.column(name), known[name]) for name in PLAN_ELEMENTS if name in known],
        "facts": [(words.column(name), text) for name, text in facts.items()],
        "assumption": bool(row["assumption"]),
    }


def _kpi_value(kpi: str, value: float, words: Words) -> str:
    return numbers.share(value) if kpi.endswith("_rate") else numbers.short(value, words.lang)


def balances(ledger: dict, words: Words) -> list[dict]:
    """Each table's accounts: its lines step by step, and the whole way from what came in to what is kept."""
    tables = dict.fromkeys(step["table"] for step in ledger["steps"])
    return [_balance(table, [s for s in ledger["steps"] if s["table"] == table], words) for table in tables]


def _balance(table: str, steps: list[dict], words: Words) -> dict:
    first, last = steps[0], steps[-1]
    total = {
        "rows_in": first["rows_in"],
        "kept": last["kept"],
        "money_in": first["money_in"],
        "money_kept": last["money_kept"],
    }
    for fate in ("quarantined", "merged", "out_of_scope"):
        total[fate] = sum(step.get(fate, 0) for step in steps)
        total[f"money_{fate}"] = str(
            sum((Decimal(step.get(f"money_{fate}", 0)) for step in steps), Decimal(0))
        )
    fates = [
        fate
        for fate in ("kept", "quarantined", "merged", "out_of_scope")
        if fate != "out_of_scope" or total[fate]
    ]
    has_money = any(Decimal(step["money_in"]) for step in steps)
    return {
        "table": words.label("table", table),
        "fates": [(fate, words.label("fate", fate), colours.colour("fate", fate)) for fate in fates],
        "steps": [{**step, "step": words.label("step", step["step"])} for step in steps],
        "total": total,
        "measures": [("rows_in", ""), ("money_in", "money_")] if has_money else [("rows_in", "")],
    }


def quarantined(row: dict, words: Words) -> list[tuple[str, int]]:
    return [(words.label("rule", reason["rule"]), reason["rows"]) for reason in row["quarantined"]]


def notebooks(folder: Path) -> list[dict]:
    """Executed notebooks of a region, with the page to read where it stands."""
    return [
        {"name": path.stem, "page": f"notebooks/{path.stem}.html", "file": f"notebooks/{path.name}"}
        for path in sorted((folder / "notebooks").glob("*.ipynb"))
    ]


def line(out: Path, row: dict, whole: dict | None, regions: list[dict], words: Words) -> dict:
    """A region as a line of the index: shares of the whole, bars to the largest region."""
    spend, total = float(row["spend"]), float(whole["spend"]) if whole else 0.0
    largest = max([float(other["spend"]) for other in regions], default=0.0)
    segments = _read(out / "regions" / row["slug"], "segments")
    tiers = segments[segments["scheme"] == "tier3"].set_index("label") if len(segments) else segments
    return {
        **row,
        "name": region_name(row["region"], words),
        "spend": spend,
        "share": spend / total if total else None,
        "bar": max(0.0, spend / largest) if largest > 0 and row["region"] != WHOLE else None,
        "tiers": [
            (
                words.label("tier3", label),
                tiers.loc[label, "share_of_customers"],
                colours.colour("tier3", label),
            )
            for label in colours.order("tier3", tiers.index)
        ],
    }
