"""Row-and-money accounting: what came in is kept, quarantined or merged, to the row and to the unit."""

import itertools
from dataclasses import asdict, dataclass, field
from decimal import Decimal

import pandas as pd

from custkit import findings
from custkit.errors import BalanceError
from custkit.words import Words

FATES = ("kept", "quarantined", "merged", "out_of_scope")

# The key under which a warning holds its sentence, by language.
_TEXTS = {"en": "text", "zh": "text_zh"}


@dataclass(frozen=True)
class Count:
    """Rows and money of one file, or of one step; money as whole units of 10^-decimals."""

    rows_in: int
    kept: int
    quarantined: int
    merged: int
    rows_without_money: int
    money_in: int
    money_kept: int
    money_quarantined: int
    money_merged: int
    out_of_scope: int = 0
    money_out_of_scope: int = 0

    @property
    def balanced(self) -> bool:
        rows = self.kept + self.quarantined + self.merged + self.out_of_scope
        money = self.money_kept + self.money_quarantined + self.money_merged + self.money_out_of_scope
        return self.rows_in == rows and self.money_in == money


@dataclass
class Ledger:
    """The accounts of one reading of the data.

    ``files`` holds the final fate of each file's rows, ``steps`` the same rows step by step, each step taking in
    what the last one kept.
    """

    decimals: int
    files: list[dict] = field(default_factory=list)
    steps: list[dict] = field(default_factory=list)

    def add_file(self, count: Count, **address: object) -> None:
        """``address``: file, sheet, sha256, encoding, table."""
        self.files.append({**address, "count": count})

    def add_step(self, table: str, step: str, count: Count) -> None:
        self.steps.append({"table": table, "step": step, "count": count})

    def require_balance(self) -> None:
        """Raise BalanceError, naming file or step, when rows or money went missing anywhere."""
        for entry in [*self.files, *self.steps]:
            if not entry["count"].balanced:
                where = entry.get("file") or f"{entry['table']}, step {entry['step']}"
                raise BalanceError(f"ledger: {where} does not balance: {asdict(entry['count'])}")
        for table in sorted({step["table"] for step in self.steps}):
            chain = [step for step in self.steps if step["table"] == table]
            files = [entry["count"] for entry in self.files if entry["table"] == table]
            self._require_chain(table, chain, files)

    @staticmethod
    def _require_chain(table: str, chain: list[dict], files: list[Count]) -> None:
        first, last = chain[0]["count"], chain[-1]["count"]
        if (first.rows_in, first.money_in) != (sum(f.rows_in for f in files), sum(f.money_in for f in files)):
            raise BalanceError(
                f"ledger: {table}: the first step takes in other rows or money than the files hold"
            )
        out = [c["count"].out_of_scope for c in chain], [c["count"].money_out_of_scope for c in chain]
        if (last.kept + sum(out[0]), last.money_kept + sum(out[1])) != (
            sum(f.kept for f in files),
            sum(f.money_kept for f in files),
        ):
            raise BalanceError(f"ledger: {table}: the last step keeps other rows or money than the files say")
        for before, after in itertools.pairwise(chain):
            if (before["count"].kept, before["count"].money_kept) != (
                after["count"].rows_in,
                after["count"].money_in,
            ):
                raise BalanceError(
                    f"ledger: {table}: step {after['step']} takes in other rows or money than the last one kept"
                )

    def amount(self, units: int) -> str:
        """Money as decimal text without separators."""
        return str(Decimal(units).scaleb(-self.decimals).quantize(Decimal(1).scaleb(-self.decimals)))

    def entry(self, entry: dict) -> dict:
        """One file or step as it stands in ledger.json."""
        counts = asdict(entry["count"])
        scope = {
            "out_of_scope": counts.pop("out_of_scope"),
            "money_out_of_scope": counts.pop("money_out_of_scope"),
        }
        if entry.get("step") == "scope":
            counts |= scope
        address = {key: value for key, value in entry.items() if key != "count"}
        return address | {key: self.amount(v) if key.startswith("money") else v for key, v in counts.items()}

    def document(self, *, as_of: str | None, currency: str, warnings: list[dict]) -> dict:
        """``ledger.json`` of a reading that was accepted."""
        return {
            "status": "ok",
            "refusal": None,
            "as_of": as_of,
            "currency": currency,
            "balanced": True,
            "files": [self.entry(entry) for entry in self.files],
            "steps": [self.entry(entry) for entry in self.steps],
            "warnings": warnings,
        }


def require_same(what: str, before: object, after: object) -> None:
    """Raise BalanceError when two counts of one thing, made in two ways, differ; ``what`` names the thing."""
    if before != after:
        raise BalanceError(f"ledger: {what}: {before} and {after}")


def refused(text: str, warnings: list[dict] | None = None) -> dict:
    """``ledger.json`` of data that were refused."""
    return {
        "status": "refused",
        "refusal": text,
        "as_of": None,
        "currency": None,
        "balanced": True,
        "files": [],
        "steps": [],
        "warnings": warnings or [],
    }


