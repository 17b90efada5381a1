"""What a data path holds, told by content."""

import gzip
import io
import zipfile

import pytest

from custkit.errors import InputRefused
from custkit.ingest import find


class TestFind:
    def test_passes_over_papers_mappings_and_hidden_files(self, tmp_path):
        for name in [
            "b.csv",
            "a.xlsx",
            "README.md",
            "LICENSE",
            "CITATION.cff",
            "mapping.yml",
            "b.mapping.draft.yml",
            ".x.csv",
            "~$a.xlsx",
        ]:
            (tmp_path / name).write_text("x")
        sources, unused = find.find(tmp_path)
        assert ([source.name for source in sources], unused) == (["a.xlsx", "b.csv"], [])

    def test_looks_into_folders_and_names_what_it_leaves(self, tmp_path):
        (tmp_path / "orders").mkdir()
        (tmp_path / "orders" / "part-1.csv").write_text("x")
        (tmp_path / "model.pkl").write_text("x")  # fault 76
        sources, unused = find.find(tmp_path)
        assert ([source.name for source in sources], unused) == (["orders/part-1.csv"], ["model.pkl"])

    def test_a_single_file_is_taken_whatever_its_name(self, tmp_path):
        (tmp_path / "export").write_text("x")
        assert [source.name for source in find.find(tmp_path / "export")[0]] == ["export"]

    def test_refuses_a_path_that_is_not_there(self, tmp_path):
        with pytest.raises(InputRefused, match="nowhere: no such file or folder"):
            find.find(tmp_path / "nowhere")

    def test_refuses_a_folder_without_data(self, tmp_path):
        with pytest.raises(InputRefused, match="no data file in it"):
            find.find(tmp_path)


class TestKindOf:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"id,amount\n", "text"),
            (b"PAR1....PAR1", "parquet"),
            (gzip.compress(b"x", mtime=0), "gzip"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "xls"),
            (b"\xef\xbb\xbf <html><table>", "html"),  # fault 13
            (b"<?xml version='1.0'?>", "xml"),
            (b"%PDF-1.7", "pdf"),
            (b"PK\x03\x04 cut", "broken zip"),  # fault 15
            (b"", "text"),
        ],
    )
    def test_the_first_bytes_tell(self, tmp_path, content, kind):
        path = tmp_path / "orders.csv"
        path.write_bytes(content)
        assert find.kind_of(path) == kind


class TestOpened:
    def source(self, path, content: bytes) -> find.Source:
        path.write_bytes(content)
        return find.find(path)[0][0]

    def test_gzip_is_opened_and_told_by_what_is_inside(self, tmp_path):  # fault 13
        source = find.opened(
            self.source(tmp_path / "orders.csv", gzip.compress(b"id,amount\n", mtime=0)), tmp_path
        )
        assert (source.name, source.kind, source.path.read_bytes()) == ("orders.csv", "text", b"id,amount\n")

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("orders.xls", b"<html></html>", "orders.xls: this is a web page"),  # fault 13
            ("orders.xlsx", b"PK\x03\x04 cut", "orders.xlsx: this is a damaged or cut-off"),  # fault 15
            ("orders.gz", gzip.compress(b"x" * 1000, mtime=0)[:-12], "orders.gz: a damaged or cut-off gz"),
            ("orders.gz", gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "gzip inside gzip"),
        ],
    )
    def test_refuses_what_holds_no_table_and_says_what_it_is(self, tmp_path, name, content, says):
        with pytest.raises(InputRefused, match=says):
            find.opened(self.source(tmp_path / name, content), tmp_path)

    def test_refuses_a_gzip_bomb(self, tmp_path, monkeypatch):  # fault 74
        monkeypatch.setattr(find, "SMALL", 1 << 20)
        source = self.source(tmp_path / "orders.csv.gz", gzip.compress(b"0" * (4 << 20), mtime=0))
        with pytest.raises(InputRefused, match=r"orders\.csv\.gz: opens to more than"):
            find.opened(source, tmp_path)

    def test_refuses_a_workbook_bomb(self, tmp_path, monkeypatch):  # fault 74
        monkeypatch.setattr(find, "SMALL", 1 << 20)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", "0" * (4 << 20))
        with pytest.raises(InputRefused, match="far too much for its size"):
            find.opened(self.source(tmp_path / "orders.xlsx", packed.getvalue()), tmp_path)
