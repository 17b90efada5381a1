import pytest

from custkit import store
from custkit.run.manifest import Manifest, surroundings

ENTRY = {"status": "done", "fingerprint": "f"}
TIMING = {"seconds": 1.0, "notebooks": {}}


@pytest.fixture
def earlier(tmp_path):
    """A folder in which a run over Ost and West is finished."""
    manifest = Manifest(tmp_path, {"key": "k1"})
    manifest.record("West", ENTRY, TIMING)
    manifest.record("Ost", ENTRY, TIMING)
    manifest.finish("done", ["careful"])
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
