"""Names, phones and mails masked as soon as they are read."""

import hashlib
import re
from collections.abc import Sequence

import pyarrow as pa

from custkit import schema
from custkit.ingest import headers
from custkit.ingest.values import as_text, cleaned, distinct

PERSONAL = ("name", "phone", "email")

# Headers of parts of a name, which are no column of any table.
_NAME_PARTS = frozenset(
    ["firstname", "lastname", "surname", "givenname", "familyname", "middlename", "姓", "名"]
)

_MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_PHONE = re.compile(r"^(?:\+?86[- ]?)?1[3-9]\d{9}$")


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


_MASKS = {"name": mask_name, "phone": mask_phone, "email": mask_email}


def mask(text: str, how: str) -> str:
    """A value masked as a name, a phone or an email."""
    return _MASKS[how](text)


def masks(names: Sequence[str], sample: Sequence[Sequence[str]], mapped: dict[int, str]) -> dict[int, str]:
    """Which columns of a file are masked, and how (name, phone or email).

    By what they are mapped to; by their header in whatever table; and mails and mobile numbers by the
    look of their values, where neither says it. A column mapped to anything else is left alone.
    """
    found = {position: column for position, column in mapped.items() if column in PERSONAL}
    by_header = headers.match(names, "customers", taken=list(mapped), given=()).columns
    found |= {position: column for column, position in by_header.items() if column in PERSONAL}
    parts = {position: "name" for position, name in enumerate(names) if headers.key(name) in _NAME_PARTS}
    found |= {position: how for position, how in parts.items() if position not in mapped}
    for position in range(len(names)):
        if position in found or position in mapped:
            continue
        values = [row[position].strip() for row in sample if len(row) > position and row[position].strip()]
        if values and sum(bool(_MAIL.match(value)) for value in values) * 2 > len(values):
            found[position] = "email"
        elif values and sum(bool(_PHONE.match(value)) for value in values) * 2 > len(values):
            found[position] = "phone"
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
