"""How each column of a table is read: evidence over all its files first, one rule, then the values."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custkit import schema
from custkit.errors import SettingsError
from custkit.ingest import dates, garbled, headers, ids, money
from custkit.ingest.assign import Job
from custkit.ingest.dates import DateEvidence, DateRule
from custkit.ingest.mapping import ColumnSource
from custkit.ingest.money import MoneyEvidence, MoneyRule
from custkit.ingest.values import FOREIGN, OK, UNREADABLE, Parsed, as_text, distinct, is_missing, is_text
from custkit.settings import CleanRules

# Answers outside their scale are no answers (0-10 told as 1-5 would pass unseen: T15 of the mission).
SCALES = {"satisfaction": (1.0, 5.0), "recommend": (0.0, 10.0)}

FREE_TEXT = ("text",)  # people's own words; other text is a label

# Tables whose further columns are answers: in one that is a number, a word is an answer that nobody can read.
ANSWERS = ("survey", "brand_ratings")
_MOST = 0.95  # of the values of a further column must be numbers for the others to be slips

# A column that says in which currency the amounts of its row are.
_CURRENCY_HEADERS = frozenset(
    [
        "currency",
        "currencycode",
        "ordercurrency",
        "币种",
        "币别",
        "货币",
        "货币代码",
        "结算币种",
        "交易币种",
        "幣別",
        "幣種",
        "貨幣",
    ]
)

_NUMERIC = ("money", "number", "integer", "scale")


@dataclass
class TextEvidence:
    """Values of a text column that were damaged before they came to us."""

    repaired: int = 0  # rows
    damaged: int = 0
    first_repaired: int = 0  # line
    first_damaged: int = 0

    def add(self, values: pa.Array, lines: pa.ChunkedArray, *, is_free: bool) -> None:
        """Take a batch into account; of free text only what holds a lost character is damaged for sure."""
        repaired, damaged = garbled.found(values, is_free=is_free)
        for name, texts in (("repaired", repaired), ("damaged", damaged)):
            if not texts:
                continue
            hit = pc.is_in(values, pa.array(texts, pa.string()))
            count = pc.sum(hit).as_py()
            setattr(self, name, getattr(self, name) + count)
            if not getattr(self, f"first_{name}"):
                setattr(self, f"first_{name}", pc.min(lines.filter(hit)).as_py())

    def warnings(self) -> list[tuple[str, dict[str, object]]]:
        """Codes and what their sentences say."""
        told = (
            ("repaired_text", self.repaired, self.first_repaired),
            ("damaged_text", self.damaged, self.first_damaged),
        )
        return [(code, {"rows": rows, "line": line}) for code, rows, line in told if rows]


@dataclass
class Evidence:
    """What the columns of one table say, by column and header; files of a table with the same header speak together."""

    dates: dict[tuple[str, str], DateEvidence] = field(default_factory=dict)
    numbers: dict[tuple[str, str], MoneyEvidence] = field(default_factory=dict)
    readable: Counter = field(default_factory=Counter)  # values of a further header that are numbers
    unreadable: Counter = field(default_factory=Counter)  # and that are none
    currencies: set[str] = field(default_factory=set)  # words in columns of currencies
    texts: dict[tuple[str, str, str], TextEvidence] = field(default_factory=dict)  # by file, sheet and column

    def add(self, job: Job, batch: pa.Table) -> None:
        """Take a batch of a file into account."""
        kinds = schema.INPUTS[job.table]
        for name, origin in job.columns.items():
            column = kinds[name]
            for position in origin.positions:
                key = _key(job, name, position)
                values = chunk(batch, position)
                if column.kind == "date":
                    self.dates.setdefault(key, DateEvidence()).add(values)
                elif column.kind in _NUMERIC:
                    self.numbers.setdefault(key, MoneyEvidence()).add(values)
                elif column.kind == "text":
                    self._add_text(job, name, values, batch)
        for position in currency_positions(job):
            words = pc.unique(as_text(chunk(batch, position))).drop_null().to_pylist()
            self.currencies |= {word.strip() for word in words if not is_missing(word)}
        if job.table in schema.OPEN_TABLES:
            for position in job.further:
                self._add_further(job.raw.headers[position], chunk(batch, position))
                self._add_text(job, job.raw.headers[position], chunk(batch, position), batch)

    def _add_text(self, job: Job, name: str, values: pa.Array, batch: pa.Table) -> None:
        if is_text(values):
            found = self.texts.setdefault((job.source.name, job.raw.sheet, name), TextEvidence())
            found.add(values, batch["_line"], is_free=name in FREE_TEXT)

    def _add_further(self, header: str, values: pa.Array) -> None:
        codes = money.parse_numbers(values).codes
        self.readable[header] += int((codes == OK).sum())
        self.unreadable[header] += int((codes == UNREADABLE).sum())

    def is_number(self, header: str, *, is_answer: bool) -> bool:
        """Whether every value of a further column is a number, and there is one; of answers, nearly every one."""
        readable, unreadable = self.readable[header], self.unreadable[header]
        if is_answer:
            return readable > 0 and readable >= _MOST * (readable + unreadable)
        return readable > 0 and not unreadable


def _key(job: Job, name: str, position: int) -> tuple[str, str]:
    header = job.raw.headers[position]
    return name, headers.key(header)


def currency_positions(job: Job) -> list[int]:
    """Positions of the columns that say in which currency a row is."""
    return [at for at in job.further if headers.key(job.raw.headers[at]) in _CURRENCY_HEADERS]


def chunk(batch: pa.Table, position: int) -> pa.Array:
    """A column of a batch as one array."""
    return batch.column(position).combine_chunks()


def require_one_currency(evidence: Evidence, job: Job, rules: CleanRules) -> None:
    """Refuse amounts of a table that are marked in two currencies while no setting says which one counts.

    All files of the table speak together, whatever their headers; a column of currencies marks every amount.
    """
    for name in job.columns:
        if rules.currency or schema.INPUTS[job.table][name].kind != "money":
            continue
        found = [numbers.marks for (column, _), numbers in evidence.numbers.items() if column == name]
        clash = money.clash({*evidence.currencies, *(mark for marks in found for mark in marks)})
        if clash:
            raise SettingsError(
                f"{job.where}: {name}: amounts are marked {' and '.join(clash)}; "
                "set currency in mapping.yml (currency: CNY): amounts in another one are then quarantined"
            )


@dataclass(frozen=True)
class Reader:
    """The columns of one file, each with its rule."""

    job: Job
    rules: dict[str, DateRule | tuple[MoneyRule, ...]]
    warnings: list[tuple[str, str, dict[str, object]]]  # column, code, what its sentence says
    formats: dict[str, list[str]]
    marks: list[str]
    further: dict[int, bool]  # position of a further column that is kept: whether it is a number
    currency: str = ""  # where it is set, amounts in another one are foreign

    @classmethod
    def make(cls, job: Job, evidence: Evidence, settings: CleanRules) -> "Reader":
        """Decide the rule of every column from the evidence of its table."""
        rules, warnings, formats, marks = {}, [], {}, set()
        for name, origin in job.columns.items():
            kind = schema.INPUTS[job.table][name].kind
            keys = [_key(job, name, position) for position in origin.positions]
            if kind == "date":
                found = evidence.dates[keys[0]] if keys else DateEvidence()
                rules[name], noted = dates.decide(found, settings.date_order, settings.timezone)
                warnings += [(name, code, said) for code, said in noted]
                formats[name] = [
                    text for text, _ in sorted(found.formats.items(), key=lambda item: (-item[1], item[0]))
                ]
            elif kind in _NUMERIC:
                rules[name] = tuple(
                    MoneyRule(
                        evidence.numbers[key].decimal_comma,
                        headers.unit(job.raw.headers[at], name),
                        settings.currency,
                    )
                    for key, at in zip(keys, origin.positions, strict=True)
                ) or (MoneyRule(currency=settings.currency),)
                if kind == "money":
                    if any(evidence.numbers[key].is_ambiguous for key in keys):
                        warnings.append((name, "ambiguous_amount", {}))
                    marks |= {mark for key in keys for mark in evidence.numbers[key].marks}
        for (file, sheet, name), found in evidence.texts.items():
            if (file, sheet) == (job.source.name, job.raw.sheet):
                warnings += [(name, code, said) for code, said in found.warnings()]
        kept = {}
        if job.table in schema.OPEN_TABLES:
            is_answer = job.table in ANSWERS
            kept = {
                position: evidence.is_number(job.raw.headers[position], is_answer=is_answer)
                for position in job.further
            }
        marks |= evidence.currencies if marks or "amount" in rules or "spend" in rules else set()
        return cls(job, rules, warnings, formats, sorted(marks), kept, settings.currency)

    def parse(self, name: str, batch: pa.Table, records: np.ndarray) -> Parsed:
        """One column of a batch, typed."""
        origin, kind = self.job.columns[name], schema.INPUTS[self.job.table][name].kind
        if origin.kind == "product":
            left, right = (chunk(batch, position) for position in origin.positions)
            parsed = money.parse_product(left, right, self.rules[name])
        else:
            parsed = self._parse_as(name, kind, self._values(origin, batch, records))
        return self._without_foreign(parsed, batch) if kind == "money" and self.currency else parsed

    def _without_foreign(self, parsed: Parsed, batch: pa.Table) -> Parsed:
        """Amounts of rows that a column of currencies says to be in another one are foreign."""
        for position in currency_positions(self.job):
            words, indices = distinct(as_text(chunk(batch, position)))
            is_foreign = np.array(
                [
                    word is not None and not is_missing(word) and self.currency not in money.currencies(word)
                    for word in words.to_pylist()
                ]
            )[indices]
            codes = np.where((parsed.codes == OK) & is_foreign, FOREIGN, parsed.codes).astype(np.int8)
            values = pc.if_else(pa.array(codes == OK), parsed.values, None)
            parsed = Parsed(values, codes, parsed.noise, parsed.extra)
        return parsed

    def _values(self, origin: ColumnSource, batch: pa.Table, records: np.ndarray) -> pa.Array:
        if origin.kind == "line":
            return pa.array(records.astype(str))
        if origin.kind == "constant":
            return pa.repeat(origin.constant, len(records))
        return chunk(batch, origin.positions[0])

    def _parse_as(self, name: str, kind: str, values: pa.Array) -> Parsed:
        if kind == "id":
            return ids.parse_ids(values)
        if kind == "text":
            return ids.parse_text(values, is_free=name in FREE_TEXT)
        if kind == "date":
            return dates.parse_dates(values, self.rules[name])
        rule = self.rules[name][0]
        if kind == "money":
            return money.parse_money(values, rule)
        if kind == "integer":
            return money.parse_integers(values, decimal_comma=rule.decimal_comma)
        scaled = money.parse_numbers(values, decimal_comma=rule.decimal_comma, bounds=SCALES.get(name))
        if rule.factor == 1 or kind == "scale":
            return scaled
        return Parsed(pc.multiply(scaled.values, float(rule.factor)), scaled.codes)

    def has_precision(self, name: str) -> bool:
        """Whether some days of a column are known to the month only."""
        return "year and month" in self.formats.get(name, [])

    def expected_product(self, batch: pa.Table) -> Parsed | None:
        """Quantity times unit price where the file has them beside an amount of its own."""
        columns = self.job.columns
        origins = [columns.get(name) for name in ("quantity", "unit_price")]
        if self.job.table != "orders" or columns["amount"].kind != "header":
            return None
        if not all(origin is not None and origin.kind == "header" for origin in origins):
            return None
        left, right = (chunk(batch, origin.positions[0]) for origin in origins)
        return money.parse_product(left, right, (self.rules["quantity"][0], self.rules["unit_price"][0]))


def scale_text(name: str) -> str:
    """What a scale expects, in words; empty for other columns."""
    if name not in SCALES:
        return ""
    low, high = (Decimal(str(bound)).normalize() for bound in SCALES[name])
    return f"a number from {low:f} to {high:f}"
