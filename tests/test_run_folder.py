import multiprocessing
import re
import socket
import stat
import time

import pytest

from custkit.errors import UsageError
from custkit.run import folder


def hold(out, held):
    with folder.locked(out):
        held.set()
        time.sleep(60)


@pytest.fixture
def other_run(tmp_path):
    """Another process that works in the same folder."""
    spawn = multiprocessing.get_context("spawn")
    held = spawn.Event()
    process = spawn.Process(target=hold, args=(tmp_path, held))
    process.start()
    assert held.wait(30)
    yield process
    process.kill()
    process.join(10)


class TestLocked:
    def test_gives_a_private_folder_and_takes_it_away(self, tmp_path):
        with folder.locked(tmp_path) as temporary:
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o700
            (temporary / "x").write_text("x")
        assert not temporary.exists()

    def test_names_the_run_that_holds_it(self, tmp_path, other_run):
        expected = re.escape(f"process {other_run.pid} on {socket.gethostname()} since 20")
        with pytest.raises(UsageError, match=expected), folder.locked(tmp_path):
            pass

    def test_opens_when_its_holder_was_killed(self, tmp_path, other_run):
        other_run.kill()
        other_run.join(10)
        with folder.locked(tmp_path) as temporary:
            assert temporary.is_dir()

    def test_sweeps_up_what_a_killed_run_left(self, tmp_path):
        (tmp_path / ".tmp" / "prepare-1").mkdir(parents=True)
        tables = tmp_path / "regions" / "x" / "tables"
        tables.mkdir(parents=True)
        (tables / ".rfm.parquet.12ab.tmp").write_text("half")
        (tables / "rfm.parquet").write_text("whole")
        with folder.locked(tmp_path) as temporary:
            assert list(temporary.iterdir()) == []
        assert [path.name for path in tables.iterdir()] == ["rfm.parquet"]

    def test_opens_again_after_a_fault(self, tmp_path):
        with pytest.raises(ZeroDivisionError), folder.locked(tmp_path):
            _ = 1 / 0
        with folder.locked(tmp_path):
            pass
