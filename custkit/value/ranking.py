"""How well an order of customers, made before, tells who brings the money after."""

import numpy as np
import pandas as pd
from scipy import stats as distributions

from custkit import schema, stats

BASELINES = ("by_recency", "by_orders", "by_spend")
TOP = 0.2
_SURE = 1.959963984540054
_EXACT = 1e-12
_LEAST = 30  # customers with money after, below which no difference is claimed


def ranked(money: pd.Series, measures: dict[str, pd.Series]) -> pd.DataFrame:
    """Rankings of the same customers beside the best of the plain ones, as the table ``holdout_ranking``.

    Parameters
    ----------
    money : what each customer brought after, net; below zero (more sent back than bought) it counts as nothing brought, for
        a Gini of money below zero has no bound and no meaning
    measures : name of a ranking to its measure, higher is better, in the order of ``money``; equal measures share their place
        and what stands on it, so that the order of rows has no say. ``BASELINES`` are among them.

    Returns
    -------
    one row per ranking, baselines first, then by Gini; none where nobody brought money
        ``scheme`` (name of the ranking), ``customers``, and ``customers_below`` whose money was below zero; ``gini``: 0 where the
        ranking says nothing, below 0 where it misleads, and ``gini_possible`` had it known the future; ``share_top_fifth`` of the
        money brought by the fifth that it puts on top, ``lift`` that share over a fifth; ``best_plain``, the plain ranking with
        the largest Gini, ``gini_plain``, and ``gini_same_groups``, its Gini once it tells no more groups apart than this
        ranking, of the same sizes (few names cost sharpness, whatever they rest on); ``difference`` from the whole of it, with its
        95 % interval ``low``, ``high``; ``p_adjusted`` by Holm over all that are compared; ``verdict``: ``plain``,
        ``better_than_plain``, ``worse_than_plain``, ``like_plain``, or ``few_after`` with fewer than 30 customers with money
        after; ``verdict_same_groups``, the same against as many groups of it, by tests of their own.

    Source
    ------
    Concentration index of Kakwani, Wagstaff & van Doorslaer (1997), *Journal of Econometrics* 77, 87-103. The interval takes
    the influence of each customer on the difference, the limit that a paired bootstrap of customers goes to.
    """
    brought = np.maximum(money.to_numpy(dtype=float), 0.0)
    if not measures or not brought.any():
        return schema.empty("holdout_ranking")
    orders = {name: _Order(measure.to_numpy(dtype=float)) for name, measure in measures.items()}
    ginis = {name: order.gini(brought) for name, order in orders.items()}
    best = max(BASELINES, key=lambda name: ginis[name])
    possible = _Order(brought).gini(brought)
    rows = []
    for name, order in orders.items():
        share = order.held_by_top(brought, TOP)
        plain = name in BASELINES
        same = orders[best].coarsened(order)
        difference, error, p = order.against(orders[best], brought)
        difference_same, _, p_same = order.against(same, brought)
        rows.append(
            {
                "scheme": name,
                "customers": len(brought),
                "customers_below": int((money < 0).sum()),
                "gini": ginis[name],
                "gini_possible": possible,
                "share_top_fifth": share,
                "lift": share / TOP,
                "best_plain": best,
                "gini_plain": ginis[best],
                "gini_same_groups": same.gini(brought),
                "difference_same": difference_same,
                "p_same": np.nan if plain else p_same,
                "difference": difference,
                "low": difference - _SURE * error,
                "high": difference + _SURE * error,
                "p": np.nan if plain else p,
                "is_plain": plain,
            }
        )
    table = pd.DataFrame(rows)
    few = np.count_nonzero(brought) < _LEAST
    table["p_adjusted"], table["verdict"] = _verdicts(table["difference"], table["p"], few)
    _, table["verdict_same_groups"] = _verdicts(table["difference_same"], table["p_same"], few)
    order = ["is_plain", "gini", "scheme"]
    return schema.frame("holdout_ranking", table.sort_values(order, ascending=[False, False, True]))


def _verdicts(difference: pd.Series, p: pd.Series, few: bool) -> tuple[pd.Series, pd.Series]:
    """p-values corrected over all that were tried, those that are not empty, and what follows from them."""
    tried = p.notna()
    adjusted = p.copy()
    adjusted[tried] = stats.holm(p[tried])
    sure = adjusted < 0.05  # what was not tried is not below anything
    verdict = np.select(
        [~tried, tried & few, sure & (difference > 0), sure & (difference < 0)],
        ["plain", "few_after", "better_than_plain", "worse_than_plain"],
        "like_plain",
    )
    return adjusted, pd.Series(verdict, index=p.index)


class _Order:
    """Customers in ascending order of a measure, equal ones on one place."""

    def __init__(self, measure: np.ndarray):
        self.distinct, self.place, self.counts = np.unique(measure, return_inverse=True, return_counts=True)
        ends = np.cumsum(self.counts)
        # Middle of the places that equal customers share, as a share of all.
        self.middle = ((ends - self.counts / 2) / len(measure))[self.place]

    def coarsened(self, other: "_Order") -> "_Order":
        """This order with as many groups as ``other`` has, of its sizes as far as equal customers allow."""
        ends = np.cumsum(other.counts) / len(self.place)
        return _Order(np.searchsorted(ends, self.middle).astype(float))

    def _sums(self, money: np.ndarray) -> np.ndarray:
        return np.bincount(self.place, weights=money, minlength=len(self.distinct))

    def gini(self, money: np.ndarray) -> float:
        return float(2 * (money @ self.middle) / money.sum() - 1)

    def influence(self, money: np.ndarray) -> np.ndarray:
        """How much one more customer like each would move the Gini, times the number of customers."""
        n, mean = len(money), money.mean()
        sums = self._sums(money)
        above = ((sums.sum() - np.cumsum(sums) + sums / 2) / n)[self.place]
        product = (money @ self.middle) / n
        moved = money * self.middle + above - 2 * product
        return 2 * (moved / mean - product * (money - mean) / mean**2)

    def against(self, other: "_Order", money: np.ndarray) -> tuple[float, float, float]:
        """Gini less that of another order of the same customers, its standard error, and the p-value of no difference."""
        difference = self.gini(money) - other.gini(money)
        moved = self.influence(money) - other.influence(money)
        error = float(np.sqrt((moved**2).sum())) / len(money)
        # Orders that place everyone alike differ by rounding alone.
        p = 2 * distributions.norm.sf(abs(difference) / error) if error > _EXACT else 1.0
        return difference, error, p

    def held_by_top(self, money: np.ndarray, share: float) -> float:
        """Share of the money on the top places; customers on a place that the line cuts give their even part."""
        left = share * len(self.place)
        counts, sums = self.counts[::-1], self._sums(money)[::-1]
        before = np.cumsum(counts) - counts
        part = np.clip((left - before) / counts, 0, 1)
        return float(part @ sums / money.sum())
