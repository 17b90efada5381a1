"""The floors of the house: imports go downwards, stages never look sideways, and only the named rooms draw or write."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "custkit"
FLOORS = [
    {"errors"},
    {
        "schema",
        "rules",
        "settings",
        "dictionary",
        "scores",
        "stats",
        "ledger",
        "findings",
        "words",
        "reading",
        "labels",
        "proof",
    },
    {
        "ingest",
        "clean",
        "features",
        "profiles",
        "schemes",
        "value",
        "churn",
        "clusters",
        "survey",
        "niches",
        "competitor",
        "strategy",
        "show",
        "store",
    },
    {"prepare", "session", "tables"},
    {"run"},
    {"cli"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
STAGES = 2
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Rooms of custkit and names of other packages that a module imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= (
                {f"custkit.{alias.name}" for alias in node.names}
                if node.module == "custkit"
                else {node.module}
            )
    return found


def rooms_used(path: Path) -> set[str]:
    used = {name.split(".")[1] for name in imports(path) if name.startswith("custkit.")}
    return (used & set(FLOOR)) - {room(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
class TestRooms:
    def test_imports_go_downwards_and_stages_never_look_sideways(self, path):
        if path == PACKAGE / "__init__.py":
            assert not imports(path), "import custkit loads nothing"
            return
        own = FLOOR[room(path)]
        above = {other for other in rooms_used(path) if FLOOR[other] > own or (FLOOR[other] == own == STAGES)}
        assert not above, f"{room(path)} (floor {own}) imports {above}"

    def test_is_one_room_of_bearable_length(self, path):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400

    def test_says_in_one_sentence_what_is_inside(self, path):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert text, path.name
        assert text.splitlines()[0].rstrip().endswith((".", "?")), text.splitlines()[0]


def test_only_plots_draws_and_nothing_uses_what_the_design_left_out():
    for path in MODULES:
        names = {name.split(".")[0] for name in imports(path)}
        if "matplotlib" in names or "seaborn" in names:
            assert path.is_relative_to(PACKAGE / "show" / "plots") or path.name in (
                "session.py",
                "forkserver.py",
            ), path
        assert not names & {"pickle", "joblib", "requests", "urllib", "httpx"}, path


def test_no_analysis_asks_for_todays_date():
    # fault 89
    for path in MODULES:
        if path.is_relative_to(PACKAGE / "run"):
            continue  # a lock and a manifest say when
        assert not re.search(r"\.now\(|\.today\(|time\.time\(", path.read_text(encoding="utf-8")), path


def test_import_custkit_and_the_command_load_nothing_heavy():
    heavy = ("pandas", "matplotlib", "sklearn", "duckdb", "ibis", "papermill", "pyarrow")
    program = f"import sys, custkit, custkit.cli; print([name for name in {heavy} if name in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"
