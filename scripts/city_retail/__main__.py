"""Write the sample, a copy without relations, or a larger copy: ``python -m scripts.city_retail``."""

import argparse
import json
from pathlib import Path

import pandas as pd

from scripts.city_retail import files, large
from scripts.city_retail.parameters import LAST_DAY
from scripts.city_retail.world import make

ROOT = Path(__file__).parent.parent.parent
MOST = 20_000  # customers; more are streamed to Parquet
DECIMALS = 6  # of numbers in the key


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.city_retail", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "data/sample/city_retail")
    parser.add_argument("--truth", type=Path, default=ROOT / "data/truth/city_retail")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument(
        "--customers", type=int, default=6000, help=f"above {MOST:,}: Parquet, no dirt, no key"
    )
    parser.add_argument("--null", action="store_true", help="the same margins, and no relations")
    given = parser.parse_args()
    if given.customers < 1:
        parser.error("--customers: expected at least 1")
    if given.customers > MOST:
        large.write(given.seed, given.customers, given.null, given.out)
        return
    world = make(given.seed, given.customers, given.null)
    files.write(world.tables, given.out, given.truth, given.seed, as_of=LAST_DAY)
    for name, content in world.truth.items():
        path = given.truth / name
        if isinstance(content, pd.DataFrame):
            content.to_csv(path, index=False, lineterminator="\n", float_format=f"%.{DECIMALS}g")
        else:
            text = json.dumps(content, indent=1, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
