"""Bytes to text: one encoding a file, found by evidence and held to strictly; doubt is a refusal."""

import codecs
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from custkit.errors import InputRefused

BLOCK = 16 << 20

# A GB18030 reading with a larger share of characters that nobody writes is doubted, and others are tried.
DOUBT = 0.03
ACCEPT = 0.6  # smallest share of natural characters for any reading
EVERYDAY, ENOUGH = (
    0.5,
    20,
)  # smallest share of everyday characters among the Chinese ones, where there are enough
MARGIN = 0.1  # by which the best reading must beat the next

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE = "save it as UTF-8 and try again"


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes become text."""

    name: str
    bom: int = 0  # bytes before the text
    truncated: bool = False  # the file ends inside a character
    cr: bool = False  # lines end in CR alone


def detect(path: Path, name: str) -> Encoding:
    """Encoding of a text file: byte order mark, UTF-8, GB18030, then Big5 and Windows Latin by evidence.

    Raises
    ------
    InputRefused
        "format" where the bytes are no text; "encoding" where two encodings are mixed, or none reads
        the file as text that people write.
    """
    with path.open("rb") as file:
        head = file.read(1 << 20)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            state = _strict(path, encoding, len(mark))
            if state == "bad":
                raise InputRefused(f"{name}: encoding: it says {encoding} but is not; {_SAVE}")
            return Encoding(
                encoding, len(mark), state == "truncated", _has_cr_only(head[len(mark) :], encoding)
            )
    _refuse_binary(path, name)
    state = _strict(path, "utf-8", 0)
    if state != "bad":
        return Encoding("utf-8", 0, state == "truncated", _has_cr_only(head, "utf-8"))
    _refuse_mixture(path, name)
    encoding = _by_evidence(path, name)
    return Encoding(encoding, 0, _strict(path, encoding, 0) == "truncated", _has_cr_only(head, encoding))


def blocks(path: Path, encoding: Encoding, size: int = BLOCK) -> Iterator[bytes]:
    """The text as UTF-8 in blocks of whole physical lines, each line ended by one LF.

    CRLF becomes LF; CR alone ends a line only in a file that has no LF. The last line gets its LF.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    plain = encoding.name == "utf-8"
    held = b""
    with path.open("rb") as file:
        file.seek(encoding.bom)
        while raw := file.read(size):
            text = raw if plain else decoder.decode(raw).encode("utf-8")
            held += text
            held, carry = (held[:-1], b"\r") if held.endswith(b"\r") else (held, b"")  # half of a CRLF?
            held = _lines(held, encoding) + carry
            cut = held.rfind(b"\n") + 1
            if cut:
                yield held[:cut]
                held = held[cut:]
    held = _lines(held, encoding)
    if encoding.truncated:  # a mark for the half character, so that a line of nothing else is not lost
        held = held.decode("utf-8", "ignore").encode("utf-8") + b"?"
    if held:
        yield held if held.endswith(b"\n") else held + b"\n"


def _lines(text: bytes, encoding: Encoding) -> bytes:
    if b"\r" not in text:
        return text
    text = text.replace(b"\r\n", b"\n")
    return text.replace(b"\r", b"\n") if encoding.cr else text


def _has_cr_only(head: bytes, encoding: str) -> bool:
    text = head.decode(encoding, "ignore")
    return "\r" in text and "\n" not in text


