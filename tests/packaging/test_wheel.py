"""The sdist, and the wheels: what they have and need, and that they run where there is no checkout."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile

import pytest
from installation import BUILD, OF_THE_SYSTEM, REPOSITORY, VERSION, knows, run
from wheels import BETWEEN, NEWEST, OLDEST, PIP, install, link_distributions, made_wheel, make_environment

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
# What the tag manylinux_2_35 stands for: https://peps.python.org/pep-0600/.
OF_THE_TAG = OF_THE_SYSTEM | {"ld-linux-x86-64"}
TAG = "manylinux_2_35_x86_64"

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

BESIDE = """
import importlib, math, sys, threading
from datetime import datetime

for name in sys.argv[1:]:  # in the order in which a user happens to import them
    importlib.import_module(name)
import klinekeep, pyarrow, pyarrow.parquet

asked = {"interval": "1m", "start_time": datetime(2026, 9, 20), "end_time": datetime(2026, 9, 20, 11, 59)}
manager = klinekeep.DataSourceManager(cache_dir="cache")
first = manager.get_table_sync("BTCUSDT", **asked)
tables = []

def ask():
    for _ in range(25):
        tables.append(manager.get_table_sync("BTCUSDT", **asked))

threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(tables) == 200 and all(table.equals(first) for table in tables) and first.num_rows == 720

pyarrow.parquet.write_table(first, "theirs.parquet", compression="zstd")
assert pyarrow.parquet.read_table("theirs.parquet").select(["close"]).equals(first.select(["close"]))
frame = manager.get_data_sync("BTCUSDT", **asked)
assert frame["close"].sum() == first["close"].to_pandas().sum()
if "polars" in sys.modules:
    import polars
    assert math.isclose(polars.from_arrow(first)["close"].sum(), frame["close"].sum())  # added in another order
if "duckdb" in sys.modules:
    import duckdb
    assert math.isclose(duckdb.sql("select sum(close) from first").fetchall()[0][0], frame["close"].sum())

arrows = {line.split()[-1] for line in open("/proc/self/maps") if "/libarrow" in line and ".so" in line}
ours = {path for path in arrows if "/klinekeep.libs/" in path}
assert len(ours) == 1 and any("/pyarrow/" in path for path in arrows - ours), arrows
print("well", pyarrow.__version__, klinekeep._core.arrow_version)
# It ends with tables alive, and with a manager that nobody has closed.
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


@pytest.fixture(scope="module", params=["cp311-cp311", "cp312-abi3"])
def any_wheel(request):
    """Each wheel that there is: of the stable ABI where a Python of 3.12 or newer was found."""
    found = made_wheel(request.param)
    if found is None and request.param == "cp312-abi3" and not NEWEST.exists():
        pytest.skip("no Python of 3.12 or newer is found, so there is no wheel for those")
    assert found is not None, f"`make test` makes the wheel {request.param} first"
    return found


def unpacked(wheel, directory):
    zipfile.ZipFile(wheel).extractall(directory)
    return directory


def programs(directory):
    """What the loader loads, the module, the command and the libraries, each with what `readelf -d` says of it."""
    files = [path for path in directory.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    return {path: run("readelf", "-dW", path) for path in files}


def metadata(archive, name):
    return archive.read(f"klinekeep-{VERSION}.dist-info/{name}").decode()


def test_sdist_has_what_a_wheel_is_made_of(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(f"klinekeep-{VERSION}/") for name in archive.getnames()}
    folders = ("CMakeLists.txt", "LICENSE", "NOTICE", "README.md", "cli", "cmake", "include", "pyproject.toml", "python", "src")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *folders, cwd=REPOSITORY).splitlines()
    assert names == {name for name in listed if not name.startswith("python/requirements/")} | {"PKG-INFO"}


