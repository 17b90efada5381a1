"""How far a run is: a live display on a terminal, one line per notebook elsewhere, a table at the end."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from custkit import store
from custkit.run.execute import Execution
from custkit.run.plan import RegionPlan
from custkit.words import Words

_PLAIN_WIDTH = 160  # a log has no width of its own


def region_name(name: str, words: Words) -> str:
    return words("run.whole") if name == store.WHOLE else name


class Progress:
    """One line per notebook, for logs and schedulers. Called from the workers' threads."""

    def __init__(self, words: Words, stream: IO[str]):
        self.words = words
        self.console = Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=True)
        self._lock = threading.Lock()
        self._done = 0
        self._total = 0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *exception: object) -> None: ...

    def say(self, key: str, **values: object) -> None:
        """A sentence of the catalogue on a line of its own."""
        self.console.print(self.words(key, **values))

    def begin(self, plans: Sequence[RegionPlan]) -> None:
        self._total = sum(len(plan.notebooks) for plan in plans)

    def cell(self, plan: RegionPlan, notebook: str, cell: int, cells: int) -> None:
        """A cell begins; too much for a log."""

    def notebook(self, plan: RegionPlan, done: Execution) -> None:
        with self._lock:
            self._done += 1
            key = "run.line.failed" if done.problem else "run.line.notebook"
            self.say(
                key,
                done=self._done,
                total=self._total,
                region=region_name(plan.region, self.words),
                notebook=done.notebook.removesuffix(".ipynb"),
                seconds=done.seconds,
            )

    def region(self, plan: RegionPlan, status: str, *, kept: bool = False) -> None:
        """A region is finished, or stands as it was."""
        with self._lock:
            if kept:
                self._done += len(plan.notebooks)
                self.say("run.line.kept", region=region_name(plan.region, self.words))


class LiveProgress(Progress):
    """Bars that stay in place: all notebooks, and for each region at work its notebook, cell and time."""

    def __init__(self, words: Words, stream: IO[str]):
        super().__init__(words, stream)
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}", markup=False),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self._all: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "LiveProgress":
        self._bars.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bars.stop()

    def begin(self, plans: Sequence[RegionPlan]) -> None:
        super().begin(plans)
        self._all = self._bars.add_task(
            self.words("run.all"), total=self._total, unit=self.words("run.notebooks")
        )

    def cell(self, plan: RegionPlan, notebook: str, cell: int, cells: int) -> None:
        name = f"{region_name(plan.region, self.words)} · {notebook.removesuffix('.ipynb')}"
        with self._lock:
            if plan.region not in self._tasks:
                self._tasks[plan.region] = self._bars.add_task(name, unit=self.words("run.cells"))
            self._bars.update(self._tasks[plan.region], description=name, completed=cell, total=cells)

    def notebook(self, plan: RegionPlan, done: Execution) -> None:
        if done.problem:
            super().notebook(plan, done)
        self._bars.advance(self._all)

    def region(self, plan: RegionPlan, status: str, *, kept: bool = False) -> None:
        with self._lock:
            if plan.region in self._tasks:
                self._bars.remove_task(self._tasks.pop(plan.region))
        if kept:
            self._bars.advance(self._all, len(plan.notebooks))


def progress(words: Words, stream: IO[str]) -> Progress:
    return (LiveProgress if stream.isatty() else Progress)(words, stream)


def summary(
    entries: Mapping[str, Mapping], timing: Mapping[str, Mapping], order: Iterable[str], words: Words
) -> Table:
    """The table at the end: a region a line, in the order of the plan.

    ``entries`` and ``timing`` are the manifest's, by region.
    """
    table = Table(box=SIMPLE, title=words("run.summary"), title_justify="left")
    for name in ("region", "status"):
        table.add_column(words(f"run.column.{name}"), overflow="fold")
    for name in ("customers", "notebooks", "seconds"):
        table.add_column(words(f"run.column.{name}"), justify="right")
    table.add_column(words("run.column.problem"), overflow="fold")
    for name in order:
        entry = entries[name]
        table.add_row(
            Text(region_name(name, words)),
            Text(words(f"run.status.{entry['status']}")),
            f"{entry['customers']:,}",
            str(len(entry["notebooks"])),
            f"{timing[name]['seconds']:.1f}",
            Text("; ".join(_problem(problem, timing[name], words) for problem in entry["problems"])),
        )
    return table


def _problem(problem: Mapping, timing: Mapping, words: Words) -> str:
    text = words("run.problem" if problem["cell"] else "run.problem.start", **problem)
    peak_mb = timing["notebooks"][problem["notebook"].removesuffix(".ipynb")]["peak_mb"]
    return text + (words("run.problem.memory", peak_mb=peak_mb) if peak_mb else "")


def print_table(table: Table, stream: IO[str]) -> None:
    """A table as wide as the terminal, or wide enough for a log."""
    width = None if stream.isatty() else _PLAIN_WIDTH
    Console(file=stream, width=width, markup=False, highlight=False, emoji=False).print(table)
