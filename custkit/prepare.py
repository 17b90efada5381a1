"""Exports to the run's typed tables, once, cached by content; and the run that a notebook opens on them."""

import datetime
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import filelock
import ibis
import pyarrow as pa
import pyarrow.csv

from custkit import clean, features, ingest, ledger, schema, store
from custkit.errors import InputRefused, UsageError
from custkit.session import Run
from custkit.settings import Settings
from custkit.words import Words

DEFAULT_SAMPLE = "data/sample/online_retail"
# What the tables of a run depend on besides inputs and settings.
_CODE = ("ingest", "clean", "features.py", "ledger.py", "prepare.py", "schema.py", "settings.py", "store.py")
_MEMORY_LIMIT = "2GB"


@dataclass(frozen=True)
class Prepared:
    """The run's tables stand under ``out``; this is what is known about them."""

    out: Path
    name: str
    key: str  # digest of inputs, mapping, settings and code
    as_of: datetime.date | None
    currency: str
    decimals: int
    settings: Settings
    inputs: list[dict[str, str]]  # file, sha256
    regions: list[
        dict
    ]  # region, slug, customers, buyers, n_orders, n_refunds, spend (decimal text); most spend first
    warnings: list[dict[str, str]]
    exceeded: list[str]
    ledger: dict

    @property
    def whole(self) -> dict:
        """The same counts over all regions."""
        counts = {
            key: sum(r[key] for r in self.regions) for key in ("customers", "buyers", "n_orders", "n_refunds")
        }
        spend = sum((Decimal(r["spend"]) for r in self.regions), Decimal(0))
        return {"region": store.WHOLE, "slug": store.WHOLE, **counts, "spend": str(spend)}


def resolve(data: str = "", out: str = "") -> tuple[Path, Path]:
    """Paths of the data and of the output folder, from what was given, the environment, or the defaults.

    A relative path of data is looked up from the caller's folder, then from the repository; a relative ``out`` is
    made in the caller's folder, the default ``outputs/<name of the data>`` in the repository. Raises InputRefused.
    """
    data = data or os.environ.get("CUSTKIT_DATA") or DEFAULT_SAMPLE
    out = out or os.environ.get("CUSTKIT_OUT") or ""
    found = next((place / data for place in (Path.cwd(), store.home()) if (place / data).exists()), None)
    if found is None:
        raise InputRefused(f"{data}: no such file or folder; --data names a folder of exports or one file")
    return found, Path.cwd() / out if out else store.home() / "outputs" / _name(found)


def prepare(
    data: str = "", out: str = "", *, settings: dict[str, object] | None = None, as_of: str = ""
) -> Prepared:
    """Read, map, clean and write the tables of the whole run, unless they stand already for the same content.

    Parameters
    ----------
    data, out : as for ``resolve``
    settings : flat settings that were given; they go before mapping.yml, which goes before the defaults
    as_of : ISO day; empty: the setting ``as_of``, else the last order day

    Raises
    ------
    InputRefused
        The data cannot be read as they are. Where no finished run stands, ledger.json then holds the refusal.
    UsageError
        ``out`` cannot be written, a setting does not fit, or the last day stands alone.
    """
    source, folder = resolve(data, out)
    store.require_writable(folder, source)
    mapping = ingest.load_mapping(source)
    rules = Settings().replace(mapping.settings, mapping.path.name if mapping.path else "mapping.yml")
    rules = rules.replace({**(settings or {}), **({"as_of": as_of} if as_of else {})})
    inputs = _inputs(source)
    key = _key(inputs, rules)
    with filelock.FileLock(folder / ".prepare.lock"):
        standing = _load(folder, key, rules)
        if standing is not None:
            return standing
        try:
            return _build(source, folder, mapping, rules, inputs, key)
        except InputRefused as error:
            if not (folder / "tables").is_dir():
                store.write_json(folder / "ledger.json", ledger.refused(str(error)))
            raise


