"""Maps from the three scores to a segment name: ours as data, a user's own, and the check that walks all 125 cells."""

import functools
from pathlib import Path

import numpy as np
import pandas as pd

from custkit.errors import SettingsError
from custkit.scores import CELLS

BOUNDS = ("r_lower", "r_upper", "f_lower", "f_upper", "m_lower", "m_upper")
RESERVED = ("prospect", "refunds_only")  # customers who are not scored have these labels in every scheme
# A hole of the map, where no customer of today is in one but one of another day or draw may be.
UNNAMED = "unnamed"
_SHIPPED = Path(__file__).parent / "segment_map.csv"
_TAKEN = ("", "(all)", UNNAMED, *RESERVED)  # names that stand for something else
_TOLD = 5  # holes that an error names, with their customers; the others are counted
SCORES = np.array([[int(score) for score in cell] for cell in CELLS])  # of each cell, in the order of CELLS


@functools.cache
def _shipped() -> pd.DataFrame:
    return given(pd.read_csv(_SHIPPED), _SHIPPED.name)


def shipped() -> pd.DataFrame:
    """Our map: complete, without overlap, every name reachable; its rule in words stands in the catalogue.

    One row per box of cells, in order of value: ``segment`` and ``BOUNDS``. Read with the package, like its words.
    """
    return _shipped().copy()


def given(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A map that a user brings, checked for its form. Overlaps and holes are no fault of form: see ``check``.

    Parameters
    ----------
    table : one row per box of cells
        ``segment`` and the bounds of each score, both included, whole numbers from 1 to 5. A segment may have
        several rows; where rows overlap, the first holds. Further columns are left out.
    name : what an error calls the table (its file name)

    Raises
    ------
    SettingsError
        A column is missing, there is no row, a name is empty or reserved, or a bound is not from 1 to 5 and in order.
    """
    missing = [column for column in ("segment", *BOUNDS) if column not in table.columns]
    if missing:
        raise SettingsError(
            f"segment_map: {name}: no column {', '.join(missing)}; it has {', '.join(table.columns)}"
        )
    if table.empty:
        raise SettingsError(f"segment_map: {name}: no row")
    names = table["segment"].astype("str").fillna("").str.strip()
    numbers = table[[*BOUNDS]].apply(pd.to_numeric, errors="coerce")
    for place in range(len(table)):
        row, where = numbers.iloc[place], f"segment_map: {name}: row {place + 1}"
        if names.iloc[place] in _TAKEN:
            raise SettingsError(
                f"{where}: {names.iloc[place] or 'an empty name'} cannot be the name of a segment"
            )
        for score in "rfm":
            lower, upper = row[f"{score}_lower"], row[f"{score}_upper"]
            if not (lower in range(1, 6) and upper in range(1, 6) and lower <= upper):
                found = f"{table[f'{score}_lower'].iloc[place]} to {table[f'{score}_upper'].iloc[place]}"
                raise SettingsError(
                    f"{where}: {names.iloc[place]}: {score}: expected whole numbers from 1 to 5 in order, found {found}"
                )
    return numbers.astype("int64").assign(segment=names)[["segment", *BOUNDS]].reset_index(drop=True)


def check(segment_map: pd.DataFrame) -> pd.DataFrame:
    """Every fault of a map, found by walking all 125 cells.

    Returns
    -------
    one row per fault; no rows for a map that names each cell once and reaches each name
        ``problem``: ``gap`` (a cell without a name), ``overlap`` (a cell with more than one name), ``unreachable`` (a
        name that holds no cell, since other rows come first); ``cell`` (empty for a name); ``segments``: the names
        concerned, the one that holds first.
    """
    inside = _inside(segment_map)
    names = segment_map["segment"].to_numpy(dtype=object)
    faults = []
    for cell, rows in zip(CELLS, inside, strict=True):
        found = list(dict.fromkeys(names[rows]))
        if len(found) != 1:
            faults.append(("overlap" if found else "gap", cell, ", ".join(found)))
    reached = set(by_cell(segment_map).dropna())
    faults += [("unreachable", "", name) for name in dict.fromkeys(names) if name not in reached]
    return pd.DataFrame(faults, columns=["problem", "cell", "segments"], dtype="str")


def by_cell(segment_map: pd.DataFrame) -> pd.Series:
    """The name of each of the 125 cells, first match; empty where no row holds the cell. Index: the cells."""
    inside = _inside(segment_map)
    first = segment_map["segment"].take(inside.argmax(axis=1)).to_numpy()
    return pd.Series(first, index=pd.Index(CELLS, name="cell"), dtype="str").where(inside.any(axis=1))


def names(segment_map: pd.DataFrame) -> tuple[str, ...]:
    """The names of a map, each once, in the order of the map."""
    return tuple(dict.fromkeys(segment_map["segment"]))


def assign(cells: pd.Series, segment_map: pd.DataFrame, *, may_be_unnamed: bool = False) -> pd.Series:
    """The segment of each customer's cell ("545").

    Raises SettingsError, naming cell and number of customers, when a customer falls into a hole of the map; with
    ``may_be_unnamed`` such a customer is called ``UNNAMED``.
    """
    named = by_cell(segment_map)
    segments = named.take(named.index.get_indexer(cells)).set_axis(cells.index)
    if may_be_unnamed:
        return segments.fillna(UNNAMED)
    holes = cells[segments.isna()].value_counts().sort_index()
    if len(holes):
        told = ", ".join(f"{cell} (customers: {count:,})" for cell, count in holes.head(_TOLD).items())
        rest = holes.iloc[_TOLD:]
        more = f" and {len(rest):,} more (customers: {rest.sum():,})" if len(rest) else ""
        raise SettingsError(f"segment_map: no name for cell {told}{more}")
    return segments


def _inside(segment_map: pd.DataFrame) -> np.ndarray:
    """125 cells by rows of the map: whether the cell lies within the row's bounds."""
    lower, upper = (
        segment_map[[f"{score}_{end}" for score in "rfm"]].to_numpy() for end in ("lower", "upper")
    )
    return ((SCORES[:, None] >= lower) & (SCORES[:, None] <= upper)).all(axis=2)
