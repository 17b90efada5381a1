"""A table as a notebook shows it: numbers as text, an interval in one cell, words instead of keys."""

import datetime

import numpy as np
import pandas as pd

from custkit.words import Words

# Shares by other names than `share_...`.
_SHARES = (
    "opened",
    "joined",
    "precision",
    "held_out_precision",
    "margin_rate",
    "smallest_change",
    "reference",
)
_WIDE = 9  # columns; a single row with more of them stands upright
_LARGE = 10_000  # amounts as large have no cents, unless small numbers stand beside them


def table(frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """A copy for the eye, as text in the language of ``words``.

    Numbers of one column have one form; where a row says what it measures (``measure``, ``kpi``), one form for each of
    these. A pair of columns ``x_low``, ``x_high`` becomes one column ``x_interval``. Columns without any value are left
    out, and rows bear no numbers. A single row of many columns stands upright.
    """
    kept = (frame.dropna(axis="columns", how="all") if len(frame) else frame).reset_index(drop=True)
    measured = next((kept[name] for name in ("measure", "kpi") if name in kept), pd.Series("", kept.index))
    pairs = _pairs(list(kept))
    ends = pairs | {high: low for low, high in pairs.items()}
    texts = pd.DataFrame(index=kept.index)
    for name in kept:
        alike = kept[[name, ends[name]]] if name in ends else kept[[name]]
        texts[name] = _texts(name, kept[name], _decimals(alike, measured), words)
    texts = texts.loc[:, (texts != "").any() | texts.empty].astype("str")
    shown = words.table(_with_intervals(texts, pairs, words))
    shown.index = [""] * len(shown)
    return shown.T if len(shown) == 1 and shown.shape[1] > _WIDE else shown


def _pairs(names: list[str]) -> dict[str, str]:
    """The lower end of each interval with its upper end."""
    lows = [name for name in names if name == "low" or name.endswith("_low") or name == "low_points"]
    pairs = {low: low.replace("low", "high") for low in lows}
    return {low: high for low, high in pairs.items() if high in names}


def _decimals(alike: pd.DataFrame, measured: pd.Series) -> list[int]:
    """Decimals of each row: as few as show the numbers of its measure, over all columns that must look alike."""
    numeric = alike.select_dtypes("number").astype(float).abs().replace({0.0: np.nan, np.inf: np.nan})
    groups = numeric.groupby(measured.astype(str))
    sizes = {key: group.stack().dropna() for key, group in groups} if numeric.shape[1] else {}
    return [_places(sizes.get(str(key), pd.Series(dtype=float))) for key in measured]


def _places(sizes: pd.Series) -> int:
    if (sizes == sizes.round()).all() or (sizes.max() >= _LARGE and sizes.min() >= 10):
        return 0
    return 3 if sizes.min() < 0.01 and sizes.max() < 0.1 else 2


def _texts(name: str, column: pd.Series, decimals: list[int], words: Words) -> list[str]:
    return [_text(name, value, places, words) for value, places in zip(column, decimals, strict=True)]


def _text(name: str, value: object, decimals: int, words: Words) -> str:
    """Shares as per cent, thousands parted, days as days, months as months; nothing where nothing is."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        # A column whose two values have words of their own (a complete month) gets them from `words.table`.
        return str(value) if words.has(f"label.{name}.{value}") else words(f"label.yes_no.{value}")
    if isinstance(value, (pd.Timestamp, datetime.date)):
        return value.isoformat()[: 7 if name == "month" else 10]
    if not isinstance(value, (int, float, np.number)):
        return str(value)
    if not np.isfinite(value):
        return ""
    if name == "p" or name.startswith("p_"):
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    if (
        name.startswith("share")
        or name.endswith("_share")
        or name.split("_low")[0].split("_high")[0] in _SHARES
    ):
        return f"{value:.1%}"
    return f"{value:z,.{decimals}f}"


def _with_intervals(texts: pd.DataFrame, pairs: dict[str, str], words: Words) -> pd.DataFrame:
    """Each pair of ends as one column at the place of the lower end."""
    for low, high in pairs.items():
        if low not in texts or high not in texts:
            continue
        ends = [
            words("interval.ends", low=a, high=b) if a and b else ""
            for a, b in zip(texts[low], texts[high], strict=True)
        ]
        told = texts.assign(**{low: ends}).drop(columns=high)
        texts = told.rename(columns={low: low.replace("low", "interval")})
    return texts
