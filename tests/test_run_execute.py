import threading
from pathlib import Path

import nbformat
import pytest
import tiny_notebooks

from custkit.run import execute as execution
from custkit.run import kernels
from custkit.run.execute import Stopped, Watch, execute


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with kernels.ForkServer(tmp_path_factory.mktemp("log") / "kernels.log") as opened:
        yield opened


@pytest.fixture
def run(server, tmp_path):
    """Runs a notebook of the given cells; target is ``out/01_x.ipynb``."""

    def run(*cells, values=None, timeout=60.0, stop=None, on_cell=None, env=None):
        source = tiny_notebooks.write(tmp_path / "{braces}" / "01_x.ipynb", *cells)
        watch = Watch(timeout, on_cell=on_cell, stop=stop or threading.Event())
        target = tmp_path / "out" / "01_x.ipynb"
        return execute(source, target, values or {}, server=server, watch=watch, env=env or {}, cwd=tmp_path)

    return run


class TestExecute:
    def test_writes_the_executed_notebook(self, run, tmp_path):
        done = run("print(region, 1 + 1)", values={"region": "Germany"})
        assert (done.problem, done.retries, done.warnings) == (None, 0, ())
        assert tiny_notebooks.printed(tmp_path / "out" / "01_x.ipynb") == "Germany 2\n"
        assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / "01_x.ipynb"]

    def test_hands_over_folder_and_environment(self, run, tmp_path):
        run("import os\nprint(os.getcwd(), os.environ['CUSTKIT_OUT'])", env={"CUSTKIT_OUT": "here"})
        assert tiny_notebooks.printed(tmp_path / "out" / "01_x.ipynb") == f"{tmp_path} here\n"

    @pytest.mark.parametrize("name", ["上海", 'O\'Neill "x"', "a\nb\\n", "{x}"])
    def test_any_text_arrives_as_it_was_given(self, run, tmp_path, name):
        run("print(ascii(region))", values={"region": name})
        assert tiny_notebooks.printed(tmp_path / "out" / "01_x.ipynb") == ascii(name) + "\n"

    def test_chinese_values_can_be_read_in_the_notebook(self, run, tmp_path):
        run("1", values={"region": "上海"})
        cell = nbformat.read(tmp_path / "out" / "01_x.ipynb", 4).cells[2]
        assert cell.source == "# Parameters\nregion = '上海'\n"

    def test_the_same_notebook_gives_the_same_bytes(self, run, tmp_path):
        target = tmp_path / "out" / "01_x.ipynb"
        run("import os, warnings\nwarnings.warn('careful')", "os.getcwd()", values={"region": "x"})
        first = target.read_bytes()
        run("import os, warnings\nwarnings.warn('careful')", "os.getcwd()", values={"region": "x"})
        assert target.read_bytes() == first

    def test_no_path_of_the_machine_is_written(self, run, tmp_path):
        run("import custkit\nprint(custkit.__file__)", "import sys\nsys.prefix + '/bin'", "custkit.nothing")
        text = (tmp_path / "out" / "failed" / "01_x.ipynb").read_text(encoding="utf-8")
        assert "./custkit/__init__.py" in text
        assert not [
            path
            for path in (str(tmp_path), str(Path(kernels.__file__).parent), str(Path.home()))
            if path in text
        ]

    def test_tells_which_cell_is_at_work(self, run):
        seen = []
        run("1", "2", values={"region": "x"}, on_cell=lambda cell, cells: seen.append((cell, cells)))
        assert seen == [
            (1, 4),
            (2, 4),
            (2, 4),
            (3, 4),
            (4, 4),
        ]  # the injected cell is no cell of the notebook

    def test_collects_warnings_once(self, run):
        done = run("import warnings\nwarnings.warn('careful')", "warnings.warn('careful')")
        assert done.warnings == ("UserWarning: careful",)

    def test_measures_the_kernel(self, run):
        done = run("held = bytearray(300_000_000)")
        assert done.peak_mb > 300
        assert 0 < done.cpu_seconds < done.seconds + 1


class TestExecuteFails:
    def test_names_notebook_cell_and_cause(self, run, tmp_path):
        done = run("1", "raise ValueError('no rows\\nat all')", "print('never')", values={"region": "x"})
        assert done.problem.place == {
            "notebook": "01_x.ipynb",
            "cell": 4,
            "cell_id": "cell-2",
            "cause": "ValueError: no rows",
        }
        assert done.problem.exit_code == 4
        assert [path.name for path in (tmp_path / "out").rglob("*.ipynb")] == ["01_x.ipynb"]
        assert "never" not in tiny_notebooks.printed(tmp_path / "out" / "failed" / "01_x.ipynb")

    def test_an_older_result_stays_whole(self, run, tmp_path):
        run("print('good')")
        run("print('bad')", "1 / 0")
        assert tiny_notebooks.printed(tmp_path / "out" / "01_x.ipynb") == "good\n"

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            ("SettingsError", 2),
            ("UsageError", 2),
            ("MissingTable", 4),
            ("TableError", 4),
            ("InputRefused", 4),
        ],
    )
    def test_a_wrong_setting_is_wrong_use(self, run, error, code):
        assert run(f"from custkit import errors\nraise errors.{error}('x')").problem.exit_code == code

    def test_a_kernel_that_is_killed_is_a_named_problem(self, run, tmp_path):
        done = run("print('so far', flush=True)", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        assert done.problem.cause == "the kernel died (SIGKILL)"
        assert (done.problem.cell, done.problem.cell_id) == (4, "cell-2")
        assert done.peak_mb > 0
        assert tiny_notebooks.printed(tmp_path / "out" / "failed" / "01_x.ipynb") == "so far\n"

    def test_a_kernel_that_leaves_is_a_named_problem(self, run):
        assert run("import os\nos._exit(7)").problem.cause == "the kernel died (exit code 7)"

    def test_a_cell_without_an_end_meets_the_time_limit(self, run):
        done = run("import time\ntime.sleep(60)", timeout=2.0)
        assert done.problem.cause == "took longer than 2 seconds (notebook_timeout)"
        assert done.seconds < 10

    def test_the_limit_is_for_all_cells_together(self, run):
        done = run(*["import time\ntime.sleep(1)"] * 5, timeout=2.5)
        assert done.problem.cell_id == "cell-3"


class TestStop:
    def test_nothing_is_written_when_the_run_is_ended(self, run, tmp_path):
        stop = threading.Event()
        with pytest.raises(Stopped):
            run("1", "2", stop=stop, on_cell=lambda cell, _cells: stop.set() if cell == 3 else None)
        assert not (tmp_path / "out").exists()


class TestStartOfAKernel:
    @pytest.fixture
    def failing(self, monkeypatch):
        """Kernel starts fail as often as the test says."""
        left = []
        start = execution.PapermillNotebookClient.start_new_kernel

        def sometimes(self, **options):
            if left:
                left.pop()
                raise RuntimeError("Kernel died before replying to kernel_info")
            return start(self, **options)

        monkeypatch.setattr(execution.PapermillNotebookClient, "start_new_kernel", sometimes)
        monkeypatch.setattr(execution, "BACK_OFF_SECONDS", 0.01)
        return left

    def test_one_that_fails_is_tried_once_more_and_counted(self, run, failing):
        failing.append("once")
        done = run("1")
        assert (done.problem, done.retries) == (None, 1)

    def test_one_that_fails_twice_is_a_problem(self, run, failing, tmp_path):
        failing.extend(["once", "twice"])
        done = run("1")
        assert done.problem.cause.startswith(
            "the kernel did not start: RuntimeError: Kernel died before replying"
        )
        assert done.problem.cell == 0
