"""What a user would have: an installed klinekeep, away from the checkout."""

from __future__ import annotations

import pathlib
import sys

import pytest
from installation import BUILD, REPOSITORY, run

sys.path.insert(0, str(REPOSITORY / "tests"))
from replica_process import Replica
from wheels import install, link_distributions, made_wheel, make_environment, make_sdist

NOW = "2026-09-24T12:00:00Z"


@pytest.fixture(scope="session")
def bare_environment(tmp_path_factory) -> dict[str, str]:
    """An environment that knows nothing of the checkout or a virtual environment."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path_factory.mktemp("home")), "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="session")
def prefix(tmp_path_factory) -> pathlib.Path:
    """An installation, moved after it was made: it has to be relocatable."""
    directory = tmp_path_factory.mktemp("installation")
    run("cmake", "--install", BUILD, "--component", "klinekeep", "--prefix", directory / "first")
    return (directory / "first").rename(directory / "moved here")


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> pathlib.Path:
    """A site-packages with the Python package that was built, beside the pyarrow that runs the tests."""
    site = tmp_path_factory.mktemp("site")
    run("cmake", "--install", BUILD, "--component", "python", "--prefix", site)
    return site


@pytest.fixture(scope="session")
def sdist(tmp_path_factory) -> pathlib.Path:
    return make_sdist(tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def wheel() -> pathlib.Path:
    """The one for the Python that runs the tests."""
    made = made_wheel(f"cp3{sys.version_info.minor}-cp3{sys.version_info.minor}")
    assert made is not None, "`make test` makes the wheels first"
    return made


@pytest.fixture(scope="session")
def environment(wheel, tmp_path_factory) -> pathlib.Path:
    """A virtual environment with the wheel, what it needs and the types of pandas, moved after it was made."""
    directory = tmp_path_factory.mktemp("venv")
    link_distributions(make_environment(directory / "first"), "pyarrow", "pandas", "numpy", "tqdm", "pandas-stubs")
    install(directory / "first", wheel)
    return (directory / "first").rename(directory / "moved here")


@pytest.fixture
def replica():
    with Replica(now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def at_the_replica(replica, bare_environment, tmp_path) -> dict[str, str]:
    """An environment in which klinekeep takes the replica for Binance and has a home of its own."""
    (tmp_path / "run").mkdir(mode=0o700)
    return bare_environment | {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "KLINEKEEP_REST_URL": replica.url,
        "KLINEKEEP_VISION_URL": replica.url,
        "KLINEKEEP_UPSTREAM": "binance",
        "KLINEKEEP_NOW": NOW,
    }
