"""One notebook through papermill: parameters in, an executed notebook or a named problem out."""

# ruff: noqa: E402  # the first statement has to come before nbformat is imported
import sys

# nbformat's schema checker imports a grammar that it does not need here: a second of CPU in every process.
sys.modules.setdefault("rfc3987_syntax", None)

import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.translators import PythonTranslator, papermill_translators
from traitlets.config import Config
from zmq import ZMQError

from custkit import errors, store
from custkit.run.kernels import KERNEL, ForkServer

ENGINE = "custkit"
INJECTED = "injected-parameters"
START_SECONDS = 60
BACK_OFF_SECONDS = 2.0

# What the libraries log (a dead kernel, a time-out) is told by `Problem`; on a terminal it would break the display.
for _name in ("papermill", "traitlets"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


@dataclass(frozen=True)
class Problem:
    """Why a notebook did not finish."""

    notebook: str  # file name
    cell: int  # from 1, counted in the notebook of the repository; 0: none had begun
    cell_id: str
    cause: str  # name of the error and its first line
    exit_code: int = 4  # 2 where the notebook found that it was used wrongly

    @property
    def place(self) -> dict[str, object]:
        """What a reader needs, and what two runs have in common."""
        return {"notebook": self.notebook, "cell": self.cell, "cell_id": self.cell_id, "cause": self.cause}


@dataclass(frozen=True)
class Execution:
    """What one notebook took."""

    notebook: str
    seconds: float
    retries: int  # starts of a kernel that failed and were tried again
    warnings: tuple[str, ...] = ()
    problem: Problem | None = None
    peak_mb: int | None = None  # memory of the kernel, where the system tells
    cpu_seconds: float | None = None


class Stopped(Exception):
    """The run is being ended; the notebook was left where it stood."""


class KernelNotStarted(Exception):
    """The kernel did not come up, twice."""


@dataclass
class Watch:
    """Follows one execution from outside: how far it is, how long it may take, whether it is to stop."""

    timeout: float  # seconds, for the whole notebook from its first cell
    on_cell: Callable[[int, int], None] | None = None  # number of the cell that begins, cells in all
    stop: threading.Event = field(default_factory=threading.Event)
    deadline: float = 0.0  # on the monotonic clock, once the kernel is up
    notebook: nbformat.NotebookNode | None = None
    cell: int = 0
    cell_id: str = ""
    retries: int = 0
    pid: int | None = None

    def remaining(self, _cell: object = None) -> float:
        return max(0.01, self.deadline - time.monotonic())  # nbclient takes 0 for "no limit"

    def cell_start(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        if self.stop.is_set():
            raise Stopped
        own = [INJECTED not in other.metadata.get("tags", []) for other in self.notebook.cells]
        self.cell, self.cell_id = sum(own[: cell_index + 1]), cell.get("id", "")
        if self.on_cell:
            self.on_cell(self.cell, sum(own))


class _ReadableTranslator(PythonTranslator):
    r"""Injects text as it was given: 上海, not \u4e0a\u6d77."""

    @classmethod
    def translate_escaped_str(cls, str_val: object) -> str:
        return repr(str(str_val))


class _WatchedEngine(Engine):
    """papermill's engine with a watch on cells and time, and kernels that are started once more when a start fails."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man,
        kernel_name,
        *,
        watch: Watch,
        server: ForkServer,
        env: Mapping,
        kernel_cwd: Path,
        **_unused,
    ):
        watch.notebook = nb_man.nb
        client = _started(nb_man, kernel_name, watch, server, env, kernel_cwd)
        watch.pid = client.km.provisioner.pid
        watch.deadline = time.monotonic() + watch.timeout
        client.execute()


papermill_engines.register(ENGINE, _WatchedEngine)
papermill_translators.register("python", _ReadableTranslator)


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, object],
    *,
    server: ForkServer,
    watch: Watch,
    env: Mapping[str, str],
    cwd: Path,
) -> Execution:
    """Run a notebook with ``parameters``; write it to ``target`` when it finished.

    A notebook that did not finish is kept, as far as it came, in ``failed/`` beside ``target``. The file holds no
    times and no path of this machine: the same input gives the same bytes.

    Parameters
    ----------
    parameters : names and plain values, checked before (``parameters.check``)
    env : added to this process's environment for the kernel
    cwd : the kernel's folder; relative paths that a user gave are looked up from it

    Raises
    ------
    Stopped
        ``watch.stop`` was set while the notebook ran; nothing is written.
    """
    started = time.monotonic()
    cause, exit_code = None, 4
    try:
        papermill.execute_notebook(
            str(source).replace("{", "{{").replace("}", "}}"),  # papermill takes a path for a template
            None,  # its writes are not whole-or-nothing: the notebook is written below
            parameters=dict(parameters),
            engine_name=ENGINE,
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            server=server,
            watch=watch,
            env={**os.environ, **server.environment(), **env},
            kernel_cwd=cwd,  # not `cwd`: that would change the folder of this process, under all its workers
        )
    except PapermillExecutionError as error:
        cause, exit_code = f"{error.ename}: {_first_line(error.evalue)}", _exit_code(error.ename)
    except DeadKernelError:
        cause = _death(server.usage.get(watch.pid, {}).get("code"))
    except CellTimeoutError:
        cause = f"took longer than {watch.timeout:,.0f} seconds (notebook_timeout)"
    except KernelNotStarted as error:
        cause = f"the kernel did not start: {error}"
    if watch.stop.is_set():
        raise Stopped
    usage = server.usage.get(watch.pid, {})
    peak_mb = round(usage["peak_kb"] / 1024) if usage else None
    cause = cause and _shortened(cause)
    if cause is None:
        store.write_text(target, _text(watch.notebook, source.name))
    elif watch.notebook is not None:
        store.write_text(target.parent / "failed" / target.name, _text(watch.notebook, source.name))
    return Execution(
        notebook=source.name,
        seconds=time.monotonic() - started,
        retries=watch.retries,
        warnings=tuple(_warnings(watch.notebook)),
        problem=Problem(source.name, watch.cell, watch.cell_id, cause, exit_code) if cause else None,
        peak_mb=peak_mb,
        cpu_seconds=usage.get("cpu_seconds"),
    )


def _started(nb_man, kernel_name: str, watch: Watch, server: ForkServer, env: Mapping, cwd: Path):
    """A client whose kernel answers. A start that fails is tried once more, after a pause."""
    while True:
        client = _client(nb_man, kernel_name, watch, server)
        try:
            client.create_kernel_manager()
            client.start_new_kernel(env=dict(env), cwd=str(cwd))
            client.start_new_kernel_client()
            return client
        except (RuntimeError, OSError, ZMQError) as error:
            if watch.retries or watch.stop.is_set():
                raise KernelNotStarted(f"{type(error).__name__}: {_first_line(str(error))}") from error
            watch.retries += 1
            watch.stop.wait(BACK_OFF_SECONDS)


def _client(nb_man, kernel_name: str, watch: Watch, server: ForkServer) -> PapermillNotebookClient:
    # Sockets in a private folder: nothing listens on the machine's ports, and no two kernels race for one.
    where = (
        {"transport": "ipc", "connection_file": str(server.connection_file())} if os.name == "posix" else {}
    )
    return PapermillNotebookClient(
        nb_man,
        kernel_name=kernel_name,
        config=Config({"AsyncKernelManager": where}),
        startup_timeout=START_SECONDS,
        timeout_func=watch.remaining,
        record_timing=False,
        shutdown_kernel="immediate",  # tables and figures are on disk before their cell ends
        on_cell_start=watch.cell_start,
        log=logging.getLogger("papermill"),
    )


def _death(code: int | None) -> str:
    if code is None:
        return "the kernel died"
    return f"the kernel died ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"


def _exit_code(ename: str) -> int:
    """A setting that turns out wrong only in a notebook (a segment map with a hole) is wrong use all the same."""
    kind = getattr(errors, ename, Exception)
    return 2 if issubclass(kind, errors.UsageError) and kind is not errors.MissingTable else 4


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]


def _text(notebook: nbformat.NotebookNode, name: str) -> str:
    """The executed notebook as the file to write, without what differs from run to run or machine to machine."""
    notebook.metadata["papermill"] = {
        "input_path": name,
        "output_path": name,
        "parameters": notebook.metadata.papermill.get("parameters", {}),
        "version": papermill.__version__,
    }
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED  # papermill draws one at random
        for output in cell.get("outputs", []):
            _without_paths(output)
    return nbformat.writes(notebook) + "\n"


def _without_paths(output: nbformat.NotebookNode) -> None:
    """Shorten folders of this machine in the text of an output; pictures are left alone."""
    if output.output_type == "stream":
        output.text = _shortened(output.text)
    elif output.output_type == "error":
        output.evalue = _shortened(output.evalue)
        output.traceback = [_shortened(line) for line in output.traceback]
    else:
        texts = {kind: text for kind, text in output.data.items() if kind.startswith("text/")}
        output.data.update({kind: _shortened(text) for kind, text in texts.items()})


def _shortened(text: str) -> str:
    text = re.sub(r"[^\s\"']*ipykernel_\d+[/\\]\d+\.py", "<cell>", text)
    for folder, name in ((str(store.home()), "."), (sys.prefix, "<python>"), (str(Path.home()), "~")):
        text = text.replace(folder + os.sep, name + "/")
    return text


def _warnings(notebook: nbformat.NotebookNode | None) -> Iterator[str]:
    """Warnings that cells printed, once each, in the order in which they came."""
    seen = {}
    for cell in notebook.cells if notebook else []:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                seen |= dict.fromkeys(re.findall(r"\b\w*Warning: .*", output.text))
    yield from seen
