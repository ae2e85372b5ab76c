"""The Python package that was built: its version, which Arrow it takes, and what its module shows."""

import pathlib
import re
import sys
import sysconfig
import textwrap

import pyarrow
import pytest
from installation import REPOSITORY, VERSION, run


@pytest.fixture(scope="module")
def python(site):
    """Runs a program in a new interpreter that sees `site`, and returns what it says."""

    def say(program, **environment):
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"} | environment
        return run(sys.executable, "-c", textwrap.dedent(program), env=environment).strip()

    return say


ESTIMATES = """
    from datetime import date, datetime, timedelta, timezone
    import pandas
    from klinekeep import estimate_data_points as estimate
    utc = timezone.utc
    # Naive times are UTC, wherever the machine is: a day in which clocks change has 24 hours.
    assert estimate(datetime(2024, 3, 31), datetime(2024, 4, 1), "1h") == 24
    assert estimate(datetime(2024, 3, 31, tzinfo=utc), datetime(2024, 4, 1), "1h") == 24
    assert estimate(date(2024, 3, 31), pandas.Timestamp("2024-04-01", tz="UTC"), "1h") == 24
    berlin = timezone(timedelta(hours=2))
    assert estimate(datetime(2024, 3, 31, tzinfo=berlin), datetime(2024, 3, 31), "1s") == 7200
    assert estimate(datetime(2024, 1, 31), datetime(2024, 3, 31), "1M") == 2
    assert estimate(datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 1, 999999), "1s") == 1
    assert estimate(datetime(2024, 1, 2), datetime(2024, 1, 1), "1s") == 0
    assert estimate(datetime(1, 1, 1), datetime.max, "1d") == 3652058
    for bad, error in (("1x", ValueError), (60, TypeError)):
        try:
            estimate(datetime(2024, 1, 1), datetime(2024, 1, 2), bad)
        except error:
            continue
        raise AssertionError(bad)
    print("well")
"""


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_estimate(python, zone):
    assert python(ESTIMATES, TZ=zone) == "well"


def test_version(python):
    assert python("import klinekeep; print(klinekeep.__version__)") == VERSION
    assert f'version = "{VERSION}"' in (REPOSITORY / "pyproject.toml").read_text()


def test_a_build_takes_pyarrows_arrow(python):
    """Only a wheel brings one along."""
    program = """
        import klinekeep, pathlib, pyarrow, sys
        assert klinekeep._core.arrow_version == pyarrow.cpp_version
        maps = pathlib.Path("/proc/self/maps").read_text()
        print(*{line.split()[-1] for line in maps.splitlines() if "/libarrow.so" in line}, sep="\\n")
    """
    assert pathlib.Path(python(program)).parent == pathlib.Path(pyarrow.get_library_dirs()[0])


def test_module_shows_nothing_but_its_entry(site):
    (module,) = (site / "klinekeep").glob("_core*.so")
    shown = run("nm", "-DC", "--defined-only", module)
    assert "PyInit__core" in shown
    assert not re.findall(r".* [TDBR] .*(?:klinekeep|nanobind)::.*", shown)


def test_environment_of_the_tests_has_no_module_that_is_no_more():
    """`make build` installs into a clean folder: a module that was renamed does not live on under its old name."""
    installed = {path.name for path in (pathlib.Path(sysconfig.get_path("purelib")) / "klinekeep").glob("*.py")}
    assert installed == {path.name for path in (REPOSITORY / "python/klinekeep").glob("*.py")}
