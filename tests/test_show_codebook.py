"""The export for SPSS and SAS and its codebook: what is written is read back equal, and holds nobody's name."""

import io
import resource

import numpy as np
import pandas as pd
import pytest

from custkit.errors import TableError, UsageError
from custkit.show import codebook
from custkit.words import Words

pyreadstat = pytest.importorskip("pyreadstat")


@pytest.fixture
def features() -> pd.DataFrame:
    """Ann and Bob buy, 客户三 is a prospect of whom next to nothing is known."""
    return pd.DataFrame(
        {
            "customer_id": pd.Series(["bob", "ann", "客户三"], dtype="str"),
            "region": pd.Series(["华东", "East", "East"], dtype="str"),
            "last_order": pd.to_datetime(["2024-02-29", "2023-12-31", None]).astype("datetime64[ms]"),
            "recency_days": [1.0, 61.0, np.nan],
            "n_orders": np.array([3, 12345, 0]),
            "spend": [0.1 + 0.2, 1e9 + 0.25, -1 / 3],
            "status": pd.Series(["buyer", "buyer", "prospect"], dtype="str"),
        }
    )


@pytest.fixture
def labels() -> pd.DataFrame:
    rows = [("ann", "tier3", "high"), ("bob", "tier3", "low"), ("客户三", "tier3", "prospect")]
    rows += [("ann", "mine", "B team"), ("bob", "mine", "A team"), ("客户三", "mine", "prospect")]
    return pd.DataFrame(rows, columns=["customer_id", "scheme", "label"], dtype="str")


@pytest.fixture
def table(features, labels) -> pd.DataFrame:
    risk = pd.DataFrame(
        {
            "customer_id": ["ann", "bob"],
            "risk": [0.25, 0.75],
            "reason_1": pd.Series(["", "n_orders_low"], dtype="str"),
        }
    )
    flags = pd.DataFrame({"customer_id": ["客户三", "bob", "ann"], "loyal": [False, True, True]})
    scores = pd.DataFrame({"customer_id": ["ann", "bob"], "r_score": pd.array([5, 1], dtype="Int64")})
    return codebook.customers(features, labels, risk, flags, scores)


@pytest.fixture(params=["en", "zh"])
def words(request) -> Words:
    return Words(request.param)


class TestCustomers:
    def test_joins_by_customer_and_makes_each_scheme_a_column(self, table):
        assert table["customer_id"].tolist() == ["ann", "bob", "客户三"]
        assert table["label_tier3"].tolist() == ["high", "low", "prospect"]
        assert table["risk"].tolist()[:2] == [0.25, 0.75]
        assert np.isnan(table["risk"].iloc[2])

    def test_a_column_that_stands_is_not_taken_again(self, features, labels):
        other = pd.DataFrame({"customer_id": ["ann"], "spend": [7.0]})
        assert codebook.customers(features, labels, other)["spend"].tolist() == [
            1e9 + 0.25,
            0.1 + 0.2,
            -1 / 3,
        ]

    def test_leaves_its_input_alone(self, features, labels):
        before = features.copy(), labels.copy()
        codebook.customers(features, labels)
        pd.testing.assert_frame_equal(features, before[0])
        pd.testing.assert_frame_equal(labels, before[1])

    def test_refuses_a_customer_twice(self, features, labels):
        with pytest.raises(TableError, match="found one twice"):
            codebook.customers(features, labels, pd.DataFrame({"customer_id": ["ann", "ann"]}))


