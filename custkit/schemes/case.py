"""What a scheme is, and what its rule may look at."""

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custkit import schema, scores
from custkit.labels import text
from custkit.schemes import segment_map
from custkit.schemes.ages import age_ends
from custkit.settings import SchemeRules
from custkit.words import Words

# Customers who are not scored have the same labels in every scheme that is about buying.
UNSCORED = segment_map.RESERVED
UNKNOWN = "unknown"  # nothing is known that would decide; never the same as low


@dataclass(frozen=True, eq=False)
class Answers:
    """Whose answer each row of ``feedback`` is: found once, for several questions."""

    n: int
    feedback: pd.DataFrame  # rows of the customers asked for
    places: np.ndarray  # of each row among them

    @classmethod
    def of(cls, ids: pd.Series, feedback: pd.DataFrame) -> "Answers":
        places = pc.index_in(text(feedback["customer_id"]), text(ids))
        known = places.is_valid().to_numpy(zero_copy_only=False)
        return cls(len(ids), feedback[known], places.drop_null().to_numpy(zero_copy_only=False))

    def mean(self, column: str) -> np.ndarray:
        """The mean answer of each customer; empty where never asked."""
        if column not in self.feedback:
            return np.full(self.n, np.nan)
        answers = self.feedback[column].to_numpy(dtype=float)
        given = ~np.isnan(answers)
        n = np.bincount(self.places[given], minlength=self.n)
        total = np.bincount(self.places[given], weights=answers[given], minlength=self.n)
        # Rounded: a mean must not hang on the order of the answers.
        return np.divide(total, n, out=np.full(self.n, np.nan), where=n > 0).round(9)


@dataclass(frozen=True, eq=False)
class Case:
    """The customers at hand. ``buyers`` and ``rfm`` hold those who are scored, ``everyone`` all; each sorted by id."""

    everyone: pd.DataFrame
    rfm: pd.DataFrame
    cuts: pd.DataFrame
    rules: SchemeRules
    words: Words
    segments: pd.DataFrame
    customers: pd.DataFrame
    feedback: pd.DataFrame
    value: pd.DataFrame
    as_of: datetime.date | None
    may_be_unnamed: bool = False  # a customer in a hole of the map is UNNAMED, and no error

    @functools.cached_property
    def is_buyer(self) -> np.ndarray:
        return (self.everyone["status"] == "buyer").to_numpy()

    @functools.cached_property
    def buyers(self) -> pd.DataFrame:
        if self.is_buyer.all():
            return self.everyone  # and no second copy of a million customers
        return self.everyone[self.is_buyer].reset_index(drop=True)

    @functools.cached_property
    def ids(self) -> pa.Array:
        return text(self.everyone["customer_id"])

    def fact(self, column: str) -> pd.Series:
        """A column of ``customers`` for everyone; empty where it is not known."""
        return self._aligned(self.customers, column)

    @functools.cached_property
    def ages(self) -> np.ndarray:
        """Of everyone the least and the greatest age in years, a row each: the same but for a band; empty where not known."""
        code, said = pd.factorize(self.fact("age"))
        known = np.array([age_ends(str(one)) for one in said], dtype=float).reshape(-1, 2)
        return np.vstack([known, [np.nan, np.nan]])[code].T

    @functools.cached_property
    def _asked(self) -> Answers:
        return Answers.of(self.buyers["customer_id"], self.feedback)

    def answer(self, column: str) -> np.ndarray:
        """Each buyer's mean answer in ``feedback``; empty where never asked."""
        return self._asked.mean(column)

    def worth(self, column: str) -> np.ndarray:
        """A column of ``value`` for each buyer; empty where it is not known."""
        return self._aligned(self.value, column).to_numpy(dtype=float)[self.is_buyer]

    def _aligned(self, table: pd.DataFrame, column: str) -> pd.Series:
        ids = text(table["customer_id"])
        if ids.equals(self.ids):
            return table[column].reset_index(drop=True)
        places = pc.fill_null(pc.index_in(self.ids, ids), -1).to_numpy(zero_copy_only=False)
        found = table[column].reset_index(drop=True).reindex(places)
        return found.reset_index(drop=True)

    def lacking(self, needs: tuple[str, ...]) -> list[str]:
        """Those of ``needs`` of which nothing is known; what stands in brackets can be done without.

        A need is a column of features, ``table.column`` of ``customers``, ``feedback`` or ``value``, or ``as_of``; several with
        a bar between them are one need that any of them meets.
        """
        return [
            need for need in needs if not need.startswith("(") and not any(map(self._has, need.split("|")))
        ]

    def _has(self, need: str) -> bool:
        table, dot, column = need.rpartition(".")
        if need == "as_of":
            return self.as_of is not None
        if need == "customers.age":
            return "age" in self.customers and bool(self.everyone.empty or np.isfinite(self.ages).any())
        if need == "region" and need in self.everyone:
            return self.everyone.empty or bool((self.everyone["region"] != schema.NO_REGION).any())
        # Of features, what matters is whether buyers have it; without any there is nobody to judge by it.
        known = getattr(self, table) if dot else self.buyers
        people = self.everyone if dot else self.buyers
        return column in known and (people.empty or bool(known[column].notna().any()))

    # -- Facts that several rules share

    @functools.cached_property
    def is_new(self) -> np.ndarray:
        """Registered, or else ordered first, fewer than ``new_days`` ago; unknown is not new."""
        return (self.buyers["tenure_days"].astype(float) < self.rules.new_days).to_numpy()

    @functools.cached_property
    def is_frequent(self) -> np.ndarray:
        """At least ``frequent_orders`` orders, where that is set; else an order score of ``high_score``."""
        if self.rules.frequent_orders:
            return (self.rfm["n_orders"] >= self.rules.frequent_orders).to_numpy()
        return (self.rfm["f_score"] >= self.rules.high_score).to_numpy()

    @functools.cached_property
    def is_big(self) -> np.ndarray:
        return (self.rfm["m_score"] >= self.rules.high_score).to_numpy()

    @functools.cached_property
    def has_left(self) -> np.ndarray:
        """Silent for longer than the cut ``lapse:recency_days``, or less likely than not still a customer."""
        if self.rules.lapse_by == "p_alive":
            return self.worth("p_alive") < 0.5
        return scores.score(self.rfm["recency_days"], self.cuts, scores.LAPSE, levels=2) == 1


