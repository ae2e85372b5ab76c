"""The Debian package: what it has and needs; that it installs, runs, and goes without a trace."""

from __future__ import annotations

import os
import pathlib
import re

import pytest
from installation import BUILD, VERSION, run

PACKAGES = BUILD.parent / "packages"


@pytest.fixture(scope="module")
def package() -> pathlib.Path:
    (made,) = PACKAGES.glob("*.deb")  # `make test` has made it
    return made


@pytest.fixture
def system(tmp_path) -> pathlib.Path:
    """The root of a system with nothing in it but a database of packages."""
    root = tmp_path / "root"
    (root / "var/lib/dpkg/updates").mkdir(parents=True)
    (root / "var/lib/dpkg/info").mkdir()
    (root / "var/lib/dpkg/status").touch()
    return root


def dpkg(system, *arguments) -> str:
    """Into that root. What it depends on is the system's that the tests run on, and not asked for."""
    command = ("dpkg", f"--instdir={system}", f"--admindir={system}/var/lib/dpkg", "--force-not-root", "--force-depends")
    log = system.parent / "dpkg.log"
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"  # where dpkg wants ldconfig
    return run(*command, f"--log={log}", *arguments, env=os.environ | {"PATH": path})


def files_below(system):
    return {str(path.relative_to(system)) for path in system.rglob("*") if not path.is_dir() and "var/lib/dpkg" not in str(path)}


def test_it_says_what_it_is_and_what_it_needs(package):
    described = dict(line.split(": ", 1) for line in run("dpkg-deb", "--field", package).splitlines() if not line.startswith(" "))
    assert (described["Package"], described["Version"], described["Architecture"]) == ("klinekeep", VERSION, "amd64")
    needed = {re.match(r"[\w.+-]+", part.strip())[0] for part in described["Depends"].split(",")}
    assert needed >= {"ca-certificates", "libc6", "libcurl4", "libssl3", "libisal2"}
    assert not {name for name in needed if "arrow" in name or name.endswith("-dev") or "python" in name}
    for name in needed:
        assert run("dpkg-query", "-W", "-f=${db:Status-Status}", name) == "installed"


def test_it_installs_runs_and_goes_without_a_trace(package, system, at_the_replica, tmp_path):
    before = files_below(system)
    dpkg(system, "--install", package)
    installed = files_below(system) - before
    assert {"usr/bin/klinekeep", "usr/lib/libklinekeep.so", "usr/lib/pkgconfig/klinekeep.pc", "usr/share/man/man1/klinekeep.1"} <= installed
    assert {name for name in installed if not name.startswith("usr/")} == set()

    command = system / "usr/bin/klinekeep"
    assert run(command, "--version", env=at_the_replica) == f"klinekeep {VERSION}\n"
    said = run(command, "get", "BTCUSDT", "1h", "--start", "2026-09-20", "--end", "2026-09-20", "-q", "-f", "csv",
               env=at_the_replica, cwd=tmp_path)
    assert len(said.splitlines()) == 25

    dpkg(system, "--purge", "klinekeep")
    assert files_below(system) == before
    assert not (system / "usr").exists()
