"""Schemes of what customers are worth: by the share of the money they bring, and by lifetime value."""

import numpy as np
import pandas as pd
import pyarrow as pa

from custkit import scores
from custkit.schemes.case import Case, Named, placed, text

ABC = ("a", "b", "c")
VALUE3 = ("high", "middle", "low", "insufficient")


def abc(case: Case) -> Named:
    step = scores.score(case.rfm["spend"], case.cuts, scores.ABC, levels=3)
    return Named(_best_first(ABC, step), case.words.rows("reason.abc", spend=case.rfm["spend"].round()))


def value3(case: Case) -> Named:
    clv = case.worth("clv")
    known = ~np.isnan(clv)
    step = scores.score(pd.Series(clv[known]), case.cuts, scores.VALUE3, levels=3)
    unknown = pa.repeat(pa.scalar(VALUE3[3], pa.large_string()), len(clv))
    too_short = pa.repeat(pa.scalar(case.words("reason.value3_insufficient"), pa.large_string()), len(clv))
    told = case.words.rows("reason.value3", clv=pd.Series(clv[known]).round())
    return Named(placed(known, _best_first(VALUE3[:3], step), unknown), placed(known, told, too_short))


def _best_first(labels: tuple[str, ...], step: np.ndarray) -> pa.Array:
    return text(labels[::-1]).take(pa.array(step - 1))