def test_sdist_has_all_that_its_build_reads(sdist, tmp_path):
    """So it builds where this checkout does, which has just been built: what is read is the same, byte for byte. Here it is configured
    only; `make check` builds all of it."""
    ninja = ("ninja", "-C", BUILD, "-t")
    targets = ("klinekeep_python", "klinekeep_cli")
    read = run(*ninja, "inputs", *targets).split()
    objects = [name for name in read if name.endswith(".o")]
    for line in run(*ninja, "deps", *objects).splitlines():
        read += [line.strip()] if line.startswith(" ") else []
    ours = {path for path in ((BUILD / name).resolve() for name in read) if path.is_relative_to(REPOSITORY)}
    generated = (BUILD, REPOSITORY / ".venv")
    sources = {path.relative_to(REPOSITORY) for path in ours if not any(path.is_relative_to(place) for place in generated)}
    assert len(objects) > 100 and len(sources) > 300

    run("tar", "-xf", sdist, "-C", tmp_path)
    source = tmp_path / f"klinekeep-{VERSION}"
    assert [str(name) for name in sources if (source / name).read_bytes() != (REPOSITORY / name).read_bytes()] == []
    run("cmake", "-S", source, "-B", tmp_path / "build", "-G", "Ninja", "-DKLINEKEEP_PYTHON=ON", f"-DPython_EXECUTABLE={sys.executable}")
    planned = run("ninja", "-C", tmp_path / "build", "-n", *targets)
    assert "klinekeep_cli" in planned or "bin/klinekeep" in planned


def test_wheel_has_the_package_the_command_and_no_more(any_wheel):
    names = {name for name in zipfile.ZipFile(any_wheel).namelist() if not name.endswith("/")}
    modules = {f"klinekeep/{path.name}" for path in (REPOSITORY / "python/klinekeep").glob("*.py")}
    module = ".abi3.so" if "abi3" in any_wheel.name else sysconfig.get_config_var("EXT_SUFFIX")
    data = f"klinekeep-{VERSION}.data"
    assert {name for name in names if ".dist-info/" not in name and not name.startswith("klinekeep.libs/")} == modules | {
        f"klinekeep/_core{module}",
        "klinekeep/_core.pyi",
        "klinekeep/py.typed",
        f"{data}/scripts/klinekeep",
        f"{data}/data/share/man/man1/klinekeep.1",
        f"{data}/data/share/bash-completion/completions/klinekeep",
        f"{data}/data/share/zsh/site-functions/_klinekeep",
        f"{data}/data/share/fish/vendor_completions.d/klinekeep.fish",
    }


def test_wheel_needs_glibc_and_what_it_carries(any_wheel, tmp_path):
    """Nothing else of the system, and of glibc nothing that is newer than the tag says."""
    content = unpacked(any_wheel, tmp_path)
    carried = {path.name for path in (content / "klinekeep.libs").iterdir()}
    seen = programs(content)
    assert len(seen) == len(carried) + 2  # the module and the command
    used = set()
    for path, dynamic in seen.items():
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        used |= needed
        assert {name for name in needed - carried if name.partition(".so")[0] not in OF_THE_TAG} == set(), path
        newest = max((int(minor) for minor in re.findall(r"GLIBC_2\.(\d+)", run("readelf", "-VW", path))), default=0)
        assert newest <= 35, path
        places = [part for found in re.findall(r"R(?:UN)?PATH.*\[(.*)\]", dynamic) for part in found.split(":")]
        assert all(part.startswith("$ORIGIN") for part in places), path
    assert carried <= used  # and it carries nothing that nobody needs
    assert {name.partition("-")[0] for name in carried} >= {"libarrow", "libparquet", "libcurl", "libcrypto"}
    assert any_wheel.name.endswith(f"{TAG}.whl")


def test_wheel_carries_the_licences_of_all_that_is_in_it(any_wheel, tmp_path):
    content = unpacked(any_wheel, tmp_path)
    licences = content / f"klinekeep-{VERSION}.dist-info/licenses"
    texts = {path.stem for path in (licences / "debian").iterdir() if path.stat().st_size > 200}
    for library in (content / "klinekeep.libs").iterdir():
        if library.name.startswith(("libarrow", "libparquet")):
            continue
        original = re.sub(r"-[0-9a-f]{8}(?=\.)", "", library.name)
        assert run("dpkg-query", "--search", f"*/{original}").partition(":")[0] in texts, original
    assert texts >= {"libboost1.74-dev", "nlohmann-json3-dev", "libcli11-dev", "libtomlplusplus-dev", "libexpected-dev", "libxxhash-dev"}
    for distribution in ("pyarrow", "nanobind"):
        assert "Copyright" in "".join(path.read_text() for path in (licences / distribution).iterdir())


