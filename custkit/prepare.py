"""Exports to the run's typed tables, once, cached by content; and the run that a notebook opens on them."""

import datetime
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import filelock
import pandas as pd

from custkit import clean, ingest, ledger, store, tables
from custkit.errors import InputRefused, UsageError
from custkit.session import Run
from custkit.settings import Settings
from custkit.words import Words

DEFAULT_SAMPLE = "data/sample/city_retail"
# What the tables of a run depend on besides inputs and settings.
_CODE = (
    "ingest",
    "clean",
    "rules",
    "schema",
    "reading.py",
    "features.py",
    "ledger.py",
    "prepare.py",
    "store.py",
    "tables.py",
    "dictionary.py",
    "dictionary.yml",
    "places.yml",
    "words.py",
    "catalogue/people.yml",
    "catalogue/review.yml",
    "catalogue/warnings.yml",
)


@dataclass(frozen=True)
class Prepared:
    """The run's tables stand under ``out``; this is what is known about them."""

    out: Path
    name: str
    key: str  # digest of inputs, mapping, settings and code
    as_of: datetime.date | None
    currency: str
    decimals: int
    settings: Settings
    inputs: list[dict[str, str]]  # file, sha256
    regions: list[
        dict
    ]  # region, slug, customers, buyers, n_orders, n_refunds, spend (decimal text); most spend first
    warnings: list[dict[str, str]]  # as in ledger.json: code, table, file, column, text, text_zh
    exceeded: list[dict[str, str]]  # a warning for each quality threshold that was exceeded
    ledger: dict

    @property
    def whole(self) -> dict:
        """The same counts over all regions."""
        counts = {
            key: sum(r[key] for r in self.regions) for key in ("customers", "buyers", "n_orders", "n_refunds")
        }
        spend = sum((Decimal(r["spend"]) for r in self.regions), Decimal(0))
        return {"region": store.WHOLE, "slug": store.WHOLE, **counts, "spend": str(spend)}


def resolve(data: str = "", out: str = "") -> tuple[Path, Path]:
    """Paths of the data and of the output folder, from what was given, the environment, or the defaults.

    A relative path of data is looked up from the caller's folder, then from the repository; a relative ``out`` is
    made in the caller's folder, the default ``outputs/<name of the data>`` in the repository. Raises InputRefused.
    """
    data = data or os.environ.get("CUSTKIT_DATA") or DEFAULT_SAMPLE
    out = out or os.environ.get("CUSTKIT_OUT") or ""
    found = next((place / data for place in (Path.cwd(), store.home()) if (place / data).exists()), None)
    if found is None:
        raise InputRefused(f"{data}: no such file or folder; --data names a folder of exports or one file")
    return found, Path.cwd() / out if out else store.home() / "outputs" / _name(found)


def prepare(
    data: str = "",
    out: str = "",
    *,
    settings: dict[str, object] | None = None,
    as_of: str = "",
    draft: bool = False,
) -> Prepared:
    """Read, map, clean and write the tables of the whole run, unless they stand already for the same content.

    Parameters
    ----------
    data, out : as for ``resolve``
    settings : flat settings that were given; they go before mapping.yml, which goes before the defaults
    as_of : ISO day; empty: the setting ``as_of``, else the last order day
    draft : where there is no mapping.yml, use the draft that ``custkit map`` wrote, and warn of it

    Raises
    ------
    InputRefused
        The data cannot be read as they are. Where no finished run stands, ledger.json then holds the refusal.
    UsageError
        ``out`` cannot be written, a setting does not fit, or the last day stands alone.
    """
    source, folder = resolve(data, out)
    store.require_writable(folder, source)
    mapping = ingest.load_mapping(source, draft=draft)
    rules = Settings().replace(mapping.settings, mapping.path.name if mapping.path else "mapping.yml")
    rules = rules.replace({**(settings or {}), **({"as_of": as_of} if as_of else {})})
    beside = _beside(source, rules)
    inputs = _inputs(source, mapping, beside)
    key = _key(inputs, mapping, rules, beside)
    with filelock.FileLock(folder / ".prepare.lock"):
        standing = _load(folder, key, rules)
        if standing is not None:
            return standing
        try:
            return _build(source, folder, mapping, rules, beside, inputs, key)
        except InputRefused as error:
            if not (folder / "tables").is_dir():
                store.write_json(folder / "ledger.json", ledger.refused(str(error)))
            raise


