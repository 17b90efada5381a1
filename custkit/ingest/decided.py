"""The analyst's decisions on what was put under review, read from the file that they filled in."""

from pathlib import Path

import pandas as pd

from custkit.errors import InputRefused, SettingsError
from custkit.ingest import csvfile
from custkit.ingest.csvfile import Layout
from custkit.ingest.fixed import HEAD, unguarded

_WORDS = {
    "keep": "keep",
    "保留": "keep",
    "leave_out": "leave_out",
    "leave out": "leave_out",
    "剔除": "leave_out",
}
_KEPT = ["table", "file", "sheet", "line", "column", "value", "rule", "record", "decision"]


def read_decisions(path: Path) -> pd.DataFrame:
    """Decisions of a filled-in review.csv, in any encoding and dialect that data may have; lines without one are left out.

    Returns
    -------
    table, file, sheet, line, column, value, rule, record (empty where the file has no such column), decision (keep or
    leave_out), row (its line in the file); ``attrs["name"]`` is the name of the file

    Raises
    ------
    SettingsError
        It is no review of custkit, a record is broken, a word is no decision, or one record is decided both ways.
    """
    try:
        raw = csvfile.open_text(path, path.name, Layout(header=1), len)
    except InputRefused as error:
        raise SettingsError(f"decisions: {error}") from None
    rows = []
    if raw is not None:
        if raw.headers[: len(HEAD)] != HEAD or "decision" not in raw.headers:
            raise SettingsError(
                f"{path.name}: no review of custkit: expected the columns {', '.join(HEAD)} and decision; "
                "fill in the column decision of review.csv and leave the others as they are"
            )
        for batch in raw.batches():
            for found in batch.to_pylist():
                if found["_broken"] is not None:
                    raise SettingsError(
                        f"{path.name} line {found['_line']}: {found['_broken']}; save it as CSV again"
                    )
                said = {name: unguarded(found[f"c{place}"].strip()) for place, name in enumerate(raw.headers)}
                if said["decision"]:
                    rows.append(
                        {
                            "record": "",
                            **said,
                            "row": found["_line"],
                            "decision": _word(path, found["_line"], said),
                        }
                    )
    decided = pd.DataFrame(rows, columns=[*_KEPT, "row"]).astype(
        dict.fromkeys(_KEPT, "str") | {"row": "int64"}
    )
    _require_one_word(path, decided)
    decided.attrs["name"] = path.name
    return decided


def _word(path: Path, line: int, said: dict[str, str]) -> str:
    word = _WORDS.get(said["decision"].casefold())
    if word is None:
        raise SettingsError(
            f"{path.name} line {line}: decision: expected keep or leave_out, got {said['decision'][:20]!r}"
        )
    return word


def _require_one_word(path: Path, decided: pd.DataFrame) -> None:
    words = decided.groupby(["table", "file", "sheet", "line"])["decision"].transform("nunique")
    torn = decided[words > 1]
    if len(torn):
        first = torn.iloc[0]
        raise SettingsError(
            f"{path.name} line {first['row']}: line {first['line']} of {first['file']} is to be kept and left out; decide for one"
        )
