"""Every word that a reader sees, in English and Chinese, from one catalogue."""

import functools
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from custkit.errors import SettingsError

CATALOGUE = Path(__file__).parent / "catalogue"
LANGUAGES = ("en", "zh")
TEXT = pd.StringDtype("pyarrow", na_value=float("nan"))  # what pandas calls "str"


@functools.cache
def catalogue() -> dict[str, dict[str, str]]:
    """All entries: key to language to text.

    Raises
    ------
    ValueError
        A key stands in two files, lacks a language, or asks for other values in one language than in the other.
    """
    entries: dict[str, dict[str, str]] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(CATALOGUE.glob("*.yml")):
        own = yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or {}
        for key, texts in own.items():
            if key in entries:
                raise ValueError(f"{path.name}: {key} stands in two files of the catalogue")
            if set(texts) != set(LANGUAGES):
                raise ValueError(f"{path.name}: {key}: expected texts in {LANGUAGES}, got {sorted(texts)}")
            if placeholders(texts["en"]) != placeholders(texts["zh"]):
                raise ValueError(f"{path.name}: {key}: the two languages ask for different values")
            entries[key] = texts
    return entries


def placeholders(text: str) -> set[str]:
    """Names of the values that a text asks for."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class Words:
    """Texts of one language: ``words("page.title", region="Germany")``.

    Raises SettingsError for a language that is not in the catalogue; calling it raises KeyError for a key that is not.
    """

    def __init__(self, lang: str = "en"):
        if lang not in LANGUAGES:
            raise SettingsError(f"lang: expected {' or '.join(LANGUAGES)}, got {lang!r}")
        self.lang = lang
        self._entries = catalogue()

    def __call__(self, key: str, **values: object) -> str:
        if key not in self._entries:
            raise KeyError(f"words: no entry {key!r} in the catalogue")
        return self._entries[key][self.lang].format(**values)

    def rows(self, key: str, **columns: pd.Series) -> pd.Series:
        """The text of ``key`` for each row, as calling it with the row's values gives it; the parameters of ``coded``."""
        return pd.Series(TEXT.__from_arrow__(self.coded(key, **columns).dictionary_decode()))

    def coded(self, key: str, **columns: pd.Series) -> pa.DictionaryArray:
        """The text of ``key`` for each row, each distinct row put into words once, and column by column.

        ``columns`` are as long as each other and without gaps. A million customers cost little more than their distinct
        numbers; rows that differ may read the same.
        """
        rows = pd.DataFrame(columns)
        if rows.empty:
            return pa.array([], pa.dictionary(pa.int32(), pa.large_string()))
        parsed = list(string.Formatter().parse(self._entries[key][self.lang]))
        coded = {name: pd.factorize(rows[name]) for _, name, _, _ in parsed if name is not None}
        kind = np.zeros(len(rows), dtype="int64")
        for codes, distinct in coded.values():
            kind = kind * len(distinct) + codes
        kind, distinct_rows = pd.factorize(kind)
        code = {}
        for name in reversed(coded):
            distinct_rows, code[name] = np.divmod(distinct_rows, len(coded[name][1]))
        texts: list = []
        for literal, name, spec, _ in parsed:
            texts.append(pa.scalar(literal, pa.large_string()))
            if name is not None:
                values = coded[name][1].tolist()
                words = pa.array([format(value, spec) for value in values], pa.large_string())
                texts.append(words.take(pa.array(code[name])))
        joined = pc.binary_join_element_wise(*texts, pa.scalar("", pa.large_string()))
        return pa.DictionaryArray.from_arrays(kind.astype("int32"), joined)

    def has(self, key: str) -> bool:
        return key in self._entries

    def label(self, scheme: str, label: str) -> str:
        """The name of a label; the label itself where a user's own map or the data brought it.

        A label may carry a detail of the data behind a colon: ``close_gap:price`` reads "Close the gap: price".
        """
        return self.named(f"label.{scheme}.", label)

    def named(self, prefix: str, label: str) -> str:
        head, colon, detail = str(label).partition(":")
        known, alone = prefix + head, prefix + str(label)
        if self.has(alone):
            return self(alone)
        return self(known) + self("list.colon") + detail if colon and self.has(known) else str(label)

    def level(self, dimension: str, level: str) -> str:
        """The name of a group of customers by one dimension (gender "female"); as it is where the data brought it."""
        return self.named(f"label.{dimension}.", level) if dimension in _LEVELLED else str(level)

    def group(self, target: str) -> str:
        """A target group "scheme:label" with the name of its scheme: the same word names other people elsewhere (T3)."""
        scheme, _, label = target.partition(":")
        return self.label("scheme", scheme) + self("list.colon") + self.label(scheme, label)

    def column(self, name: str) -> str:
        key = f"column.{name}"
        return self(key) if self.has(key) else str(name)

    def table(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A copy for display: headers and labels in this language.

        A column named in ``_LABELLED`` holds stable keys of that scheme; a label beside its scheme holds keys of it, and
        ``target_group`` holds both as "scheme:label". A level beside its dimension is a key of that dimension; a level
        alone, and those that ``group`` joins, of whichever dimension has a word for it.
        """
        shown = frame.copy()
        for column, scheme in _LABELLED.items():
            if column in shown:
                shown[column] = [
                    value if pd.isna(value) else self.label(scheme, value) for value in shown[column]
                ]
        for scheme, names in _SCHEMES.items():
            if scheme not in shown:
                continue
            for name in (name for name in names if name in shown):
                pairs = zip(frame[scheme], frame[name], strict=True)
                shown[name] = [value if pd.isna(value) else self.label(key, value) for key, value in pairs]
            shown[scheme] = [self.label("scheme", value) for value in frame[scheme]]
        for dimension, level in _LEVELS:
            if {dimension, level} <= set(shown.columns):
                pairs = zip(frame[dimension], frame[level], strict=True)
                shown[level] = [value if pd.isna(value) else self.level(name, value) for name, value in pairs]
        for levels in ("group", "level"):
            if levels in shown and not (levels == "level" and "dimension" in shown):
                shown[levels] = [self._joined(value) for value in frame[levels]]
        if "target_group" in shown:
            shown["target_group"] = [self.group(group) for group in frame["target_group"]]
        return shown.rename(columns=self.column)

    def _joined(self, group: object) -> object:
        """Levels of several dimensions in one text, each in this language where any dimension has a word for it."""
        if not isinstance(group, str):
            return group
        parts = group.split(JOINT)
        keys = [
            next((f"label.{name}.{part}" for name in _NAMED if self.has(f"label.{name}.{part}")), "")
            for part in parts
        ]
        return JOINT.join(self(key) if key else part for key, part in zip(keys, parts, strict=True))


JOINT = " · "  # between the levels of a group

# Columns that hold a scheme, each with those beside it that hold labels of it.
_SCHEMES = {
    "scheme": ("label", "other", "next_label", "orders_label", "spend_label", "label_before", "label_after"),
    "scheme_a": ("label_a",),
    "scheme_b": ("label_b",),
}

# Facts of customers whose values are names of dictionary.yml.
_NAMED = ("gender", "area", "city_tier", "education", "industry", "occupation", "source")

# Dimensions whose levels have words; channels, categories and the like are the data's own names.
_LEVELLED = (*_NAMED, "online", "age_band", "income", "city")

# Columns that hold a level, each with the column that says of what.
_LEVELS = [("dimension", level) for level in ("level", "level_a", "level_b")]
_LEVELS += [(f"dimension_{place}", f"level_{place}") for place in (1, 2, 3)]
_LEVELS += [(f"attribute_{place}", f"level_{place}") for place in (1, 2)]


# Columns whose values are keys of the catalogue, and the scheme under which their words stand.
_LABELLED = {"segment": "segment_map", "main_cluster": "cluster", "construct": "survey_type", "model_used": "model", "best_plain": "scheme", "verdict_same_groups": "verdict"} | {
    name: name
    for name in (
        "status", "tier3", "rfm8", "measure", "rule", "step", "fate",
        "weekday", "ranking", "dimension", "order_group", "is_partial",
        "claim", "part", "nature", "criterion", "verdict", "basis", "read_as", "suggestion", "is_own", "ranked", "same_source",
        "recency_level", "orders_level", "spend_level", "left_out", "assumption", "can_be_seen", "strategy", "arm", "kpi", "lever", "direction", "kind",
        "scenario", "consent", "may_contact", "is_best", "is_cited", "margin_known",
        "topic", "stage", "quarter", "question", "is_whole", "is_claimed",
        "model", "metric", "way", "why_none", "churn_reason", "survey_type", "social_type", "crossing", "certainty", "reliable", "state", "preference",
        "map", "problem", "why", "word", "kappa_kind", "move",
        "parameter", "model_note", "unit",
    )
} | {f"reason_{place}": "churn_reason" for place in (1, 2, 3)} | {name: name for name in _NAMED if name != "source"} | {f"attribute_{place}": "dimension" for place in (1, 2)} | {f"reading_{name}": "rfm8" for name in ("intended", "score", "days")}  # fmt: skip