def test_wheel_says_what_it_needs(any_wheel):
    text = metadata(zipfile.ZipFile(any_wheel), "METADATA")
    assert sorted(re.findall("^Requires-Dist: (.*)$", text, re.M)) == [
        'matplotlib>=3.8; extra == "plot"',
        "numpy>=2",
        "pandas>=2.2.2",
        "pyarrow>=16",
        "tqdm>=4.66",
    ]
    assert re.findall("^(?:Version|Requires-Python|Provides-Extra): (.*)$", text, re.M) == [VERSION, ">=3.11", "plot"]


def test_the_floors_that_it_states_are_those_that_are_tried():
    pins = dict(line.split("==") for line in (REPOSITORY / "python/requirements/oldest.txt").read_text().split() if "==" in line)
    floors = dict(need.split(">=") for need in PROJECT["dependencies"])
    assert set(floors) == {"pyarrow", "numpy", "pandas", "tqdm"}
    for name, floor in floors.items():
        assert re.fullmatch(rf"{re.escape(floor)}(\.0)*", pins[name]), name


def test_wheel_knows_neither_checkout_nor_build(any_wheel):
    archive = zipfile.ZipFile(any_wheel)
    assert [name for name in archive.namelist() if knows(archive.read(name), REPOSITORY)] == []


def test_wheel_runs_in_a_fresh_environment(environment, at_the_replica, replica, tmp_path):
    said = answers(environment / "bin/python", at_the_replica, replica, tmp_path)
    assert pathlib.Path(said[-1]).is_relative_to(environment)


