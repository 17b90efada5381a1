"""The made sample and its results are the same bytes whatever the machine's language and clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from custkit import store

PLACES = {"C": ("C", "UTC", "0"), "zh": ("zh_CN.UTF-8", "Asia/Shanghai", "1")}


def environment(language: str, zone: str, hash_seed: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "CUSTKIT_"))}
    return {**own, "LANG": language, "LC_ALL": language, "TZ": zone, "PYTHONHASHSEED": hash_seed}


def call(module: str, *arguments: object, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def hashes(folder: Path) -> dict[str, str]:
    """Every file but the manifest, which holds timings and the machine's own language and clock."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json")
    return {str(path.relative_to(folder)): store.sha256(path) for path in files}


@pytest.mark.slow
def test_made_and_run_in_two_places_gives_the_same_bytes(tmp_path):
    made, ran = [], []
    for name, place in PLACES.items():
        data, truth, out = (tmp_path / name / part for part in ("city", "truth", "out"))
        env = environment(*place)
        call("scripts.city_retail", "--customers", 600, "--out", data, "--truth", truth, env=env)
        call("custkit.cli", "run", "--data", data, "--out", out, "--region", "East", env=env)
        made.append({**hashes(data), **hashes(truth)})
        ran.append(hashes(out))
    assert len(made[0]) > 12
    assert made[0] == made[1]
    differing = {name for name in {*ran[0], *ran[1]} if ran[0].get(name) != ran[1].get(name)}
    assert differing == set()
