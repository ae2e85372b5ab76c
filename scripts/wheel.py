"""make wheel: the wheels, into build/wheels, from what `make build` has compiled.

One is for the Python of .venv. Where another Python of 3.12 or newer is found, a second is for that and all that follow: only the
module is compiled again, in build/venv-stable. KLINEKEEP_PYTHONS names those Pythons, the oldest first, where they are neither on PATH nor
pyenv's. With --trial, build/venv-newest is what a user of the newest of them would have beside the wheel: tests/packaging tries it there.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = ROOT / "build/release"
WHEELS = ROOT / "build/wheels"


def newer_pythons() -> list[str]:
    """Those of 3.12 and newer that start, the oldest first."""
    named = os.environ.get("KLINEKEEP_PYTHONS")
    if named is not None:
        for python in named.split():
            if not starts(python, "import sys, venv, ensurepip; assert sys.version_info >= (3, 12)"):
                sys.exit(f"wheel: {python}, which KLINEKEEP_PYTHONS names, is no Python of 3.12 or newer that has venv")
        return named.split()
    places = [*os.environ.get("PATH", "").split(":"), *map(str, pathlib.Path.home().glob(".pyenv/versions/*/bin"))]
    found: dict[int, str] = {}
    for place in places:
        for path in pathlib.Path(place or ".").glob("python3.*"):
            minor = re.fullmatch(r"python3\.(1[2-9])", path.name)
            if minor and int(minor[1]) not in found and starts(path):
                found[int(minor[1])] = str(path)
    return [found[minor] for minor in sorted(found)]


def starts(python: str | pathlib.Path, program: str = "import venv, ensurepip") -> bool:
    try:
        return subprocess.run([python, "-c", program], capture_output=True).returncode == 0
    except OSError:
        return False


def environment(name: str, python: str, *parts: str) -> pathlib.Path:
    """What setup.sh puts into .venv for these parts, in an environment of another Python."""
    subprocess.run([ROOT / "scripts/setup.sh", *parts], env=os.environ | {"VENV": name, "PYTHON": python}, check=True)
    return ROOT / name / "bin/python"


def make(python: str | pathlib.Path, build: pathlib.Path, *settings: str) -> None:
    """By pip, as a user would, but from what is compiled, and with the tools of that Python's environment."""
    offline = ("--no-index", "--no-build-isolation", "--no-deps")
    options = [f"--config-settings={setting}" for setting in (f"build-dir={build}", *settings)]
    pip = [python, "-m", "pip", "--disable-pip-version-check", "wheel", "-q"]
    subprocess.run([*pip, *offline, "-w", WHEELS, *options, ROOT], check=True)


def main() -> None:
    shutil.rmtree(WHEELS, ignore_errors=True)
    make(sys.executable, RELEASE)
    newer = newer_pythons()
    if newer:
        stable = environment("build/venv-stable", newer[0], "demo", "wheel")
        same = {"KLINEKEEP_LAYERS_FROM": RELEASE, "KLINEKEEP_PYTHON_FOR_ARROW": sys.executable}
        make(stable, ROOT / "build/wheel-stable", *(f"cmake.define.{name}={value}" for name, value in same.items()))
    else:
        print("wheel: no Python of 3.12 or newer is found, so there is no wheel for those")
    if newer and "--trial" in sys.argv[1:]:
        environment("build/venv-newest", newer[-1], "demo")
    for wheel in sorted(WHEELS.glob("*.whl")):
        print(f"wheel: {wheel.relative_to(ROOT)}, {wheel.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
