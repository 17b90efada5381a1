"""Customers as a file that SPSS and SAS open, with a codebook that says what each column means."""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from custkit import schema
from custkit.errors import TableError, UsageError
from custkit.labels import by_scheme
from custkit.show import colours
from custkit.words import LANGUAGES, Words, catalogue

# Columns that hold keys, and the scheme under which their words stand; label_<scheme> holds keys of that scheme.
_CATEGORIES = {"status": "status", "segment": "segment_map", "model": "model"}
_CATEGORIES |= {f"reason_{place}": "churn_reason" for place in (1, 2, 3)}
_MONEY = ("spend", "gross_spend", "avg_order_value", "mean_repeat_spend", "margin", "discount")
_MONEY += ("clv", "clv_low", "clv_high")
_SHARES = ("risk", "churn_risk", "p_alive", "discounted_share")
_PERSONAL = {name for table in schema.INPUTS.values() for name, said in table.items() if said.personal}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")  # what SPSS and SAS (transport version 8) both take
_LABEL_LENGTH = (
    255  # bytes of a variable label or of the label of a value that both programs show (SPSS: 255, 120)
)
_VALUE_LENGTH = 120

_SPSS_EPOCH, _SAS_EPOCH = datetime.date(1582, 10, 14), datetime.date(1960, 1, 1)
# Where both formats keep the time of writing; equal tables are to give equal bytes.
_SAV_TIME = slice(92, 109)
_XPT_TIME = re.compile(rb"\d{2}[A-Z]{3}\d{2}:\d{2}:\d{2}:\d{2}")
_XPT_RECORD = 80  # bytes
_XPT_HEADER = 7 * _XPT_RECORD  # before the first column


@dataclass(frozen=True)
class _Variable:
    """One column: how it is told in both languages, its kind, its unit, and the key of each code from 1."""

    column: str  # of the table
    name: str  # in the files
    kind: str  # id, day, whole, number, yes_no, category, text
    unit: str  # days, money, share, count or empty
    scheme: str
    keys: tuple[str, ...]

    def label(self, words: Words) -> str:
        if self.name != self.column:
            return self.column
        if self.name.startswith("label_"):
            return words.label("scheme", self.scheme)
        key = f"codebook.{self.name}"
        return words(key) if words.has(key) else words.column(self.name)

    def levels(self, words: Words) -> dict[int, str]:
        if self.kind == "yes_no":
            return {0: words("codebook.no"), 1: words("codebook.yes")}
        return {code: words.label(self.scheme, key) for code, key in enumerate(self.keys, start=1)}


