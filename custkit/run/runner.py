"""The main job: prepare once, then every region through its notebooks, several regions side by side."""

import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import custkit
from custkit import ledger, prepare, store
from custkit.run import folder, kernels, parameters, plan, region
from custkit.run.kernels import ForkServer
from custkit.run.manifest import Manifest, fitted, surroundings
from custkit.run.plan import RegionPlan
from custkit.run.progress import print_table, progress, summary
from custkit.run.signals import trapped
from custkit.show import pages
from custkit.words import Words

# Workers whose kernels are gone notice it within a second; nothing waits longer than this for them.
_LAST_WORDS_SECONDS = 3.0


@dataclass(frozen=True)
class Request:
    """What ``custkit run`` was asked for."""

    data: str = ""
    out: str = ""
    regions: tuple[str, ...] = ()  # none: every region and the whole
    notebooks: str = ""
    lang: str = "en"
    as_of: str = ""
    jobs: int = 1
    given: tuple[str, ...] = ()  # KEY=VALUE
    force: bool = False


def run(request: Request, stream: IO[str] | None = None) -> int:
    """Do the main job and write to ``stream`` how it goes.

    Returns
    -------
    exit code
        0; 2 where a notebook found a setting wrong; 4 where a notebook failed; 5 where a quality threshold was exceeded.

    Raises
    ------
    UsageError, InputRefused
        Before any region is begun; UsageError also when the disk fills.
    Interrupted
        A signal came. Kernels are gone, finished regions are kept.
    """
    stream = stream or sys.stdout
    words = Words(request.lang)
    chosen = plan.notebooks(store.home() / "notebooks", request.notebooks)
    rules, others = plan.given(request.given, parameters.known(chosen.values()))
    # A user's file reaches the notebooks through the environment: its path must not stand in an output.
    values = {
        name: value for name, value in rules.items() if name not in plan.user_files(rules, Path.cwd())
    } | others
    for path in chosen.values():
        region.notebook_values(path, store.WHOLE, request.lang, request.as_of, values)
    kernels.require_kernel()
    data, out = prepare.resolve(request.data, request.out)
    store.require_writable(out, data)
    with trapped(), ExitStack() as opened:
        temporary = opened.enter_context(folder.locked(out))
        server = opened.enter_context(ForkServer(temporary / "kernels.log"))
        shows = opened.enter_context(progress(words, stream))
        shows.say("run.prepare", data=data.name)
        prepared = prepare.prepare(str(data), str(out), settings=rules, as_of=request.as_of)
        shows.say("run.prepared", regions=len(prepared.regions), **_counts(prepared))
        rows = {row["region"]: row for row in [prepared.whole, *prepared.regions]}
        asked = plan.regions(rows.values(), request.regions)
        head = _head(request, prepared, chosen, rules | others)
        basis = {name: head[name] for name in ("key", "code", "lang", "parameters", "versions")}
        basis["settings"] = plan.echoed(prepared.settings.flat(), Path.cwd())
        smallest = prepared.settings.run.min_region_customers
        plans = [plan.of_region(row, chosen, smallest, basis) for row in asked]
        work = region.Work(
            data=data,
            prepared=prepared,
            rules=rules,
            values=values,
            as_of=request.as_of,
            words=words,
            versions=head["versions"],
            server=server,
            stop=threading.Event(),
            progress=shows,
        )
        manifest = Manifest(out, head)
        gone = region.retire(out, [row["slug"] for row in rows.values()])
        shows.begin(plans)
        codes = _regions(plans, rows, work, manifest, request)
        _write_index(manifest, work)
        exceeded = ledger.texts(prepared.exceeded, words.lang)
        warnings = ledger.texts(prepared.warnings, words.lang) + exceeded + server.warnings
        warnings += [words("run.gone", folder=name) for name in gone]
        models = fitted(region.folder(out, one.slug) for one in plans)  # the whole stands first
        manifest.finish("failed" if codes else "done", warnings, models)
    print_table(summary(manifest.regions, manifest.timing, [one.region for one in plans], words), stream)
    for text in [*exceeded, *server.warnings]:
        print(text, file=stream)
    print(words("run.finished", page=_shown(out / "index.html")), file=stream)
    return min(codes, default=5 if prepared.exceeded else 0)


def _regions(
    plans: list[RegionPlan],
    rows: Mapping[str, Mapping],
    work: region.Work,
    manifest: Manifest,
    request: Request,
) -> set[int]:
    """All regions through the workers, in the order of the plans; the exit codes of those that failed."""
    codes = set()
    pool = ThreadPoolExecutor(max(1, request.jobs), thread_name_prefix="region")
    futures: dict[Future, RegionPlan] = {
        pool.submit(
            _one, one, rows[one.region], work, None if request.force else manifest.regions.get(one.region)
        ): one
        for one in plans
    }
    try:
        for future in as_completed(futures):
            result = future.result()
            if result is not None:
                manifest.record(futures[future].region, result.entry, result.timing)
                codes |= {result.exit_code} - {0}
    finally:
        # After the last region this finds nothing to do; after a fault or a signal it ends what is still at work.
        work.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        if not all(future.done() for future in futures):
            work.server.close()
            wait(futures, timeout=_LAST_WORDS_SECONDS)
    return codes


def _one(one: RegionPlan, row: Mapping, work: region.Work, before: Mapping | None) -> region.Result | None:
    """A region's result; None where it stands already, whole and from the same basis."""
    same = before is not None and before["fingerprint"] == one.fingerprint
    if same and store.is_done(region.folder(work.prepared.out, one.slug)):
        work.progress.region(one, before["status"], kept=True)
        return None
    result = region.make(one, row, work)
    work.progress.region(one, result.entry["status"])
    return result


def _write_index(manifest: Manifest, work: region.Work) -> None:
    rows = [region.page_row(entry) for entry in manifest.regions.values()]
    page = pages.index(
        work.prepared.out, rows=rows, words=work.words, ledger=work.prepared.ledger, facts=work.facts
    )
    store.write_text(work.prepared.out / "index.html", page)


def _head(request: Request, prepared: prepare.Prepared, chosen: Mapping[str, Path], given: Mapping) -> dict:
    """What the manifest says of the run as a whole."""
    return {
        "run": prepared.name,
        "key": prepared.key,
        "code": plan.code_digest(Path(custkit.__file__).parent, chosen.values()),
        "as_of": prepared.as_of.isoformat() if prepared.as_of else None,
        "currency": prepared.currency,
        "lang": request.lang,
        "inputs": prepared.inputs,
        "parameters": plan.echoed(given, Path.cwd()),
        "notebooks": [path.stem for path in chosen.values()],
        "seed": prepared.settings.clusters.seed,
        "versions": plan.versions(),
        "surroundings": surroundings(),
    }


def _counts(prepared: prepare.Prepared) -> dict[str, object]:
    whole = prepared.whole
    return {"customers": whole["customers"], "orders": whole["n_orders"], "as_of": prepared.as_of or "-"}


def _shown(path: Path) -> str:
    """A path for the terminal, short where it lies below the caller's folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