def warn(
    code: str,
    *,
    key: str = "",
    table: str = "",
    file: str = "",
    sheet: str = "",
    column: str = "",
    **values: object,
) -> dict[str, str]:
    """A warning as it stands in ledger.json: code, table, file, column, and its sentence in every language.

    The sentence is the catalogue's ``warning.<code>``, or ``warning.<code>.<key>`` where a code has several. It may
    name the address (``where`` is the file with its sheet) and ``values``; a list is joined as the language does.
    """
    entry = f"warning.{code}.{key}" if key else f"warning.{code}"
    address = {"table": table, "file": file, "column": column}
    sentences = {}
    for lang, text in _TEXTS.items():
        words = Words(lang)
        where = words("address.sheet", file=file, sheet=sheet) if sheet else file
        said = {
            name: words("list.comma").join(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        sentences[text] = words(entry, where=where, **address, **said)
    return {"code": code, **address, **sentences}


def texts(warnings: list[dict[str, str]], lang: str) -> list[str]:
    """The sentences of warnings in one language."""
    return [warning[_TEXTS[lang]] for warning in warnings]


def totals(accounts: pd.DataFrame) -> pd.DataFrame:
    """What came in and where it ended, one row per table: in = kept + quarantined + merged, rows and money.

    ``accounts`` is the run's table of that name, of the whole or of a region. Where lines are out of scope, there are
    the columns ``out_of_scope`` and ``money_out_of_scope``, and they belong to the sum.
    """
    return _counts(
        accounts, [(table, rows) for table, rows in accounts.groupby("table", sort=True)], ["table"]
    )


def steps(accounts: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """The same rows step by step, each step taking in what the last one kept; ``order`` names the steps."""
    taken = []
    for table, rows in accounts.groupby("table", sort=True):
        left = rows
        for step in order:
            acted = left["step"] == step
            taken.append(((table, step), left.assign(fate=left["fate"].where(acted, "kept"))))
            left = left[~acted]
    return _counts(accounts, taken, ["table", "step"])


def _counts(accounts: pd.DataFrame, parts: list[tuple], names: list[str]) -> pd.DataFrame:
    fates = [fate for fate in FATES if fate != "out_of_scope" or (accounts["fate"] == fate).any()]
    counted = []
    for key, rows in parts:
        address = dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True))
        by_fate = rows.groupby("fate")[["rows", "money"]].sum().reindex(fates, fill_value=0)
        counted.append(
            address
            | {"rows_in": rows["rows"].sum()}
            | by_fate["rows"].to_dict()
            | {"rows_without_money": rows["rows_without_money"].sum(), "money_in": rows["money"].sum()}
            | {f"money_{fate}": money for fate, money in by_fate["money"].items()}
        )
    columns = [
        *names,
        "rows_in",
        *fates,
        "rows_without_money",
        "money_in",
        *(f"money_{fate}" for fate in fates),
    ]
    table = pd.DataFrame(counted, columns=columns)
    # Sums of floats end in noise far below the smallest unit.
    money = [column for column in columns if column.startswith("money")]
    return table.assign(**{column: table[column].astype(float).round(4) for column in money})


def balance(totals: pd.DataFrame) -> pd.DataFrame:
    """All tables together, one row per fate (``in`` first): step, rows, money. It feeds the waterfall."""
    rows = [("in", totals["rows_in"].sum(), totals["money_in"].sum())]
    rows += [
        (fate, totals[fate].sum(), totals[f"money_{fate}"].sum())
        for fate in ("quarantined", "merged", "out_of_scope", "kept")
        if fate in totals
    ]
    return pd.DataFrame(rows, columns=["step", "rows", "money"])


def rejections(accounts: pd.DataFrame) -> pd.DataFrame:
    """Why rows were quarantined: one row per table, rule and column, most rows first."""
    rejected = accounts[accounts["fate"] == "quarantined"]
    counted = rejected.groupby(["table", "rule", "column"], as_index=False)[["rows", "money"]].sum()
    counted = counted.assign(money=counted["money"].astype(float).round(4))
    return counted.sort_values(
        ["rows", "table", "rule", "column"], ascending=[False, True, True, True], ignore_index=True
    )


def state(totals: pd.DataFrame, rejections: pd.DataFrame, currency: str) -> pd.DataFrame:
    """``findings_01``: what came in, what stays, and the main reason for what does not."""
    rows = []
    # What holds the money, then what holds the most rows: a reader of a few sentences reads these.
    for table in totals.sort_values(["money_in", "rows_in", "table"], ascending=[False, False, True])[
        "table"
    ]:
        where = [("table", "==", table)]
        name = {"subject": ("word", "table", "label.table.")}
        row = totals.set_index("table").loc[table]
        key, fates = ("scoped", FATES) if row.get("out_of_scope", 0) else ("balance", FATES[:-1])
        counts = {count: ("only", count) for count in ("rows_in", *fates)}
        rows.append(findings.make(f"rows_{key}", "ledger_totals", totals, where=where, **name, **counts))
        if row["money_in"]:
            money = {f"money_{part}": ("only", f"money_{part}") for part in ("in", *fates)}
            rows.append(
                findings.make(
                    f"money_{key}",
                    "ledger_totals",
                    totals,
                    where=where,
                    given={"currency": f" {currency}" if currency else ""},
                    **name,
                    **money,
                )
            )
    if rejections.empty:
        return findings.frame("01", [*rows, findings.make("nothing_rejected", "rejections", rejections)])
    first = [(column, "==", rejections[column].iloc[0]) for column in ("table", "rule", "column")]
    reason = {"rule": ("word", "rule", "label.rule."), "subject": ("word", "table", "label.table.")}
    reason |= {"rows": ("only", "rows"), "share": ("share", "rows")}
    rows.append(findings.make("main_rejection", "rejections", rejections, where=first, **reason))
    return findings.frame("01", rows)