def open_run(
    data: str = "",
    out: str = "",
    *,
    region: str = store.WHOLE,
    as_of: str = "",
    lang: str = "en",
    **settings: object,
) -> Run:
    """The run that a notebook works on: one region of the data, prepared when it is not yet.

    ``settings`` are the notebook's own parameters. One that stands at its default leaves the word to mapping.yml;
    what ``custkit run --set`` gave (through the environment) goes before both. Raises UsageError for an unknown
    region (the text lists them), and what ``prepare`` raises.
    """
    words = Words(lang)
    defaults = Settings.defaults()
    Settings().replace(settings, "parameters")
    given = {name: value for name, value in settings.items() if value != defaults[name]}
    given |= json.loads(os.environ.get("CUSTKIT_SETTINGS") or "{}")
    prepared = prepare(data, out, settings=given, as_of=as_of)
    slugs = {entry["region"]: entry["slug"] for entry in prepared.regions} | {store.WHOLE: store.WHOLE}
    if region not in slugs:
        raise UsageError(f"region: no region {region!r} in {prepared.name}; there are: {', '.join(slugs)}")
    return Run(
        out=prepared.out,
        name=prepared.name,
        region=region,
        slug=slugs[region],
        as_of=prepared.as_of,
        currency=prepared.currency,
        decimals=prepared.decimals,
        settings=prepared.settings,
        words=words,
        caller=Path.cwd(),
    )


def _inputs(source: Path) -> list[dict[str, str]]:
    """Every file of the data with its digest; hidden files are no data."""
    files = [source, *_mapping_beside(source)] if source.is_file() else sorted(source.rglob("*"))
    base = source.parent if source.is_file() else source
    return [
        {"file": path.relative_to(base).as_posix(), "sha256": store.sha256(path)}
        for path in files
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(base).parts)
    ]


def _mapping_beside(file: Path) -> list[Path]:
    beside = file.with_name(f"{_name(file)}.mapping.yml")
    return [beside] if beside.is_file() else []


