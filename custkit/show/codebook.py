"""Customers as a file that SPSS and SAS open, with a codebook that says what each column means."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from custkit import schema
from custkit.errors import TableError
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

# Where both formats keep the time of writing; equal tables are to give equal bytes.
_SAV_TIME = slice(92, 109)
_XPT_TIME = re.compile(rb"\d{2}[A-Z]{3}\d{2}:\d{2}:\d{2}:\d{2}")
_XPT_HEADER = 560  # bytes: seven records of 80, before the first column


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
        A table has a customer twice, or no ``customer_id``.
    """
    schema.require(labels, ["customer_id", "scheme", "label"], "labels")
    told = labels.pivot(index="customer_id", columns="scheme", values="label")
    told = told[list(labels["scheme"].unique())].add_prefix("label_").rename_axis(columns=None).reset_index()
    table = features.reset_index(drop=True)
    for other in (*others, told):
        schema.require(other, ["customer_id"], "a table of customers")
        if other["customer_id"].duplicated().any():
            raise TableError("a table of customers: expected one row per customer, found one twice")
        new = [column for column in other if column == "customer_id" or column not in table]
        table = table.merge(other[new], on="customer_id", how="left")
    return table.sort_values("customer_id", ignore_index=True)


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


def files(
    table: pd.DataFrame, name: str, words: Words, *, scratch: Path, currency: str = ""
) -> dict[str, bytes]:
    """The customers for SPSS and SAS, and their codebook, as name of the file and its bytes, for ``store.write_bytes``.

    ``name.sav`` (SPSS): categories are whole numbers from 1 with value labels in the language of ``words``, yes and no are
    1 and 0, days are dates. ``name.xpt`` (SAS transport, version 8; ``%xpt2loc`` reads it): categories are their keys as
    text, since the format knows no value labels. ``name_codebook.csv`` (UTF-8 with BOM) explains both. What is
    not known is missing. The same table gives the same bytes.

    Parameters
    ----------
    table : from ``customers``
    name : of the files, and of the table in SAS: letters, digits, _
    scratch : folder for a temporary file, which is gone afterwards

    Raises
    ------
    TableError
        A column holds personal data.
    """
    variables = _variables(table)
    labels = {variable.name: _cut(variable.label(words), _LABEL_LENGTH) for variable in variables}
    values = {
        variable.name: {code: _cut(text, _VALUE_LENGTH) for code, text in variable.levels(words).items()}
        for variable in variables
        if variable.kind in ("category", "yes_no")
    }
    coded = pd.DataFrame({one.name: _coded(table[one.column], one) for one in variables})
    plain = pd.DataFrame({one.name: _plain(table[one.column], one) for one in variables})
    # Here, since only who exports needs it.
    import pyreadstat

    measure = {one.name: _scale(one) for one in variables}
    spss = _written(
        ".sav",
        scratch,
        lambda path: pyreadstat.write_sav(
            coded, path, column_labels=labels, variable_value_labels=values, variable_measure=measure
        ),
    )
    sas = _written(
        ".xpt",
        scratch,
        lambda path: pyreadstat.write_xport(
            plain, path, column_labels=labels, table_name=name, file_format_version=8
        ),
    )
    explained = codebook(table, words, currency=currency).to_csv(index=False, lineterminator="\r\n")
    return {
        f"{name}.sav": spss,
        f"{name}.xpt": sas,
        f"{name}_codebook.csv": explained.encode("utf-8-sig"),
    }


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
    return (*known, *sorted(set(_clean(column).dropna().astype(str)) - set(known)))


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


def _coded(column: pd.Series, variable: _Variable) -> pd.Series:
    if variable.kind == "category":
        codes = {key: code for code, key in enumerate(variable.keys, start=1)}
        return _clean(column).map(codes).astype("float64")
    return _plain(column, variable)


def _plain(column: pd.Series, variable: _Variable) -> pd.Series:
    if variable.kind == "day":
        # A date for both programs, not a second; pyreadstat tells a date by the first one there is.
        return column.dt.date.astype(object) if column.notna().any() else column
    if variable.kind in ("whole", "number", "yes_no"):
        return column.astype("float64")
    # As objects: pyreadstat asks for one text after another, which takes an Arrow column several times as long.
    return column.astype("str").where(column.notna(), "").astype(object)


def _scale(variable: _Variable) -> str:
    return "scale" if variable.kind in ("whole", "number", "day") else "nominal"


def _cut(text: str, length: int) -> str:
    """At most so many bytes of UTF-8, whole letters."""
    return text.encode()[:length].decode(errors="ignore")


def _written(ending: str, scratch: Path, write: Callable[[str], None]) -> bytes:
    with tempfile.TemporaryDirectory(dir=scratch, prefix="export-") as folder:
        path = Path(folder, f"customers{ending}")
        write(str(path))
        content = bytearray(path.read_bytes())
    if ending == ".sav":
        content[_SAV_TIME] = b"01 Jan 7000:00:00"
        return bytes(content)
    return _XPT_TIME.sub(b"01JAN70:00:00:00", bytes(content[:_XPT_HEADER])) + bytes(content[_XPT_HEADER:])
