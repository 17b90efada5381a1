"""What the index is made of: what differs between regions, a panel and a line of the table for each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from custkit import schema
from custkit.show import colours, numbers, parts
from custkit.words import Words

PANELS = 12  # shown at once; further ones are folded away
_TOP = 4.0  # times its own average month; a higher bar is cut
WIDTH, HEIGHT = 240, 56  # of the chart of months, in its own units
_ANSWERS = (1, 5)  # the scale of satisfaction
_PREFIXES = ("region_", "reversal")  # keys of the findings of 02 that compare regions
_OF_ITSELF = ("region_own_", "region_no_", "region_alone")  # and those that name no region

# Columns of the table after the region's name, and how their values read.
_COLUMNS = {
    "customers": "count",
    "buyers": "count",
    "spend": "money",
    "share_of_spend": "share",
    "avg_order_value": "money",
    "share_high": "share",
    "recency_days": "count",
    "share_online": "share",
    "satisfaction": "answer",
    "n_different": "count",
}
_MEASURES = ("avg_order_value", "recency_days", "share_online", "satisfaction")  # of region_contrasts


@dataclass(frozen=True)
class Cell:
    """``sort``: what the line is sorted by; None where there is no value, which stands last."""

    text: str
    sort: float | str | None
    bar: float | None = None


@dataclass(frozen=True)
class Line:
    """A region in the table; ``href`` is empty where there is no report."""

    name: str
    href: str
    status: str
    cells: list[Cell]


@dataclass(frozen=True)
class Regions:
    """The tables that the regions wrote, read once.

    ``contrasts`` and ``verdicts`` are the whole's, or, where it was not run, what each region wrote of itself.
    """

    segments: Mapping[str, pd.DataFrame]  # by slug
    months: Mapping[str, pd.DataFrame]
    contrasts: pd.DataFrame
    verdicts: pd.DataFrame


def read(out: Path, rows: Sequence[Mapping]) -> Regions:
    """What there is to compare, of regions whose notebooks finished."""
    folders = {
        row["slug"]: out / "regions" / row["slug"] for row in rows if row["status"] in ("done", "short")
    }
    whole = [row["slug"] for row in rows if row["region"] == parts.WHOLE and row["slug"] in folders]
    sources = whole or list(folders)
    return Regions(
        segments={slug: _table(folder, "segments") for slug, folder in folders.items()},
        months={slug: _table(folder, "profile_months") for slug, folder in folders.items()},
        contrasts=pd.concat(
            [_table(folders[slug], "region_contrasts") for slug in sources]
            or [schema.empty("region_contrasts")]
        ),
        verdicts=pd.concat(
            [_table(folders[slug], "region_verdicts") for slug in sources]
            or [schema.empty("region_verdicts")]
        ),
    )


def differences(out: Path, rows: Sequence[Mapping], words: Words) -> list[dict]:
    """The sentences on what differs between regions: ``lead``, and ``details`` where it is about one region."""
    whole = [row for row in rows if row["region"] == parts.WHOLE]
    groups = []
    for row in whole or rows:
        for finding in parts.findings(out / "regions" / row["slug"], words):
            key = finding["key"]
            if not key.startswith(_PREFIXES) or (not whole and key.startswith(_OF_ITSELF)):
                continue
            # A finding of a measure follows the one that names its region.
            if groups and words.has(f"label.measure.{key.removeprefix('region_')}"):
                groups[-1]["details"].append(finding["text"])
            else:
                groups.append({"lead": finding["text"], "details": []})
    return groups


def columns(found: Regions) -> list[str]:
    """The columns of the table: a measure that no region has is left out."""
    measured = set(found.contrasts.loc[found.contrasts["value"].notna(), "measure"])
    return [name for name in _COLUMNS if name not in _MEASURES or name in measured]


def line(row: Mapping, rows: Sequence[Mapping], found: Regions, words: Words, currency: str) -> Line:
    """A region, or the whole, as a line of the table."""
    is_whole = row["region"] == parts.WHOLE
    whole = next((other["spend"] for other in rows if other["region"] == parts.WHOLE), 0)
    largest = max((other["spend"] for other in rows if other["region"] != parts.WHOLE), default=0)
    values = {name: row[name] for name in ("customers", "buyers", "spend")}
    values["share_of_spend"] = row["spend"] / whole if whole else None
    values["share_high"] = dict(_tiers(found, row["slug"])).get("high")
    own = found.contrasts if is_whole else found.contrasts[found.contrasts["region"] == row["region"]]
    column = "whole" if is_whole else "value"
    values |= dict(zip(own["measure"], own[column], strict=True))
    verdict = found.verdicts[(found.verdicts["region"] == row["region"]) & (found.verdicts["n_measures"] > 0)]
    values["n_different"] = None if verdict.empty else verdict["n_different"].iloc[0]
    made = {name: _cell(values.get(name), _COLUMNS[name], currency) for name in columns(found)}
    if largest > 0 and not is_whole and "share_of_spend" in made:
        share = made["share_of_spend"]
        made["share_of_spend"] = Cell(share.text, share.sort, max(0.0, row["spend"] / largest))
    return Line(
        name=parts.region_name(row["region"], words),
        href="" if row["status"] == "failed" else row["slug"],
        status=row["status"],
        cells=list(made.values()),
    )


def panels(rows: Sequence[Mapping], found: Regions, words: Words, currency: str) -> list[dict]:
    """A small picture of each region that was done, all on the same scales: tiers, months, satisfaction, differences."""
    done = [row for row in rows if row["status"] == "done" and row["region"] != parts.WHOLE]
    spans = [found.months[row["slug"]]["month"] for row in done if len(found.months[row["slug"]])]
    months = pd.date_range(min(map(min, spans)), max(map(max, spans)), freq="MS") if spans else []
    times = {row["slug"]: _times(found.months[row["slug"]]) for row in done}
    top = min(_TOP, max((one.max() for one in times.values() if len(one)), default=1.0))
    return [
        {
            "name": parts.region_name(row["region"], words),
            "slug": row["slug"],
            "customers": row["customers"],
            "spend": row["spend"],
            "tiers": [
                {
                    "name": words.label("tier3", label),
                    "share": share,
                    "colour": colours.colour("tier3", label),
                }
                for label, share in _tiers(found, row["slug"])
            ],
            "months": _months(found.months[row["slug"]], times[row["slug"]], months, top, currency),
            "satisfaction": _satisfaction(found.contrasts, row["region"]),
            "differences": _differences(found.contrasts, row["region"], words),
        }
        for row in done
    ]


def _table(folder: Path, name: str) -> pd.DataFrame:
    """A table of a region; without rows where nobody wrote it: what needs it is then left out."""
    path = folder / "tables" / f"{name}.parquet"
    return pd.read_parquet(path) if path.is_file() else schema.empty(name)


def _tiers(found: Regions, slug: str) -> list[tuple[str, float]]:
    """Labels of the three tiers, best first, and their share of the scored customers."""
    segments = found.segments.get(slug, schema.empty("segments"))
    tiers = segments[(segments["scheme"] == "tier3") & segments["is_scored"].astype(bool)]
    shares = dict(zip(tiers["label"], tiers["share_of_customers"], strict=True))
    return [(label, shares[label]) for label in colours.order("tier3", shares)]


def _cell(value: object, kind: str, currency: str) -> Cell:
    if value is None or pd.isna(value):
        return Cell("–", None)
    shown = {
        "count": numbers.count,
        "share": numbers.share,
        "money": lambda amount: numbers.amount(amount, currency),
        "answer": lambda answer: numbers.plain(answer, 2),
    }
    return Cell(shown[kind](value), float(value))


def _times(table: pd.DataFrame) -> pd.Series:
    """Spend of each month in units of the region's own average complete month; none without money to speak of."""
    complete = table.loc[~table["is_partial"].astype(bool), "spend"]
    if complete.empty or complete.mean() <= 0:
        return pd.Series(dtype=float)
    return (table["spend"] / complete.mean()).clip(lower=0.0)


