"""The helper process that imports everything once and forks a kernel on request.

Started by ``kernels.ForkServer`` as ``python -m custkit.run.forkserver FD FOLDER``. It speaks one JSON line per
request and one per reply over the inherited socket, stays single-threaded (a fork copies only the calling thread, and
a lock held by another would never open again), and ends when the runner's end of the socket closes, whatever closed
it: then it ends all its kernels and removes the folder of their sockets.
"""

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import pkgutil
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path

from matplotlib.figure import Figure

import custkit
from custkit import words

# What notebooks and ipykernel import: each line saves its import in every kernel. Not the inline backend: it ties
# itself to the shell that is there when it is imported, and the helper has none.
PRELOAD = (
    "pandas",
    "pandas.io.formats.html",
    "pyarrow.pandas_compat",
    "pyarrow.parquet",
    "scipy.optimize",
    "scipy.stats",
    "matplotlib.backends.backend_agg",
    "matplotlib.pyplot",
    "seaborn",
    "sklearn.cluster",
    "sklearn.metrics",
    "sklearn.preprocessing",
    "duckdb",
    "ibis.backends.duckdb",
    "ipykernel.kernelapp",
)

# libarrow's allocator starts this thread when it is loaded, and re-creates its own locks after a fork.
FORK_SAFE_THREADS = {"jemalloc_bg_thd"}

PR_SET_PDEATHSIG = 1


def preload() -> None:
    """Import what the notebooks will import: the libraries, and every room of custkit below the runner."""
    for name in PRELOAD:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(custkit.__path__, "custkit.", onerror=lambda _name: None):
        if not module.name.startswith(("custkit.run", "custkit.cli")):
            # A room that cannot be imported is told by the notebook that needs it; the others are still served.
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)


def warm_up() -> None:
    """Read the words and draw one chart: catalogue, fonts and caches are then filled once, not in every kernel."""
    words.catalogue()
    figure = Figure()
    axes = figure.subplots()
    axes.bar(["a", "b"], [1, 2])
    axes.set(title="title", xlabel="label")
    figure.savefig(io.BytesIO(), format="png")


def unsafe_threads() -> list[str]:
    """Names of threads besides our own that would make a fork unsafe."""
    tasks = Path("/proc/self/task")
    names = [
        (tasks / task / "comm").read_text().strip() for task in os.listdir(tasks) if int(task) != os.getpid()
    ]
    return sorted(set(names) - FORK_SAFE_THREADS) or [t.name for t in threading.enumerate()[1:]]


def become_kernel(request: dict, parent: int) -> None:
    """In the child: leave the helper's group, take the kernel's surroundings, run the kernel to its end."""
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the helper died before the line above could ask for its signal
        return
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=request["argv"])


def fork(request: dict, connection: socket.socket) -> dict:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(connection.detach())  # detached: closing would wait for the reader in serve()
            become_kernel(request, parent)
        finally:
            os._exit(1)  # whatever happened, the child never goes back to serving
    # In parent and child: whoever is first, the group stands when the reply goes out. A child that is gone already
    # is told by its exit code at the next poll.
    with contextlib.suppress(ProcessLookupError):
        os.setpgid(pid, pid)
    return {"pid": pid}


def poll(pid: int, running: set[int]) -> dict:
    """Exit code of a kernel (negative: the signal that ended it), its peak memory and CPU; empty while it runs."""
    ended, status, usage = os.wait4(pid, os.WNOHANG)
    if not ended:
        return {}
    running.discard(pid)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "peak_kb": usage.ru_maxrss,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }


def serve(connection: socket.socket) -> None:
    """Answer requests until the runner's end closes, then end every kernel."""
    running: set[int] = set()
    try:
        with connection.makefile("r", encoding="utf-8") as requests:
            for line in requests:
                request = json.loads(line)
                if request["do"] == "fork":
                    reply = fork(request, connection)
                    running.add(reply["pid"])
                else:
                    reply = poll(request["pid"], running)
                connection.sendall((json.dumps(reply) + "\n").encode())
    finally:
        for pid in running:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.killpg(pid, signal.SIGKILL)


def main() -> None:
    connection = socket.socket(fileno=int(sys.argv[1]))
    preload()
    warm_up()
    threads = unsafe_threads()
    gc.collect()
    gc.freeze()  # the collector then leaves the shared pages alone, and they stay shared
    ready = {"refused": f"threads before the fork: {', '.join(threads)}"} if threads else {}
    connection.sendall((json.dumps(ready) + "\n").encode())
    if not threads:
        serve(connection)
        shutil.rmtree(sys.argv[2], ignore_errors=True)
    os._exit(0)  # nothing to tidy up; DuckDB's bindings would list what they still hold


if __name__ == "__main__":
    main()
