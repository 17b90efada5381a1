"""The commands: run, check, map, regions, lab. Heavy imports stand in the commands, so that --help comes at once."""

import argparse
import os
import sys
import tempfile
import traceback

from custkit import __version__
from custkit.errors import CustkitError, UsageError

_FAULT = 70


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code. A refusal is one sentence on stderr, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a region's name never ends a run on a C locale
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except CustkitError as error:
        if error.exit_code != _FAULT:
            print(f"custkit: {error}", file=sys.stderr)
            return error.exit_code
        return _fault(error)
    except KeyboardInterrupt:
        print("custkit: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; say no more
        return 141
    except (
        Exception
    ) as error:  # the last door: whatever it is, a scheduler gets a code and a person a file to send
        return _fault(error)


def _fault(error: Exception) -> int:
    """Keep the traceback in a file of its own; the terminal gets one line."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="custkit-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as report:
        traceback.print_exception(error, file=report)
    line = f"{type(error).__name__}: {error}".split("\n", 1)[0]
    print(f"custkit: a fault of ours, not of your data: {line} (details: {report.name})", file=sys.stderr)
    return _FAULT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="custkit", description="Classify customers, region by region, with notebooks."
    )
    parser.add_argument("--version", action="version", version=f"custkit {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    run = commands.add_parser("run", help="the main job: every region through its notebooks")
    _common(run)
    run.add_argument(
        "--region",
        nargs="+",
        action="extend",
        default=[],
        metavar="R",
        help="only these regions (all: the whole)",
    )
    run.add_argument("--notebooks", default="", metavar="N", help="like 01-06 or 01,03 (default: all)")
    run.add_argument(
        "--jobs",
        type=_jobs,
        default=_cores(),
        metavar="N",
        help="regions at work at a time (default: the cores)",
    )
    run.add_argument("--force", action="store_true", help="also regions that stand unchanged")
    _fixed(run)
    run.set_defaults(command=_run)

    check = commands.add_parser("check", help="read and clean alone; print the ledger")
    _common(check)
    _fixed(check)
    check.set_defaults(command=_check)

    draft = commands.add_parser("map", help="write a draft mapping for files whose headers are not known")
    draft.add_argument("data", metavar="DATA", help="folder or file")
    draft.set_defaults(command=_map)

    regions = commands.add_parser("regions", help="list the regions of the data")
    _common(regions)
    regions.set_defaults(command=_regions)

    lab = commands.add_parser("lab", help="open JupyterLab on the notebooks, on this machine only")
    lab.set_defaults(command=_lab)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", default="", metavar="D", help="folder or file (default: the sample)")
    parser.add_argument(
        "--out", default="", metavar="O", help="folder to write to (default: outputs/<name of the data>)"
    )
    parser.add_argument(
        "--as-of",
        default="",
        metavar="DAY",
        help="count recency back from this day (default: the last order day)",
    )
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="language of everything that is generated"
    )
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="a setting or a notebook's parameter",
    )


def _fixed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fixed",
        dest="set",
        action="append",
        type="fixed={}".format,
        metavar="F",
        help="a corrected quarantine.csv, to be fed back in",
    )


def _jobs(text: str) -> int:
    jobs = int(text)
    if jobs < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {jobs}")
    return jobs


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(options: argparse.Namespace) -> int:
    from custkit.run.runner import Request, run
    from custkit.run.signals import Interrupted
    from custkit.words import Words

    request = Request(
        data=options.data,
        out=options.out,
        regions=tuple(options.region),
        notebooks=options.notebooks,
        lang=options.lang,
        as_of=options.as_of,
        jobs=options.jobs,
        given=tuple(options.set),
        force=options.force,
    )
    try:
        return run(request)
    except Interrupted as signal:
        print(f"custkit: {Words(options.lang)('run.interrupted', signal=signal)}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(signal.exit_code)  # a worker that still waits for its kernel must not hold up the end


def _check(options: argparse.Namespace) -> int:
    from custkit.run import accounts

    return accounts.check(_prepared(options, draft=True), options.lang, sys.stdout)


def _regions(options: argparse.Namespace) -> int:
    from custkit.run import accounts

    return accounts.regions(_prepared(options), options.lang, sys.stdout)


def _prepared(options: argparse.Namespace, *, draft: bool = False):
    """The data prepared as ``run`` would, with the notebooks' parameters known to --set; ``draft`` as in ``prepare``."""
    from custkit import prepare, store
    from custkit.run import parameters, plan

    known = parameters.known(plan.notebooks(store.home() / "notebooks").values())
    rules, _ = plan.given(options.set, known)
    return prepare.prepare(options.data, options.out, settings=rules, as_of=options.as_of, draft=draft)


def _map(options: argparse.Namespace) -> int:
    from custkit import ingest, prepare

    data, _ = prepare.resolve(options.data)
    path, text = ingest.write_draft(data)
    print(text, end="")
    print(f"\nWritten to {path}. Check it, then rename it; until then only custkit check uses it.")
    return 0


def _lab(_options: argparse.Namespace) -> int:
    from custkit import store

    notebooks = store.home() / "notebooks"
    if not notebooks.is_dir():
        raise UsageError(f"{notebooks}: no notebooks; set CUSTKIT_HOME to the repository of custkit")
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={store.home()}",
    ]
    os.execv(sys.executable, [*command, f"--LabApp.default_url=/lab/tree/{notebooks.name}"])


if __name__ == "__main__":
    sys.exit(main())
