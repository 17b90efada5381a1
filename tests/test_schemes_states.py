"""A state is all that a scheme of scores alone sees of a customer."""

import numpy as np
import pandas as pd
import pytest
from customers import case_of, crowd, labelled

from custkit.schemes.states import Seen, cut_edges, namers
from custkit.settings import SchemeRules


def told(features: pd.DataFrame, scheme: str, rules: SchemeRules = SchemeRules(), **facts) -> dict[str, str]:
    """Customer to label, by way of states."""
    known = case_of(features, rules, **facts)
    seen = Seen(known)
    codes = seen.codes(cut_edges(known.cuts, seen))
    place, names = seen.named(np.unique(codes), namers(known))
    label, labels = names[scheme]
    return dict(zip(seen.ids, labels[label[place[codes]]], strict=True))


@pytest.mark.parametrize("scheme", ["tier3", "rfm8", "segment_map"])
@pytest.mark.parametrize(
    "rules", [SchemeRules(), SchemeRules(r_reading="days", tier_weights=(0.2, 0.2, 0.6))]
)
def test_names_of_states_are_those_of_the_registry(scheme, rules):
    features = crowd(80)
    feedback = pd.DataFrame({"customer_id": features["customer_id"][::3], "satisfaction": [1, 3, 5] * 9})
    expected = labelled(features, scheme, rules, feedback=feedback)
    assert told(features, scheme, rules, feedback=feedback) == expected


def test_tiers_go_by_margin_where_it_is_known():
    features = crowd(60).assign(margin=lambda table: table["spend"][::-1].to_numpy())
    assert told(features, "tier3") == labelled(features, "tier3") != told(crowd(60), "tier3")


def test_a_state_moves_with_the_measure_that_is_changed_and_leaves_the_customers_alone():
    features = crowd(30)
    known = case_of(features)
    seen, before = Seen(known), features.copy()
    edges = cut_edges(known.cuts, seen)
    moved = seen.codes(edges, recency_days=np.zeros(30))
    states = seen.states(moved)
    assert (states["r_score"] == 5).all()
    columns = ["f_score", "m_score", "c_score", "satisfaction"]
    pd.testing.assert_frame_equal(states[columns], seen.states(seen.codes(edges))[columns])
    pd.testing.assert_frame_equal(features, before)
