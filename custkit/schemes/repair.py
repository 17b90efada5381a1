"""The audit of segment maps, and the repair proposed for one that has gaps, overlaps or names out of reach."""

import functools
import itertools
from pathlib import Path

import numpy as np
import pandas as pd

from custkit import schema
from custkit.schemes import segment_map
from custkit.scores import CELLS

_OF_R = Path(__file__).parent / "r_rfm_map.csv"
_WHY = {"gap": "nearest", "overlap": "first_match", "unreachable": "out_of_reach"}


@functools.cache
def _of_r() -> pd.DataFrame:
    return segment_map.given(pd.read_csv(_OF_R), _OF_R.name)


def of_r() -> pd.DataFrame:
    """The map in the README of R's package rfm, in the form of ``segment_map.given``: an example of a map with faults.

    First match wins there too; a customer in a cell without a name is called "Others".

    Source: Hebbali, *rfm: Recency, Frequency and Monetary Value Analysis* (R package, MIT), README.
    """
    return _of_r().copy()


def audit(maps: dict[str, pd.DataFrame], rfm: pd.DataFrame) -> pd.DataFrame:
    """How many faults each map has, and how many of these customers they concern.

    Parameters
    ----------
    maps : name to map, each in the form of ``segment_map.given``
    rfm : one row per scored customer
        ``cell`` ("545"). No rows: the faults are counted, the customers are none.

    Returns
    -------
    one row per map, in the order given
        ``map``; ``names`` and ``cells`` in all; ``gaps`` (cells without a name), ``overlaps`` (cells with more than one),
        ``unreachable`` (names without a cell); ``customers``, of whom ``customers_unnamed`` stand in a gap and
        ``customers_contested`` in an overlap, where only the order of the rows decides.

    Raises
    ------
    TableError
        ``rfm`` has no column ``cell``.
    """
    schema.require(rfm, ["cell"], "rfm")
    held = rfm["cell"].value_counts()
    rows = []
    for name, given in maps.items():
        faults = segment_map.check(given)
        cells = {problem: faults.loc[faults["problem"] == problem, "cell"] for problem in _WHY}
        rows.append(
            {
                "map": name,
                "names": len(segment_map.names(given)),
                "cells": len(CELLS),
                **{f"{problem}s": len(cells[problem]) for problem in ("gap", "overlap")},
                "unreachable": len(cells["unreachable"]),
                "customers": len(rfm),
                "customers_unnamed": int(held.reindex(cells["gap"], fill_value=0).sum()),
                "customers_contested": int(held.reindex(cells["overlap"], fill_value=0).sum()),
            }
        )
    return schema.frame("map_audit", rows)


def repair(given: pd.DataFrame) -> pd.DataFrame:
    """What would mend a map, fault by fault.

    A cell with several names keeps the first, which holds already: only the doubt goes. A cell without a name takes that of the
    nearest cell that has one, where one step is one point in one score; of several names equally near, the one that stands
    first in the map. A name that no cell can reach is given up: to give it one would rename customers.

    Parameters
    ----------
    given : a map in the form of ``segment_map.given``

    Returns
    -------
    one row per fault, in the order of ``segment_map.check``; no rows for a map without fault
        ``cell`` (empty for a name), ``problem`` (gap, overlap, unreachable), ``was`` (the names there, the one that holds first),
        ``proposed`` (empty for a name), ``distance`` (steps to the nearest named cell; empty but for gaps), ``why`` (key:
        first_match, nearest, out_of_reach).
    """
    faults = segment_map.check(given)
    mended, steps = _mended(given)
    gap = (faults["problem"] == "gap").to_numpy()
    table = faults.rename(columns={"segments": "was"}).assign(
        proposed=faults["cell"].map(mended),
        distance=pd.array(faults["cell"].map(steps), dtype="Int64"),
        why=faults["problem"].map(_WHY),
    )
    table["distance"] = table["distance"].where(gap)
    return schema.frame("map_repair", table)


def repaired(given: pd.DataFrame) -> pd.DataFrame:
    """The mended map: every cell named once, and no cell renamed that had a name.

    Returns
    -------
    a map in the form of ``segment_map.given``, names in their order
        The cells of each name in few boxes that do not overlap (each time the largest box that still fits; of equals, the one with
        the lowest scores), so that the order of the rows no longer matters. Written as CSV it can be given with
        ``--set segment_map=PATH``.
    """
    mended, _ = _mended(given)
    inside, bounds = _boxes()
    rows = []
    for name in segment_map.names(given):
        left = (mended == name).to_numpy()
        while left.any():
            fits = ~(inside & ~left).any(axis=1)
            best = np.argmax(np.where(fits, inside.sum(axis=1), 0))
            rows.append((name, *bounds[best]))
            left = left & ~inside[best]
    return pd.DataFrame(rows, columns=["segment", *segment_map.BOUNDS]).astype({"segment": "str"})


def _mended(given: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Each cell's name once the gaps are filled, and the steps to the cell that the name came from (0: its own)."""
    held = segment_map.by_cell(given)
    place = {name: place for place, name in enumerate(segment_map.names(given))}
    named = held.notna().to_numpy()
    steps = np.abs(segment_map.SCORES[:, None] - segment_map.SCORES[named]).sum(axis=2)
    # Steps first, then the order of the map: ranked together in one number.
    rank = steps * len(place) + held[named].map(place).to_numpy()
    nearest = rank.argmin(axis=1)
    names = held[named].take(nearest).set_axis(held.index)
    return names, pd.Series(steps.min(axis=1), index=held.index)


@functools.cache
def _boxes() -> tuple[np.ndarray, np.ndarray]:
    """All boxes of cells: which of the 125 cells each holds, and its bounds."""
    spans = [(low, high) for low in range(1, 6) for high in range(low, 6)]
    bounds = np.array([r + f + m for r, f, m in itertools.product(spans, repeat=3)])
    lower, upper = bounds[:, None, ::2], bounds[:, None, 1::2]
    inside = (lower <= segment_map.SCORES) & (upper >= segment_map.SCORES)
    return inside.all(axis=2), bounds
