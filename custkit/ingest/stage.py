"""Files of a data folder written as typed Parquet, one file a source, with the faults of their records beside."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq

from custkit import ledger, schema
from custkit.errors import BalanceError
from custkit.ingest import faults, ids, money, personal
from custkit.ingest import fixed as corrections
from custkit.ingest.assign import Job, Plan, plan
from custkit.ingest.columns import Evidence, Reader, chunk, require_one_currency, scale_text
from custkit.ingest.mapping import Mapping
from custkit.ingest.raw import Raw, landed
from custkit.ingest.values import DAMAGED, OK, UNREADABLE, Parsed, as_text
from custkit.reading import Reading, SourceRead
from custkit.settings import CleanRules

HALF_CENT = 50  # units of 10^-4: a line total that is rounded to cents is no difference


def read_tables(
    data: Path, staging: Path, mapping: Mapping, rules: CleanRules, fixed: Path | None = None
) -> Reading:
    """Every table of a data path, typed, with addresses and faults; memory holds one batch at a time.

    Parameters
    ----------
    data : a folder or a file
    staging : an existing folder that the caller removes; the Parquet files of ``Reading`` lie there
    mapping : from ``load_mapping``
    rules : currency, time zone, order of dates, whether personal data are kept
    fixed : a corrected quarantine; its records are read in the place of those that were rejected

    Raises
    ------
    InputRefused
        Files that cannot be read, lack a required column or leave a doubt: one line each.
    SettingsError
        The mapping names what is not there, ``fixed`` is no quarantine or none of these data, or amounts are marked
        in two currencies and none is set.
    """
    given = corrections.read(fixed) if fixed else corrections.Fixed("", [])
    found = plan(data, staging, mapping)
    jobs = [_corrected(job, given, rules) for job in _landed(found.jobs, staging)]
    evidence: dict[str, Evidence] = defaultdict(Evidence)
    for job in jobs:
        for batch in job.raw.batches():
            evidence[job.table].add(job, batch)
    for job in jobs:
        require_one_currency(evidence[job.table], job, rules)
    sources, records = [], defaultdict(int)
    used = set()
    for number, job in enumerate(jobs, 1):
        reader = Reader.make(job, evidence[job.table], rules)
        stem = staging / f"{job.table}-{number:03d}"
        writer = _Writer(found, job, reader, rules, stem, given.of(*_address(job)))
        source = writer.write(records[job.table])
        used |= {(*_address(job), line) for line in writer.corrected}
        records[job.table] += source.rows
        sources.append(source)
    given.require_used(used)
    _warn_derived(found, jobs)
    return Reading(sources, found.warnings, found.unused)


def _landed(jobs: list[Job], staging: Path) -> list[Job]:
    """The jobs with text and workbooks parsed once; a file that serves two tables is parsed once too."""
    kept: dict[int, Raw] = {}
    for job in jobs:
        if job.source.kind != "parquet" and id(job.raw) not in kept:
            kept[id(job.raw)] = landed(job.raw, staging / f"landed-{len(kept):03d}.arrow")
    return [Job(job.source, kept.get(id(job.raw), job.raw), job.table, job.columns) for job in jobs]


def _address(job: Job) -> tuple[str, str, str]:
    return job.table, job.source.name, job.raw.sheet


def _masks(job: Job, rules: CleanRules) -> dict[int, str]:
    """Positions of the columns that are masked, and how."""
    if rules.personal == "keep":
        return {}
    mapped = {origin.positions[0]: name for name, origin in job.columns.items() if origin.kind == "header"}
    return personal.masks(job.raw.headers, job.raw.sample, mapped)


def _corrected(job: Job, given: corrections.Fixed, rules: CleanRules) -> Job:
    """The job with the records that ``given`` corrects."""
    records = given.of(*_address(job))
    if not records:
        return job
    raw = corrections.corrected(job.raw, records, _masks(job, rules), given.name)
    return Job(job.source, raw, job.table, job.columns)


def _warn_derived(found: Plan, jobs: list[Job]) -> None:
    for job in jobs:
        if job.table == "orders" and "order_id" not in job.columns:
            found.warn("derived_orders", column="order_id", **job.address)


@dataclass
class _Writer:
    """One source on its way to Parquet."""

    found: Plan
    job: Job
    reader: Reader
    rules: CleanRules
    stem: Path
    fixed: Collection[int]  # lines of records that a corrected quarantine gave
    masks: dict[int, str] = field(init=False)  # position: how it is masked
    corrected: set[int] = field(default_factory=set)  # lines of ``fixed`` that the source has
    rows: int = 0
    noise: Counter = field(default_factory=Counter)  # column: values that were rounded
    differences: int = 0  # amounts that are not quantity times price
    decimals: int = 2
    damaged: Counter = field(default_factory=Counter)  # column: ids that lost digits

    def write(self, before: int) -> SourceRead:
        """Write the source; ``before`` is how many records of its table were written already."""
        self.masks = _masks(self.job, self.rules)
        staged, fault_path = self.stem.with_suffix(".parquet"), self.stem.with_suffix(".faults.parquet")
        writer = None
        with pq.ParquetWriter(fault_path, faults.SCHEMA) as fault_writer:
            for batch in self.job.raw.batches():
                records = np.arange(before + self.rows + 1, before + self.rows + batch.num_rows + 1)
                table, found = self._batch(batch, records)
                writer = writer or pq.ParquetWriter(staged, table.schema)
                writer.write_table(table)
                fault_writer.write_table(found)
                self.rows += batch.num_rows
        if writer is None:
            raise BalanceError(f"{self.job.where}: records were seen at its top, and none was read")
        writer.close()
        counted = self.job.raw.counted()
        ledger.require_same(f"{self.job.where}: records counted in the file, and read", counted, self.rows)
        self._warn()
        raw, reader = self.job.raw, self.reader
        return SourceRead(
            file=self.job.source.name,
            sheet=raw.sheet,
            table=self.job.table,
            sha256=self.job.source.sha256,
            encoding=raw.encoding,
            separator=raw.separator,
            rows=self.rows,
            staged=staged,
            faults=fault_path,
            columns={name: origin.text for name, origin in self.job.columns.items()},
            headers=raw.headers,
            further=[self._further_name(position) for position in reader.further],
            dates=reader.formats,
            decimals=self.decimals,
            float_noise=self.noise.total(),
            marks=reader.marks,
        )

    def _batch(self, batch: pa.Table, records: np.ndarray) -> tuple[pa.Table, pa.Table]:
        n = batch.num_rows
        job = self.job
        lines = chunk(batch, batch.schema.get_field_index("_line"))
        is_fixed = pc.is_in(lines, pa.array(sorted(self.fixed), pa.int64()))
        self.corrected.update(lines.filter(is_fixed).to_pylist())
        address = {
            "_record": pa.array(records),
            "_file": pa.repeat(job.source.name, n),
            "_sheet": pa.repeat(job.raw.sheet, n),
            "_line": lines.cast(pa.string()),
            "_fixed": is_fixed,
        }
        keys = {
            f"_key_{name}": personal.key(chunk(batch, origin.positions[0]), name)
            for name, origin in job.columns.items()
            if name in personal.PERSONAL and origin.kind == "header"
        }
        # What is masked is masked before anything else sees it, but for the digest that keeps records apart.
        hidden = [chunk(batch, position) for position in self.masks]
        for position, how in self.masks.items():
            column = personal.masked(chunk(batch, position), how)
            batch = batch.set_column(position, batch.schema.names[position], column)
        typed, found, codes = {}, [], {}
        for name in job.columns:
            parsed = self.reader.parse(name, batch, records)
            typed |= self._typed(name, parsed)
            codes[name] = parsed.codes
            found += self._faults(name, parsed.codes, batch, records)
        for position, is_number in self.reader.further.items():
            values = chunk(batch, position)
            parsed = money.parse_numbers(values) if is_number else ids.parse_text(values)
            typed[self._further_name(position)] = parsed.values
            if is_number and (parsed.codes == UNREADABLE).any():
                header = job.raw.headers[position]
                found += faults.of_column(
                    records, header, "number", parsed.codes, as_text(values), is_key=False
                )
        found += self._whole_record(batch, records, codes, typed)
        self._compare(batch, typed)
        raw = {f"raw.{header}": chunk(batch, position) for position, header in enumerate(job.raw.headers)}
        table = pa.table(address | keys | typed | raw | {"_personal": personal.digests(hidden, n)})
        told = faults.together(found)
        if self.rules.personal != "keep":
            place = told.schema.get_field_index("value")
            told = told.set_column(place, "value", personal.hidden_values(told["value"].combine_chunks()))
        return table, told

    def _further_name(self, position: int) -> str:
        header = self.job.raw.headers[position]
        return header if header not in self.job.columns else f"{header} (as read)"

    def _typed(self, name: str, parsed: Parsed) -> dict[str, pa.Array]:
        columns = {name: parsed.values}
        kind = schema.INPUTS[self.job.table][name].kind
        if kind == "money":
            self.noise[name] += parsed.noise
        if name in ("amount", "spend"):
            self.decimals = max(self.decimals, _decimals(parsed.values))
        if kind == "id":
            self.damaged[name] += int((parsed.codes == DAMAGED).sum())
        if kind == "date" and self.reader.rules[name].has_time:
            columns["order_time" if name == "order_date" else f"{name}_time"] = parsed.extra["time"]
        if kind == "date" and self.reader.has_precision(name):
            columns[f"{name}_precision"] = parsed.extra["precision"]
        return columns

    def _faults(self, name: str, codes: np.ndarray, batch: pa.Table, records: np.ndarray) -> list[pa.Table]:
        if not codes.any():
            return []
        column = schema.INPUTS[self.job.table][name]
        is_key = name in faults.KEYS.get(self.job.table, ()) or column.required
        texts = [as_text(chunk(batch, position)) for position in self.job.columns[name].positions]
        if not texts:
            texts = [pa.repeat(self.job.columns[name].text, len(records))]
        value = texts[0] if len(texts) == 1 else _joined(texts)
        return faults.of_column(
            records, name, column.kind, codes, value, is_key=is_key, scale=scale_text(name)
        )

    def _whole_record(
        self, batch: pa.Table, records: np.ndarray, codes: dict[str, np.ndarray], typed: dict[str, pa.Array]
    ) -> list[pa.Table]:
        """Broken records, totals lines and repeated headers."""
        job, width = self.job, self.job.raw.width
        columns = [chunk(batch, position) for position in range(width)]
        broken = chunk(batch, width + 1)
        found, rows = [], np.flatnonzero(broken.is_valid().to_numpy(zero_copy_only=False))
        if len(rows):
            at = pa.array(rows)
            # A broken record of people is shown to nobody: which of its fields is the name cannot be told.
            shown = self.rules.personal == "keep" or not (self.masks or personal.is_personal(job.table))
            texts = chunk(batch, width + 2).take(at) if shown else pa.repeat("", len(rows))
            messages = pc.binary_join_element_wise(broken.take(at), "correct the line in the file", "; ")
            found.append(faults.of_rows(records[rows], "unreadable_record", "", texts, messages))
        repeated = faults.repeated_headers(columns, job.raw.headers)
        if len(repeated):
            text = pa.repeat(", ".join(job.raw.headers), len(repeated))
            advice = "the headers stand here again; leave the line out"
            found.append(faults.of_rows(records[repeated], "repeated_header", "", text, advice))
        suspects = np.zeros(len(records), bool)
        for name, column in schema.INPUTS[job.table].items():
            if name in codes and column.required and column.kind in ("id", "date"):
                suspects |= codes[name] != OK
                if column.kind == "id":
                    named = pc.match_substring_regex(typed[name], faults.TOTALS)
                    suspects |= pc.fill_null(named, False).to_numpy(zero_copy_only=False)
        if not any(c.required and c.kind in ("id", "date") for c in schema.INPUTS[job.table].values()):
            suspects |= self._says_one_word(codes)
        totals = faults.totals(columns, suspects)
        if len(totals):
            word = pa.repeat("", len(totals))
            found.append(
                faults.of_rows(
                    records[totals], "totals_line", "", word, "a totals line is no record; leave it out"
                )
            )
        return found

    def _says_one_word(self, codes: dict[str, np.ndarray]) -> np.ndarray:
        """Records of which one text column alone is filled: a totals line of a table without ids and days.

        Where the brand is the only text of a table, a brand may be called Total.
        """
        kinds = schema.INPUTS[self.job.table]
        texts = [name for name in codes if kinds[name].kind in ("id", "text", "date")]
        if texts in ([], ["brand"]):
            return np.zeros_like(next(iter(codes.values())), bool)
        return np.sum([codes[name] == OK for name in texts], axis=0) == 1

    def _compare(self, batch: pa.Table, typed: dict[str, pa.Array]) -> None:
        product = self.reader.expected_product(batch) if "amount" in self.job.columns else None
        if product is not None:
            apart = pc.greater(pc.abs(pc.subtract(typed["amount"], product.values)), HALF_CENT)
            self.differences += pc.sum(apart).as_py() or 0

    def _warn(self) -> None:
        found, address = self.found, self.job.address
        for column, code, said in self.reader.warnings:
            found.warn(code, column=column, **address, **said)
        if self.differences:
            found.warn("amount_mismatch", column="amount", lines=self.differences, **address)
        for column, amounts in self.noise.items():
            if amounts:
                found.warn("float_noise", column=column, amounts=amounts, **address)
        for column, rows in self.damaged.items():
            if rows:
                found.warn("id_precision", column=column, rows=rows, **address)


def _decimals(units: pa.Array) -> int:
    values = units.drop_null().to_numpy(zero_copy_only=False)
    if not len(values):
        return 2
    if (values % 10).any():
        return 4
    return 3 if (values % 100).any() else 2


def _joined(texts: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*(pc.fill_null(text, "") for text in texts), " * ")
