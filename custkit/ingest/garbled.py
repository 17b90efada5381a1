"""Text that an earlier tool damaged: what can be repaired for sure, and what can only be told."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from custkit.ingest.decode import naturalness
from custkit.ingest.values import CELL_ERRORS, LOST, cleaned

# 產(chǎn), 業(yè): a converter that did not know a traditional character wrote its sound behind it. A tone mark is
# what tells the sound from words such as T恤(men).
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_SOUND = re.compile(rf"(?<=[\u3400-\u9fff])\([a-zɡü]{{0,4}}[{_TONES}][a-zɡü]{{0,3}}\)")
_CANDIDATE = (
    r"[(（]|[?？]{2}|\x{fffd}|[^\x00-\x7f]{2}|^\s*#"  # what may be damaged: only this is looked at closely
)
_HOLES = re.compile(r"\?{2,}(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])\?{2,}")


def repaired(text: str) -> str:
    """A label without the sounds that a converter wrote behind its characters."""
    return _SOUND.sub("", text)


def is_damaged(text: str) -> bool:
    """Whether a label lost characters, or was read in the wrong encoding before it came to us.

    Holes (``??`` beside a Chinese character, U+FFFD), 锟斤拷, an error of a spreadsheet, and text whose bytes
    say Chinese in UTF-8 (鍗庝笢 is 华东, Ã© is é).
    """
    if LOST in text or "锟斤拷" in text or text in CELL_ERRORS or _HOLES.search(text):
        return True
    return any(_says_other(text, encoding) for encoding in ("gb18030", "cp1252", "latin-1"))


def _says_other(text: str, encoding: str) -> bool:
    """Whether the bytes of a text in ``encoding`` are good UTF-8 that people write."""
    if text.isascii():
        return False
    try:
        other = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return False
    is_chinese = encoding == "gb18030"
    beyond = [char for char in other if char > "\x7f"]
    if is_chinese and not all("\u3400" <= char <= "\u9fff" for char in beyond):
        return False
    return bool(beyond) and naturalness([other]) == 1.0


def found(values: pa.Array, *, is_free: bool) -> tuple[list[str], list[str]]:
    """Distinct texts of a column that are repaired, and those that are damaged for good.

    In free text people write ``??`` as they like: there, only a lost character tells.
    """
    distinct = pc.unique(values).drop_null()
    if is_free:
        return [], distinct.filter(pc.match_substring(distinct, LOST)).to_pylist()
    texts = distinct.filter(pc.match_substring_regex(distinct, _CANDIDATE)).to_pylist()
    damaged = [text for text in texts if is_damaged(cleaned(text))]
    return [text for text in texts if repaired(cleaned(text)) != cleaned(text)], damaged
