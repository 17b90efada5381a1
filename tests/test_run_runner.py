"""Whole runs over notebooks of a few cells; what prepare gives is made up, so that these tests are about the runner."""

import contextlib
import datetime
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
import tiny_notebooks

from custkit import prepare, schema, store
from custkit.errors import UsageError
from custkit.prepare import Prepared
from custkit.run import kernels, runner
from custkit.run.runner import Request, run
from custkit.settings import Settings

WRITES = """import os, pathlib, pandas
place = pathlib.Path(os.environ["CUSTKIT_OUT"], "regions", {"all": "all", "Ost": "Ost", "West": "West"}[region], "tables")
place.mkdir(parents=True, exist_ok=True)
pandas.DataFrame({"region": [region]}).to_parquet(place / "rfm.parquet")"""
LEDGER = {
    "status": "ok",
    "as_of": "2024-03-07",
    "currency": "EUR",
    "balanced": True,
    "files": [],
    "steps": [],
    "warnings": [],
}


def row(name: str, customers: int) -> dict:
    counts = {"customers": customers, "buyers": customers, "n_orders": customers, "n_refunds": 0}
    return {"region": name, "slug": name, **counts, "spend": f"{customers}.00"}


class Shop:
    """A repository with notebooks 01 to 04, and data of three regions: Ost is large, West small, Nord has no customer."""

    def __init__(self, home: Path):
        self.home, self.out = home, home / "outputs" / "shop"
        self.regions = [row("Ost", 25), row("West", 5), row("Nord", 0)]
        self.key, self.exceeded = "k1", []

    def build(self, monkeypatch) -> "Shop":
        (self.home / "shop").mkdir()
        for name in ("01_clean", "02_profile", "04_clustering"):
            self.change(name, f"print('{name}', region, lang)")
        source = f'{tiny_notebooks.COMMON}\ncut_points: str = "whole"  # whole, region, or a path'
        notebook = self.home / "notebooks" / "03_rfm.ipynb"
        tiny_notebooks.write(notebook, WRITES, "print(cut_points)", parameters=source)
        monkeypatch.setenv("CUSTKIT_HOME", str(self.home))
        monkeypatch.setattr(prepare, "prepare", self.prepare)
        return self

    def prepare(self, data, out, *, settings, as_of):
        self.asked = {"settings": settings, "as_of": as_of}
        return Prepared(
            out=self.out,
            name="shop",
            key=self.key,
            as_of=datetime.date(2024, 3, 7),
            currency="EUR",
            decimals=2,
            settings=Settings().replace(settings),
            inputs=[{"file": "orders.csv", "sha256": "0" * 64}],
            regions=self.regions,
            warnings=[],
            exceeded=self.exceeded,
            ledger=LEDGER,
        )

    def change(self, name: str, *cells: str) -> None:
        tiny_notebooks.write(self.home / "notebooks" / f"{name}.ipynb", *cells)

    def run(self, **asked) -> tuple[int, str]:
        log = io.StringIO()
        code = run(Request(data=str(self.home / "shop"), jobs=2, **asked), log)
        return code, log.getvalue()

    @property
    def manifest(self) -> dict:
        return json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))

    def files(self, region: str) -> list[str]:
        place = self.out / "regions" / region
        return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())

    def has(self, name: str) -> bool:
        return (self.out / name).is_file()

    def status(self) -> dict[str, str]:
        return {name: entry["status"] for name, entry in self.manifest["regions"].items()}


@pytest.fixture(scope="module")
def helper(tmp_path_factory):
    """One helper for the runs of this file (its imports take longer than the tiny notebooks), a new one after a fault."""
    log = tmp_path_factory.mktemp("log") / "kernels.log"
    with contextlib.ExitStack() as opened:
        servers = []

        def standing() -> kernels.ForkServer:
            if not servers or not servers[-1].folder.exists():
                servers.append(opened.enter_context(kernels.ForkServer(log)))
            return servers[-1]

        yield standing


@pytest.fixture
def shop(tmp_path, monkeypatch, helper):
    monkeypatch.setattr(runner, "ForkServer", lambda _log: contextlib.nullcontext(helper()))
    return Shop(tmp_path).build(monkeypatch)


