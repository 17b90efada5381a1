"""Notebooks of a few cells, written where a test wants them."""

from pathlib import Path

import nbformat

COMMON = """data: str = ""  # folder or file
out: str = ""  # folder
region: str = "all"  # name
as_of: str = ""  # ISO day
lang: str = "en"  # en or zh"""


def write(path: Path, *cells: str, parameters: str = COMMON) -> Path:
    """A notebook: a title, a parameters cell, then ``cells``, with ids ``cell-1``, ``cell-2``, ..."""
    title = nbformat.v4.new_markdown_cell(f"# {path.stem}", id="title")
    given = nbformat.v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]})
    code = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(cells, 1)]
    notebook = nbformat.v4.new_notebook(cells=[title, given, *code])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def printed(path: Path) -> str:
    """All that the cells of an executed notebook printed."""
    outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")
