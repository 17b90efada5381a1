"""A cleaned reading becomes the run's tables: typed inputs, customers, features and what was set aside."""

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from custkit import clean, features, ingest, ledger, schema, store
from custkit.settings import Settings


def write_inputs(reading: ingest.Reading, cleaned: clean.Cleaned, tables: Path) -> None:
    """Kept records of every input table, typed, each with its address; orders parted into lines and refunds.

    Beside them: what was merged or flagged, and which header was read as which column.
    """
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
            store.copy(connection, query.format(where="WHERE amount >= 0"), tables / "orders.parquet")
            back = query.replace(address, f"refund_of, {address}")
            where = "LEFT JOIN refund_of USING (_record) WHERE amount < 0"
            store.copy(connection, back.format(where=where), tables / "refunds.parquet")
        elif table != "customers":
            store.copy(connection, query.format(where=""), tables / f"{table}.parquet")
    for table in ("merged", "key_matches"):
        store.copy(connection, f"SELECT * FROM {table}", tables / f"{table}.parquet")
    matched = [
        {
            "table": source.table,
            "file": source.file,
            "sheet": source.sheet,
            "column": column,
            "header": header,
        }
        for source in reading.sources
        for column, header in source.columns.items()
    ]
    names = ["table", "file", "sheet", "column", "header"]
    store.write_table(tables / "columns.parquet", pd.DataFrame(matched, columns=names, dtype="str"))
    kept = {table: f"kept_{table}" for table in cleaned.tables}
    store.write_table(tables / "coverage.parquet", clean.coverage(connection, kept))
    _write_files(reading, cleaned, tables)


def _write_files(reading: ingest.Reading, cleaned: clean.Cleaned, tables: Path) -> None:
    """How each file was read, and what became of its rows."""
    how = {
        (source.table, source.file, source.sheet): (source.encoding, source.separator)
        for source in reading.sources
    }
    rows = []
    for entry in map(cleaned.ledger.entry, cleaned.ledger.files):
        encoding, separator = how[entry["table"], entry["file"], entry["sheet"]]
        rows.append({**entry, "encoding": encoding, "separator": {"\t": "tab"}.get(separator, separator)})
    kinds = schema.TABLES["files"]
    store.write_table(tables / "files.parquet", pd.DataFrame(rows, columns=list(kinds)).astype(kinds))


def _join_products(cleaned: clean.Cleaned, fields: dict[str, str]) -> None:
    """What `products` knows stands where orders leave it empty; its cost is of one piece."""
    if "products" not in cleaned.tables or "product_id" not in fields:
        return
    known = clean.columns(cleaned.connection, "kept_products")
    for column in (name for name in ("product", "category", "brand") if name in known):
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


