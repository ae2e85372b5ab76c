"""Wheels as `make wheel` makes and pip installs them, without a network: what they need is linked from environments that are there."""

from __future__ import annotations

import importlib.metadata
import pathlib
import sys

from installation import BUILD, REPOSITORY, run
from packaging.requirements import Requirement

WHEELS = BUILD.parent / "wheels"
OLDEST = REPOSITORY / ".venv/oldest"  # the floors of pyproject.toml
BETWEEN = REPOSITORY / ".venv/between"  # a pyarrow between that and the one that runs the tests
NEWEST = BUILD.parent / "venv-newest"  # the newest Python that was found, with what a wheel needs
PIP = ("-m", "pip", "--disable-pip-version-check")


def make_sdist(directory: pathlib.Path) -> pathlib.Path:
    """By the hook that `python -m build` and pip call."""
    program = "import sys, scikit_build_core.build as build; build.build_sdist(sys.argv[1])"
    run(sys.executable, "-c", program, directory, cwd=REPOSITORY)
    (made,) = directory.iterdir()
    return made


def made_wheel(tag: str) -> pathlib.Path | None:
    """The one for the Python of this tag, which `make test` has made."""
    return next(WHEELS.glob(f"klinekeep-*-{tag}-*.whl"), None)


def link_distributions(site: pathlib.Path, *names: str, found_in: list[str] = sys.path) -> None:
    """Has site-packages hold distributions and all they need, as pip would put them there, without the download."""
    site.mkdir(exist_ok=True)
    found = {}
    for distribution in importlib.metadata.distributions(path=found_in):
        found.setdefault(distribution.name.lower().replace("_", "-"), distribution)
    wanted, done = list(names), set()
    while wanted:
        name = wanted.pop().lower().replace("_", "-")
        if name in done:
            continue
        done.add(name)
        for top in {file.parts[0] for file in found[name].files or ()} - {"..", "__pycache__", "bin"}:
            (site / top).symlink_to(found[name].locate_file(top))
        needs = [Requirement(text) for text in found[name].requires or ()]
        wanted += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


def make_environment(path: pathlib.Path, python: str | pathlib.Path = sys.executable) -> pathlib.Path:
    """A virtual environment with nothing in it; its site-packages."""
    run(python, "-m", "venv", "--without-pip", path)
    return next(path.glob("lib/python*/site-packages"))


def install(environment: pathlib.Path, wheel: pathlib.Path, *options: str, pip: str | pathlib.Path = sys.executable) -> None:
    """By pip, which refuses when what the wheel needs is not there."""
    run(pip, *PIP, "--python", environment / "bin/python", "install", "-q", "--no-index", *options, wheel)