def test_stable_wheel_runs_with_the_newest_python(at_the_replica, replica, tmp_path):
    """It was made with the oldest that was found."""
    if not NEWEST.exists():
        pytest.skip("no Python of 3.12 or newer is found, so there is no wheel for those")
    python = NEWEST / "bin/python"
    packages = make_environment(tmp_path / "venv", python)
    link_distributions(packages, "pyarrow", "pandas", "numpy", "tqdm", found_in=[str(next(NEWEST.glob("lib/python*/site-packages")))])
    install(tmp_path / "venv", made_wheel("cp312-abi3"), pip=python)
    answers(tmp_path / "venv/bin/python", at_the_replica, replica, tmp_path)
    assert run(tmp_path / "venv/bin/klinekeep", "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"


PYARROWS = {"oldest": [str(OLDEST)], "between": [str(BETWEEN)], "pinned": []}


@pytest.fixture(scope="module", params=PYARROWS)
def beside(request, tmp_path_factory):
    """Environments with the wheel and a pyarrow: of 16 with all the oldest, of 21, and of the one that it was built with."""
    directory = tmp_path_factory.mktemp(request.param)
    packages = make_environment(directory / "venv")
    link_distributions(packages, "pyarrow", "pandas", "numpy", "tqdm", "polars", "duckdb", found_in=[*PYARROWS[request.param], *sys.path])
    install(directory / "venv", made_wheel("cp311-cp311"))
    return directory / "venv/bin/python"


@pytest.mark.parametrize("order", ["pyarrow klinekeep", "klinekeep pyarrow", "polars duckdb pandas klinekeep", "klinekeep duckdb polars"])
def test_wheel_runs_beside_any_pyarrow(beside, order, at_the_replica, tmp_path):
    """Imported before and after it, beside what else brings an Arrow along, from many threads, and to the end of the process."""
    said = run(beside, "-c", BESIDE, *order.split(), env=at_the_replica, cwd=tmp_path)
    assert said.startswith("well ")


def test_the_pyarrows_differ():
    """So that the test above tries what it says: the oldest that is allowed, one between, and the newest."""
    versions = [
        next(d.version for d in importlib.metadata.distributions(name="pyarrow", path=[*places, *sys.path])) for places in PYARROWS.values()
    ]
    assert [version.partition(".")[0] for version in versions] == ["16", "21", "26"]


def test_command_runs_in_a_fresh_environment(environment, at_the_replica, tmp_path):
    """It starts without Python, in an environment that was moved after the installation."""
    command = environment / "bin/klinekeep"
    assert command.read_bytes()[:4] == b"\x7fELF"
    assert run(command, "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"
    said = run(command, "get", "BTCUSDT", "1h", "--start", "2026-09-20", "--end", "2026-09-20", "-q", "-f", "csv",
               env=at_the_replica, cwd=tmp_path)
    assert len(said.splitlines()) == 25
    assert (environment / "share/man/man1/klinekeep.1").is_file()
    libraries = run("ldd", command, env=at_the_replica)
    for name in ("libarrow-", "libparquet-", "libcurl-", "libcrypto-"):
        assert re.search(rf"{name}\w+\.so\S* => {re.escape(str(environment))}/.*/klinekeep\.libs/", libraries), libraries


def test_command_finds_certificates_on_other_systems(environment):
    """The libcurl in the wheel was built for Debian's place. So what the built command is tried with, the wheel's is, too."""
    trials = REPOSITORY / "tests/cli/test_certificates.py"
    run(sys.executable, "-m", "pytest", "-q", trials, env=os.environ | {"KLINEKEEP_BIN": str(environment / "bin/klinekeep")})


def test_command_runs_from_a_target_folder(any_wheel, at_the_replica, tmp_path):
    target = tmp_path / "target"
    python = NEWEST / "bin/python" if "abi3" in any_wheel.name else sys.executable
    run(python, *PIP, "install", "-q", "--no-index", "--no-deps", "--target", target, any_wheel)
    assert run(target / "bin/klinekeep", "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"


def test_package_of_a_target_folder_finds_its_command(wheel, at_the_replica, tmp_path):
    target = tmp_path / "target"
    run(sys.executable, *PIP, "install", "-q", "--no-index", "--no-deps", "--target", target, wheel)
    link_distributions(target, "pyarrow", "pandas", "numpy", "tqdm")
    said = run(sys.executable, "-S", "-m", "klinekeep", "--version", env=at_the_replica | {"PYTHONPATH": str(target)})
    assert said == f"klinekeep {VERSION}\n"


def test_command_runs_from_a_scheme_of_its_own(environment, at_the_replica, tmp_path):
    """A system that puts programs elsewhere: `python -m klinekeep` says where the libraries are."""
    elsewhere = tmp_path / "programs/klinekeep"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes((environment / "bin/klinekeep").read_bytes())
    elsewhere.chmod(0o755)
    assert subprocess.run([elsewhere, "--version"], env=at_the_replica, capture_output=True).returncode == 127
    program = "import sys, pathlib, klinekeep.__main__ as main; main._command = lambda: pathlib.Path(sys.argv.pop(1)); main.main()"
    said = run(environment / "bin/python", "-c", program, elsewhere, "--version", env=at_the_replica)
    assert said == f"klinekeep {VERSION}\n"


def test_package_runs_with_an_inherited_pyarrow(wheel, at_the_replica, replica, tmp_path):
    """An environment that sees another's pyarrow."""
    packages = make_environment(tmp_path / "venv")
    link_distributions(tmp_path / "elsewhere", "pyarrow", "pandas", "numpy", "tqdm")
    (packages / "inherited.pth").write_text(f"{tmp_path}/elsewhere\n")
    install(tmp_path / "venv", wheel)
    answers(tmp_path / "venv/bin/python", at_the_replica, replica, tmp_path)
    assert run(tmp_path / "venv/bin/klinekeep", "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"


def test_pip_refuses_the_wheel_beside_a_pyarrow_that_is_too_old(wheel, tmp_path):
    packages = make_environment(tmp_path / "venv")
    link_distributions(packages, "pyarrow", "pandas", "numpy", "tqdm")
    (described,) = packages.glob("pyarrow-*.dist-info")
    text = (described / "METADATA").read_text()
    described.unlink()
    described.mkdir()
    (described / "METADATA").write_text(re.sub("^Version: .*", "Version: 15.0.2", text, flags=re.M))
    said = run(sys.executable, *PIP, "--python", tmp_path / "venv/bin/python", "install", "--no-index", wheel, code=1)
    assert "pyarrow>=16" in said