def _months(
    table: pd.DataFrame, times: pd.Series, months: Sequence[pd.Timestamp], top: float, currency: str
) -> dict | None:
    """Bars of spend by month, of which ``top`` is the highest that fits: shapes can be compared, sizes cannot."""
    if times.empty:
        return None
    step = WIDTH / len(months)
    place = {month: position for position, month in enumerate(months)}
    bars = []
    for month, spend, is_partial, size in zip(
        table["month"], table["spend"], table["is_partial"], times, strict=True
    ):
        height = min(size / top, 1.0) * HEIGHT
        bars.append(
            {
                "x": round(place[month] * step, 2),
                "y": round(HEIGHT - height, 2),
                "width": round(max(step - 1, step * 0.7), 2),
                "height": round(height, 2),
                "partial": bool(is_partial),
                "cut": bool(size > top),
                "title": f"{month:%Y-%m}: {numbers.amount(spend, currency)}",
            }
        )
    average = round(HEIGHT * (1 - 1 / max(top, 1.0)), 2)
    return {"bars": bars, "average": average, "first": f"{months[0]:%Y-%m}", "last": f"{months[-1]:%Y-%m}"}


def _satisfaction(contrasts: pd.DataFrame, region: str) -> dict | None:
    """Where the mean answer and its interval lie on the scale, in per cent of its length."""
    own = contrasts[(contrasts["region"] == region) & (contrasts["measure"] == "satisfaction")].dropna(
        subset=["typical"]
    )
    if own.empty:
        return None
    row = own.iloc[0]
    lowest, highest = _ANSWERS
    at = {
        name: round(100 * min(max((row[name] - lowest) / (highest - lowest), 0.0), 1.0), 2)
        for name in ("value", "value_low", "value_high", "typical")
    }
    texts = {name: numbers.plain(row[name], 2) for name in at}
    return {"at": at, "texts": texts, "customers": int(row["n"])}


def _differences(contrasts: pd.DataFrame, region: str, words: Words) -> list[dict]:
    own = contrasts[(contrasts["region"] == region) & contrasts["verdict"].isin(["higher", "lower"])]
    return [
        {
            "measure": _short(measure, words),
            "verdict": verdict,
            "side": words.label("verdict", verdict),
        }
        for measure, verdict in zip(own["measure"], own["verdict"], strict=True)
    ]


def _short(measure: str, words: Words) -> str:
    """A measure by the name of its column in the table, where it has one."""
    column = f"page.index.column.{measure}"
    return words(column) if words.has(column) else words.label("measure", measure)
