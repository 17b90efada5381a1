"""An opened run: what a notebook holds in its hand to read, write, draw and speak."""

import datetime
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds

from custkit import schema, scores, segment_map, store
from custkit.errors import MissingTable, SettingsError
from custkit.settings import Settings
from custkit.words import Words


@dataclass(frozen=True)
class Run:
    """One region of one run. ``prepare.open_run`` makes it.

    ``read`` gives run-wide tables (orders, features, ...) filtered to the region's customers, and the region's own
    tables as earlier notebooks wrote them.
    """

    out: Path
    name: str  # of the data
    region: str
    slug: str
    as_of: datetime.date | None
    currency: str
    decimals: int
    settings: Settings
    words: Words
    caller: Path  # relative paths of settings are looked up from here, then from the repository

    @property
    def lang(self) -> str:
        return self.words.lang

    @property
    def folder(self) -> Path:
        return self.out / "regions" / self.slug

    def has(self, name: str) -> bool:
        """Whether a table is there: one that the data brought, or one that a notebook wrote for this region."""
        return self._whole_path(name).is_file() or self._own_path(name).is_file()

    def read(self, name: str) -> pd.DataFrame:
        """A table of this region.

        An input table that the data do not have comes without rows. Raises MissingTable, naming the notebook to run
        first, for a table that another notebook writes.
        """
        if self._whole_path(name).is_file():
            return self._of_region(name)
        if name in schema.INPUTS:
            return schema.empty(name)
        self.require(name)
        return store.read_table(self._own_path(name))

    def whole(self, name: str) -> pd.DataFrame:
        """A run-wide table of all regions together."""
        return store.read_table(self._whole_path(name))

    def require(self, *names: str) -> None:
        """Raise MissingTable, in one sentence with every notebook to run first, unless all tables are there."""
        missing = [name for name in names if not self._own_path(name).is_file()]
        if not missing:
            return
        writers = sorted(
            {
                number
                for number, tables in schema.NOTEBOOK_TABLES.items()
                for name in missing
                if name in tables
            }
        )
        notebooks = ", ".join(
            path.stem for number in writers for path in (store.home() / "notebooks").glob(f"{number}_*.ipynb")
        )
        raise MissingTable(
            f"{self.region}: no table {', '.join(missing)} in {self.folder.name}; run first, for this region: {notebooks or 'the notebook that writes it'}"
        )

    def write(self, **tables: pd.DataFrame) -> None:
        """Write tables of this region, whole or not at all. The region is no longer DONE from here on."""
        (self.folder / "DONE").unlink(missing_ok=True)
        for name, table in tables.items():
            store.write_table(self._own_path(name), table)

    def figure(self, name: str, drawn):
        """Save a chart as ``figures/NN_name.png`` and show it with its alt text.

        ``drawn`` is an Axes or a Figure; ``name`` stands in ``schema.NOTEBOOK_FIGURES`` and, as ``figure.<name>`` and
        ``figure.<name>.alt``, in the catalogue.
        """
        from IPython.display import Image
        from matplotlib import pyplot

        (number,) = (number for number, names in schema.NOTEBOOK_FIGURES.items() if name in names)
        figure = getattr(drawn, "figure", drawn)
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
        pyplot.close(figure)
        (self.folder / "DONE").unlink(missing_ok=True)
        store.write_bytes(self.folder / "figures" / f"{number}_{name}.png", png.getvalue())
        return Image(data=png.getvalue(), alt=self.words(f"figure.{name}.alt"))

    def view(self, table: pd.DataFrame, missing: str = "") -> pd.DataFrame | str:
        """A table for the eye, in the run's language; without rows, the sentence ``missing`` of the catalogue."""
        if table.empty and missing:
            return pd.DataFrame({self.words("column.note"): [self.words(missing)]})
        return self.words.table(table)

    def overview(self, features: pd.DataFrame) -> pd.DataFrame:
        """What we start from: one row of counts, never a customer."""
        counts = {
            "region": self.region if self.region != store.WHOLE else self.words("page.whole"),
            "customers": len(features),
            "buyers": int((features["status"] == "buyer").sum()),
            "n_orders": int(features["n_orders"].sum()),
            "n_refunds": int(features["n_refunds"].sum()),
            "spend": round(features["spend"].sum(), self.decimals),
            "first_order": features["first_order"].min(),
            "last_order": features["last_order"].max(),
            "as_of": pd.Timestamp(self.as_of) if self.as_of else pd.NaT,
        }
        return self.words.table(pd.DataFrame([counts]))

    def cut_points(self, choice: str = "whole") -> pd.DataFrame:
        """Cut points of the whole, of the region, or read from a path (exported before, or from the nation)."""
        given = (
            scores.given(self._user_table("cut_points", choice), choice)
            if choice not in ("whole", "region")
            else None
        )
        return scores.choose(self.read("features"), self.whole("features"), self.settings.scores, given)

    def segment_map(self) -> pd.DataFrame:
        """The map from scores to segments: one's own by the setting ``segment_map``, else the one shipped."""
        path = self.settings.schemes.segment_map
        return (
            segment_map.given(self._user_table("segment_map", path), path) if path else segment_map.shipped()
        )

    def _user_table(self, setting: str, path: str) -> pd.DataFrame:
        found = next(
            (place / path for place in (self.caller, store.home()) if (place / path).is_file()), None
        )
        if found is None:
            raise SettingsError(
                f"{setting}: no file {path}, seen from {self.caller.name} and from the repository"
            )
        return store.read_table(found) if found.suffix == ".parquet" else pd.read_csv(found, dtype=str)

    def _of_region(self, name: str) -> pd.DataFrame:
        path = self._whole_path(name)
        if self.region == store.WHOLE:
            return store.read_table(path)
        table = ds.dataset(path)
        if "customer_id" in table.schema.names and name not in ("features", "customers"):
            people = store.read_table(self._whole_path("customers"), ["customer_id", "region"])
            chosen = pc.field("customer_id").isin(
                people.loc[people["region"] == self.region, "customer_id"].tolist()
            )
        elif "region" in table.schema.names:
            chosen = pc.field("region") == self.region
        else:
            return store.read_table(path)
        return table.to_table(filter=chosen).to_pandas()

    def _whole_path(self, name: str) -> Path:
        return self.out / "tables" / f"{name}.parquet"

    def _own_path(self, name: str) -> Path:
        return self.folder / "tables" / f"{name}.parquet"