def customers(features: pd.DataFrame, labels: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    """One row per customer with all that is known of them, to hand to ``files``.

    Parameters
    ----------
    features : one row per customer
    labels : one row per scheme and customer; each scheme becomes a column ``label_<scheme>``
    others : ``rfm``, ``value``, ``churn_reasons`` and the like: at most one row per customer, ``customer_id``; a column
        that stands already is not taken again

    Returns
    -------
    sorted by ``customer_id``

    Raises
    ------
    TableError
        A table has a customer twice, or no ``customer_id``; or a scheme does not label each customer once.
    """
    ids = features["customer_id"]
    table = features if ids.is_monotonic_increasing else features.sort_values("customer_id")
    parts = [table.reset_index(drop=True)]
    taken = set(table)
    for other in others:
        schema.require(other, ["customer_id"], "a table of customers")
        if other["customer_id"].duplicated().any() or ids.duplicated().any():
            raise TableError("a table of customers: expected one row per customer, found one twice")
        new = [column for column in other if column not in taken]
        taken |= set(new)
        told = other.set_index("customer_id")[new].reindex(table["customer_id"])
        parts.append(told.reset_index(drop=True))
    named = by_scheme(labels, table["customer_id"])
    parts.append(pd.DataFrame({f"label_{scheme}": label for scheme, label in named.items()}))
    return pd.concat(parts, axis=1)


def codebook(table: pd.DataFrame, words: Words, *, currency: str = "") -> pd.DataFrame:
    """What each column of ``table`` means.

    Returns
    -------
    one row per column, in order
        ``name`` (``further_1`` and so on for one that SPSS or SAS does not take as it is: its label is the name that the data
        gave it); ``label_en``, ``label_zh``; ``kind`` and ``unit`` in the language of ``words``; ``levels`` of a category
        (code, key, name in English and Chinese; codes do not depend on who is in the table, but for keys that the data
        brought, which follow in order of name); ``known`` and ``missing`` (rows).

    Raises
    ------
    TableError
        A column holds personal data.
    """
    rows = []
    for variable in _variables(table):
        known = int(_clean(table[variable.column]).notna().sum())
        unit = words(f"codebook.unit.{variable.unit}") if variable.unit else ""
        row = {
            "name": variable.name,
            **{f"label_{lang}": variable.label(Words(lang)) for lang in LANGUAGES},
            "kind": words(f"codebook.kind.{variable.kind}"),
            "unit": currency.strip() or unit if variable.unit == "money" else unit,
            "levels": _levels(variable),
            "known": known,
            "missing": len(table) - known,
        }
        rows.append(row)
    columns = ["name", "label_en", "label_zh", "kind", "unit", "levels", "known", "missing"]
    return pd.DataFrame(rows, columns=columns)


def files(table: pd.DataFrame, name: str, words: Words, folder: Path, *, currency: str = "") -> list[Path]:
    """Write the customers for SPSS and SAS, and their codebook.

    ``name.sav`` (SPSS): categories are whole numbers from 1 with value labels in the language of ``words``, yes and no are
    1 and 0, days are dates. ``name.xpt`` (SAS transport, version 8; ``%xpt2loc`` reads it): categories are their keys as
    text, since the format knows no value labels. ``name_codebook.csv`` (UTF-8 with BOM) explains both. What is
    not known is missing. The same table gives the same bytes.

    Parameters
    ----------
    table : from ``customers``
    name : of the files, and of the table in SAS: letters, digits, _
    folder : to write into; ``store.place`` then puts the files where they belong

    Returns
    -------
    the three files

    Raises
    ------
    TableError
        A column holds personal data.
    UsageError
        A file cannot be written, or does not hold every customer when it is read back.
    """
    variables = _variables(table)
    labels = {variable.name: _cut(variable.label(words), _LABEL_LENGTH) for variable in variables}
    values = {
        variable.name: {code: _cut(text, _VALUE_LENGTH) for code, text in variable.levels(words).items()}
        for variable in variables
        if variable.kind in ("category", "yes_no")
    }
    measure = {one.name: _scale(one) for one in variables}
    spss, sas, explained = (Path(folder, f"{name}{end}") for end in (".sav", ".xpt", "_codebook.csv"))
    days = [one.name for one in variables if one.kind == "day"]
    # One form at a time, kept by nobody: of a million customers each fills half a gigabyte.
    _write(
        spss,
        pd.DataFrame({one.name: _for_spss(table[one.column], one) for one in variables}),
        column_labels=labels,
        variable_value_labels=values,
        variable_measure=measure,
        variable_format=dict.fromkeys(days, "SDATE10"),
        row_compress=True,
    )
    _write(
        sas,
        pd.DataFrame({one.name: _for_sas(table[one.column], one) for one in variables}),
        column_labels=labels,
        variable_format=dict.fromkeys(days, "YYMMDD10"),
        table_name=name,
        file_format_version=8,
    )
    _without_time(spss, sas)
    told = codebook(table, words, currency=currency).to_csv(index=False, lineterminator="\r\n")
    try:
        explained.write_bytes(told.encode("utf-8-sig"))
    except OSError as error:
        raise _not_whole(explained) from error
    return [spss, sas, explained]


def _write(path: Path, frame: pd.DataFrame, **told: object) -> None:
    """One file, whole; it is read back, since on a full disk pyreadstat leaves part of a file and says nothing."""
    # Here, since only who exports needs it.
    import pyreadstat

    write, read, record = {
        ".sav": (pyreadstat.write_sav, pyreadstat.read_sav, 1),
        ".xpt": (pyreadstat.write_xport, pyreadstat.read_xport, _XPT_RECORD),
    }[path.suffix]
    try:
        write(frame, str(path), **told)
        found = len(read(str(path), usecols=[frame.columns[0]])[0])
    except (pyreadstat.ReadstatError, OSError):
        found = -1
    if found != len(frame) or path.stat().st_size % record:
        raise _not_whole(path)


def _not_whole(path: Path) -> UsageError:
    return UsageError(f"export/{path.name}: cannot be written whole; free some space or choose another --out")


def _variables(table: pd.DataFrame) -> list[_Variable]:
    personal = sorted(_PERSONAL & set(table.columns))
    if personal:
        raise TableError(
            f"codebook: {', '.join(personal)} is personal data and leaves the house in no export"
        )
    strange = [column for column in map(str, table.columns) if not _NAME.fullmatch(column)]
    names = {column: f"further_{place}" for place, column in enumerate(strange, start=1)}
    return [_variable(table[column], names.get(str(column), str(column))) for column in table.columns]


def _variable(column: pd.Series, name: str) -> _Variable:
    scheme = name.removeprefix("label_") if name.startswith("label_") else _CATEGORIES.get(name, "")
    keys: tuple[str, ...] = ()
    if name == "customer_id":
        kind = "id"
    elif scheme:
        kind, keys = "category", _keys(scheme, column)
    elif pd.api.types.is_bool_dtype(column):
        kind = "yes_no"
    elif pd.api.types.is_datetime64_any_dtype(column):
        kind = "day"
    elif pd.api.types.is_integer_dtype(column):
        kind = "whole"
    elif pd.api.types.is_numeric_dtype(column):
        kind = "number"
    else:
        kind = "text"
    return _Variable(
        str(column.name), name, kind, _unit(name) if kind in ("whole", "number") else "", scheme, keys
    )


def _keys(scheme: str, column: pd.Series) -> tuple[str, ...]:
    """Every key that the scheme has words for, in the order of charts, then those that the data brought, by name."""
    prefix = f"label.{scheme}."
    named = [key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix)]
    ranked = [key for key in colours.order(scheme) if key in named]
    known = [*ranked, *(key for key in named if key not in ranked)]
    return (*known, *sorted({*map(str, _clean(column).dropna().unique())} - set(known)))


