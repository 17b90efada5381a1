"""Physical lines of a text table, checked by vector operations: which of them are surely one plain record each."""

import io

import numpy as np
import pyarrow as pa
from pyarrow import csv

from custkit.ingest import dialect

_LF, _QUOTE, _CR = 10, 34, 13
_WIDE_BLANKS = b"\xc2\xe2\xe3\xef"  # first bytes of U+00A0, U+2000 to U+200F, U+3000 and U+FEFF


class Scan:
    """Lines of a block, and which of them are surely one plain record each."""

    def __init__(self, data: bytes, separator: str, width: int) -> None:
        self.data = data
        self.bytes = np.frombuffer(data, np.uint8)
        self.ends = np.flatnonzero(self.bytes == _LF)
        self.starts = np.concatenate([[0], self.ends[:-1] + 1])
        separators = np.flatnonzero(self.bytes == ord(separator)) if separator else np.empty(0, np.int64)
        self.quotes = np.flatnonzero(self.bytes == _QUOTE)
        fits = np.ones(len(self.starts), bool)
        if len(self.quotes):
            separators, fits = self._outside_quotes(separators, ord(separator) if separator else _LF)
        fits[self._line_of(np.flatnonzero(self.bytes == _CR))] = False  # Arrow would end the line there
        counts = np.searchsorted(separators, self.ends) - np.searchsorted(separators, self.starts)
        self.blank = self._blank(separator)
        self.good = fits & (counts == width - 1) & ~self.blank
        self.cut = -1  # line that the end of the file cuts

    def cut_last(self) -> None:
        """The file ends inside a character: its last record is not whole."""
        self.cut = int(np.flatnonzero(~self.blank)[-1]) if not self.blank.all() else -1
        self.good[self.cut :] = False

    def _line_of(self, positions: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.ends, positions)

    def _outside_quotes(self, separators: np.ndarray, separator: int) -> tuple[np.ndarray, np.ndarray]:
        """Separators outside quotes, and the lines on which every quote opens or closes a field or is doubled."""
        quotes, lines = self.quotes, self._line_of(self.quotes)
        first = np.searchsorted(quotes, self.starts)  # of each line, among all quotes
        opens = (np.arange(len(quotes)) - first[lines]) % 2 == 0
        before = np.where(quotes == self.starts[lines], separator, self.bytes[np.maximum(quotes - 1, 0)])
        after = self.bytes[quotes + 1]
        legal = np.where(
            opens,
            (before == separator) | (before == _QUOTE),
            (after == separator) | (after == _LF) | (after == _QUOTE),
        )
        fits = np.ones(len(self.starts), bool)
        fits[lines[~legal]] = False
        fits[np.bincount(lines, minlength=len(fits)) % 2 == 1] = False
        inside = (np.searchsorted(quotes, separators) - first[self._line_of(separators)]) % 2 == 1
        return separators[~inside], fits

    def _blank(self, separator: str) -> np.ndarray:
        """Lines of separators and blanks only; a line that begins with anything else is not looked at further."""
        firsts = f" \t\r\n{separator}".encode() + _WIDE_BLANKS
        blank = np.isin(self.bytes[self.starts], np.frombuffer(firsts, np.uint8))
        for index in np.flatnonzero(blank):
            blank[index] = dialect.is_blank(self.text(index), separator)
        return blank

    def text(self, index: int) -> str:
        return self.data[self.starts[index] : self.ends[index]].decode("utf-8")

    def parse(self, good: np.ndarray, width: int, separator: str) -> pa.Table:
        names = [f"c{column}" for column in range(width)]
        if not good.any():
            return pa.table({name: pa.array([], pa.string()) for name in names})
        data = self.data if good.all() else self.bytes[np.repeat(good, self.ends - self.starts + 1)].tobytes()
        return csv.read_csv(
            io.BytesIO(data),
            csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            csv.ParseOptions(
                delimiter=separator or "\x1f",
                quote_char='"' if len(self.quotes) else False,
                ignore_empty_lines=False,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