@pytest.fixture
def shop_alone(tmp_path, monkeypatch):
    """A shop whose runs open and close a helper of their own."""
    return Shop(tmp_path).build(monkeypatch)


class TestRun:
    def test_every_region_and_the_whole_are_done(self, shop):
        code, log = shop.run()
        assert code == 0
        assert shop.status() == {"Nord": "empty", "Ost": "done", "West": "short", "all": "done"}
        assert all(store.is_done(shop.out / "regions" / name) for name in shop.status())
        assert (shop.out / "index.html").is_file()
        assert "Ost: 03_rfm" in log
        assert [path.name for path in shop.out.iterdir() if path.name.startswith(".tmp")] == []

        notebooks = [
            f"notebooks/{name}.{kind}"
            for name in ("01_clean", "02_profile", "03_rfm", "04_clustering")
            for kind in ("html", "ipynb")
        ]
        assert shop.files("Ost") == ["DONE", *notebooks, "report.html", "tables/rfm.parquet", "workbook.xlsx"]
        assert shop.files("Nord") == ["DONE", "report.html"]

        short = [name for name in shop.files("West") if name.endswith(".ipynb")]
        assert short == ["notebooks/01_clean.ipynb", "notebooks/03_rfm.ipynb"]
        for table in ("clusters", "cluster_quality", "findings_02", "findings_04"):
            empty = pd.read_parquet(shop.out / "regions" / "West" / "tables" / f"{table}.parquet")
            assert (list(empty.columns), len(empty)) == (list(schema.TABLES[table]), 0)

    def test_a_second_run_does_nothing_and_force_does_all(self, shop):
        shop.run(regions=("Ost",))
        before = (shop.out / "regions" / "Ost" / "DONE").stat().st_mtime_ns
        _, log = shop.run(regions=("Ost",))
        assert (shop.out / "regions" / "Ost" / "DONE").stat().st_mtime_ns == before
        assert "kept" in log
        shop.run(regions=("Ost",), force=True)
        assert (shop.out / "regions" / "Ost" / "DONE").stat().st_mtime_ns > before

    def test_two_runs_give_the_same_files_and_manifests_equal_but_for_times(self, shop):
        def everything():
            place = shop.out / "regions" / "Ost"
            return {name: (place / name).read_bytes() for name in shop.files("Ost")}

        shop.run(regions=("Ost",))
        files, manifest = everything(), shop.manifest
        shop.run(regions=("Ost",), force=True)
        assert everything() == files
        assert {**shop.manifest, "timing": 0} == {**manifest, "timing": 0}

    @pytest.mark.parametrize(
        "change",
        [
            lambda shop: setattr(shop, "key", "k2"),
            lambda shop: shop.change("02_profile", "print('other')"),
            lambda shop: (shop.out / "regions" / "Ost" / "report.html").write_text("edited"),
            lambda shop: (shop.out / "regions" / "Ost" / "tables" / "rfm.parquet").unlink(),
        ],
        ids=["data", "notebook", "edited by hand", "deleted by hand"],
    )
    def test_a_change_is_noticed(self, shop, change):
        shop.run(regions=("Ost",), notebooks="02-03")
        change(shop)
        _, log = shop.run(regions=("Ost",), notebooks="02-03")
        assert "kept" not in log
        assert store.is_done(shop.out / "regions" / "Ost")

    @pytest.mark.parametrize("asked", [{"lang": "zh"}, {"given": ("max_clusters=5",)}, {"notebooks": "02"}])
    def test_another_request_is_noticed(self, shop, asked):
        shop.run(regions=("Ost",), notebooks="02-03")
        _, log = shop.run(**({"regions": ("Ost",), "notebooks": "02-03"} | asked))
        assert "kept" not in log
        assert "予以保留" not in log

    def test_regions_of_earlier_runs_stay_listed(self, shop):
        shop.run(regions=("Ost",), notebooks="01")
        shop.run(regions=("West",), notebooks="01")
        assert list(shop.manifest["regions"]) == ["Ost", "West"]
        assert "West" in (shop.out / "index.html").read_text(encoding="utf-8")

    def test_a_region_that_the_data_no_longer_have_is_not_done(self, shop):
        shop.run(notebooks="01")
        shop.key, shop.regions = "k2", shop.regions[:1]
        shop.run(notebooks="01")
        assert not (shop.out / "regions" / "West" / "DONE").exists()
        assert list(shop.manifest["regions"]) == ["Ost", "all"]
        assert any("regions/West" in text for text in shop.manifest["warnings"])


