"""The form of the notebooks: what papermill, nbval, a reader and the next notebook rely on."""

import ast
import dataclasses
import itertools
import re

import nbformat
import pytest
from conftest import ROOT

from custkit import schema, words
from custkit.settings import Settings

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
COMMON = [
    'data: str = ""  # folder or file; empty: the default sample',
    'out: str = ""  # folder to write to; empty: outputs/<name of the data>',
    'region: str = "all"  # name as in the data',
    'as_of: str = ""  # ISO day to count recency back from; empty: the last order day',
    'lang: str = "en"  # en or zh',
]


def read(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parameters(notebook):
    (cell,) = [cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", [])]
    return cell.source.splitlines()


def test_there_are_six():
    assert [path.name for path in NOTEBOOKS] == [
        "01_clean.ipynb", "02_profile.ipynb", "03_rfm.ipynb", "04_clustering.ipynb", "05_competitor.ipynb", "06_strategy.ipynb",
    ]  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestForm:
    def test_begins_with_a_numbered_title_a_question_and_the_tables(self, path):
        first = read(path).cells[0]
        assert first.cell_type == "markdown"
        title, question, *rest = [line for line in first.source.splitlines() if line]
        assert re.match(rf"# {int(path.name[:2])}\. ", title)
        assert "?" in question
        assert "Reads" in " ".join(rest)
        assert "rites" in " ".join(rest)

    def test_the_first_five_parameters_are_the_same_everywhere(self, path):
        notebook = read(path)
        assert parameters(notebook)[:5] == COMMON
        assert notebook.cells[1].metadata["tags"] == ["parameters"]

    def test_a_parameter_is_one_line_that_papermill_can_read(self, path):
        for line in parameters(read(path)):
            assert line.count("=") == 1, line
            assert "#" in line, f"{line}: say unit and meaning"
            (statement,) = ast.parse(line).body
            assert isinstance(statement, ast.AnnAssign)
            ast.literal_eval(statement.value)

    def test_its_own_parameters_are_settings_of_the_same_name_type_and_default(self, path):
        defaults, kinds = Settings.defaults(), Settings.types()
        for line in parameters(read(path))[5:]:
            (statement,) = ast.parse(line).body
            name, value = statement.target.id, ast.literal_eval(statement.value)
            assert name in defaults, f"{name} is no setting"
            assert value == (list(defaults[name]) if isinstance(defaults[name], tuple) else defaults[name]), (
                name
            )
            assert ast.unparse(statement.annotation) == str(
                getattr(kinds[name], "__name__", kinds[name])
            ).replace("tuple", f"list[{'str' if 'str' in str(kinds[name]) else 'float'}]"), name

    def test_every_parameter_is_handed_to_the_run(self, path):
        notebook = read(path)
        (call,) = [cell.source for cell in code(notebook) if "open_run(" in cell.source]
        for line in parameters(notebook):
            name = line.split(":")[0]
            assert re.search(rf"\b{name}\b", call), f"{name} is not handed to open_run"

    def test_cells_are_short_and_define_nothing(self, path):
        for cell in code(read(path)):
            if "parameters" in cell.metadata.get("tags", []):
                continue
            lines = [
                line
                for line in cell.source.splitlines()
                if line.strip() and not line.lstrip().startswith("#")
            ]
            assert len(lines) <= 8, cell.source
            tree = ast.parse(cell.source)
            kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.If, ast.Try)
            assert not [node for node in ast.walk(tree) if isinstance(node, kinds)], cell.source

    def test_text_stands_before_the_code_it_speaks_of(self, path):
        cells = read(path).cells
        assert cells[-1].cell_type == "markdown"
        assert not [
            cell.id
            for before, cell in itertools.pairwise(cells)
            if before.cell_type == cell.cell_type == "markdown"
        ]

    def test_keeps_no_outputs_beyond_the_checked_ones(self, path):
        for cell in code(read(path)):
            if cell.source.startswith("# NBVAL_CHECK_OUTPUT"):
                assert [output.output_type for output in cell.outputs] == ["stream"], cell.id
                assert cell.execution_count, "nbval refuses an output without a count"
            else:
                assert not cell.outputs, cell.id
                assert cell.execution_count is None, cell.id

    def test_checks_some_counts(self, path):
        assert [cell for cell in code(read(path)) if cell.source.startswith("# NBVAL_CHECK_OUTPUT")]

    def test_runs_under_the_kernel_that_every_machine_has(self, path):
        assert read(path).metadata.kernelspec.name == "python3"

    def test_cell_ids_are_names(self, path):
        ids = [cell.id for cell in read(path).cells]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-z][a-z0-9-]+", cell_id) for cell_id in ids), ids

    def test_has_no_hidden_state_of_a_machine(self, path):
        text = "\n".join(cell.source for cell in code(read(path)))
        assert not re.search(r"!pip|%cd|sys\.path|os\.chdir|read_csv|read_parquet|open\(['\"]", text)
        assert 'read("orders")' not in text, "order-sized work belongs to features.py"

    def test_shows_the_figures_that_the_schema_says_and_writes_its_findings(self, path):
        number = path.name[:2]
        text = "\n".join(cell.source for cell in code(read(path)))
        assert tuple(re.findall(r'run\.figure\(\s*"(\w+)"', text)) == schema.NOTEBOOK_FIGURES[number]
        assert re.search(rf"run\.write\([^)]*findings_{number}=", text)
        assert "run.say(" in text


def test_every_figure_has_a_title_and_an_alt_text():
    entries = words.catalogue()
    for name in (name for names in schema.NOTEBOOK_FIGURES.values() for name in names):
        assert f"figure.{name}" in entries
        assert f"figure.{name}.alt" in entries


def test_every_table_of_a_notebook_has_its_columns_in_the_schema():
    for number, tables in schema.NOTEBOOK_TABLES.items():
        for table in tables:
            assert list(schema.empty(table).columns), f"{number}: {table}"


def test_settings_that_are_parameters_stand_in_one_place():
    names = [
        rule.name
        for group in dataclasses.fields(Settings())
        for rule in dataclasses.fields(getattr(Settings(), group.name))
    ]
    assert not set(names) & {"data", "out", "region", "lang"}
