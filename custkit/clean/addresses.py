"""Where the records are that were set aside or flagged: a few lines of each kind, for someone with the file open."""

import pandas as pd

_KIND = ["table", "rule", "column", "file", "sheet"]


def addresses(found: pd.DataFrame, most: int = 5) -> pd.DataFrame:
    """Rows and first lines of each kind of finding, file by file.

    Parameters
    ----------
    found : the run's table ``quarantined`` or ``review``: table, file, sheet, line (text), column, rule
    most : lines that are named; where there are more, "…" follows

    Returns
    -------
    table, rule, column, file, sheet, rows, first_lines: most rows first (ties: by name); ``first_lines`` in the order of the file
    """
    counted = [
        (*kind, len(lines), _named(lines, most))
        for kind, lines in found.groupby(_KIND, sort=True, dropna=False)["line"]
    ]
    table = pd.DataFrame(counted, columns=[*_KIND, "rows", "first_lines"])
    table = table.astype({"rows": "int64"} | dict.fromkeys([*_KIND, "first_lines"], "str"))
    return table.sort_values(["rows", *_KIND], ascending=[False, *[True] * len(_KIND)], ignore_index=True)


def _named(lines: pd.Series, most: int) -> str:
    first = sorted(lines.astype("int64"))[: most + 1]
    return ", ".join(f"{line}" for line in first[:most]) + (", …" if len(first) > most else "")
