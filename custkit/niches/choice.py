"""Which of the groups that grow are niches, and which only hold one, overlap with one, or are part of something larger."""

import pandas as pd

from custkit.niches import growth
from custkit.niches.cells import NAME, Name, attributes, members, tested
from custkit.settings import NicheRules

_SINGLE_LEVEL = 0.05  # of a comparison between a group and the rest of a larger one that holds it


def label(name: Name) -> str:
    """A group as plain text: ``age_band=56-65, city_tier=tier 2``."""
    pairs = (name[:2], name[2:])
    return ", ".join(f"{attribute}={level}" for attribute, level in pairs if attribute)


def choose(
    people: pd.DataFrame, candidates: list[Name], rules: NicheRules = NicheRules()
) -> dict[Name, tuple[int, str]]:
    """The place of each candidate that is a niche, from 1, and what explains each of the others (place 0).

    The candidate that stands out most is settled first; then its customers are taken out and all groups are tested anew,
    until no candidate grows. A group that grows only because it holds, or overlaps with, a niche does not get past that.
    """
    most = rules.max_niche_share * len(people)
    settled: dict[Name, tuple[int, str]] = {}
    niches, larger = [], []
    pool = people
    growing = _growing(pool, candidates, rules, most)
    while growing:
        name, part_of = _settle(pool, growing, rules)
        if part_of:
            settled[name] = (0, label(part_of))
            larger.append(part_of)
            growing.remove(name)
            continue
        niches.append(name)
        settled[name] = (len(niches), "")
        pool = pool[~members(pool, name)]
        growing = _growing(pool, [other for other in candidates if other not in settled], rules, most)
    for name in candidates:
        if name not in settled:
            inside = members(people, name)
            shared = [int((inside & members(people, other)).sum()) for other in niches or larger]
            settled[name] = (0, label((niches or larger)[shared.index(max(shared))]))
    return settled


def _growing(pool: pd.DataFrame, candidates: list[Name], rules: NicheRules, most: float) -> list[Name]:
    """Candidates that still grow in this pool, those first that stand out most."""
    found = tested(pool, rules, most)
    found = found[found["grows"]].sort_values(["z", *NAME], ascending=[False, *[True] * 4])
    wanted = set(candidates)
    return [name for name in found[NAME].itertuples(index=False, name=None) if name in wanted]


def _settle(pool: pd.DataFrame, growing: list[Name], rules: NicheRules) -> tuple[Name, Name | None]:
    """The next niche, or a group that a larger one (second) explains, which is itself too large for a niche.

    The first of ``growing`` unless a pair inside it says it more closely, or a larger group around it as well.
    """
    first = growing[0]
    if not first[2]:
        for pair in growing:
            if pair[2] and first[:2] in (pair[:2], pair[2:]) and not _goes_on(pool, pair, first, rules):
                return pair, None
        return first, None
    for part in (first[:2], first[2:]):
        whole = (*part, "", "")
        if _goes_on(pool, first, whole, rules) and not _outgrows(pool, first, whole, rules):
            return (whole, None) if whole in growing else (first, whole)
    return first, None


def _goes_on(pool: pd.DataFrame, pair: Name, whole: Name, rules: NicheRules) -> bool:
    """Whether a group grows without the customers of a pair inside it, beside everybody outside it."""
    around, inside = members(pool, whole), members(pool, pair)
    found = _compare(pool, around & ~inside, ~around)
    return found.p[0] <= _SINGLE_LEVEL and found.ratio[0] >= rules.min_niche_growth


def _outgrows(pool: pd.DataFrame, pair: Name, whole: Name, rules: NicheRules) -> bool:
    """Whether a pair grows faster than the rest of the group around it, though it was picked among all pairs in there."""
    around, inside = members(pool, whole), members(pool, pair)
    pairs = sum(pool[name].nunique() for name in attributes(pool, rules) if name != whole[0])
    return _compare(pool, inside, around & ~inside).p[0] <= _SINGLE_LEVEL / max(pairs, 1)


def _compare(pool: pd.DataFrame, group: pd.Series, others: pd.Series) -> growth.Comparison:
    values = growth.products(pool)
    return growth.compare(values[group].sum().to_frame().T, values[others].sum().to_frame().T)
