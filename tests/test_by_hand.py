"""Notebooks as a person runs them: by papermill from any folder, in JupyterLab, alone and in any order.

Each kernel is a plain one, as a person's is, and takes seconds to start; so 03 is tried alone by the command of papermill,
and 05 as the first of a mixed order.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from conftest import ROOT
from matplotlib import pyplot as plt
from nbclient import NotebookClient
from papermill.exceptions import PapermillExecutionError

from custkit import prepare, store
from custkit.errors import InputRefused, MissingTable

REGION = "East"


def notebook(number: str) -> Path:
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return path


def run(number: str, out: Path, **parameters: object) -> None:
    """A notebook by papermill, its kernel in the folder of whoever calls."""
    given = {"region": REGION, "out": str(out), **parameters}
    papermill.execute_notebook(notebook(number), None, parameters=given, progress_bar=False)


def region_of(out: Path) -> Path:
    return out / "regions" / REGION


def tables(out: Path) -> set[str]:
    return {path.stem for path in region_of(out).glob("tables/*.parquet")}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A repository with outputs of its own: notebooks and samples are those of this one, outputs of a user stay alone."""
    home = tmp_path_factory.mktemp("clone")
    for name in ("data", "notebooks"):
        (home / name).symlink_to(ROOT / name)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CUSTKIT_DATA", "CUSTKIT_OUT", "CUSTKIT_SETTINGS", "MPLBACKEND"):
            patch.delenv(name, raising=False)
        patch.setenv("CUSTKIT_HOME", str(home))
        yield home


@pytest.fixture
def fresh(clone, tmp_path) -> Path:
    """An output folder of the default sample in which no notebook has run: prepared once, copied for each test."""
    prepared = prepare.prepare()
    out = tmp_path / "fresh"
    shutil.copytree(prepared.out / "tables", out / "tables")
    shutil.copy(prepared.out / "ledger.json", out)
    return out


class TestNotebooks:
    """One class, so that one worker prepares the sample once for all of them."""

    def test_its_command_works_from_any_folder_and_leaves_nothing_there(self, clone, tmp_path):
        command = [sys.executable, "-m", "papermill", notebook("03"), "ran.ipynb", "-p", "region", REGION]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        assert [path.name for path in tmp_path.iterdir()] == ["ran.ipynb"]
        out = clone / "outputs" / "city_retail"
        features = store.read_table(out / "tables" / "features.parquet", ["region", "status"])
        buyers = features.query("region == @REGION and status == 'buyer'")
        assert len(store.read_table(region_of(out) / "tables" / "rfm.parquet")) == len(buyers) > 0

    @pytest.mark.parametrize(
        ("number", "table"),
        [("01", "rejections"), ("02", "profile_overview"), ("04", "clusters")],
    )
    def test_a_notebook_runs_alone_and_takes_done_away(self, fresh, number, table):
        store.write_text(region_of(fresh) / "DONE", "")
        run(number, fresh)
        assert {table, f"findings_{number}"} <= tables(fresh)
        assert not (region_of(fresh) / "DONE").exists()

    def test_06_alone_stops_with_one_sentence_that_names_the_notebooks_to_run_first(self, fresh):
        with pytest.raises(PapermillExecutionError) as stopped:
            run("06", fresh)
        assert stopped.value.ename == "MissingTable"
        assert stopped.value.evalue.endswith(
            "run first, for this region: 02_profile, 03_rfm, 04_clustering, 05_competitor"
        )
        assert stopped.value.evalue in stopped.value.traceback[0]
        assert len("".join(stopped.value.traceback).splitlines()) == 1
        assert not region_of(fresh).exists()

    @pytest.mark.slow
    def test_they_run_in_any_order_and_06_asks_only_for_what_is_still_missing(self, fresh):
        for number in ("05", "03", "02", "01"):
            run(number, fresh)
        opened = prepare.open_run(out=str(fresh), region=REGION)
        with pytest.raises(MissingTable, match=r"run first, for this region: 04_clustering$"):
            opened.require("profile_complainers", "labels", "cut_points", "clusters", "brand_gaps")
        run("04", fresh)
        run("06", fresh)
        assert len(opened.read("plan"))

    def test_jupyterlab_restarts_and_runs_all_in_the_folder_of_the_notebooks(self, fresh, monkeypatch):
        monkeypatch.setenv("CUSTKIT_OUT", str(fresh))  # the notebook stays as it is, parameters and all
        folder = notebook("03").parent
        before = sorted(folder.rglob("*"))
        document = nbformat.read(notebook("03"), as_version=4)
        resources = {"metadata": {"path": str(folder)}}
        NotebookClient(document, kernel_name="python3", resources=resources, timeout=120).execute()
        assert all(cell.execution_count for cell in document.cells if cell.cell_type == "code")
        assert (fresh / "regions" / store.WHOLE / "tables" / "rfm.parquet").is_file()
        assert sorted(folder.rglob("*")) == before