def open_run(
    data: str = "",
    out: str = "",
    *,
    region: str = store.WHOLE,
    as_of: str = "",
    lang: str = "en",
    **settings: object,
) -> Run:
    """The run that a notebook works on: one region of the data, prepared when it is not yet.

    ``settings`` are the notebook's own parameters. One that stands at its default leaves the word to mapping.yml;
    what ``custkit run --set`` gave (through the environment) goes before both. Raises UsageError for an unknown
    region (the text lists them), and what ``prepare`` raises.
    """
    words = Words(lang)
    pd.set_option("display.max_colwidth", None)  # sentences in tables are there to be read
    asked, defaults = Settings().replace(settings, "parameters").flat(), Settings.defaults()
    given = {name: asked[name] for name in settings if asked[name] != defaults[name]}
    given |= json.loads(os.environ.get("CUSTKIT_SETTINGS") or "{}")
    prepared = prepare(data, out, settings=given, as_of=as_of)
    slugs = {entry["region"]: entry["slug"] for entry in prepared.regions} | {store.WHOLE: store.WHOLE}
    if region not in slugs:
        raise UsageError(f"region: no region {region!r} in {prepared.name}; there are: {', '.join(slugs)}")
    return Run(
        out=prepared.out,
        name=prepared.name,
        region=region,
        slug=slugs[region],
        as_of=prepared.as_of,
        currency=prepared.currency,
        decimals=prepared.decimals,
        settings=prepared.settings,
        words=words,
        caller=Path.cwd(),
    )


def _beside(source: Path, rules: Settings) -> dict[str, Path]:
    """Files of the analyst that change what is read: a corrected quarantine, and decisions on what was put under review."""
    folder = source if source.is_dir() else source.parent
    own = folder / ("decisions.csv" if source.is_dir() else f"{_name(source)}.decisions.csv")
    given = {name: getattr(rules.clean, name) for name in ("fixed", "decisions")}
    found = {
        name: store.user_file(name, path, Path.cwd(), folder, store.home())
        for name, path in given.items()
        if path
    }
    return {"decisions": own, **found} if own.is_file() else found


def _inputs(source: Path, mapping: ingest.Mapping, given: dict[str, Path]) -> list[dict[str, str]]:
    """Every file of the data with its digest, for a single file the mapping that is used too; hidden files are no data."""
    beside = [mapping.path] if mapping.path else []
    files = [source, *beside] if source.is_file() else sorted(source.rglob("*"))
    base = source.parent if source.is_file() else source
    own = [
        {"file": path.relative_to(base).as_posix(), "sha256": store.sha256(path)}
        for path in files
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(base).parts)
    ]
    further = [path for path in given.values() if path not in files]
    return own + [{"file": path.name, "sha256": store.sha256(path)} for path in further]


