"""Where brands stand: a map of the first two principal components, and what its axes stand for."""

import numpy as np
import pandas as pd

from custkit import schema
from custkit.settings import CompetitorRules


def positions(means: pd.DataFrame, own: str = "") -> pd.DataFrame:
    """Where each brand stands on the first two principal components of the standardised brand means.

    Only ranked cells count, and where people rate three brands or more on two attributes, only their ratings: how
    brands are seen is one thing, what experts score another. Where cells are lacking, the brand or attribute with the largest share of holes is left
    out until there is none; attributes on which all brands are equal are left out too. Each axis is turned so that
    the attribute with the largest loading (ties: first by name) points to its positive side.

    Returns
    -------
    one row per brand and axis, sorted by both; none with fewer than three brands or two attributes
        ``explained_share`` is the axis' share of all differences between the brands.

    Source
    ------
    Gabriel (1971), *Biometrika* 58, 453-467; Chapman & Feit (2019), *R for Marketing Research and Analytics*, ch. 8.
    """
    matrix, scores, _, shares = _components(means)
    rows = [
        {
            "brand": brand,
            "axis": axis + 1,
            "score": scores[i, axis],
            "explained_share": shares[axis],
            "is_own": brand == own,
        }
        for i, brand in enumerate(matrix.index)
        for axis in range(2)
    ]
    return schema.frame("brand_positions", rows)


def axes(means: pd.DataFrame) -> pd.DataFrame:
    """Direction of each attribute on the map of ``positions``: one row per attribute and axis.

    ``loading`` is the attribute's part in the axis (squares add up to 1 over the attributes), ``correlation`` that
    of its brand means with the axis: its squares over both axes add up to the share of it that the map shows.
    """
    matrix, scores, loadings, _ = _components(means)
    spread = np.sqrt((scores**2).sum(axis=0) / max(len(matrix), 1))
    rows = [
        {
            "attribute": attribute,
            "axis": axis + 1,
            "loading": loadings[i, axis],
            "correlation": loadings[i, axis] * spread[axis],
        }
        for i, attribute in enumerate(matrix.columns)
        for axis in range(2)
    ]
    return schema.frame("brand_axes", rows)


def axis_ends(means: pd.DataFrame, rules: CompetitorRules = CompetitorRules()) -> pd.DataFrame:
    """What each axis of the map stands for: its share of all differences, and the attributes at its two ends.

    ``low_end`` is empty where no attribute runs against the others: the axis then says more or less of everything.
    ``n_apart`` counts the attributes on which the brands are set apart by more than chance (``brand_means.p_apart``
    below 1 - ``rules.claim_level``) or by a scorecard, which has no sample: with fewer than two, the axes stand for
    nothing.
    """
    matrix, _, loadings, shares = _components(means)
    p = means.drop_duplicates("attribute").set_index("attribute")["p_apart"].reindex(matrix.columns)
    n_apart = int((p.isna() | (p < 1 - rules.claim_level)).sum())
    rows = []
    for axis in range(2 if len(matrix) else 0):
        loading = pd.Series(loadings[:, axis], index=matrix.columns)
        rows.append(
            {
                "axis": axis + 1,
                "explained_share": shares[axis],
                "high_end": loading.idxmax() if loading.max() > 0 else "",
                "low_end": loading.idxmin() if loading.min() < 0 else "",
                "n_brands": len(matrix),
                "n_attributes": len(loading),
                "n_apart": n_apart,
            }
        )
    return schema.frame("brand_map", rows)


def _components(means: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Means used, scores (brand x 2), loadings (attribute x 2), explained shares (2); no rows where there is no map."""
    ranked = means[means["ranked"]]
    rated = ranked[ranked["basis"] == "ratings"]
    if rated["brand"].nunique() >= 3 and rated["attribute"].nunique() >= 2:
        ranked = rated
    matrix = (
        ranked.pivot(index="brand", columns="attribute", values="mean_score").sort_index().sort_index(axis=1)
    )
    while matrix.isna().any(axis=None):
        by_brand, by_attribute = matrix.isna().mean(axis=1), matrix.isna().mean()
        if by_brand.max() > by_attribute.max():
            matrix = matrix.drop(index=by_brand.idxmax())
        else:
            matrix = matrix.drop(columns=by_attribute.idxmax())
    matrix = matrix.loc[:, matrix.std(ddof=0) > 1e-12]
    if len(matrix) < 3 or matrix.shape[1] < 2:
        return matrix.iloc[:0, :0], np.empty((0, 2)), np.empty((0, 2)), np.empty(2)
    standard = ((matrix - matrix.mean()) / matrix.std(ddof=0)).to_numpy()
    left, size, right = np.linalg.svd(standard, full_matrices=False)
    size = np.where(size > 1e-10 * size[0], size, 0.0)
    turned = np.where(size[:2, None] > 0, right[:2], 0.0).round(10)  # an axis without size has no direction
    strongest = np.abs(turned).round(8).argmax(axis=1)
    sign = np.where(turned[[0, 1], strongest] < 0, -1.0, 1.0)
    scores = (left[:, :2] * size[:2] * sign).round(10) + 0.0  # adding zero turns -0.0 into 0.0
    return matrix, scores, (turned * sign[:, None]).T + 0.0, ((size**2 / (size**2).sum())[:2]).round(10)
