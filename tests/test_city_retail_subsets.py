"""Small copies of the made sample with a table left out, with one table alone, and with tables that are hardly there:
all notebooks run, say what is missing and what would switch it on, and claim nothing that the tables do not hold.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from commands import custkit, tables
from test_whole_runs import assert_sound, stated

from custkit import prepare, schema, store
from custkit.run.plan import SHORT_NOTEBOOKS
from custkit.settings import Settings
from scripts.city_retail.parameters import LAST_DAY
from scripts.city_retail.world import make

CUSTOMERS = 300
AT_ONCE = 2  # runs, one kernel each
MAPPING = f"currency: CNY\nas_of: {LAST_DAY}\noutcome_attribute: overall\n"
NOTEBOOKS = len(schema.NOTEBOOK_TABLES)
LEAST = Settings().run.min_region_customers

# What says, in the report, that a table is absent.
SAID = {
    "orders": "profile_no_months",
    "customers": "profile_no_people",
    "products": "profile_no_category",
    "feedback": "voice_no_feedback",
    "survey": "survey_absent",
    "survey_items": "survey_no_constructs",
    "activity": "conduct_no_activity",
    "brands": "brands_no_scorecard",
    "brand_ratings": "brands_no_ratings",
    "brand_use": "brands_no_use",
    "market": "brands_no_market",
    "population": "profile_no_population",
    "actuals": "plan_past_none",
}
# Tables that stand in for others, or are made by hand: a data set with the others lacks nothing.
STAND_INS = {"customer_values", "plan_given"}

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Case:
    """Tables to bring, and regions to run."""

    tables: Tables
    regions: tuple[str, ...] = ("all",)


@dataclass(frozen=True)
class Done:
    """A finished run and what its regions wrote."""

    code: int
    log: str
    out: Path

    @property
    def manifest(self) -> dict:
        return store.read_json(self.out / "manifest.json")

    def folder(self, region: str) -> Path:
        return self.out / "regions" / region

    def keys(self, region: str = "all") -> dict[str, str]:
        rows = stated(tables(self.folder(region)))
        return dict(zip(rows["key"], rows["text_en"], strict=True))

    def text(self, region: str = "all") -> str:
        """All that the notebooks show."""
        pieces = []
        for path in sorted((self.folder(region) / "notebooks").glob("*.ipynb")):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                for output in cell.get("outputs", []):
                    pieces.append("".join(output.get("data", {}).get("text/html", "")))
        return "".join(pieces)


def bring(folder: Path, brought: Tables) -> Path:
    folder.mkdir(parents=True)
    (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    for name, table in brought.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def run_all(folder: Path, cases: dict[str, Case]) -> dict[str, Done]:
    def run(item: tuple[str, Case]) -> tuple[str, Done]:
        name, case = item
        data, out = bring(folder / name / "data", case.tables), folder / name / "out"
        options = ("--out", out, "--jobs", 1, "--region", *case.regions)
        done = custkit("run", "--data", data, *options, OMP_NUM_THREADS="1")
        return name, Done(done.returncode, done.stdout + done.stderr, out)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(run, cases.items()))


def assert_done(done: Done, *regions: str) -> None:
    """Exit 0, every notebook done, none with a warning, sentences that hold and read like sentences.

    Where there are too few customers for them, a short report is made, from the notebooks that it takes.
    """
    assert done.code == 0, done.log
    for region in regions:
        account = done.manifest["regions"][region]
        is_full = account["customers"] >= LEAST
        assert account["status"] == ("done" if is_full else "short")
        assert len(account["notebooks"]) == (NOTEBOOKS if is_full else len(SHORT_NOTEBOOKS))
        assert (account["problems"], account["warnings"]) == ([], [])
        assert store.is_done(done.folder(region))
        assert_sound(tables(done.folder(region)))
        assert not re.search(r"<ul>\s*</ul>|<tbody>\s*</tbody>", done.text(region))


@pytest.fixture(scope="module")
def world() -> Tables:
    return make(2026, CUSTOMERS).tables


def values(folder: Path, world: Tables) -> pd.DataFrame:
    """What a firm that shares no orders would export: the columns of ``customer_values``."""
    data = bring(folder / "data", {"orders": world["orders"]})
    features = prepare.open_run(str(data), str(folder / "out")).read("features")
    answers = world["feedback"].groupby("customer_id")["satisfaction"].mean().round(2)
    known = features.assign(satisfaction=features["customer_id"].map(answers))
    return known[list(schema.INPUTS["customer_values"])]


def test_every_table_is_tried():
    assert set(SAID) == set(schema.INPUTS) - STAND_INS


@pytest.mark.slow
class TestAbsent:
    @pytest.fixture(scope="class")
    def runs(self, tmp_path_factory, world) -> dict[str, Done]:
        folder = tmp_path_factory.mktemp("absent")
        worth = values(folder / "values", world)
        cases = {f"no {name}": Case({k: t for k, t in world.items() if k != name}) for name in SAID}
        cases |= {name: Case({name: world[name]}) for name in ("orders", "customers")}
        cases |= {"customer_values": Case({"customer_values": worth}), "whole": Case(world)}
        return run_all(folder, cases)

    @pytest.mark.parametrize("absent", SAID)
    def test_without_one_table_a_sentence_names_it(self, runs, absent):
        done = runs[f"no {absent}"]
        assert_done(done, "all")
        assert f"`{absent}`" in done.keys()[SAID[absent]]
        assert f"<code>{absent}</code>" in (done.folder("all") / "report.html").read_text(encoding="utf-8")

    @pytest.mark.parametrize("alone", schema.CUSTOMER_TABLES)
    def test_one_table_alone_names_all_others(self, runs, alone):
        assert_done(runs[alone], "all")
        text = runs[alone].text()
        assert not [name for name in SAID if name != alone and not re.search(rf"`{name}[`.]", text)]

    def test_with_all_tables_none_is_asked_for(self, runs):
        assert_done(runs["whole"], "all")
        assert not set(SAID.values()) & set(runs["whole"].keys())


def one_row(world: Tables) -> Tables:
    return {name: table if name == "orders" else table.head(1) for name, table in world.items()}


def no_row(world: Tables) -> Tables:
    return {name: table if name == "orders" else table.head(0) for name, table in world.items()}


def unknown_people(world: Tables) -> Tables:
    """Nobody, no product, no item and no respondent of one table is found in another."""
    strangers = {name: world[name].head(30) for name in ("feedback", "activity", "survey")}
    prefixed = {
        "customers": "customer_id",
        "products": "product_id",
        "survey_items": "item",
        "brand_use": "respondent_id",
    }
    changed = {
        name: table.assign(customer_id=[f"X{i % 10}" for i in range(30)]) for name, table in strangers.items()
    }
    changed |= {name: world[name].assign(**{key: "Z" + world[name][key]}) for name, key in prefixed.items()}
    for name in ("population", "market"):
        changed[name] = world[name].assign(region="Elsewhere")
    return {**world, **changed}


def another_year(world: Tables) -> Tables:
    """What customers say and do is years old, the population has other ages, and of the rest there is one of each kind."""
    changed = {}
    for name in ("feedback", "activity"):
        days = world[name].select_dtypes("datetime").columns
        changed[name] = world[name].assign(**{day: world[name][day] - pd.DateOffset(years=6) for day in days})
    bands = {
        band: f"generation {place}" for place, band in enumerate(world["population"]["age_band"].unique())
    }
    changed["population"] = world["population"].replace({"age_band": bands})
    changed["customers"] = world["customers"].drop(columns="region")
    one = {
        "market": ("period", "2023Q1"),
        "actuals": ("arm", "treated"),
        "brand_ratings": ("brand", "Yunfan"),
        "brand_use": ("brand", "Yunfan"),
        "brands": ("brand", "Hexin"),
    }
    changed |= {name: world[name][world[name][column] == value] for name, (column, value) in one.items()}
    changed |= {name: world[name].head(1) for name in ("survey", "survey_items", "products")}
    return {**world, **changed}


def small_region(world: Tables) -> Tables:
    """West has twenty-five customers, everybody else lives in the East."""
    places = ["West"] * 25 + ["East"] * (len(world["customers"]) - 25)
    return {**world, "customers": world["customers"].assign(region=places)}


def small_shop(world: Tables) -> Tables:
    """Twenty-five customers in one region."""
    people = set(world["customers"]["customer_id"].head(25))
    told = {name: table for name, table in world.items() if "customer_id" in table}
    told = {name: table[table["customer_id"].isin(people)] for name, table in told.items()}
    return {**world, **told, "customers": told["customers"].assign(region="East")}


def one_line(world: Tables) -> Tables:
    return {**world, "orders": world["orders"].head(1)}


def no_orders_but_one_customer(world: Tables) -> Tables:
    """One row of each table, and no order."""
    return {name: table.head(1) for name, table in world.items() if name != "orders"}


FAULTS = {
    one_row: ("all",),
    no_row: ("all",),
    unknown_people: ("all",),
    another_year: ("all",),
    small_region: ("all", "West"),
    small_shop: ("all",),
    one_line: ("all",),
    no_orders_but_one_customer: ("all",),
}


@pytest.mark.slow
class TestHardlyThere:
    @pytest.fixture(scope="class")
    def runs(self, tmp_path_factory, world) -> dict[str, Done]:
        cases = {fault.__name__: Case(fault(world), regions) for fault, regions in FAULTS.items()}
        return run_all(tmp_path_factory.mktemp("hardly"), cases)

    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
    def test_all_notebooks_run_and_hold(self, runs, fault):
        assert_done(runs[fault.__name__], *FAULTS[fault])

    def test_tables_without_a_row_are_asked_for_as_if_they_were_absent(self, runs):
        said = runs["no_row"].keys()
        # Orders are there; without a survey nobody asks for its items; without brands one sentence asks for both tables.
        unsaid = {SAID[name] for name in ("orders", "survey_items", "brands", "brand_ratings")}
        assert set(SAID.values()) - set(said) == unsaid
        assert "brands_absent" in said

    def test_a_population_of_other_ages_is_named(self, runs):
        assert "`age_bands`" in runs["another_year"].keys()["profile_unlike_ages"]