def _key(
    inputs: list[dict[str, str]], mapping: ingest.Mapping, rules: Settings, beside: dict[str, Path]
) -> str:
    package = Path(__file__).parent
    code = hashlib.sha256()
    for path in sorted(
        p for name in _CODE for p in [package / name, *(package / name).glob("**/*")] if p.is_file()
    ):
        if path.suffix in (".py", ".yml"):
            code.update(path.read_bytes())
    parts = [
        inputs,
        mapping.is_draft,  # a draft stands among a folder's inputs whether it is used or not
        {name: getattr(rules.clean, name) for name in rules.clean.__dataclass_fields__}
        | {name: store.sha256(path) for name, path in beside.items()},
        code.hexdigest(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _load(folder: Path, key: str, rules: Settings) -> Prepared | None:
    path = folder / "tables" / "prepared.json"
    known = store.read_json(path) if path.is_file() else {}
    if known.pop("key", "") != key or not all(
        (folder / "tables" / name).is_file() for name in known.pop("files")
    ):
        return None
    known["as_of"] = datetime.date.fromisoformat(known["as_of"]) if known["as_of"] else None
    return Prepared(
        out=folder, key=key, settings=rules, ledger=store.read_json(folder / "ledger.json"), **known
    )


def _build(
    source: Path,
    folder: Path,
    mapping: ingest.Mapping,
    rules: Settings,
    beside: dict[str, Path],
    inputs: list[dict[str, str]],
    key: str,
) -> Prepared:
    (folder / ".tmp").mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder / ".tmp", prefix="prepare-") as scratch:
        staging, fresh = Path(scratch, "staging"), Path(scratch, "tables")
        staging.mkdir()
        fresh.mkdir()
        reading = ingest.read_tables(source, staging, mapping, rules.clean, beside.get("fixed"))
        backend = store.engine(Path(scratch))
        day = datetime.date.fromisoformat(rules.clean.as_of) if rules.clean.as_of else None
        decided = ingest.read_decisions(beside["decisions"]) if "decisions" in beside else None
        cleaned = clean.clean(reading, backend.con, rules.clean, as_of=day, decided=decided)
        tables.write_inputs(reading, cleaned, fresh)
        warnings = _draft_warnings(source, mapping) + cleaned.warnings
        warnings += tables.write_customer_tables(cleaned, backend, fresh, rules)
        regions = tables.count_regions(backend.con, fresh, cleaned)
        warnings += [
            ledger.warn("empty_region", table="orders", column="region", region=entry["region"])
            for entry in regions
            if not entry["customers"]
        ]
        currency = rules.clean.currency or _only({mark for s in reading.sources for mark in s.marks})
        tables.write_quarantine(cleaned, Path(scratch, "quarantine.csv"))
        tables.write_review(cleaned, Path(scratch, "review.csv"))
        clean.require_written(backend.con, cleaned.ledger, fresh, Path(scratch, "quarantine.csv"), regions)
        document = cleaned.ledger.document(
            as_of=cleaned.as_of.isoformat() if cleaned.as_of else None, currency=currency, warnings=warnings
        )
        backend.disconnect()
        known = {
            "name": _name(source),
            "as_of": document["as_of"],
            "currency": currency,
            "decimals": cleaned.ledger.decimals,
            "inputs": inputs,
            "regions": regions,
            "warnings": warnings,
            "exceeded": cleaned.exceeded,
        }
        _require_unchanged(inputs, _inputs(source, mapping, beside))
        files = sorted(path.name for path in fresh.iterdir())
        store.write_json(fresh / "prepared.json", {"key": key, "files": files, **known})
        _swap(fresh, folder / "tables")
        for name in ("quarantine.csv", "review.csv"):
            os.replace(Path(scratch, name), folder / name)
        store.write_json(folder / "ledger.json", document)
    known["as_of"] = cleaned.as_of
    return Prepared(out=folder, key=key, settings=rules, ledger=document, **known)


def _require_unchanged(before: list[dict[str, str]], after: list[dict[str, str]]) -> None:
    """Raise InputRefused when a file of the data was written to while it was read: half of it would be old."""
    if before != after:
        named = {entry["file"] for entry in before + after if entry not in before or entry not in after}
        raise InputRefused(
            f"{', '.join(sorted(named))}: changed while the run was reading; run again when the export is complete"
        )


def _draft_warnings(source: Path, mapping: ingest.Mapping) -> list[dict[str, str]]:
    if not mapping.is_draft:
        return []
    return [ledger.warn("draft_mapping", file=mapping.name, mapping=ingest.mapping.paths(source)[0].name)]


def _swap(fresh: Path, standing: Path) -> None:
    """Put the new tables where the old ones stand; the old ones go only when the new ones are there."""
    old = fresh.with_name("tables.old")
    if standing.exists():
        os.replace(standing, old)
    os.replace(fresh, standing)
    shutil.rmtree(old, ignore_errors=True)


def _name(source: Path) -> str:
    """Name of the data: the folder, or the file without its endings."""
    return source.resolve().name if source.is_dir() else source.name.split(".")[0]


def _only(marks: set[str]) -> str:
    return marks.pop() if len(marks) == 1 else ""
