"""Intervals and corrections that several stages need."""

import numpy as np
from scipy import stats


def wilson(k, n, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of the share ``k / n``; 0 to 1 where n is 0.

    Source: Wilson (1927), *Journal of the American Statistical Association* 22, 209-212.
    """
    k, n = np.asarray(k, float), np.asarray(n, float)
    z = stats.norm.ppf(0.5 + level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (k + z**2 / 2) / (n + z**2)
        half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
        share = k / n
    # The interval holds the share; at none and at all, its ends would miss it by a rounding error.
    low = np.where(n > 0, np.minimum(middle - half, share), 0.0)
    high = np.where(n > 0, np.maximum(middle + half, share), 1.0)
    return low.clip(0, 1), high.clip(0, 1)


def holm(p) -> np.ndarray:
    """p-values corrected for their number; never below the raw one, never above 1.

    Source: Holm (1979), *Scandinavian Journal of Statistics* 6, 65-70.
    """
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(raised, 1.0)
    return corrected


def gini(values) -> float:
    """Gini coefficient of amounts at or above zero: 0 when all are equal, near 1 when one holds all; NaN without money.

    Source: Gini (1912); computed by the sorted-sum form.
    """
    values = np.sort(np.asarray(values, float))
    total = values.sum()
    if len(values) == 0 or total <= 0:
        return float("nan")
    ranks = np.arange(1, len(values) + 1)
    return float((2 * ranks - len(values) - 1) @ values / (len(values) * total))


def too_small(counts, least: int) -> np.ndarray:
    """Which cells of a table of counts are not to be shown, so that no total gives away a count below ``least``.

    Those below it, and, where only one cell of a row or a column is hidden, another one: one that stands in line with a
    hidden cell, if there is any, and of these the smallest (the first of equals).

    Source: Willenborg & de Waal (2001), *Elements of Statistical Disclosure Control*, chapter 1 (secondary suppression).
    """
    counts = np.asarray(counts)
    hidden = counts < least
    found = True
    while found:
        found = False
        for lines, mask in ((counts, hidden), (counts.T, hidden.T)):
            for line in np.flatnonzero((mask.sum(axis=1) == 1) & (mask.shape[1] > 1)):
                open_cells = np.flatnonzero(~mask[line])
                in_line = mask[:, open_cells].any(axis=0)
                best = np.lexsort((lines[line, open_cells], ~in_line))[0]
                mask[line, open_cells[best]] = found = True
    return hidden
