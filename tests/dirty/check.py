"""Is what came out of a case what must come out? Through the public way, and from what it wrote."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

from custkit import prepare, store
from custkit.errors import CustkitError
from dirty.case import Case

_ADDRESS = ("file", "sheet", "line")


@dataclass
class Outcome:
    """What a run of a case wrote, or why it was refused."""

    refusal: str = ""
    exit: int = 0
    ledger: dict = field(default_factory=dict)
    quarantine: list[dict[str, str]] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)  # of every file that is text


def run(case: Case, folder: Path) -> Outcome:
    """Write the files of a case and prepare them."""
    for name, content in case.files.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    out = folder / "out"
    try:
        prepared = prepare.prepare(str(folder / "data"), str(out), settings=case.settings)
    except CustkitError as error:
        return Outcome(refusal=str(error), exit=error.exit_code)
    with (out / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        quarantine = list(csv.DictReader(file))
    tables = {path.stem: store.read_table(path) for path in (out / "tables").glob("*.parquet")}
    texts = {path.name: path.read_text(encoding="utf-8") for path in out.glob("*.[cj]s*")}
    return Outcome(ledger=prepared.ledger, quarantine=quarantine, tables=tables, texts=texts)


def problems(case: Case, outcome: Outcome) -> list[str]:
    """What is not as it must be; empty where all is right."""
    if case.refused or outcome.refusal:
        return _refusal_problems(case, outcome)
    found = [
        *_balance_problems(case, outcome),
        *_kept_problems(case, outcome),
        *_quarantine_problems(case, outcome),
        *_merge_problems(case, outcome),
    ]
    told = {warning["code"] for warning in outcome.ledger["warnings"]}
    found += [
        f"warning {code} is not told, only {sorted(told)}" for code in case.warnings if code not in told
    ]
    return found + _forbidden(case, outcome)


def _forbidden(case: Case, outcome: Outcome) -> list[str]:
    """Words that no output may hold; and no character that a decoder lost, but in the quarantine where the file has it."""
    shown = dict(outcome.texts)
    shown |= {
        name: outcome.tables[name].to_csv()
        for name in ("orders", "refunds", "customers")
        if name in outcome.tables
    }
    found = [
        f"{word!r} stands in {name}" for word in case.absent for name, text in shown.items() if word in text
    ]
    if any(b"\xef\xbf\xbd" in content for content in case.files.values()):
        del shown["quarantine.csv"]
    return found + [f"U+FFFD stands in {name}" for name, text in shown.items() if "\ufffd" in text]


def _refusal_problems(case: Case, outcome: Outcome) -> list[str]:
    if not outcome.refusal:
        return [f"must be refused ({', '.join(case.refused)}) and was read"]
    if not case.refused:
        return [f"must be read and was refused: {outcome.refusal}"]
    found = [
        f"{word!r} is not in the refusal: {outcome.refusal}"
        for word in case.refused
        if word not in outcome.refusal
    ]
    if outcome.exit != case.exit:
        found.append(f"exit {outcome.exit} for {case.exit}: {outcome.refusal}")
    return found + ["a traceback"] * ("Traceback" in outcome.refusal)


def _balance_problems(case: Case, outcome: Outcome) -> list[str]:
    """Rows counted by hand, money added up by hand; and kept, quarantined and merged give both."""
    found = []
    entries = {(entry["file"], entry["sheet"], entry["table"]): entry for entry in outcome.ledger["files"]}
    expected = {(a.file, a.sheet, a.table): a for a in case.accounts if a.rows}
    if entries.keys() != expected.keys():
        return [f"read {sorted(entries)}, expected {sorted(expected)}"]
    for key, account in expected.items():
        entry = entries[key]
        rows = {"rows_in": account.rows, "quarantined": len(account.rejected)}
        found += [
            f"{key}: {name} {entry[name]}, expected {n}" for name, n in rows.items() if entry[name] != n
        ]
        if Decimal(entry["money_in"]) != account.money:
            found.append(f"{key}: money_in {entry['money_in']}, expected {account.money}")
        parts = [Decimal(entry[f"money_{fate}"]) for fate in ("kept", "quarantined", "merged")]
        if sum(parts) != Decimal(entry["money_in"]):
            found.append(f"{key}: money does not balance")
        if sum(entry[fate] for fate in ("kept", "quarantined", "merged")) != entry["rows_in"]:
            found.append(f"{key}: rows do not balance")
    return found


def _kept_problems(case: Case, outcome: Outcome) -> list[str]:
    found = []
    for table in sorted({account.table for account in case.accounts}):
        expected = [record for account in case.accounts if account.table == table for record in account.kept]
        names = list(dict.fromkeys(name for record in expected for name in record))
        actual = Counter(_rows(outcome, table, names))
        wanted = Counter(tuple(_plain(record.get(name)) for name in names) for record in expected)
        if actual != wanted:
            lost, new = list((wanted - actual).elements()), list((actual - wanted).elements())
            found.append(
                f"{table}: {len(lost)} records missing {lost[:2]}, {len(new)} there instead {new[:2]}"
            )
    return found


def _rows(outcome: Outcome, table: str, names: list[str]) -> list[tuple]:
    parts = [outcome.tables[name] for name in (("orders", "refunds") if table == "orders" else (table,))]
    rows = []
    for part in parts:
        absent = [name for name in names if name not in part.columns]
        values = part.assign(**dict.fromkeys(absent, None))[names].astype(object)
        rows += [tuple(_plain(value) for value in row) for row in values.itertuples(index=False, name=None)]
    return rows


def _plain(value: object) -> object:
    """Amounts exact, days as days, nothing where there is nothing."""
    if value is None or value == "" or pd.isna(value):
        return None
    if isinstance(value, (float, Decimal, int)):
        return Decimal(repr(value) if isinstance(value, float) else value).normalize()
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value if isinstance(value, date) else str(value)


def _quarantine_problems(case: Case, outcome: Outcome) -> list[str]:
    expected = {(r.file, r.sheet, str(r.line)): r for account in case.accounts for r in account.rejected}
    actual = {tuple(row[name] for name in _ADDRESS): row for row in outcome.quarantine}
    found = [
        f"quarantined, and should not be: {[*key, actual[key]['rule'], actual[key]['column'], actual[key]['value']]}"
        for key in actual.keys() - expected.keys()
    ]
    found += [f"should be quarantined: {expected[key]}" for key in expected.keys() - actual.keys()]
    for key in actual.keys() & expected.keys():
        row = actual[key]
        if row["rule"] not in expected[key].rules or row["column"] != expected[key].column:
            found.append(f"quarantined as {row['rule']} in {row['column']!r}, expected {expected[key]}")
    return found


def pointed(case: Case, outcome: Outcome) -> tuple[int, int]:
    """Rows that must be quarantined, and how many of them stand there with their line and their column."""
    there = {(*(row[name] for name in _ADDRESS), row["column"]) for row in outcome.quarantine}
    expected = [
        (r.file, r.sheet, str(r.line), r.column) for account in case.accounts for r in account.rejected
    ]
    return len(expected), sum(address in there for address in expected)


def _merge_problems(case: Case, outcome: Outcome) -> list[str]:
    table = outcome.tables["merged"]
    names = ["file", "line", "kept_file", "kept_line"]
    actual = set(table[names].astype(str).itertuples(index=False, name=None))
    expected = {
        (account.file, str(line), account.file, str(kept))
        for account in case.accounts
        for line, kept in account.merged
    }
    expected |= {
        (file, str(line), kept, str(kept_line)) for file, line, kept, kept_line in case.merged_across
    }
    return (
        [f"merged {sorted(actual - expected)}, expected {sorted(expected - actual)}"]
        if actual != expected
        else []
    )
