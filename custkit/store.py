"""Named tables, figures and pages of a run on disk, whole or not at all: the only writer."""

import hashlib
import json
import os
import re
import unicodedata
import uuid
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from custkit.errors import SettingsError, UsageError
from custkit.schema import WHOLE

# Of the memory that is free, what DuckDB may hold before it spills; at least and at most so many bytes.
_MEMORY_SHARE, _LEAST_MEMORY, _MOST_MEMORY = 0.25, 2**30, 4 * 2**30
_ROWS = 2**20  # that are written at a time
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}


def home() -> Path:
    """The repository: where notebooks and samples live (``CUSTKIT_HOME``, else beside the package)."""
    return Path(os.environ.get("CUSTKIT_HOME") or Path(__file__).resolve().parent.parent)


def slugs(names: list[str]) -> dict[str, str]:
    """Folder name of each region; ``all`` is kept for the whole.

    Letters of any script stay. A hash is added where two names would meet on some file system (case, trailing
    dots), and where a name is unsafe: separators, control characters, reserved words, empty, very long.
    """
    plain = {name: re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", name)).strip("_") for name in names}
    meeting: dict[str, int] = {WHOLE: 1}
    for text in plain.values():
        meeting[text.casefold()] = meeting.get(text.casefold(), 0) + 1
    folders = {}
    for name, text in plain.items():
        unsafe = (
            not text or len(text.encode()) > 100 or text.casefold() in _RESERVED or not name.isprintable()
        )
        unsafe = unsafe or bool(re.search(r"[/\\:]|\.\.", name))
        if unsafe or meeting[text.casefold()] > 1:
            digest = hashlib.sha256(name.encode()).hexdigest()[:8]
            text = f"{text.encode()[:100].decode(errors='ignore') or 'region'}-{digest}"
        folders[name] = text
    return folders


def user_file(setting: str, path: str, *places: Path) -> Path:
    """A file that a setting names, looked for from ``places`` in turn. Raises SettingsError where none has it."""
    found = next((place / path for place in places if (place / path).is_file()), None)
    if found is None:
        seen = ", ".join(dict.fromkeys(place.name or str(place) for place in places))
        raise SettingsError(f"{setting}: no file {path}, seen from {seen}")
    return found


def write_bytes(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file under a temporary name and rename it; an older file stays whole until then.

    Raises UsageError naming the path when the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def place(source: Path, path: Path, *, mode: int = 0o644) -> None:
    """Put a file that a library wrote into a scratch folder of the same run where it belongs, whole.

    Raises UsageError as ``write_bytes`` does.
    """
    try:
        source.chmod(mode)
        with open(source, "rb") as handle:
            os.fsync(handle.fileno())
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path}: cannot be written: {error.strerror}; free some space or choose another --out")


def write_text(path: Path, text: str, *, mode: int = 0o644) -> None:
    write_bytes(path, text.encode("utf-8"), mode=mode)


def write_json(path: Path, document: object) -> None:
    write_text(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def write_table(path: Path, table: pd.DataFrame) -> None:
    """A table as Parquet, categories as the texts that they stand for; the same rows give the same bytes."""
    held = pa.Table.from_pandas(table, preserve_index=False)
    plain = held.schema
    texts = {name: table[name].cat.categories.dtype for name in table.select_dtypes("category")}
    if texts:
        kinds = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in plain.types]
        told = pa.Table.from_pandas(table.head(0).astype(texts), preserve_index=False).schema.metadata
        plain = pa.schema(zip(plain.names, kinds, strict=True), metadata=told)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, plain, compression="zstd") as writer:
        # Part by part: texts written out take many times the room of their categories.
        for start in range(0, max(len(held), 1), _ROWS):
            writer.write_table(held.slice(start, _ROWS).cast(plain))
    write_bytes(path, sink.getvalue().to_pybytes())


def read_table(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    return to_pandas(pq.read_table(path, columns=columns))


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Days as datetime64, not as objects of Python."""
    return table.to_pandas(date_as_object=False)


def engine(scratch: Path, *reads: Path, most: int = _MOST_MEMORY):
    """Ibis on a DuckDB that spills into ``scratch``, from ``most`` bytes on or sooner, and reaches only it and ``reads``."""
    # Only what touches order lines needs them; a notebook's start should not pay for them.
    import duckdb
    import ibis
    import psutil

    connection = duckdb.connect()
    backend = ibis.duckdb.from_connection(connection)  # sets options of its own, so before they are locked
    spill = scratch / "spill"
    spill.mkdir()
    free = psutil.virtual_memory().available
    limit = int(min(max(free * _MEMORY_SHARE, _LEAST_MEMORY), most))
    connection.execute("SET memory_limit = ?", [f"{limit // 2**20}MiB"])
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET allowed_directories = ?", [[str(folder) for folder in (scratch, *reads)]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return backend


def copy(connection, query: str, path: Path) -> None:
    """The rows of a query as a Parquet file, without passing through Python."""
    target = str(path).replace("'", "''")
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def done_lines(folder: Path) -> str:
    """``sha256sum`` lines over every file of a region's folder but DONE and hidden ones, in the order of their names."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name != "DONE" and not path.name.startswith(".")
    )
    return "".join(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)


def is_done(folder: Path) -> bool:
    """Whether DONE stands and every file is as it says."""
    mark = folder / "DONE"
    return mark.is_file() and mark.read_text(encoding="utf-8") == done_lines(folder)


def require_writable(out: Path, data: Path) -> None:
    """Raise UsageError before any work when ``out`` cannot take a run."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; --out names a folder")
    if out.resolve() == (data if data.is_dir() else data.parent).resolve():
        raise UsageError(f"{out}: is the folder of the data; choose another --out")
    probe = out / f".probe-{uuid.uuid4().hex[:8]}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}; choose another --out") from error
