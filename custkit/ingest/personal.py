"""Names, phones and mails masked as soon as they are read."""

import hashlib
import re
from collections.abc import Sequence

import pyarrow as pa

from custkit import schema
from custkit.ingest import dialect, headers
from custkit.ingest.values import as_text, cleaned, distinct

PERSONAL = ("name", "phone", "email")

_MAIL = re.compile(r"[^@\s,;:<>()（）,;:、。\"']+@[^@\s,;:<>()（）,;:、。\"']+\.[A-Za-z]{2,}")
# Mobile numbers of the mainland and of Taiwan, numbers with the code of a country, and identity numbers.
_PHONE = re.compile(
    r"(?<![A-Za-z0-9.])(?:(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}|09\d{2}-?\d{3}-?\d{3}|\+\d{1,3}[- ]?\d[\d -]{6,12}\d"
    r"|\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])(?![A-Za-z0-9]|\.\d)"
)


def mask_name(text: str) -> str:
    """*明 for 王小明: the last character stays."""
    text = text.strip()
    return f"*{text[-1]}" if text else text


def mask_phone(text: str) -> str:
    """138****1234: the first three and the last four characters stay, less of a short number."""
    text = text.strip()
    if len(text) >= 11:
        return f"{text[:3]}****{text[-4:]}"
    return f"****{text[-2:]}" if len(text) > 4 else "****" if text else text


def mask_email(text: str) -> str:
    """a***@x.cn: the first letter and the host stay."""
    name, at, host = text.strip().rpartition("@")
    return f"{name[:1]}***@{host}" if at and name else ("***" if text.strip() else text)


# Ids and numbers are read as they stand; a note of people's own words is kept, whatever it tells.
_UNMASKED = frozenset(
    name
    for columns in schema.INPUTS.values()
    for name, column in columns.items()
    if column.kind not in ("text", "date") or name == "text"
)

_MASKS = {"name": mask_name, "phone": mask_phone, "email": mask_email}


def mask(text: str, how: str) -> str:
    """A value masked as a name, a phone or an email."""
    return _MASKS[how](text)


def looks(text: str) -> str:
    """``email`` or ``phone`` where a whole value looks like one; else empty."""
    text = text.strip()
    return "email" if _MAIL.fullmatch(text) else "phone" if _PHONE.fullmatch(text) else ""


def hidden(text: str) -> str:
    """A text with every mail and phone number inside it masked, for messages."""
    return _PHONE.sub(lambda found: mask_phone(found[0]), _MAIL.sub(lambda found: mask_email(found[0]), text))


def hidden_values(texts: pa.Array) -> pa.Array:
    """A column of texts with every mail and phone number inside them masked."""
    values, indices = distinct(texts)
    shown = [None if value is None else hidden(value) for value in values.to_pylist()]
    return pa.array(shown, pa.string()).take(pa.array(indices))


def headers_shown(names: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """Headers as a message may name them: the looks of a first record where that was taken for the headers."""
    if not is_record(names, sample):
        return [hidden(name) for name in names]
    return [looks(name) or dialect.shape(name) for name in names]


def is_record(names: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Whether the headers of a file are in truth its first record, by their looks.

    One is where a field looks like a mail or a phone, or where no field is a header of any table and one is a
    number or a day, or stands again below in its own column. Positions, of a file without headers, are none.
    """
    if list(names) == [str(position) for position in range(1, len(names) + 1)]:
        return False
    if any(looks(name) for name in names):
        return True
    if headers.known(names):
        return False
    below = [row for row in sample if list(row) != list(names)]
    return any(
        dialect.shape(name) in ("number", "date")
        or any(row[at].strip() == name for row in below if len(row) > at)
        for at, name in enumerate(names)
    )


def masks(names: Sequence[str], sample: Sequence[Sequence[str]], mapped: dict[int, str]) -> dict[int, str]:
    """Which columns of a file are masked, and how (name, phone or email).

    By what they are mapped to; mails and mobile numbers by the look of their values (a column called contact holds
    one or the other); else by their header in whatever table. A column mapped to an id or a number is left alone, for
    it could not be read any more.
    """
    found = {position: column for position, column in mapped.items() if column in PERSONAL}
    by_header = headers.match(names, "customers", taken=list(mapped), given=()).columns
    found |= {position: column for column, position in by_header.items() if column in PERSONAL}
    persons = {position: "name" for position, name in enumerate(names) if headers.is_person(name)}
    found |= {position: how for position, how in persons.items() if position not in {*mapped, *found}}
    for position in range(len(names)):
        if mapped.get(position) in (*PERSONAL, *_UNMASKED):
            continue
        values = [row[position].strip() for row in sample if len(row) > position and row[position].strip()]
        kinds = [looks(value) for value in values]
        for how in ("email", "phone"):
            if kinds.count(how) * 2 > len(values):
                found[position] = how
    return found


def masked(column: pa.Array, how: str) -> pa.Array:
    """A column with every value masked."""
    values, indices = distinct(as_text(column))
    return pa.array(
        [None if value is None else mask(value, how) for value in values.to_pylist()], pa.string()
    ).take(pa.array(indices))


def digests(columns: Sequence[pa.Array], rows: int) -> pa.Array:
    """A digest of the unmasked values of each record, cleaned like any text, so that two records can still be told apart."""
    if not columns:
        return pa.nulls(rows, pa.string())
    texts = zip(*(as_text(column).to_pylist() for column in columns), strict=True)
    return pa.array([_digest(values) for values in texts], pa.string())


def _digest(values: Sequence[str | None]) -> str | None:
    texts = [cleaned(value or "") for value in values]
    return hashlib.blake2b("\x1f".join(texts).encode(), digest_size=12).hexdigest() if any(texts) else None


def is_personal(table: str) -> bool:
    """Whether a table has personal columns by its nature: a broken record of it is shown to nobody."""
    return any(column.personal for column in schema.INPUTS[table].values())


def key(column: pa.Array, how: str) -> pa.Array:
    """A digest of each name, phone or email however it is written, so that one person found twice can be told; null where empty.

    Of a phone its digits count, without the code of China; of the others the text without blanks and case.
    """
    values, indices = distinct(as_text(column))
    digests = [None if value is None else _digest([_bare(value, how)]) for value in values.to_pylist()]
    return pa.array(digests, pa.string()).take(pa.array(indices))


def _bare(text: str, how: str) -> str:
    text = "".join(cleaned(text).casefold().split())
    return re.sub(r"\D", "", re.sub(r"^(?:\+|00)86", "", text)) if how == "phone" else text
