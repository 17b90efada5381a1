"""Write docs/settings.md and docs/tables.md from the code, so that they cannot say something else than it does."""

import ast
import dataclasses
import inspect
import re
from pathlib import Path

from custkit import schema, settings

ROOT = Path(__file__).parent.parent
KINDS = {
    "id": "id (text)", "text": "text", "date": "day or time", "money": "money", "number": "number",
    "integer": "whole number", "scale": "number on a scale",
}  # fmt: skip


def settings_page() -> str:
    """One table a group of settings: name, default and the comment that stands behind it in the code."""
    page = [
        "# Settings",
        "",
        "Give one for good in `mapping.yml` (`min_stability: 0.8`), or for once with `custkit run --set min_stability=0.8`. What is given",
        "with `--set` goes before a notebook's parameter, that before `mapping.yml`, that before the default. Lists: `--set quantiles=0.25,0.5,0.75`.",
    ]
    for group in dataclasses.fields(settings.Settings):
        rules = type(getattr(settings.Settings(), group.name))
        page += [
            "",
            f"## {rules.__doc__.splitlines()[0]}",
            "",
            "| setting | default | meaning |",
            "|---|---|---|",
        ]
        source = inspect.getsource(rules)
        lines = source.splitlines()
        for node in ast.parse(source).body[0].body:
            if isinstance(node, ast.AnnAssign):
                written = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                said = " ".join(re.findall(r"#\s*(.*)", written)) or "see the code"
                default = ast.unparse(node.value).replace("|", "\\|")
                page.append(f"| `{node.target.id}` | `{default}` | {said} |")
    return "\n".join(page) + "\n"


def tables_page() -> str:
    """Columns of every table that comes in, and of every table that is written."""
    page = [
        "# Tables",
        "",
        "## What comes in",
        "",
        "A file `NAME.csv`, `.xlsx` or `.parquet` (also gzipped, in several parts, or a sheet of a workbook) for each table that you have. One of",
        "`orders`, `customers` and `customer_values` must be there. Required columns are in bold; instead of `amount`, `quantity` and",
        "`unit_price` will do. Tables marked + may have further columns of numbers.",
        "",
        "| table | columns |",
        "|---|---|",
    ]
    for name, columns in schema.INPUTS.items():
        said = ", ".join(
            f"**{column}**: {KINDS[kind.kind]}" if kind.required else f"{column}: {KINDS[kind.kind]}"
            for column, kind in columns.items()
        )
        page.append(f"| `{name}`{' +' if name in schema.OPEN_TABLES else ''} | {said} |")
    page += ["", "## What is written", "", "By preparing, for the whole run, in `tables/`:", ""]
    by_notebook = {table: number for number, tables in schema.NOTEBOOK_TABLES.items() for table in tables}
    page += [_written(name) for name in schema.TABLES if name not in by_notebook]
    for number, tables in schema.NOTEBOOK_TABLES.items():
        page += ["", f"By notebook {number}, for each region, in `regions/<region>/tables/`:", ""]
        page += [_written(name) for name in tables]
    return "\n".join(page) + "\n"


def _written(name: str) -> str:
    return f"- `{name}`: {', '.join(schema.TABLES[name])}"


if __name__ == "__main__":
    (ROOT / "docs" / "settings.md").write_text(settings_page(), encoding="utf-8")
    (ROOT / "docs" / "tables.md").write_text(tables_page(), encoding="utf-8")
