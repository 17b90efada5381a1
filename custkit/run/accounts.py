"""What ``check`` and ``regions`` print: the ledger and the regions, as aligned tables in the language asked for."""

from collections.abc import Iterable, Mapping
from typing import IO

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from custkit import ledger
from custkit.prepare import Prepared
from custkit.run.progress import print_table, region_name
from custkit.words import Words

_STEP_COLUMNS = (
    "rows_in",
    "kept",
    "quarantined",
    "merged",
    "money_in",
    "money_kept",
    "money_quarantined",
    "money_merged",
)
_REGION_COLUMNS = ("customers", "buyers", "n_orders", "spend")


def check(prepared: Prepared, lang: str, stream: IO[str]) -> int:
    """Print the ledger step by step, its warnings and what exceeds a threshold; 5 when something does, else 0."""
    words = Words(lang)
    steps = prepared.ledger["steps"]
    columns = [*_STEP_COLUMNS, *(["out_of_scope"] if any("out_of_scope" in step for step in steps) else [])]
    table = _table(
        words("run.ledger"), [words(f"run.ledger.{name}") for name in ("table", "step", *columns)], texts=2
    )
    for step in steps:
        table.add_row(
            Text(words.label("table", step["table"])),
            Text(words.label("step", step["step"])),
            *_numbers(step, columns),
        )
    print_table(table, stream)
    warnings = prepared.ledger["warnings"]
    if warnings:
        print(words("run.ledger.warnings", count=len(warnings)), file=stream)
    told = [f"  {text}" for text in ledger.texts(warnings, lang)]
    for text in [*told, *ledger.texts(prepared.exceeded, lang)]:
        print(text, file=stream)
    return 5 if prepared.exceeded else 0


def regions(prepared: Prepared, lang: str, stream: IO[str]) -> int:
    """Print every region with its customers, buyers, orders and spend, the whole as the last line."""
    words = Words(lang)
    headers = [words(f"run.column.{name}") for name in ("region", *_REGION_COLUMNS)]
    table = _table(words("run.regions", data=prepared.name), headers, texts=1)
    for row in [*prepared.regions, prepared.whole]:
        table.add_row(Text(region_name(row["region"], words)), *_numbers(row, _REGION_COLUMNS))
    print_table(table, stream)
    return 0


def _table(title: str, headers: Iterable[str], *, texts: int) -> Table:
    """A table whose first ``texts`` columns are text, the others numbers."""
    table = Table(box=SIMPLE, title=title, title_justify="left")
    for position, header in enumerate(headers):
        table.add_column(header, justify="left" if position < texts else "right", overflow="fold")
    return table


def _numbers(row: Mapping, columns: Iterable[str]) -> list[str]:
    return [_grouped(row.get(name, 0)) for name in columns]


def _grouped(value: int | str) -> str:
    """A count, or money as decimal text, with its digits in groups; no digit of the money is lost."""
    whole, point, decimals = str(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{decimals}"
