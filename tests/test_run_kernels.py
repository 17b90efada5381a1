import importlib.metadata
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest
import tiny_notebooks
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.provisioning import KernelProvisionerFactory

from custkit.errors import UsageError
from custkit.run import kernels
from custkit.run.execute import Watch, execute
from custkit.run.kernels import ForkProvisioner, ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ForkServer(tmp_path_factory.mktemp("log") / "log") as opened:
        yield opened


@pytest.fixture
def notebook(tmp_path):
    return tiny_notebooks.write(
        tmp_path / "01_x.ipynb",
        "import os, sys\nprint(os.getppid(), os.getpgid(0) == os.getpid())",
        "from matplotlib import pyplot\npyplot.plot([1, 2]);",
        "print('pandas' in sys.modules, os.environ['OMP_NUM_THREADS'])",
    )


def run(notebook: Path, server: ForkServer):
    target = notebook.parent / "out" / notebook.name
    done = execute(notebook, target, {}, server=server, watch=Watch(60), env={}, cwd=notebook.parent)
    assert done.problem is None
    return target


def ended(pids, seconds: float) -> bool:
    """Whether all processes are gone within some seconds; one that waits to be reaped is gone."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not [
            pid
            for pid in pids
            if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        ]:
            return True
        time.sleep(0.05)
    return False


class TestEntryPoint:
    def test_jupyter_client_finds_the_provisioner(self):
        (found,) = importlib.metadata.entry_points(
            group="jupyter_client.kernel_provisioners", name=kernels.NAME
        )
        assert found.load() is ForkProvisioner


class TestForkServer:
    def test_kernels_come_from_the_helper_with_all_imports_done(self, notebook, server):
        printed = tiny_notebooks.printed(run(notebook, server))
        assert printed == f"{server._process.pid} True\nTrue 1\n"
        assert server.warnings == []

    def test_figures_are_drawn(self, notebook, server):
        assert '"image/png"' in run(notebook, server).read_text()

    def test_kernels_share_nothing(self, tmp_path, server):
        leaves = tiny_notebooks.write(
            tmp_path / "01_x.ipynb", "import pandas\nprint(hasattr(pandas, 'left'))\npandas.left = 1"
        )
        assert [tiny_notebooks.printed(run(leaves, server)) for _ in range(2)] == ["False\n", "False\n"]

    def test_plain_kernels_give_the_same_notebook(self, tmp_path, server):
        notebook = tiny_notebooks.write(
            tmp_path / "01_x.ipynb", "import pandas\npandas.DataFrame({'a': [1]})"
        )
        forked = run(notebook, server).read_bytes()
        with ForkServer(tmp_path / "log", plain=True) as plain:
            assert run(notebook, plain).read_bytes() == forked

    def test_a_helper_that_is_gone_is_told_once_and_kernels_start_plainly(self, notebook, tmp_path):
        with ForkServer(tmp_path / "log") as server:
            server._process.kill()
            server._process.wait()
            run(notebook, server)
            run(notebook, server)
        assert len(server.warnings) == 1
        assert "could not be forked" in server.warnings[0]

    def test_only_while_it_is_open_are_kernels_forked(self, tmp_path):
        factory = KernelProvisionerFactory.instance()
        before = ForkServer.current, factory.default_provisioner_name
        with ForkServer(tmp_path / "log", plain=True) as server:
            assert (ForkServer.current, factory.default_provisioner_name) == (server, kernels.NAME)
        assert (ForkServer.current, factory.default_provisioner_name) == before
        assert KernelProvisionerFactory().default_provisioner_name == "local-provisioner"

    def test_closing_ends_kernels_and_removes_the_folder(self, tmp_path):
        sleeps = tiny_notebooks.write(tmp_path / "01_x.ipynb", "import time\ntime.sleep(60)")
        with ForkServer(tmp_path / "log") as server:
            begun = threading.Event()
            watch = Watch(60, on_cell=lambda cell, _cells: begun.set() if cell == 3 else None)
            options = {"server": server, "watch": watch, "env": {}, "cwd": tmp_path}
            worker = threading.Thread(
                target=execute, args=(sleeps, tmp_path / "out.ipynb", {}), kwargs=options
            )
            worker.start()
            assert begun.wait(30)
            server.close()
            assert ended([watch.pid, server._process.pid], 2)
            worker.join(5)
        assert not worker.is_alive()
        assert not server.folder.exists()

    @pytest.mark.parametrize("plain", [False, True])
    def test_kernels_die_with_a_runner_that_is_killed(self, tmp_path, plain):
        script = f"""
            import sys
            from pathlib import Path
            from custkit.run.execute import Watch, execute
            from custkit.run.kernels import ForkServer
            with ForkServer(Path("log"), plain={plain}) as server:
                watch = Watch(60)
                watch.on_cell = lambda cell, cells: print(watch.pid, server._process and server._process.pid or 0, server.folder, flush=True)
                execute(Path("01_x.ipynb"), Path("out.ipynb"), {{}}, server=server, watch=watch, env={{}}, cwd=Path.cwd())
        """
        tiny_notebooks.write(tmp_path / "01_x.ipynb", "import time\ntime.sleep(60)")
        command = [sys.executable, "-c", textwrap.dedent(script)]
        runner = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        *pids, folder = runner.stdout.readline().split()
        os.kill(runner.pid, signal.SIGKILL)
        runner.wait()
        assert ended([int(pid) for pid in pids if pid != "0"], 5)
        assert plain or not Path(folder).exists()


class TestRequireKernel:
    def test_the_kernel_of_this_environment_will_do(self):
        kernels.require_kernel()

    def test_says_how_to_install_a_missing_one(self, monkeypatch):
        def missing(self, name):
            raise NoSuchKernel(name)

        monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", missing)
        with pytest.raises(UsageError, match="pip install -e"):
            kernels.require_kernel()

    def test_refuses_a_kernel_of_another_python(self, monkeypatch, tmp_path):
        other = tmp_path / "python"
        other.touch()
        spec = kernels.KernelSpecManager().get_kernel_spec("python3")
        spec.argv = [str(other), *spec.argv[1:]]
        monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", lambda self, name: spec)
        with pytest.raises(UsageError, match="custkit is"):
            kernels.require_kernel()
