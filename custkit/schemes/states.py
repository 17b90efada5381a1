"""What schemes of scores alone see of customers: states, which are few however many customers there are."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from custkit import scores
from custkit.schemes import scored, segment_map
from custkit.schemes.case import Case

# A rule of scores alone: states in (see ``namers``), the label of each out.
Namer = Callable[[pd.DataFrame], Sequence]

_STATE = ("r_score", "f_score", "m_score", "c_score")


def namers(known: Case) -> dict[str, Namer]:
    """The three schemes that hang on scores alone, each as a function of a table of states.

    A state is what such a scheme sees of a customer: ``r_score``, ``f_score``, ``m_score``, ``c_score`` (the score of contribution:
    margin where it is known, else spend), ``cell``, ``high_low``, ``satisfaction`` (empty where never asked). Any
    further function of these can be put beside them.
    """
    named = segment_map.by_cell(known.segments).fillna(segment_map.UNNAMED)
    return {
        "tier3": lambda states: scored.tier3(_as_if(known, states)).label,
        "rfm8": lambda states: scored.rfm8(_as_if(known, states)).label,
        "segment_map": lambda states: states["cell"].map(named),
    }


def _as_if(known: Case, states: pd.DataFrame) -> Case:
    """The case of one made-up buyer per state, who contributes just what the score of contribution says."""
    people = states.reset_index(drop=True).assign(
        customer_id=pd.Series(np.arange(len(states))).astype("str").str.zfill(12),
        status="buyer",
        spend=states["c_score"].to_numpy(dtype=float),
    )
    between = scores.bounds("spend", np.arange(1, 5) + 0.5)
    return dataclasses.replace(known, everyone=people, rfm=people, cuts=between, feedback=people)


class Seen:
    """The scored customers as a scheme sees them: their measures, and their answers as places in a list."""

    def __init__(self, known: Case):
        buyers = known.buyers
        self.ids = buyers["customer_id"].astype("str")
        self.measure = scored.contribution_measure(buyers, known.cuts)
        self.values = {name: buyers[name].to_numpy(dtype=float) for name in (*scores.MEASURES, self.measure)}
        self.answer, answers = pd.factorize(known.answer("satisfaction"), sort=True, use_na_sentinel=False)
        self.answers = np.asarray(answers, dtype=float)
        self.size = 5**4 * 8 * max(len(self.answers), 1)

    def codes(self, edges: dict[tuple[str, int], np.ndarray], **moved: np.ndarray) -> np.ndarray:
        """The number of each customer's state under these cuts; ``moved``: measures that they have instead of their own."""
        values = self.values | moved
        five = {name: _score(column, edges[name, 5], name) for name, column in values.items()}
        place = 0
        for name in (*scores.MEASURES, self.measure):
            place = place * 5 + five[name]
        for name in scores.MEASURES:
            place = place * 2 + _score(values[name], edges[name, 2], name)
        return (place * max(len(self.answers), 1) + self.answer).astype("int32")  # many are kept side by side

    def states(self, codes: np.ndarray) -> pd.DataFrame:
        """The states with these numbers."""
        halves, answer = np.divmod(codes, max(len(self.answers), 1))
        fifths, half = np.divmod(halves, 8)
        found = {name: fifths // 5 ** (3 - place) % 5 + 1 for place, name in enumerate(_STATE)}
        cell = (found["r_score"] - 1) * 25 + (found["f_score"] - 1) * 5 + found["m_score"] - 1
        return pd.DataFrame(found).assign(
            cell=pd.Series(scores.CELLS, dtype="str").take(cell).to_numpy(),
            high_low=pd.Series(scores.HALVES, dtype="str").take(half).to_numpy(),
            satisfaction=self.answers[answer] if len(self.answers) else np.nan,
        )

    def named(self, codes: np.ndarray, rules: dict[str, Namer]) -> tuple[np.ndarray, dict[str, tuple]]:
        """For each state's number its place among ``codes``; scheme to the place of each state's label, and the labels."""
        place = np.zeros(self.size, dtype="int32")
        place[codes] = np.arange(len(codes))
        states = self.states(codes)
        told = {
            scheme: pd.factorize(np.asarray(rule(states), dtype=object)) for scheme, rule in rules.items()
        }
        return place, told


def _score(values: np.ndarray, inner: np.ndarray, measure: str) -> np.ndarray:
    """The score less 1, as ``scores.score`` has it."""
    below = np.zeros(len(values), dtype="int64")
    for cut in inner:
        below += cut < values
    return len(inner) - below if scores.low_is_good(measure) else below


def cut_edges(cuts: pd.DataFrame, seen: Seen) -> dict[tuple[str, int], np.ndarray]:
    return {
        (name, levels): scores.edges(cuts, name, levels) for name in seen.values for levels in scores.LEVELS
    }
