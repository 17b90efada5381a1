"""What ``check`` and ``regions`` print: the ledger and the regions, as aligned tables in the language asked for."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import IO

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from custkit import ledger
from custkit.prepare import Prepared
from custkit.run.progress import print_table, region_name
from custkit.words import Words

_FATES = ("quarantined", "merged", "out_of_scope")  # what a step can take rows away for
_REGION_COLUMNS = ("customers", "buyers", "n_orders", "spend")


def check(prepared: Prepared, lang: str, stream: IO[str]) -> int:
    """Print the ledger, its warnings and what exceeds a threshold; 5 when something does, else 0.

    First what became of each table's rows and money, then the steps that took any.
    """
    words = Words(lang)
    steps = prepared.ledger["steps"]
    fates = [fate for fate in _FATES if fate != "out_of_scope" or any(fate in step for step in steps)]
    ends = ["rows_in", "kept", *fates, "money_in", "money_kept", *(f"money_{fate}" for fate in fates)]
    balance = _table(words("run.ledger"), [words(f"run.ledger.{name}") for name in ("table", *ends)], texts=1)
    for table in dict.fromkeys(step["table"] for step in steps):
        own = [step for step in steps if step["table"] == table]
        balance.add_row(Text(words.label("table", table)), *_numbers(_over_all(own, fates), ends))
    print_table(balance, stream)
    taken = [*fates, *(f"money_{fate}" for fate in fates)]
    headers = [words(f"run.ledger.{name}") for name in ("table", "step", *taken)]
    by_step = _table(words("run.ledger.steps"), headers, texts=2)
    for step in steps:
        if step["kept"] != step["rows_in"]:
            names = (words.label("table", step["table"]), words.label("step", step["step"]))
            by_step.add_row(*map(Text, names), *_numbers(step, taken))
    if by_step.row_count:
        print_table(by_step, stream)
    warnings = prepared.ledger["warnings"]
    if warnings:
        print(words("run.ledger.warnings", count=len(warnings)), file=stream)
    told = [f"  {text}" for text in ledger.texts(warnings, lang)]
    for text in [*told, *ledger.texts(prepared.exceeded, lang)]:
        print(text, file=stream)
    return 5 if prepared.exceeded else 0


def _over_all(steps: list[dict], fates: list[str]) -> dict:
    """A table's whole way: what its first step took in, what its last one kept, and what all of them took away."""
    first, last = steps[0], steps[-1]
    ends = {"rows_in": first["rows_in"], "kept": last["kept"]}
    ends |= {"money_in": first["money_in"], "money_kept": last["money_kept"]}
    ends |= {fate: sum(step.get(fate, 0) for step in steps) for fate in fates}
    money = {fate: sum(Decimal(step.get(f"money_{fate}", 0)) for step in steps) for fate in fates}
    return ends | {f"money_{fate}": str(amount) for fate, amount in money.items()}


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
    """Counts and amounts of a row; an amount of nothing is left blank, for most tables have no money at all."""
    return [
        "" if name.startswith("money") and not Decimal(row.get(name, 0)) else _grouped(row.get(name, 0))
        for name in columns
    ]


def _grouped(value: int | str) -> str:
    """A count, or money as decimal text, with its digits in groups; no digit of the money is lost."""
    whole, point, decimals = str(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{decimals}"
