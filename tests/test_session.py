"""An opened run: what is read of it, as of which day, and the files that its settings name."""

import datetime

import pytest

from custkit import prepare, schemes, scores
from custkit.errors import SettingsError
from custkit.schemes import segment_map

SPLIT = datetime.date(2024, 1, 31)
MAP = "segment,r_lower,r_upper,f_lower,f_upper,m_lower,m_upper\n好客户,1,5,1,5,1,5\n"


@pytest.fixture
def opened(orders_folder, tmp_path):
    """Cat orders and registers after the split, Eve registers after it, Bob registers after his order; Dan did so long ago."""
    customers = (
        "customer_id,registered_on,gender\nann,2023-05-01,f\nbob,2024-02-20,m\ncat,2024-02-01,f\n"
        "dan,2020-01-01,m\neve,2024-03-01,f\n"
    )
    (orders_folder / "customers.csv").write_text(customers, encoding="utf-8")

    def open_run(**given):
        return prepare.open_run(str(orders_folder), str(tmp_path / "out"), **given)

    return open_run


class TestFeatures:
    # mission 94: what was not yet known on the day has no say
    def test_of_an_earlier_day_hold_nobody_who_had_not_registered(self, opened):
        then = opened().features(SPLIT).set_index("customer_id")
        assert then.index.tolist() == ["ann", "bob", "dan"]
        assert then["status"].tolist() == ["buyer", "buyer", "prospect"]

    def test_a_registration_after_the_day_is_not_counted_back_from(self, opened):
        then = opened().features(SPLIT).set_index("customer_id")
        assert then["tenure_days"].to_dict() == {"ann": 275.0, "bob": 21.0, "dan": 1491.0}

    def test_today_holds_everyone(self, opened):
        assert opened().read("features")["customer_id"].tolist() == ["ann", "bob", "cat", "dan", "eve"]


class TestRead:
    def test_gives_the_columns_asked_for_as_far_as_there_are_any(self, opened):
        table = opened(region="East").read("customers", schemes.columns("customers"))
        assert list(table) == ["customer_id", "gender", "registered_on"]
        assert table["customer_id"].tolist() == ["ann"]

    def test_an_absent_table_has_no_rows_whatever_is_asked_for(self, opened):
        assert opened().read("feedback", ["customer_id", "satisfaction"]).empty


class TestFilesOfSettings:
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
    def test_a_map_is_read_in_the_encodings_of_data(self, opened, orders_folder, encoding):
        path = orders_folder.parent / "map.csv"
        path.write_text(MAP, encoding=encoding)
        assert set(opened(segment_map=str(path)).segment_map()["segment"]) == {"好客户"}

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("map.csv", b""),
            ("map.csv", b'segment,r_lower\n"open,1\n'),
            ("map.csv", b"segment,r_lower\na,1,2,3\n"),
            ("map.csv", bytes(range(256)) * 4),
            ("map.parquet", b"PAR1 but not really"),
        ],
    )
    @pytest.mark.parametrize("setting", ["segment_map", "cut_points"])
    def test_what_is_no_table_is_refused_by_name(self, opened, orders_folder, setting, name, content):
        path = orders_folder.parent / name
        path.write_bytes(content)
        run = opened(**{setting: str(path)})
        with pytest.raises(SettingsError, match=f"{setting}: .*{name}"):
            getattr(run, setting)()

    def test_a_map_with_holes_may_leave_customers_of_another_day_without_a_name(self, opened):
        run = opened()
        features = run.read("features")
        cuts = schemes.with_cuts(run.cut_points(), features)
        today = schemes.label(_case(run, features, cuts)).query("scheme == 'segment_map'")
        assert "unnamed" not in set(today["label"])
        (cell,) = [scores.CELLS[-1]]
        assert cell not in set(scores.rfm(features, cuts)["cell"])
        holed = run.segment_map().head(1).assign(**dict.fromkeys(segment_map.BOUNDS, 5), segment="best")
        past = schemes.label(_case(run, features, cuts, segments=holed, may_be_unnamed=True))
        assert set(past.query("scheme == 'segment_map'")["label"]) == {"unnamed", "prospect", "refunds_only"}
        with pytest.raises(SettingsError, match="segment_map: no name for cell"):
            schemes.label(_case(run, features, cuts, segments=holed))


def _case(run, features, cuts, **given):
    return schemes.case(features, scores.rfm(features, cuts), cuts, words=run.words, **given)