def _strict(path: Path, encoding: str, bom: int) -> str:
    """``ok``, ``truncated`` (the file ends inside a character) or ``bad``."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        file.seek(bom)
        try:
            while raw := file.read(BLOCK):
                decoder.decode(raw)
        except UnicodeDecodeError:
            return "bad"
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "truncated"
    return "ok"


def _refuse_binary(path: Path, name: str) -> None:
    with path.open("rb") as file:
        while raw := file.read(BLOCK):
            if b"\x00" in raw:
                raise InputRefused(
                    f"{name}: format: it holds zero bytes, so it is no text file (or UTF-16 without a mark); {_SAVE}"
                )


def _non_ascii_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        yield from ((number, line) for number, line in enumerate(file, 1) if not line.isascii())


def _refuse_mixture(path: Path, name: str) -> None:
    """Refuse a file in which some lines can only be UTF-8 and others cannot be."""
    utf8 = other = 0
    for number, line in _non_ascii_lines(path):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            other = other or number
        else:
            if not utf8 and naturalness([text]) > naturalness([_decoded(line, "gb18030")]) + MARGIN:
                utf8 = number
        if utf8 and other:
            raise InputRefused(f"{name}: encoding: line {utf8} is UTF-8 and line {other} is not; {_SAVE}")


def _by_evidence(path: Path, name: str) -> str:
    """The encoding whose reading holds the most characters that people write."""
    sample = [line for _, (_, line) in zip(range(5000), _non_ascii_lines(path), strict=False)]
    gb18030 = "gb18030" if _strict(path, "gb18030", 0) != "bad" else ""
    if gb18030 and not _is_everyday([_decoded(line, gb18030) for line in sample]):
        gb18030 = ""  # Cyrillic and the like: every pair of bytes is a character, but nobody writes these
    if gb18030 and naturalness([_decoded(line, gb18030) for line in sample]) >= 1 - DOUBT:
        return gb18030
    chinese = [e for e in (gb18030, "cp950", "big5hkscs") if e and _strict(path, e, 0) != "bad"]
    if "cp950" in chinese and "big5hkscs" in chinese:
        chinese.remove("big5hkscs")  # the same family: only asked where cp950 fails
    candidates = chinese + (["cp1252"] if _strict(path, "cp1252", 0) == "ok" else [])
    scores = sorted(
        ((naturalness([_decoded(line, encoding) for line in sample]), encoding) for encoding in candidates),
        reverse=True,
    )
    scores = [(score, encoding) for score, encoding in scores if score >= ACCEPT]
    if len(scores) > 1 and scores[0][0] - scores[1][0] < MARGIN:
        guess = _detector(b"".join(sample))
        scores = [(score, encoding) for score, encoding in scores if encoding == guess]
    if not scores:
        raise InputRefused(
            f"{name}: encoding: neither UTF-8, GB18030, Big5 nor Windows-1252 reads it as text; {_SAVE}"
        )
    return scores[0][1]


def _decoded(line: bytes, encoding: str) -> str:
    # A line that is cut at the end of the file, or that is not in this encoding, counts by what it does hold.
    return line.decode(encoding, "replace")


def _detector(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    family = {
        "big5": "cp950",
        "cp950": "cp950",
        "big5hkscs": "big5hkscs",
        "latin_1": "cp1252",
        "cp1252": "cp1252",
    }
    chinese = {"gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}
    return (family | chinese).get(best.encoding if best else "", "")


def _all_pairs(leads: Iterable[int], trails: Iterable[int], encoding: str) -> str:
    return "".join(bytes(pair).decode(encoding, "ignore") for pair in itertools.product(leads, trails))


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    """The frequent characters: the first level of GB 2312 and of Big5."""
    big5 = _all_pairs(range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)], "big5")
    return frozenset(_all_pairs(range(0xB0, 0xD8), range(0xA1, 0xFF), "gb2312") + big5)


def _is_everyday(texts: list[str]) -> bool:
    """Whether the Chinese characters of texts are such as business is done in; too few of them prove nothing."""
    chinese = [char for text in texts for char in text if "\u3400" <= char <= "\u9fff"]
    return len(chinese) < ENOUGH or sum(char in _everyday() for char in chinese) >= EVERYDAY * len(chinese)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Characters that Chinese business text is made of: GB 2312, the frequent half of Big5, punctuation."""

    gb2312 = _all_pairs(range(0xD8, 0xF8), range(0xA1, 0xFF), "gb2312")
    signs = [*range(0x2010, 0x2028), *range(0x2030, 0x205F), *range(0x3000, 0x3020), *range(0xFF01, 0xFFEF)]
    signs += [0xA0, 0xA3, 0xA5, 0xB0, 0xB7, 0xD7, 0xF7, 0x20AC, 0x2103, 0x2116, *range(0x2460, 0x2474)]
    return _everyday() | frozenset(gb2312 + "".join(map(chr, signs)))


_LATIN_RUN = re.compile(r"[\u00c0-\u024f]+")
_HAN_IN_WORD = re.compile(r"(?<=[a-z])[\u3400-\u9fff](?=[a-z])")


def naturalness(texts: list[str]) -> float:
    """Share of the characters beyond ASCII that people do write, 0 to 1; 1 where there are none.

    An accented letter is natural beside a plain one and not in long runs (that is Chinese read as Latin);
    a Chinese character is not natural between two small letters (that is Latin read as Chinese).
    """
    common, natural, total = _common(), 0, 0
    for text in texts:
        beyond = [char for char in text if char > "\x7f"]
        total += len(beyond)
        natural += sum(char in common for char in beyond) - len(_HAN_IN_WORD.findall(text))
        for run in _LATIN_RUN.finditer(text):
            around = text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1]
            if len(run[0]) <= 2 and any(char.isascii() and char.isalpha() for char in around):
                natural += len(run[0]) - sum(char in common for char in run[0])
    return natural / total if total else 1.0
