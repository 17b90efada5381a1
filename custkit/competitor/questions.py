"""What notebook 05 can answer with the tables there are, and what each further answer would take."""

import pandas as pd

from custkit.words import Words

TABLES = ("brand_ratings", "brands", "brand_use", "market")


def questions(present: dict[str, bool], words: Words) -> pd.DataFrame:
    """What 05 can answer, and the table, columns and example row that each answer takes: one row per table.

    ``present`` maps the names of ``TABLES`` to whether the data hold them. Headers and texts are in the language of
    ``words``.
    """
    rows = [
        {
            words("page.brands.column.question"): words(f"page.brands.{table}.question"),
            words("page.brands.column.table"): table,
            words("page.brands.column.columns"): words(f"page.brands.{table}.columns"),
            words("page.brands.column.example"): words(f"page.brands.{table}.example"),
            words("page.brands.column.present"): words(
                f"page.brands.{'here' if present[table] else 'absent'}"
            ),
        }
        for table in TABLES
    ]
    return pd.DataFrame(rows)
