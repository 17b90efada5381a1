"""Write settings.md, tables.md, schemes.md and checklist.md in docs/ from the code and its tests, so that they cannot say something else."""

import ast
import dataclasses
import inspect
import re
from pathlib import Path

import yaml

from custkit import schema, schemes, settings
from custkit.rules.checks import CENTURY, MANY, REPEATS
from custkit.words import Words

ROOT = Path(__file__).parent.parent
KINDS = {
    "id": "id (text)", "text": "text", "date": "day or time", "money": "money", "number": "number",
    "integer": "whole number", "scale": "number on a scale",
}  # fmt: skip
_TESTS_SHOWN = 4


def settings_page() -> str:
    """One table a group of settings: name, default and the comment that stands behind it in the code."""
    page = [
        "# Settings",
        "",
        "Give one for good in `mapping.yml` (`min_stability: 0.8`), or for once with `custkit run --set min_stability=0.8`. What is given",
        "with `--set` goes before a notebook's parameter, that before `mapping.yml`, that before the default. Lists: `--set quantiles=0.25,0.5,0.75`.",
        "",
        f"Numbers are finite: days up to {CENTURY:,} (a century), repeats of a draw or a fit up to {REPEATS:,}, anything else up to {MANY:,}.",
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


def checklist_page() -> str:
    """What reading and cleaning must do and what may go wrong, row by row, with the tests that hold it."""
    page = [
        "# What reading and cleaning must do",
        "",
        "Rows 1 to 38 of the wish list, then what goes wrong with exports, and the tests that hold each. A test names its rows in a",
        "comment (`# mission 22`, `# fault 10`).",
    ]
    asked = _asked()
    return "\n".join(page + _ticked("mission", asked["mission"]) + _ticked("fault", asked["fault"])) + "\n"


def schemes_page() -> str:
    """Every scheme with its classes, rules and sources in both languages; what of the wish list they hold."""
    page = [
        "# Ways to classify customers",
        "",
        "Each customer has exactly one class of each scheme that the data allow; a class never travels without its scheme. Rules are told with",
        "the default settings. Customers who never ordered (潜在客户) and those with refunds only (仅有退货) stand apart in every scheme that is",
        "about buying. The segment map can be replaced by one of your own (`segment_map`).",
    ]
    both = [Words(lang) for lang in ("en", "zh")]
    for scheme in schemes.SCHEMES.values():
        name = " · ".join([words.label("scheme", scheme.id) for words in both])
        page += ["", f"## `{scheme.id}`: {name}", ""]
        page += [f"{words(f'scheme.{scheme.id}.rule')}<br>" for words in both]
        page += [
            words(f"scheme.{scheme.id}.source") + ("<br>" if words.lang == "en" else "") for words in both
        ]
        page += ["", f"Needs {_code(scheme.needs)}. Settings: {_code(scheme.settings)}."]
        en, zh = (schemes.definitions(scheme.id, words) for words in both)
        if len(en):
            page += ["", "| class | English | rule | 中文 | 规则 |", "|---|---|---|---|---|"]
        for label, rule, rule_zh in zip(en["label"], en["definition"], zh["definition"], strict=True):
            if label not in schemes.UNSCORED:
                names = [words.label(scheme.id, label) for words in both]
                page.append(f"| `{label}` | {names[0]} | {rule} | {names[1]} | {rule_zh} |")
    page += ["", "## What they hold of the wish list"]
    return "\n".join(page + _ticked("mission", _asked()["schemes"])) + "\n"


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names).replace("|", "` or `")


def _asked() -> dict[str, dict[int, str]]:
    return yaml.safe_load((ROOT / "scripts" / "checklist.yml").read_text(encoding="utf-8"))


def _ticked(word: str, rows: dict[int, str]) -> list[str]:
    """A table of rows, each with the tests that name it as ``word``."""
    held = named_rows(word)
    table = ["", f"| {word} | what | held by |", "|---|---|---|"]
    for row, said in rows.items():
        tests = held.get(row, [])
        shown = [f"`{test}`" for test in tests[:_TESTS_SHOWN]]
        further = [f"{len(tests) - _TESTS_SHOWN} more"] if len(tests) > _TESTS_SHOWN else []
        table.append(f"| {row} | {said} | {', '.join(shown + further) or 'no test'} |")
    return table


def named_rows(word: str) -> dict[int, list[str]]:
    """For each row that tests name in a comment (`# mission 3, 8`), the tests that do, sorted."""
    found: dict[int, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        spans = _spans(ast.parse(source))
        for number, line in enumerate(source.splitlines(), 1):
            for said in re.findall(rf"#.*?\b{word}s? (\d+(?:, \d+)*)", line):
                inside = [(end - begin, name) for begin, end, name in spans if begin <= number <= end]
                name = "::".join([path.name, *([min(inside)[1]] if inside else [])])
                for row in map(int, said.split(", ")):
                    found.setdefault(row, set()).add(name)
    if word == "fault":
        for row, name in _dirty_cases():
            found.setdefault(row, set()).add(name)
    return {row: sorted(names) for row, names in found.items()}


def _dirty_cases() -> list[tuple[int, str]]:
    """The fault and the name of each recipe for a dirty file (`@case(12)`)."""
    return [
        (row.value, f"dirty/{path.name}::{node.name}")
        for path in sorted((ROOT / "tests" / "dirty").glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "case"
        for row in mark.args
    ]


def _spans(tree: ast.Module) -> list[tuple[int, int, str]]:
    """First line (decorators and the line above included), last line and name of each class and function."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    nodes = [(node, "") for node in tree.body if isinstance(node, kinds)]
    nodes += [
        (child, f"{node.name}::")
        for node, _ in nodes
        if isinstance(node, ast.ClassDef)
        for child in node.body
        if isinstance(child, kinds)
    ]
    return [
        (
            min([node.lineno, *(part.lineno for part in node.decorator_list)]) - 1,
            node.end_lineno,
            outer + node.name,
        )
        for node, outer in nodes
    ]


if __name__ == "__main__":
    (ROOT / "docs" / "checklist.md").write_text(checklist_page(), encoding="utf-8")
    (ROOT / "docs" / "schemes.md").write_text(schemes_page(), encoding="utf-8")
    (ROOT / "docs" / "settings.md").write_text(settings_page(), encoding="utf-8")
    (ROOT / "docs" / "tables.md").write_text(tables_page(), encoding="utf-8")
