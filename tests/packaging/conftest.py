"""What a user would have: an installed klinekeep, away from the checkout."""

from __future__ import annotations

import pathlib

import pytest
from installation import BUILD, run


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
