"""Dirt over clean tables: which records of a firm's files are spoilt, and what must become of each of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd

from custkit.schema import INPUTS
from scripts.city_retail import kinds
from scripts.city_retail.kinds import Cell, Conflict, Kind, Twin
from scripts.city_retail.streams import stream

KEPT, QUARANTINED, MERGED, NO_ROW = "kept", "quarantined", "merged", "not_a_row"

# No table loses or repeats more than this share of its rows, however small it is; the rest of the list is left out.
MOST = 0.045
# Lines of orders that go on at the top of the next year's file: the exports overlap.
OVERLAP = 4e-4
# Word of a totals line and the columns that it sums.
TOTALS = {"market": ("合计", ("sales", "marketing")), "population": ("Total", ("people",))}
SUBTOTALS = ("小计", "Subtotal")
BLANK_EVERY = 8000  # lines; a file has at least one
# Below this many lines in a file only blank lines are put in.
LONG = 1000


@dataclass(eq=False, slots=True)
class Row:
    """A line of a file: a record with its cells as text, or what is no record."""

    cells: list[str]
    units: int | None = None  # hundredths of the amount, where one can be read
    fate: str = KEPT
    damage: Callable[[list[str], str], str] | None = None  # makes the text of a broken record of its cells
    line: int = 0  # physical line or row of the sheet on which it begins; known when it is written
    text: str = ""  # as written, where it was planted


@dataclass
class Page:
    """A text file, or a sheet of a workbook, from its header on."""

    table: str
    file: str
    sheet: str
    separator: str  # empty: a sheet
    columns: list[str]  # canonical names in the file's order
    headers: list[str]
    rows: list[Row]
    top: list[Row] = field(default_factory=list)  # above the header
    inserts: dict[Row | None, list[Row]] = field(
        default_factory=dict
    )  # lines that follow a row; None: the header

    def insert(self, after: Row | None, row: Row) -> Row:
        self.inserts.setdefault(after, []).append(row)
        return row

    def settle(self) -> None:
        """Put the inserted lines in their places."""
        rows = list(self.inserts.get(None, []))
        for row in self.rows:
            rows.append(row)
            rows += self.inserts.get(row, [])
        self.rows, self.inserts = rows, {}


@dataclass
class Planted:
    """One line of the key."""

    page: Page
    row: Row
    kind: str
    fault: str
    column: str = ""
    rule: str = ""
    means: str = ""
    kept: tuple[Page, Row] | None = None


def texts(frame: pd.DataFrame, table: str) -> dict[str, list[str]]:
    """Each column of a clean table as text: ISO days, money with two decimals, other numbers as short as they are."""
    kinds_of = {name: column.kind for name, column in INPUTS[table].items()}
    return {name: _texts(frame[name], kinds_of.get(name, "number")) for name in frame.columns}


def _texts(column: pd.Series, kind: str) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        known = column.dropna()
        pattern = "%Y-%m-%d %H:%M:%S" if (known != known.dt.normalize()).any() else "%Y-%m-%d"
        return column.dt.strftime(pattern).fillna("").astype(str).tolist()
    if pd.api.types.is_bool_dtype(column.dtype):
        return ["yes" if value else "no" for value in column]
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return ["" if value is None or value != value else str(value) for value in column]
    if kind == "money":
        return ["" if value != value else f"{value:.2f}" for value in column]
    return ["" if value != value else f"{Decimal(repr(float(value))).normalize():f}" for value in column]


def records(frame: pd.DataFrame, table: str) -> list[Row]:
    """The records of a clean table, in its order; raises where two of them are equal, for one would be merged."""
    columns = texts(frame, table)
    rows = [Row(list(cells)) for cells in zip(*columns.values(), strict=True)]
    distinct = len({tuple(row.cells) for row in rows})
    if distinct < len(rows):
        raise ValueError(f"{table}: {len(rows) - distinct} clean rows are equal to another one")
    if "amount" in columns:
        for row, amount in zip(rows, columns["amount"], strict=True):
            row.units = int(Decimal(amount) * 100)
    return rows


def soil(pages: list[Page], seed: int) -> list[Planted]:
    """Dirt in place, and the key: one entry for every line that is not as the clean table has it."""
    planted = [
        Planted(page, row, "title line" if row.cells[0] else "blank line", "12")
        for page in pages
        for row in page.top
    ]
    for table in dict.fromkeys(page.table for page in pages):
        own = [page for page in pages if page.table == table]
        planted += _Table(own, stream(seed, f"dirt-{table}")).soil()
    for page in pages:
        page.settle()
    return planted


class _Table:
    """The pages of one table while they are being soiled."""

    def __init__(self, pages: list[Page], rng: np.random.Generator) -> None:
        self.pages, self.rng = pages, rng
        self.table = pages[0].table
        self.place = {row: (page, n) for page in pages for n, row in enumerate(page.rows)}
        rows = list(self.place)
        self.free = dict.fromkeys(rows[n] for n in rng.permutation(len(rows)))  # a set that keeps its order
        self.n_rows = len(rows)
        self.budget = int(MOST * self.n_rows)
        sizes = [abs(row.units) for row in rows if row.units is not None]
        # Dirt stands on the smaller half of the lines, so that little money hangs on it.
        self.small = int(np.median(sizes)) if sizes else 0
        self.planted: list[Planted] = []

    def soil(self) -> list[Planted]:
        for page in self.pages:
            if page.rows:
                self._lines(page)
        for before, after in zip(self.pages, self.pages[1:], strict=False):
            self._overlap(before, after)
        for kind in kinds.KINDS.get(self.table, ()):
            wanted = max(0, min(max(round(kind.share * self.n_rows), 1), self.budget))
            for turn, row in enumerate(self._pick(kind, wanted)):
                self.budget -= 1
                self._plant(kind, row, turn)
        return self.planted

    def _pick(self, kind: Kind, wanted: int) -> Iterator[Row]:
        """Rows that nothing has happened to yet and that the kind fits."""
        found = []
        for row in self.free:
            if len(found) == wanted:
                break
            if self._fits(kind, row, len(found)):
                found.append(row)
        for row in found:
            del self.free[row]
        yield from found

    def _fits(self, kind: Kind, row: Row, turn: int) -> bool:
        page = self.place[row][0]
        is_small = row.units is None or abs(row.units) <= self.small
        if isinstance(kind, Cell):
            return (is_small or kind.any_size) and kind.fits(self._cell(page, row, kind.column))
        if not is_small:
            return False
        if isinstance(kind, Twin) and kind.changes:
            column, change = kind.changes[turn % len(kind.changes)]
            cell = self._cell(page, row, column)
            return bool(cell) and change(cell) != cell
        return True

    @staticmethod
    def _cell(page: Page, row: Row, column: str) -> str:
        return row.cells[page.columns.index(column)]

    def _plant(self, kind: Kind, row: Row, turn: int) -> None:
        page, _ = self.place[row]
        if isinstance(kind, Cell):
            self._write(kind, page, row, turn)
        elif isinstance(kind, Twin):
            column, change = kind.changes[turn % len(kind.changes)] if kind.changes else ("", str)
            self._twin(page, row, kind.kind, column, change)
        elif isinstance(kind, Conflict):
            self._conflict(kind, page, row)
        else:
            row.fate, row.units, row.damage = QUARANTINED, None, kind.damage
            self.planted.append(Planted(page, row, kind.kind, kind.fault, rule="unreadable_record"))

    def _write(self, kind: Cell, page: Page, row: Row, turn: int) -> None:
        position = page.columns.index(kind.column)
        before = row.cells[position]
        row.cells[position] = written = kind.texts[turn % len(kind.texts)](before)
        means = written if kind.as_written else kind.means(before) if kind.means else before
        if kind.rule:
            row.fate, means = QUARANTINED, ""
        if kind.is_unread:
            row.units = None
        self.planted.append(Planted(page, row, kind.kind, kind.fault, kind.column, kind.rule, means))

    def _twin(self, page: Page, row: Row, kind: str, column: str, change: kinds.Change) -> None:
        again = Row(list(row.cells), row.units, MERGED)
        if column:
            position = page.columns.index(column)
            again.cells[position] = change(again.cells[position])
        page.insert(self._later(page, row), again)
        self.planted.append(Planted(page, again, kind, "38", column, kept=(page, row)))

    def _conflict(self, kind: Conflict, page: Page, row: Row) -> None:
        other = Row(list(row.cells), row.units, QUARANTINED)
        position = page.columns.index(kind.column)
        other.cells[position] = next(value for value in kind.values if value != row.cells[position])
        row.fate = QUARANTINED
        page.insert(self._later(page, row), other)
        for one in (row, other):
            self.planted.append(Planted(page, one, kind.kind, "44", page.columns[0], "conflicting_id"))
        self.budget -= 1

    def _later(self, page: Page, row: Row) -> Row:
        """A row of the page from this one on."""
        return page.rows[self.rng.integers(self.place[row][1], len(page.rows))]

    def _overlap(self, before: Page, after: Page) -> None:
        """The last lines of one year's file, once more at the top of the next one's."""
        shared = [column for column in after.columns if column in before.columns]
        if shared != after.columns:
            raise ValueError(f"{after.file}: other columns than {before.file}")
        for row in before.rows[len(before.rows) - round(OVERLAP * self.n_rows) :]:
            del self.free[row]
            again = Row([self._cell(before, row, column) for column in after.columns], row.units, MERGED)
            after.insert(None, again)
            self.planted.append(Planted(after, again, "line of the file before", "38", kept=(before, row)))

    def _lines(self, page: Page) -> None:
        """Lines that are no record, totals and headers in between."""
        rows = page.rows
        width = len(page.columns)
        for turn in range(1 + len(rows) // BLANK_EVERY):
            blank = Row([], None, NO_ROW) if turn % 2 == 0 else Row([""] * width, None, NO_ROW)
            page.insert(rows[-1] if turn == 0 else self._any(page), blank)
            self.planted.append(
                Planted(page, blank, "blank line" if turn % 2 == 0 else "separators only", "12")
            )
        if self.table in TOTALS:
            word, columns = TOTALS[self.table]
            total = Row([""] * width, None, QUARANTINED)
            total.cells[0] = word
            for column in columns:
                position = page.columns.index(column)
                total.cells[position] = f"{sum(Decimal(row.cells[position]) for row in rows):f}"
            page.insert(rows[-1], total)
            self._note_total(page, total)
        if self.table == "orders" and len(rows) >= LONG:
            self._subtotal(page)
        if self.table in ("orders", "activity", "feedback") and len(rows) >= LONG:
            again = page.insert(self._any(page), Row(list(page.headers), None, QUARANTINED))
            self.planted.append(Planted(page, again, "repeated header", "12", rule="repeated_header"))
            self.budget -= 1

    def _any(self, page: Page) -> Row:
        return page.rows[self.rng.integers(len(page.rows) // 4, len(page.rows) - 1)]

    def _note_total(self, page: Page, total: Row) -> None:
        self.budget -= 1
        self.planted.append(Planted(page, total, "totals line", "12", rule="totals_line"))

    def _subtotal(self, page: Page) -> None:
        """What one day brought, under its last line."""
        day_at, amount_at = page.columns.index("order_date"), page.columns.index("amount")
        day = self._any(page).cells[day_at][:10]
        of_day = [row for row in page.rows if row.cells[day_at][:10] == day]
        units = sum(row.units for row in of_day)
        total = Row([""] * len(page.columns), units, QUARANTINED)
        total.cells[0] = SUBTOTALS[len(self.planted) % len(SUBTOTALS)]
        total.cells[amount_at] = f"{Decimal(units) / 100:.2f}"
        page.insert(of_day[-1], total)
        self._note_total(page, total)


def key(planted: list[Planted]) -> list[dict[str, str]]:
    """``dirt.csv``: one line for every planted line, in the order of the files; the pages must be written by then."""
    lines = [_key_line(plant) for plant in planted]
    return sorted(lines, key=lambda line: (line["table"], line["file"], line["sheet"], int(line["line"])))


def _key_line(plant: Planted) -> dict[str, str]:
    kept_page, kept_row = plant.kept or (None, None)
    row, at = plant.row, plant.page.columns.index(plant.column) if plant.column else None
    return {
        "table": plant.page.table,
        "file": plant.page.file,
        "sheet": plant.page.sheet,
        "line": str(row.line),
        "column": plant.column,
        "kind": plant.kind,
        "fate": row.fate,
        "rule": plant.rule,
        "kept_file": kept_page.file if kept_page else "",
        "kept_sheet": kept_page.sheet if kept_page else "",
        "kept_line": str(kept_row.line) if kept_row else "",
        "value": row.cells[at] if at is not None else row.text,
        "means": plant.means,
        "amount": "" if row.units is None else f"{Decimal(row.units) / 100:.2f}",
        "fault": plant.fault,
    }


def accounts(pages: list[Page]) -> list[dict[str, str]]:
    """``accounts.csv``: rows of each table by fate and, for orders, the money that can be read in them."""
    found = []
    for table in sorted({page.table for page in pages}):
        rows = [row for page in pages if page.table == table for row in page.rows if row.fate != NO_ROW]
        counts = {fate: sum(row.fate == fate for row in rows) for fate in (KEPT, QUARANTINED, MERGED)}
        line = {"table": table, "rows_in": str(len(rows)), **{fate: str(n) for fate, n in counts.items()}}
        for fate in ("in", KEPT, QUARANTINED, MERGED):
            units = sum(row.units or 0 for row in rows if fate in ("in", row.fate))
            line[f"money_{fate}"] = f"{Decimal(units) / 100:.2f}" if table == "orders" else ""
        found.append(line)
    return found