# mission 94
class TestFiles:
    def test_spss_reads_back_what_was_written(self, table, words, tmp_path):
        path, *_ = codebook.files(table, "customers", words, tmp_path)
        read, meta = pyreadstat.read_sav(path)
        assert list(read) == list(table)
        for column in ("recency_days", "n_orders", "spend", "risk"):
            np.testing.assert_array_equal(read[column], table[column].astype(float))
        assert read["customer_id"].tolist() == table["customer_id"].tolist()
        assert read["region"].tolist() == table["region"].tolist()
        assert pd.to_datetime(read["last_order"]).tolist()[:2] == table["last_order"].tolist()[:2]
        assert pd.isna(read["last_order"].iloc[2])
        assert read["loyal"].tolist() == [1, 1, 0]
        shown = read["label_tier3"].map(meta.variable_value_labels["label_tier3"])
        assert shown.tolist() == [words.label("tier3", key) for key in table["label_tier3"]]
        own = read["label_mine"].map(meta.variable_value_labels["label_mine"])
        assert own.tolist() == table["label_mine"].tolist()
        assert np.isnan(read["reason_1"].iloc[0])
        assert meta.column_names_to_labels["region"] == words.column("region")
        assert meta.variable_measure["label_tier3"] == "nominal"
        assert meta.variable_measure["spend"] == "scale"

    def test_sas_reads_back_what_was_written(self, table, words, tmp_path):
        _, path, _ = codebook.files(table, "customers", words, tmp_path)
        read, meta = pyreadstat.read_xport(path)
        assert list(read) == list(table)
        for column in ("recency_days", "n_orders", "spend", "risk"):
            np.testing.assert_array_equal(read[column], table[column].astype(float))
        for column in ("customer_id", "region", "status", "label_tier3", "label_mine"):
            assert read[column].tolist() == table[column].tolist()
        assert pd.to_datetime(read["last_order"]).tolist()[:2] == table["last_order"].tolist()[:2]
        assert meta.column_names_to_labels["region"] == words.column("region")
        assert meta.table_name == "customers"

    def test_the_codebook_goes_with_it(self, table, words, tmp_path):
        *_, path = codebook.files(table, "customers", words, tmp_path, currency=" CNY")
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        read = pd.read_csv(io.BytesIO(content), encoding="utf-8-sig").set_index("name")
        assert list(read.index) == list(table)
        assert read.loc["spend", "unit"] == "CNY"
        assert read.loc["spend", ["known", "missing"]].tolist() == [3, 0]
        assert read.loc["reason_1", "known"] == 1

    def test_the_same_table_gives_the_same_bytes(self, table, words, tmp_path):
        before = table.copy()
        one, two = (
            [path.read_bytes() for path in codebook.files(table, "customers", words, tmp_path)]
            for _ in range(2)
        )
        assert one == two
        assert len(list(tmp_path.iterdir())) == 3
        pd.testing.assert_frame_equal(table, before)
        assert b"01 Jan 70" in one[0][:120]
        assert b"70:00:00:00" in one[1][:560]

    def test_days_that_nobody_has_are_empty_days(self, table, words, tmp_path):
        made = codebook.files(table.assign(first_order=pd.NaT), "customers", words, tmp_path)
        for path, read in zip(made[:2], (pyreadstat.read_sav, pyreadstat.read_xport), strict=True):
            back, _ = read(str(path))
            assert back["first_order"].isna().all()

    # fault 57
    @pytest.mark.parametrize("held", [0, 1, 560, 0.5, 0.9, 0.999])
    @pytest.mark.parametrize("end", [".sav", ".xpt"])
    def test_a_file_that_the_disk_does_not_hold_whole_is_told(self, table, words, tmp_path, end, held):
        many = table.loc[table.index.repeat(50)].reset_index(drop=True)
        whole = {path.suffix: path.stat().st_size for path in codebook.files(many, "all", words, tmp_path)}
        room = int(whole[end] * held) if isinstance(held, float) else held
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(UsageError, match=r"all\.(sav|xpt): cannot be written whole; free some space"):
                codebook.files(many, "all", words, tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def test_nobody_gives_files_that_can_be_read(self, table, words, tmp_path):
        path, *_ = codebook.files(table[:0], "customers", words, tmp_path)
        read, _ = pyreadstat.read_sav(path)
        assert read.empty
        assert list(read) == list(table)

    # personal data in no export
    @pytest.mark.parametrize("column", ["name", "phone", "email"])
    def test_refuses_personal_data(self, table, words, tmp_path, column):
        with pytest.raises(TableError, match=f"{column} is personal data"):
            codebook.files(table.assign(**{column: "x"}), "customers", words, tmp_path)

    @pytest.mark.parametrize("name", ["客户", "1st", "a b", "x" * 33])
    def test_a_name_that_the_programs_do_not_take_becomes_a_label(self, table, words, tmp_path, name):
        made = codebook.files(table.assign(**{name: 1.5}), "customers", words, tmp_path)
        for path, read in zip(made[:2], (pyreadstat.read_sav, pyreadstat.read_xport), strict=True):
            back, said = read(str(path))
            assert (back["further_1"] == 1.5).all()
            assert said.column_names_to_labels["further_1"] == name


class TestCodebook:
    def test_says_what_each_column_is_in_both_languages(self, table, words):
        book = codebook.codebook(table, words).set_index("name")
        kinds = {
            "customer_id": "id",
            "last_order": "day",
            "recency_days": "number",
            "n_orders": "whole",
            "loyal": "yes_no",
            "status": "category",
            "region": "text",
        }
        for name, kind in kinds.items():
            assert book.loc[name, "kind"] == words(f"codebook.kind.{kind}"), name
        assert book.loc["label_tier3", "label_zh"] == "三级分层"
        assert book.loc["recency_days", "unit"] == words("codebook.unit.days")
        assert book.loc["label_tier3", "levels"].startswith("1 high: High value | 高价值客户; 2 potential: ")

    def test_codes_do_not_depend_on_who_is_in_the_table(self, table):
        whole, part = (codebook.codebook(rows, Words()).set_index("name") for rows in (table, table[1:2]))
        assert whole.loc["label_tier3", "levels"] == part.loc["label_tier3", "levels"]

    def test_levels_that_the_data_brought_stand_by_name(self, table):
        levels = codebook.codebook(table, Words()).set_index("name").loc["label_mine", "levels"]
        assert (
            levels == "1 A team: A team | A team; 2 B team: B team | B team; 3 prospect: prospect | prospect"
        )
