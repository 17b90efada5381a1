"""A case: dirty files made from a clean truth, and what must come out of them, in terms of no tool."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

Record = dict[str, object]  # canonical column: text, day or exact amount

COLUMNS = ("customer_id", "order_id", "order_date", "amount", "region", "category")
ZH = ("客户编号", "订单编号", "下单日期", "金额", "地区", "品类")
HANT = ("客戶編號", "訂單編號", "下單日期", "金額", "地區", "品類")
REGIONS = ("华东", "华南", "西北", "华北")
REGIONS_HANT = ("華東", "華南", "西北", "華北")
CATEGORIES = ("图书", "家电", "服装", "食品")
CATEGORIES_HANT = ("圖書", "家電", "服裝", "食品")


@dataclass(frozen=True)
class Rejected:
    """A row that must be quarantined: where it stands, which column is at fault, and which rules may say so."""

    file: str
    sheet: str
    line: int
    column: str  # empty for a fault of the whole record
    rules: tuple[str, ...]


@dataclass
class Account(ABC):
    """What must become of the rows of one file or sheet; writers of files keep it as they write."""

    file: str
    headers: Sequence[str] = ZH
    columns: Sequence[str] = COLUMNS
    sheet: str = ""
    table: str = "orders"
    kept: list[Record] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(
        default_factory=list
    )  # line, line of the kept one (of the same file)
    rows: int = 0
    money: Decimal = Decimal(0)  # of every row whose amount can be read

    @abstractmethod
    def put(self, fields: Sequence[object]) -> int:
        """Write one record and give the line on which it begins."""

    def keep(self, record: Record, **written: object) -> int:
        """A record that must come out as ``record``; ``written`` says what stands in the file instead."""
        line = self.put(self.fields(record, written))
        self.kept.append(record)
        self.rows += 1
        self.money += record.get("amount", 0)
        return line

    def keep_all(self, records: Iterable[Record], **written: Callable[[object], object]) -> None:
        """Many records, each column written by its function."""
        for record in records:
            self.keep(record, **{name: write(record[name]) for name, write in written.items()})

    def reject(self, record: Record, column: str, *rules: str, **written: object) -> int:
        """A record with a fault in one column; its money counts where the amount is sound."""
        line = self.put(self.fields(record, written))
        self.rejected.append(Rejected(self.file, self.sheet, line, column, rules))
        self.rows += 1
        self.money += record["amount"] if "amount" in record and column != "amount" else 0
        return line

    def merge(self, record: Record, kept_line: int, **written: object) -> int:
        """A record that says the same as the one on ``kept_line``."""
        line = self.put(self.fields(record, written))
        self.merged.append((line, kept_line))
        self.rows += 1
        self.money += record["amount"]
        return line

    def fields(self, record: Record, written: Record) -> list[object]:
        return [written.get(name, record.get(name, "")) for name in self.columns]


class Text(Account):
    """A text table written line by line."""

    def __init__(
        self, file: str = "orders.csv", *, separator: str = ",", newline: str = "\n", **said: object
    ):
        super().__init__(file, **said)
        self.separator, self.newline = separator, newline
        self.lines: list[str] = []

    def header(self) -> "Text":
        self.put(self.headers)
        return self

    def put(self, fields: Sequence[object]) -> int:
        return self.text(self.separator.join(self.quoted(field) for field in fields))

    def quoted(self, field: object) -> str:
        text = str(field)
        needs = any(sign in text for sign in (self.separator, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    def text(self, line: str) -> int:
        """A physical line as it stands; no row unless the caller says so."""
        number = self.next_line
        self.lines.append(line)
        return number

    @property
    def next_line(self) -> int:
        return sum(1 + line.count("\n") for line in self.lines) + 1

    def break_line(self, line: str, *rules: str) -> int:
        """A line that is a row and no sound record; its money cannot be read."""
        number = self.text(line)
        self.rejected.append(Rejected(self.file, self.sheet, number, "", rules or ("unreadable_record",)))
        self.rows += 1
        return number

    def bytes(self, encoding: str = "utf-8", mark: bytes = b"") -> bytes:
        return mark + (self.newline.join(self.lines) + self.newline).encode(encoding)


@dataclass
class Case:
    """Files and what must come of them; ``refused``: words that the refusal must hold, with its exit code."""

    accounts: list[Account]
    files: dict[str, bytes]
    warnings: tuple[str, ...] = ()  # codes that must be told
    settings: dict[str, object] = field(default_factory=dict)
    merged_across: list[tuple[str, int, str, int]] = field(
        default_factory=list
    )  # file, line, file and line of the kept
    refused: tuple[str, ...] = ()
    exit: int = 3
    absent: tuple[str, ...] = ()  # words that no output may hold


def single(account: Text, encoding: str = "utf-8", mark: bytes = b"", **said: object) -> Case:
    """A case of one text file."""
    return Case([account], {account.file: account.bytes(encoding, mark)}, **said)


def refused(*words: str, files: dict[str, bytes], exit: int = 3, **said: object) -> Case:
    """A case that must be refused with these words."""
    return Case([], files, refused=words, exit=exit, **said)


@dataclass(frozen=True)
class Recipe:
    """How a case is made from a seed."""

    name: str
    faults: tuple[int, ...]
    make: Callable[..., Case]
    over: tuple[object, ...] = ()

    def case(self, seed: int) -> Case:
        return self.make(Draw(f"{seed} {self.name}"), *self.over)


RECIPES: list[Recipe] = []


def case(*faults: int, over: Sequence[object] | dict[str, object] | None = None) -> Callable:
    """Register a case under the faults of faults.md that it makes happen; ``over``: one case for each value."""

    def register(make: Callable[..., Case]) -> Callable[..., Case]:
        name = f"{faults[0]:02d} {make.__name__}"
        values = over if isinstance(over, dict) else {str(value): value for value in over or ()}
        for said, value in values.items():
            RECIPES.append(Recipe(f"{name} {said}", faults, make, (value,)))
        if over is None:
            RECIPES.append(Recipe(name, faults, make))
        return make

    return register


class Draw(random.Random):
    """Truths drawn from a seed."""

    def orders(
        self,
        n: int = 0,
        *,
        regions: Sequence[str] = REGIONS,
        categories: Sequence[str] = CATEGORIES,
        cents: bool = True,
        prefix: str = "C",
    ) -> list[Record]:
        """Order lines of which no two are equal: a third of the orders have two lines, one line in ten is a refund."""
        lines: list[Record] = []
        number = self.randint(1000, 8000)
        while len(lines) < (n or self.randint(20, 40)):
            number += self.randint(1, 9)
            customer = f"{prefix}{self.randint(1, 12):03d}"
            day, region = self.day(), self.choice(regions)
            for category in self.sample(list(categories), 2 if self.random() < 0.33 else 1):
                sign = -1 if self.random() < 0.1 else 1
                units = self.randint(100, 99_999) if cents else self.randint(1, 999) * 100
                values = (customer, f"A{number}", day, sign * Decimal(units).scaleb(-2), region, category)
                lines.append(dict(zip(COLUMNS, values, strict=True)))
        return lines

    def order(self, **said: object) -> Record:
        """One more order line, unlike any of ``orders``."""
        record = self.orders(1)[0] | {"order_id": f"Z{self.randint(10_000, 99_999)}"}
        return record | {"amount": abs(record["amount"])} | said

    def day(self, first: date = date(2023, 1, 2), days: int = 540) -> date:
        return first + timedelta(days=self.randrange(days))