def _key(inputs: list[dict[str, str]], rules: Settings) -> str:
    package = Path(__file__).parent
    code = hashlib.sha256()
    for path in sorted(
        p for name in _CODE for p in [package / name, *(package / name).glob("**/*")] if p.is_file()
    ):
        if path.suffix in (".py", ".yml"):
            code.update(path.read_bytes())
    parts = [
        inputs,
        {name: getattr(rules.clean, name) for name in rules.clean.__dataclass_fields__},
        code.hexdigest(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _load(folder: Path, key: str, rules: Settings) -> Prepared | None:
    path = folder / "tables" / "prepared.json"
    known = store.read_json(path) if path.is_file() else {}
    if known.pop("key", "") != key or not all(
        (folder / "tables" / name).is_file() for name in known.pop("files")
    ):
        return None
    known["as_of"] = datetime.date.fromisoformat(known["as_of"]) if known["as_of"] else None
    return Prepared(
        out=folder, key=key, settings=rules, ledger=store.read_json(folder / "ledger.json"), **known
    )


def _build(
    source: Path, folder: Path, mapping, rules: Settings, inputs: list[dict[str, str]], key: str
) -> Prepared:
    (folder / ".tmp").mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder / ".tmp", prefix="prepare-") as scratch:
        staging, tables = Path(scratch, "staging"), Path(scratch, "tables")
        staging.mkdir()
        tables.mkdir()
        reading = ingest.read_tables(source, staging, mapping, rules.clean)
        backend = _engine(Path(scratch))
        day = datetime.date.fromisoformat(rules.clean.as_of) if rules.clean.as_of else None
        cleaned = clean.clean(reading, backend.con, rules.clean, as_of=day)
        _write_inputs(cleaned, tables)
        warnings = cleaned.warnings + _write_customer_tables(cleaned, backend, tables, rules)
        regions = _count_regions(backend.con, tables, cleaned)
        warnings += [
            {
                "code": "empty_region",
                "table": "orders",
                "file": "",
                "column": "region",
                "text": f"{r['region']}: none of its lines has a customer that is kept; its page says so",
            }
            for r in regions
            if not r["customers"]
        ]
        currency = rules.clean.currency or _only({mark for s in reading.sources for mark in s.marks})
        quarantine = Path(scratch, "quarantine.csv")
        _write_quarantine(cleaned, quarantine)
        document = cleaned.ledger.document(
            as_of=cleaned.as_of.isoformat() if cleaned.as_of else None, currency=currency, warnings=warnings
        )
        backend.disconnect()
        known = {
            "name": _name(source),
            "as_of": document["as_of"],
            "currency": currency,
            "decimals": cleaned.ledger.decimals,
            "inputs": inputs,
            "regions": regions,
            "warnings": warnings,
            "exceeded": cleaned.exceeded,
        }
        files = sorted(path.name for path in tables.iterdir())
        store.write_json(tables / "prepared.json", {"key": key, "files": files, **known})
        _swap(tables, folder / "tables")
        os.replace(quarantine, folder / "quarantine.csv")
        store.write_json(folder / "ledger.json", document)
    known["as_of"] = cleaned.as_of
    return Prepared(out=folder, key=key, settings=rules, ledger=document, **known)


def _engine(scratch: Path, *reads: Path):
    """Ibis on a DuckDB that spills into ``scratch`` and can reach nothing but it and ``reads``."""
    connection = duckdb.connect()
    backend = ibis.duckdb.from_connection(connection)  # sets its own options, so before they are locked
    spill = Path(scratch, "spill")
    spill.mkdir()
    connection.execute("SET memory_limit = ?", [_MEMORY_LIMIT])
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET allowed_directories = ?", [[str(folder) for folder in (scratch, *reads)]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return backend


def _write_inputs(cleaned: clean.Cleaned, tables: Path) -> None:
    """Kept records of every input table, typed, each with its address; orders parted into lines and refunds."""
    connection = cleaned.connection
    for table in cleaned.tables:
        columns = [c for c in clean.columns(connection, f"kept_{table}") if not c.startswith(("_", "raw."))]
        kinds = {name: said.kind for name, said in schema.INPUTS[table].items()}
        fields = {
            c: f'CAST("{c}" AS DOUBLE) / 1e{clean.STAGED_DECIMALS}'
            if kinds.get(c) == "money"
            else clean.name(c)
            for c in columns
        }
        if table == "orders":
            fields.setdefault("order_id", "CAST(order_date AS VARCHAR)")
            _join_products(cleaned, fields)
        chosen = ", ".join(f"{value} AS {clean.name(column)}" for column, value in fields.items())
        address = "_file AS file, _sheet AS sheet, _line AS line"
        query = f"SELECT {chosen}, {address} FROM kept_{table} {{where}} ORDER BY _record"
        if table == "orders":
            query = query.replace("kept_orders", _orders_source(cleaned))
            _copy(connection, query.format(where="WHERE amount >= 0"), tables / "orders.parquet")
            _copy(connection, query.format(where="WHERE amount < 0"), tables / "refunds.parquet")
        elif table != "customers":
            _copy(connection, query.format(where=""), tables / f"{table}.parquet")
    for table in ("merged", "review"):
        _copy(connection, f"SELECT * FROM {table}", tables / f"{table}.parquet")


def _join_products(cleaned: clean.Cleaned, fields: dict[str, str]) -> None:
    """What `products` knows stands where orders leave it empty; its cost is of one piece."""
    if "products" not in cleaned.tables or "product_id" not in fields:
        return
    known = clean.columns(cleaned.connection, "kept_products")
    for column in {"product", "category", "brand"} & set(known):
        fields[column] = f"coalesce({fields.get(column, 'NULL')}, products_{column})"
    if "cost" in known and "quantity" in fields:
        own = fields.get("cost", "NULL")
        fields["cost"] = (
            f"coalesce({own}, CAST(products_cost AS DOUBLE) / 1e{clean.STAGED_DECIMALS} * quantity)"
        )


def _orders_source(cleaned: clean.Cleaned) -> str:
    if "products" not in cleaned.tables or "product_id" not in clean.columns(
        cleaned.connection, "kept_orders"
    ):
        return "kept_orders"
    known = {"product", "category", "brand", "cost"} & set(clean.columns(cleaned.connection, "kept_products"))
    renamed = "".join(f", {column} AS products_{column}" for column in sorted(known))
    return f"kept_orders LEFT JOIN (SELECT product_id{renamed} FROM kept_products) p USING (product_id)"


def _write_customer_tables(
    cleaned: clean.Cleaned, backend, tables: Path, rules: Settings
) -> list[dict[str, str]]:
    """customers, accounts, features, periods, mix and product_totals; what could not be made has its columns and no rows."""
    connection, codes, decimals = cleaned.connection, rules.clean.non_product_codes, cleaned.ledger.decimals
    lines = None
    if (tables / "orders.parquet").is_file():
        orders, refunds = (
            backend.read_parquet(str(tables / f"{name}.parquet")) for name in ("orders", "refunds")
        )
        _materialise(connection, "lines", features.lines(orders, refunds, decimals=decimals))
        lines = backend.table("lines")
        _materialise(
            connection, "order_regions", features.regions(lines) if "region" in lines.columns else None
        )
    _copy(connection, _customers_query(cleaned), tables / "customers.parquet")
    _copy(
        connection,
        clean.by_region(connection, cleaned.tables, tables / "customers.parquet"),
        tables / "accounts.parquet",
    )
    customers = backend.read_parquet(str(tables / "customers.parquet"))
    if lines is not None:
        made = {
            "features": features.features(
                lines, customers, as_of=cleaned.as_of, decimals=decimals, non_products=codes
            ),
            "periods": features.periods(lines, decimals=decimals),
            "mix": features.mix(lines, decimals=decimals, non_products=codes),
            "product_totals": features.product_totals(
                lines, customers, decimals=decimals, non_products=codes
            ),
        }
    else:
        made = {
            "features": features.features_of_values(_values(backend, tables), customers, as_of=cleaned.as_of)
        }
    for name in ("features", "periods", "mix", "product_totals"):
        if made.get(name) is None:
            store.write_table(tables / f"{name}.parquet", schema.empty(name))
        else:
            _copy(connection, str(ibis.to_sql(made[name], dialect="duckdb")), tables / f"{name}.parquet")
    return _compare_values(connection, tables) if lines is not None else []


def features_at(out: Path, day: datetime.date, *, decimals: int, non_products: tuple[str, ...] = ()) -> Path:
    """``features`` as they stood at an earlier day, made once beside the run's tables."""
    path = out / "tables" / f"features_{day.isoformat()}.parquet"
    if path.is_file():
        return path
    with tempfile.TemporaryDirectory(dir=out / ".tmp", prefix="features-") as scratch:
        backend = _engine(Path(scratch), out / "tables")
        orders, refunds, customers = (
            backend.read_parquet(str(out / "tables" / f"{name}.parquet"))
            for name in ("orders", "refunds", "customers")
        )
        lines = features.lines(orders, refunds, decimals=decimals, until=day)
        made = features.features(lines, customers, as_of=day, decimals=decimals, non_products=non_products)
        fresh = Path(scratch, path.name)
        _copy(backend.con, str(ibis.to_sql(made, dialect="duckdb")), fresh)
        backend.disconnect()
        os.replace(fresh, path)
    return path


def _values(backend, tables: Path):
    path = tables / "customer_values.parquet"
    if path.is_file():
        return backend.read_parquet(str(path))
    return ibis.memtable({"customer_id": []}, schema={"customer_id": "string"})


def _customers_query(cleaned: clean.Cleaned) -> str:
    """Every customer once: what `customers` says, and the region that the orders say where it says none."""
    connection = cleaned.connection
    given = "customers" in cleaned.tables
    columns = (
        [c for c in clean.columns(connection, "kept_customers") if not c.startswith(("_", "raw."))]
        if given
        else []
    )
    regions = []
    if "region" in columns:
        regions.append("c.region")
    if connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'order_regions'").fetchone():
        regions.append("r.region")
    region = f"coalesce({', '.join([*regions, repr(schema.NO_REGION)])}) AS region"
    others = "".join(f", c.{clean.name(c)}" for c in columns if c not in ("customer_id", "region"))
    address = ", c._file AS file, c._sheet AS sheet, c._line AS line" if given else ""
    return (
        f"SELECT i.customer_id, {region}{others}{address} FROM customer_ids i"
        + (" LEFT JOIN kept_customers c USING (customer_id)" if given else "")
        + (" LEFT JOIN order_regions r ON r.customer_id = i.customer_id" if "r.region" in regions else "")
        + " ORDER BY i.customer_id"
    )


def _compare_values(connection, tables: Path) -> list[dict[str, str]]:
    """A warning where supplied totals differ from what the orders give; the orders count."""
    if not (tables / "customer_values.parquet").is_file():
        return []
    given = connection.execute(
        "DESCRIBE SELECT * FROM read_parquet(?)", [str(tables / "customer_values.parquet")]
    ).fetchall()
    warnings = []
    for column in [c for c in ("n_orders", "spend") if c in {row[0] for row in given}]:
        (differ,) = connection.execute(
            f"SELECT count(*) FROM read_parquet(?) v JOIN read_parquet(?) f USING (customer_id) WHERE abs(v.{column} - f.{column}) > 1e-9",
            [str(tables / "customer_values.parquet"), str(tables / "features.parquet")],
        ).fetchone()
        if differ:
            text = f"customer_values: {column} differs from the orders for {differ:,} customers; the orders count"
            warnings.append(
                {
                    "code": "values_differ",
                    "table": "customer_values",
                    "file": "",
                    "column": column,
                    "text": text,
                }
            )
    return warnings


def _count_regions(connection, tables: Path, cleaned: clean.Cleaned) -> list[dict]:
    """Counts of every region that is named anywhere, those with most spend first."""
    decimals = cleaned.ledger.decimals
    rows = connection.execute(
        f"""SELECT region, count(*), count(*) FILTER (status = 'buyer'), sum(n_orders), sum(n_refunds),
            sum(CAST(round(spend * 1e{decimals}) AS HUGEINT))
        FROM read_parquet(?) GROUP BY region""",
        [str(tables / "features.parquet")],
    ).fetchall()
    counted = {row[0]: [int(value or 0) for value in row[1:]] for row in rows}
    names = sorted({*counted, *cleaned.regions}, key=lambda name: (-counted.get(name, [0] * 5)[4], name))
    folders = store.slugs(names)
    regions = []
    for name in names:
        customers, buyers, n_orders, n_refunds, spend = counted.get(name, [0] * 5)
        counts = {"customers": customers, "buyers": buyers, "n_orders": n_orders, "n_refunds": n_refunds}
        regions.append(
            {"region": name, "slug": folders[name], **counts, "spend": cleaned.ledger.amount(spend)}
        )
    return regions


def _write_quarantine(cleaned: clean.Cleaned, path: Path) -> None:
    """One line for each quarantined record, with the columns of its file as read. For its owner's eyes only."""
    parts = " UNION ALL BY NAME ".join(f"SELECT * FROM quarantine_{table}" for table in cleaned.tables)
    connection = cleaned.connection
    columns = clean.columns(connection, f"({parts})")
    # A spreadsheet would run such a cell as a formula.
    safe = ", ".join(
        f"CASE WHEN regexp_matches({c}, '^[=+@-]') AND TRY_CAST({c} AS DOUBLE) IS NULL THEN '''' || {c} ELSE {c} END AS {c}"
        for c in map(clean.name, columns)
    )
    reader = connection.sql(f"SELECT {safe} FROM ({parts})").to_arrow_reader(50_000)
    names = [name.removeprefix("raw.") for name in columns]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sink:
        sink.write(b"\xef\xbb\xbf")
        head = pa.table([pa.array([name]) for name in names], names=[str(n) for n in range(len(names))])
        options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
        pa.csv.write_csv(head, sink, options)
        for batch in reader:
            pa.csv.write_csv(pa.Table.from_batches([batch]), sink, options)


def _materialise(connection, name: str, expression) -> None:
    if expression is not None:
        connection.execute(f"CREATE TABLE {name} AS {ibis.to_sql(expression, dialect='duckdb')}")


def _copy(connection, query: str, path: Path) -> None:
    connection.execute(
        f"COPY ({query}) TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)"
    )


def _swap(fresh: Path, standing: Path) -> None:
    """Put the new tables where the old ones stand; the old ones go only when the new ones are there."""
    old = fresh.with_name("tables.old")
    if standing.exists():
        os.replace(standing, old)
    os.replace(fresh, standing)
    shutil.rmtree(old, ignore_errors=True)


def _name(source: Path) -> str:
    """Name of the data: the folder, or the file without its endings."""
    return source.resolve().name if source.is_dir() else source.name.split(".")[0]


def _only(marks: set[str]) -> str:
    return marks.pop() if len(marks) == 1 else ""
