"""Schemes of what customers are worth: by the share of the money they bring, and by lifetime value."""

import numpy as np
import pandas as pd
import pyarrow as pa

from custkit import scores
from custkit.schemes.case import Case, Named, coded, placed, same

ABC = ("a", "b", "c")
VALUE3 = ("high", "middle", "low", "insufficient")


def abc(case: Case) -> Named:
    step = scores.score(case.rfm["spend"], case.cuts, scores.ABC, levels=3)
    spend = case.rfm["spend"].round()
    return Named(_best_first(ABC, step), lambda case: case.words.coded("reason.abc", spend=spend))


def value3(case: Case) -> Named:
    clv = case.worth("clv")
    known = ~np.isnan(clv)
    step = scores.score(pd.Series(clv[known]), case.cuts, scores.VALUE3, levels=3)
    label = placed(known, _best_first(VALUE3[:3], step), same(VALUE3[3], len(clv)))
    return Named(label, lambda case: _value_told(case, clv, known))


def _value_told(case: Case, clv: np.ndarray, known: np.ndarray) -> pa.DictionaryArray:
    too_short = same(case.words("reason.value3_insufficient"), len(clv))
    return placed(known, case.words.coded("reason.value3", clv=pd.Series(clv[known]).round()), too_short)


def _best_first(labels: tuple[str, ...], step: np.ndarray) -> pa.DictionaryArray:
    return coded(step - 1, labels[::-1])
