"""The sdist, and wheels from it: what they have and need, and that they run where there is no checkout."""

import importlib.metadata
import pathlib
import re
import sys
import sysconfig
import tarfile
import zipfile

import pyarrow
import pytest
from installation import REPOSITORY, VERSION, run
from wheels import OLDEST, PIP, install, link_distributions, make_environment, make_wheel

pytestmark = pytest.mark.timeout(3600)  # the first to need a wheel builds it

COLD_AND_WARM = """
import asyncio, sys, klinekeep
from datetime import datetime
import pyarrow

async def main():
    async with klinekeep.DataSourceManager(cache_dir="cache") as manager:
        asked = {"interval": "1m", "start_time": datetime(2026, 9, 20), "end_time": datetime(2026, 9, 20, 11, 59)}
        cold = await manager.get_data("BTCUSDT", **asked)
        warm = await manager.get_data("BTCUSDT", **asked)
        assert warm.equals(cold) and not cold.empty
        print(klinekeep.__version__, pyarrow.__version__.split(".")[0], len(warm), warm["close"].sum())
        print(await manager.get_cache_stats(), warm.attrs["klinekeep"]["requests"])

asyncio.run(main())
print(klinekeep.__file__)
"""


def answers(python, environment, replica, cwd) -> list[str]:
    """What the program says, after a look at how much was asked, and whether the candles are the replica's."""
    said = run(python, "-c", COLD_AND_WARM, env=environment, cwd=cwd).splitlines()
    version, _, rows, total = said[0].split()
    truth = replica.rows("spot", "BTCUSDT", "1m", "2026-09-20T00:00:00Z", "2026-09-20T12:00:00Z")
    assert version == VERSION
    assert int(rows) == len(truth) == 720 and float(total) == pytest.approx(sum(float(row[4]) for row in truth))
    assert said[1] == "{'hits': 1, 'misses': 1, 'errors': 0} 0"
    assert replica.log()
    return said


def metadata(archive, name):
    return archive.read(f"klinekeep-{VERSION}.dist-info/{name}").decode()


def test_sdist_has_what_a_wheel_is_made_of(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(f"klinekeep-{VERSION}/") for name in archive.getnames()}
        info = archive.extractfile(f"klinekeep-{VERSION}/PKG-INFO").read().decode()
    folders = ("CMakeLists.txt", "README.md", "cli", "cmake", "include", "pyproject.toml", "python", "src")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *folders, cwd=REPOSITORY).splitlines()
    assert names == {name for name in listed if not re.fullmatch(r"python/requirements.*\.txt", name)} | {"PKG-INFO"}
    assert "Dynamic: Requires-Dist\n" in info  # a wheel needs the pyarrow that it is built with


