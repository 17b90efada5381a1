"""What exports call the same thing in many ways: the words of a column as custkit's own few names."""

import functools
import re
import unicodedata
from pathlib import Path

import pandas as pd
import yaml

WORDS = Path(__file__).parent / "dictionary.yml"

_JOINTS = re.compile(r"[\s_\-]+")  # "Mini-Program", "mini_program" and "mini program" are one word


@functools.cache
def dictionary() -> dict[str, dict[str, str]]:
    """For each column ("orders.channel") the folded word to the name that custkit uses ("online").

    Raises ValueError when a word of one column stands under two names.
    """
    columns: dict[str, dict[str, str]] = {}
    for column, names in yaml.safe_load(WORDS.read_text(encoding="utf-8")).items():
        own = columns.setdefault(column, {})
        for name, said in names.items():
            for word in [name, *said]:
                if own.setdefault(fold(word), name) != name:
                    raise ValueError(
                        f"{WORDS.name}: {column}: {word} stands for {own[fold(word)]} and {name}"
                    )
    return columns


def names(column: str) -> list[str]:
    """The names that custkit uses for a column, in the order of the file: where they have one (education), theirs.

    Raises KeyError for a column without an entry.
    """
    return list(dict.fromkeys(_words(column).values()))


def fold(word: str) -> str:
    """A word as words are compared: full width as half width, without case, blanks, hyphens and underscores."""
    return _JOINTS.sub("", plain(word))


def plain(text: str) -> str:
    """A text as words are looked for in it: full width as half width, without case and outer blanks."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def canonical(column: str, values: pd.Series) -> pd.Series:
    """The names that custkit uses for ``values``; empty where a value is empty or the dictionary does not know it.

    Parameters
    ----------
    column : entry of the dictionary, table and column ("feedback.kind"), or ``yes_no``
    values : words as the data write them; numbers and truths count as their text

    Returns
    -------
    text with the index and name of ``values``. ``unknown`` lists what was left empty: a word is never guessed.

    Raises KeyError for a column without an entry.
    """
    known = _words(column)
    return values.map({value: known.get(fold(str(value))) for value in values.dropna().unique()}).astype(
        "str"
    )


def unknown(column: str, values: pd.Series) -> pd.DataFrame:
    """The words that ``canonical`` leaves empty, most frequent first (ties: by text): ``value``, ``rows``."""
    strange = values[values.notna() & canonical(column, values).isna()].astype("str")
    counted = strange.value_counts().rename_axis("value").reset_index(name="rows")
    counted = counted.astype({"value": "str", "rows": "int64"})
    return counted.sort_values(["rows", "value"], ascending=[False, True], ignore_index=True)


def _words(column: str) -> dict[str, str]:
    if column not in dictionary():
        raise KeyError(f"dictionary: no entry {column!r}; it has {', '.join(dictionary())}")
    return dictionary()[column]
