"""What is to be done before any of it is done: notebooks, regions in order, and a fingerprint of what each rests on."""

import difflib
import hashlib
import importlib.metadata
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from custkit import schema, settings, store
from custkit.errors import UsageError
from custkit.run.parameters import COMMON, Parameter, parse
from custkit.settings import Settings

FULL, SHORT, EMPTY = "full", "short", "empty"
SHORT_NOTEBOOKS = ("01", "03")

# Whose version may change a number or a picture.
LIBRARIES = (
    "custkit",
    "pandas",
    "numpy",
    "scipy",
    "scikit-learn",
    "pyarrow",
    "duckdb",
    "ibis-framework",
    "matplotlib",
    "seaborn",
    "papermill",
    "nbclient",
    "ipykernel",
)


@dataclass(frozen=True)
class RegionPlan:
    """The work of one region."""

    region: str
    slug: str
    customers: int
    size: str  # full, short (under min_region_customers) or empty
    numbers: tuple[str, ...]  # of the chosen notebooks: their earlier results go
    notebooks: tuple[Path, ...]  # that run, in order
    without_rows: tuple[str, ...]  # tables to write with their columns only
    fingerprint: str


def notebooks(folder: Path, chosen: str = "") -> dict[str, Path]:
    """Number to path of the chosen notebooks, in order; ``chosen`` is like ``01-06``, ``01,03`` or empty for all.

    Raises UsageError for a number that no notebook has, and for a text that is no such list.
    """
    found = {path.name[:2]: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    if not found:
        raise UsageError(f"{folder}: no notebooks; set CUSTKIT_HOME to the repository of custkit")
    if not chosen:
        return found
    numbers: set[str] = set()
    for part in chosen.split(","):
        match = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", part.strip())
        if not match:
            raise UsageError(f"--notebooks: expected numbers like 01-06 or 01,03, got {chosen!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        asked = {f"{number:02d}" for number in range(first, last + 1)}
        unknown = sorted(asked - set(found)) or ([] if asked else [part])
        if unknown:
            raise UsageError(f"--notebooks: no notebook {', '.join(unknown)}; there are: {', '.join(found)}")
        numbers |= asked
    return {number: path for number, path in found.items() if number in numbers}


def regions(present: Iterable[Mapping], asked: Iterable[str]) -> list[Mapping]:
    """The asked regions, largest first; all of them when none is asked. The whole goes before every part.

    Raises UsageError listing the regions when one is unknown.
    """
    by_name = {row["region"]: row for row in present}
    asked = list(dict.fromkeys(asked)) or list(by_name)
    for name in asked:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"--region: no region {name!r}; {meant}All regions: {', '.join(by_name)}")
    return sorted(
        (by_name[name] for name in asked),
        key=lambda row: (row["region"] != store.WHOLE, -row["customers"], row["region"]),
    )


def of_region(
    row: Mapping, chosen: Mapping[str, Path], min_customers: int, basis: Mapping[str, object]
) -> RegionPlan:
    """How much of the chosen notebooks a region is worth.

    Parameters
    ----------
    row : region, slug, customers
    chosen : number to path
    basis : everything that the region's results rest on; ``fingerprint`` is made of it
    """
    customers = row["customers"]
    size = EMPTY if customers == 0 else SHORT if customers < min_customers else FULL
    runs = [number for number in chosen if size == FULL or (size == SHORT and number in SHORT_NOTEBOOKS)]
    left = [number for number in chosen if size == SHORT and number not in runs]
    return RegionPlan(
        region=row["region"],
        slug=row["slug"],
        customers=customers,
        size=size,
        numbers=tuple(chosen),
        notebooks=tuple(chosen[number] for number in runs),
        # Tables that others rely on; a notebook's further summaries are only read where they stand.
        without_rows=tuple(
            table for number in left for table in schema.NOTEBOOK_TABLES[number] if table in schema.TABLES
        ),
        fingerprint=digest({**basis, "region": row["region"], "size": size, "notebooks": sorted(chosen)}),
    )


def digest(parts: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def code_digest(package: Path, sources: Iterable[Path]) -> str:
    """One hash over the package (code, words, styles) and the notebooks."""
    files = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    parts = {path.relative_to(package).as_posix(): store.sha256(path) for path in files}
    return digest(parts | {path.name: store.sha256(path) for path in sources})


def versions() -> dict[str, str]:
    """Versions of Python and of every library whose change may change a result."""
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in LIBRARIES
    }


def given(
    pairs: Iterable[str], known: Mapping[str, Parameter]
) -> tuple[dict[str, object], dict[str, object]]:
    """What ``--set KEY=VALUE`` gave: settings, and parameters of notebooks that are no setting.

    Raises UsageError for a key that is neither (the text lists what exists), or a value of another kind.
    """
    rules: dict[str, object] = {}
    others: dict[str, object] = {}
    kinds = Settings.types()
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"--set: expected KEY=VALUE, got {pair!r}")
        if name in COMMON:
            raise UsageError(f"--set {name}: is an option of its own: --{name.replace('_', '-')}")
        if name in kinds:
            rules[name] = settings.parse(name, text)
        elif name in known:
            others[name] = parse(name, text, known[name].kind)
        else:
            raise UsageError(
                f"--set: no setting or parameter {name!r}; {settings.suggest(name, {*kinds, *known} - set(COMMON))}"
            )
    Settings().replace(rules, "--set")
    return rules, others


def user_files(values: Mapping[str, object], caller: Path) -> dict[str, Path]:
    """Which values name a file of the user's, seen from the caller's folder or from the repository."""
    texts = {name: value for name, value in values.items() if isinstance(value, str) and value}
    seen = {name: [place / text for place in (caller, store.home())] for name, text in texts.items()}
    return {name: path for name, places in seen.items() for path in [p for p in places if p.is_file()][:1]}


def echoed(values: Mapping[str, object], caller: Path) -> dict[str, object]:
    """Values as they may stand in an output: a file by its name and content, never by its place on this machine."""
    files = user_files(values, caller)
    return {
        **values,
        **{name: {"file": path.name, "sha256": store.sha256(path)} for name, path in files.items()},
    }
