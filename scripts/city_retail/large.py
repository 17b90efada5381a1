"""Copies for benchmarks: block after block to Parquet, in the memory of one block."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.city_retail import baskets, block
from scripts.city_retail.parameters import MODEL, Model

STREAMED = ("orders", "customers", "feedback")
MAPPING = "currency: CNY\n"


def write(seed: int, customers: int, null: bool, out: Path, model: Model = MODEL) -> None:
    """Orders, customers, feedback and products as Parquet files in ``out``; a row group per block of customers."""
    out.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter] = {}
    try:
        for part in block.blocks(seed, customers, null, model, activity=False):
            for name in STREAMED:
                table = pa.Table.from_pandas(
                    part.tables[name].drop(columns="cause", errors="ignore"), preserve_index=False
                )
                if name not in writers:
                    writers[name] = pq.ParquetWriter(
                        out / f"{name}.parquet", table.schema, compression="zstd"
                    )
                writers[name].write_table(table.cast(writers[name].schema))
    finally:
        for writer in writers.values():
            writer.close()
    products = baskets.products(seed).drop(columns="price")
    pq.write_table(pa.Table.from_pandas(products, preserve_index=False), out / "products.parquet")
    (out / "mapping.yml").write_text(MAPPING, encoding="utf-8", newline="\n")
