"""The licences of what a wheel carries, as Debian's packages and Python's distributions have them."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# What is compiled into the module and the command, and so is no library beside them.
COMPILED_IN = (
    "libboost1.74-dev",
    "libcli11-dev",
    "libexpected-dev",
    "libtomlplusplus-dev",
    "libxxhash-dev",
    "nlohmann-json3-dev",
)


def add_licences(directory: Path, libraries: Iterable[Path]) -> None:
    """Copies them into `directory`: NAME.txt of a Debian package, what it refers to, a folder of a distribution.

    A system of another kind keeps them elsewhere: a wheel that is made there lacks those of packages, which is told.
    """
    for distribution in ("pyarrow", "nanobind"):
        for file in importlib.metadata.files(distribution) or ():
            if "licenses" in file.parts:
                _copy(Path(str(file.locate())), directory / distribution / file.name)
    if shutil.which("dpkg-query") is None:
        print("klinekeep: the wheel lacks the licences of the system's libraries; do not hand it on", file=sys.stderr)
        return
    for package in sorted({*COMPILED_IN, *map(_package_of, (path for path in libraries if not _is_arrow(path)))}):
        _copy(Path("/usr/share/doc", package, "copyright"), directory / "debian" / f"{package}.txt")
    texts = "".join(path.read_text(errors="replace") for path in (directory / "debian").iterdir())
    for name in sorted(set(re.findall(r"/usr/share/common-licenses/([\w.+-]*\w)", texts))):
        if (text := Path("/usr/share/common-licenses", name)).exists():
            _copy(text, directory / "common-licenses" / f"{name}.txt")


def _is_arrow(library: Path) -> bool:
    return library.name.startswith(("libarrow", "libparquet"))


def _package_of(library: Path) -> str:
    """Of libcurl-1a2b3c4d.so.4.8.0, as auditwheel names it: libcurl4."""
    name = re.sub(r"-[0-9a-f]{8}(?=\.)", "", library.name)
    said = subprocess.run(["dpkg-query", "--search", f"*/{name}"], check=True, capture_output=True, text=True).stdout
    return said.partition(":")[0]


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, to)
