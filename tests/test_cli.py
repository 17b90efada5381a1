import os
import subprocess
import sys

import pytest

from custkit import cli, prepare
from custkit.errors import InputRefused, TableError, UsageError


def fails(error):
    def prepare(*_arguments, **_options):
        raise error

    return prepare


class TestMain:
    def test_help_loads_nothing_heavy(self):
        script = "import sys, custkit.cli; print([m for m in ('pandas', 'numpy', 'papermill', 'rich') if m in sys.modules])"
        assert subprocess.check_output([sys.executable, "-c", script], text=True) == "[]\n"

    @pytest.mark.parametrize("command", ["run", "check", "map", "regions", "lab"])
    def test_every_command_has_help(self, command, capsys):
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0
        assert command in capsys.readouterr().out

    @pytest.mark.parametrize(
        "arguments", [[], ["rnu"], ["run", "--jobs", "0"], ["run", "--lang", "fr"], ["map"]]
    )
    def test_wrong_use_is_2(self, arguments, capsys):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 2
        assert "usage: custkit" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("error", "code"), [(UsageError("no region 'x'"), 2), (InputRefused("orders.csv: is empty"), 3)]
    )
    def test_a_refusal_is_one_sentence(self, monkeypatch, capsys, error, code):
        monkeypatch.setattr(prepare, "prepare", fails(error))
        assert cli.main(["check"]) == code
        said = capsys.readouterr()
        assert (said.out, said.err) == ("", f"custkit: {error}\n")

    @pytest.mark.parametrize(
        "error", [ZeroDivisionError("division by zero"), TableError("rfm: no column spend")]
    )
    def test_a_fault_of_ours_is_70_and_keeps_its_traceback_in_a_file(
        self, monkeypatch, capsys, error, tmp_path
    ):
        monkeypatch.setattr(prepare, "prepare", fails(error))
        monkeypatch.setattr(cli.tempfile, "tempdir", str(tmp_path))
        assert cli.main(["check"]) == 70
        (report,) = tmp_path.iterdir()
        (line,) = capsys.readouterr().err.splitlines()
        assert str(error) in line
        assert line.endswith(f"(details: {report})")
        assert "Traceback" in report.read_text()

    def test_a_reader_that_leaves_early_is_no_fault(self):
        script = "import sys; from custkit import cli; cli._check = lambda options: print('x' * 10_000_000); sys.exit(cli.main(['check']))"
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


class TestRun:
    def test_hands_over_what_was_asked(self, monkeypatch):
        from custkit.run import runner

        asked = []
        monkeypatch.setattr(runner, "run", lambda request: asked.append(request) or 4)
        options = [
            "--region",
            "Ost",
            "West",
            "--region",
            "all",
            "--set",
            "a=1",
            "b=2",
            "--jobs",
            "3",
            "--force",
        ]
        others = ["--data", "d", "--out", "o", "--as-of", "2024-01-01", "--notebooks", "03", "--lang", "zh"]
        assert cli.main(["run", *options, *others]) == 4
        assert asked == [
            runner.Request(
                "d", "o", ("Ost", "West", "all"), "03", "zh", "2024-01-01", 3, ("a=1", "b=2"), True
            )
        ]


class TestCheck:
    def test_prints_the_ledger(self, orders_folder, tmp_path, capsys):
        assert cli.main(["check", "--data", str(orders_folder), "--out", str(tmp_path / "out")]) == 0
        lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
        assert "table rows in kept set aside merged money in money kept money set aside money merged" in lines
        assert "orders 8 8 0 0 172.50 172.50" in lines

    def test_in_chinese(self, orders_folder, tmp_path, capsys):
        cli.main(["check", "--data", str(orders_folder), "--out", str(tmp_path / "out"), "--lang", "zh"])
        assert "读入金额" in capsys.readouterr().out

    def test_a_threshold_that_was_exceeded_is_5(self, tmp_path, capsys):
        data = tmp_path / "shop"
        data.mkdir()
        rows = ["customer_id,order_id,order_date,amount", "a,1,2024-01-05,1.00", ",2,2024-01-06,1.00"]
        (data / "orders.csv").write_text("\n".join(rows) + "\n")
        assert cli.main(["check", "--data", str(data), "--out", str(tmp_path / "out")]) == 5
        assert "max_quarantined_rows" in capsys.readouterr().out

    def test_a_folder_that_is_not_there_is_3(self, tmp_path, capsys):
        assert cli.main(["check", "--data", str(tmp_path / "none")]) == 3
        assert "no such file or folder" in capsys.readouterr().err

    def test_a_setting_that_does_not_exist_is_2(self, orders_folder, capsys):
        assert cli.main(["check", "--data", str(orders_folder), "--set", "currencies=EUR"]) == 2
        assert "did you mean currency" in capsys.readouterr().err


class TestRegions:
    def test_lists_them_and_the_whole(self, orders_folder, tmp_path, capsys):
        assert cli.main(["regions", "--data", str(orders_folder), "--out", str(tmp_path / "out")]) == 0
        lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
        # Ann is East; Bob and Cat are West, Cat only with a refund; Dan has no region.
        assert "East 1 1 2 160.00" in lines
        assert "West 2 1 1 5.00" in lines
        assert "(none) 1 1 1 7.50" in lines
        assert "the whole 4 3 4 172.50" in lines


class TestLab:
    def test_opens_the_notebooks_on_this_machine_only(self, monkeypatch, tmp_path):
        (tmp_path / "notebooks").mkdir()
        monkeypatch.setenv("CUSTKIT_HOME", str(tmp_path))
        called = []
        monkeypatch.setattr(os, "execv", lambda path, command: called.append((path, command)))
        cli.main(["lab"])
        ((path, command),) = called
        assert path == sys.executable
        assert "--ServerApp.ip=127.0.0.1" in command
        assert f"--ServerApp.root_dir={tmp_path}" in command

    def test_says_where_it_looked(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setenv("CUSTKIT_HOME", str(tmp_path))
        assert cli.main(["lab"]) == 2
        assert "CUSTKIT_HOME" in capsys.readouterr().err
