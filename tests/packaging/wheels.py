"""Wheels as pip makes and installs them, without a network: what they need is linked from .venv."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import os
import pathlib
import shutil
import sys
import tarfile

from installation import BUILD, REPOSITORY, run
from packaging.requirements import Requirement

OLDEST = REPOSITORY / ".venv/oldest"  # of what a wheel needs; its pyarrow is of another major than the one that runs the tests
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@contextlib.contextmanager
def alone():
    """One at a time, of all that run tests: the folders of the builds are shared, so that only the first time is slow."""
    with open(BUILD.parent / "packaging.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_sdist(directory: pathlib.Path) -> pathlib.Path:
    """By the hook that `python -m build` and pip call."""
    program = "import sys, scikit_build_core.build as build; build.build_sdist(sys.argv[1])"
    run(sys.executable, "-c", program, directory, cwd=REPOSITORY)
    (made,) = directory.iterdir()
    return made


@alone()
def unpack(sdist: pathlib.Path, directory: pathlib.Path) -> pathlib.Path:
    """The sdist's files and no others. What is as it was keeps its time, so that it is not compiled again."""
    fresh = directory.with_name(f"{directory.name}.{os.getpid()}")
    with tarfile.open(sdist) as archive:
        archive.extractall(fresh, filter="data")
    (top,) = fresh.iterdir()
    for new in [path for path in top.rglob("*") if path.is_file()]:
        new.touch()
        old = directory / new.relative_to(top)
        if old.is_file() and old.read_bytes() == new.read_bytes():
            shutil.copystat(old, new)
    shutil.rmtree(directory, ignore_errors=True)
    top.rename(directory)
    fresh.rmdir()
    return directory


@alone()
def make_wheel(
    source: pathlib.Path, directory: pathlib.Path, *settings: str, pyarrow: pathlib.Path | None = None
) -> pathlib.Path:
    """As pip makes it, with the tools of .venv; with the pyarrow of that folder, where one is named."""
    kind = "wheel" if pyarrow is None else pyarrow.name
    options = [f"-Cbuild-dir={BUILD.parent / kind}", *(f"-C{setting}" for setting in settings)]
    environment = os.environ | {"CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count())}
    if pyarrow is not None:
        environment["PYTHONPATH"] = str(pyarrow)
    offline = ("--no-index", "--no-build-isolation", "--no-deps")
    run(*PIP, "wheel", "-q", *offline, "-w", directory, *options, source, env=environment)
    (made,) = directory.iterdir()
    return made


def link_distributions(site: pathlib.Path, *names: str, found_first: tuple[str, ...] = ()) -> None:
    """Has site-packages hold distributions and all they need, as pip would put them there, without the download."""
    site.mkdir(exist_ok=True)
    found = {}
    for distribution in importlib.metadata.distributions(path=[*found_first, *sys.path]):
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


def make_environment(path: pathlib.Path, *options: str) -> pathlib.Path:
    """A virtual environment with nothing in it; its site-packages."""
    run(sys.executable, "-m", "venv", "--without-pip", *options, path)
    return next(path.glob("lib/python*/site-packages"))


def install(environment: pathlib.Path, wheel: pathlib.Path, *options: str) -> None:
    """By pip, which refuses when what the wheel needs is not there."""
    run(*PIP, "--python", environment / "bin/python", "install", "-q", "--no-index", *options, wheel)


