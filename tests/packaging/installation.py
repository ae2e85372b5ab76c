"""Where things are, and how to run them."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KLINEKEEP_BUILD", REPOSITORY / "build/release")).resolve()
# What each Linux has: the C library, and the compiler's.
OF_THE_SYSTEM = {"libc", "libm", "libdl", "librt", "libpthread", "libresolv", "libstdc++", "libgcc_s"}
VERSION = re.search(r"project\(klinekeep VERSION (\S+)", (REPOSITORY / "CMakeLists.txt").read_text())[1]


def knows(content: bytes, place: pathlib.Path) -> bool:
    """Whether a file's content names what is in this place. Its own name may be the end of any path: /klinekeep."""
    return any(str(path).encode() in content for path in place.iterdir())


def run(*command, code=0, **options) -> str:
    """What the command says on stdout and stderr. Fails, showing it, unless the command exits with `code`."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"} | options
    done = subprocess.run([str(word) for word in command], **options)
    assert done.returncode == code, f"{command} exited with {done.returncode}:\n{done.stdout}"
    return done.stdout
