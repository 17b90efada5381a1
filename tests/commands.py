"""The command line as tests call it, and the tables that it leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
from conftest import ROOT

from custkit import store


def custkit(*arguments, **environment) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "custkit.cli", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, cwd=ROOT
    )


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: store.read_table(path) for path in sorted((folder / "tables").glob("*.parquet"))}
