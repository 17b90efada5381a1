import io
from pathlib import Path

import pytest

from custkit.run.execute import Execution, Problem
from custkit.run.plan import RegionPlan
from custkit.run.progress import LiveProgress, Progress, print_table, progress, summary
from custkit.words import Words

PLAN = RegionPlan(
    "[red]上海", "上海", 30, "full", ("01", "02"), (Path("01_clean.ipynb"), Path("02_profile.ipynb")), (), "f"
)
DONE = Execution("01_clean.ipynb", 1.25, 0)
FAILED = Execution(
    "02_profile.ipynb", 2.0, 0, problem=Problem("02_profile.ipynb", 3, "read", "ValueError: x")
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


class TestProgress:
    def test_a_log_gets_one_line_a_notebook(self):
        log = io.StringIO()
        with progress(Words("en"), log) as shows:
            shows.begin([PLAN])
            shows.cell(PLAN, "01_clean.ipynb", 1, 9)
            shows.notebook(PLAN, DONE)
            shows.notebook(PLAN, FAILED)
            shows.region(PLAN, "failed")
        assert log.getvalue().splitlines() == [
            "[1/2] [red]上海: 01_clean, 1.2 s",
            "[2/2] [red]上海: 02_profile failed after 2.0 s",
        ]

    def test_a_region_that_stands_counts_all_its_notebooks(self):
        log = io.StringIO()
        with progress(Words("zh"), log) as shows:
            shows.begin([PLAN, PLAN])
            shows.region(PLAN, "done", kept=True)
            shows.notebook(PLAN, DONE)
        assert log.getvalue().splitlines() == [
            "[red]上海：与上次运行相比没有变化，予以保留",
            "[3/4] [red]上海：01_clean，1.2 秒",
        ]

    def test_a_long_line_stays_one_line(self):
        log = io.StringIO()
        with progress(Words("en"), log) as shows:
            shows.say("run.prepare", data="x" * 500)
        assert len(log.getvalue().splitlines()) == 1

    def test_a_log_and_a_terminal_get_what_suits_them(self):
        assert type(progress(Words("en"), io.StringIO())) is Progress
        assert type(progress(Words("en"), Terminal())) is LiveProgress


class TestLiveProgress:
    def test_shows_region_notebook_and_cell(self):
        with LiveProgress(Words("en"), Terminal()) as shows:
            shows.begin([PLAN])
            shows.cell(PLAN, "01_clean.ipynb", 4, 9)
            whole, region = shows._bars.tasks
            assert (region.description, region.completed, region.total) == ("[red]上海 · 01_clean", 4, 9)
            shows.notebook(PLAN, DONE)
            shows.region(PLAN, "done")
            assert [task.id for task in shows._bars.tasks] == [whole.id]
            assert (whole.completed, whole.total) == (1, 2)


class TestSummary:
    @pytest.fixture
    def printed(self):
        entries = {
            "all": {"status": "done", "customers": 4372, "notebooks": ["01_clean"], "problems": []},
            "[b]": {
                "status": "failed",
                "customers": 3,
                "notebooks": ["01_clean"],
                "problems": [FAILED.problem.place],
            },
        }
        timing = {
            "all": {"seconds": 12.34, "notebooks": {}},
            "[b]": {"seconds": 1.0, "notebooks": {"02_profile": {"peak_mb": 1234}}},
        }

        def printed(lang):
            log = io.StringIO()
            print_table(summary(entries, timing, ["all", "[b]"], Words(lang)), log)
            return [" ".join(line.split()) for line in log.getvalue().splitlines()]

        return printed

    def test_a_line_for_each_region_with_its_problem(self, printed):
        lines = printed("en")
        assert "the whole done 4,372 1 12.3" in lines
        assert (
            "[b] failed 3 1 1.0 02_profile.ipynb, cell 3 (read): ValueError: x (peak memory 1,234 MB)"
            in lines
        )

    def test_in_chinese(self, printed):
        assert "全部 完成 4,372 1 12.3" in printed("zh")