class TestParametersAndPaths:
    def test_settings_reach_prepare_and_notebooks(self, shop):
        shop.run(
            regions=("Ost",),
            notebooks="03",
            given=("cut_points=region", "max_clusters=5"),
            as_of="2024-03-01",
        )
        assert shop.asked == {"settings": {"cut_points": "region", "max_clusters": 5}, "as_of": "2024-03-01"}
        executed = shop.out / "regions" / "Ost" / "notebooks" / "03_rfm.ipynb"
        assert tiny_notebooks.printed(executed) == "region\n"
        parameters = json.loads(executed.read_text(encoding="utf-8"))["metadata"]["papermill"]["parameters"]
        assert parameters == {"region": "Ost", "lang": "en", "as_of": "2024-03-01", "cut_points": "region"}

    def test_the_path_of_a_users_file_reaches_no_output(self, shop):
        (shop.home / "cuts.csv").write_text("measure")
        shop.run(regions=("Ost",), notebooks="03", given=(f"cut_points={shop.home / 'cuts.csv'}",))
        assert shop.asked["settings"]["cut_points"] == str(shop.home / "cuts.csv")
        assert shop.manifest["parameters"]["cut_points"]["file"] == "cuts.csv"
        written = [
            path
            for path in shop.out.rglob("*")
            if path.is_file() and str(shop.home).encode() in path.read_bytes()
        ]
        assert written == []

    @pytest.mark.parametrize(
        ("asked", "text"),
        [
            ({"regions": ("Sud",)}, "All regions: all, Ost, West, Nord"),
            ({"given": ("max_cluster=5",)}, "did you mean max_clusters"),
            ({"given": ("max_clusters=many",)}, "expected a whole number"),
            ({"notebooks": "09"}, "there are: 01, 02, 03, 04"),
            ({"lang": "fr"}, "expected en or zh"),
        ],
    )
    def test_wrong_use_is_refused_before_any_notebook(self, shop, asked, text):
        with pytest.raises(UsageError, match=text):
            shop.run(**asked)
        assert not (shop.out / "regions").exists()

    def test_an_output_folder_that_is_the_data_is_refused(self, shop):
        with pytest.raises(UsageError, match="is the folder of the data"):
            shop.run(out=str(shop.home / "shop"))


