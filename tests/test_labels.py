import numpy as np
import pandas as pd
import pytest

from custkit.errors import TableError
from custkit.labels import by_scheme, sums


@pytest.fixture
def labels():
    return pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"] * 2,
            "scheme": ["tier3"] * 3 + ["abc"] * 3,
            "label": ["low", "high", "low", "c", "a", "b"],
        }
    )


class TestByScheme:
    def test_each_scheme_in_the_order_of_the_ids(self, labels):
        found = by_scheme(labels, pd.Series(["c", "a", "b"]))
        assert list(found) == ["tier3", "abc"]
        assert list(found["tier3"]) == ["low", "low", "high"]
        assert list(found["abc"]) == ["b", "c", "a"]

    def test_categories_are_the_labels_that_somebody_has_by_name(self, labels):
        found = by_scheme(
            labels.astype({"scheme": "category", "label": "category"}), pd.Series(["a", "b", "c"])
        )
        assert list(found["tier3"].categories) == ["high", "low"]
        assert list(found["abc"].categories) == ["a", "b", "c"]

    def test_the_order_of_the_rows_has_no_say(self, labels):
        ids = pd.Series(["a", "b", "c"])
        straight, turned = (by_scheme(rows, ids) for rows in (labels, labels.iloc[::-1]))
        assert {name: list(label) for name, label in straight.items()} == {
            name: list(label) for name, label in turned.items()
        }

    @pytest.mark.parametrize("ids", [["a", "b"], ["a", "b", "d"], ["a", "b", "c", "d"]])
    def test_refuses_labels_of_other_customers(self, labels, ids):
        with pytest.raises(TableError, match=rf"labels: tier3: expected each of {len(ids)} customers once"):
            by_scheme(labels, pd.Series(ids))

    @pytest.mark.parametrize("some", [True, False])
    def test_refuses_a_customer_named_twice(self, labels, some):
        with pytest.raises(TableError, match="found 4 rows"):
            by_scheme(pd.concat([labels, labels[:1]]), pd.Series(["a", "b", "c"]), some=some)

    def test_some_may_have_none(self, labels):
        found = by_scheme(labels, pd.Series(["d", "b"]), some=True)
        assert pd.isna(found["tier3"][0])
        assert found["tier3"][1] == "high"

    def test_nobody(self, labels):
        assert by_scheme(labels[:0], pd.Series([], dtype="str")) == {}

    def test_leaves_its_input_alone(self, labels):
        before = labels.copy()
        by_scheme(labels, pd.Series(["c", "a", "b"]))
        pd.testing.assert_frame_equal(labels, before)


def test_sums():
    label = pd.Categorical(["low", "high", "low"])
    assert sums(label, np.array([1.0, 2.0, 4.0])).tolist() == [2.0, 5.0]
