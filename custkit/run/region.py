"""One region from its plan to DONE: notebooks, tables without rows, workbook, pages."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from custkit import schema, store
from custkit.prepare import Prepared
from custkit.run import parameters
from custkit.run.execute import Execution, Watch, execute
from custkit.run.folder import TEMPORARY
from custkit.run.kernels import ForkServer
from custkit.run.plan import FULL, RegionPlan
from custkit.run.progress import Progress
from custkit.show import pages, workbook
from custkit.words import Words

# Pages go through shared templates and exporters that were not made for several threads.
_PAGES = threading.Lock()


@dataclass(frozen=True)
class Work:
    """What every region of a run has in common."""

    data: Path
    prepared: Prepared
    rules: Mapping[str, object]  # settings given by --set
    values: Mapping[str, object]  # parameters for the notebooks that have them
    as_of: str  # as given
    words: Words
    versions: Mapping[str, str]
    server: ForkServer
    stop: threading.Event
    progress: Progress

    @property
    def facts(self) -> dict:
        return {"run": self.prepared.name, "versions": dict(self.versions)}

    def environment(self) -> dict[str, str]:
        """How a notebook learns what must not stand in it: the places of data and output, and what --set gave."""
        return {
            "CUSTKIT_HOME": str(store.home()),
            "CUSTKIT_DATA": str(self.data),
            "CUSTKIT_OUT": str(self.prepared.out),
            "CUSTKIT_SETTINGS": json.dumps(dict(self.rules), ensure_ascii=False),
        }


@dataclass(frozen=True)
class Result:
    """What the manifest and the index say of a region, and how long it took."""

    entry: dict
    timing: dict
    exit_code: int  # 0; 4 where a notebook failed; 2 where one found that it was used wrongly


def folder(out: Path, slug: str) -> Path:
    return out / "regions" / slug


def make(plan: RegionPlan, row: Mapping, work: Work) -> Result:
    """Do a region's work anew. DONE is written last, and only when every notebook finished.

    ``row`` holds the region's counts as ``Prepared.regions`` gives them.
    """
    started = time.monotonic()
    place = folder(work.prepared.out, plan.slug)
    clear(place, plan.numbers)
    executions = [_notebook(path, plan, place, work) for path in plan.notebooks]
    problems = [execution.problem for execution in executions if execution.problem]
    status = "failed" if problems else "done" if plan.size == FULL else plan.size
    entry = {
        **row,
        "status": status,
        "notebooks": [path.stem for path in plan.notebooks],
        "problems": [problem.place for problem in problems],
        "warnings": [f"{done.notebook}: {text}" for done in executions for text in done.warnings],
        "fingerprint": plan.fingerprint,
    }
    if not problems:
        for table in plan.without_rows:
            store.write_table(place / "tables" / f"{table}.parquet", schema.empty(table))
        _write_workbook(place, entry, work)
        _write_pages(place, entry, work)
        store.write_text(place / "DONE", store.done_lines(place))
    timing = {
        "seconds": round(time.monotonic() - started, 1),
        "notebooks": {done.notebook.removesuffix(".ipynb"): _timing(done) for done in executions},
    }
    return Result(entry, timing, min((problem.exit_code for problem in problems), default=0))


def retire(out: Path, slugs: Iterable[str]) -> list[str]:
    """Take DONE from regions that the data no longer have; returns their folders' names."""
    marks = sorted(mark for mark in out.glob("regions/*/DONE") if mark.parent.name not in set(slugs))
    for mark in marks:
        mark.unlink()
    return [mark.parent.name for mark in marks]


def clear(place: Path, numbers: tuple[str, ...]) -> None:
    """Remove DONE first, then workbook and pages, then what the notebooks of these numbers wrote: nothing old passes for new."""
    (place / "DONE").unlink(missing_ok=True)
    old = [place / "report.html", place / "workbook.xlsx"]
    for number in numbers:
        old += [place / "tables" / f"{table}.parquet" for table in schema.NOTEBOOK_TABLES.get(number, ())]
        old += [*place.glob(f"figures/{number}_*"), *place.glob(f"notebooks/**/{number}_*")]
    for path in old:
        path.unlink(missing_ok=True)
    failed = place / "notebooks" / "failed"
    if failed.is_dir() and not any(failed.iterdir()):
        failed.rmdir()


def notebook_values(
    path: Path, region: str, lang: str, as_of: str, values: Mapping[str, object]
) -> dict[str, object]:
    """The parameters that a notebook is given: the common ones, and those of ``values`` that it has.

    Raises UsageError when one is of another kind than the notebook says.
    """
    own = {parameter.name for parameter in parameters.of_notebook(path)}
    plain = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name in own
    }
    chosen = {"region": region, "lang": lang, **({"as_of": as_of} if as_of else {}), **plain}
    parameters.check(path, chosen)
    return chosen


def _notebook(path: Path, plan: RegionPlan, place: Path, work: Work) -> Execution:
    watch = Watch(
        timeout=work.prepared.settings.run.notebook_timeout,
        on_cell=_on_cell(plan, path, work.progress),
        stop=work.stop,
    )
    done = execute(
        path,
        place / "notebooks" / path.name,
        notebook_values(path, plan.region, work.words.lang, work.as_of, work.values),
        server=work.server,
        watch=watch,
        env=work.environment(),
        cwd=Path.cwd(),
    )
    work.progress.notebook(plan, done)
    return done


def _on_cell(plan: RegionPlan, path: Path, progress: Progress) -> Callable[[int, int], None]:
    return lambda cell, cells: progress.cell(plan, path.name, cell, cells)


def _write_workbook(place: Path, entry: dict, work: Work) -> None:
    """workbook.xlsx; a region without a customer has none."""
    if not entry["customers"]:
        return
    with tempfile.TemporaryDirectory(dir=work.prepared.out / TEMPORARY, prefix="workbook-") as scratch:
        content = workbook.region(
            place,
            row=page_row(entry),
            words=work.words,
            ledger=work.prepared.ledger,
            facts=work.facts,
            scratch=Path(scratch),
        )
    store.write_bytes(place / "workbook.xlsx", content)


def _write_pages(place: Path, entry: dict, work: Work) -> None:
    with _PAGES:
        for path in sorted((place / "notebooks").glob("*.ipynb")):
            store.write_text(path.with_suffix(".html"), pages.notebook(path, words=work.words))
        report = pages.region(
            place, row=page_row(entry), words=work.words, ledger=work.prepared.ledger, facts=work.facts
        )
        store.write_text(place / "report.html", report)


def page_row(entry: Mapping) -> dict:
    """A region's entry as the pages take it."""
    return {**entry, "spend": float(entry["spend"]), "failed": next(iter(entry["problems"]), None)}


def _timing(done: Execution) -> dict:
    cpu = round(done.cpu_seconds, 2) if done.cpu_seconds is not None else None
    return {
        "seconds": round(done.seconds, 2),
        "cpu_seconds": cpu,
        "peak_mb": done.peak_mb,
        "retries": done.retries,
    }