def test_done_is_gone_before_the_first_byte_is_written(orders_folder, tmp_path, monkeypatch):
    opened = prepare.open_run(str(orders_folder), str(tmp_path / "out"), region="East")
    features, (_, axes) = opened.read("features"), plt.subplots()
    mark, stood = opened.folder / "DONE", []
    mark.parent.mkdir(parents=True)
    monkeypatch.setattr(store, "write_bytes", lambda *_args: stood.append(mark.exists()))
    mark.touch()
    opened.write(rfm=features, labels=features)
    mark.touch()
    opened.figure("score_grid", axes)
    assert stood == [False, False, False]


class TestResolve:
    """Where a notebook finds its data and puts its outputs, whoever starts it wherever."""

    @pytest.fixture
    def places(self, tmp_path, monkeypatch) -> tuple[Path, Path]:
        """A caller's folder, in which we stand, and a repository with the default sample."""
        caller, home = tmp_path / "caller", tmp_path / "home"
        caller.mkdir()
        (home / prepare.DEFAULT_SAMPLE).mkdir(parents=True)
        for name in ("CUSTKIT_DATA", "CUSTKIT_OUT"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("CUSTKIT_HOME", str(home))
        monkeypatch.chdir(caller)
        return caller, home

    def test_the_defaults_lie_in_the_repository(self, places):
        _, home = places
        assert prepare.resolve() == (home / prepare.DEFAULT_SAMPLE, home / "outputs" / "city_retail")

    def test_relative_data_are_the_callers_before_they_are_the_repositorys(self, places):
        caller, home = places
        (home / "shop").mkdir()
        assert prepare.resolve("shop")[0] == home / "shop"
        (caller / "shop").mkdir()
        assert prepare.resolve("shop")[0] == caller / "shop"

    def test_a_relative_out_is_made_where_the_caller_stands(self, places):
        caller, _ = places
        assert prepare.resolve(out="results")[1] == caller / "results"

    def test_the_default_out_is_named_for_the_data_and_lies_in_the_repository(self, places):
        caller, home = places
        (caller / "shop").mkdir()
        (caller / "orders.2024.csv").touch()
        assert prepare.resolve("shop")[1] == home / "outputs" / "shop"
        assert prepare.resolve("orders.2024.csv")[1] == home / "outputs" / "orders"

    def test_absolute_paths_stay_as_they_are(self, places, tmp_path):
        data = tmp_path / "elsewhere"
        data.mkdir()
        assert prepare.resolve(str(data), str(tmp_path / "out")) == (data, tmp_path / "out")

    def test_the_environment_speaks_where_the_notebook_says_nothing(self, places, tmp_path, monkeypatch):
        caller, _ = places
        for name in ("given", "said"):
            (caller / name).mkdir()
        monkeypatch.setenv("CUSTKIT_DATA", "said")
        monkeypatch.setenv("CUSTKIT_OUT", str(tmp_path / "out"))
        assert prepare.resolve() == (caller / "said", tmp_path / "out")
        assert prepare.resolve("given", "mine") == (caller / "given", caller / "mine")

    def test_data_that_are_nowhere_are_refused_by_name(self, places):
        with pytest.raises(InputRefused, match="nowhere: no such file or folder"):
            prepare.resolve("nowhere")