def test_wheel_has_the_package_the_command_and_no_more(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {f"klinekeep/{path.name}" for path in (REPOSITORY / "python/klinekeep").glob("*.py")}
    data = f"klinekeep-{VERSION}.data"
    assert wheel.name.startswith(f"klinekeep-{VERSION}-cp")
    assert {name for name in names if ".dist-info/" not in name} == modules | {
        "klinekeep/_built_with.py",
        f"klinekeep/_core{sysconfig.get_config_var('EXT_SUFFIX')}",
        "klinekeep/_core.pyi",
        "klinekeep/py.typed",
        f"{data}/scripts/klinekeep",
        f"{data}/data/share/man/man1/klinekeep.1",
        f"{data}/data/share/bash-completion/completions/klinekeep",
        f"{data}/data/share/zsh/site-functions/_klinekeep",
        f"{data}/data/share/fish/vendor_completions.d/klinekeep.fish",
    }


def test_wheel_says_what_it_needs(wheel):
    text = metadata(zipfile.ZipFile(wheel), "METADATA")
    major = int(pyarrow.__version__.partition(".")[0])
    assert sorted(re.findall("^Requires-Dist: (.*)$", text, re.M)) == [
        'matplotlib>=3.8; extra == "plot"',
        "numpy>=2",
        "pandas>=2.2.2",
        f"pyarrow<{major + 1},>={major}",
        "tqdm>=4.66",
    ]
    assert re.findall("^(?:Version|Requires-Python|Provides-Extra): (.*)$", text, re.M) == [VERSION, ">=3.11", "plot"]


def test_the_floors_that_it_states_are_those_that_are_tried():
    pins = dict(line.split("==") for line in (REPOSITORY / "python/requirements-oldest.txt").read_text().split() if "==" in line)
    floors = dict(re.findall(r'"(\w+)>=([\d.]+)"', (REPOSITORY / "python/wheel_dependencies.py").read_text()))
    assert set(floors) == {"numpy", "pandas", "tqdm"}
    for name, floor in floors.items():
        assert re.fullmatch(rf"{re.escape(floor)}(\.0)*", pins[name]), name


def test_wheel_knows_neither_checkout_nor_build(wheel):
    archive = zipfile.ZipFile(wheel)
    assert [name for name in archive.namelist() if str(REPOSITORY).encode() in archive.read(name)] == []


def test_wheel_runs_in_a_fresh_environment(environment, at_the_replica, replica, tmp_path):
    said = answers(environment / "bin/python", at_the_replica, replica, tmp_path)
    assert pathlib.Path(said[-1]).is_relative_to(environment)
    (package,) = environment.glob("lib/python*/site-packages/klinekeep")
    (module,) = package.glob("_core*.so")
    assert re.findall(r"R(?:UN)?PATH.*\[(.*)\]", run("readelf", "-d", module)) == ["$ORIGIN/../pyarrow"]


def test_command_runs_in_a_fresh_environment(environment, at_the_replica, tmp_path):
    """It starts without Python, in an environment that was moved after the installation."""
    command = environment / "bin/klinekeep"
    assert command.read_bytes()[:4] == b"\x7fELF"
    assert run(command, "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"
    said = run(command, "get", "BTCUSDT", "1h", "--start", "2026-09-20", "--end", "2026-09-20", "-q", "-f", "csv",
               env=at_the_replica, cwd=tmp_path)
    assert len(said.splitlines()) == 25
    assert (environment / "share/man/man1/klinekeep.1").is_file()


def test_command_runs_from_a_target_folder(wheel, at_the_replica, tmp_path):
    target = tmp_path / "target"
    run(*PIP, "install", "-q", "--no-index", "--no-deps", "--target", target, wheel)
    link_distributions(target, "pyarrow", "pandas", "numpy", "tqdm")
    assert run(target / "bin/klinekeep", "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"
    said = run(sys.executable, "-S", "-m", "klinekeep", "--version", env=at_the_replica | {"PYTHONPATH": str(target)})
    assert said == f"klinekeep {VERSION}\n"


def test_command_with_an_inherited_pyarrow(wheel, at_the_replica, replica, tmp_path):
    """An environment that sees another's pyarrow: the package runs, and the command by `python -m klinekeep`."""
    packages = make_environment(tmp_path / "venv")
    link_distributions(tmp_path / "elsewhere", "pyarrow", "pandas", "numpy", "tqdm")
    (packages / "inherited.pth").write_text(f"{tmp_path}/elsewhere\n")
    install(tmp_path / "venv", wheel)
    python = tmp_path / "venv/bin/python"
    answers(python, at_the_replica, replica, tmp_path)
    assert run(python, "-m", "klinekeep", "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"
    said = run(tmp_path / "venv/bin/klinekeep", "--version", env=at_the_replica, code=127)
    assert "libarrow.so" in said or "libparquet.so" in said


def test_wheel_with_the_oldest_that_it_may_have(unpacked, at_the_replica, replica, tmp_path):
    """Of another major of pyarrow, and with numpy, pandas and tqdm as old as the metadata allow. Built without optimisation, which is a
    trial of the sources and of what the metadata say."""
    older = next(d for d in importlib.metadata.distributions(path=[str(OLDEST)]) if d.name == "pyarrow")
    major = int(older.version.partition(".")[0])
    assert major < int(pyarrow.__version__.partition(".")[0])
    wheel = make_wheel(unpacked, tmp_path / "wheel", "cmake.define.CMAKE_CXX_FLAGS_RELEASE=-O0", pyarrow=OLDEST)
    assert f"Requires-Dist: pyarrow<{major + 1},>={major}\n" in metadata(zipfile.ZipFile(wheel), "METADATA")

    packages = make_environment(tmp_path / "venv")
    link_distributions(packages, "pyarrow", "pandas", "numpy", "tqdm", found_first=(str(OLDEST),))
    install(tmp_path / "venv", wheel)
    said = answers(tmp_path / "venv/bin/python", at_the_replica, replica, tmp_path)
    assert said[0].split()[1] == str(major)
    versions = "import numpy, pandas, tqdm; print(numpy.__version__, pandas.__version__, tqdm.__version__)"
    assert run(tmp_path / "venv/bin/python", "-c", versions) == "2.0.0 2.2.2 4.66.0\n"
    assert run(tmp_path / "venv/bin/klinekeep", "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"

    # Beside the newer pyarrow, as when a user upgrades it by hand, it says what it needs.
    for link in [*packages.glob("pyarrow*")]:
        link.unlink()
    link_distributions(packages, "pyarrow")
    said = run(tmp_path / "venv/bin/python", "-c", "import klinekeep", env=at_the_replica, code=1)
    assert f"ImportError: this klinekeep needs pyarrow {major}," in said
    assert f"pyarrow {pyarrow.__version__} is installed" in said


def test_pip_refuses_the_wheel_beside_another_pyarrow(wheel, tmp_path):
    packages = make_environment(tmp_path / "venv")
    link_distributions(packages, "pyarrow", "pandas", "numpy", "tqdm", found_first=(str(OLDEST),))
    said = run(*PIP, "--python", tmp_path / "venv/bin/python", "install", "--no-index", wheel, code=1)
    assert "pyarrow<" in said
