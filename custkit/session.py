"""An opened run: what a notebook holds in its hand to read, write, draw and speak."""

import contextlib
import datetime
import html
import io
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from custkit import features, ledger, schema, scores, store
from custkit.errors import InputRefused, MissingTable, SettingsError
from custkit.ingest import decode
from custkit.schemes import segment_map
from custkit.settings import Settings
from custkit.show import codebook, eye
from custkit.words import Words

_BESIDE = 2**30  # bytes for DuckDB, beside all that a notebook holds


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
    _kept: dict[Path, pd.DataFrame] = field(default_factory=dict, compare=False, repr=False)  # see _features

    @property
    def lang(self) -> str:
        return self.words.lang

    @property
    def folder(self) -> Path:
        return self.out / "regions" / self.slug

    @property
    def ledger(self) -> dict:
        """``ledger.json``: the accounts of the whole run."""
        return store.read_json(self.out / "ledger.json")

    def warnings(self) -> pd.DataFrame:
        """What was noticed at reading and cleaning, over all regions: code, table, file, column, text.

        ``text`` is in the language of the run.
        """
        noticed = self.ledger["warnings"]
        table = pd.DataFrame(noticed, columns=["code", "table", "file", "column"])
        return table.assign(text=ledger.texts(noticed, self.lang))

    def has(self, name: str) -> bool:
        """Whether a table is there: one that the data brought, or one that a notebook wrote for this region."""
        return self._whole_path(name).is_file() or self._own_path(name).is_file()

    def read(self, name: str, columns: Collection[str] = ()) -> pd.DataFrame:
        """A table of this region; of an input table only those of ``columns`` that it has, where any are named.

        An input table that the data do not have comes without rows. Raises MissingTable, naming the notebook to run
        first, for a table that another notebook writes.
        """
        if self._whole_path(name).is_file():
            return self._of_region(name, columns)
        if name in schema.INPUTS:
            return schema.empty(name)
        self.require(name)
        return store.read_table(self._own_path(name))

    def rows(self, name: str) -> int:
        """How many rows a run-wide table has for this region, without reading them."""
        path = self._whole_path(name)
        return ds.dataset(path).count_rows(filter=self._chosen(name)) if path.is_file() else 0

    def whole(self, name: str) -> pd.DataFrame:
        """A run-wide table of all regions together; an input table that the data do not have comes without rows."""
        path = self._whole_path(name)
        if name == "features":
            return self._features(path)
        return store.read_table(path) if path.is_file() or name not in schema.INPUTS else schema.empty(name)

    def features(self, day: datetime.date | None, *, whole: bool = False) -> pd.DataFrame:
        """``features`` as they stood at an earlier day, orders after it without a say; made once for all regions.

        ``whole``: of all regions together. Customers who had no order yet are prospects of that day; who had not even
        registered is not among them. ``region`` is today's. Without order lines, or where there is no such day, no rows.
        """
        if day is None or not self._whole_path("orders").is_file():
            return schema.empty("features")
        name = f"features_{day.isoformat()}"
        if not self._whole_path(name).is_file():
            self._make_features(day, self._whole_path(name))
        return self._features(self._whole_path(name)) if whole else self._of_region(name)

    def next_orders(self, events: pd.DataFrame) -> pd.DataFrame:
        """The first counting order after each event: ``customer_id``, ``date``, ``next_order`` (empty: none came).

        ``events`` holds ``customer_id`` and ``date``, each pair once. Without order lines, no rows.
        """
        path = self._whole_path("orders")
        if not path.is_file() or events.empty:
            return pd.DataFrame({"customer_id": [], "date": [], "next_order": []}).astype(
                {"customer_id": "str", "date": "datetime64[ms]", "next_order": "datetime64[ms]"}
            )
        with self._backend() as (backend, _):
            orders, refunds = (
                backend.read_parquet(str(self._whole_path(name))) for name in ("orders", "refunds")
            )
            lines = features.lines(orders, refunds, decimals=self.decimals, until=self.as_of)
            days = pa.Table.from_pandas(events[["customer_id", "date"]], preserve_index=False)
            days = days.cast(pa.schema([("customer_id", pa.string()), ("date", pa.date32())]))
            backend.con.register("events", days)
            query = features.sql(features.next_orders(lines, backend.table("events")))
            return store.to_pandas(backend.con.sql(query).to_arrow_table())

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

    def view(self, table: pd.DataFrame, missing: str = "") -> pd.DataFrame:
        """A table for the eye, in the run's language (``eye.table``); without rows, the sentence ``missing``."""
        if table.empty and missing:
            return pd.DataFrame({self.words("column.note"): [self.words(missing)]}, index=[""])
        return eye.table(table, self.words)

    def say(self, stated: pd.DataFrame):
        """Findings as sentences in the run's language."""
        from IPython.display import HTML

        sentences = "".join(f"<li>{html.escape(text)}</li>" for text in stated[f"text_{self.lang}"])
        return HTML(f"<ul>{sentences}</ul>")

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
        return self.view(pd.DataFrame([counts]))

    def export(self, name: str, table: pd.DataFrame) -> list[str]:
        """Customers as ``export/name.sav`` (SPSS), ``export/name.xpt`` (SAS) and their codebook; the names of the files."""
        with self._scratch("export-") as scratch:
            made = codebook.files(table, name, self.words, scratch, currency=self.currency)
            (self.folder / "DONE").unlink(missing_ok=True)
            for file in made:
                store.place(file, self.folder / "export" / file.name, mode=0o600)
        return [file.name for file in made]

    def cut_points(self, customers: pd.DataFrame | None = None) -> pd.DataFrame:
        """Cut points of the whole, of the region, or read from a path (exported before), as the setting says.

        ``customers``: from whom they are taken where no path is given; none: ``cut_customers``.
        """
        choice = self.settings.scores.cut_points
        given = (
            None
            if choice in ("whole", "region")
            else scores.given(self._user_table("cut_points", choice), choice)
        )
        base = self.cut_customers() if customers is None else customers
        return scores.choose(base, base, self.settings.scores, given)

    def cut_customers(self) -> pd.DataFrame:
        """``features`` of the customers whom the setting ``cut_points`` names: those that cuts and models are taken from."""
        return self.whole("features") if self.cuts_whole else self.read("features")

    @property
    def cuts_whole(self) -> bool:
        """Whether cuts and models are taken from all regions together, and not from this one's own customers."""
        return not scores.takes_own_cuts(self.read("features"), self.settings.scores)

    def segment_map(self) -> pd.DataFrame:
        """The map from scores to segments: one's own by the setting ``segment_map``, else the one shipped."""
        path = self.settings.schemes.segment_map
        return (
            segment_map.given(self._user_table("segment_map", path), path) if path else segment_map.shipped()
        )

    def _make_features(self, day: datetime.date, path: Path) -> None:
        with self._backend() as (backend, scratch):
            orders, refunds, customers = (
                backend.read_parquet(str(self._whole_path(name)))
                for name in ("orders", "refunds", "customers")
            )
            lines = features.lines(orders, refunds, decimals=self.decimals, until=day)
            customers = features.known_by(customers, lines, day)
            codes = self.settings.clean.non_product_codes
            made = features.features(lines, customers, as_of=day, decimals=self.decimals, non_products=codes)
            store.copy(backend.con, features.sql(made), scratch / path.name)
            store.place(scratch / path.name, path)

    @contextlib.contextmanager
    def _scratch(self, prefix: str) -> Iterator[Path]:
        """A folder on the same disk as the run's own, gone afterwards."""
        (self.out / ".tmp").mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.out / ".tmp", prefix=prefix) as scratch:
            yield Path(scratch)

    @contextlib.contextmanager
    def _backend(self) -> Iterator[tuple]:
        """An engine over the run's tables, and the folder into which it may write; both gone afterwards."""
        with self._scratch("engine-") as scratch:
            backend = store.engine(scratch, self.out / "tables", most=_BESIDE)
            try:
                yield backend, scratch
            finally:
                backend.disconnect()

    def _user_table(self, setting: str, path: str) -> pd.DataFrame:
        found = store.user_file(setting, path, self.caller, store.home())
        try:
            if found.suffix == ".parquet":
                return store.read_table(found)
            text = b"".join(decode.blocks(found, decode.detect(found, path)))
            return pd.read_csv(io.BytesIO(text), dtype=str)
        except InputRefused as refused:
            raise SettingsError(f"{setting}: {refused}") from refused
        # What pandas and Arrow find wrong with a file are kinds of ValueError.
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{setting}: {path}: no table can be read from it: {error}; save it as CSV (UTF-8)"
            ) from error

    def _of_region(self, name: str, columns: Collection[str] = ()) -> pd.DataFrame:
        chosen = self._chosen(name)
        path = self._whole_path(name)
        if chosen is None and name.startswith("features"):
            return self._features(path)
        held = ds.dataset(path)
        wanted = [column for column in held.schema.names if column in columns or not columns]
        return store.to_pandas(held.to_table(wanted, filter=chosen))

    def _features(self, path: Path) -> pd.DataFrame:
        """Of all regions: read once for today and for the earlier day last asked for, since a notebook asks again and again.

        Handed out as a copy that shares its memory until somebody changes it.
        """
        if path not in self._kept:
            today = self._whole_path("features")
            for earlier in self._kept.keys() - {today}:
                del self._kept[earlier]
            self._kept[path] = store.read_table(path)
        return self._kept[path].copy(deep=False)

    def _chosen(self, name: str) -> pc.Expression | None:
        """Which rows of a run-wide table are this region's; None: all (a table that knows no region is read whole)."""
        names = ds.dataset(self._whole_path(name)).schema.names
        if self.region == store.WHOLE:
            return None
        if "customer_id" in names and name != "customers" and not name.startswith("features"):
            people = store.read_table(self._whole_path("customers"), ["customer_id", "region"])
            ids = people.loc[people["region"] == self.region, "customer_id"]
            return pc.field("customer_id").isin(pa.array(ids, type=pa.string()))
        return pc.field("region") == self.region if "region" in names else None

    def _whole_path(self, name: str) -> Path:
        return self.out / "tables" / f"{name}.parquet"

    def _own_path(self, name: str) -> Path:
        return self.folder / "tables" / f"{name}.parquet"
