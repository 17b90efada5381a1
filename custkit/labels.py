"""The table ``labels``, scheme by scheme: what everyone who reads it needs first."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custkit import schema
from custkit.errors import TableError


def by_scheme(labels: pd.DataFrame, ids: pd.Series, *, some: bool = False) -> dict[str, pd.Categorical]:
    """Each scheme with the label of every customer.

    Parameters
    ----------
    labels : one row per scheme and customer, in any order
        ``customer_id``, ``scheme``, ``label``.
    ids : the customers, each once
    some : customers without a label are none the worse: theirs is empty; labels of others are passed over

    Returns
    -------
    scheme, as they stand in ``labels``, to labels in the order of ``ids``; the categories are those that a customer has, by name

    Raises
    ------
    TableError
        A column is missing, or a scheme does not label each customer exactly once (``some``: more than once).
    """
    schema.require(labels, ["customer_id", "scheme", "label"], "labels")
    asked = text(ids)
    found = {}
    for scheme, rows in labels.groupby("scheme", sort=False, observed=True):
        given = text(rows["customer_id"])
        label = pd.Categorical(rows["label"]).remove_unused_categories()
        if not given.equals(asked):
            place = pc.fill_null(pc.index_in(asked, given), -1).to_numpy()
            is_once = pc.count_distinct(given).as_py() == len(given)
            if not is_once or not (some or len(given) == len(asked) == np.count_nonzero(place >= 0)):
                raise TableError(
                    f"labels: {scheme}: expected each of {len(asked):,} customers once, found {len(given):,} rows"
                )
            label = label.take(place, allow_fill=True)
        found[str(scheme)] = label
    return found


def sums(label: pd.Categorical, values: np.ndarray) -> np.ndarray:
    """The sum of ``values`` over the customers of each label, in the order of its categories."""
    return np.bincount(label.codes, weights=values, minlength=len(label.categories))


def text(values) -> pa.Array:
    """Ids or names as one piece of Arrow text, the form in which they are looked up in one another."""
    made = pa.array(values, pa.large_string())
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
