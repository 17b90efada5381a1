"""``manifest.json``: what went into a run and what came of it; times stand apart, so that two runs compare equal."""

import locale
import os
import platform
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from custkit import store

NAME = "manifest.json"


class Manifest:
    """The manifest of the run at hand, on disk after every region.

    Regions of an earlier run stay listed while they rest on the same prepared data (``key``).
    """

    def __init__(self, out: Path, head: Mapping[str, object]):
        self.path = out / NAME
        earlier = store.read_json(self.path) if self.path.is_file() else {}
        same = earlier.get("key") == head["key"]
        self.regions: dict[str, dict] = earlier["regions"] if same else {}
        self.timing: dict[str, dict] = earlier["timing"]["regions"] if same else {}
        self._head = {**head, "status": "unfinished", "warnings": []}
        self._started = time.time()

    def record(self, name: str, entry: Mapping[str, object], timing: Mapping[str, object]) -> None:
        """Take in a region's result and write the manifest."""
        self.regions[name] = dict(entry)
        self.timing[name] = dict(timing)
        self._write()

    def finish(self, status: str, warnings: list[str], models: Mapping[str, object]) -> None:
        """The run is over: ``done``, or ``failed`` in some region; ``models`` as ``fitted`` gives them."""
        self._head |= {"status": status, "warnings": warnings, "models": models}
        self._write()

    def _write(self) -> None:
        timing = {
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(self._started)),
            "seconds": round(time.time() - self._started, 1),
            "regions": dict(sorted(self.timing.items())),
        }
        store.write_json(
            self.path, {**self._head, "regions": dict(sorted(self.regions.items())), "timing": timing}
        )


def fitted(folders: Iterable[Path]) -> dict[str, dict]:
    """The models of the first region that has any, by name: ``parameters``, ``loglik``, ``unit``; empty without one."""
    for folder in folders:
        path = folder / "tables" / "value_models.parquet"
        rows = store.read_table(path).dropna(subset="loglik") if path.is_file() else ()
        if len(rows):
            return {
                name: {
                    "parameters": dict(zip(own["parameter"], own["value"].tolist(), strict=True)),
                    "loglik": own["loglik"].iloc[0].item(),
                    "unit": own["unit"].iloc[0],
                }
                for name, own in rows.groupby("model")
            }
    return {}


def surroundings() -> dict[str, str]:
    """What else could change a sorting, a day or a picture; nothing that names this machine."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "locale": locale.setlocale(locale.LC_CTYPE),
        "timezone": os.environ.get("TZ") or time.tzname[0],
    }
