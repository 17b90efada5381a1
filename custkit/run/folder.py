"""The output folder of a run: one run at a time, a private place for what is temporary, nothing left of the last one."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from custkit import store
from custkit.errors import UsageError

TEMPORARY = ".tmp"


@contextmanager
def locked(out: Path) -> Iterator[Path]:
    """Hold ``out`` for this run; gives the private temporary folder, removed at the end (or by the next run).

    The lock is the system's: it opens by itself when its holder dies. Raises UsageError naming the process that holds it.
    """
    lock, holder = FileLock(out / ".lock"), out / ".lock.json"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise UsageError(
            f"{out}: another run works here ({_holder(holder)}); wait for it or choose another --out"
        ) from None
    temporary = out / TEMPORARY
    try:
        me = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        store.write_json(holder, me)
        _sweep(out)
        temporary.mkdir(mode=0o700)
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        holder.unlink(missing_ok=True)
        lock.release()


def _sweep(out: Path) -> None:
    """Remove what a run that was killed left under temporary names."""
    if (out / TEMPORARY).exists():
        shutil.rmtree(out / TEMPORARY)
    for left in out.rglob(".*.tmp"):
        if left.is_file():
            left.unlink()


def _holder(path: Path) -> str:
    if not path.is_file():
        return "just started"
    me = json.loads(path.read_text(encoding="utf-8"))
    return f"process {me['pid']} on {me['host']} since {me['since']}"