def _unit(name: str) -> str:
    if name in _MONEY:
        return "money"
    if name in _SHARES:
        return "share"
    if name.endswith("_days"):
        return "days"
    return "count" if name.startswith("n_") or name.endswith("_orders") else ""


def _levels(variable: _Variable) -> str:
    english, chinese = (variable.levels(Words(lang)) for lang in LANGUAGES)
    keys = dict(enumerate(variable.keys, start=1)) or {0: "0", 1: "1"}
    return "; ".join(f"{code} {keys[code]}: {text} | {chinese[code]}" for code, text in english.items())


def _clean(column: pd.Series) -> pd.Series:
    """Empty text is not known."""
    return column.where(column != "") if pd.api.types.is_string_dtype(column) else column


def _for_spss(column: pd.Series, variable: _Variable) -> pd.Series:
    if variable.kind == "category":
        codes = {key: code for code, key in enumerate(variable.keys, start=1)}
        return _clean(column).map(codes).astype("float64")
    if variable.kind == "day":
        return _days_since(column, _SPSS_EPOCH) * 86_400.0  # it counts seconds
    return _plain(column, variable)


def _for_sas(column: pd.Series, variable: _Variable) -> pd.Series:
    return _days_since(column, _SAS_EPOCH) if variable.kind == "day" else _plain(column, variable)


def _days_since(column: pd.Series, first: datetime.date) -> pd.Series:
    epoch = datetime.date(1970, 1, 1)  # any column of days can hold it
    return (column - pd.Timestamp(epoch)) / pd.Timedelta(days=1) + (epoch - first).days


def _plain(column: pd.Series, variable: _Variable) -> pd.Series:
    if variable.kind in ("whole", "number", "yes_no"):
        return column.astype("float64")
    # As objects, one for each distinct text: pyreadstat asks for them one after another, which takes an Arrow column
    # several times as long.
    codes, texts = pd.factorize(column)
    return pd.Series(np.append(np.asarray(texts, dtype=object), "")[codes], index=column.index)


def _scale(variable: _Variable) -> str:
    return "scale" if variable.kind in ("whole", "number", "day") else "nominal"


def _cut(text: str, length: int) -> str:
    """At most so many bytes of UTF-8, whole letters."""
    return text.encode()[:length].decode(errors="ignore")


def _without_time(spss: Path, sas: Path) -> None:
    with open(spss, "r+b") as file:
        file.seek(_SAV_TIME.start)
        file.write(b"01 Jan 7000:00:00")
    with open(sas, "r+b") as file:
        header = _XPT_TIME.sub(b"01JAN70:00:00:00", file.read(_XPT_HEADER))
        file.seek(0)
        file.write(header)
