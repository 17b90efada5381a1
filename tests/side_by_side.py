"""Two pieces of work side by side: ratios, since seconds belong to a machine (``bench.py``)."""

import datetime
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import psutil

ROUNDS = 3
AS_OF = datetime.date(2024, 12, 31)
FORK = multiprocessing.get_context("fork")
Rows = Iterator[list[str]]


class Cost(NamedTuple):
    cpu: float  # seconds, over all threads and ended children
    wall: float  # seconds
    peak_mb: float = 0.0  # above what the process held before


def forked(work: Callable, *given):
    """What ``work`` gives, from a process of its own; where it fails, its error is printed and EOFError raised here."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=lambda: sender.send(work(*given)))
    process.start()
    sender.close()
    result = receiver.recv()
    process.join()
    return result


def cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cost(work: Callable, *given) -> Cost:
    held, cpu, wall = psutil.Process().memory_info().rss, cpu_seconds(), time.perf_counter()
    work(*given)
    cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
    return Cost(cpu, wall, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - held) / 2**20)


def median(costs) -> Cost:
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def take_turns(*works: Callable[[], object]) -> list[Cost]:
    """The median cost of each."""
    rounds = [[forked(cost, work) for work in works] for _ in range(ROUNDS)]
    return [median(costs) for costs in zip(*rounds, strict=True)]


def row(what: str, ours: Cost, theirs: Cost, target: float, how: str) -> list[str]:
    """``target`` is the most that our CPU may be, theirs being 1."""
    cpu, wall = ours.cpu / theirs.cpu, ours.wall / theirs.wall
    took = f"{ours.cpu:.2f} / {theirs.cpu:.2f} s"
    memory = f"{ours.peak_mb:,.0f} / {theirs.peak_mb:,.0f}"
    return [what, f"{cpu:.2f}", f"{wall:.2f}", f"{target:g}", verdict(cpu, target), took, memory, how]


def verdict(ratio: float, target: float) -> str:
    return "met" if ratio <= target else "MISSED"
