"""Random numbers by name: a stream that is added or lengthened leaves all others as they were."""

import zlib

import numpy as np

_GOLDEN = 0.6180339887498949


def stream(seed: int, name: str, block: int = 0) -> np.random.Generator:
    """The generator of one purpose in one block of customers."""
    key = (zlib.crc32(name.encode("ascii")), block)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def even(rng: np.random.Generator, strata: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1) that are spread evenly within each stratum: a draw from them hits every share nearly exactly.

    Chance within a stratum only says who gets which. Without it a hundred customers of a type more or fewer in a
    region would be a difference between regions that nobody planted.
    """
    order = np.lexsort((rng.random(len(strata)), strata))
    values = np.empty(len(strata))
    values[order] = (rng.random() + _GOLDEN * np.arange(len(strata))) % 1
    return values


def pick(uniform: np.ndarray, shares) -> np.ndarray:
    """Which of the shares each number in [0, 1) falls into; shares need not sum to 1."""
    ends = np.cumsum(shares)
    return np.minimum(np.searchsorted(ends / ends[-1], uniform, side="right"), len(ends) - 1)
