"""Names and texts as SQL takes them, whatever the data call their columns."""

from pathlib import Path


def columns(connection, relation: str) -> list[str]:
    """Names of the columns of a relation."""
    return [row[0] for row in connection.execute(f"DESCRIBE {relation}").fetchall()]


def name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"