def write_customer_tables(
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
    store.copy(connection, _customers_query(cleaned), tables / "customers.parquet")
    store.copy(
        connection,
        clean.by_region(connection, cleaned.tables, tables / "customers.parquet"),
        tables / "accounts.parquet",
    )
    store.copy(
        connection,
        clean.quarantined(connection, cleaned.tables, tables / "customers.parquet"),
        tables / "quarantined.parquet",
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
            query = features.sql(made[name])
            query = _with_values(connection, query, tables) if name == "features" else query
            store.copy(connection, query, tables / f"{name}.parquet")
    # Supplied totals are of all orders; with those in scope they cannot be compared.
    has_scope = bool(rules.clean.since or rules.clean.categories)
    warnings = _compare_values(connection, tables) if lines is not None and not has_scope else []
    clean.drop_decided(connection)
    store.copy(connection, "SELECT * FROM review", tables / "review.parquet")
    return warnings


def _with_values(connection, query: str, tables: Path) -> str:
    """``features`` with the further numeric columns that `customer_values` brings (visits, minutes trained)."""
    path = tables / "customer_values.parquet"
    if not path.is_file():
        return query
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    taken = {*schema.TABLES["features"], *schema.INPUTS["customer_values"]}
    further = [
        clean.name(row[0]) for row in described if row[1] in ("DOUBLE", "BIGINT") and row[0] not in taken
    ]
    if not further:
        return query
    source = "'" + str(path).replace("'", "''") + "'"
    return (
        f"SELECT f.*, {', '.join(f'v.{column}' for column in further)} FROM ({query}) f"
        f" LEFT JOIN read_parquet({source}) v USING (customer_id) ORDER BY f.customer_id"
    )


def _values(backend, tables: Path):
    path = tables / "customer_values.parquet"
    if path.is_file():
        return backend.read_parquet(str(path))
    backend.con.execute("CREATE TABLE no_values (customer_id VARCHAR)")
    return backend.table("no_values")


def _customers_query(cleaned: clean.Cleaned) -> str:
    """Every customer once: what `customers` says, normalised, and the region that the orders say where it says none.

    Whoever is known from orders alone has no value that could have been filled: a mark says so for everybody.
    """
    connection = cleaned.connection
    given = "customers" in cleaned.tables
    columns = [c for c in clean.columns(connection, "people") if not c.startswith("_")] if given else []
    regions = []
    if "region" in columns:
        regions.append("c.region")
    there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    regions += ["r.region"] if "order_regions" in there else []
    # Who has no order left in scope keeps the region of the orders beyond it.
    regions += ["b.region"] if "regions_beyond" in there else []
    region = f"coalesce({', '.join([*regions, repr(schema.NO_REGION)])}) AS region"
    others = "".join(
        f", coalesce(c.{clean.name(c)}, false) AS {clean.name(c)}"
        if c.endswith("_imputed")
        else f", c.{clean.name(c)}"
        for c in columns
        if c not in ("customer_id", "region")
    )
    address = ", c._file AS file, c._sheet AS sheet, c._line AS line" if given else ""
    return (
        f"SELECT i.customer_id, {region}{others}{address} FROM customer_ids i"
        + (" LEFT JOIN people c USING (customer_id)" if given else "")
        + (" LEFT JOIN order_regions r ON r.customer_id = i.customer_id" if "r.region" in regions else "")
        + (" LEFT JOIN regions_beyond b ON b.customer_id = i.customer_id" if "b.region" in regions else "")
        + " ORDER BY i.customer_id"
    )


def _compare_values(connection, tables: Path) -> list[dict[str, str]]:
    """A warning where supplied totals differ from what the orders give; the orders count."""
    if not (tables / "customer_values.parquet").is_file():
        return []
    given = connection.execute(
        "DESCRIBE SELECT * FROM read_parquet(?)", [str(tables / "customer_values.parquet")]
    ).fetchall()
    supplied, computed = (
        f"read_parquet({clean.text(tables / name)})"
        for name in ("customer_values.parquet", "features.parquet")
    )
    warnings = []
    for column in [c for c in ("n_orders", "spend", "last_order") if c in {row[0] for row in given}]:
        differ = clean.list_differences(connection, column, supplied, computed)
        if differ:
            warnings.append(
                ledger.warn("values_differ", table="customer_values", column=column, customers=differ)
            )
    return warnings


def count_regions(connection, tables: Path, cleaned: clean.Cleaned) -> list[dict]:
    """Counts of every region that is named anywhere, those with most spend first, and why lines of it were rejected."""
    decimals = cleaned.ledger.decimals
    rows = connection.execute(
        f"""SELECT region, count(*), count(*) FILTER (status = 'buyer'), sum(n_orders), sum(n_refunds),
            sum(CAST(round(spend * 1e{decimals}) AS HUGEINT))
        FROM read_parquet(?) GROUP BY region""",
        [str(tables / "features.parquet")],
    ).fetchall()
    counted = {row[0]: [int(value or 0) for value in row[1:]] for row in rows}
    rejected: dict[str, list[dict]] = {}
    for region, rule, lines in connection.execute(
        """SELECT region, rule, CAST(sum(rows) AS BIGINT) FROM read_parquet(?) WHERE fate = 'quarantined'
        GROUP BY region, rule ORDER BY 3 DESC, rule""",
        [str(tables / "accounts.parquet")],
    ).fetchall():
        rejected.setdefault(region, []).append({"rule": rule, "rows": lines})
    names = sorted({*counted, *cleaned.regions}, key=lambda name: (-counted.get(name, [0] * 5)[4], name))
    folders = store.slugs(names)
    regions = []
    for name in names:
        customers, buyers, n_orders, n_refunds, spend = counted.get(name, [0] * 5)
        counts = {"customers": customers, "buyers": buyers, "n_orders": n_orders, "n_refunds": n_refunds}
        money = {"spend": cleaned.ledger.amount(spend)}
        regions.append(
            {"region": name, "slug": folders[name], **counts, **money, "quarantined": rejected.get(name, [])}
        )
    return regions


def write_quarantine(cleaned: clean.Cleaned, path: Path) -> None:
    """One line for each quarantined record, with the columns of its file as read. For its owner's eyes only."""
    parts = " UNION ALL BY NAME ".join(f"SELECT * FROM quarantine_{table}" for table in cleaned.tables)
    _write_for_owner(cleaned.connection, parts, path)


def write_review(cleaned: clean.Cleaned, path: Path) -> None:
    """One line for each record under review, with an empty ``decision`` to fill in. For its owner's eyes only."""
    query = clean.with_records(cleaned.connection, cleaned.tables)
    _write_for_owner(cleaned.connection, query, path)


def _write_for_owner(connection, query: str, path: Path) -> None:
    """Rows of a query as CSV that a spreadsheet opens without running any of it, readable by its owner alone."""
    columns = clean.columns(connection, f"({query})")
    # A spreadsheet would run such a cell as a formula.
    safe = ", ".join(
        f"CASE WHEN regexp_matches({c}, '^[=+@-]') AND TRY_CAST({c} AS DOUBLE) IS NULL THEN '''' || {c} ELSE {c} END AS {c}"
        for c in map(clean.name, columns)
    )
    reader = connection.sql(f"SELECT {safe} FROM ({query})").to_arrow_reader(50_000)
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
        connection.execute(f"CREATE TABLE {name} AS {features.sql(expression)}")
