from pathlib import Path

import pytest
import tiny_notebooks

from custkit import schema
from custkit.errors import SettingsError, UsageError
from custkit.run import plan
from custkit.run.parameters import Parameter

ROWS = [
    {"region": "all", "customers": 30},
    {"region": "Ost", "customers": 10},
    {"region": "West", "customers": 20},
    {"region": "Nord", "customers": 0},
]
CHOSEN = {number: Path(f"{number}_x.ipynb") for number in ("01", "02", "03", "04")}
KNOWN = {"beside": Parameter("beside", "int", 1, "")}


@pytest.fixture
def folder(tmp_path):
    """Notebooks 01, 03 and 04, and a file that is none."""
    for name in ("01_clean", "03_rfm", "04_clustering"):
        tiny_notebooks.write(tmp_path / f"{name}.ipynb", "1")
    (tmp_path / "notes.ipynb").write_text("{}")
    return tmp_path


class TestNotebooks:
    @pytest.mark.parametrize(
        ("chosen", "numbers"),
        [
            ("", ["01", "03", "04"]),
            ("03", ["03"]),
            ("3-4", ["03", "04"]),
            ("04,01", ["01", "04"]),
            ("01, 03-04", ["01", "03", "04"]),
        ],
    )
    def test_chooses_in_the_order_of_the_numbers(self, folder, chosen, numbers):
        assert list(plan.notebooks(folder, chosen)) == numbers

    @pytest.mark.parametrize("chosen", ["07", "01-04", "04-01"])
    def test_names_a_number_that_no_notebook_has(self, folder, chosen):
        with pytest.raises(UsageError, match="there are: 01, 03, 04"):
            plan.notebooks(folder, chosen)

    @pytest.mark.parametrize("chosen", ["rfm", "01-", "1;2", "-"])
    def test_names_a_text_that_is_no_list(self, folder, chosen):
        with pytest.raises(UsageError, match="expected numbers like"):
            plan.notebooks(folder, chosen)

    def test_names_a_folder_without_notebooks(self, tmp_path):
        with pytest.raises(UsageError, match="CUSTKIT_HOME"):
            plan.notebooks(tmp_path / "none")


class TestRegions:
    def test_takes_the_whole_first_and_then_the_largest(self):
        assert [row["region"] for row in plan.regions(ROWS, [])] == ["all", "West", "Ost", "Nord"]

    def test_takes_each_asked_region_once(self):
        assert [row["region"] for row in plan.regions(ROWS, ["Ost", "West", "Ost"])] == ["West", "Ost"]

    def test_lists_the_regions_when_one_is_unknown(self):
        with pytest.raises(UsageError, match=r"no region 'Sud'.*All regions: all, Ost, West, Nord"):
            plan.regions(ROWS, ["Ost", "Sud"])


class TestOfRegion:
    def planned(self, customers, **basis):
        return plan.of_region({"region": "Ost", "slug": "Ost", "customers": customers}, CHOSEN, 20, basis)

    def test_a_region_with_enough_customers_gets_every_notebook(self):
        made = self.planned(20)
        assert (made.size, made.notebooks, made.without_rows) == ("full", tuple(CHOSEN.values()), ())

    def test_a_small_region_gets_two_notebooks_and_tables_without_rows_for_the_others(self):
        made = self.planned(19)
        assert (made.size, [path.name for path in made.notebooks]) == ("short", ["01_x.ipynb", "03_x.ipynb"])
        assert made.without_rows == tuple(
            table
            for number in ("02", "04")
            for table in schema.NOTEBOOK_TABLES[number]
            if table in schema.TABLES
        )
        assert {"clusters", "cluster_quality", "findings_02", "findings_04"} <= set(made.without_rows)

    def test_a_region_without_a_customer_gets_none(self):
        made = self.planned(0)
        assert (made.size, made.notebooks, made.without_rows) == ("empty", (), ())

    def test_its_fingerprint_follows_what_it_rests_on(self):
        prints = {
            self.planned(30, key="a").fingerprint,
            self.planned(30, key="b").fingerprint,
            self.planned(19, key="a").fingerprint,
        }
        assert len(prints) == 3
        assert self.planned(30, key="a").fingerprint in prints


class TestGiven:
    def test_parts_settings_from_other_parameters(self):
        rules, others = plan.given(
            ["max_clusters=5", "non_product_codes=A,B", "beside=2", "segment_map=a=b.csv"], KNOWN
        )
        assert rules == {"max_clusters": 5, "non_product_codes": ("A", "B"), "segment_map": "a=b.csv"}
        assert others == {"beside": 2}

    def test_names_near_keys(self):
        with pytest.raises(UsageError, match="did you mean max_clusters"):
            plan.given(["max_cluster=5"], KNOWN)

    def test_sends_common_names_to_their_options(self):
        with pytest.raises(UsageError, match="--as-of"):
            plan.given(["as_of=2011-01-01"], KNOWN)

    @pytest.mark.parametrize("pair", ["max_clusters=many", "quantiles=0.8,0.2", "beside=x", "max_clusters"])
    def test_names_a_value_that_does_not_fit(self, pair):
        with pytest.raises(UsageError):
            plan.given([pair], KNOWN)

    def test_says_that_the_value_came_by_set(self):
        with pytest.raises(SettingsError, match="--set: quantiles"):
            plan.given(["quantiles=0.8,0.2"], KNOWN)


class TestEchoed:
    def test_shows_a_file_by_name_and_content(self, tmp_path):
        (tmp_path / "map.csv").write_text("segment")
        shown = plan.echoed(
            {"segment_map": str(tmp_path / "map.csv"), "cut_points": "whole", "seed": 1}, tmp_path
        )
        assert shown["segment_map"]["file"] == "map.csv"
        assert len(shown["segment_map"]["sha256"]) == 64
        assert (shown["cut_points"], shown["seed"]) == ("whole", 1)

    def test_follows_the_content(self, tmp_path):
        (tmp_path / "map.csv").write_text("one")
        first = plan.echoed({"segment_map": "map.csv"}, tmp_path)
        (tmp_path / "map.csv").write_text("two")
        assert plan.echoed({"segment_map": "map.csv"}, tmp_path) != first


class TestCodeDigest:
    def test_follows_a_byte_of_the_package_and_of_a_notebook(self, tmp_path):
        package, source = tmp_path / "package", tmp_path / "01_x.ipynb"
        package.mkdir()
        (package / "a.py").write_text("1")
        source.write_text("{}")
        digests = [plan.code_digest(package, [source])]
        (package / "a.py").write_text("2")
        digests.append(plan.code_digest(package, [source]))
        source.write_text("[]")
        digests.append(plan.code_digest(package, [source]))
        assert len(set(digests)) == 3

    def test_leaves_out_compiled_code(self, tmp_path):
        (tmp_path / "a.py").write_text("1")
        before = plan.code_digest(tmp_path, [])
        (tmp_path / "__pycache__").mkdir()
        (tmp_path / "__pycache__" / "a.pyc").write_text("x")
        assert plan.code_digest(tmp_path, []) == before
