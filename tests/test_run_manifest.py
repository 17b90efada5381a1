import pandas as pd
import pytest

from custkit import store
from custkit.run.manifest import Manifest, fitted, surroundings

ENTRY = {"status": "done", "fingerprint": "f"}
TIMING = {"seconds": 1.0, "notebooks": {}}


@pytest.fixture
def earlier(tmp_path):
    """A folder in which a run over Ost and West is finished."""
    manifest = Manifest(tmp_path, {"key": "k1"})
    manifest.record("West", ENTRY, TIMING)
    manifest.record("Ost", ENTRY, TIMING)
    manifest.finish("done", ["careful"], {})
    return tmp_path


class TestManifest:
    def test_is_on_disk_after_every_region(self, tmp_path):
        Manifest(tmp_path, {"key": "k1", "lang": "en"}).record("Ost", ENTRY, TIMING)
        written = store.read_json(tmp_path / "manifest.json")
        assert (written["lang"], written["status"], written["regions"]) == (
            "en",
            "unfinished",
            {"Ost": ENTRY},
        )
        assert written["timing"]["regions"] == {"Ost": TIMING}

    def test_lists_regions_by_name(self, earlier):
        written = store.read_json(earlier / "manifest.json")
        assert (list(written["regions"]), written["status"], written["warnings"]) == (
            ["Ost", "West"],
            "done",
            ["careful"],
        )

    def test_keeps_regions_that_rest_on_the_same_data(self, earlier):
        assert set(Manifest(earlier, {"key": "k1"}).regions) == {"Ost", "West"}

    def test_forgets_regions_of_other_data(self, earlier):
        assert Manifest(earlier, {"key": "k2"}).regions == {}


class TestSurroundings:
    def test_does_not_name_the_machine(self):
        assert set(surroundings()) == {"system", "locale", "timezone"}


class TestFitted:
    def test_models_of_the_first_region_that_has_any(self, tmp_path):
        rows = [
            ("bg_nbd", "r", 0.2426, -9582.4, "week"),
            ("bg_nbd", "alpha", 4.4135, -9582.4, "week"),
            ("money", "mean_order", 35.0, float("nan"), ""),
        ]
        made = pd.DataFrame(rows, columns=["model", "parameter", "value", "loglik", "unit"])
        store.write_table(tmp_path / "east" / "tables" / "value_models.parquet", made)
        found = fitted([tmp_path / "all", tmp_path / "east"])
        own = {"parameters": {"r": 0.2426, "alpha": 4.4135}, "loglik": -9582.4, "unit": "week"}
        assert found == {"bg_nbd": own}

    def test_without_a_model_there_is_none(self, tmp_path):
        assert fitted([tmp_path]) == {}
