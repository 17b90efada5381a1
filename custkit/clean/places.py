"""One name for one place: spellings of China's provinces and larger cities, and what follows from a city."""

import functools
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import yaml

from custkit import dictionary
from custkit.clean.sql import columns
from custkit.ledger import warn

PLACES = Path(__file__).parents[1] / "places.yml"

_CODE = re.compile("[A-Za-z]{2}")
_TOLD = 5  # places that one warning names


@dataclass(frozen=True)
class City:
    """``tier`` is empty where the list that places.yml follows has none."""

    name: str
    province: str
    tier: str


@functools.cache
def cities() -> dict[str, City]:
    """Each spelling of a city, folded, and the city.

    Raises ValueError when a spelling stands for two cities.
    """
    known: dict[str, City] = {}
    said, provinces = _read()
    for entry in said["cities"]:
        city = City(entry["name"], entry["province"], entry.get("tier", ""))
        for word in _spellings(entry, provinces):
            if known.setdefault(dictionary.fold(word), city) != city:
                raise ValueError(f"{PLACES.name}: {word} stands for two cities")
    return known


@functools.cache
def regions() -> tuple[dict[str, str], dict[str, str]]:
    """Each spelling of a province or city, folded, and the place; and the same for codes of two letters.

    A city that bears the name of its province (Beijing, Hong Kong) is the same place. Raises ValueError when a spelling
    stands for two places.
    """
    said, _ = _read()
    names = {spelling: city.name for spelling, city in cities().items()}
    codes: dict[str, str] = {}
    for entry in said["provinces"]:
        for word in _spellings(entry, {}):
            if names.setdefault(dictionary.fold(word), entry["name"]) != entry["name"]:
                raise ValueError(f"{PLACES.name}: {word} stands for two places")
        if "code" in entry:
            codes[dictionary.fold(entry["code"])] = entry["name"]
    return names, codes


def same_regions(rows: dict[str, int]) -> dict[str, str]:
    """The spellings to be replaced among the regions of the data, each with the one to take; ``rows`` of each spelling.

    A code of two letters counts only where every word of two letters is one: SD beside NY is South Dakota.
    """
    names, codes = regions()
    short = [word for word in rows if _CODE.fullmatch(word)]
    known = names | codes if all(dictionary.fold(word) in codes for word in short) else names
    return one_spelling(rows, {word: known.get(dictionary.fold(word)) for word in rows})


def same_cities(rows: dict[str, int]) -> dict[str, str]:
    """The spellings to be replaced among the cities of the data, each with the one to take."""
    found = {word: cities().get(dictionary.fold(word)) for word in rows}
    return one_spelling(rows, {word: city.name for word, city in found.items() if city})


def one_spelling(rows: dict[str, int], meaning: dict[str, str | None]) -> dict[str, str]:
    """Of all words with one meaning, the one with most rows for each of the others; None means nothing.

    Ties: the word that is its own meaning, then by text.
    """
    alike = defaultdict(list)
    for word, thing in meaning.items():
        if thing is not None:
            alike[thing].append(word)
    chosen = {
        thing: min(words, key=lambda word: (-rows[word], word != thing, word))
        for thing, words in alike.items()
    }
    return {word: chosen[thing] for thing, words in alike.items() for word in words if word != chosen[thing]}


def one_name_per_region(connection, tables: list[str]) -> list[dict[str, str]]:
    """Fold the spellings of one place in the column ``region`` of every staged table, all tables alike.

    The region that data use throughout is the user's own and stays: only where one place stands in several spellings
    do all take the one with most rows. The views ``staged_<table>`` are put up anew where that changes anything.

    Returns a warning that names what was read as what, or none.
    """
    named = [table for table in tables if "region" in columns(connection, f"staged_{table}")]
    rows: Counter = Counter()
    for table in named:
        rows.update(dict(said(connection, f"staged_{table}", "region")))
    folded = same_regions(rows)
    if not folded:
        return []
    lookup(connection, "region_names", folded)
    for table in named:
        connection.execute(f"ALTER VIEW staged_{table} RENAME TO given_{table}")
        connection.execute(
            f"""CREATE VIEW staged_{table} AS SELECT s.* REPLACE (coalesce(n.name, s.region) AS region)
            FROM given_{table} s LEFT JOIN region_names n ON n.said = s.region"""
        )
    return [told(folded, "region")]


def told(folded: dict[str, str], column: str) -> dict[str, str]:
    """The warning that says which spellings were read as which."""
    by_name = defaultdict(list)
    for word, name in sorted(folded.items()):
        by_name[name].append(word)
    pairs = [f"{'/'.join(words)} → {name}" for name, words in sorted(by_name.items())]
    more = [f"… ({len(pairs):,})"] if len(pairs) > _TOLD else []
    return warn("same_place", column=column, places=pairs[:_TOLD] + more)


def said(connection, relation: str, column: str) -> list[tuple[str, int]]:
    """The distinct words of a column with their rows, empty ones left out."""
    return connection.execute(
        f'SELECT "{column}", count(*) FROM {relation} WHERE "{column}" <> \'\' GROUP BY 1'
    ).fetchall()


def lookup(connection, table: str, names: dict[str, str]) -> None:
    """A table of what is said and what it is called: ``said``, ``name``."""
    connection.execute(
        f"CREATE TABLE {table} AS SELECT unnest($1::VARCHAR[]) AS said, unnest($2::VARCHAR[]) AS name",
        [list(names), list(names.values())],
    )


def _read() -> tuple[dict, dict[str, dict]]:
    entries = yaml.safe_load(PLACES.read_text(encoding="utf-8"))
    return entries, {entry["name"]: entry for entry in entries["provinces"]}


def _spellings(entry: dict, provinces: dict[str, dict]) -> list[str]:
    """All ways to write a place; a city also behind its province (广东省深圳市)."""
    full = entry.get("full", entry["name"] + "市")
    words = [entry["name"], full, *entry.get("also", [])]
    if "en" in entry:
        kind = "city" if full.endswith("市") else "province"
        words += [entry["en"], f"{entry['en']} {kind}"]
    if "province" in entry and entry["province"] != entry["name"]:
        own = provinces[entry["province"]]
        words += [place + city for place in (own["name"], own["full"]) for city in (entry["name"], full)]
    return words