def coded(places, texts) -> pa.DictionaryArray:
    """For each customer the one of ``texts`` that ``places`` counts to: so few texts, so many customers."""
    return pa.DictionaryArray.from_arrays(pa.array(places).cast(pa.int32()), text(texts))


def same(told: str, n: int) -> pa.DictionaryArray:
    """One text for each of ``n`` customers."""
    return coded(np.zeros(n, dtype="int32"), [told])


def chosen(conditions: list[np.ndarray], labels: tuple[str, ...], otherwise: str) -> pa.DictionaryArray:
    """For each customer the label of the first condition that holds."""
    return coded(np.select(conditions, range(len(labels)), len(labels)), [*labels, otherwise])


def placed(where: np.ndarray, values: pa.DictionaryArray, others: pa.DictionaryArray) -> pa.DictionaryArray:
    """``others``, with ``values`` (one for each) in the places that ``where`` marks."""
    if where.all():
        return values
    places = others.indices.to_numpy() + len(values.dictionary)
    places[where] = values.indices.to_numpy()
    return coded(places, pa.concat_arrays([values.dictionary, others.dictionary]))


@dataclass(frozen=True)
class Named:
    """What a rule says of each customer that it is about, in the order of the case."""

    label: pa.DictionaryArray
    reason: Callable[
        [Case], pa.DictionaryArray
    ]  # puts it into words, where somebody reads it; schemes may share one


@dataclass(frozen=True)
class Scheme:
    """One way to classify. Its name, rule and source stand in the catalogue: ``scheme.<id>.rule`` and so on."""

    id: str
    labels: tuple[str, ...]  # most valuable first; none where a map, a setting or the data decide
    needs: tuple[str, ...]  # see Case.lacking
    settings: tuple[str, ...]
    rule: Callable[[Case], Named]
    of_everyone: bool = False  # also of customers who never ordered
