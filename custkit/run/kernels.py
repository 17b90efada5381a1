"""Kernels forked from one preloaded process: the imports are paid once a run, not once a notebook.

Only the runner asks for them, by the name of the provisioner; an analyst in JupyterLab gets plain kernels. They are
made on Linux, where a fork after imports is sound. Elsewhere, and when the helper cannot fork, kernels start plainly.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from custkit.errors import UsageError

NAME = "custkit-fork"  # the entry point in pyproject.toml
KERNEL = "python3"
HOW_TO_INSTALL = "install it with: python -m pip install -e ."

# One thread each: regions run side by side, and threads beyond the cores make a one-second fit take twenty.
# The inline backend has to stand before pyplot is imported, or figures vanish without a word.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}

# A socket's path holds at most 107 bytes (104 on macOS); below the base come our folder and the kernel's number.
_LONGEST_BASE = 60


def require_kernel() -> None:
    """Raise UsageError when the notebooks' kernel is missing or belongs to another Python."""
    try:
        command = KernelSpecManager().get_kernel_spec(KERNEL).argv[0]
    except NoSuchKernel:
        raise UsageError(f"no Jupyter kernel {KERNEL!r} for {sys.executable}; {HOW_TO_INSTALL}") from None
    if os.path.sep in command and not os.path.samefile(command, sys.executable):
        raise UsageError(
            f"the Jupyter kernel {KERNEL!r} is {command}, custkit is {sys.executable}; {HOW_TO_INSTALL}"
        )


class ForkServer:
    """The helper process as the runner sees it, and the short-lived folder of the kernels' sockets.

    A context manager. While it is open, kernels that jupyter_client starts in this process are forked; when it closes,
    or when this process ends in whatever way, the helper and all its kernels end. ``warnings`` tells once why kernels
    could not be forked; ``plain=True`` never tries. What kernels print outside of cells goes to ``log``.
    """

    current: "ForkServer | None" = None

    def __init__(self, log: Path, *, plain: bool = False):
        self.folder = _short_folder()
        self.warnings: list[str] = []
        self.usage: dict[int, dict] = {}  # by pid: peak_kb and cpu_seconds of ended kernels
        self.plain: set[int] = set()  # process groups of kernels that were not forked
        self._lock = threading.Lock()
        self._count = 0
        self._ready = False
        self._process: subprocess.Popen | None = None
        if sys.platform == "linux" and not plain:
            self._start(log)

    def _start(self, log: Path) -> None:
        ours, theirs = socket.socketpair()
        with theirs, open(log, "ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "custkit.run.forkserver", str(theirs.fileno()), str(self.folder)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **ENVIRONMENT},
                start_new_session=True,  # Ctrl-C is for the runner, which then ends the kernels in order
            )
        self._connection = ours
        self._replies = ours.makefile("r", encoding="utf-8")

    def __enter__(self) -> "ForkServer":
        factory = KernelProvisionerFactory.instance()
        self._before = ForkServer.current, factory.default_provisioner_name
        ForkServer.current, factory.default_provisioner_name = self, NAME
        return self

    def __exit__(self, *exception: object) -> None:
        ForkServer.current, KernelProvisionerFactory.instance().default_provisioner_name = self._before
        self.close()

    def close(self) -> None:
        """End the helper and every kernel; safe to call twice, and while threads still wait for kernels."""
        if self._process is not None:
            with contextlib.suppress(OSError):  # closed before, or the helper is gone
                self._connection.shutdown(socket.SHUT_RDWR)
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:  # still importing: it has no kernel yet
                self._process.kill()
                self._process.wait()
            self._replies.close()
            self._connection.close()
        for group in self.plain:
            with contextlib.suppress(ProcessLookupError):  # it ended in its time
                os.killpg(group, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connection_file(self) -> Path:
        """A new name for a kernel's connection file; its sockets stand beside it."""
        with self._lock:
            self._count += 1
            return self.folder / f"{self._count}.json"

    def environment(self) -> dict[str, str]:
        """What every kernel gets: one thread, inline figures, and no start-up files of whoever runs this."""
        return {**ENVIRONMENT, "IPYTHONDIR": str(self.folder / "ipython")}

    def fork(self, argv: list[str], cwd: str, env: dict[str, str]) -> "ForkedKernel | None":
        """A kernel forked from the helper; None, with a warning the first time, when that is not to be had."""
        if self._process is None:
            return None
        try:
            reply = self._ask({"do": "fork", "argv": argv, "cwd": cwd, "env": env})
        except (OSError, ValueError) as error:  # ValueError: closed while this thread waited
            self._give_up(str(error))
            return None
        return ForkedKernel(self, reply["pid"])

    def poll(self, pid: int) -> int | None:
        """Exit code of a kernel, None while it runs."""
        if pid not in self.usage:
            try:
                reply = self._ask({"do": "poll", "pid": pid})
            except (OSError, ValueError):
                return -signal.SIGKILL  # a helper that is gone has taken its kernels with it
            if not reply:
                return None
            self.usage[pid] = reply
        return self.usage[pid]["code"]

    def _ask(self, request: dict) -> dict:
        with self._lock:
            if not self._ready:
                refused = self._reply().get("refused")
                if refused:
                    raise OSError(refused)
                self._ready = True
            self._connection.sendall((json.dumps(request) + "\n").encode())
            return self._reply()

    def _reply(self) -> dict:
        line = self._replies.readline()
        if not line:
            raise OSError("the helper process has ended")
        return json.loads(line)

    def _give_up(self, why: str) -> None:
        if not self.warnings:
            self.warnings.append(
                f"kernels could not be forked ({why}); they start one by one, which takes longer"
            )


class ForkedKernel:
    """A forked kernel with the part of ``subprocess.Popen`` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int):
        self.server = server
        self.pid = pid

    def poll(self) -> int | None:
        return self.server.poll(self.pid)

    def wait(self) -> int | None:
        """The exit code; called by jupyter_client when ``poll`` has seen the end."""
        return self.poll()

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel by a fork of the helper while the runner holds one open, else as jupyter_client does."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict:
        server = ForkServer.current
        forked = None
        if server is not None and "ipykernel_launcher" in cmd:
            argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
            cwd = str(kwargs.get("cwd") or Path.cwd())
            # In a thread of its own: the first request waits for the helper's imports.
            forked = await asyncio.to_thread(server.fork, argv, cwd, kwargs.get("env") or dict(os.environ))
        if forked is None:
            connection_info = await super().launch_kernel(cmd, **kwargs)
            if server is not None and self.pgid is not None:
                server.plain.add(self.pgid)
            return connection_info
        self.process = forked
        self.pid = self.pgid = forked.pid
        self.cwd = cwd
        return self.connection_info


def _short_folder() -> Path:
    """A private folder whose path leaves room for a socket's name."""
    base = tempfile.gettempdir()
    too_long = len(os.fsencode(base)) > _LONGEST_BASE
    return Path(tempfile.mkdtemp(prefix="custkit-", dir="/tmp" if too_long else base))
