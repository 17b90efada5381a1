import os

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit import store
from custkit.errors import UsageError


class TestSlugs:
    def test_letters_of_any_script_stay(self):
        assert store.slugs(["United Kingdom", "华东", "Île-de-France"]) == {
            "United Kingdom": "United_Kingdom",
            "华东": "华东",
            "Île-de-France": "Île-de-France",
        }

    # fault 60
    def test_names_that_would_meet_get_a_hash_each(self):
        for names in (["华东", "华东."], ["east", "East"], ["a b", "a_b"]):
            folders = store.slugs(names)
            assert len({folder.casefold() for folder in folders.values()}) == 2

    # fault 71
    @pytest.mark.parametrize(
        "name", ["../../etc", "CON", "", ".", "a/b", "a\nb", "all", "x" * 255, "区" * 100]
    )
    def test_an_unsafe_name_becomes_a_safe_folder(self, name):
        folder = store.slugs([name])[name]
        assert folder not in ("", ".", "..", "all")
        assert not set(folder) & set("/\\:\n\0")
        assert len(folder.encode()) <= 120

    @given(st.lists(st.text(max_size=30), unique=True, max_size=8))
    def test_no_two_regions_share_a_folder(self, names):
        folders = store.slugs(names)
        assert len({folder.casefold() for folder in folders.values()} | {"all"}) == len(names) + 1

    def test_does_not_depend_on_the_order(self):
        names = ["East", "east", "West", "(none)"]
        assert store.slugs(names) == {name: store.slugs(names[::-1])[name] for name in names}


class TestWrite:
    def test_a_table_comes_back_and_the_same_rows_give_the_same_bytes(self, tmp_path, features):
        for name in ("a", "b"):
            store.write_table(tmp_path / f"{name}.parquet", features)
        assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
        pd.testing.assert_frame_equal(store.read_table(tmp_path / "a.parquet"), features)

    def test_categories_are_written_as_their_texts(self, tmp_path, monkeypatch):
        plain = pd.DataFrame({"label": ["b", None, "a", "b"], "n": [1, 2, 3, 4]}).astype({"label": "str"})
        monkeypatch.setattr(store, "_ROWS", 3)
        for name, table in (("plain", plain), ("coded", plain.astype({"label": "category"}))):
            store.write_table(tmp_path / f"{name}.parquet", table)
        assert (tmp_path / "plain.parquet").read_bytes() == (tmp_path / "coded.parquet").read_bytes()
        pd.testing.assert_frame_equal(store.read_table(tmp_path / "coded.parquet"), plain)

    def test_a_file_made_elsewhere_is_put_where_it_belongs(self, tmp_path):
        made = tmp_path / "scratch"
        made.write_text("new")
        (tmp_path / "export").mkdir()
        (tmp_path / "export" / "all.sav").write_text("old")
        store.place(made, tmp_path / "export" / "all.sav", mode=0o600)
        assert (tmp_path / "export" / "all.sav").read_text() == "new"
        assert (tmp_path / "export" / "all.sav").stat().st_mode & 0o777 == 0o600
        assert not made.exists()
        with pytest.raises(UsageError, match=r"all\.sav: cannot be written: No such file"):
            store.place(made, tmp_path / "export" / "all.sav")
        assert (tmp_path / "export" / "all.sav").read_text() == "new"

    # fault 57
    def test_a_write_that_fails_leaves_the_older_file_whole(self, tmp_path, monkeypatch):
        path = tmp_path / "ledger.json"
        store.write_text(path, "old")

        def full(_handle):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(UsageError, match=r"ledger\.json: cannot be written: No space left on device"):
            store.write_text(path, "new")
        assert path.read_text() == "old"
        assert [p.name for p in tmp_path.iterdir()] == ["ledger.json"]


class TestDone:
    def test_holds_until_a_file_changes_comes_or_goes(self, tmp_path):
        (tmp_path / "tables").mkdir()
        (tmp_path / "tables" / "a.parquet").write_bytes(b"1")
        store.write_text(tmp_path / "DONE", store.done_lines(tmp_path))
        assert store.is_done(tmp_path)
        (tmp_path / "tables" / "a.parquet").write_bytes(b"2")
        assert not store.is_done(tmp_path)
        (tmp_path / "tables" / "a.parquet").write_bytes(b"1")
        (tmp_path / "new.png").write_bytes(b"")
        assert not store.is_done(tmp_path)

    def test_without_the_mark_it_is_not_done(self, tmp_path):
        assert not store.is_done(tmp_path)

    def test_lines_are_what_sha256sum_checks(self, tmp_path):
        import shutil
        import subprocess

        if not shutil.which("sha256sum"):
            pytest.skip("sha256sum is not on this machine")
        store.write_text(tmp_path / "report.html", "<p>华东")
        store.write_text(tmp_path / "DONE", store.done_lines(tmp_path))
        subprocess.run(
            ["sha256sum", "--check", "--strict", "DONE"], cwd=tmp_path, check=True, capture_output=True
        )


class TestRequireWritable:
    # fault 58
    def test_a_file_or_the_folder_of_the_data_is_refused(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(UsageError, match="is a file; --out names a folder"):
            store.require_writable(tmp_path / "file", tmp_path / "data")
        with pytest.raises(UsageError, match="is the folder of the data"):
            store.require_writable(tmp_path, tmp_path)

    def test_a_folder_below_a_file_is_refused(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(UsageError, match="cannot be written"):
            store.require_writable(tmp_path / "file" / "out", tmp_path / "data")

    def test_leaves_nothing_behind(self, tmp_path):
        store.require_writable(tmp_path / "out", tmp_path / "data")
        assert list((tmp_path / "out").iterdir()) == []