class TestFailures:
    FAILS = "assert region != 'Ost', 'no such rows'"

    def test_a_notebook_that_fails_in_one_region_stops_no_other(self, shop):
        shop.change("02_profile", self.FAILS)
        code, log = shop.run()
        assert code == 4
        assert shop.status() == {"Nord": "empty", "Ost": "failed", "West": "short", "all": "done"}
        assert "02_profile.ipynb, cell 3 (cell-1): AssertionError: no such rows" in " ".join(log.split())
        assert shop.manifest["status"] == "failed"
        assert shop.files("Ost") == [
            "notebooks/01_clean.ipynb",
            "notebooks/03_rfm.ipynb",
            "notebooks/04_clustering.ipynb",
            "notebooks/failed/02_profile.ipynb",
            "tables/rfm.parquet",
        ]

    def test_a_failed_region_is_made_anew_and_then_clean(self, shop):
        shop.change("02_profile", self.FAILS)
        shop.run(regions=("Ost",))
        shop.change("02_profile", "print('mended')")
        code, _ = shop.run(regions=("Ost",))
        assert (code, shop.status()["Ost"]) == (0, "done")
        assert "notebooks/failed/02_profile.ipynb" not in shop.files("Ost")

    def test_nothing_of_an_older_run_passes_for_new(self, shop):
        shop.run(regions=("Ost",))
        shop.change("03_rfm", self.FAILS)
        shop.run(regions=("Ost",))
        assert [name for name in shop.files("Ost") if "rfm" in name] == ["notebooks/failed/03_rfm.ipynb"]
        assert not {"DONE", "report.html"} & set(shop.files("Ost"))

    def test_a_kernel_that_is_killed_fails_its_region_only(self, shop):
        shop.change(
            "02_profile", "import os, signal\nif region == 'Ost':\n    os.kill(os.getpid(), signal.SIGKILL)"
        )
        code, log = shop.run(regions=("Ost", "all"))
        assert (code, shop.status()) == (4, {"Ost": "failed", "all": "done"})
        assert "the kernel died (SIGKILL) (peak memory" in " ".join(log.split())

    def test_a_threshold_that_was_exceeded_is_5_and_a_failure_goes_before(self, shop):
        text = "orders: 0.25 of the rows were quarantined, more than 0.05"
        shop.exceeded = [{"text": text, "text_zh": "隔离过多"}]
        code, log = shop.run(regions=("West",))
        assert code == 5
        assert text in log
        shop.change("01_clean", "1 / 0")
        assert shop.run(regions=("West",))[0] == 4

    def test_a_setting_that_a_notebook_finds_wrong_is_2(self, shop):
        shop.change(
            "03_rfm", "from custkit.errors import SettingsError\nraise SettingsError('a hole at 111')"
        )
        assert shop.run(regions=("West",))[0] == 2

    def test_a_disk_that_fills_ends_the_run(self, shop_alone, monkeypatch):
        write = store.write_text

        def full(path, text, **options):
            if path.name == "report.html":
                raise UsageError(f"{path.name}: cannot be written: no space left")
            write(path, text, **options)

        monkeypatch.setattr(store, "write_text", full)
        with pytest.raises(UsageError, match="no space left"):
            shop_alone.run()
        assert list(shop_alone.out.glob("regions/*/DONE")) == []

    def test_a_fault_of_ours_ends_the_run(self, shop_alone, monkeypatch):
        monkeypatch.setattr(runner.pages, "region", lambda *_arguments, **_options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shop_alone.run()


class TestLanguage:
    def test_chinese_from_progress_to_summary(self, shop):
        _, log = shop.run(regions=("West",), lang="zh")
        assert "West：03_rfm" in log
        assert "简版（客户较少）" in log


RUNNER = """
import sys
from pathlib import Path
from test_run_runner import Shop
from custkit import cli, prepare

shop = Shop(Path(sys.argv[1]))
prepare.prepare = shop.prepare
sys.exit(cli.main(["run", "--data", str(shop.home / "shop"), "--region", "Ost", "all", "--jobs", "2"]))
"""
SLEEPS = """home = pathlib.Path(os.environ["CUSTKIT_HOME"])
if region == "Ost":
    (home / "begun").touch()
    time.sleep(0 if (home / "awake").exists() else 60)"""


@pytest.mark.skipif(sys.platform != "linux", reason="signals and forked kernels")
class TestSignals:
    @pytest.fixture
    def started(self, shop_alone):
        """A run in another process; the whole is done, and Ost sleeps in 02."""
        shop_alone.change("02_profile", "import os, pathlib, time", SLEEPS)
        environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
        process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(shop_alone.home)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: shop_alone.has("manifest.json") and (shop_alone.home / "begun").exists(), 60)
        yield process
        process.kill()
        process.communicate()

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("SIGTERM", 143),
            pytest.param("SIGINT", 130, marks=pytest.mark.slow),
            pytest.param("SIGHUP", 129, marks=pytest.mark.slow),
        ],
    )
    def test_the_run_and_its_children_are_gone_within_five_seconds(self, shop_alone, started, name, code):
        children = psutil.Process(started.pid).children(recursive=True)
        assert len(children) >= 2
        begun = time.monotonic()
        started.send_signal(getattr(signal, name))
        _, errors = started.communicate(timeout=10)
        assert started.returncode == code
        assert f"Interrupted ({name}). Finished regions are kept" in errors
        wait_for(lambda: not any(lives(child) for child in children), 5)
        assert time.monotonic() - begun < 5
        assert not (shop_alone.out / ".tmp").exists()
        assert not (shop_alone.out / "regions" / "Ost" / "DONE").exists()

    @pytest.mark.slow
    def test_the_next_run_goes_on_from_there(self, shop_alone, started):
        started.kill()
        started.wait()
        (shop_alone.home / "awake").touch()
        code, log = shop_alone.run(regions=("Ost", "all"))
        assert code == 0
        assert "the whole: unchanged since the last run, kept" in log
        assert store.is_done(shop_alone.out / "regions" / "Ost")


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that only waits to be reaped does not."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def wait_for(condition, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)
