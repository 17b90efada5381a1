"""Which files a data path holds, and what each is by its content."""

import gzip
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from custkit.errors import InputRefused

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", ".pq", ".gz")
IGNORED_STEMS = ("readme", "license", "licence", "citation", "changelog", "mapping", "decisions", "review")

MAX_OPENED_BYTES = 8 * 2**30  # of a file inside an archive; ten million order lines take about one
MAX_RATIO = 200  # opened to packed, from SMALL bytes on; real exports stay below 50
SMALL = 64 * 2**20


@dataclass(frozen=True)
class Source:
    """A file that may hold a table."""

    path: Path
    name: str  # path under the data folder, with /
    kind: str  # text, xlsx, xls, parquet, gzip, or what it is instead (html, zip, pdf)
    sha256: str


def find(data: Path) -> tuple[list[Source], list[str]]:
    """Files of a data path sorted by name, and the names of files that cannot hold a table.

    In a folder, hidden files, mapping files and papers about the data (README, LICENSE, CITATION) are
    passed over in silence, and only the usual suffixes are opened; a single file is opened whatever its name.

    Raises
    ------
    InputRefused
        The path does not exist, or the folder holds no file that could be a table.
    """
    if not data.exists():
        raise InputRefused(
            f"{data.name}: no such file or folder; give the path of a data file or of a folder of them"
        )
    if data.is_file():
        return [Source(data, data.name, kind_of(data), sha256(data))], []
    files = sorted(
        (path for path in data.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(data))),
        key=lambda path: path.relative_to(data).as_posix(),
    )
    files = [path for path in files if not _is_paper(path)]
    known = [path for path in files if path.suffix.lower() in SUFFIXES]
    unused = [path.relative_to(data).as_posix() for path in files if path.suffix.lower() not in SUFFIXES]
    if not known:
        raise InputRefused(
            f"{data.name}: no data file in it; expected CSV, Excel or Parquet files such as orders.csv"
        )
    return [
        Source(path, path.relative_to(data).as_posix(), kind_of(path), sha256(path)) for path in known
    ], unused


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)


def _is_paper(path: Path) -> bool:
    name = path.name.lower()
    return name.split(".")[0] in IGNORED_STEMS or name.endswith((".mapping.yml", ".mapping.draft.yml"))


def kind_of(path: Path) -> str:
    """What a file is, by its first bytes; its suffix has no say."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    if head.startswith(b"%PDF"):
        return "pdf"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        return "html"
    return "xml" if text.startswith(b"<?xml") else "text"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return "broken zip"
    return "xlsx" if any(name.startswith("xl/workbook.") for name in names) else "zip"


def sha256(path: Path) -> str:
    """Digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def opened(source: Source, staging: Path) -> Source:
    """The source itself, or for gzip the file inside it, written to ``staging``.

    Raises
    ------
    InputRefused
        The file is of a kind that holds no table, is cut short, or opens to far more than it should.
    """
    advice = {
        "html": "a web page, not a workbook; open it in Excel and save it as xlsx or CSV",
        "xml": "an XML file; save it as xlsx or CSV",
        "pdf": "a PDF; export the table behind it as CSV or xlsx",
        "zip": "a zip archive; unpack it into the data folder",
        "broken zip": "a damaged or cut-off xlsx or zip file; export it again",
    }
    if source.kind in advice:
        raise InputRefused(f"{source.name}: this is {advice[source.kind]}")
    if source.kind == "xlsx":
        _refuse_bomb(source)
    if source.kind != "gzip":
        return source
    target = staging / f"opened-{source.sha256[:16]}"
    _unpack(source, target)
    inner = kind_of(target)
    if inner == "gzip":
        raise InputRefused(f"{source.name}: gzip inside gzip; unpack it once")
    return opened(Source(target, source.name, inner, source.sha256), staging)


def _unpack(source: Source, target: Path) -> None:
    packed, written = source.path.stat().st_size, 0
    try:
        with gzip.open(source.path) as file, target.open("wb") as out:
            while block := file.read(1 << 20):
                written += len(block)
                if _is_bomb(packed, written):
                    raise InputRefused(
                        f"{source.name}: opens to more than {written >> 20} MB; unpack it by hand"
                    )
                out.write(block)
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise InputRefused(
            f"{source.name}: a damaged or cut-off gz file ({error}); export it again"
        ) from None


def _refuse_bomb(source: Source) -> None:
    with zipfile.ZipFile(source.path) as archive:
        opened_bytes = sum(item.file_size for item in archive.infolist())
    if _is_bomb(source.path.stat().st_size, opened_bytes):
        raise InputRefused(
            f"{source.name}: opens to {opened_bytes >> 20} MB, far too much for its size; save it as CSV"
        )


def _is_bomb(packed: int, unpacked: int) -> bool:
    return unpacked > MAX_OPENED_BYTES or (unpacked > SMALL and unpacked > MAX_RATIO * packed)
