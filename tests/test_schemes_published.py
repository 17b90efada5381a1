"""Every scheme that can be computed labels every customer exactly once, on published data."""

import datetime

import pandas as pd
import pytest
from published import CDNOW, CDNOW_SAMPLE, COMPLETE_JOURNEY, read

from custkit import prepare, schemes, scores
from custkit.schemes import repair, segment_map
from custkit.session import Run

BY_LINE = """
currency: USD
tables:
  orders: {columns: {order_id: line}}
"""
HOME = prepare.store.home()
WITHOUT_PEOPLE = {
    "tier3",
    "rfm8",
    "segment_map",
    "behaviour",
    "case4",
    "frequency",
    "frequency_once",
    "tenure",
    "loyalty",
    "abc",
}


def opened(data: str, out) -> Run:
    return prepare.open_run(data, str(out))


def labelled(run: Run, **facts) -> pd.DataFrame:
    """As notebook 03 does, but for lifetime value."""
    features, rules = run.read("features"), run.settings.schemes
    cuts = schemes.with_cuts(run.cut_points(), run.cut_customers(), rules)
    known = schemes.case(
        features,
        scores.rfm(features, cuts),
        cuts,
        rules,
        words=run.words,
        segments=run.segment_map(),
        customers=run.read("customers"),
        feedback=run.read("feedback"),
        as_of=run.as_of,
        **facts,
    )
    labels = schemes.label(known)
    computed = [scheme for scheme in schemes.SCHEMES.values() if not schemes.lacking(scheme, known)]
    assert labels["scheme"].unique().tolist() == [scheme.id for scheme in computed]
    assert len(labels) == len(computed) * len(features)
    assert not labels.isna().any(axis=None)
    for scheme in computed:
        own = labels.query("scheme == @scheme.id")
        assert own["customer_id"].tolist() == features["customer_id"].tolist()
        allowed = scheme.labels or (
            segment_map.names(run.segment_map()) if scheme.id == "segment_map" else None
        )
        assert allowed is None or set(own["label"]) <= {*allowed, *schemes.UNSCORED}
    assert not labels["label"].str.lower().isin(["other", "others", ""]).any()
    return labels


class TestEveryCustomerOnce:  # issue 5, done 1
    @pytest.mark.parametrize(
        ("file", "path", "mapping", "customers"),
        [
            ("cdnow_sample.txt", "cdnow/cdnow_sample.txt", CDNOW_SAMPLE, 2_357),
            ("rfm_orders.csv", "rfm_orders/rfm_orders.csv", "currency: USD\n", 995),
            pytest.param("cdnow.txt.gz", "cdnow/cdnow_master.txt.gz", CDNOW, 23_570, marks=pytest.mark.slow),
        ],
    )
    def test_orders_alone(self, tmp_path, file, path, mapping, customers):
        prepared = read(tmp_path, {file: path}, mapping)
        labels = labelled(opened(str(tmp_path / "data"), prepared.out))
        assert labels["customer_id"].nunique() == customers
        assert set(labels["scheme"]) == WITHOUT_PEOPLE

    @pytest.mark.slow
    def test_complete_journey(self, tmp_path):
        files = {
            f"{name}.parquet": f"complete_journey/{name}.parquet"
            for name in ("transactions", "demographics", "products", "coupon_redemptions")
        }
        prepared = read(tmp_path, files, COMPLETE_JOURNEY)
        labels = labelled(opened(str(tmp_path / "data"), prepared.out))
        assert labels["customer_id"].nunique() == 2_469

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("sample", "more"),
        [("online_retail", {"geography"}), ("city_retail", {"geography", "basic", "rules002"})],
    )
    def test_samples(self, tmp_path, sample, more):
        run = opened(str(HOME / "data" / "sample" / sample), tmp_path / "out")
        assert set(labelled(run)["scheme"]) == WITHOUT_PEOPLE | more


def test_as_of_before_every_order_labels_everyone_as_a_prospect(tmp_path):
    """Orders after the day are no orders yet."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "orders.csv").write_text(
        "customer_id,order_date,amount\na,2024-01-01,5\nb,2024-02-01,6\n", encoding="utf-8"
    )
    (data / "customers.csv").write_text("customer_id,gender\na,f\nb,m\nc,f\n", encoding="utf-8")
    run = prepare.open_run(str(data), str(tmp_path / "out"), as_of=datetime.date(2023, 1, 1).isoformat())
    labels = labelled(run)
    assert set(labels.loc[~labels["scheme"].isin(["basic", "geography"]), "label"]) == {"prospect"}


def test_rfm_orders_come_out_as_the_package_publishes(tmp_path):
    """R's rfm at 2006-12-31, each line an order: its cuts in our strict reading, and its map, all brought by files."""
    read(tmp_path, {"rfm_orders.csv": "rfm_orders/rfm_orders.csv"}, BY_LINE)
    strict = {
        "recency_days": [114, 180, 297.4, 481],
        "n_orders": [3, 4, 5, 7],
        "spend": [255.8, 381, 506.4, 665],
    }
    cuts, its_map = tmp_path / "cuts.csv", tmp_path / "map.csv"
    pd.concat([scores.bounds(measure, edges) for measure, edges in strict.items()]).to_csv(cuts, index=False)
    repair.of_r().to_csv(its_map, index=False)
    given = {"as_of": "2006-12-31", "cut_points": str(cuts), "segment_map": str(its_map)}
    run = prepare.open_run(str(tmp_path / "data"), str(tmp_path / "out"), **given)
    labels = labelled(run).query("scheme == 'segment_map'")
    assert labels["label"].value_counts().to_dict() == {
        "Potential Loyalist": 342,
        "Loyal Customers": 170,
        "Lost": 148,
        "New Customers": 104,
        "About To Sleep": 102,
        "Can't Lose Them": 47,
        "Champions": 35,
        "At Risk": 28,
        "Need Attention": 10,
        "Promising": 9,
    }
