"""How sure a label is, and the smallest change that would give a customer a better one."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from custkit import schema, scores
from custkit.schemes import scored, segment_map
from custkit.schemes.case import Case
from custkit.schemes.migration import ALL
from custkit.settings import ScoreRules
from custkit.words import Words

_DRAWS, _SEED = 100, 20240101
_SURE = 0.95  # of the draws: from here on a label is told as sure

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


class _Seen:
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


def label_confidence(
    known: Case,
    whole: pd.DataFrame,
    rules: dict[str, Namer],
    *,
    score_rules: ScoreRules = ScoreRules(),
    draws: int = _DRAWS,
    seed: int = _SEED,
) -> pd.DataFrame:
    """In how many of many redrawn worlds each customer keeps the label.

    The customers who make the cut points are drawn anew, with replacement, as if chance had sent a slightly different crowd; the
    cut points are taken from them, and each customer, whose own figures stay, is labelled again. What moves is the
    border, not the customer: a share of 1 says that the label does not hang on where the border happens to lie, not that the
    customer will act by it.

    Parameters
    ----------
    known : of ``schemes.case``: the customers to be told about, the cut points in use, answers to the question of satisfaction
    whole : one row per customer, those who make the cut points (the region's own where it is cut by itself)
    rules : of ``namers``
    score_rules : ScoreRules; where ``cut_points`` is a path, nothing is redrawn: given cuts hang on no chance
    draws, seed : of the bootstrap

    Returns
    -------
    one row per scheme and scored customer, schemes in the order of ``rules``, customers by id
        ``customer_id``, ``scheme``, ``label``, ``share`` of the draws that give this label, ``other``: the label that
        the draws give most often beside it (equal: the first by name; empty where there is none). No rows with given cuts, or
        nobody scored.

    Raises
    ------
    TableError
        A column is missing, or a customer with an order has an empty measure.

    Source
    ------
    Efron (1979), *Annals of Statistics* 7, 1-26. Sorting the crowd by its figures first keeps ids and row order without a say.
    """
    seen = _Seen(known)
    crowd = scores.scored(whole)
    if score_rules.cut_points not in ("whole", "region") or not len(seen.ids) or crowd.empty:
        return schema.empty("label_confidence")
    worlds = list(_redrawn(crowd, list(seen.values), score_rules, draws, seed))
    now = seen.codes(_edges(known.cuts, seen))
    possible = np.zeros(seen.size, dtype=bool)
    possible[now] = True
    for edges in worlds:
        possible[seen.codes(edges)] = True
    place, names_of = seen.named(np.flatnonzero(possible), rules)
    votes = {scheme: np.zeros((len(now), len(labels)), "int32") for scheme, (_, labels) in names_of.items()}
    rows = np.arange(len(now))
    for edges in worlds:
        state = place[seen.codes(edges)]
        for scheme, (label, _) in names_of.items():
            votes[scheme][rows, label[state]] += 1
    parts = []
    for scheme, (label, labels) in names_of.items():
        held = label[place[now]]
        share = votes[scheme][rows, held] / draws
        votes[scheme][rows, held] = 0
        by_name = np.argsort(labels)
        other = by_name[votes[scheme][:, by_name].argmax(axis=1)]
        others = np.where(votes[scheme][rows, other] > 0, labels[other], None)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": seen.ids,
                    "scheme": scheme,
                    "label": labels[held],
                    "share": share,
                    "other": others,
                }
            ).astype(schema.TABLES["label_confidence"])
        )
    return pd.concat(parts, ignore_index=True)


def _redrawn(
    crowd: pd.DataFrame, measures: list[str], rules: ScoreRules, draws: int, seed: int
) -> Iterator[dict[tuple[str, int], list]]:
    """The cut points of each redrawn crowd."""
    columns = [crowd[measure].to_numpy(dtype=float) for measure in measures]
    order = np.lexsort(columns)
    columns = [column[order] for column in columns]
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = rng.integers(0, len(order), len(order))
        edges = {}
        for measure, column in zip(measures, columns, strict=True):
            values = column[drawn]
            *five, middle = np.quantile(values, [*rules.quantiles, 0.5])
            edges[measure, 5] = five
            edges[measure, 2] = [values.mean() if rules.two_levels == "mean" else middle]
        yield edges


def _edges(cuts: pd.DataFrame, seen: _Seen) -> dict[tuple[str, int], np.ndarray]:
    return {
        (name, levels): scores.edges(cuts, name, levels) for name in seen.values for levels in scores.LEVELS
    }


def summary(confidence: pd.DataFrame) -> pd.DataFrame:
    """How sure the labels of each scheme are.

    Returns
    -------
    one row per scheme and label, schemes as they stand, labels by name, each scheme's whole (``(all)``) last
        ``scheme``, ``label``, ``customers``, ``mean_share``; ``sure``: customers who keep the label in at least 95 % of the draws;
        ``share_sure``.
    """
    schema.require(confidence, schema.TABLES["label_confidence"], "label_confidence")
    known = confidence.assign(sure=confidence["share"] >= _SURE)
    how = {"customers": ("share", "size"), "mean_share": ("share", "mean"), "sure": ("sure", "sum")}
    parts = []
    for _, rows in known.groupby("scheme", sort=False):
        parts += [rows.groupby(["scheme", "label"], as_index=False).agg(**how)]
        parts += [rows.assign(label=ALL).groupby(["scheme", "label"], as_index=False).agg(**how)]
    if not parts:
        return schema.empty("confidence_summary")
    table = pd.concat(parts)
    return schema.frame(
        "confidence_summary",
        table.assign(mean_share=table["mean_share"].round(12), share_sure=table["sure"] / table["customers"]),
    )


def steps(
    known: Case,
    rules: dict[str, Namer],
    orders: dict[str, tuple[str, ...]],
    *,
    decimals: int = 2,
) -> pd.DataFrame:
    """The smallest next order that gives a customer a better label, and the smallest change of one measure alone that does.

    A next order, placed today, moves three measures at once: days since the last order fall to 0, orders rise by one, and spend by
    what it brings (for the tiers margin, where they go by margin). It is arithmetic of the rule, not a forecast: it says where
    the next border is, not that a customer who is pushed over it will be worth more.

    Parameters
    ----------
    known, rules : as for ``label_confidence``
    orders : scheme to its labels, best first: a better label is one that stands earlier; a label not named is the last
    decimals : of money: the smallest amount is 10 to the power of -``decimals``

    Returns
    -------
    one row per scheme and scored customer, schemes in the order of ``rules``, customers by id
        ``customer_id``, ``scheme``, ``label``; ``next_spend``, the least that the next order must bring in the run's currency
        (0: any order will do), and ``next_label``; with all else as it is, the date of the last order too, ``orders_more``
        and ``orders_label``, ``spend_more`` and ``spend_label``; ``measure``: what is counted as spend (spend or margin);
        ``to_move_up``: it in words (``told``). Empty where that change gives nothing better.
        Whoever is scored again with the change, under the same cuts, has the label promised.

    Source
    ------
    Wachter, Mittelstadt & Russell (2018), *Harvard Journal of Law & Technology* 31, 841-887 (the smallest change as an explanation).
    """
    seen = _Seen(known)
    if not len(seen.ids):
        return schema.empty("label_steps")
    edges = _edges(known.cuts, seen)
    now = seen.codes(edges)
    changes = [
        (kind, more, seen.codes(edges, **moved)) for kind, moved, more in _tries(seen, edges, 10.0**decimals)
    ]
    possible = np.zeros(seen.size, dtype=bool)
    for one in (now, *(code for _, _, code in changes)):
        possible[one] = True
    place, names_of = seen.named(np.flatnonzero(possible), rules)
    parts = []
    for scheme, (label, labels) in names_of.items():
        order = {name: rank for rank, name in enumerate(orders.get(scheme, ()))}
        rank = np.array([order.get(name, len(order)) for name in labels])
        held = label[place[now]]
        money = seen.measure if scheme == "tier3" else "spend"
        table = pd.DataFrame(
            {"customer_id": seen.ids, "scheme": scheme, "label": labels[held], "measure": money}
        )
        for change, kind in (("next", f"next_{money}"), ("orders", "n_orders"), ("spend", money)):
            least = np.full(len(held), np.nan)
            reached = np.full(len(held), None, dtype=object)
            for more, code in ((more, code) for tried, more, code in changes if tried == kind):
                to = label[place[code]]
                better = np.isnan(least) & (rank[to] < rank[held])
                least = np.where(better, more, least)
                reached = np.where(better, labels[to], reached)
            table[f"{change}_label"] = reached
            if change == "orders":
                table["orders_more"] = pd.array(np.round(least), dtype="Float64")
            else:
                # Up, so that the amount told is never short of the border.
                told_up = np.ceil(np.round(least * 10**decimals, 4)) / 10**decimals
                table["next_spend" if change == "next" else "spend_more"] = told_up
        parts.append(schema.frame("label_steps", table.assign(to_move_up=told(table, known.words))))
    return pd.concat(parts, ignore_index=True)


def _tries(
    seen: _Seen, edges: dict[tuple[str, int], np.ndarray], units: float
) -> Iterator[tuple[str, dict[str, np.ndarray], np.ndarray]]:
    """Changes to try: kind, the measures after it, and by how much more; each for all customers, from the smallest up."""
    an_order = {"recency_days": np.zeros(len(seen.ids)), "n_orders": seen.values["n_orders"] + 1}
    monies = dict.fromkeys(("spend", seen.measure))
    for measure in monies:
        yield f"next_{measure}", an_order, np.zeros(len(seen.ids))
    for measure in ("n_orders", *monies):
        unit = 1.0 if measure in scores.WHOLE_NUMBERS else units
        own = seen.values[measure]
        for edge in sorted({*edges[measure, 5], *edges[measure, 2]}):
            # The product may fall on either side of a whole number: so the amounts around it are compared themselves.
            near = (np.floor(edge * unit) + np.arange(-1, 3)) / unit
            moved = {measure: np.where(own <= edge, near[near > edge][0], own)}
            more = moved[measure] - own
            yield measure, moved, more
            if measure in monies:
                yield f"next_{measure}", an_order | moved, more


def step_summary(steps: pd.DataFrame) -> pd.DataFrame:
    """How many customers each kind of change would help.

    Returns
    -------
    one row per scheme
        ``scheme``; ``measure`` (spend or margin: of what ``spend`` is said); ``customers`` scored; whom the next order would
        give a better label: ``by_next_order``, of them ``by_any_order`` whatever it brings and ``by_large_order`` if it brings
        enough, with the ``median_next_spend`` of these; whom one change alone: ``by_one_order`` one order more, ``by_more_orders``
        any number, ``by_spend`` any amount, with ``median_orders_more`` and ``median_spend_more``.
    """
    schema.require(steps, schema.TABLES["label_steps"], "label_steps")
    large = steps["next_spend"].where(steps["next_spend"] > 0)
    known = steps.assign(
        one=(steps["orders_more"] == 1).fillna(False), any_order=steps["next_spend"] == 0, large=large
    )
    table = known.groupby(["scheme", "measure"], sort=False, as_index=False).agg(
        customers=("scheme", "size"),
        by_next_order=("next_label", "count"),
        by_any_order=("any_order", "sum"),
        by_large_order=("large", "count"),
        median_next_spend=("large", "median"),
        by_one_order=("one", "sum"),
        by_more_orders=("orders_label", "count"),
        by_spend=("spend_label", "count"),
        median_orders_more=("orders_more", "median"),
        median_spend_more=("spend_more", "median"),
    )
    return schema.frame("step_summary", table)


def told(steps: pd.DataFrame, words: Words) -> pd.Series:
    """The changes of each row of ``steps`` in words: "any order today, or 230 more spend"; empty where none helps."""
    one, orders = steps["next_spend"], steps["orders_more"].astype("float64")
    measure = steps["measure"].map(lambda measure: words.label("measure", measure))
    parts = (
        (one == 0, pd.Series(words("step.next_any"), index=steps.index)),
        (one > 0, words.rows("step.next", measure=measure, money=one.fillna(0))),
        # One more order is the next order, unless that would do harm by its date.
        (
            (orders > 1) | (orders.notna() & one.isna()),
            words.rows("step.orders", n=orders.fillna(0).astype("int64")),
        ),
        (
            steps["spend_more"].notna(),
            words.rows("step.spend", measure=measure, money=steps["spend_more"].fillna(0)),
        ),
    )
    text = pd.Series("", index=steps.index, dtype="str")
    for known, part in parts:
        part = pd.Series(part.to_numpy(), index=steps.index)
        joined = (text + words("step.or") + part).where(text != "", part)
        text = joined.where(known, text)
    return text.astype("str")
