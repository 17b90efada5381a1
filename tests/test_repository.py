"""What a fresh clone must hold, and what it must never hold."""

import json
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line.split(";")[0].strip(" \\"): line for line in lines if re.match(r"[A-Za-z0-9]", line)}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return listed.stdout.splitlines()


class TestVersions:
    def test_both_lists_hold_the_same_pins(self):
        assert set(pins("requirements.lock")) == set(pins("requirements.txt"))
        assert all("==" in pin for pin in pins("requirements.txt"))

    def test_every_pin_of_the_lock_has_its_hashes(self):
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        assert len(re.findall(r"^[A-Za-z0-9].*\\\n    --hash=sha256:", lock, re.M)) == len(
            pins("requirements.lock")
        )

    def test_conda_users_get_the_same_versions_and_custkit(self):
        environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
        (listed,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
        assert listed == ["-r requirements.txt", "-e ."]
        assert "python=3.11" in environment["dependencies"]

    def test_everything_that_the_package_asks_for_is_pinned(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        pinned = {pin.split("==")[0].lower() for pin in pins("requirements.txt")}
        for wanted in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
            assert re.match(r"[A-Za-z0-9._-]+", wanted).group().lower() in pinned

    # fault 82
    def test_the_server_is_new_enough(self):
        (version,) = [
            pin.split("==")[1] for pin in pins("requirements.txt") if pin.startswith("jupyter-server==")
        ]
        assert tuple(int(part) for part in version.split(".")[:2]) >= (2, 20)

    def test_names_no_registry(self):
        for name in ("requirements.lock", "requirements.txt", "pyproject.toml"):
            assert not re.search(
                r"https?://|--index-url|--find-links", (ROOT / name).read_text(encoding="utf-8")
            )

    @pytest.mark.slow
    def test_plain_pip_takes_the_list_of_the_environment(self):
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--quiet",
            "-r",
            "requirements.txt",
            "-e",
            ".",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]


class TestFiles:
    def test_stays_small(self):
        assert sum((ROOT / name).stat().st_size for name in tracked() if (ROOT / name).is_file()) < 30e6

    # fault 95
    def test_holds_no_data_but_the_samples_and_no_outputs(self):
        data = [name for name in tracked() if re.search(r"\.(csv|xlsx|parquet|gz|txt)$", name)]
        allowed = re.compile(r"data/(sample|truth)/|custkit/|requirements\.txt|tests/data/")
        assert [name for name in data if not allowed.match(name)] == []
        assert [name for name in tracked() if name.startswith("outputs/")] == ["outputs/README.md"]

    def test_every_sample_says_where_it_comes_from(self):
        for folder in (ROOT / "data" / "sample").iterdir():
            text = (folder / "README.md").read_text(encoding="utf-8")
            assert re.search(r"licen[cs]e|CC0|CC BY|Apache|MIT", text), folder.name
            assert (folder / "mapping.yml").is_file()

    def test_names_no_path_of_a_machine(self):
        # Split, or this line would be found.
        paths = re.compile("(^|[^A-Za-z0-9_.])/(wo" + "rk|ro" + "ot|ho" + "me)/[a-z]")
        for name in tracked():
            path = ROOT / name
            if (
                path.suffix in (".py", ".md", ".yml", ".toml", ".ipynb", ".css", ".html", "")
                and path.is_file()
            ):
                assert not paths.search(path.read_text(encoding="utf-8")), name


def test_the_readme_names_every_notebook_and_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert path.stem in readme
    for command in (
        "make run",
        "make test",
        "make lab",
        "custkit run",
        "custkit check",
        "custkit map",
        "custkit regions",
        "custkit lab",
    ):
        assert command in readme, command


def test_the_make_targets_are_those_that_help_lists():
    listed = subprocess.run(
        ["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("setup", "run", "test", "slow", "lab", "bench", "lint", "lock", "help"):
        assert re.search(rf"^{target}\s", listed, re.M), target


def test_the_checked_outputs_are_text_without_paths_or_long_floats():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                text = "".join(output["text"])
                assert not re.search(r"\d\.\d{5,}|/\w+/\w+", text), f"{path.name}: {text}"


class TestDocs:
    @pytest.fixture(scope="class")
    def pages(self):
        import importlib.util

        spec = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return {
            "settings.md": module.settings_page(),
            "tables.md": module.tables_page(),
            "checklist.md": module.checklist_page(),
            "schemes.md": module.schemes_page(),
        }

    @pytest.mark.parametrize("name", ["settings.md", "tables.md", "checklist.md", "schemes.md"])
    def test_the_pages_say_what_the_code_says(self, pages, name):
        written = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert written == pages[name], "run: python scripts/make_docs.py"

    def test_every_setting_has_its_meaning_beside_it(self, pages):
        assert "see the code" not in pages["settings.md"]

    def test_links_of_the_documents_lead_somewhere(self):
        for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
            for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
                assert (path.parent / link).exists(), f"{path.name}: {link}"
