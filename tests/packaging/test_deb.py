"""The Debian package: what it has and needs; that it installs, runs, and goes without a trace."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess

import pytest
from installation import BUILD, VERSION, run

PACKAGES = BUILD.parent / "packages"


@pytest.fixture(scope="module")
def package() -> pathlib.Path:
    (made,) = PACKAGES.glob("*.deb")  # `make test` has made it
    return made


# A system that is this one, on which nothing is changed: what is written there lies in the folder `changes`.
ELSEWHERE = """
set -e
mount -t tmpfs none "$1"
cd "$1"
mkdir changes work root
mount -t overlay overlay -o lowerdir=/,upperdir=changes,workdir=work root
mount --bind /proc root/proc
cp "$2" root/klinekeep.deb
chroot root dpkg --install /klinekeep.deb
rm root/klinekeep.deb
chroot root dpkg --listfiles klinekeep
chroot root klinekeep --version
chroot root pkg-config --modversion klinekeep
chroot root dpkg --purge klinekeep
cd changes
echo left:
find . ! -type d
"""


def test_it_says_what_it_is_and_what_it_needs(package):
    def field(name):
        return run("dpkg-deb", "--field", package, name).strip()

    assert (field("Package"), field("Version"), field("Architecture")) == ("klinekeep", VERSION, "amd64")
    needed = {re.match(r"[\w.+-]+", part.strip())[0] for part in field("Depends").split(",")}
    assert needed >= {"ca-certificates", "libc6", "libcurl4", "libssl3", "libisal2"}
    assert not {name for name in needed if "arrow" in name or name.endswith("-dev") or "python" in name}
    for name in needed:
        assert run("dpkg-query", "-W", "-f=${db:Status-Status}", name) == "installed"


def test_it_installs_runs_and_goes_without_a_trace(package, tmp_path):
    """With this system's own database of packages, which has to have all that it depends on."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    words = ("unshare", "--mount", "sh", "-c", ELSEWHERE, "sh")
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", place], capture_output=True).returncode != 0:
        pytest.skip("packages are installed by root, in a mount namespace")
    said = run(*words, place, package)
    installed, _, left = said.partition("left:\n")
    for name in ("bin/klinekeep", "lib/libklinekeep.so", "lib/pkgconfig/klinekeep.pc", "share/man/man1/klinekeep.1", "share/doc/klinekeep/LICENSE"):
        assert f"/usr/{name}\n" in installed
    assert f"klinekeep {VERSION}\n{VERSION}\n" in installed
    known = re.compile(r"\./(dev/null|var/(lib/dpkg|log)/.*|etc/ld\.so\.cache|var/cache/(ldconfig|man)/.*)")
    assert [name for name in left.splitlines() if not known.fullmatch(name)] == []
